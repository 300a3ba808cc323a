"""People sign in at an identity provider, which is played here: it signs tokens, and Snowflake
knows it by its keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import snowflake.connector
import yaml

from sandbox import Sandbox
from sandbox.snowflake.world import ADMIN, ALICE
from tests.integration.leaks import life, nothing_readable
from tests.integration.snowflake.identity_provider import IdentityProvider
from tools.snowflake_client import Client, by_hand, service
from tools.stacks import Stack

ISSUER = "https://login.example.com/tenant"
INTEGRATION = (
    "snowflake:index/externalOauthIntegration:"
    "ExternalOauthIntegration::cube-external-oauth-integration"
)
# Assembled, and of no real form.
CLIENT_SECRET = "-".join(("planted", "client", "secret"))
PROVIDER: dict[str, Any] = {
    "type": "CUSTOM",
    "issuer": ISSUER,
    "jwsKeysUrl": f"{ISSUER}/keys",
    "audience": "cube",
    "userMappingClaim": "upn",
    "authUrl": f"{ISSUER}/authorize",
    "tokenUrl": f"{ISSUER}/token",
    "clientId": "cube-client",
    "scopes": ["offline_access", "session:role:ANALYST"],
}


class Provider(IdentityProvider):
    def token(self, person: str = ALICE, **claims: Any) -> str:
        return super().token(upn=person, **claims)


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    return trusted(sandbox)


def trusted(sandbox: Sandbox) -> Provider:
    keys = str(PROVIDER["jwsKeysUrl"])
    return Provider(sandbox, ISSUER, keys, aud="cube", scp="session:role:ANALYST")


@pytest.fixture
def external(make_stack: Callable[..., Stack]) -> Stack:
    stack = make_stack()
    use(stack)
    return stack


def use(stack: Stack, **changes: Any) -> None:
    """The client secret as a person sets it: encrypted in the stack's file."""
    stack.set(externalOauth={**PROVIDER, **changes}, allowedRoles=None)
    stack.must("config", "set", "--secret", "cube-access:externalOauthClientSecret", CLIENT_SECRET)
    content = (stack.folder / f"Pulumi.{stack.name}.yaml").read_text()
    assert CLIENT_SECRET not in content
    stack.config = dict(yaml.safe_load(content)["config"])


def client(token: str, **how: Any) -> Client:
    return Client(authenticator="oauth", token=token, warehouse="COMPUTE_WH", **how)


def refusal(token: str, **how: Any) -> str:
    with pytest.raises(snowflake.connector.errors.DatabaseError) as refused:
        client(token, **how)
    return str(refused.value)


def test_people_sign_in_with_the_identity_providers_tokens(
    external: Stack, provider: Provider
) -> None:
    external.apply()
    external.unchanged("--refresh")
    app = external.outputs()["cube_oauth_app"]
    assert app == {
        "name": "CUBE_DEV",
        "auth_url": PROVIDER["authUrl"],
        "token_url": PROVIDER["tokenUrl"],
        "client_id": "cube-client",
        "client_secret": CLIENT_SECRET,
        "scopes": PROVIDER["scopes"],
        "redirect_uri": "https://example.cubecloud.dev/oauth/callback",
    }
    alice = client(provider.token(ALICE))
    assert alice.value("SELECT CURRENT_USER() || CURRENT_ROLE()") == "ALICEANALYST"
    assert alice.rows("SELECT SALES_REP FROM ANALYTICS.SALES.MY_ORDERS") == [("ALICE",)] * 2
    assert alice.refusal("USE ROLE PUBLIC"), "any-role mode is off"
    assert "not listed" in refusal(provider.token(ALICE, scp="session:role:ENGINEER"))
    assert "not listed" in refusal(provider.token(ALICE), role="PUBLIC")
    assert "Invalid OAuth" in refusal(provider.token(ALICE, aud="other"))
    assert "Invalid OAuth" in refusal(provider.token(ALICE, iss="https://login.example.com/x"))
    assert "expired" in refusal(provider.token(ALICE, exp=1))
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4


@pytest.mark.parametrize("added", [True, False])
def test_administrators_are_kept_out_whatever_the_account_adds(
    external: Stack, provider: Provider, added: bool
) -> None:
    parameter = "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
    by_hand().rows(f"ALTER ACCOUNT SET {parameter} = {str(added).upper()}")
    external.set(blockedRoles=["ENGINEER"])
    external.apply()
    external.unchanged()
    for role in ("ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN", "ENGINEER"):
        token = provider.token(ADMIN, scp=f"session:role:{role}")
        assert "was filtered" in refusal(token, role=role), role


