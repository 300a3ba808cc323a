"""Grants of privileges: what, and what they take away."""

from __future__ import annotations

from typing import Any

from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_BOOLEAN_VALUE, UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case, Changed
from tests.policies.cases.types import (
    EXECUTE,
    EXECUTE_GOOD,
    GRANT,
    GRANT_GOOD,
    ROLE_GRANT,
    ROLE_GRANT_GOOD,
    databricks,
    snowflake,
)

UNKNOWN = UNKNOWN_STRING_VALUE
DATABASE_ROLE_GRANT = snowflake("GrantPrivilegesToDatabaseRole")
DATABASE_ROLE_GRANT_GOOD = {
    "databaseRoleName": '"SALES"."READER"',
    "privileges": ["USAGE"],
    "onDatabase": "SALES",
}
ROLE_OF = snowflake("GrantAccountRole")
ROLE_OF_GOOD = {"roleName": "CUBE_PROD", "userName": "CUBE_PROD"}
DATABASE_ROLE_OF = snowflake("GrantDatabaseRole")
DATABASE_ROLE_OF_GOOD = {"databaseRoleName": '"SALES"."READER"', "parentRoleName": "CUBE_PROD"}
LEGACY = snowflake("TableGrant")
LEGACY_GOOD = {
    "tableName": "ORDERS",
    "privilege": "SELECT",
    "roles": ["CUBE_PROD"],
    "enableMultipleGrants": True,
    "withGrantOption": False,
}


def on(privilege: str, **target: Any) -> Changed:
    return {"privileges": [privilege], "onSchemaObject": GONE, **target}


def runs(statement: str, revert: str = "SELECT 1") -> Changed:
    return {"execute": statement, "revert": revert}


