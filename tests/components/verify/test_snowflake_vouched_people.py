"""What is looked at where Cube Cloud vouches for people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.settings import SnowflakeSettings
from cube_access.verify.findings import Line
from cube_access.verify.snowflake import person
from cube_access.verify.snowflake.held import Holdings
from cube_access.verify.snowflake.integrations import ours, own_integrations
from cube_access.verify.snowflake.other_integrations import others
from cube_access.verify.snowflake.sessions import Sessions
from tests.components.verify import test_snowflake_integration_rules as rules
from tests.components.verify.snowflake_by_hand import eyes
from tests.components.verify.test_snowflake_person_rules import TO_ANALYST, Person

BOTH = {"cubeCloudIdentity": rules.CUBE_CLOUD}


def settings(people: dict[str, Any] | None = None, /, **more: str) -> SnowflakeSettings:
    given = {"tenant": "acme", **(people or {})}
    values = {"userRoles": '["ANALYST"]', "cubeCloudSignIn": json.dumps(given), **more}
    return rules.settings(redirectUris="", **values)


def told(whose: SnowflakeSettings, name: str, allowed: str, **changes: str) -> list[Line]:
    """What is found of an integration that is as it was made, but for the changes."""
    made = {**rules.AS_MADE, "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST": allowed, **changes}
    found = rules.integration(name, "EXTERNAL_OAUTH - CUSTOM", **made)
    return list(ours(eyes(found), rules.WANTED, whose))


def test_there_is_no_other_integration_for_people() -> None:
    assert own_integrations(settings()) == ["CUBE_CUBE_CLOUD"]
    assert own_integrations(settings(**BOTH)) == ["CUBE_CUBE_CLOUD"]
    assert own_integrations(settings({"integration": "THEIRS"})) == []


@pytest.mark.parametrize(
    ("whose", "allowed"),
    [
        (settings(), "ANALYST"),
        (settings(oauthRole="REPORTING"), "REPORTING"),
        (settings(**BOTH), "ANALYST,CUBE"),
        (settings({"allowedRoles": ["MARKETING"]}, **BOTH), "ANALYST,CUBE,MARKETING"),
    ],
)
def test_it_lets_these_roles_in_and_no_other(whose: SnowflakeSettings, allowed: str) -> None:
    (line,) = told(whose, "CUBE_CUBE_CLOUD", allowed)
    assert (line.verdict, line.what) == ("ok", "integration CUBE_CUBE_CLOUD is as applied")
    (line,) = told(whose, "CUBE_CUBE_CLOUD", f"{allowed},OTHER")
    assert (line.verdict, "has OTHER, too" in line.what) == ("extra", True)
    (line,) = told(whose, "CUBE_CUBE_CLOUD", allowed.partition(",")[2])
    assert (line.verdict, f"lacks {allowed.partition(',')[0]}" in line.what) == ("lack", True)


def test_users_are_found_as_they_were_when_it_was_made() -> None:
    by_address = settings({"userMappingAttribute": "EMAIL_ADDRESS"})
    key = "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE"
    (line,) = told(by_address, "CUBE_CUBE_CLOUD", "ANALYST", **{key: "EMAIL_ADDRESS"})
    assert line.verdict == "ok"
    (line,) = told(by_address, "CUBE_CUBE_CLOUD", "ANALYST")
    assert (line.verdict, line.what.partition(" of ")[0]) == ("extra", key)


def test_anothers_has_to_let_people_in() -> None:
    whose = settings({"integration": "THEIRS"}, userRoles='["ANALYST", "ENGINEER"]')
    lines = told(whose, "THEIRS", "CUBE_STAGING,ANALYST")
    assert [(line.verdict, line.what) for line in lines] == [
        ("ok", "integration THEIRS lets role ANALYST in"),
        ("lack", "integration THEIRS does not let role ENGINEER in"),
        ("ok", "integration THEIRS is as applied"),
    ]
    assert "allowedRoles of cubeCloudSignIn where" in lines[1].fix


def test_anothers_that_lets_a_service_account_with_a_key_in_is_found() -> None:
    """Whoever sets Cube Cloud up could have a token signed for its name."""
    whose = settings({"integration": "THEIRS"})
    made = {**rules.AS_MADE, "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST": "ANALYST,CUBE"}
    answers = rules.integration("THEIRS", "EXTERNAL_OAUTH - CUSTOM", **made)
    (line,) = rules.found(others(eyes(answers), rules.WANTED, whose, only_own_way=False))
    assert (line.verdict, "can sign in as user CUBE in role CUBE" in line.what) == ("extra", True)


@pytest.mark.parametrize(
    ("roles", "verdict"), [('["ANALYST"]', "ok"), ('["ENGINEER", "MARKETING"]', "extra")]
)
def test_a_token_with_a_role_of_nobodys_is_found(roles: str, verdict: str) -> None:
    them = Sessions(lambda: Person({TO_ANALYST: []}), most=1)
    (line,) = person._role(settings(userRoles=roles), Holdings(them), "ANALYST", {"CUBE"})
    assert line.verdict == verdict
    if verdict == "extra":
        assert "none that people may have, which are ENGINEER, MARKETING" in line.what
