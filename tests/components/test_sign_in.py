"""Who signs in, as the providers that a component makes are told."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import cube_access
from cube_access.component.arguments import ArgsError
from cube_access.plugin.construct import component
from tests.components import samples
from tests.components.harness import Engine, built, running

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # as the engine is told of a value not known yet
SECRET = "4dabf18193072939515e22adb298388d"  # as it is told that one is secret
PLANTED = "-".join(("planted", "secret"))
DATABRICKS, SNOWFLAKE = samples.values(samples.DATABRICKS), samples.values(samples.SNOWFLAKE)


def providers(engine: Engine) -> dict[str, dict[str, Any]]:
    """Inputs of the warehouses' providers, by name."""
    return {
        key.rpartition("::")[2]: inputs
        for key, inputs in engine.inputs.items()
        if key.startswith(("pulumi:providers:databricks", "pulumi:providers:snowflake"))
    }


def databricks(sign_in: Any, **changes: Any) -> Any:
    args = samples.args("databricks", {**DATABRICKS, **changes, "sign_in": sign_in})
    return cube_access.DatabricksAccess("cube", args)


def snowflake(sign_in: Any, **changes: Any) -> Any:
    args = samples.args("snowflake", {**SNOWFLAKE, **changes, "sign_in": sign_in})
    return cube_access.SnowflakeAccess("cube", args)


def test_without_args_the_environment_says_it() -> None:
    for inputs in providers(built(lambda: databricks(None))).values():
        assert inputs.keys() <= {"host", "accountId"}
    for inputs in providers(built(lambda: snowflake(None))).values():
        assert not inputs.keys() & {"user", "privateKey", "authenticator", "profile"}


def test_a_service_principal_signs_in_everywhere_and_its_secret_is_one() -> None:
    sign_in = cube_access.DatabricksSignInArgs(client_id="app", client_secret=PLANTED)
    found = providers(built(lambda: databricks(sign_in)))
    assert found.keys() == {"cube-account", "cube-workspace"}
    for inputs in found.values():
        assert inputs["clientId"] == "app"
        assert inputs["authType"] == "oauth-m2m"
        assert inputs["clientSecret"][SECRET]
        assert inputs["clientSecret"]["value"] == PLANTED


def test_a_user_signs_in_for_each_task_and_its_key_is_a_secret() -> None:

    def make() -> Any:
        key = pulumi.Output.secret(PLANTED)
        return snowflake(cube_access.SnowflakeSignInArgs(user="ME", private_key=key))

    found = providers(built(make))
    assert found.keys() == {"cube-integrations", "cube-security", "cube-users"}
    for inputs in found.values():
        assert (inputs["user"], inputs["authenticator"]) == ("ME", "SNOWFLAKE_JWT")
        assert inputs["privateKey"][SECRET]
        assert inputs["privateKey"]["value"] == PLANTED


def test_a_password_of_the_environment_is_in_the_way_of_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", PLANTED)
    sign_in = cube_access.SnowflakeSignInArgs(user="ME", private_key="key")
    with running(), pytest.raises(ArgsError) as raised:
        snowflake(sign_in)
    assert "SNOWFLAKE_PASSWORD is set, but sign_in has a private key" in str(raised.value)
    assert PLANTED not in str(raised.value)


def test_our_own_resources_sign_in_as_the_args_say() -> None:
    sign_in = cube_access.DatabricksSignInArgs(client_id="app", client_secret=PLANTED)
    inputs = built(lambda: databricks(sign_in)).inputs["pulumi:providers:cube-access::cube-own"]
    assert inputs["databricksClientId"] == "app"
    assert inputs["databricksClientSecret"][SECRET]

    def make() -> Any:
        return snowflake(cube_access.SnowflakeSignInArgs(user="ME", private_key=PLANTED))

    inputs = built(make).inputs["pulumi:providers:cube-access::cube-own"]
    assert inputs["snowflakeUser"] == "ME"
    assert inputs["snowflakePrivateKey"][SECRET]


@pytest.mark.parametrize("shape", ["databricks", "snowflake"])
def test_offline_each_provider_has_an_input_that_is_not_known(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUBE_ACCESS_OFFLINE", "1")
    config = samples.SHAPES[shape]
    kind: Any = config["warehouse"]

    def make() -> Any:
        return component(kind)("cube", samples.by_configuration(config))

    engine = built(make, preview=True)
    found = providers(engine)
    assert found
    assert not [token for token, _ in engine.looked_up if token.startswith("cube-access:")]
    assert all(UNKNOWN in inputs.values() for inputs in found.values())
    monkeypatch.delenv("CUBE_ACCESS_OFFLINE")
    found = providers(built(make, preview=True))
    assert not any(UNKNOWN in inputs.values() for inputs in found.values())
