"""To whom: everybody, and shares, by every spelling."""

from __future__ import annotations

from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case
from tests.policies.cases.grants import (
    DATABASE_ROLE_OF,
    DATABASE_ROLE_OF_GOOD,
    LEGACY,
    LEGACY_GOOD,
    ROLE_OF,
    ROLE_OF_GOOD,
    runs,
)
from tests.policies.cases.types import (
    EXECUTE,
    EXECUTE_GOOD,
    GRANT,
    GRANT_GOOD,
    PERMISSION,
    PERMISSIONS,
    PERMISSIONS_GOOD,
    ROLE_GRANT,
    ROLE_GRANT_GOOD,
    databricks,
    snowflake,
)

UNKNOWN = UNKNOWN_STRING_VALUE
CASES = [
    Case(
        rule="grants-to-somebody",
        type=ROLE_GRANT,
        good=ROLE_GRANT_GOOD,
        breaks=[
            ({"accountRoleName": "PUBLIC"}, "PUBLIC"),
            ({"accountRoleName": '"PUBLIC"'}, "PUB"),
        ],
        waits=[{"accountRoleName": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=GRANT,
        good=GRANT_GOOD,
        breaks=[
            ({"principal": "account users"}, "account users"),
            ({"principal": "Users"}, "Users"),
        ],
        fine=[{"principal": "public"}],
        waits=[{"principal": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=PERMISSION,
        good={"principal": "analysts", "kind": "group_name"},
        breaks=[({"principal": "users"}, "users")],
        waits=[{"principal": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=PERMISSIONS,
        good=PERMISSIONS_GOOD,
        breaks=[
            ({"accessControls": [{"groupName": "users", "permissionLevel": "CAN_USE"}]}, "users")
        ],
        unknown=[
            {"accessControls": [{"groupName": UNKNOWN, "permissionLevel": "CAN_USE"}]},
        ],
    ),
    Case(
        rule="grants-to-somebody",
        type=databricks("Grants"),
        good={"schema": "main.own", "grants": [{"principal": "a", "privileges": ["SELECT"]}]},
        breaks=[
            (
                {"grants": [{"principal": "account users", "privileges": ["SELECT"]}]},
                "account users",
            )
        ],
    ),
    Case(
        rule="grants-to-somebody",
        type=ROLE_OF,
        good=ROLE_OF_GOOD,
        breaks=[({"userName": GONE, "parentRoleName": "public"}, "public")],
        waits=[{"userName": GONE, "parentRoleName": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=DATABASE_ROLE_OF,
        good=DATABASE_ROLE_OF_GOOD,
        breaks=[
            ({"parentRoleName": "PUBLIC"}, "PUBLIC"),
            ({"parentRoleName": GONE, "shareName": "S"}, "share"),
        ],
        waits=[{"parentRoleName": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=LEGACY,
        good=LEGACY_GOOD,
        breaks=[({"roles": ["CUBE_PROD", "PUBLIC"]}, "PUBLIC")],
        unknown=[{"roles": [UNKNOWN]}],
    ),
    Case(
        rule="grants-to-somebody",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (runs("GRANT SELECT ON TABLE t TO PUBLIC"), "PUBLIC"),
            (runs("GRANT ROLE analyst TO ROLE PUBLIC"), "PUBLIC"),
        ],
    ),
    Case(
        rule="grants-to-somebody",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (runs("GRANT SELECT ON TABLE t TO SHARE partner"), "share"),
            (runs("GRANT DATABASE ROLE d.r TO SHARE partner"), "share"),
        ],
        not_text=False,
    ),
    Case(
        rule="grants-to-somebody",
        type=snowflake("Share"),
        good={"name": "PARTNER", "accounts": []},
        breaks=[({"accounts": ["ORG.OTHER"]}, "share")],
    ),
    Case(
        rule="grants-to-somebody",
        type=GRANT,
        good=GRANT_GOOD,
        breaks=[({"schema": GONE, "share": "sales", "privileges": ["SELECT"]}, "share")],
    ),
    Case(
        rule="grants-to-somebody",
        type=LEGACY,
        good=LEGACY_GOOD,
        breaks=[({"shares": ["PARTNER"]}, "share")],
        fine=[{"shares": []}],
    ),
    Case(
        rule="grants-to-somebody",
        type=snowflake("GrantPrivilegesToRole"),
        good={**ROLE_GRANT_GOOD, "accountRoleName": GONE, "roleName": "CUBE_PROD"},
        breaks=[({"roleName": "PUBLIC"}, "PUBLIC")],
        waits=[{"roleName": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=snowflake("GrantApplicationRole"),
        good={"applicationRoleName": '"APP"."READER"', "parentAccountRoleName": "CUBE_PROD"},
        breaks=[({"parentAccountRoleName": "PUBLIC"}, "PUBLIC")],
        waits=[{"parentAccountRoleName": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=databricks("SecretAcl"),
        good={"scope": "cube", "principal": "cube-readers", "permission": "READ"},
        breaks=[({"principal": "users"}, "users")],
        waits=[{"principal": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=databricks("SecretScope"),
        good={"name": "cube"},
        breaks=[({"initialManagePrincipal": "users"}, "users")],
        waits=[{"initialManagePrincipal": UNKNOWN}],
    ),
    Case(
        rule="grants-to-somebody",
        type=databricks("AccessControlRuleSet"),
        good={
            "name": "accounts/a/servicePrincipals/1/ruleSets/default",
            "grantRules": [{"role": "roles/tagPolicy.assigner", "principals": ["groups/platform"]}],
        },
        breaks=[
            (
                {
                    "grantRules": [
                        {
                            "role": "roles/tagPolicy.manager",
                            "principals": ["groups/platform", "groups/account users"],
                        }
                    ]
                },
                "account users",
            )
        ],
        unknown=[
            {"grantRules": UNKNOWN_ARRAY_VALUE},
            {"grantRules": [{"role": "roles/servicePrincipal.user", "principals": [UNKNOWN]}]},
        ],
    ),
    Case(
        rule="grants-to-somebody",
        type=databricks("Schema"),
        good={"catalogName": "main", "name": "sales", "owner": "data-platform"},
        breaks=[({"owner": "account users"}, "account users")],
        fine=[{"owner": GONE}],
        waits=[{"owner": UNKNOWN}],
    ),
]
