"""A role's set of privileges: what each rule about grants says of its entries."""

from __future__ import annotations

from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.cases.case import Case, Changed
from tests.policies.cases.types import ROLE_PRIVILEGES, ROLE_PRIVILEGES_GOOD

UNKNOWN = UNKNOWN_STRING_VALUE
READ_ONLY = "role-privileges-read-only"


def holds(*texts: str, value: Any = "granted") -> Changed:
    return {"privileges": dict.fromkeys(texts, value)}


def case(rule: str, **more: Any) -> Case:
    return Case(rule=rule, type=ROLE_PRIVILEGES, good=ROLE_PRIVILEGES_GOOD, **more)


READING = [
    holds(),
    holds('USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "SALES"'),
    holds('SELECT ON ALL AND FUTURE VIEWS IN DATABASE "SALES"'),
    holds('SELECT ON TABLE "SALES"."PUBLIC"."a.""b"""'),
    holds('SELECT ON SEMANTIC VIEW "SALES"."PUBLIC"."V"'),
    holds('USAGE ON DATABASE ROLE "SALES"."READER"'),
    holds('IMPORTED PRIVILEGES ON DATABASE "PARTNER"'),
    holds('INHERITED SELECT ON ALL TABLES IN SCHEMA "SALES"."PUBLIC"'),
    {"role": '"SALES"."READER"', "roleKind": "DATABASE ROLE"},
]
CASES = [
    case(
        READ_ONLY,
        breaks=[
            (holds('usage on database "SALES"'), "canonical"),
            (holds('USAGE ON DATABASE "SALES'), "canonical"),
            (holds('USAGE ON DATABASE "SALES"; DROP DATABASE "SALES"'), "canonical"),
            (holds('USAGE ON SCHEMA "PUBLIC"'), "more than reading"),
            (holds('SELECT ON FUTURE TABLES IN SCHEMA "S"."P"'), "more than reading"),
            (holds('SELECT ON ALL TABLES IN SCHEMA "S"."P"'), "more than reading"),
            (holds('USAGE ON DATABASE "SALES"', value="not declared"), "not 'granted'"),
            ({"role": "ACCOUNTADMIN"}, "ACCOUNTADMIN"),
            ({"role": "sysadmin"}, "sysadmin"),
        ],
        fine=READING,
        unknown=[{"privileges": UNKNOWN}, holds('USAGE ON DATABASE "SALES"', value=UNKNOWN)],
        waits=[],
    ),
    case(
        "grants-read-only",
        breaks=[
            (holds('INSERT ON TABLE "S"."P"."T"'), "INSERT on TABLE"),
            (holds('OPERATE ON WAREHOUSE "CUBE"'), "OPERATE on WAREHOUSE"),
            (holds('OWNERSHIP ON SCHEMA "S"."P"'), "OWNERSHIP on SCHEMA"),
            (holds("MANAGE GRANTS ON ACCOUNT"), "MANAGE GRANTS on the whole account"),
            (holds("SELECT ON ALL AND FUTURE TABLES IN ACCOUNT"), "SELECT on the whole account"),
            (holds("INHERITED SELECT ON ALL TABLES IN ACCOUNT"), "SELECT on the whole account"),
            (holds('USAGE ON INTEGRATION "I"'), "USAGE on INTEGRATION"),
            (holds("USAGE ON DATABASE SALES"), "USAGE on the whole account"),
            (holds('SELECT ON STREAM "S"."P"."T"'), "SELECT on STREAM"),
            (holds('SELECT ON ALL AND FUTURE STAGES IN SCHEMA "S"."P"'), "SELECT on STAGE"),
        ],
        also=frozenset({READ_ONLY}),
        unknown=[{"privileges": UNKNOWN}],
    ),
    case(
        "grants-read-only",
        breaks=[(holds('IMPORTED PRIVILEGES ON DATABASE "SNOWFLAKE"'), "IMPORTED PRIVILEGES")],
    ),
    case(
        "grants-not-passed-on",
        breaks=[(holds('SELECT ON TABLE "S"."P"."T" WITH GRANT OPTION'), "GRANT OPTION")],
        also=frozenset({READ_ONLY}),
        unknown=[{"privileges": UNKNOWN}],
    ),
    case(
        "grants-to-somebody",
        breaks=[({"role": "PUBLIC"}, "PUBLIC")],
        waits=[{"role": UNKNOWN}],
    ),
    case(
        "admin-roles-ungranted",
        breaks=[(holds('USAGE ON ROLE "ACCOUNTADMIN"'), "ACCOUNTADMIN")],
        also=frozenset({READ_ONLY}),
        unknown=[{"privileges": UNKNOWN}],
    ),
    case(
        "reads-schemas-only",
        breaks=[
            (holds('SELECT ON ALL AND FUTURE TABLES IN DATABASE "SALES"'), "whole"),
            (holds('INHERITED SELECT ON ALL VIEWS IN DATABASE "SALES"'), "whole"),
            (holds('IMPORTED PRIVILEGES ON DATABASE "PARTNER"'), "whole"),
        ],
        fine=[holds('USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "SALES"')],
        unknown=[{"privileges": UNKNOWN}],
        config={"reads-schemas-only": "mandatory"},
    ),
    case(
        "environments-apart",
        breaks=[
            (holds('SELECT ON TABLE "DEV"."PUBLIC"."ORDERS"'), "DEV"),
            ({"role": "CUBE_DEV"}, "CUBE_DEV"),
        ],
        fine=[holds('SELECT ON TABLE "SALES"."PUBLIC"."DEVICES"')],
        waits=[{"role": UNKNOWN}],
        config={"environments-apart": {"foreign": ["dev", "*_dev"]}},
    ),
]
