"""Resource types by one spelling. A type's module part differs between the ages of an SDK
(`databricks:index/oboToken:OboToken`, `databricks:index/obotoken:Obotoken`), its last part only in
case.
"""

from __future__ import annotations


def kind_of(resource_type: str) -> str:
    """`package.type`, in lower case; a dynamic resource's module counts as its package."""
    head, _, name = resource_type.rpartition(":")
    package, _, rest = head.partition(":")
    if package == "pulumi-python" and rest.startswith("dynamic/"):
        package = f"dynamic.{rest.removeprefix('dynamic/')}"
    return f"{package}.{name}".lower()


def snowflake(*names: str) -> frozenset[str]:
    return frozenset(f"snowflake.{name}".lower() for name in names)


def databricks(*names: str) -> frozenset[str]:
    return frozenset(f"databricks.{name}".lower() for name in names)


# Ours, made by dynamic providers.
PERMISSION = "dynamic.databricks.permission"
SECRET = "dynamic.aws.secret"  # noqa: S105 - the name of a resource
KEY_PAIR = "dynamic.snowflake.keypair"

STACK = "pulumi.stack"

# By what they name the role: the older one came first.
ROLE_NAME = {
    **dict.fromkeys(snowflake("GrantPrivilegesToAccountRole"), "accountRoleName"),
    **dict.fromkeys(snowflake("GrantPrivilegesToRole"), "roleName"),
}
ACCOUNT_ROLE_GRANT = frozenset(ROLE_NAME)
DATABASE_ROLE_GRANT = snowflake("GrantPrivilegesToDatabaseRole")
SHARE_GRANT = snowflake("GrantPrivilegesToShare")
# Gone since the provider's 1.0; a kind of object each, after which they are named.
LEGACY_GRANTS = snowflake(
    "AccountGrant",
    "DatabaseGrant",
    "ExternalTableGrant",
    "FailoverGroupGrant",
    "FileFormatGrant",
    "FunctionGrant",
    "IntegrationGrant",
    "MaskingPolicyGrant",
    "MaterializedViewGrant",
    "PipeGrant",
    "ProcedureGrant",
    "ResourceMonitorGrant",
    "RowAccessPolicyGrant",
    "SchemaGrant",
    "SequenceGrant",
    "StageGrant",
    "StreamGrant",
    "TableGrant",
    "TagGrant",
    "TaskGrant",
    "UserGrant",
    "ViewGrant",
    "WarehouseGrant",
)
OWNERSHIP = snowflake("GrantOwnership", "RoleOwnershipGrant", "UserOwnershipGrant")
ACCOUNT_ROLE_OF = snowflake("GrantAccountRole")
DATABASE_ROLE_OF = snowflake("GrantDatabaseRole")
LEGACY_ROLE_OF = snowflake("RoleGrants")
STATEMENTS = snowflake("Execute", "UnsafeExecute")
DATABRICKS_GRANT = databricks("Grant")

CUSTOM_OAUTH = snowflake("OauthIntegrationForCustomClients")
PARTNER_OAUTH = snowflake("OauthIntegrationForPartnerApplications", "OauthIntegration")
EXTERNAL_OAUTH = snowflake("ExternalOauthIntegration")
OAUTH_APP = databricks("CustomAppIntegration")

SERVICE_USER = snowflake("ServiceUser")
OTHER_USERS = snowflake("User", "LegacyServiceUser")
PRINCIPAL = databricks("ServicePrincipal")
PRINCIPAL_SECRET = databricks("ServicePrincipalSecret")
TOKENS = databricks("OboToken", "Token")
SNOWFLAKE_TOKEN = snowflake("UserProgrammaticAccessToken")
