"""What each driver's cube.py makes of its own variables; who it is for is in test_who.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    DATABRICKS,
    MSSQL,
    MYSQL,
    NO_ACCESS,
    PINOT,
    POSTGRES,
    SNOWFLAKE,
    SNOWFLAKE_FILE,
    TRINO,
    Recipe,
    among_others,
    load_cube_py,
    name_of,
)

M2M = ("CUBE_SERVICE_DATABRICKS_CLIENT_ID", "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET")
DATABASES = [TRINO, POSTGRES, MSSQL, MYSQL]


class TestDatabricks:
    def test_half_a_credential_is_none(self) -> None:
        for name in M2M:
            cube = load_cube_py(DATABRICKS, **{name: None}, CUBEJS_DB_DATABRICKS_TOKEN="pat")
            assert NO_ACCESS in cube.driver({}).values()
            assert "token" not in cube.driver({})

    def test_without_a_catalog_the_option_is_left_out(self) -> None:
        cube = load_cube_py(DATABRICKS, CUBEJS_DB_DATABRICKS_CATALOG=None)
        assert "catalog" not in cube.driver({})

    @pytest.mark.parametrize("name", ["ID", "SECRET"])
    @pytest.mark.parametrize("infix", ["", "PRE_AGGREGATIONS_"])
    @pytest.mark.parametrize("recipe", [DATABRICKS, among_others(DATABRICKS)], ids=name_of)
    def test_the_m2m_variables_that_cube_prefers_close_the_door(
        self, recipe: Recipe, infix: str, name: str
    ) -> None:
        prefix = "CUBEJS_DS_LAKEHOUSE_" if recipe.others else "CUBEJS_"
        variable = f"{prefix}{infix}DB_DATABRICKS_OAUTH_CLIENT_{name}"
        cube = load_cube_py(recipe, **{variable: "x"})
        assert cube.driver(recipe.context(**ACTIVE)) == {
            **recipe.denied(),
            "oauthClientId": NO_ACCESS,
            "oauthClientSecret": NO_ACCESS,
        }

    def test_another_data_sources_m2m_variables_do_not(self) -> None:
        recipe = among_others(DATABRICKS)
        cube = load_cube_py(
            recipe,
            CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_ID="default's",
            CUBEJS_DS_EVENTS_DB_DATABRICKS_OAUTH_CLIENT_ID="events'",
        )
        assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")


ROLE_VARIABLES = ["CUBEJS_DB_SNOWFLAKE_ROLE", "CUBEJS_PRE_AGGREGATIONS_DB_SNOWFLAKE_ROLE"]


class TestSnowflake:
    ALICE = SNOWFLAKE.context(**ACTIVE)

    def test_a_person_gets_nothing_of_the_service_account(self) -> None:
        got = load_cube_py(SNOWFLAKE).driver(self.ALICE)
        assert got["authenticator"] == "OAUTH", "else Cube signs in with the environment's"
        assert not {"username", "privateKey", "role"} & set(got)

    def test_the_role_for_people_is_asked_for_and_the_service_account_keeps_its_own(self) -> None:
        cube = load_cube_py(SNOWFLAKE, CUBE_ACCESS_USER_ROLE="ANALYST")
        assert cube.driver(self.ALICE) == {**SNOWFLAKE.as_person("alice-token"), "role": "ANALYST"}
        assert cube.driver(SNOWFLAKE.context()) == {**SNOWFLAKE.denied(), "role": "ANALYST"}
        assert cube.driver({}) == SNOWFLAKE.service

    @pytest.mark.parametrize("name", ROLE_VARIABLES)
    def test_a_role_that_cube_would_add_closes_the_door(self, name: str) -> None:
        cube = load_cube_py(SNOWFLAKE, **{name: "CUBE_PROD_ROLE"})
        assert cube.driver(self.ALICE) == SNOWFLAKE.denied()
        assert cube.driver({}) == SNOWFLAKE.service

    @pytest.mark.parametrize("infix", ["", "PRE_AGGREGATIONS_"])
    def test_among_others_it_has_the_data_sources_name(self, infix: str) -> None:
        recipe = among_others(SNOWFLAKE)
        cube = load_cube_py(recipe, **{f"CUBEJS_DS_LAKEHOUSE_{infix}DB_SNOWFLAKE_ROLE": "R"})
        assert cube.driver(recipe.context(**ACTIVE)) == recipe.denied()

    @pytest.mark.parametrize("recipe", [SNOWFLAKE, among_others(SNOWFLAKE)], ids=name_of)
    def test_another_data_sources_role_is_not_ours(self, recipe: Recipe) -> None:
        cube = load_cube_py(recipe, CUBEJS_DS_EVENTS_DB_SNOWFLAKE_ROLE="R")
        assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")

    @pytest.mark.parametrize("name", ROLE_VARIABLES)
    def test_it_does_not_where_people_have_a_role_that_overrides_it(self, name: str) -> None:
        cube = load_cube_py(SNOWFLAKE, CUBE_ACCESS_USER_ROLE="ANALYST", **{name: "CUBE_PROD_ROLE"})
        assert cube.driver(self.ALICE) == {**SNOWFLAKE.as_person("alice-token"), "role": "ANALYST"}

    def test_an_empty_role_variable_changes_nothing(self) -> None:
        cube = load_cube_py(SNOWFLAKE, CUBEJS_DB_SNOWFLAKE_ROLE="", CUBE_ACCESS_USER_ROLE="")
        assert cube.driver(self.ALICE) == SNOWFLAKE.as_person("alice-token")

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
        self, variable: str, option: str, value: str | None
    ) -> None:
        got = load_cube_py(SNOWFLAKE, **{variable: value}).driver({})
        assert set(got) == set(SNOWFLAKE.service) - {option}

    @pytest.mark.parametrize("authenticator", [None, "OAUTH", "SNOWFLAKE", "EXTERNALBROWSER"])
    def test_the_service_account_signs_in_with_its_key_whatever_cube_is_told(
        self, authenticator: str | None
    ) -> None:
        cube = load_cube_py(SNOWFLAKE, CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR=authenticator)
        assert cube.driver({}) == SNOWFLAKE.service

    @pytest.mark.parametrize("ctx", [SNOWFLAKE.context(), {"securityContext": {"iat": 1}}])
    def test_nobody_else_gets_at_that_file(self, ctx: dict[str, Any]) -> None:
        """Cube's driver reads it where it is handed no token, or an empty one."""
        got = load_cube_py(SNOWFLAKE_FILE).driver(ctx)
        assert got == SNOWFLAKE.denied()
        assert got["oauthToken"]

    def test_cube_cloud_need_not_know_the_data_sources_name_for_that_file(self) -> None:
        recipe = among_others(SNOWFLAKE_FILE)
        named, plain = "CUBEJS_DS_LAKEHOUSE_DB_SNOWFLAKE_OAUTH_TOKEN_PATH", "/elsewhere"
        variables = {named: None, "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": plain}
        cube = load_cube_py(recipe, **variables)
        assert cube.driver(recipe.probe()) == {**recipe.service, "oauthTokenPath": plain}


