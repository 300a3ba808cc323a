"""The workflows, played with the real commands on the sandbox: a first deployment of two
environments, the night after, and a pull request of a fork.

Whose credentials a job gets and in which order jobs run is tests/workflows/test_jobs.py. `make
setup-deployment` is played here; tests/integration/test_deployment.py runs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tests.integration.test_deployment import checkout
from tests.workflows.player import Event, Held, Job, Player
from tools.snowflake_client import by_hand
from tools.stacks import ROOT, enter, example, warm_python

# Not "prod": the pack keeps development's environments from naming one of production.
STACKS = {"staging": "sandbox-databricks", "eu": "sandbox-snowflake"}
# What GitHub's environments hold; the rest of the sandbox's environment is the machine's.
VARIABLES = ("DATABRICKS_CLIENT_ID", "SNOWFLAKE_USER", "PULUMI_BACKEND_URL")
SECRETS = ("DATABRICKS_CLIENT_SECRET", "SNOWFLAKE_PRIVATE_KEY", "PULUMI_CONFIG_PASSPHRASE")
AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
MAKE = """#!/bin/sh
[ "$*" = setup-deployment ] && ln -s {installed}/.venv .venv
"""
GH = """#!/bin/sh
case "$*" in
  *commits/heads/main*) git -C {origin} rev-parse HEAD ;;
  *files*) git -C {origin} diff --name-only HEAD^ HEAD ;;
  *--method*) cat comment.md >> {posted} ;;
  "issue create"*) echo "$*" >> {posted} ;;
esac
"""


@dataclass
class World:
    sandbox: Sandbox
    player: Player
    posted: Path

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a test", "-c", "user.email=test@example.com")
        git = ["git", "-C", str(self.player.origin), *who, *arguments]
        return subprocess.check_output(git, text=True).strip()

    def commit(self, stack: str, **changes: object) -> None:
        path = self.player.origin / f"Pulumi.{stack}.yaml"
        text = yaml.safe_load(path.read_text()) if path.exists() else {"config": {}}
        text["config"] |= {f"cube-access:{key}": value for key, value in changes.items()}
        path.write_text(yaml.safe_dump(text))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")

    def play(self, workflow: str, event: str, *, fork: bool = False) -> dict[str, Job]:
        sha = self.git("rev-parse", "HEAD")
        jobs = self.player.play(workflow, Event(event, sha, fork=fork, changed=1))
        told = "".join(f"{each.log}{each.summary}" for each in jobs.values())
        secrets = [self.sandbox.env[each] for each in SECRETS[:2]]
        assert [each for each in secrets if each in told] == []
        return jobs


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("rehearsal")
    origin, posted = folder / "origin", folder / "posted"
    checkout(origin)
    warm_python().virtualenv(folder / "installed")
    (origin / ".github/environments.json").write_text(json.dumps(list(STACKS)))
    with Sandbox(folder / "sandbox") as sandbox, pytest.MonkeyPatch.context() as patch:
        enter(sandbox, patch)
        script(folder / "bin/make", MAKE.format(installed=folder / "installed"))
        script(folder / "bin/gh", GH.format(origin=origin, posted=posted))
        given = {*VARIABLES, *SECRETS, *AWS, "SNOWFLAKE_AUTHENTICATOR"}
        machine = {key: value for key, value in sandbox.env.items() if key not in given}
        machine["PATH"] = f"{folder / 'bin'}{os.pathsep}{machine['PATH']}"
        held = Held(
            {key: sandbox.env[key] for key in VARIABLES}
            | {"AWS_ROLE": "arn:aws:iam::123456789012:role/cube", "AWS_REGION": "eu-central-1"},
            {key: sandbox.env[key] for key in SECRETS},
        )
        environments = {
            f"{stack}{kind}": held for stack in STACKS for kind in ("", "-preview", "-drift")
        }
        signs_in = {key: sandbox.env[key] for key in AWS}
        player = Player(origin, folder / "runners", machine, signs_in, environments=environments)
        made = World(sandbox, player, posted)
        for stack, name in STACKS.items():
            # As somebody begins an environment: its files, and its stack.
            shutil.copy(
                origin / "policies/starts/development.json",
                origin / f"policies/config/{stack}.json",
            )
            config = {key.partition(":")[2]: value for key, value in example(name).items()}
            made.commit(stack, **config)
            subprocess.run(
                ["pulumi", "stack", "init", stack, "--non-interactive"],
                cwd=origin,
                env={
                    **sandbox.env,
                    "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
                },
                check=True,
                capture_output=True,
            )
        made.git("add", "--all")
        made.git("commit", "--quiet", "--message", "the stacks' salts")
        yield made
        nothing_unknown(sandbox)


def failed(jobs: dict[str, Job]) -> str:
    return "\n".join(
        f"{name}\n{each.log}" for name, each in jobs.items() if each.result == "failure"
    )


def test_a_push_deploys_each_environment_in_order(world: World) -> None:
    jobs = world.play("deploy", "push")
    assert not (why := failed(jobs)), why
    for stack in STACKS:
        assert jobs[f"deploy ({stack}) / apply"].result == "success"
        assert "to create" in jobs[f"deploy ({stack}) / plan"].summary
        assert "created" in jobs[f"deploy ({stack}) / apply"].log


def test_the_night_tells_of_what_somebody_granted_and_of_nothing_else(world: World) -> None:
    by_hand().rows('GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO ROLE "CUBE_EU"')
    jobs = world.play("drift", "schedule")
    assert jobs["look (staging)"].result == "success", jobs["look (staging)"].log
    found = jobs["look (eu)"]
    assert found.result == "failure"
    extras = [line for line in found.log.splitlines() if line.startswith("EXTRA")]
    assert any("SELECT ON TABLE ANALYTICS.HR.SALARIES" in each for each in extras), found.log
    assert jobs["tell"].result == "success", jobs["tell"].log
    assert "An environment is not as it was applied" in world.posted.read_text()
    by_hand().rows('REVOKE SELECT ON TABLE ANALYTICS.HR.SALARIES FROM ROLE "CUBE_EU"')


def test_a_forks_pull_request_is_reported_and_signs_in_nowhere(world: World) -> None:
    world.commit("staging", schemas=["main.sales", "main.hr"])
    before = len(world.sandbox.journal.calls())
    jobs = world.play("preview", "pull_request", fork=True)
    assert not (why := failed(jobs)), why
    assert jobs["reports"].result == "success"
    assert "main.hr" in jobs["report (staging)"].summary
    assert "none added or removed" in jobs["report (eu)"].summary
    assert len(world.sandbox.journal.calls()) == before, "no cloud was asked"
