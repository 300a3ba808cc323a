"""A program in whose first preview the account and the workspace are not known yet."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, WORKSPACE_HOST, WORKSPACE_ID
from tests.helpers import nothing_unknown
from tools.stacks import Stack, enter

PROGRAM = f'''
import pulumi
import pulumi_databricks as databricks
from cube_access import *

workspace = databricks.Provider("workspace", host="https://{WORKSPACE_HOST}")
warehouse = databricks.SqlEndpoint(
    "ours", name="Ours", cluster_size="2X-Small", max_num_clusters=1, auto_stop_mins=10,
    warehouse_type="PRO", enable_serverless_compute=True,
    opts=pulumi.ResourceOptions(provider=workspace),
)


def later(value):
    return warehouse.id.apply(lambda _: value)


common = dict(
    redirect_uris=[later("https://example.cubecloud.dev/oauth/callback")],
    secret_name=later("later"), protect=False, secret_recovery_days=0,
)
DatabricksAccess("sales", DatabricksAccessArgs(
    account_id=later("{ACCOUNT_ID}"), workspace_host=later("{WORKSPACE_HOST}"),
    workspace_id=later({WORKSPACE_ID}), sql_warehouse_id=warehouse.id, schemas=["main.sales"],
    user_groups=[later("analysts")], **common,
))
SnowflakeAccess("finance", SnowflakeAccessArgs(
    account=later("SANDBOX-ANALYTICS"), warehouse=later("compute_wh"),
    tables=["ANALYTICS.SALES.ORDERS"], user_roles=[later("analyst")],
    **{{**common, "secret_name": later("later/finance")}},
))
'''


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("program")
    (folder / "main").mkdir()
    (folder / "main/__main__.py").write_text(PROGRAM)
    (folder / "main/Pulumi.yaml").write_text(
        "name: later\nruntime: {name: python, options: {virtualenv: .venv, toolchain: pip}}\n"
    )
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        files = {name: folder / "main" / name for name in ("Pulumi.yaml", "__main__.py")}
        yield Stack(running, folder / "project", "dev", {}, project=files)
        nothing_unknown(running)


def test_the_first_preview_shows_everything_as_made(program: Stack) -> None:
    got = program.preview()
    assert got.code == 0, got.output
    assert set(got.steps) == {"create"}
    made = {each.rpartition("::")[2] for each in got.steps["create"]}
    assert {"sales-use-output-0", "finance-people-output-0", "finance-oauth-integration"} <= made


def test_it_is_made_as_it_was_shown_and_nothing_changes_after(program: Stack) -> None:
    program.apply()
    resources = json.loads(program.export())["deployment"]["resources"]
    state = {each["urn"].rpartition("::")[2]: each for each in resources}
    assert state["sales-use-output-0"]["inputs"]["principal"] == "analysts"
    assert state["finance-people-output-0"]["inputs"]["parentRoleName"] == "ANALYST"
    account = state["finance"]["outputs"]["declaration"]["snowflakeAccount"]
    assert account == "SANDBOX-ANALYTICS"
    assert "STAND" not in json.dumps(resources)
    assert "stand-in" not in json.dumps(resources)
    program.unchanged()
