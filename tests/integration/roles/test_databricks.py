"""The scripts that are written for Databricks, run by a shell with a stand-in for the CLI: an
environment lives as its deployer, each right taken away stops its `up --refresh`, and its previewer
can change nothing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cube_access.roles import aws, databricks
from cube_access.settings import DatabricksSettings
from sandbox import Sandbox
from sandbox.databricks import Databricks
from sandbox.databricks.directory import Principal
from sandbox.databricks.world import ACCOUNT_ID, WORKSPACE_HOST
from sandbox.journal import Request
from tests.components.roles.test_files import load
from tests.helpers import nothing_unknown
from tests.integration.roles import databricks_cli
from tools.stacks import ROOT, Stack, enter, example

CONFIG = example("sandbox-databricks")
SIGN_IN = "/v1/token"


@dataclass
class Life:
    stack: Stack
    deployer: Principal
    previewer: Principal
    said: list[Request]
    """What the deployer asked of Databricks, in order."""

    @property
    def clouds(self) -> Databricks:
        return self.stack.sandbox.databricks

    def sign_in_as(self, who: Principal) -> None:
        secret = self.clouds.access.secrets[who.id][0].value
        self.stack.environment |= {
            "DATABRICKS_CLIENT_ID": who.name,
            "DATABRICKS_CLIENT_SECRET": secret,
        }


def settings() -> DatabricksSettings:
    found = load(CONFIG, "dev")
    assert isinstance(found, DatabricksSettings)
    return found


def introduce(sandbox: Sandbox, script: str, folder: Path, name: str) -> Principal:
    """Makes a service principal with a secret, as a person would first, and runs its script."""
    clouds = sandbox.databricks
    who = clouds.directory.add("service_principal", name)
    clouds.directory.consistency_lag = 0  # the person has a cup of coffee
    clouds.access.create_secret(who, None)
    folder.mkdir(exist_ok=True)
    cli = folder / "databricks"
    cli.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {databricks_cli.__name__} "$@"\n')
    cli.chmod(0o755)
    ids = {"PRINCIPAL_ID": str(who.id), "APPLICATION_ID": who.name, "PYTHONPATH": str(ROOT)}
    environment = {**sandbox.env, **ids, "PATH": f"{folder}:{sandbox.env['PATH']}"}
    (folder / "script.sh").write_text(script)
    done = subprocess.run(
        ["sh", str(folder / "script.sh")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return who


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("life")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        scripts = folder / "bin"
        deployer = introduce(running, databricks.deployer_script(settings()), scripts, "deploys")
        previewer = introduce(running, databricks.previewer_script(settings()), scripts, "looks")
        running.aws.iam.restrict("sandbox", aws.deployer(settings()))
        found = Life(Stack(running, folder / "project", "dev", CONFIG), deployer, previewer, [])
        found.sign_in_as(deployer)
        running.journal.clear()
        found.stack.set(credentialVersions=["v1", "v2"])
        found.stack.apply()
        found.said += [call for call in running.journal if call.identity == deployer.name]
        yield found
        nothing_unknown(running)


def service_account(life: Life) -> Principal:
    people = life.clouds.directory.principals.values()
    return next(who for who in people if who.display_name == "cube-dev")


def not_account_admin(life: Life) -> Callable[[], None]:
    life.deployer.account_admin = False
    return lambda: setattr(life.deployer, "account_admin", True)


def not_workspace_admin(life: Life) -> Callable[[], None]:
    """A plain member, when there is something to do: the entitlement is gone."""
    workspace = life.clouds.workspace
    workspace.members[life.deployer.id].permission = "USER"
    workspace.entitlements.pop(service_account(life).id)
    return lambda: setattr(workspace.members[life.deployer.id], "permission", "ADMIN")


def no_privilege(privilege: str) -> Callable[[Life], Callable[[], None]]:
    def take(life: Life) -> Callable[[], None]:
        where = ("catalog", "main", life.deployer.name, privilege)
        life.clouds.unity.revoke(*where)
        return lambda: life.clouds.unity.grant(*where)

    return take


RIGHTS = {
    "account admin": not_account_admin,
    "workspace admin": not_workspace_admin,
    **{privilege: no_privilege(privilege) for privilege in databricks.MANAGE},
}


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_taken_away_breaks_it(life: Life, right: str) -> None:
    life.sign_in_as(life.deployer)
    give_back = RIGHTS[right](life)
    got = life.stack.up("--refresh")
    give_back()
    assert got.code != 0
    refusals = ("is not an admin of this account", "is not authorized to view", "does not have")
    assert any(text in got.output for text in refusals), got.output


def test_with_everything_given_back_it_mends_what_is_missing(life: Life) -> None:
    life.sign_in_as(life.deployer)
    life.stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert life.clouds.workspace.entitlements[service_account(life).id] == {"databricks-sql-access"}


class TestPreviewer:
    @pytest.fixture
    def as_previewer(self, life: Life) -> Iterator[Stack]:
        life.sign_in_as(life.previewer)
        life.stack.sandbox.aws.iam.restrict("sandbox", {"Statement": []})
        yield life.stack
        life.stack.sandbox.aws.iam.restrict("sandbox", aws.deployer(settings()))
        life.stack.set(schemas=CONFIG["cube-access:schemas"])

    def test_it_sees_what_a_pull_request_adds(self, as_previewer: Stack) -> None:
        """And nothing else; without any right in AWS, too."""
        as_previewer.set(schemas=["main.sales", "main.hr"])
        got = as_previewer.preview()
        assert got.code == 0, got.output
        assert {name.rpartition("-")[2] for name in got.steps["create"]} == {"main.hr"}, got.steps
        assert not got.steps.keys() & {"delete", "replace"}, got.steps

    def test_every_kind_of_change_is_refused(self, life: Life) -> None:
        """Each request by which the deployer changed something, sent by the previewer."""
        changes = [call for call in life.said if call.method != "GET" and SIGN_IN not in call.path]
        assert len({(call.method, call.path.split("/")[-1]) for call in changes}) > 5
        tokens = {host: token(life, host) for host in {call.host for call in changes}}
        answers = [
            requests.request(
                call.method,
                f"https://{call.host}{call.path}",
                json=call.body,
                headers={"Authorization": f"Bearer {tokens[call.host]}"},
                timeout=10,
            ).status_code
            for call in changes
        ]
        assert set(answers) == {403}, list(zip(changes, answers, strict=True))

    def test_it_reads_no_row(self, life: Life) -> None:
        sent = {
            "warehouse_id": settings().sql_warehouse_id,
            "statement": "SELECT * FROM main.sales.orders",
        }
        done = requests.post(
            f"https://{WORKSPACE_HOST}/api/2.0/sql/statements",
            json=sent,
            headers={"Authorization": f"Bearer {token(life, WORKSPACE_HOST)}"},
            timeout=10,
        )
        assert done.status_code == 403

    def test_its_up_fails_and_changes_nothing(self, as_previewer: Stack) -> None:
        as_previewer.set(schemas=["main.hr"])
        grants = as_previewer.sandbox.databricks.unity.get("schema", "main.hr").grants
        before = {who: set(held) for who, held in grants.items()}
        got = as_previewer.up()
        assert got.code != 0
        assert "User does not have MANAGE" in got.output
        assert grants == before


def token(life: Life, host: str) -> str:
    """The previewer's."""
    secret = life.clouds.access.secrets[life.previewer.id][0].value
    where = f"/accounts/{ACCOUNT_ID}" if host.startswith("accounts.") else ""
    done: dict[str, Any] = requests.post(
        f"https://{host}/oidc{where}/v1/token",
        data={"grant_type": "client_credentials", "scope": "all-apis"},
        auth=(life.previewer.name, secret),
        timeout=10,
    ).json()
    return str(done["access_token"])


