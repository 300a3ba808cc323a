"""Resource types by one spelling. A type's module part differs between the ages of an SDK
(`databricks:index/oboToken:OboToken`, `databricks:index/obotoken:Obotoken`), its last part only in
case. AWS has two SDKs (`aws:iam/role:Role`, `aws-native:iam:Role`), which name most types alike.
"""

from __future__ import annotations

from functools import cache

OWN_PACKAGE = "cube-access"


@cache
def kind_of(resource_type: str) -> str:
    """`package.type`, in lower case; of cube-access's own, `cube-access.module.type`."""
    head, _, name = resource_type.rpartition(":")
    package, _, rest = head.partition(":")
    package = "aws" if package == "aws-native" else package
    if package == OWN_PACKAGE:
        package = f"{package}.{rest}"
    elif package == "pulumi-python" and rest.startswith("dynamic/"):
        # As cube-access made its own resources before 0.2.
        module = rest.removeprefix("dynamic/")
        package = f"{OWN_PACKAGE}.{'index' if module == OWN_PACKAGE else module}"
    return f"{package}.{name}".lower()


def snowflake(*names: str) -> frozenset[str]:
    return frozenset(f"snowflake.{name}".lower() for name in names)


def databricks(*names: str) -> frozenset[str]:
    return frozenset(f"databricks.{name}".lower() for name in names)


def on_snowflake(kind: str) -> bool:
    """Whether it is one of Snowflake's, the plugin's or cube-access's own."""
    return "snowflake" in kind.split(".")[:2]


PERMISSION = "cube-access.databricks.permission"
SECRET = "cube-access.aws.secret"  # noqa: S105 - the name of a resource
ALLOWED_ROLES = "cube-access.snowflake.allowedroles"
KEY_PAIR = "cube-access.snowflake.keypair"
# All privileges of one role, which is revoked what is not among them.
ROLE_PRIVILEGES = "cube-access.snowflake.roleprivileges"
# All types that cube-access has: one that is not among them is newer than this pack.
OWN = frozenset(
    f"cube-access.{name}".lower()
    for name in (
        "aws.Secret",
        "databricks.Intent",
        "databricks.OAuthIntegration",
        "databricks.Permission",
        "databricks.PriorEntries",
        "databricks.ServiceAccount",
        "databricks.Settled",
        "databricks.TokenExpiry",
        "databricks.WorkspaceIdentity",
        "databricks.WorkspaceMembership",
        "index.DatabricksAccess",
        "index.ExternalAccess",
        "index.Guard",
        "index.SnowflakeAccess",
        "snowflake.AllowedRoles",
        "snowflake.ClientSecret",
        "snowflake.ExternalOauthIntegration",
        "snowflake.KeyPair",
        "snowflake.Mark",
        "snowflake.OAuthIntegration",
        "snowflake.RolePrivileges",
        "snowflake.ServiceAccount",
        "snowflake.Settled",
        "snowflake.UserDefaults",
    )
)

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

ACCOUNT_FEDERATION = databricks("AccountFederationPolicy")
PRINCIPAL_FEDERATION = databricks("ServicePrincipalFederationPolicy")
FEDERATION = ACCOUNT_FEDERATION | PRINCIPAL_FEDERATION
SERVICE_USER = snowflake("ServiceUser")
OTHER_USERS = snowflake("User", "LegacyServiceUser")
PRINCIPAL = databricks("ServicePrincipal")
# The same, as the newer services of an account and of a workspace have it, too.
PRINCIPALS = PRINCIPAL | databricks(
    "AccountIamServicePrincipalV2", "WorkspaceIamServicePrincipalV2"
)
PRINCIPAL_SECRET = databricks("ServicePrincipalSecret")
TOKENS = databricks("OboToken", "Token")
SNOWFLAKE_TOKEN = snowflake("UserProgrammaticAccessToken")
