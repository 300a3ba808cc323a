"""Changing an applied environment: what is updated, what replaced, what stops the preview."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
import snowflake.connector

from sandbox import Sandbox
from sandbox.snowflake.world import ALICE
from tools.authorize import authorize
from tools.snowflake_client import by_hand, service, stored, works
from tools.stacks import Stack

INTEGRATION = (
    "snowflake:index/oauthIntegrationForCustomClients:"
    "OauthIntegrationForCustomClients::cube-oauth-integration"
)
USER = "snowflake:index/serviceUser:ServiceUser::cube-service-user"
POLICY = "snowflake:index/networkPolicy:NetworkPolicy::cube-network"
PEOPLE = "snowflake:index/grantAccountRole:GrantAccountRole::cube-people-ENGINEER"
SECRET = "cube-access:aws:Secret::cube-secret"
MARK = "cube-access:snowflake:Mark::cube-mark"
SETTLED = "cube-access:snowflake:Settled::cube-settled"
DEFAULTS = "cube-access:snowflake:UserDefaults::cube-service-defaults"
ALLOWED = "cube-access:snowflake:AllowedRoles::cube-oauth-allowed-roles"
PEOPLES = "cube-access:snowflake:RolePrivileges::cube-people-privileges"
PRIVILEGES = "cube-access:snowflake:RolePrivileges::cube-service-privileges"


# Each setting that an existing environment may change, with the only steps that its preview may
# show. Of an update, with the property that tells it from the others of its resource. Those of one
# list are previewed together.
Change = tuple[dict[str, Any], dict[str, list[str]], str]
CHANGES: list[list[Change]] = [
    [
        (
            {"redirectUris": ["https://o.cubecloud.dev/cb"]},
            {"update": [INTEGRATION]},
            "oauthRedirectUri",
        ),
        ({"refreshTokenMinutes": 1440}, {"update": [INTEGRATION]}, "oauthRefreshTokenValidity"),
        ({"oauthEnforcePkce": False}, {"update": [INTEGRATION]}, "oauthEnforcePkce"),
        ({"blockedRoles": ["PUBLIC"]}, {"update": [INTEGRATION]}, "blockedRolesLists"),
        ({"preAuthorizedRoles": ["ANALYST"]}, {"update": [INTEGRATION]}, "preAuthorizedRolesLists"),
        ({"statementTimeoutSeconds": 60}, {"update": [USER]}, "statementTimeoutInSeconds"),
        (
            {"schemas": ["ANALYTICS.SALES", "ANALYTICS.HR"], "objectKinds": ["tables", "views"]},
            {"update": [PRIVILEGES]},
            "privileges",
        ),
        ({"userRoles": ["ANALYST", "ENGINEER"]}, {"create": [PEOPLE]}, ""),
        ({"tags": {"team": "bi"}}, {"update": [SECRET]}, "tags"),
        ({"secretRecoveryDays": 7}, {"update": [SECRET]}, "recoveryDays"),
        ({"oauthRole": "ANALYST"}, {}, ""),
        ({"fallback": "service-account"}, {}, ""),
        ({"sourceName": "lakehouse"}, {}, ""),
    ],
    [
        # Its policy comes from another role, which then asks for its defaults, too, and would name
        # what a destroy leaves.
        (
            {"allowedCidrs": ["127.0.0.0/8"]},
            {"create": [POLICY], "update": [MARK, SETTLED, DEFAULTS, USER]},
            "",
        ),
        ({"tables": []}, {"update": [PRIVILEGES]}, ""),
        ({"allowedRoles": ["ANALYST"]}, {"update": [ALLOWED]}, "roles"),
    ],
    [({"extraPrivileges": "report"}, {"update": [PEOPLES, PRIVILEGES]}, "")],
]


def together(changes: list[Change]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The steps that all of them make, and what tells the updates apart."""
    steps: dict[str, set[str]] = {}
    told: dict[str, set[str]] = {}
    for _, expected, tells in changes:
        for operation, names in expected.items():
            steps.setdefault(operation, set()).update(names)
        for name in expected.get("update", []) if tells else []:
            told.setdefault(name, set()).add(tells)
    return steps, told


