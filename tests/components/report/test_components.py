"""Programs that are not this project's: what they ask for stands in our components alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.declared import declaration
from cube_access.report import build, preview
from cube_access.report.model import Report
from cube_access.report.preview import Preview
from tests.components.roles.test_files import settings

STACK = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
KIND = "cube-access:index:SnowflakeAccess"
INTEGRATION = "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def urn(name: str) -> str:
    return f"urn:pulumi:prod::shop::{KIND}::{name}"


def made(name: str, redirect: str) -> list[dict[str, Any]]:
    """A component and the integration below it."""
    component = {"urn": urn(name), "type": KIND, "parent": STACK}
    integration = {
        "urn": f"urn:pulumi:prod::shop::{KIND}${INTEGRATION}::{name}-oauth",
        "type": INTEGRATION,
        "parent": urn(name),
        "inputs": {"name": name, "oauthRedirectUri": {**SECRET, "ciphertext": redirect}},
    }
    return [component, integration]


def read(
    components: dict[str, dict[str, Any]], *, error: str = "", exported: bool = False
) -> Preview:
    """An offline preview of a program that exports nothing, or something early."""
    steps: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = [{"sequence": 0, "policyLoadEvent": {}}]
    if exported:
        stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"shop": "ours"}}
        metadata = {"op": "create", "urn": STACK, "old": None, "new": stack}
        events.append({"sequence": 1, "resOutputsEvent": {"metadata": metadata}})
    for name, outputs in components.items():
        for state in made(name, outputs.get("oauthApp", {}).get("redirectUri", "")):
            steps.append({"op": "create", "urn": state["urn"], "newState": state})
        new = {"urn": urn(name), "type": KIND, "outputs": outputs}
        metadata = {"op": "create", "urn": urn(name), "old": None, "new": new}
        if outputs:
            events.append({"sequence": 1, "resOutputsEvent": {"metadata": metadata}})
    diagnostics = [{"severity": "error", "message": error}] if error else []
    digest = json.dumps({"steps": steps, "diagnostics": diagnostics})
    return preview.read([("digest", digest), ("events", "\n".join(map(json.dumps, events)))])


def outputs(cube_py: str = "one\n", **changes: Any) -> dict[str, Any]:
    redirect = changes.pop("redirect", "https://example.cubecloud.dev/oauth/callback")
    return {
        "cubePy": cube_py,
        "declaration": declaration(settings("sandbox-snowflake", **changes)),
        "oauthApp": {"redirectUri": redirect, "clientSecret": SECRET},
    }


def report(before: dict[str, Any], after: dict[str, Any]) -> Report:
    return build.from_offline(read(before), read(after), "prod", "two revisions")


def test_what_is_asked_for_otherwise_is_shown_although_no_configuration_has_it() -> None:
    found = report(
        {"cube": outputs()}, {"cube": outputs(fallback="service-account", schemas=["RAW.EVENTS"])}
    )
    changed = {each.label: (each.before, each.after) for each in found.configuration}
    assert changed == {
        "fallback": ("deny", "service-account"),
        "schemas": ('["ANALYTICS.SALES"]', '["RAW.EVENTS"]'),
    }


def test_what_is_encrypted_from_now_on_is_shown_as_that_and_not_as_gone() -> None:
    now = outputs()
    now["declaration"] = declaration(settings("sandbox-snowflake"), {"schemas"})
    found = report({"cube": outputs()}, {"cube": now})
    changed = {each.label: (each.before, each.after) for each in found.configuration}
    assert changed["schemas"] == ('["ANALYTICS.SALES"]', "[secret]")


def test_what_stood_in_for_an_encrypted_value_is_not_shown() -> None:
    now = outputs()
    now["declaration"]["awsProfile"] = preview.PLACEHOLDER
    (changed,) = report({"cube": outputs()}, {"cube": now}).configuration
    assert (changed.label, changed.after) == ("awsProfile", "[secret]")


def test_cube_py_is_compared_component_by_component() -> None:
    one = report({"cube": outputs()}, {"cube": outputs("two\n")})
    assert one.cube_py[:2] == ["--- cube.py, before", "+++ cube.py, after"]
    two = report({"eu": outputs(), "us": outputs()}, {"eu": outputs("two\n"), "us": outputs()})
    assert two.cube_py[:2] == ["--- of eu: cube.py, before", "+++ of eu: cube.py, after"]
    assert [each.label for each in two.configuration] == []


def test_each_redirect_is_that_of_its_own_component() -> None:
    other = "https://other.cubecloud.dev/cb"
    found = report(
        {"eu": outputs(), "us": outputs()}, {"eu": outputs(), "us": outputs(redirect=other)}
    )
    (changed,) = found.settings
    assert (changed.label, changed.after) == ("redirect address", other)


@pytest.mark.parametrize("exported", [False, True])
def test_a_program_that_breaks_off_says_so_and_nothing_of_what_goes(exported: bool) -> None:
    broken = read({"cube": {}}, error="it stops", exported=exported)
    found = build.from_offline(read({"cube": outputs()}), broken, "prod", "two revisions")
    assert found.stops == ["it stops"]
    assert found.resources == {}
    assert any("stops before it has said all of it" in each for each in found.unknown)


def test_one_that_is_refused_after_it_has_said_all_is_compared() -> None:
    refused = read({"cube": outputs(fallback="service-account")}, error="a guard refuses")
    found = build.from_offline(read({"cube": outputs()}), refused, "prod", "two revisions")
    assert found.stops == ["a guard refuses"]
    assert [each.label for each in found.configuration] == ["fallback"]
