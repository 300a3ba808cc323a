"""What the cube.py for Snowflake makes of its own variables; the rest is in test_recipes.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.cube.conftest import ACTIVE, SNOWFLAKE, Load

ALICE = SNOWFLAKE.context(**ACTIVE)


def test_a_person_gets_nothing_of_the_service_account(load_cube_py: Load) -> None:
    got = load_cube_py(SNOWFLAKE).driver(ALICE)
    assert got["authenticator"] == "OAUTH", "else Cube signs in with the environment's"
    assert not {"username", "privateKey", "role"} & set(got)


def test_the_role_for_people_is_asked_for_and_the_service_account_keeps_its_own(
    load_cube_py: Load,
) -> None:
    cube = load_cube_py(SNOWFLAKE, CUBE_ACCESS_USER_ROLE="ANALYST")
    assert cube.driver(ALICE) == {**SNOWFLAKE.as_person("alice-token"), "role": "ANALYST"}
    assert cube.driver(SNOWFLAKE.context()) == {**SNOWFLAKE.denied(), "role": "ANALYST"}
    assert cube.driver({}) == SNOWFLAKE.service


ROLE_VARIABLES = [
    "CUBEJS_DB_SNOWFLAKE_ROLE",
    "CUBEJS_PRE_AGGREGATIONS_DB_SNOWFLAKE_ROLE",
    "CUBEJS_DS_SALES_DB_SNOWFLAKE_ROLE",
    "CUBEJS_DS_SALES_PRE_AGGREGATIONS_DB_SNOWFLAKE_ROLE",
]


@pytest.mark.parametrize("name", ROLE_VARIABLES)
def test_a_role_that_cube_would_add_closes_the_door(load_cube_py: Load, name: str) -> None:
    cube = load_cube_py(SNOWFLAKE, **{name: "CUBE_PROD_ROLE"})
    assert cube.driver(ALICE) == SNOWFLAKE.denied()
    assert cube.driver({}) == SNOWFLAKE.service


@pytest.mark.parametrize("name", ROLE_VARIABLES)
def test_it_does_not_where_people_have_a_role_that_overrides_it(
    load_cube_py: Load, name: str
) -> None:
    cube = load_cube_py(SNOWFLAKE, CUBE_ACCESS_USER_ROLE="ANALYST", **{name: "CUBE_PROD_ROLE"})
    assert cube.driver(ALICE) == {**SNOWFLAKE.as_person("alice-token"), "role": "ANALYST"}


def test_an_empty_role_variable_changes_nothing(load_cube_py: Load) -> None:
    cube = load_cube_py(SNOWFLAKE, CUBEJS_DB_SNOWFLAKE_ROLE="", CUBE_ACCESS_USER_ROLE="")
    assert cube.driver(ALICE) == SNOWFLAKE.as_person("alice-token")


@pytest.mark.parametrize(
    ("variable", "option"),
    [
        ("CUBEJS_DB_SNOWFLAKE_WAREHOUSE", "warehouse"),
        ("CUBEJS_DB_NAME", "database"),
        ("CUBEJS_DB_USER", "username"),
        ("CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY", "privateKey"),
        ("CUBE_SERVICE_SNOWFLAKE_ROLE", "role"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_not_set_is_left_out(
    load_cube_py: Load, variable: str, option: str, value: str | None
) -> None:
    got = load_cube_py(SNOWFLAKE, **{variable: value}).driver({})
    assert set(got) == set(SNOWFLAKE.service) - {option}


@pytest.mark.parametrize("authenticator", [None, "OAUTH", "SNOWFLAKE", "EXTERNALBROWSER"])
def test_the_service_account_signs_in_with_its_key_whatever_cube_is_told(
    load_cube_py: Load, authenticator: str | None
) -> None:
    cube = load_cube_py(SNOWFLAKE, CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR=authenticator)
    assert cube.driver({}) == SNOWFLAKE.service


KEYLESS: dict[str, str | None] = {
    "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "OAUTH",
    "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": None,
    "CUBEJS_DB_USER": None,
    "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": "/var/run/token",
}


def test_without_a_key_the_service_account_signs_in_with_the_file_that_cube_cloud_keeps(
    load_cube_py: Load,
) -> None:
    shared = {k: v for k, v in SNOWFLAKE.service.items() if k not in ("username", "privateKey")}
    cube = load_cube_py(SNOWFLAKE, **KEYLESS)
    token = {"authenticator": "OAUTH", "oauthTokenPath": "/var/run/token"}
    assert cube.driver({}) == {**shared, **token}
    assert cube.driver(ALICE) == SNOWFLAKE.as_person("alice-token")


@pytest.mark.parametrize("context", [SNOWFLAKE.context(), {"securityContext": {"iat": 1}}])
def test_nobody_else_gets_at_that_file(load_cube_py: Load, context: dict[str, Any]) -> None:
    """Cube's driver reads it where it is handed no token, or an empty one."""
    got = load_cube_py(SNOWFLAKE, **KEYLESS).driver(context)
    assert got == SNOWFLAKE.denied()
    assert got["oauthToken"]