def test_each_setting_changes_what_it_should_and_nothing_is_replaced(applied_copy: Stack) -> None:
    stack, before = applied_copy, dict(applied_copy.config)
    for changes in CHANGES:
        stack.config = dict(before)
        for change, *_ in changes:
            stack.set(**change)
        steps, told = together(changes)
        got = stack.preview()
        assert got.code == 0, got.output
        assert {op: set(names) for op, names in got.steps.items()} == steps
        for name, paths in told.items():
            for path in paths:
                assert [each for each in got.changed[name] if each.startswith(path)], got.changed
        warned = "may sign in from any address" in got.output
        assert warned == ("cube-access:allowedCidrs" not in stack.config)
    # All of them at once, for real, keep every credential.
    first = stack.outputs()["cube_oauth_app"]
    for changes in CHANGES:
        for change, *_ in changes:
            stack.set(**change)
    stack.apply()
    stack.unchanged()
    outputs = stack.outputs()
    assert outputs["cube_oauth_app"]["client_secret"] == first["client_secret"]
    # The role of everybody's sessions was chosen.
    assert first["scopes"] == ["refresh_token"]
    assert outputs["cube_oauth_app"]["scopes"] == ["refresh_token", "session:role:ANALYST"]
    assert outputs["cube_env"]["CUBE_ACCESS_USER_ROLE"] == "ANALYST"
    assert works(stored())
    # And back, where what was set must really be unset.
    stack.config = dict(before)
    stack.write_config()
    stack.apply()
    stack.unchanged("--refresh")
    assert works(stored())


@pytest.fixture
def protected(make_applied: Callable[..., Stack]) -> Stack:
    return make_applied(protect=True, secretName="cube-access/fixed")


@pytest.mark.parametrize(
    ("key", "value"), [("name", "cube-renamed"), ("oauthClientType", "public")]
)
def test_what_would_sign_everybody_out_stops_the_preview(
    protected: Stack, key: str, value: str
) -> None:
    protected.set(**{key: value})
    got = protected.pulumi("preview")
    assert got.code != 0
    assert "replaces the OAuth integration" in got.output
    assert "Everybody who uses Cube is signed out" in got.output, "who is hit"
    assert "cube-access:protect to false" in got.output, "the flag that allows it"


def test_with_the_flag_it_goes_through_completely(protected: Stack) -> None:
    old = protected.outputs()["cube_oauth_app"]
    protected.set(name="cube-renamed", oauthClientType="public", protect=False)
    protected.apply()
    protected.unchanged()
    new = protected.outputs()["cube_oauth_app"]
    assert new["client_id"]
    assert new["client_id"] != old["client_id"], "what Cube Cloud needs is the new one's"
    assert new["client_secret"] == "", "a public client has none"
    assert works(stored())


def test_an_environment_does_not_move_to_another_account(applied_copy: Stack) -> None:
    applied_copy.set(snowflakeAccount="SANDBOX-OTHER")
    got = applied_copy.pulumi("preview")
    assert got.code != 0
    assert "account (SANDBOX-ANALYTICS -> SANDBOX-OTHER)" in got.output
    assert "Make a new stack for the new place, and destroy this one" in got.output


def test_a_protected_environment_is_not_destroyed(protected: Stack) -> None:
    got = protected.pulumi("destroy", "--yes", "--skip-preview")
    assert got.code != 0
    assert "protect" in got.output
    assert works(stored()), "and nobody was cut off on the way"


def test_key_pairs_rotate_without_a_moment_of_lockout(applied_copy: Stack) -> None:
    stack = applied_copy
    old = stored()
    failures: list[str] = []
    ended = threading.Event()
    in_use = [old]
    connected = service(old)

    def keep_signing_in() -> None:
        while not ended.is_set():
            if lost := connected.refusal("SELECT count(*) FROM ANALYTICS.SALES.ORDERS"):
                failures.append(f"an open connection lost a query: {lost}")
            if not works(in_use[0]):
                failures.append(f"locked out with key {in_use[0]['publicKey'][40:60]}")

    cube = threading.Thread(target=keep_signing_in)
    cube.start()
    try:
        stack.set(credentialVersions=["v1", "v2"])
        stack.apply()
        new = stored()
        assert new["privateKey"] != old["privateKey"]
        assert works(old), "Cube still runs on the old one"
        in_use[0] = new  # Cube is deployed anew
        stack.set(credentialVersions=["v2"])
        stack.apply()
    finally:
        ended.set()
        cube.join()
    assert failures == []
    assert not works(old)
    assert works(new)
    assert stack.outputs()["cube_env"]["CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"] == new["privateKey"]
    stack.unchanged()


def known_to_snowflake(app: dict[str, Any], secret: str) -> bool:
    """Whether the secret is the client's: a wrong one is refused before the grant is looked at."""
    form = {"grant_type": "refresh_token", "refresh_token": "none"}
    login = (app["client_id"], secret)
    answer = requests.post(app["token_url"], data=form, auth=login, timeout=10).json()
    return str(answer["error"]) != "invalid_client"


