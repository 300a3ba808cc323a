"""What a component writes down of what it was asked for, and what a reader makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access import __version__
from cube_access.declared import DeclarationError, declaration, sealed, settings_from
from cube_access.settings import (
    DatabricksSettings,
    ExternalSettings,
    Settings,
    SnowflakeSettings,
    load,
)
from tests.components.roles.test_files import EXTERNAL, settings

PLANTED = "planted-password"


def external() -> Settings:
    texts = {f"cube-access:{key}": value for key, value in EXTERNAL.items()}
    secret = {"cube-access:externalPassword": PLANTED}
    return load({**texts, **secret}, "prod", list(secret))


def through_the_state(declared: dict[str, Any]) -> dict[str, Any]:
    """As the engine keeps it: JSON, whose numbers may come back as any."""
    found: dict[str, Any] = json.loads(json.dumps(declared))
    return {key: float(value) if type(value) is int else value for key, value in found.items()}


@pytest.mark.parametrize(
    ("example", "changes"),
    [
        ("sandbox-databricks", {}),
        (
            "sandbox-databricks",
            {"sqlWarehouseId": None, "tags": {"team": "bi"}, "singleUseRefreshTokens": "true"},
        ),
        ("sandbox-snowflake", {}),
        # A name in quotes is kept without them, and would be another one if it were read again.
        ("sandbox-snowflake", {"snowflakeWarehouse": '"small wh"', "userRoles": ['"analyst"']}),
        ("sandbox-snowflake", {"cubeCloudIdentity": {"tenant": "acme", "deploymentId": "42"}}),
    ],
)
def test_a_reader_has_the_very_settings(example: str, changes: dict[str, Any]) -> None:
    asked = settings(example, **changes)
    found = settings_from(through_the_state(declaration(asked)))
    assert found == asked
    assert type(found) in (DatabricksSettings, SnowflakeSettings)
    assert type(found.secret_recovery_days) is int


def test_every_setting_is_in_it_and_the_version() -> None:
    declared = declaration(settings("sandbox-databricks"))
    keys = {field.alias for field in DatabricksSettings.model_fields.values()}
    assert declared.keys() == keys | {"secrets", "packageVersion"}
    assert declared["packageVersion"] == __version__


def test_a_secret_is_named_and_nowhere_else() -> None:
    declared = declaration(external())
    assert declared["secrets"] == ["externalPassword"]
    assert PLANTED not in json.dumps(declared)
    found = settings_from(declared)
    assert isinstance(found, ExternalSettings)
    assert found.external_host == "db.example.com"
    with pytest.raises(DeclarationError, match="externalPassword is not known here"):
        _ = found.external_password


def test_what_the_user_encrypts_is_a_secret_whatever_it_is() -> None:
    declared = declaration(
        settings("sandbox-snowflake"), {"snowflakeAccount", "notOfThisWarehouse"}
    )
    assert "SANDBOX-ANALYTICS" not in json.dumps(declared)
    found = settings_from(declared)
    assert isinstance(found, SnowflakeSettings)
    with pytest.raises(DeclarationError, match="snowflakeAccount is not known here"):
        _ = found.account_host  # which is made of it


def test_what_is_sealed_says_why_and_the_rest_is_as_it_was() -> None:
    asked = settings("sandbox-databricks")
    found = sealed(asked, {"schemas": "nobody has asked"})
    with pytest.raises(DeclarationError, match="schemas is not known here: nobody has asked"):
        _ = found.schemas
    assert found.tables == asked.tables
    assert isinstance(found, DatabricksSettings)
    assert asked.schemas, "the first one is as it was"
    assert sealed(asked, {}) is asked


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"newSetting": 1}, "newSetting"),
        ({"secrets": ["newSecret"]}, "newSecret"),
        ({"warehouse": "oracle"}, "oracle"),
    ],
)
def test_of_a_version_that_knows_more_nothing_is_passed_over(
    changes: dict[str, Any], word: str
) -> None:
    declared = {**declaration(settings("sandbox-databricks")), "packageVersion": "9.9.9", **changes}
    with pytest.raises(DeclarationError, match=rf"{word}(.|\n)*9\.9\.9|9\.9\.9(.|\n)*{word}"):
        settings_from(declared)


def test_of_a_version_that_had_not_all_of_it_only_a_required_one_is_missed() -> None:
    declared = declaration(settings("sandbox-databricks"))
    del declared["awsProfile"]
    assert settings_from(declared).aws_profile == ""
    del declared["databricksAccountId"]
    with pytest.raises(DeclarationError, match="databricksAccountId"):
        settings_from(declared)
