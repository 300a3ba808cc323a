"""Admins, compute, statements."""

from __future__ import annotations

from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_BOOLEAN_VALUE, UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case
from tests.policies.cases.grants import ROLE_OF, ROLE_OF_GOOD, runs
from tests.policies.cases.types import (
    EXECUTE,
    EXECUTE_GOOD,
    PERMISSIONS,
    PERMISSIONS_GOOD,
    databricks,
    snowflake,
)

UNKNOWN = UNKNOWN_STRING_VALUE
ROLE_GRANTS = snowflake("RoleGrants")
ROLE_GRANTS_GOOD = {"roleName": "CUBE_PROD", "roles": ["READERS"], "enableMultipleGrants": True}


CASES = [
    Case(
        rule="admin-roles-ungranted",
        type=ROLE_OF,
        good=ROLE_OF_GOOD,
        breaks=[
            *(({"roleName": role}, role) for role in ("ACCOUNTADMIN", '"SYSADMIN"', "orgadmin")),
            *(({"roleName": role}, role) for role in ("GLOBALORGADMIN", "SECURITYADMIN")),
            ({"roleName": "USERADMIN", "userName": GONE, "parentRoleName": "TEAM"}, "USERADMIN"),
            ({"roleName": "PLATFORM"}, "PLATFORM"),
        ],
        waits=[{"roleName": UNKNOWN, "userName": UNKNOWN}],
        config={"admin-roles-ungranted": {"adminRoles": ["PLATFORM"]}},
    ),
    Case(
        rule="admin-roles-ungranted",
        type=ROLE_GRANTS,
        good=ROLE_GRANTS_GOOD,
        breaks=[({"roleName": "ACCOUNTADMIN"}, "ACCOUNTADMIN")],
        waits=[{"roleName": UNKNOWN}],
    ),
    Case(
        rule="admin-roles-ungranted",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[(runs('GRANT ROLE ACCOUNTADMIN TO USER "u"'), "ACCOUNTADMIN")],
    ),
    Case(
        rule="admin-roles-ungranted",
        type=databricks("ServicePrincipalRole"),
        good={"servicePrincipalId": "1", "role": "none"},
        breaks=[({"role": "account_admin"}, "account_admin")],
        unknown=[{"role": UNKNOWN}],
    ),
    Case(
        rule="admin-roles-ungranted",
        type=databricks("MwsPermissionAssignment"),
        good={"workspaceId": "1", "principalId": "2", "permissions": ["USER"]},
        breaks=[({"permissions": ["ADMIN"]}, "ADMIN")],
        unknown=[{"permissions": UNKNOWN_ARRAY_VALUE}, {"permissions": ["USER", UNKNOWN]}],
    ),
    Case(
        rule="admin-roles-ungranted",
        type=databricks("Group"),
        good={"displayName": "analysts"},
        breaks=[({"displayName": "admins"}, "admins")],
        unknown=[{"displayName": UNKNOWN}],
    ),
    Case(
        rule="admin-roles-ungranted",
        type=snowflake("ScimIntegration"),
        good={"scimClient": "OKTA", "runAsRole": "OKTA_PROVISIONER"},
        breaks=[({"runAsRole": "ACCOUNTADMIN"}, "ACCOUNTADMIN")],
        unknown=[{"runAsRole": UNKNOWN}],
    ),
    *(
        Case(
            rule=rule,
            type=databricks("WorkspaceIamWorkspaceAssignmentV2"),
            good={"principalId": 1.0, "entitlements": ["DATABRICKS_SQL_ACCESS"]},
            breaks=[({"entitlements": [entitlement]}, "")],
        )
        for rule, entitlement in (
            ("admin-roles-ungranted", "WORKSPACE_ADMIN"),
            ("compute-not-created", "allow-cluster-create"),
            ("compute-not-created", "ALLOW_INSTANCE_POOL_CREATE"),
        )
    ),
    Case(
        rule="warehouse-use-only",
        type=PERMISSIONS,
        good=PERMISSIONS_GOOD,
        breaks=[
            *(
                ({"accessControls": [{"groupName": "a", "permissionLevel": level}]}, level)
                for level in ("CAN_MANAGE", "IS_OWNER", "CAN_MONITOR")
            ),
            (
                {
                    "sqlEndpointId": UNKNOWN,
                    "accessControls": [{"groupName": "a", "permissionLevel": "CAN_MANAGE"}],
                },
                "CAN_MANAGE",
            ),
            (
                {
                    "sqlEndpointId": GONE,
                    "clusterId": "c",
                    "accessControls": [{"groupName": "a", "permissionLevel": "CAN_MANAGE"}],
                },
                "CAN_MANAGE",
            ),
        ],
        fine=[
            {"sqlEndpointId": UNKNOWN},
            {
                "sqlEndpointId": GONE,
                "clusterId": "c",
                "accessControls": [{"groupName": "a", "permissionLevel": "CAN_RESTART"}],
            },
        ],
        unknown=[{"accessControls": UNKNOWN_ARRAY_VALUE}],
    ),
    Case(
        rule="compute-not-created",
        type=databricks("Entitlements"),
        good={"servicePrincipalId": "1", "databricksSqlAccess": True, "allowClusterCreate": False},
        breaks=[
            ({"allowClusterCreate": True}, "allowClusterCreate"),
            ({"allowInstancePoolCreate": True}, "allowInstancePoolCreate"),
        ],
        unknown=[{"allowClusterCreate": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="statements-known",
        type=EXECUTE,
        good=EXECUTE_GOOD,
        breaks=[
            (runs("CREATE USER u TYPE = SERVICE"), "CREATE USER"),
            (runs("ALTER USER u SET DISABLED = FALSE"), "ALTER USER"),
            (runs("DROP SCHEMA d.s"), "DROP SCHEMA"),
            (runs("SELECT 1; DROP TABLE t"), "semicolon"),
            (runs("CALL p()"), "CALL"),
            (runs("EXECUTE IMMEDIATE 'GRANT ROLE ACCOUNTADMIN TO USER u'"), "EXECUTE IMMEDIATE"),
            (runs("SELECT SYSTEM$GENERATE_SCIM_ACCESS_TOKEN('x')"), "SELECT"),
            (runs("ALTER SECURITY INTEGRATION i SET ENABLED = FALSE"), "ALTER SECURITY"),
            ({"revert": "DROP DATABASE d"}, "revert"),
            ({"query": "GRANT SELECT ON TABLE t TO ROLE r"}, "query"),
        ],
        fine=[
            runs("DESCRIBE SECURITY INTEGRATION i"),
            runs('ALTER SECURITY INTEGRATION "i" REFRESH OAUTH_CLIENT_SECRET_2 -- version 2'),
            {"query": "SHOW GRANTS TO ROLE r;"},
        ],
        unknown=[{"execute": UNKNOWN}, {"query": UNKNOWN}],
    ),
    Case(
        rule="statements-known",
        type=snowflake("Task"),
        good={"name": "T", "sqlStatement": "INSERT INTO t SELECT * FROM s"},
        breaks=[({"sqlStatement": "EXECUTE IMMEDIATE 'grant role r to user u'"}, "GRANT")],
        unknown=[{"sqlStatement": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="statements-known",
        type=snowflake("Alert"),
        good={"name": "A", "condition": "SELECT 1", "action": "INSERT INTO t VALUES (1)"},
        breaks=[
            ({"action": "GRANT ROLE r TO ROLE s"}, "GRANT"),
            ({"action": "CREATE OR REPLACE USER u RSA_PUBLIC_KEY = 'k'"}, "CREATE OR REPLACE USER"),
            ({"action": "alter /* x */ -- y\n user u set network_policy = open"}, "ALTER USER"),
            ({"condition": "DROP NETWORK POLICY p"}, "DROP NETWORK POLICY"),
            ({"action": "ALTER SECURITY INTEGRATION i SET ENABLED = TRUE"}, "SECURITY INTEGRATION"),
        ],
        fine=[{"action": "CREATE OR REPLACE TABLE users AS SELECT * FROM granted"}],
        not_text=False,
    ),
    Case(
        rule="statements-known",
        type=snowflake("ProcedureSql"),
        good={"name": "P", "procedureDefinition": "BEGIN RETURN 1; END"},
        breaks=[({"procedureDefinition": "BEGIN CREATE USER u; END"}, "CREATE USER")],
        not_text=False,
    ),
]
