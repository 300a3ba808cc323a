"""Which jobs run, in which order and with whose credentials: the workflows are played with commands
that only write down that they were called. What the commands do is rehearsed in
tests/integration/test_rehearsal.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflows.player import Event, Held, Job, Player

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    # What the installed ones are told, by whom, and what is needed of them later.
    "pulumi": """echo "pulumi $1 $STACK as $DATABRICKS_CLIENT_SECRET" >> {log}
case "$* " in *"$(cat {fails} 2>/dev/null || echo nothing)"*) exit 1 ;; esac
case "$*" in *--save-plan*) echo {{}} > plan.json ;; *--plan*) test -e plan.json ;; esac""",
    "cube-access": """echo "cube-access $1 $STACK as $DATABRICKS_CLIENT_SECRET" >> {log}
[ "$1" != report ] || {{ mkdir -p report; echo "of $STACK" > "report/$STACK.md"; }}""",
}
MAKE = """#!/bin/sh
[ "$*" = setup-deployment ] && cp -R {installed} .venv
"""
GH = """#!/bin/sh
echo "gh $*" >> {log}
case "$*" in
  *commits/heads/main*) cat {newest} ;;
  *files*) echo Pulumi.prod.yaml ;;
esac
"""


def secrets(whose: str) -> Held:
    return Held(
        {"AWS_ROLE": "arn:aws:iam::1:role/x", "AWS_REGION": "eu-central-1"},
        {"DATABRICKS_CLIENT_SECRET": whose},
    )


class Play:
    def __init__(self, folder: Path) -> None:
        self.log, self.fails = folder / "log", folder / "fails"
        self.newest, self.origin = folder / "newest", folder / "origin"
        at = {"log": self.log, "fails": self.fails, "newest": self.newest}
        shutil.copytree(ROOT / ".github", self.origin / ".github")
        installed, machine = folder / "installed", folder / "bin"
        for name, text in COMMANDS.items():
            self._script(installed / "bin" / name, "#!/bin/sh\n" + text.format(**at) + "\n")
        self._script(machine / "make", MAKE.format(installed=installed))
        self._script(machine / "gh", GH.format(**at))
        self._git("init", "--quiet", "--initial-branch=main")
        self.player = Player(
            self.origin,
            folder / "runners",
            {"PATH": f"{machine}{os.pathsep}{os.environ['PATH']}"},
            environments={
                f"{stack}{kind}": secrets(f"{stack}{kind}")
                for stack in ("staging", "prod")
                for kind in ("", "-preview", "-drift")
            },
        )

    def _script(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def _git(self, *arguments: str) -> str:
        who = ("-c", "user.name=a test", "-c", "user.email=test@example.com")
        git = ["git", "-C", str(self.origin), *who, *arguments]
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, environments: object) -> str:
        text = environments if isinstance(environments, str) else json.dumps(environments)
        (self.origin / ".github/environments.json").write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "a change")
        sha = self._git("rev-parse", "HEAD")
        self.newest.write_text(sha)
        return sha

    def run(
        self, workflow: str, event: str, *, fork: bool = False, sha: str = ""
    ) -> dict[str, Job]:
        self.log.write_text("")
        sha = sha or self._git("rev-parse", "HEAD")
        return self.player.play(workflow, Event(event, sha, fork=fork))

    def called(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def play(tmp_path: Path) -> Play:
    made = Play(tmp_path)
    made.commit(["staging", "prod"])
    made.commit(["staging", "prod"])
    return made


def results(jobs: dict[str, Job]) -> dict[str, str]:
    return {name: job.result for name, job in jobs.items()}


def test_a_fork_gets_every_report_and_the_required_check_and_no_secret(play: Play) -> None:
    jobs = play.run("preview", "pull_request", fork=True)
    assert results(jobs) == {
        "environments": "success",
        "environments / read": "success",
        "report (staging)": "success",
        "report (prod)": "success",
        "reports": "success",
        "comment": "skipped",
        "live": "skipped",
    }
    assert play.called() == ["cube-access report staging as ", "cube-access report prod as "]
    assert jobs["report (prod)"].summary == "of prod\n", "where a fork's reviewer finds it"


def test_a_branch_of_the_repository_gets_a_comment_and_a_live_preview(play: Play) -> None:
    jobs = play.run("preview", "pull_request")
    assert set(results(jobs).values()) == {"success"}
    called = play.called()
    assert "pulumi preview staging as staging-preview" in called
    assert "pulumi preview prod as prod-preview" in called
    assert sum("--method POST" in each for each in called) == 2


def test_without_environments_nothing_is_asked_and_the_required_check_is_green(
    play: Play,
) -> None:
    play.commit([])
    play.commit([])
    for workflow, event in (("preview", "pull_request"), ("deploy", "push"), ("drift", "schedule")):
        found = results(play.run(workflow, event))
        assert "failure" not in found.values()
        assert [each for each in play.called() if not each.startswith("gh")] == []
    assert found["look"] == "skipped"
    assert results(play.run("preview", "pull_request", fork=True))["reports"] == "success"


def test_an_environment_that_is_taken_off_the_list_has_a_report(play: Play) -> None:
    play.commit(["staging"])
    jobs = play.run("preview", "pull_request", fork=True)
    assert jobs["report (prod)"].result == "success"
    assert "report (prod)" not in play.run("deploy", "push")


@pytest.mark.parametrize(
    "listed", ['["prod", "prod"]', '"prod"', "[1]", '["a b"]', '["../x"]', "["]
)
def test_a_list_that_is_none_is_an_error_and_the_required_check_is_red(
    play: Play, listed: str
) -> None:
    play.commit(listed)
    jobs = play.run("preview", "pull_request", fork=True)
    assert jobs["environments / read"].result == "failure"
    assert "not a list of stacks' names" in jobs["environments / read"].log
    assert jobs["reports"].result == "failure"
    assert play.called() == []


def test_a_report_that_stops_a_change_makes_the_required_check_red(play: Play) -> None:
    def broken(job: str) -> None:
        if job.startswith("report ("):
            cube_access = play.origin.parent / "installed/bin/cube-access"
            cube_access.write_text("#!/bin/sh\nexit 1\n")

    play.player.before = broken
    jobs = play.run("preview", "pull_request")
    assert jobs["report (staging)"].result == jobs["reports"].result == "failure"
    assert jobs["report (prod)"].result == "failure", "each is looked at"
    assert "comment (prod)" in jobs, "and it is said that there is none"


def test_environments_are_planned_and_applied_one_after_the_other(play: Play) -> None:
    jobs = play.run("deploy", "push")
    assert set(results(jobs).values()) == {"success"}
    assert [each for each in play.called() if each.startswith("pulumi")] == [
        "pulumi preview staging as staging-preview",
        "pulumi up staging as staging",
        "pulumi preview prod as prod-preview",
        "pulumi up prod as prod",
    ]
    assert "plan-staging" in play.player.artifacts


def test_what_fails_in_one_environment_does_not_reach_the_next(play: Play) -> None:
    play.fails.write_text("--stack staging")
    jobs = play.run("deploy", "push")
    assert jobs["deploy (staging) / plan"].result == "failure"
    assert jobs["deploy (staging) / apply"].result == "skipped"
    assert jobs["deploy (prod)"].result == "cancelled"
    assert not any("prod" in each for each in play.called())


def test_an_older_commit_is_not_planned_over_a_newer_one(play: Play) -> None:
    play.newest.write_text("f" * 40)
    jobs = play.run("deploy", "push")
    assert "failure" not in results(jobs).values()
    assert jobs["deploy (prod) / plan"].result == "skipped"
    assert "is newer, and has a run of its own" in jobs["deploy (prod) / newest"].log
    assert not any(each.startswith("pulumi") for each in play.called())


def test_the_night_looks_as_the_deployer_and_tells_once_what_it_found(play: Play) -> None:
    assert results(play.run("drift", "schedule"))["tell"] == "skipped"
    assert "cube-access verify prod as prod-drift" in play.called()
    play.fails.write_text("--stack staging")
    jobs = play.run("drift", "schedule")
    assert (jobs["look (staging)"].result, jobs["look (prod)"].result) == ("failure", "success")
    assert "cube-access verify staging as staging-drift" in play.called(), "after the red step, too"
    assert any("gh issue create" in each for each in play.called())


def test_the_night_tells_of_a_list_that_cannot_be_read(play: Play) -> None:
    play.commit("[")
    assert results(play.run("drift", "schedule"))["tell"] == "success"