def test_everything_but_the_name_changes_in_place(external: Stack, provider: Provider) -> None:
    external.apply()
    before = dict(external.config)
    external.set(
        externalOauth={
            **PROVIDER,
            "type": "AZURE",
            "issuer": f"{ISSUER}/v2",
            "jwsKeysUrl": f"{ISSUER}/v2/keys",
            "audience": "other",
            "userMappingClaim": "sub",
            "userMappingAttribute": "EMAIL_ADDRESS",
        }
    )
    got = external.preview()
    assert (got.code, got.steps) == (0, {"update": [INTEGRATION]}), got.output
    assert {path.partition("[")[0] for path in got.changed[INTEGRATION]} >= {
        "externalOauthType",
        "externalOauthIssuer",
        "externalOauthJwsKeysUrls",
        "externalOauthAudienceLists",
        "externalOauthTokenUserMappingClaims",
        "externalOauthSnowflakeUserMappingAttribute",
    }
    external.set(externalOauth={**PROVIDER, "clientId": "other", "authUrl": f"{ISSUER}/a"})
    assert external.preview().steps == {}, "they are Cube Cloud's only"
    everything = {"type": "AZURE", "audience": None, "userMappingAttribute": "EMAIL_ADDRESS"}
    external.set(
        externalOauth={k: v for k, v in {**PROVIDER, **everything}.items() if v is not None}
    )
    external.apply()
    external.unchanged()
    url = "https://sandbox-analytics.snowflakecomputing.com"
    assert client(provider.token(ALICE, aud=url)).value("SELECT CURRENT_USER()") == "ALICE"
    assert "Invalid OAuth" in refusal(provider.token(ALICE))
    external.config = before
    external.write_config()
    external.apply()
    assert client(provider.token(ALICE)).value("SELECT CURRENT_USER()") == "ALICE"
    by_hand().rows(
        "ALTER SECURITY INTEGRATION CUBE_DEV_EXTERNAL SET EXTERNAL_OAUTH_ANY_ROLE_MODE = ENABLE"
    )
    found = external.preview("--refresh").steps
    assert found == {"update": [INTEGRATION]}, "what others change is found"
    external.must("destroy", "--yes", "--skip-preview")
    assert external.sandbox.snowflake.integrations.all() == []


def test_another_place_to_sign_in_stops_the_up(make_applied: Callable[..., Stack]) -> None:
    stack = make_applied(protect=True, secretName="cube-access/fixed")
    provider = trusted(stack.sandbox)
    use(stack)
    got = stack.up()
    assert got.code != 0
    assert "it replaces where people sign in" in got.output
    assert "must authorize again" in got.output
    assert "It takes two applies" in got.output
    names = {each.simple_name for each in stack.sandbox.snowflake.integrations.all()}
    assert names == {"CUBE_DEV"}, "nothing was done"
    without = {key: text for key, text in stack.config.items() if "externalOauth" not in key}
    wanted, stack.config = dict(stack.config), without
    stack.set(protect=False)
    stack.apply()
    stack.config = {**wanted, "cube-access:protect": False}
    stack.write_config()
    stack.apply()
    stack.unchanged()
    assert client(provider.token(ALICE)).value("SELECT CURRENT_USER()") == "ALICE"
    names = {each.simple_name for each in stack.sandbox.snowflake.integrations.all()}
    assert names == {"CUBE_DEV_EXTERNAL"}


def test_a_new_name_stops_the_preview(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(protect=True)
    stack.set(name="cube-dev", secretName="cube-access/fixed")
    use(stack)
    stack.apply()
    stack.set(name="cube-renamed")
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "replaces the External OAuth integration" in got.output
    stack.set(protect=False)
    stack.apply()
    stack.unchanged()


def test_the_client_secret_is_readable_nowhere(external: Stack) -> None:
    external.set(tables=[])
    texts = life(external, {"schemas": ["ANALYTICS.NOPE"]}, {"schemas": ["ANALYTICS.SALES"]})
    external.set(externalOauth={**PROVIDER, "issuer": "nowhere", "clientSecret": CLIENT_SECRET})
    got = external.pulumi("preview")
    assert got.code != 0
    assert "clientSecret is no such key" in got.output
    texts["refused settings"] = got.output
    external.set(externalOauth=PROVIDER, externalOauthClientSecret=CLIENT_SECRET)
    got = external.pulumi("preview")
    assert got.code != 0
    assert "is readable in the stack's file" in got.output
    texts["a secret in plain text"] = got.output
    nothing_readable(texts, {"client secret": CLIENT_SECRET})
