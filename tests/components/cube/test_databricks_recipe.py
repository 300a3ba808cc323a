"""What the cube.py for Databricks makes of its own variables; the rest is in test_recipes.py."""

from __future__ import annotations

import pytest

from tests.components.cube.conftest import ACTIVE, DATABRICKS, NO_ACCESS, Load

M2M = ("CUBE_SERVICE_DATABRICKS_CLIENT_ID", "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET")


def test_a_service_account_with_a_token_uses_the_token(load_cube_py: Load) -> None:
    cube = load_cube_py(DATABRICKS, **dict.fromkeys(M2M), CUBEJS_DB_DATABRICKS_TOKEN="pat")
    assert cube.driver({}) == DATABRICKS.as_person("pat")


def test_without_a_catalog_the_option_is_left_out(load_cube_py: Load) -> None:
    cube = load_cube_py(DATABRICKS, CUBEJS_DB_DATABRICKS_CATALOG=None)
    assert "catalog" not in cube.driver({})


@pytest.mark.parametrize("name", ["ID", "SECRET"])
def test_the_m2m_variables_that_cube_prefers_close_the_door(load_cube_py: Load, name: str) -> None:
    cube = load_cube_py(DATABRICKS, **{f"CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_{name}": "x"})
    assert cube.driver(DATABRICKS.context(**ACTIVE)) == {
        **DATABRICKS.denied(),
        "oauthClientId": NO_ACCESS,
        "oauthClientSecret": NO_ACCESS,
    }
