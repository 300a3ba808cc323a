"""What we assume of Snowflake's integrations and network policies, and what stands on it."""

import json

from tests.conformance.probe import CannotLookError, Probes
from tests.conformance.snowflake_account import ACCEPTED, OAUTH, SnowflakeAccount

probe = Probes[SnowflakeAccount]()

ADMINISTRATORS = {"ACCOUNTADMIN", "SECURITYADMIN"}


@probe(
    "The account adds its administrators to an integration's BLOCKED_ROLES_LIST by itself",
    why="they are listed only where that is off",
    expected=True,
)
def administrators_are_blocked_by_the_account(at: SnowflakeAccount) -> object:
    if at.parameter("OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST").lower() != "true":
        raise CannotLookError("the account has switched it off")
    one = at.make("SECURITY INTEGRATION", "I", f"{OAUTH} BLOCKED_ROLES_LIST = ('PUBLIC')")
    blocked = at.described(f"SECURITY INTEGRATION {one}")["BLOCKED_ROLES_LIST"].split(",")
    return {*ADMINISTRATORS, "PUBLIC"} <= {*blocked}


@probe(
    "A BLOCKED_ROLES_LIST with some of the administrators, but not all, is refused (003629)",
    why="ours lists all of them or none",
    expected="003629",
)
def a_partial_list_of_administrators_is_refused(at: SnowflakeAccount) -> object:
    if at.parameter("OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST").lower() != "true":
        raise CannotLookError("the account has switched it off")
    return at.refused("SECURITY INTEGRATION", "I", f"{OAUTH} BLOCKED_ROLES_LIST = ('ACCOUNTADMIN')")


@probe(
    "A role that does not exist cannot be blocked",
    why="the preview looks for each of `blockedRoles` first",
    expected=False,
)
def an_unknown_role_is_not_blocked(at: SnowflakeAccount) -> object:
    rest = f"{OAUTH} BLOCKED_ROLES_LIST = ('{at.prefix}NOBODY')"
    return at.refused("SECURITY INTEGRATION", "I", rest) == ACCEPTED


@probe(
    "An OAuth client is described with a row ALLOWED_ROLES_LIST",
    why="newer plugins stop where it is missing",
    expected=True,
)
def allowed_roles_are_described(at: SnowflakeAccount) -> object:
    one = at.make("SECURITY INTEGRATION", "I", OAUTH)
    return "ALLOWED_ROLES_LIST" in at.described(f"SECURITY INTEGRATION {one}")


@probe(
    "ALLOWED_ROLES_LIST does not go with secondary roles",
    why="ours are NONE, so that the list can be set",
    expected=False,
)
def allowed_roles_go_without_secondary_ones(at: SnowflakeAccount) -> object:
    more = "OAUTH_USE_SECONDARY_ROLES = IMPLICIT ALLOWED_ROLES_LIST = ('PUBLIC')"
    return at.refused("SECURITY INTEGRATION", "I", f"{OAUTH} {more}") == ACCEPTED


@probe(
    "Refresh tokens live a day at least, and ninety days at most",
    why="`refreshTokenMinutes` has these limits",
    expected=[False, True, True, False],
)
def refresh_tokens_have_limits(at: SnowflakeAccount) -> object:
    one = at.make("SECURITY INTEGRATION", "I", OAUTH)
    change = f"ALTER SECURITY INTEGRATION {one} SET OAUTH_REFRESH_TOKEN_VALIDITY"
    return [
        at.outcome(f"{change} = {seconds}") == ACCEPTED
        for seconds in (86_399, 86_400, 7_776_000, 7_776_001)
    ]


@probe(
    "Refreshing one client secret leaves the other and the client id as they are",
    why="rotation goes in two slots, and Cube signs in with the other one meanwhile",
    expected={"OAUTH_CLIENT_ID": True, "OAUTH_CLIENT_SECRET": True, "OAUTH_CLIENT_SECRET_2": False},
)
def a_client_secret_is_refreshed_alone(at: SnowflakeAccount) -> object:
    one = at.make("SECURITY INTEGRATION", "I", OAUTH)

    def shown() -> dict[str, str]:
        (row,) = at.run(f"SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('{one}') AS S")
        return dict(json.loads(row["S"]))

    before = shown()
    at.run(f"ALTER SECURITY INTEGRATION {one} REFRESH OAUTH_CLIENT_SECRET_2")
    after = shown()
    return {key: before[key] == after.get(key) for key in before}


@probe(
    "Another redirect URI keeps the client id",
    why="it changes in place, without a word in the preview",
    expected=True,
)
def a_redirect_uri_changes_in_place(at: SnowflakeAccount) -> object:
    one = at.make("SECURITY INTEGRATION", "I", OAUTH)
    before = at.described(f"SECURITY INTEGRATION {one}")["OAUTH_CLIENT_ID"]
    uri = "https://conformance.example.com/other"
    at.run(f"ALTER SECURITY INTEGRATION {one} SET OAUTH_REDIRECT_URI = '{uri}'")
    after = at.described(f"SECURITY INTEGRATION {one}")
    return (after["OAUTH_CLIENT_ID"], after["OAUTH_REDIRECT_URI"]) == (before, uri)


@probe(
    "An issuer has one integration in an account",
    why="a second environment of a tenant names the first's",
    expected=False,
)
def an_issuer_has_one_integration(at: SnowflakeAccount) -> object:
    rest = (
        f"TYPE = EXTERNAL_OAUTH ENABLED = FALSE EXTERNAL_OAUTH_TYPE = CUSTOM "
        f"EXTERNAL_OAUTH_ISSUER = 'https://{at.prefix.lower().strip('_')}.example.com' "
        "EXTERNAL_OAUTH_JWS_KEYS_URL = 'https://conformance.example.com/jwks.json' "
        "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = 'sub' "
        "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'LOGIN_NAME'"
    )
    at.make("SECURITY INTEGRATION", "FIRST", rest)
    return at.refused("SECURITY INTEGRATION", "SECOND", rest) == ACCEPTED


@probe(
    "A network policy that a user has cannot be dropped",
    why="destroy takes it from the user first",
    expected=False,
)
def a_network_policy_in_use_stays(at: SnowflakeAccount) -> object:
    policy = at.make("NETWORK POLICY", "P", "ALLOWED_IP_LIST = ('192.0.2.1')")
    user = at.make("USER", "U", "TYPE = SERVICE")
    at.run(f"ALTER USER {user} SET NETWORK_POLICY = {policy}")
    dropped = at.outcome(f"DROP NETWORK POLICY {policy}")
    at.run(f"ALTER USER {user} UNSET NETWORK_POLICY")
    return dropped == ACCEPTED


@probe(
    "What is no address is refused in a network policy",
    why="`allowedCidrs` is judged by us before",
    expected=False,
)
def an_address_is_judged(at: SnowflakeAccount) -> object:
    return at.refused("NETWORK POLICY", "P", "ALLOWED_IP_LIST = ('1.2.3.999')") == ACCEPTED
