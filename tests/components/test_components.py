"""What the components are called, what they make, and what they give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

import cube_access
from cube_access.component.arguments import ArgsError
from cube_access.component.caller import Caller, Kind, fields
from cube_access.component.shapes import shapes
from cube_access.plugin.construct import COMPONENTS, TOKENS, args_of, component, construct
from cube_access.settings import WAREHOUSES
from tests.components import samples
from tests.components.harness import built, running

PINNED = Path(__file__).parent / "urns"
BY_KIND: dict[Kind, dict[str, str]] = {
    "databricks": samples.DATABRICKS,
    "snowflake": samples.SNOWFLAKE,
    "external": samples.EXTERNAL,
}


@pytest.mark.parametrize("kind", COMPONENTS)
def test_types_and_names_are_pinned(kind: Any) -> None:
    """A change of one makes everything below it anew in the environments that people have."""
    config = BY_KIND[kind]
    engine = built(lambda: component(kind)("cube", samples.by_configuration(config)))
    assert engine.urns == (PINNED / f"{kind}.txt").read_text().splitlines()


def test_tokens_are_pinned() -> None:
    assert TOKENS == {
        "cube-access:index:DatabricksAccess": "databricks",
        "cube-access:index:SnowflakeAccess": "snowflake",
        "cube-access:index:ExternalAccess": "external",
    }


@pytest.mark.parametrize("kind", COMPONENTS)
def test_every_setting_is_an_arg_and_the_other_way_round(kind: Any) -> None:
    args = shapes(args_of(kind))
    assert args.keys() - {"sign_in"} == fields(kind).keys()
    assert {*fields(kind).values(), "warehouse"} == WAREHOUSES[kind].model_fields.keys()
    for arg, field in fields(kind).items():
        required = WAREHOUSES[kind].model_fields[field].is_required()
        assert args[arg].required == required, arg


@pytest.mark.parametrize("kind", COMPONENTS)
def test_a_warehouse_is_loaded_only_where_it_is_used(kind: Any) -> None:
    code = (
        f"import sys; from cube_access import {COMPONENTS[kind]}; "
        "import cube_access.plugin.construct; "
        "print(*sorted(m for m in sys.modules if m in ('pulumi_databricks', 'pulumi_snowflake')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == ([] if kind == "external" else [f"pulumi_{kind}"])


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("cube_access.databricks")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pulumi_databricks", None)
    with pytest.raises(ImportError, match=r"/components\[databricks\]', from a checkout"):
        cube_access.DatabricksAccess  # noqa: B018


PROBLEMS = {
    "redirect_uris": ["http://cube.example.com/cb"],
    "workspace_host": "accounts.cloud.databricks.com",
    "access_token_minutes": 1000,
    "refresh_token_minutes": 10,
    "sql_warehouse_auto_stop_minutes": 0,
}


def python_error(kind: Kind, **changes: Any) -> str:
    given = {**samples.values(BY_KIND[kind]), **changes}
    with running() as engine, pytest.raises(ArgsError) as raised:
        component(kind)("cube", samples.args(kind, given))
    assert engine.registrations == []
    return str(raised.value)


def wire_error(kind: Kind, **changes: Any) -> str:
    given = {to_camel(key): value for key, value in samples.values(BY_KIND[kind]).items()}
    with running() as engine, pytest.raises(ArgsError) as raised:
        construct(kind, "cube", {**given, **changes})
    assert engine.registrations == []
    return str(raised.value)


def test_the_args_of_another_warehouse_are_refused() -> None:
    args = samples.args("external", samples.values(samples.EXTERNAL))
    with running(), pytest.raises(TypeError, match="DatabricksAccess takes DatabricksAccessArgs"):
        cube_access.DatabricksAccess("cube", args)


def test_an_error_lists_all_problems_by_the_names_of_args() -> None:
    text = python_error("databricks", **PROBLEMS)
    assert text.startswith("4 problems in the args of DatabricksAccess cube; nothing was changed:")
    assert '- redirect_uris = ["http://cube.example.com/cb"]: ' in text
    assert "- workspace_host = accounts.cloud.databricks.com: is the account console" in text
    assert "is more than refresh_token_minutes (10)" in text
    assert "- sql_warehouse_auto_stop_minutes = 0: " in text
    assert "cube-access:" not in text


def test_an_error_of_another_language_has_its_names() -> None:
    text = wire_error("databricks", **{to_camel(key): value for key, value in PROBLEMS.items()})
    assert '- redirectUris = ["http://cube.example.com/cb"]: ' in text
    assert "- workspaceHost = accounts.cloud.databricks.com: " in text
    assert "is more than refreshTokenMinutes (10)" in text
    assert "cube-access:" not in text


def test_a_property_that_is_not_there_or_is_missing_is_said() -> None:
    text = wire_error("databricks", redirectUrls=["https://x.example.com"], redirectUris=None)
    assert "- redirectUrls: no such property. Did you mean redirectUris?" in text
    assert "- redirectUris: is missing. Write: Cube's OAuth callback addresses" in text


def test_nested_args_are_named_as_they_were_written() -> None:
    broken = {
        "type": "OKTA",
        "issuer": "http://x.example.com",
        "jwsKeysUrl": "https://x.example.com/k",
    }
    wire = wire_error("snowflake", externalOauth=broken)
    assert "- externalOauth: " in wire
    assert "userMappingClaim is missing" in wire
    provider = cube_access.ExternalOauthArgs(
        type="OKTA",
        issuer="http://x.example.com",
        jws_keys_url="http://x.example.com/k",
        user_mapping_claim="sub",
        auth_url="https://x.example.com/a",
        token_url="https://x.example.com/t",
        client_id="c",
        scopes=["session:role:ANALYST"],
    )
    python = python_error("snowflake", external_oauth=provider)
    assert "- external_oauth: issuer 'http://x.example.com' is not https" in python
    assert "jws_keys_url 'http://x.example.com/k' is not https" in python


def test_a_secret_is_in_no_error() -> None:
    planted = "-".join(("planted", "secret"))
    text = python_error("external", password=planted, token=planted, ssl_ca=planted)
    assert planted not in text
    assert "- token: and password are both set, or neither: set one of them" in text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "needs profile or client_id and client_secret, and has none of them"),
        ({"client_id": "x"}, "and has client_id"),
        ({"profile": "p", "client_id": "x", "client_secret": "y"}, "needs profile or client_id"),
        ({"profile": ""}, "sign_in.profile: is not a text"),
    ],
)
def test_who_signs_in_is_said_completely(given: dict[str, str], text: str) -> None:
    sign_in = cube_access.DatabricksSignInArgs(**given)
    assert text in python_error("databricks", sign_in=sign_in)


def test_texts_are_in_the_callers_words() -> None:
    text = "Name them in cube-access:allowedCidrs, or set cube-access:protect to false (userRoles)."
    assert Caller("snowflake", "configuration").say(text) == text
    assert Caller("snowflake", "python").say(text) == (
        "Name them in allowed_cidrs, or set protect to false (user_roles)."
    )
    assert Caller("snowflake", "wire").say("cube-access:snowflakeAccount") == "account"
