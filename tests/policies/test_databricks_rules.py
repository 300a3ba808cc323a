"""Each rule: what we make passes, and one property changed for the worse does not."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.rules.databricks import APP, AUTHORITATIVE, GRANT, PERMISSION
from tests.policies.conftest import broken_rules

GRANT_GOOD = {"principal": "3d6f0b52-5a4e-4f9c-9a56-111111111111", "privileges": ["SELECT"]}
APP_GOOD = {
    "redirectUrls": ["https://example.cubecloud.dev/oauth/callback"],
    "scopes": ["sql", "offline_access"],
}


@pytest.mark.parametrize(("resource_type", "props"), [(GRANT, GRANT_GOOD), (APP, APP_GOOD)])
def test_what_we_make_passes(resource_type: str, props: dict[str, Any]) -> None:
    assert broken_rules(resource_type, props) == {}


@pytest.mark.parametrize(
    ("resource_type", "changed", "rule", "shown"),
    [
        (GRANT, {"privileges": ["SELECT", "MODIFY"]}, "grants-read-only", "MODIFY"),
        (GRANT, {"privileges": ["ALL_PRIVILEGES"]}, "grants-read-only", "ALL_PRIVILEGES"),
        (GRANT, {"privileges": ["all privileges"]}, "grants-read-only", "all privileges"),
        (GRANT, {"principal": "account users"}, "grants-to-somebody", "account users"),
        (PERMISSION, {"principal": "Users"}, "grants-to-somebody", "Users"),
        (APP, {"redirectUrls": ["http://a.example/cb"]}, "oauth-redirects-https", "http://a"),
        (APP, {"redirectUrls": ["https://*.example/cb"]}, "oauth-redirects-https", "https://*"),
        (APP, {"scopes": ["sql", "all-apis"]}, "oauth-scopes-narrow", "all-apis"),
    ],
)
def test_one_property_for_the_worse_is_refused(
    resource_type: str, changed: dict[str, Any], rule: str, shown: str
) -> None:
    good = APP_GOOD if resource_type == APP else GRANT_GOOD
    found = broken_rules(resource_type, {**good, **changed})
    assert list(found) == [rule]
    assert shown in found[rule], "the value is named"


@pytest.mark.parametrize("spelling", ["USE CATALOG", "use_schema", "Browse"])
def test_databricks_spellings_of_reading_pass(spelling: str) -> None:
    assert broken_rules(GRANT, {**GRANT_GOOD, "privileges": [spelling]}) == {}


@pytest.mark.parametrize("resource_type", AUTHORITATIVE)
def test_what_replaces_other_peoples_access_is_refused(resource_type: str) -> None:
    assert list(broken_rules(resource_type, {})) == ["access-lists-additive"]


def test_a_principal_that_is_about_to_be_made_passes() -> None:
    assert broken_rules(GRANT, {**GRANT_GOOD, "principal": UNKNOWN_STRING_VALUE}) == {}


def test_privileges_that_are_not_known_yet_do_not_pass_in_silence() -> None:
    """The framework turns this error into a note in the preview, and `up` checks again."""
    with pytest.raises(UnknownValueError):
        broken_rules(GRANT, {**GRANT_GOOD, "privileges": UNKNOWN_STRING_VALUE})