def test_the_plan_that_the_previewer_saved_is_applied_and_nothing_else(life: Life) -> None:
    """What the deploy workflow relies on: between plan and apply the configuration changed."""
    stack, plan = life.stack, life.stack.folder / "plan.json"
    life.sign_in_as(life.previewer)
    stack.set(schemas=["main.sales", "main.hr"])
    stack.must("preview", "--save-plan", str(plan))
    told = plan.read_text()
    life.sign_in_as(life.deployer)
    secrets = [each.value for each in life.clouds.access.secrets[service_account(life).id]]
    secrets += [str(each.client_secret) for each in life.clouds.access.integrations.values()]
    assert len(secrets) == 3
    assert not [each for each in secrets if each in told]

    planned = ("up", "--yes", "--skip-preview", "--plan", str(plan))
    stack.set(redirectUris=["https://elsewhere.example.com/oauth/callback"])
    got = stack.pulumi(*planned)
    assert got.code != 0
    assert "violates plan" in got.output, got.output
    (app,) = life.clouds.access.integrations.values()
    assert app.settings["redirect_urls"] == CONFIG["cube-access:redirectUris"]

    stack.set(redirectUris=CONFIG["cube-access:redirectUris"])
    stack.must(*planned)
    assert service_account(life).name in life.clouds.unity.get("schema", "main.hr").grants


def test_the_deployer_takes_it_all_away_again(life: Life) -> None:
    """Last: the other tests look at what is there."""
    life.sign_in_as(life.deployer)
    life.stack.must("destroy", "--yes", "--skip-preview")
    people = life.clouds.directory.principals.values()
    assert not [who for who in people if who.display_name == "cube-dev"]
    assert not life.clouds.access.integrations
