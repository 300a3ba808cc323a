"""examples/python: another team's program, with two environments in it, on the real engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, WORKSPACE_HOST, WORKSPACE_ID
from sandbox.snowflake.world import DEPLOYER
from tests.helpers import nothing_unknown
from tools.stacks import ROOT, Run, Stack, enter

EXAMPLE = ROOT / "examples/python"
CONFIG = {
    "analytics:redirectUri": "https://example.cubecloud.dev/oauth/callback",
    "analytics:databricksAccountId": ACCOUNT_ID,
    "analytics:databricksHost": WORKSPACE_HOST,
    "analytics:databricksWorkspaceId": str(WORKSPACE_ID),
    "analytics:snowflakeAccount": "SANDBOX-ANALYTICS",
    "analytics:snowflakeUser": DEPLOYER,
}
BY_THE_ENVIRONMENT = ("SNOWFLAKE_USER", "SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_AUTHENTICATOR")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Nothing is made yet. The environment does not say who signs in to Snowflake."""
    folder = tmp_path_factory.mktemp("program")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        key = running.env["SNOWFLAKE_PRIVATE_KEY"]
        files = {name: EXAMPLE / name for name in ("Pulumi.yaml", "__main__.py")}
        stack = Stack(running, folder / "project", "dev", CONFIG, project=files)
        for name in BY_THE_ENVIRONMENT:
            del stack.environment[name]
        command = ["pulumi", "config", "set", "--secret", "snowflakePrivateKey", "--stack", "dev"]
        subprocess.run(
            command, cwd=stack.folder, env=stack.environment, input=key, text=True, check=True
        )
        yield stack
        nothing_unknown(running)


@pytest.fixture(scope="module")
def first_preview(program: Stack) -> Run:
    return program.preview()


@pytest.fixture(scope="module")
def state(program: Stack, first_preview: Run) -> dict[str, dict[str, Any]]:
    """What was made, by name."""
    program.apply()
    resources = json.loads(program.export())["deployment"]["resources"]
    return {each["urn"].rpartition("::")[2]: each for each in resources}


def test_the_first_preview_does_not_know_the_sql_warehouse(first_preview: Run) -> None:
    assert first_preview.code == 0, first_preview.output
    made = first_preview.steps["create"]
    assert "cube-access:index:DatabricksAccess::sales" in made
    assert "cube-access:index:SnowflakeAccess::finance" in made
    assert "cube-access:databricks:Permission::sales-use-analysts" in made
    assert set(first_preview.steps) == {"create"}


def test_the_permission_is_on_the_warehouse_that_the_program_made(
    state: dict[str, dict[str, Any]],
) -> None:
    warehouse = state["cube-and-dashboards"]
    assert state["sales-use-analysts"]["inputs"]["objectId"] == warehouse["id"]
    assert warehouse["urn"] in state["sales-use-analysts"]["dependencies"]


def test_each_environment_has_names_of_its_own(state: dict[str, dict[str, Any]]) -> None:
    assert state["sales-oauth-app"]["inputs"]["name"] == "sales-dev"
    assert state["finance-oauth-integration"]["inputs"]["name"] == "FINANCE_DEV"
    names = {state[f"{name}-secret"]["outputs"]["name"] for name in ("sales", "finance")}
    assert names == {"cube-access/sales-dev", "cube-access/finance-dev"}


def test_what_depends_on_a_component_waits_for_all_of_it(state: dict[str, dict[str, Any]]) -> None:
    grant = state["engineers-see-what-cube-sees"]
    made = {each["urn"] for each in state.values() if "SnowflakeAccess$" in each["urn"]}
    custom = {each["urn"] for each in state.values() if each["custom"] and each["urn"] in made}
    assert custom <= set(grant["dependencies"])


def test_what_was_asked_for_stands_in_the_state(state: dict[str, dict[str, Any]]) -> None:
    declared = state["sales"]["outputs"]["declaration"]
    assert declared["sqlWarehouseId"] == state["cube-and-dashboards"]["id"]
    assert (declared["warehouse"], declared["name"]) == ("databricks", "sales-dev")
    assert state["finance"]["outputs"]["declaration"]["userRoles"] == ["ANALYST"]
    assert state["sales"]["outputs"]["secretArn"].startswith("arn:aws:secretsmanager:")
    assert set(state["finance"]["outputs"]) == {
        "cubeEnv",
        "cubePy",
        "declaration",
        "nextSteps",
        "oauthApp",
        "secretArn",
        "serviceAccount",
    }


def test_no_credential_stands_readable_in_the_state(
    program: Stack, state: dict[str, dict[str, Any]]
) -> None:
    text = json.dumps(state)
    key = program.sandbox.env["SNOWFLAKE_PRIVATE_KEY"]
    assert state["finance-integrations"]["inputs"]["user"] == DEPLOYER
    for line in key.splitlines()[1:-1]:
        assert line not in text
    secrets = json.loads(program.export("--show-secrets"))["deployment"]["resources"]
    outputs = {each["urn"].rpartition("::")[2]: each.get("outputs", {}) for each in secrets}
    env = outputs["sales"]["cubeEnv"]
    credential = json.loads(env["plaintext"])["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"]
    assert credential
    assert credential not in text


def test_the_preview_of_the_unchanged_program_is_empty(
    program: Stack, state: dict[str, dict[str, Any]]
) -> None:
    program.unchanged()


def test_a_wrong_name_stops_the_preview_in_the_words_of_the_program(
    program: Stack, state: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    text = (EXAMPLE / "__main__.py").read_text()
    other = program.folder / "__main__.py"
    other.unlink()
    other.write_text(text.replace('user_groups=["analysts"]', 'user_groups=["nobody"]'))
    try:
        got = program.preview()
    finally:
        other.unlink()
        other.symlink_to(EXAMPLE / "__main__.py")
    assert got.code != 0
    assert "group nobody" in got.output
    assert "Correct the names (schemas, tables, sql_warehouse_id, user_groups)" in got.output
    assert "Traceback" not in got.output


def test_destroy_leaves_nothing(program: Stack, state: dict[str, dict[str, Any]]) -> None:
    program.must("destroy", "--yes", "--skip-preview")
    assert json.loads(program.export())["deployment"].get("resources", []) == []
