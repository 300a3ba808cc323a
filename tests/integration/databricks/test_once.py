"""Answers that are lost and runs that are cut off: one of each thing is made, or what there is
twice goes, and it is said.
"""

from __future__ import annotations

from typing import Any

import requests

from sandbox import Sandbox
from sandbox.databricks.world import WAREHOUSE_ID, WORKSPACE_HOST
from tools.stacks import Stack

APP = "/oauth2/custom-app-integrations$"
PRINCIPAL = "/scim/v2/ServicePrincipals$"
SECRET = "/credentials/secrets$"


def made(sandbox: Sandbox) -> dict[str, list[Any]]:
    """What is called after the stack, counted in the cloud itself."""
    state = sandbox.databricks
    principals = [p for p in state.directory.principals.values() if p.display_name == "cube-dev"]
    return {
        "apps": [one.id for one in state.access.integrations.values()],
        "principals": [one.id for one in principals],
        "secrets": [each.id for one in principals for each in state.access.secrets.get(one.id, [])],
    }


def counts(sandbox: Sandbox) -> dict[str, int]:
    return {kind: len(found) for kind, found in made(sandbox).items()}


ONE = {"apps": 1, "principals": 1, "secrets": 1}
NONE = {"apps": 0, "principals": 0, "secrets": 0}


def signs_in(stack: Stack) -> bool:
    """Whether the credential that Cube gets is alive."""
    env = stack.outputs()["cube_env"]
    login = (
        env["CUBE_SERVICE_DATABRICKS_CLIENT_ID"],
        env["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"],
    )
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    url = f"https://{WORKSPACE_HOST}/oidc/v1/token"
    return requests.post(url, data=form, auth=login, timeout=10).status_code == 200


def killed_at(stack: Stack, sandbox: Sandbox, path: str) -> None:
    """The whole session of an `up`, right after a POST had its effect and before its answer."""
    fault = sandbox.faults.add(method="POST", path=path, after_effect=True, hang=60.0)
    stack.killed_at(fault)


def test_lost_answers_of_a_first_up(stack: Stack, sandbox: Sandbox) -> None:
    for path in (APP, PRINCIPAL, SECRET):
        sandbox.faults.add(method="POST", path=path, status=503, after_effect=True)
    got = stack.up()
    assert got.code == 0, got.output
    assert counts(sandbox) == ONE
    for what in ("the OAuth app cube-dev", "the service principal cube-dev", "an OAuth secret"):
        assert f"removed {what}" in got.output, got.output
    stack.unchanged()
    assert signs_in(stack)
    stack.must("destroy", "--yes", "--skip-preview")
    assert counts(sandbox) == NONE


def test_runs_that_were_cut_off_after_the_effect(stack: Stack, sandbox: Sandbox) -> None:
    """The whole session is killed twice; what is run afterwards is `cancel`, for the lock, and the
    plain `up`.
    """
    killed_at(stack, sandbox, APP)
    assert counts(sandbox)["apps"] == 1
    stack.must("cancel", "--yes")
    killed_at(stack, sandbox, SECRET)
    assert counts(sandbox)["secrets"] == 1, "it took effect, and no state has it"
    stack.must("cancel", "--yes")
    got = stack.up()
    assert got.code == 0, got.output
    assert "removed an OAuth secret" in got.output, got.output
    assert counts(sandbox) == ONE
    stack.unchanged()
    assert signs_in(stack)


def test_a_rotation_whose_answers_are_lost(applied_copy: Stack, sandbox: Sandbox) -> None:
    stack = applied_copy
    stack.set(credentialVersions=["v1", "v2"])
    # A connection that breaks off ends the run; a 503 is asked again by the plugin.
    sandbox.faults.add(method="POST", path=SECRET, after_effect=True)
    failed = stack.up()
    assert failed.code != 0
    assert "`cube-access recover --stack dev` names what is left" in failed.output
    sandbox.faults.add(method="POST", path=SECRET, status=503, after_effect=True)
    got = stack.up()
    assert got.code == 0, got.output
    assert got.output.count("removed an OAuth secret") >= 2, got.output
    assert counts(sandbox) == {**ONE, "secrets": 2}
    assert signs_in(stack)
    stack.unchanged()
    stack.set(credentialVersions=["v2"])
    stack.apply()
    assert counts(sandbox) == ONE
    assert signs_in(stack)


def test_a_destroy_right_after_a_kill_names_the_app_that_is_left(
    stack: Stack, sandbox: Sandbox
) -> None:
    killed_at(stack, sandbox, APP)
    (left,) = made(sandbox)["apps"]
    stack.must("cancel", "--yes")
    got = stack.must("destroy", "--yes", "--skip-preview")
    assert f"custom-app-integrations/{left}`" in got.output
    assert counts(sandbox) == {**NONE, "apps": 1}


def test_a_groups_entry_of_a_run_that_was_cut_off_is_ours_and_goes(
    stack: Stack, sandbox: Sandbox
) -> None:
    """What the other group had before us stays."""
    warehouse = sandbox.databricks.warehouses.all[WAREHOUSE_ID]
    before = dict(warehouse.acl)
    assert "analysts" in before
    fault = sandbox.faults.add(
        method="PATCH", path="/permissions/warehouses/", skip=1, after_effect=True, hang=60.0
    )
    stack.killed_at(fault)
    assert warehouse.acl["finance"] == "CAN_USE", "it took effect, and no state has it"
    stack.must("cancel", "--yes")
    got = stack.up()
    assert got.code == 0, got.output
    assert "CAN_USE of finance on warehouses" in got.output
    assert "CAN_USE of analysts" not in got.output
    stack.unchanged()
    stack.must("destroy", "--yes", "--skip-preview")
    assert warehouse.acl == before


def test_an_assignment_whose_first_read_fails_is_made_again(stack: Stack, sandbox: Sandbox) -> None:
    """The plugin has no update of it: without a word from us, no later `up` would get through."""
    sandbox.faults.add(method="GET", path="/permissionassignments$", status=500)
    assert stack.up().code != 0
    stack.apply()
    stack.unchanged("--refresh")
    assert signs_in(stack)