@pytest.mark.parametrize("recipe", DATABASES, ids=name_of)
class TestDatabases:
    def test_what_cube_reads_by_itself_gives_nobody_a_password(self, recipe: Recipe) -> None:
        """Each option that a login needs is given: Cube has no gap to fill from CUBEJS_DB_PASS."""
        cube = load_cube_py(recipe, CUBEJS_DB_PASS="db-secret", CUBEJS_DB_SSL="false")
        assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")
        assert cube.driver(recipe.context()) == recipe.denied()

    def test_without_its_password_the_service_account_is_refused(self, recipe: Recipe) -> None:
        got = load_cube_py(recipe, CUBE_SERVICE_PASSWORD=None).driver({})
        assert NO_ACCESS in str(got)

    def test_a_certificate_is_always_looked_at(self, recipe: Recipe) -> None:
        for ctx in ({}, recipe.context(), recipe.context(**ACTIVE)):
            got = load_cube_py(recipe, CUBEJS_DB_SSL_REJECT_UNAUTHORIZED="false").driver(ctx)
            tls: Any = got.get("ssl") or got["options"]
            assert tls.get("rejectUnauthorized", True)
            assert not tls.get("trustServerCertificate", False)
            assert tls.get("encrypt", True)


def test_no_variable_of_pinots_own_gives_a_person_a_token() -> None:
    cube = load_cube_py(PINOT, CUBEJS_DB_PINOT_AUTH_TOKEN="service", CUBEJS_DB_PASS="service")
    for ctx, wanted in (({}, PINOT.service), (PINOT.context(), PINOT.denied())):
        assert cube.driver(ctx) == wanted
    assert cube.driver(PINOT.context(**ACTIVE)) == PINOT.as_person("alice-token")


@pytest.mark.parametrize("recipe", [TRINO, POSTGRES, MYSQL], ids=name_of)
class TestDatabaseUsers:
    def test_a_private_authority_is_handed_on(self, recipe: Recipe) -> None:
        got = load_cube_py(recipe, CUBEJS_DB_SSL_CA="-----BEGIN").driver({})
        assert got["ssl"] == {**recipe.service["ssl"], "ca": "-----BEGIN"}

    @pytest.mark.parametrize(
        ("pattern", "user", "expected"),
        [
            (None, "alice@example.com", "alice@example.com"),
            ("{username}", "Alice", "Alice"),
            ("{local-part}", "alice@example.com", "alice"),
            ("{local-part}", "alice", "alice"),
            ("{local-part}", "@example.com", NO_ACCESS),
            ("_sso", "alice@example.com", "_sso"),
            ("{username}", "{local-part}", "{local-part}"),
            ("{username}", "alice\0options\0-c role=postgres", NO_ACCESS),
            ("{username}", "alice\r\nX-Trino-Role: system=admin", NO_ACCESS),
            ("{username}", "\ud800", NO_ACCESS),
            ("{username}", "a" * 256, NO_ACCESS),
        ],
    )
    def test_a_person_is_called_as_the_pattern_says(
        self, recipe: Recipe, pattern: str | None, user: str, expected: str
    ) -> None:
        cube = load_cube_py(recipe, CUBE_ACCESS_PERSON_USER=pattern)
        assert cube.driver(recipe.context(user, **ACTIVE))["user"] == expected
        assert cube.driver({})["user"] == "cube_service"


def test_a_postgres_that_has_to_be_told_hears_it_for_people_only() -> None:
    option = "--crdb:jwt_auth_enabled=true"
    cube = load_cube_py(POSTGRES, CUBE_ACCESS_PERSON_STARTUP_OPTIONS=option)
    expected = {**POSTGRES.as_person("alice-token"), "options": option}
    assert cube.driver(POSTGRES.context(**ACTIVE)) == expected
    assert cube.driver({}) == POSTGRES.service
