"""What a resource is for, by its type: who is hit when it is replaced or goes, which properties
cannot change in place, and which settings of it are worth a line.

A table, no logic. Only what is named here is ever shown with its value: a property that nobody has
judged may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Meaning:
    what: str
    hit: str = ""
    """Who notices a replacement, and how; empty where nobody does."""
    gone: str = ""
    """Who notices that it goes for good; empty: as `hit`."""
    fixed: tuple[str, ...] = ()
    """Properties of a plugin's resource whose change replaces it, whatever the program says
    (`replace_on_changes`); our own plugin's schema says it of ours.
    """
    settings: Mapping[str, str] = field(default_factory=dict)
    """Labels by the properties' paths."""
    credential: str = ""
    """What it is a credential for, if it is one; its label is the end of the resource's name."""


SIGNED_OUT = (
    "Everybody who uses Cube is signed out and must authorize again; Cube Cloud needs the new "
    "client id and secret."
)
NO_SIGN_IN = "Nobody can sign in to Cube any more."
CUT_OFF = (
    "Cube's background work and liveness checks stop until Cube is deployed with the new cube_env."
)
ENDS = "A Cube that still runs with it loses its background work and liveness checks."

TYPES: dict[str, Meaning] = {
    "databricks:CustomAppIntegration": Meaning(
        what="OAuth app",
        hit=SIGNED_OUT,
        gone=NO_SIGN_IN,
        fixed=("name", "confidential"),
        settings={
            "name": "name",
            "confidential": "confidential",
            "redirectUrls": "redirect addresses",
            "scopes": "scopes",
            "userAuthorizedScopes": "scopes that users authorize",
            "tokenAccessPolicy.accessTokenTtlInMinutes": "access token, minutes",
            "tokenAccessPolicy.refreshTokenTtlInMinutes": "refresh token, minutes",
            "tokenAccessPolicy.enableSingleUseRefreshTokens": "single-use refresh tokens",
            "tokenAccessPolicy.absoluteSessionLifetimeInMinutes": "session, minutes",
        },
    ),
    "databricks:ServicePrincipal": Meaning(
        what="service principal",
        hit=CUT_OFF,
        gone="Cube's background work and liveness checks end.",
        fixed=("applicationId", "api"),
        settings={"displayName": "name", "active": "active"},
    ),
    "databricks:ServicePrincipalSecret": Meaning(
        what="OAuth secret",
        hit=CUT_OFF,
        gone=ENDS,
        fixed=("servicePrincipalId", "lifetime", "timeRotating", "api"),
        settings={"lifetime": "lifetime"},
        credential="service account",
    ),
    "databricks:OboToken": Meaning(
        what="personal access token",
        hit=CUT_OFF,
        gone=ENDS,
        fixed=("applicationId", "lifetimeSeconds", "comment"),
        settings={"lifetimeSeconds": "lifetime, seconds"},
        credential="service account",
    ),
    "databricks:MwsPermissionAssignment": Meaning(
        what="place in the workspace",
        hit="The service account is out of the workspace while this is applied.",
        gone="The service account is out of the workspace.",
        fixed=("workspaceId", "principalId", "permissions"),
    ),
    "databricks:Entitlements": Meaning(
        what="entitlements",
        hit="The service account cannot use SQL while this is applied.",
        gone="The service account cannot use SQL any more.",
        fixed=("servicePrincipalId", "groupId", "userId"),
    ),
    "databricks:SqlEndpoint": Meaning(
        what="SQL warehouse",
        hit="Every query of Cube's fails until Cube is deployed with the new cube_env.",
        gone="Every query of Cube's fails.",
        settings={
            "name": "name",
            "clusterSize": "size",
            "autoStopMins": "stops after, minutes",
            "maxNumClusters": "clusters at most",
            "enableServerlessCompute": "serverless",
            "warehouseType": "type",
        },
    ),
    "databricks:IpAccessList": Meaning(
        what="IP access list",
        settings={"listType": "kind", "ipAddresses": "addresses", "enabled": "enabled"},
    ),
    "snowflake:OauthIntegrationForCustomClients": Meaning(
        what="OAuth integration",
        hit=SIGNED_OUT,
        gone=NO_SIGN_IN,
        fixed=("name", "oauthClientType"),
        settings={
            "name": "name",
            "enabled": "enabled",
            "oauthClientType": "client type",
            "oauthRedirectUri": "redirect address",
            "oauthAllowNonTlsRedirectUri": "redirect without TLS",
            "oauthEnforcePkce": "PKCE enforced",
            "oauthIssueRefreshTokens": "refresh tokens",
            "oauthRefreshTokenValidity": "refresh token, seconds",
            "oauthUseSecondaryRoles": "secondary roles",
            "networkPolicy": "network policy",
            "blockedRolesLists": "blocked roles",
            "preAuthorizedRolesLists": "roles without consent",
        },
    ),
    "snowflake:AllowedRoles": Meaning(
        what="list of allowed roles",
        gone="People may use every role through Cube that is not blocked.",
        settings={"roles": "roles that people may use"},
    ),
    "snowflake:ExternalOauthIntegration": Meaning(
        what="External OAuth integration",
        hit="Nobody who uses Cube can sign in until the new one is there.",
        gone=NO_SIGN_IN,
        fixed=("name",),
        settings={
            "enabled": "enabled",
            "externalOauthType": "identity provider",
            "externalOauthIssuer": "issuer",
            "externalOauthJwsKeysUrls": "keys",
            "externalOauthAudienceLists": "audiences",
            "externalOauthTokenUserMappingClaims": "claim that names the user",
            "externalOauthSnowflakeUserMappingAttribute": "attribute that it is compared with",
            "externalOauthAnyRoleMode": "any-role mode",
            "externalOauthBlockedRolesLists": "blocked roles",
            "externalOauthAllowedRolesLists": "allowed roles",
        },
    ),
    "snowflake:ServiceUser": Meaning(
        what="service user",
        hit=CUT_OFF,
        gone="Cube's background work and liveness checks end.",
        settings={
            "name": "name",
            "disabled": "disabled",
            "defaultRole": "default role",
            "defaultSecondaryRolesOption": "secondary roles",
            "defaultWarehouse": "default warehouse",
            "networkPolicy": "network policy",
            "daysToExpiry": "days until it expires",
            "statementTimeoutInSeconds": "statement timeout, seconds",
        },
    ),
    "snowflake:KeyPair": Meaning(what="key pair", gone=ENDS, credential="service account"),
    "snowflake:ClientSecret": Meaning(
        what="OAuth client secret",
        settings={"version": "version"},
    ),
    "snowflake:AccountRole": Meaning(
        what="role",
        hit="Whoever has it loses it, and all that was granted to it, while this is applied.",
        gone="Whoever has it loses it, and all that was granted to it.",
        settings={"name": "name"},
    ),
    "snowflake:DatabaseRole": Meaning(
        what="database role",
        hit="Whoever has it loses it, and all that was granted to it, while this is applied.",
        gone="Whoever has it loses it, and all that was granted to it.",
        fixed=("database",),
        settings={"name": "name"},
    ),
    "snowflake:NetworkPolicy": Meaning(
        what="network policy",
        settings={
            "name": "name",
            "allowedIpLists": "allowed addresses",
            "blockedIpLists": "blocked addresses",
            "allowedNetworkRuleLists": "allowed network rules",
            "blockedNetworkRuleLists": "blocked network rules",
        },
    ),
    "snowflake:NetworkRule": Meaning(
        what="network rule",
        settings={"mode": "direction", "type": "type", "valueLists": "addresses"},
    ),
    "snowflake:AuthenticationPolicy": Meaning(
        what="authentication policy",
        settings={
            "authenticationMethods": "methods",
            "clientTypes": "client types",
            "securityIntegrations": "integrations",
        },
    ),
    "snowflake:Warehouse": Meaning(
        what="warehouse",
        hit="Every query of Cube's fails while this is applied.",
        gone="Every query of Cube's fails.",
        settings={
            "name": "name",
            "warehouseSize": "size",
            "autoSuspend": "suspended after, seconds",
            "statementTimeoutInSeconds": "statement timeout, seconds",
            "resourceMonitor": "resource monitor",
        },
    ),
    "snowflake:ResourceMonitor": Meaning(
        what="resource monitor",
        settings={
            "creditQuota": "credits",
            "frequency": "every",
            "suspendTrigger": "suspends at %",
        },
    ),
    "cube-access:Secret": Meaning(
        what="secret in Secrets Manager",
        hit="Whatever reads it by its ARN finds nothing there until it has the new one.",
        gone="Whatever reads it finds nothing.",
        settings={
            "name": "name",
            "type": "shape",
            "owner": "stack",
            "kmsKeyId": "KMS key",
            "policy": "resource policy",
            "recoveryDays": "days to restore it",
            "onDestroy": "on destroy",
            "adopt": "taken over from others",
            "region": "region",
            "profile": "AWS profile",
        },
    ),
    "cube-access:Guard": Meaning(
        what="guard", settings={"protect": "refuses what cuts people off"}
    ),
    "snowflake:RolePrivileges": Meaning(
        what="set of privileges",
        settings={"extraPrivileges": "those that are not declared"},
    ),
}
