"""What is made, and said, where Cube Cloud vouches for people."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

import cube_access
from cube_access.component.access import outputs
from cube_access.plugin.construct import component
from tests.components import samples
from tests.components.harness import NOTHING_WRONG, built, run, running

VOUCHED = {**samples.SHAPES["snowflake, whose people Cube Cloud vouches for"], "name": "cube-eu"}
INTEGRATION = (
    "snowflake:index/externalOauthIntegration:ExternalOauthIntegration::cube-cube-cloud-integration"
)
GUARD = "cube-access:index:Guard::cube-sign-in-guard"


def given(**changes: str | None) -> dict[str, Any]:
    config = {key: text for key, text in {**VOUCHED, **changes}.items() if text is not None}
    with running():
        found: dict[str, Any] = run(
            lambda: outputs(component("snowflake")("cube", samples.by_configuration(config)))
        )
    return found


def test_one_integration_is_made_for_people_and_the_service_account() -> None:
    engine = built(lambda: component("snowflake")("cube", samples.by_configuration(VOUCHED)))
    made = engine.inputs[INTEGRATION]
    assert made["externalOauthAllowedRolesLists"] == ["ANALYST", "CUBE_EU"]
    assert made["externalOauthAudienceLists"] == [
        "https://org-analytics.snowflakecomputing.com",
        "people",
    ]
    assert made["externalOauthAnyRoleMode"] == "DISABLE"
    assert "externalOauthBlockedRolesLists" not in made
    assert [each for each in engine.inputs if "OauthIntegrationForCustomClients" in each] == []
    (_, asked) = next(each for each in engine.looked_up if "named" in each[1])
    assert (asked["client"], asked["bounds"]) == ("", False)
    assert asked["trust"] == made["name"] == "CUBE_EU_CUBE_CLOUD"
    assert asked["issuer"] == made["externalOauthIssuer"]


def test_anothers_integration_is_used_as_it_is() -> None:
    people = '{"tenant": "example", "integration": "THEIRS"}'
    config = {**VOUCHED, "cubeCloudSignIn": people}
    del config["cubeCloudIdentity"]
    engine = built(lambda: component("snowflake")("cube", samples.by_configuration(config)))
    assert INTEGRATION not in engine.inputs
    (_, asked) = next(each for each in engine.looked_up if "named" in each[1])
    assert ["INTEGRATION", "THEIRS"] in asked["named"]
    assert asked["trust"] == "", "nothing is made that could meet another of the issuer"


@pytest.mark.parametrize(
    ("config", "found", "words"),
    [
        (VOUCHED, {"trusting": "THEIRS"}, "integration THEIRS of account ORG-ANALYTICS trusts"),
        (
            {**samples.SHAPES["snowflake"], "blockedRoles": '["FINANCE"]', "oauthAnyRole": "true"},
            {"allowedRoles": ["FINANCE"]},
            "FINANCE may be used through Cube until now",
        ),
    ],
)
def test_what_up_could_not_end_stops_before_anything_is_made(
    config: dict[str, Any], found: dict[str, Any], words: str
) -> None:
    answer = {**NOTHING_WRONG, **found}
    with running(lookUp=answer) as engine, pytest.raises(pulumi.RunError, match=words):
        run(lambda: outputs(component("snowflake")("cube", samples.by_configuration(config))))
    assert not any(each.startswith("snowflake:") for each in engine.inputs)


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({}, "LOGIN_NAME of https://acme.cubecloud.dev"),
        ({"tenant": "other"}, "LOGIN_NAME of https://other.cubecloud.dev"),
        (
            {"userMappingAttribute": "EMAIL_ADDRESS"},
            "EMAIL_ADDRESS of https://acme.cubecloud.dev",
        ),
        ({"integration": "theirs"}, "LOGIN_NAME of https://acme.cubecloud.dev, by THEIRS"),
        ({"audience": "people"}, "LOGIN_NAME of https://acme.cubecloud.dev"),
    ],
)
def test_the_guard_remembers_who_people_are(changes: dict[str, str], who: str) -> None:
    """Another of these locks everybody out, or lets them in as someone else."""
    config = {**VOUCHED, "cubeCloudSignIn": json.dumps({"tenant": "acme", **changes})}
    del config["cubeCloudIdentity"]
    engine = built(lambda: component("snowflake")("cube", samples.by_configuration(config)))
    assert engine.inputs[GUARD]["fixed"] == {"externalOauth": f"cubeCloudSignIn: {who}"}


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ({}, "scp = session:role:ANALYST. The subject"),
        (
            {"oauthRole": None, "userRoles": '["ANALYST"]'},
            "scp = session:role:ANALYST, and it has to be each person's default role in Snowflake. "
            "The subject",
        ),
        (
            {"oauthRole": None, "userRoles": '["B", "A"]'},
            "scp = session:role:{user_attribute:snowflake_role}, where the user attribute "
            "snowflake_role is the person's default role in Snowflake, one of B, A.",
        ),
    ],
)
def test_the_steps_are_those_of_token_configs(roles: dict[str, str | None], scope: str) -> None:
    found = given(**roles)
    files, deployment, people = found["nextSteps"]
    assert "as cube.py" in files
    assert "token config for the deployment" in deployment
    assert "for the signed-in user, named cube-eu, " in people
    assert "audience people, the subject claim format {user_email}, " in people
    assert scope in people


def test_there_is_no_form_to_fill_in() -> None:
    app = given()["oauthApp"]
    assert not any(app.values()), app


def test_a_program_says_it_with_args() -> None:
    args = cube_access.SnowflakeAccessArgs(
        account="ORG-ANALYTICS",
        schemas=["ANALYTICS.SALES"],
        oauth_role="ANALYST",
        cube_cloud_sign_in=cube_access.CubeCloudSignInArgs(tenant="example"),
    )
    engine = built(lambda: cube_access.SnowflakeAccess("cube", args))
    assert engine.inputs[INTEGRATION]["externalOauthAllowedRolesLists"] == ["ANALYST"]
