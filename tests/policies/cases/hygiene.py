"""Names, labels, environments, protection."""

from __future__ import annotations

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case
from tests.policies.cases.types import (
    APP,
    APP_GOOD,
    EXECUTE,
    EXECUTE_GOOD,
    EXTERNAL,
    EXTERNAL_GOOD,
    GRANT,
    GRANT_GOOD,
    OAUTH,
    OAUTH_GOOD,
    ROLE_GRANT,
    ROLE_GRANT_GOOD,
    SECRET,
    SECRET_GOOD,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
)

UNKNOWN = UNKNOWN_STRING_VALUE
NAMES = {"names-by-pattern": {"enforcementLevel": "mandatory", "pattern": "(CUBE|cube)[-_A-Za-z]*"}}
LABELS = {
    "labels-present": {"enforcementLevel": "mandatory", "tags": ["team"], "comment": "[Cc]ube"}
}
PROD = {"environments-apart": {"foreign": ["dev", "dev_*", "*-dev", "sandbox-*"]}}
PRINCIPAL = databricks("ServicePrincipal")
UNPROTECTED = {"(protect)": False}
CASES = [
    Case(
        rule="names-by-pattern",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[({"name": "ANALYTICS"}, "ANALYTICS")],
        unknown=[{"name": UNKNOWN}],
        config=NAMES,
    ),
    Case(
        rule="names-by-pattern",
        type=PRINCIPAL,
        good={"displayName": "cube-prod"},
        breaks=[({"displayName": "prod-of-cube"}, "prod-of-cube")],
        config=NAMES,
    ),
    Case(
        rule="labels-present",
        type=OAUTH,
        good={**OAUTH_GOOD, "comment": "Cube's sign-in"},
        breaks=[({"comment": GONE}, "comment"), ({"comment": "my thing"}, "my thing")],
        unknown=[{"comment": UNKNOWN}],
        config=LABELS,
    ),
    Case(
        rule="labels-present",
        type=SECRET,
        good=SECRET_GOOD,
        breaks=[({"tags": {}}, "team"), ({"tags": {"owner": "a"}}, "team")],
        config=LABELS,
        not_text=False,
    ),
    Case(
        rule="labels-present",
        type=databricks("SqlEndpoint"),
        good={"name": "cube", "tags": {"customTags": [{"key": "team", "value": "data"}]}},
        breaks=[({"tags": {"customTags": []}}, "team"), ({"tags": GONE}, "team")],
        config=LABELS,
        not_text=False,
    ),
    Case(
        rule="environments-apart",
        type=GRANT,
        good=GRANT_GOOD,
        breaks=[
            ({"schema": "dev_sales.orders"}, "dev_sales.orders"),
            ({"schema": GONE, "catalog": "DEV"}, "DEV"),
            ({"principal": "cube-dev"}, "cube-dev"),
        ],
        fine=[{"schema": "main.development"}],
        waits=[{"schema": UNKNOWN}],
        config=PROD,
    ),
    Case(
        rule="environments-apart",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[
            (
                {
                    "onSchemaObject": {
                        "all": {"objectTypePlural": "TABLES", "inSchema": '"DEV"."S"'}
                    }
                },
                "inSchema",
            ),
            ({"accountRoleName": "DEV_CUBE"}, "DEV_CUBE"),
        ],
        config=PROD,
    ),
    Case(
        rule="environments-apart",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (
                {
                    "execute": 'GRANT SELECT ON TABLE "DEV"."S"."T" TO ROLE "R"',
                    "revert": "SELECT 1",
                },
                "execute",
            ),
        ],
        config=PROD,
    ),
    Case(
        rule="environments-apart",
        type=databricks("Schema"),
        good={"catalogName": "main", "name": "sales"},
        breaks=[({"(provider)": {"host": "https://cube-dev.cloud.databricks.com"}}, "host")],
        config=PROD,
        not_text=False,
    ),
    *(
        Case(rule="users-not-cut-off", type=kind, good=good, breaks=[(UNPROTECTED, "protected")])
        for kind, good in (
            (APP, APP_GOOD),
            (OAUTH, OAUTH_GOOD),
            (EXTERNAL, EXTERNAL_GOOD),
            (PRINCIPAL, {"displayName": "cube"}),
            (SERVICE_USER, SERVICE_USER_GOOD),
        )
    ),
]
