"""What a stack gives out: no credential that is readable, and none in a program's text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policies.cases.secrets import TOKEN
from tests.policies.harness import Resource, judge_stack, rules_of, secret

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "components/cube_access/cube/recipes").glob("[a-z]*.py"))


def outputs(**values: Any) -> Resource:
    return Resource(type="pulumi:pulumi:Stack", props=values, name="cube-access-test")


def test_a_plain_output_that_holds_a_credential_is_refused() -> None:
    assert judge_stack([outputs(app={"client_secret": secret("x")}, secret_arn="arn")]) == []
    (said,) = judge_stack([outputs(app={"client_secret": "planted"})])
    assert said.rule == "outputs-secret"
    assert "app.client_secret" in said.message
    assert "planted" not in said.message
    variables = {"CUBEJS_DB_DATABRICKS_TOKEN": "planted", "CUBEJS_DB_OAUTH_TOKEN_PATH": "/x"}
    (said,) = judge_stack([outputs(cube_env=variables)])
    assert said.rule == "outputs-secret"
    assert "cube_env.CUBEJS_DB_DATABRICKS_TOKEN" in said.message
    assert rules_of(judge_stack([outputs(url=f"jdbc:databricks://x;PWD={TOKEN}")])) == {
        "outputs-secret"
    }


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: str(path.stem))
def test_a_cube_py_that_reads_its_environment_gives_nothing_away(recipe: Path) -> None:
    assert judge_stack([outputs(cube_py=recipe.read_text())]) == []


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD = 'hunter2'",
        "DB_PASSWORD = env('DB_PASSWORD', 'hunter2')",
        "DB_PASSWORD = env('DB_PASSWORD') or 'hunter2'",
        "DB_PASSWORD = str('hunter2')",
        "DB_PASSWORD = os.environ.get('DB_PASSWORD', 'hunter2')",
    ],
)
def test_a_program_that_has_a_password_is_refused(text: str) -> None:
    assert rules_of(judge_stack([outputs(cube_py=text)])) == {"outputs-secret"}


@pytest.mark.parametrize(
    "text",
    ["DB_PASSWORD = os.environ['DB_PASSWORD']", "DB_PASSWORD = process.env.DB_PASSWORD;"],
)
def test_other_ways_to_read_the_environment(text: str) -> None:
    assert judge_stack([outputs(cube_py=text)]) == []