def test_the_client_secret_rotates_in_two_slots(applied_copy: Stack) -> None:
    stack = applied_copy
    first = stack.outputs()["cube_oauth_app"]
    stack.set(oauthSecretVersion=2)
    stack.apply()
    second = stack.outputs()["cube_oauth_app"]
    assert second["client_id"] == first["client_id"]
    assert second["client_secret"] != first["client_secret"]
    assert known_to_snowflake(first, first["client_secret"]), "Cube Cloud still has the old one"
    assert known_to_snowflake(first, second["client_secret"])
    stack.set(oauthSecretVersion=4)
    got = stack.up()
    assert got.code != 0
    assert "goes from 2 to 4, but it rises by one at a time" in got.output
    assert known_to_snowflake(first, second["client_secret"]), "nothing was done"
    stack.set(oauthSecretVersion=3)
    stack.apply()
    third = stack.outputs()["cube_oauth_app"]
    assert not known_to_snowflake(first, first["client_secret"])
    assert known_to_snowflake(first, second["client_secret"])
    assert known_to_snowflake(first, third["client_secret"])
    stack.unchanged()


def test_a_warehouse_of_our_own(make_stack: Callable[..., Stack], sandbox: Sandbox) -> None:
    stack = make_stack(snowflakeWarehouse=None, snowflakeWarehouseCreditQuota=10)
    stack.apply()
    stack.unchanged("--refresh")
    assert stack.outputs()["cube_env"]["CUBEJS_DB_SNOWFLAKE_WAREHOUSE"] == "CUBE_DEV"
    ours = sandbox.snowflake.catalog.find("WAREHOUSE", ("CUBE_DEV",))
    assert ours is not None
    assert (ours.text("WAREHOUSE_SIZE"), ours.settings["AUTO_SUSPEND"]) == ("XSMALL", 60)
    assert ours.settings["STATEMENT_TIMEOUT_IN_SECONDS"] == 600
    assert ours.text("RESOURCE_MONITOR") == "CUBE_DEV"
    assert works(stored())
    stack.set(snowflakeWarehouseSize="SMALL")
    assert stack.preview().steps == {
        "update": ["snowflake:index/warehouse:Warehouse::cube-warehouse"]
    }
    stack.must("destroy", "--yes", "--skip-preview")
    assert sandbox.snowflake.catalog.find("WAREHOUSE", ("CUBE_DEV",)) is None


def test_the_service_account_is_confined_to_addresses_and_key_pairs(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    admin = by_hand()
    admin.rows("CREATE DATABASE SECURITY")
    admin.rows("GRANT USAGE ON DATABASE SECURITY TO ROLE SECURITYADMIN")
    admin.rows("GRANT USAGE ON SCHEMA SECURITY.PUBLIC TO ROLE SECURITYADMIN")
    admin.rows("GRANT CREATE AUTHENTICATION POLICY ON SCHEMA SECURITY.PUBLIC TO ROLE SECURITYADMIN")
    admin.rows("GRANT APPLY AUTHENTICATION POLICY ON ACCOUNT TO ROLE SECURITYADMIN")
    stack = make_stack(allowedCidrs=["127.0.0.0/8"], authenticationPolicySchema="SECURITY.PUBLIC")
    got = stack.apply()
    assert "may sign in from any address" not in got.output
    stack.unchanged("--refresh")
    assert works(stored())
    user = sandbox.snowflake.users.get("CUBE_DEV")
    assert user is not None
    assert user.authentication_policy is not None
    assert user.authentication_policy.items("AUTHENTICATION_METHODS") == ("KEYPAIR",)
    stack.set(allowedCidrs=["203.0.113.0/24"])
    stack.apply()
    with pytest.raises(snowflake.connector.errors.DatabaseError, match="is not allowed to access"):
        service()
    stack.must("destroy", "--yes", "--skip-preview")
    assert sandbox.snowflake.catalog.of_kind("NETWORK POLICY") == []
    assert sandbox.snowflake.catalog.of_kind("AUTHENTICATION POLICY") == []


def test_a_network_policy_on_the_integration_governs_the_exchange(
    make_stack: Callable[..., Stack],
) -> None:
    by_hand("SECURITYADMIN").rows(
        "CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('203.0.113.0/24')"
    )
    stack = make_stack(oauthNetworkPolicy="OFFICE")
    stack.apply()
    assert "not allowed" in authorize(stack.outputs(), ALICE)["message"]
    stack.set(oauthNetworkPolicy=None)
    stack.apply()
    stack.unchanged()
    assert authorize(stack.outputs(), ALICE)["username"] == "ALICE"
