"""What makes, rekeys, loosens or widens a way in on Snowflake, and what verify says of it. Each is
undone by the statements of its one line, alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from cube_access.verify.findings import Verdict
from tests.integration.verify.snowflake_plants import KEY

CONFIG = {
    "allowedCidrs": ["127.0.0.1/32"],
    "allowedRoles": ["ANALYST"],
    "authenticationPolicySchema": "ANALYTICS.GUARDS",
    "blockedRoles": ["AUDITOR"],
    "oauthNetworkPolicy": "OFFICE",
    "preAuthorizedRoles": ["ANALYST"],
    "userRoles": ["ANALYST"],
}
"""Everything that a stack can say about ways in."""
BEFORE = (
    "CREATE ROLE AUDITOR",
    "CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('127.0.0.1')",
    "CREATE SCHEMA ANALYTICS.GUARDS",
    "GRANT USAGE ON DATABASE ANALYTICS TO ROLE SECURITYADMIN",
    "GRANT USAGE ON SCHEMA ANALYTICS.GUARDS TO ROLE SECURITYADMIN",
    "GRANT CREATE AUTHENTICATION POLICY ON SCHEMA ANALYTICS.GUARDS TO ROLE SECURITYADMIN",
)
"""What there is before the first `up`."""


@dataclass(frozen=True)
class Way:
    what: str
    statements: tuple[str, ...]
    """Each in a role that may; of several the last one is found."""
    found: str
    """What the line says."""
    verdict: Verdict = "extra"
    after: tuple[str, ...] = ()
    """Removes what the statements have made besides."""
    turn: int = 0
    """Those of one turn do not touch the same property."""


def owned(kind: str, name: str, wanted: str) -> Way:
    return Way(
        f"another owner of the {kind.lower()} {name}",
        (f"GRANT OWNERSHIP ON {kind} {name} TO ROLE ENGINEER COPY CURRENT GRANTS",),
        f"role ENGINEER owns {kind.lower()} {name}, not {wanted}",
    )


def granted(privilege: str, kind: str, name: str) -> Way:
    return Way(
        f"{privilege} on the {kind.lower()}",
        (f"GRANT {privilege} ON {kind} {name} TO ROLE ENGINEER",),
        f"role ENGINEER has {privilege} on {kind.lower()} {name}",
    )


def power(privilege: str) -> Way:
    return Way(
        f"{privilege} on the account",
        (f"GRANT {privilege} ON ACCOUNT TO ROLE ENGINEER",),
        f"role ENGINEER has {privilege} on the account",
    )


def says(
    key: str, value: str, told: str, wanted: str, verdict: Verdict = "extra", turn: int = 0
) -> Way:
    """Of the integration."""
    return Way(
        f"{key} = {value}",
        (f"ALTER SECURITY INTEGRATION CUBE_DEV SET {key} = {value}",),
        f"{key} of integration CUBE_DEV is {told}, not {wanted}",
        verdict,
        turn=turn,
    )


def lists(key: str, value: str, told: str, verdict: Verdict = "extra", turn: int = 0) -> Way:
    """Of roles, in the integration."""
    return Way(
        f"{key} = {value}",
        (f"ALTER SECURITY INTEGRATION CUBE_DEV SET {key} = {value}",),
        f"{key} of integration CUBE_DEV {told}:",
        verdict,
        turn=turn,
    )


def user(change: str, found: str, verdict: Verdict = "extra", turn: int = 0) -> Way:
    what = change.replace(KEY, "another")
    return Way(what, (f"ALTER USER CUBE_DEV {change}",), found, verdict, turn=turn)


OWNERS = [
    owned("USER", "CUBE_DEV", "SECURITYADMIN: it can become the service account"),
    owned("ROLE", "CUBE_DEV", "USERADMIN: it can become the service account"),
    owned("ROLE", "CUBE_DEV_PEOPLE", "USERADMIN"),
    owned("INTEGRATION", "CUBE_DEV", "ACCOUNTADMIN"),
    owned("NETWORK POLICY", "CUBE_DEV", "SECURITYADMIN"),
    owned("AUTHENTICATION POLICY", "ANALYTICS.GUARDS.CUBE_DEV", "SECURITYADMIN"),
    granted("MODIFY PROGRAMMATIC AUTHENTICATION METHODS", "USER", "CUBE_DEV"),
    granted("IMPERSONATE", "USER", "CUBE_DEV"),
    granted("MONITOR", "USER", "CUBE_DEV"),
    granted("USAGE", "INTEGRATION", "CUBE_DEV"),
    granted("USE_ANY_ROLE", "INTEGRATION", "CUBE_DEV"),
    granted("APPLY", "AUTHENTICATION POLICY", "ANALYTICS.GUARDS.CUBE_DEV"),
    power("MANAGE GRANTS"),
    power("CREATE INTEGRATION"),
    power("APPLY AUTHENTICATION POLICY"),
    power("ATTACH POLICY"),
    Way(
        "a person who grants",
        ("GRANT MANAGE GRANTS ON ACCOUNT TO USER BOB",),
        "user BOB has MANAGE GRANTS on the account: it can give itself the service account's role",
    ),
    Way(
        "the role of whoever makes users",
        ("GRANT ROLE USERADMIN TO ROLE ENGINEER",),
        "role ENGINEER has role USERADMIN, and so can become the service account",
    ),
    Way(
        "the role of whoever grants",
        ("GRANT ROLE SECURITYADMIN TO ROLE SYSADMIN",),
        "role SYSADMIN has role SECURITYADMIN, and so can become the service account",
    ),
    Way(
        "its role for a person",
        ("GRANT ROLE CUBE_DEV TO USER BOB",),
        "role CUBE_DEV is granted to user BOB, too",
    ),
    Way(
        "the people's role for others",
        ("GRANT ROLE CUBE_DEV_PEOPLE TO ROLE ENGINEER",),
        "role CUBE_DEV_PEOPLE is granted to role ENGINEER, which userRoles does not have",
    ),
    Way(
        "payroll for all people",
        ("GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO ROLE CUBE_DEV_PEOPLE",),
        "role CUBE_DEV_PEOPLE holds SELECT ON TABLE ANALYTICS.HR.SALARIES",
    ),
    Way(
        "a role of people's that is taken away",
        ("REVOKE ROLE CUBE_DEV_PEOPLE FROM ROLE ANALYST",),
        "role CUBE_DEV_PEOPLE is not granted to role ANALYST",
        "lack",
    ),
    Way(
        "people's warehouse",
        ("REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE CUBE_DEV_PEOPLE",),
        "USAGE ON WAREHOUSE COMPUTE_WH for role CUBE_DEV_PEOPLE",
        "lack",
    ),
    Way(
        "its role itself",
        ("REVOKE ROLE CUBE_DEV FROM USER CUBE_DEV",),
        "role CUBE_DEV is not granted to user CUBE_DEV",
        "lack",
        turn=1,
    ),
]
USER = [
    user("SET TYPE = PERSON", "user CUBE_DEV is of TYPE PERSON, not SERVICE"),
    user(
        "SET TYPE = LEGACY_SERVICE", "user CUBE_DEV is of TYPE LEGACY_SERVICE, not SERVICE", turn=1
    ),
    user("SET DISABLED = TRUE", "user CUBE_DEV is disabled", "lack"),
    user("UNSET DEFAULT_ROLE", "its sessions begin in role none, not CUBE_DEV", "lack"),
    user("SET DEFAULT_ROLE = PUBLIC", "its sessions begin in role PUBLIC, not CUBE_DEV", "lack", 1),
    user("UNSET DEFAULT_WAREHOUSE", "its sessions begin with warehouse none", "lack"),
    user("UNSET DEFAULT_SECONDARY_ROLES", "every session has the user's other roles, too"),
    user("SET LOGIN_NAME = 'eve@example.com'", "it signs in as EVE@EXAMPLE.COM, not as CUBE_DEV"),
    user("SET EMAIL = 'eve@example.com'", "it has the address eve@example.com (EMAIL)"),
    user(f"SET RSA_PUBLIC_KEY = '{KEY}'", "another key pair signs in (RSA_PUBLIC_KEY, SHA256:"),
    user(f"SET RSA_PUBLIC_KEY_2 = '{KEY}'", "another key pair signs in (RSA_PUBLIC_KEY_2, SHA256:"),
    user(
        "UNSET RSA_PUBLIC_KEY", "the key pair in slot RSA_PUBLIC_KEY of the user is gone", "lack", 1
    ),
    user(
        "ADD PROGRAMMATIC ACCESS TOKEN MINE ROLE_RESTRICTION = 'CUBE_DEV'",
        "the access token MINE signs in, in role CUBE_DEV",
    ),
    user(
        "SET WORKLOAD_IDENTITY = (TYPE = 'AWS' ARN = 'arn:aws:iam::123456789012:role/eve')",
        "a workload of AWS signs in as it (WORKLOAD_IDENTITY)",
    ),
    user("UNSET NETWORK_POLICY", "it may sign in from anywhere: its own network policy CUBE_DEV"),
    Way(
        "a wider network policy",
        (
            "CREATE NETWORK POLICY WIDE ALLOWED_IP_LIST = ('0.0.0.0/0')",
            "ALTER USER CUBE_DEV SET NETWORK_POLICY = WIDE",
        ),
        "it may sign in by network policy WIDE: its own network policy CUBE_DEV is not attached",
        after=("DROP NETWORK POLICY WIDE",),
        turn=1,
    ),
    Way(
        "one more address",
        ("ALTER NETWORK POLICY CUBE_DEV SET ALLOWED_IP_LIST = ('127.0.0.1/32', '0.0.0.0/0')",),
        "network policy CUBE_DEV lets in 0.0.0.0/0, too",
    ),
    Way(
        "no address",
        ("ALTER NETWORK POLICY CUBE_DEV SET ALLOWED_IP_LIST = ()",),
        "network policy CUBE_DEV lists no address: it lets in all",
        turn=1,
    ),
    Way(
        "a rule that lets in",
        (
            "CREATE NETWORK RULE ANALYTICS.GUARDS.WIDE TYPE = IPV4 VALUE_LIST = ('0.0.0.0/0')",
            "ALTER NETWORK POLICY CUBE_DEV SET "
            "ALLOWED_NETWORK_RULE_LIST = ('ANALYTICS.GUARDS.WIDE')",
        ),
        "network policy CUBE_DEV also lets in what ALLOWED_NETWORK_RULE_LIST names: "
        "ANALYTICS.GUARDS.WIDE",
        after=("DROP NETWORK RULE ANALYTICS.GUARDS.WIDE",),
    ),
    Way(
        "an address that is kept out",
        ("ALTER NETWORK POLICY CUBE_DEV SET BLOCKED_IP_LIST = ('10.0.0.1')",),
        "network policy CUBE_DEV keeps out what BLOCKED_IP_LIST names: 10.0.0.1",
        "lack",
    ),
    user("UNSET AUTHENTICATION POLICY", "its authentication policy is none, not ANALYTICS.GUARDS"),
    Way(
        "another authentication policy",
        (
            "CREATE AUTHENTICATION POLICY ANALYTICS.GUARDS.OPEN",
            "ALTER USER CUBE_DEV UNSET AUTHENTICATION POLICY",
            "ALTER USER CUBE_DEV SET AUTHENTICATION POLICY ANALYTICS.GUARDS.OPEN",
        ),
        "its authentication policy is ANALYTICS.GUARDS.OPEN, not ANALYTICS.GUARDS.CUBE_DEV",
        after=("DROP AUTHENTICATION POLICY ANALYTICS.GUARDS.OPEN",),
        turn=1,
    ),
    Way(
        "one more way in",
        (
            "ALTER AUTHENTICATION POLICY ANALYTICS.GUARDS.CUBE_DEV SET "
            "AUTHENTICATION_METHODS = ('KEYPAIR', 'PASSWORD')",
        ),
        "AUTHENTICATION_METHODS of authentication policy ANALYTICS.GUARDS.CUBE_DEV is KEYPAIR, "
        "PASSWORD, not KEYPAIR",
    ),
]
INTEGRATION = [
    says("ENABLED", "FALSE", "false", "true", "lack"),
    says("OAUTH_REDIRECT_URI", "'https://eve.example.com/cb'", "https://eve.example.com/cb", ""),
    says("OAUTH_ALLOW_NON_TLS_REDIRECT_URI", "TRUE", "true", "false"),
    says("OAUTH_ENFORCE_PKCE", "FALSE", "false", "true"),
    says("OAUTH_ISSUE_REFRESH_TOKENS", "FALSE", "false", "true", "lack"),
    says("OAUTH_REFRESH_TOKEN_VALIDITY", "7776000", "7776000", ""),
    says("OAUTH_REFRESH_TOKEN_VALIDITY", "86400", "86400", "", "lack", 1),
    Way(
        "UNSET NETWORK_POLICY of the integration",
        ("ALTER SECURITY INTEGRATION CUBE_DEV UNSET NETWORK_POLICY",),
        "NETWORK_POLICY of integration CUBE_DEV is unset, not OFFICE",
    ),
    lists("PRE_AUTHORIZED_ROLES_LIST", "('ANALYST', 'ENGINEER')", "has ENGINEER, too"),
    lists("PRE_AUTHORIZED_ROLES_LIST", "()", "lacks ANALYST", "lack", 1),
    lists("BLOCKED_ROLES_LIST", "('AUDITOR')", "lacks SYSADMIN, USERADMIN"),
    lists("BLOCKED_ROLES_LIST", "()", "lacks AUDITOR, SYSADMIN, USERADMIN", turn=1),
    lists("ALLOWED_ROLES_LIST", "('ENGINEER')", "lacks ANALYST and has ENGINEER, too"),
    lists("ALLOWED_ROLES_LIST", "()", "lacks ANALYST", turn=1),
    Way(
        "secondary roles, which no list of allowed roles goes with",
        (
            "ALTER SECURITY INTEGRATION CUBE_DEV SET OAUTH_USE_SECONDARY_ROLES = IMPLICIT "
            "ALLOWED_ROLES_LIST = ()",
        ),
        "OAUTH_USE_SECONDARY_ROLES of integration CUBE_DEV is IMPLICIT, not NONE",
        after=("ALTER SECURITY INTEGRATION CUBE_DEV SET ALLOWED_ROLES_LIST = ('ANALYST')",),
        turn=2,
    ),
    Way(
        "a key of Cube's client",
        (f"ALTER SECURITY INTEGRATION CUBE_DEV SET OAUTH_CLIENT_RSA_PUBLIC_KEY = '{KEY}'",),
        "OAUTH_CLIENT_RSA_PUBLIC_KEY_FP of integration CUBE_DEV is SHA256:",
    ),
    Way(
        "administrators that the account blocks no more",
        ("ALTER ACCOUNT SET OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST = FALSE",),
        "BLOCKED_ROLES_LIST of integration CUBE_DEV lacks ACCOUNTADMIN, GLOBALORGADMIN, ORGADMIN, "
        "SECURITYADMIN:",
        after=(
            "ALTER SECURITY INTEGRATION CUBE_DEV SET "
            "BLOCKED_ROLES_LIST = ('AUDITOR', 'SYSADMIN', 'USERADMIN')",
            "ALTER ACCOUNT UNSET OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
        ),
        turn=2,
    ),
    Way(
        "a second app of Cube's address",
        (
            "CREATE SECURITY INTEGRATION SECOND TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
            "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = '{redirect}'",
        ),
        "integration SECOND is a second OAuth app of Cube's redirect address",
        after=("DROP SECURITY INTEGRATION SECOND",),
    ),
    Way(
        "a second app of its name",
        (
            "CREATE SECURITY INTEGRATION CUBE_DEV_2 TYPE = OAUTH OAUTH_CLIENT = CUSTOM "
            "ENABLED = TRUE OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' "
            "OAUTH_REDIRECT_URI = 'https://eve.example.com/cb' "
            "COMMENT = 'Cube''s sign-in; written by cube-access'",
        ),
        "integration CUBE_DEV_2 is a second OAuth app of this one's name",
        after=("DROP SECURITY INTEGRATION CUBE_DEV_2",),
    ),
]
WAYS = [*OWNERS, *USER, *INTEGRATION]
