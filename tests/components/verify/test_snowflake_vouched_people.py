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
    first, _, rest = allowed.partition(",")
    (line,) = told(whose, "CUBE_CUBE_CLOUD", rest)
    assert f"lacks {first}" in line.what
    assert line.verdict == ("lack" if rest else "extra"), "where none is listed, every role is"


def test_users_are_found_as_they_were_when_it_was_made() -> None:
    by_address = settings({"userMappingAttribute": "EMAIL_ADDRESS"})
    key = "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE"
    (line,) = told(by_address, "CUBE_CUBE_CLOUD", "ANALYST", **{key: "EMAIL_ADDRESS"})
    assert line.verdict == "ok"
    (line,) = told(by_address, "CUBE_CUBE_CLOUD", "ANALYST")
    assert (line.verdict, line.what.partition(" of ")[0]) == ("extra", key)


ELSE_AS_OURS = (
    "ok",
    "integration THEIRS is, but for its roles and audiences, as this environment would make it",
)


def test_anothers_has_to_let_people_in() -> None:
    whose = settings({"integration": "THEIRS"}, userRoles='["ANALYST", "ENGINEER"]')
    lines = told(whose, "THEIRS", "CUBE_STAGING,ANALYST")
    assert [(line.verdict, line.what) for line in lines] == [
        ("ok", "integration THEIRS lets role ANALYST in"),
        ("lack", "integration THEIRS does not let role ENGINEER in"),
        ("note", "integration THEIRS lets role CUBE_STAGING in, too, which is not this "
                 "environment's"),
        ELSE_AS_OURS,
    ]  # fmt: skip
    assert lines[1].fix == ""
    assert lines[1].hint == (
        "List ENGINEER in allowedRoles of cubeCloudIdentity or cubeCloudSignIn, whichever that "
        "environment has, where that integration is made."
    )


def test_anothers_may_let_no_administrator_in_and_not_everybody() -> None:
    """Whoever sets Cube Cloud up could have a token signed for them."""
    whose = settings({"integration": "THEIRS"})
    ok, *extra, rest = told(whose, "THEIRS", "ANALYST,SYSADMIN,USERADMIN,PUBLIC")
    assert (ok.verdict, (rest.verdict, rest.what)) == ("ok", ELSE_AS_OURS)
    assert [(line.verdict, line.what, line.fix) for line in extra] == [
        ("extra", "integration THEIRS lets role PUBLIC in, which every user has", ""),
        ("extra", "integration THEIRS lets role SYSADMIN in, which administers", ""),
        ("extra", "integration THEIRS lets role USERADMIN in, which administers", ""),
    ]
    assert all("that integration is made" in line.hint for line in extra)


@pytest.mark.parametrize("people", [{}, BOTH])
def test_anothers_without_a_list_lets_every_role_in(people: dict[str, str]) -> None:
    both = {key: rules.SHARED.replace("TRUSTS_CUBE", "THEIRS") for key in people}
    extra, rest = told(settings({"integration": "THEIRS"}, **both), "THEIRS", "")
    assert (extra.verdict, extra.what, extra.fix) == (
        "extra",
        "integration THEIRS lets every role in that is not blocked: its "
        "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST is empty",
        "",
    )
    assert ("CUBE, ANALYST" if both else "ANALYST") in extra.hint
    assert (rest.verdict, rest.what) == ELSE_AS_OURS


def test_anothers_may_have_more_audiences_than_this_one() -> None:
    """They are its own environment's, which this one must not lock out."""
    url = "https://myorg-prod.snowflakecomputing.com"
    key = "EXTERNAL_OAUTH_AUDIENCE_LIST"
    whose = settings({"integration": "THEIRS"})
    _, note, rest = told(whose, "THEIRS", "ANALYST", **{key: f"cube-people,{url}"})
    assert (note.verdict, note.what, note.fix, note.hint) == (
        "note",
        "integration THEIRS takes tokens for cube-people, too, which is not this environment's "
        "audience",
        "",
        "",
    )
    assert (rest.verdict, rest.what) == ELSE_AS_OURS
    _, lack, note, rest = told(whose, "THEIRS", "ANALYST", **{key: "cube-people"})
    assert (lack.verdict, lack.what, lack.fix) == (
        "lack",
        f"integration THEIRS does not list audience {url}",
        "",
    )
    assert lack.hint == (
        "Set audience here, and in Cube Cloud's token config, to one that it lists (cube-people)."
    )
    assert note.verdict == "note"


@pytest.mark.parametrize(
    "key", ["EXTERNAL_OAUTH_ALLOWED_ROLES_LIST", "EXTERNAL_OAUTH_AUDIENCE_LIST"]
)
def test_a_list_of_anothers_that_is_not_told_is_not_seen(key: str) -> None:
    made = {each: value for each, value in rules.AS_MADE.items() if each != key}
    found = rules.integration("THEIRS", "EXTERNAL_OAUTH - CUSTOM", **made)
    lines = list(ours(eyes(found), rules.WANTED, settings({"integration": "THEIRS"})))
    unseen = [line.what for line in lines if line.verdict == "unseen"]
    assert unseen == [f"{key} of integration THEIRS: Snowflake does not show it"]
    assert not any(line.verdict == "extra" for line in lines)


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
