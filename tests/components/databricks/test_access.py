"""What is asked of the engine for settings that need no engine to be judged."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from cube_access.component.arguments import Asked
from cube_access.component.caller import Caller
from cube_access.databricks import DatabricksAccess
from cube_access.settings import DatabricksSettings, load
from tests.components.test_settings import GOOD

APP = "databricks:index/customAppIntegration:CustomAppIntegration"
SECRET = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"


class Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.made: dict[str, list[dict[str, Any]]] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made.setdefault(args.typ, []).append(args.inputs)
        times = {"createTime": "2026-01-01T00:00:00Z", "expireTime": "2126-01-01T00:00:00Z"}
        own = {"applicationId": "app-id", "clientId": "client", "clientSecret": "hidden"}
        return f"{args.name}-id", {**args.inputs, **times, **own, "secret": f"of {args.name}"}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[Any]]:
        return {}, []


def environment(**changes: str) -> tuple[Recorder, dict[str, Any]]:
    """What is made for a configuration, and the environment that Cube gets."""
    values = {f"cube-access:{key}": value for key, value in {**GOOD, **changes}.items()}
    settings = load(values, "dev")
    assert isinstance(settings, DatabricksSettings)
    recorder = Recorder()
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(recorder, preview=False)
    got: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def make() -> pulumi.Output[Any]:
        asked = Asked(settings, Caller("databricks", "configuration"))
        return DatabricksAccess("cube", asked).cube_env.apply(got.update)

    make()
    return recorder, got


@pytest.mark.parametrize(("setting", "sent"), [("unset", None), ("true", True), ("false", False)])
def test_single_use_refresh_tokens_are_sent_only_when_set(setting: str, sent: bool | None) -> None:
    """The plugin that is built from modules is too old to pass it on; newer ones do."""
    recorder, _ = environment(singleUseRefreshTokens=setting)
    (app,) = recorder.made[APP]
    assert app["tokenAccessPolicy"].get("enableSingleUseRefreshTokens") is sent


def test_a_public_app_is_asked_for_as_one() -> None:
    recorder, _ = environment(oauthClientType="public")
    assert [app["confidential"] for app in recorder.made[APP]] == [False]


def test_cube_gets_the_last_credential_version() -> None:
    recorder, got = environment(credentialVersions='["v1", "v2"]')
    assert len(recorder.made[SECRET]) == 2
    assert got["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"] == "of cube-service-secret-v2"


def test_account_and_workspace_are_two_providers() -> None:
    recorder, _ = environment()
    hosts = {provider.get("host") for provider in recorder.made["pulumi:providers:databricks"]}
    assert hosts == {
        "https://accounts.cloud.databricks.com",
        "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com",
    }