READING = [
    on("USAGE", onAccountObject={"objectType": "DATABASE", "objectName": "SALES"}),
    on("USAGE", onAccountObject={"objectType": "warehouse", "objectName": "CUBE"}),
    on("USAGE", onAccountObject={"objectType": "WAREHOUSE", "objectName": UNKNOWN}),
    on("USAGE", onSchema={"schemaName": '"SALES"."PUBLIC"'}),
    on("USAGE", onSchema={"allSchemasInDatabase": "SALES"}),
    on("USAGE", onSchema={"futureSchemasInDatabase": "SALES"}),
    on("USAGE", onSchema={"inherited": {"inDatabase": "SALES"}}),
    on("SELECT", onSchemaObject={"objectType": "VIEW", "objectName": "v"}),
    on("SELECT", onSchemaObject={"all": {"objectTypePlural": "MATERIALIZED VIEWS"}}),
    on("SELECT", onSchemaObject={"all": {"objectTypePlural": "EXTERNAL TABLES"}}),
    on("SELECT", onSchemaObject={"future": {"objectTypePlural": "DYNAMIC TABLES"}}),
    on("select", onSchemaObject={"inherited": {"objectTypePlural": "TABLES"}}),
    on("SELECT", onSchemaObject={"future": {"objectTypePlural": "ICEBERG TABLES"}}),
    on("SELECT", onSchemaObject={"objectType": "SEMANTIC VIEW", "objectName": "v"}),
]
MORE_THAN_READING: list[tuple[Changed, str]] = [
    ({"privileges": ["SELECT", "DELETE"]}, "DELETE on TABLE"),
    ({"allPrivileges": True, "privileges": GONE}, "ALL PRIVILEGES"),
    (on("MANAGE GRANTS", onAccount=True), "MANAGE GRANTS on the whole account"),
    (on("APPLY MASKING POLICY", onAccount=True), "APPLY MASKING POLICY"),
    (on("CREATE DATABASE", onAccount=True), "CREATE DATABASE"),
    (on("EXECUTE TASK", onAccount=True), "EXECUTE TASK"),
    (on("USAGE", onAccount=True), "USAGE on the whole account"),
    (on("IMPORTED PRIVILEGES", onAccountObject={"objectType": "DATABASE"}), "IMPORTED PRIVILEGES"),
    (on("USAGE", onAccountObject={"objectType": "INTEGRATION"}), "USAGE on INTEGRATION"),
    (on("OPERATE", onAccountObject={"objectType": "WAREHOUSE"}), "OPERATE on WAREHOUSE"),
    (on("MODIFY", onAccountObject={"objectType": "DATABASE"}), "MODIFY on DATABASE"),
    (
        on("USAGE", onAccountObject={"inherited": {"objectTypePlural": "DATABASES"}}),
        "USAGE on the whole account",
    ),
    (on("USAGE", onSchema={"inherited": {"inAccount": True}}), "USAGE on the whole account"),
    (
        on(
            "SELECT",
            onSchemaObject={"inherited": {"objectTypePlural": "TABLES", "inAccount": True}},
        ),
        "SELECT on the whole account",
    ),
    (on("CREATE TABLE", onSchema={"schemaName": "s"}), "CREATE TABLE on SCHEMA"),
    (on("SELECT", onSchemaObject={"objectType": "STREAM"}), "SELECT on STREAM"),
    (on("USAGE", onSchemaObject={"future": {"objectTypePlural": "PROCEDURES"}}), "on PROCEDURE"),
    (on("INSERT", onSchemaObject={"objectType": "TABLE"}), "INSERT on TABLE"),
    (on("OWNERSHIP", onSchemaObject={"objectType": "TABLE"}), "OWNERSHIP on TABLE"),
    (on("REFERENCES", onSchemaObject={}), "REFERENCES on the whole account"),
]
CASES = [
    Case(
        rule="grants-read-only",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=MORE_THAN_READING,
        fine=READING,
        unknown=[
            {"privileges": UNKNOWN_ARRAY_VALUE},
            {"privileges": ["SELECT", UNKNOWN]},
            {"allPrivileges": UNKNOWN_BOOLEAN_VALUE},
            {"onSchemaObject": {"objectType": UNKNOWN, "objectName": "t"}},
        ],
    ),
    Case(
        rule="grants-read-only",
        type=DATABASE_ROLE_GRANT,
        good=DATABASE_ROLE_GRANT_GOOD,
        breaks=[({"privileges": ["MODIFY"]}, "MODIFY on DATABASE")],
        fine=[{"onDatabase": UNKNOWN}],
        unknown=[{"privileges": [UNKNOWN]}],
    ),
    Case(
        rule="grants-read-only",
        type=LEGACY,
        good=LEGACY_GOOD,
        breaks=[({"privilege": "INSERT"}, "INSERT on TABLE")],
        unknown=[{"privilege": UNKNOWN}],
    ),
    Case(
        rule="grants-read-only",
        type=snowflake("AccountGrant"),
        good={**LEGACY_GOOD, "privilege": GONE},
        breaks=[({"privilege": "MANAGE GRANTS"}, "MANAGE GRANTS on the whole account")],
    ),
    Case(
        rule="grants-read-only",
        type=GRANT,
        good=GRANT_GOOD,
        breaks=[
            ({"privileges": ["SELECT", "MODIFY"]}, "MODIFY"),
            ({"privileges": ["ALL_PRIVILEGES"]}, "ALL_PRIVILEGES"),
            ({"privileges": ["all privileges"]}, "all privileges"),
            ({"privileges": ["MANAGE"]}, "MANAGE"),
            ({"privileges": ["EXECUTE"]}, "EXECUTE"),
            ({"privileges": ["CREATE_TABLE"]}, "CREATE_TABLE"),
            ({"privileges": ["READ_VOLUME"]}, "READ_VOLUME"),
            ({"schema": GONE, "metastore": "m", "privileges": ["BROWSE"]}, "on the metastore"),
        ],
        fine=[
            {"privileges": ["USE CATALOG"]},
            {"privileges": ["use_schema"]},
            {"privileges": ["Browse"]},
        ],
        unknown=[{"privileges": UNKNOWN_ARRAY_VALUE}, {"privileges": ["SELECT", UNKNOWN]}],
    ),
    Case(
        rule="grants-read-only",
        type=databricks("Grants"),
        good={"schema": "main.own", "grants": [{"principal": "a", "privileges": ["SELECT"]}]},
        breaks=[({"grants": [{"principal": "a", "privileges": ["MODIFY"]}]}, "MODIFY")],
        unknown=[{"grants": UNKNOWN_ARRAY_VALUE}],
    ),
    Case(
        rule="grants-read-only",
        type=databricks("SqlPermissions"),
        good={"table": "t", "privilegeAssignments": [{"principal": "a", "privileges": ["SELECT"]}]},
        breaks=[
            ({"table": GONE, "anyFile": True}, "on every file"),
            ({"table": GONE, "anonymousFunction": True}, "on every function"),
        ],
        fine=[{"anyFile": False}],
        unknown=[{"anyFile": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="grants-read-only",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (runs('GRANT INSERT ON TABLE "D"."S"."T" TO ROLE "R"'), "INSERT on TABLE"),
            (runs("grant all on schema d.s to role r"), "ALL PRIVILEGES on SCHEMA"),
            (runs('GRANT SELECT ON ALL TABLES IN ACCOUNT TO ROLE "R"'), "on the whole account"),
            (runs("GRANT /* SELECT */ DELETE ON TABLE t TO ROLE r"), "DELETE"),
            ({"revert": "GRANT MODIFY ON DATABASE d TO ROLE r"}, "MODIFY on DATABASE"),
        ],
        fine=[
            runs('GRANT USAGE ON DATABASE "D" TO ROLE "R"'),
            runs('GRANT SELECT ON FUTURE VIEWS IN DATABASE "D" TO DATABASE ROLE "D"."R"'),
            runs('GRANT SELECT ON EXTERNAL TABLE "D"."S"."T""x" TO ROLE "R"'),
        ],
        unknown=[{"execute": UNKNOWN}],
    ),
    Case(
        rule="grants-not-passed-on",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[
            ({"withGrantOption": True}, "GRANT OPTION"),
            ({"withGrantOption": "true"}, "OPTION"),
        ],
        unknown=[{"withGrantOption": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="grants-not-passed-on",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[(runs("GRANT SELECT ON TABLE t TO ROLE r WITH GRANT OPTION"), "GRANT OPTION")],
    ),
    Case(
        rule="grants-settle",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[({"alwaysApply": True}, "alwaysApply")],
        unknown=[{"alwaysApply": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="grants-settle",
        type=DATABASE_ROLE_GRANT,
        good=DATABASE_ROLE_GRANT_GOOD,
        breaks=[({"alwaysApply": True}, "alwaysApply")],
        not_text=False,
    ),
    Case(
        rule="reads-schemas-only",
        type=GRANT,
        good=GRANT_GOOD,
        breaks=[({"schema": GONE, "catalog": "main", "privileges": ["SELECT"]}, "whole catalog")],
        fine=[{"schema": GONE, "catalog": "main", "privileges": ["USE_CATALOG"]}],
        unknown=[{"privileges": UNKNOWN_ARRAY_VALUE}],
        config={"reads-schemas-only": "mandatory"},
    ),
    Case(
        rule="reads-schemas-only",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[
            (
                {"onSchemaObject": {"all": {"objectTypePlural": "TABLES", "inDatabase": "D"}}},
                "whole",
            )
        ],
        config={"reads-schemas-only": "mandatory"},
        not_text=False,
    ),
    Case(
        rule="reads-schemas-only",
        type=LEGACY,
        good={**LEGACY_GOOD, "tableName": GONE, "onFuture": True, "schemaName": "PUBLIC"},
        breaks=[({"schemaName": GONE}, "whole")],
        config={"reads-schemas-only": "mandatory"},
        not_text=False,
    ),
    Case(
        rule="reads-schemas-only",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[(runs('GRANT SELECT ON FUTURE TABLES IN DATABASE "D" TO ROLE "R"'), "whole")],
        config={"reads-schemas-only": "mandatory"},
    ),
    Case(
        rule="grants-additive",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[({"strictPrivilegeManagement": True}, "strictPrivilegeManagement")],
        unknown=[{"strictPrivilegeManagement": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="grants-additive",
        type=LEGACY,
        good=LEGACY_GOOD,
        breaks=[
            ({"enableMultipleGrants": False}, "TableGrant"),
            ({"enableMultipleGrants": GONE}, ""),
        ],
        unknown=[{"enableMultipleGrants": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="grants-additive",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (runs('REVOKE SELECT ON TABLE "D"."S"."T" FROM ROLE "R"'), "execute revokes"),
            ({"revert": 'REVOKE SELECT ON TABLE "D"."S"."T" FROM ROLE "OTHER"'}, "something else"),
        ],
        fine=[runs('GRANT ROLE "A" TO ROLE "B"', 'REVOKE ROLE "A" FROM ROLE "B"')],
    ),
    Case(
        rule="grants-additive",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[(runs("GRANT OWNERSHIP ON TABLE t TO ROLE r COPY CURRENT GRANTS"), "owner")],
        also=frozenset({"grants-read-only"}),
    ),
]
