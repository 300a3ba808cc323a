"""Plays a workflow: each job's steps in order, on a clone, as a runner would.

The `run:` lines are run by bash as they stand. GitHub is played: expressions, the environment of a
job, what a fork does not get, outputs, artifacts, matrices, called workflows, and the actions that
are used. Not played: permissions at GitHub, approvals, and runs that wait for each other.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import fill, holds

REPOSITORY = "acme/cube-access"
BASH = ["bash", "--noprofile", "--norc", "-e"]  # `bash -e {0}`, and with `shell: bash` the next
STRICT = [*BASH, "-o", "pipefail"]


class Failed(Exception):
    """A step ended with something else than 0, or an action would have refused."""


@dataclass
class Held:
    """The variables and secrets of the repository or of one of its environments."""

    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


@dataclass
class Event:
    name: str
    sha: str
    fork: bool = False
    changed: int = 1

    def context(self) -> dict[str, Any]:
        """The context `github`."""
        head = {"sha": self.sha, "repo": {"full_name": "eve/fork" if self.fork else REPOSITORY}}
        pull = {"number": "7", "head": head, "changed_files": str(self.changed)}
        return {
            "event_name": self.name,
            "sha": self.sha,
            "ref": "refs/heads/main",
            "ref_name": "main",
            "repository": REPOSITORY,
            "server_url": "https://github.com",
            "run_id": "42",
            "token": "of-the-run",
            "event": {"pull_request": pull} if self.name == "pull_request" else {},
        }


@dataclass
class Job:
    """What became of a job."""

    result: str = "success"  # success, failure, skipped or cancelled
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Player:
    origin: Path
    """The repository, as pushed."""
    folder: Path
    """For the runners' workspaces."""
    machine: dict[str, str]
    """The environment of every step: PATH, proxy and the like. No credential."""
    signs_in: dict[str, str] = field(default_factory=dict)
    """What signing in to AWS puts into a job's environment."""
    repository: Held = field(default_factory=Held)
    environments: dict[str, Held] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _: None
    """Called with a job's name before its first step."""
    jobs: dict[str, Job] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)

    def play(self, name: str, event: Event) -> dict[str, Job]:
        """Every job by its name: `caller / job` in a called workflow, `job (stack)` in a matrix."""
        self.jobs, self.artifacts = {}, {}
        self._event = event
        repository = Held() if event.fork else self.repository
        self._workflow(f"{name}.yml", "", {}, repository.secrets)
        return self.jobs

    def _workflow(
        self, file: str, prefix: str, inputs: Mapping[str, str], secrets: Mapping[str, str]
    ) -> Job:
        text = (self.origin / ".github/workflows" / file).read_text()
        # YAML 1.1 takes the key `on` for a truth value.
        found: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
        done: dict[str, Job] = {}
        for name, job in found["jobs"].items():
            needs = job.get("needs", [])
            needed = {each: done[each] for each in ([needs] if isinstance(needs, str) else needs)}
            contexts = {
                "github": self._event.context(),
                "inputs": inputs,
                "vars": {} if self._event.fork else self.repository.variables,
                "secrets": secrets,
                "needs": {
                    key: {"result": each.result, "outputs": each.outputs}
                    for key, each in needed.items()
                },
            }
            done[name] = self._matrix(name, job, prefix, contexts, needed)
        results = {each.result for each in done.values()}
        calls = found["on"].get("workflow_call") or {}
        outputs = fill(
            {key: each["value"] for key, each in (calls.get("outputs") or {}).items()},
            {"jobs": {name: {"outputs": each.outputs} for name, each in done.items()}},
        )
        return Job("failure" if "failure" in results else "success", outputs)

    def _matrix(
        self,
        name: str,
        job: dict[str, Any],
        prefix: str,
        contexts: dict[str, Any],
        needed: Mapping[str, Job],
    ) -> Job:
        good = all(each.result == "success" for each in needed.values())
        bad = any(each.result == "failure" for each in needed.values())
        status = {"always": True, "success": good, "failure": bad, "cancelled": False}
        if not holds(job.get("if", ""), contexts, status):
            self.jobs[prefix + name] = Job("skipped")
            return self.jobs[prefix + name]
        strategy = job.get("strategy", {})
        stacks = fill(strategy.get("matrix", {}), contexts).get("stack")
        if stacks == []:
            raise AssertionError(f"{name}: GitHub refuses an empty matrix")
        made: list[Job] = []
        for stack in stacks or [None]:
            called = f"{prefix}{name}" + (f" ({stack})" if stack else "")
            failed = any(each.result == "failure" for each in made)
            if failed and strategy.get("fail-fast", "true") == "true":
                self.jobs[called] = Job("cancelled")
            else:
                within = {**contexts, "matrix": {"stack": stack}}
                self.jobs[called] = Job()
                self.jobs[called] = self._job(called, job, within)
            made.append(self.jobs[called])
        results = [each.result for each in made]
        worst = next((each for each in ("failure", "cancelled") if each in results), results[-1])
        return Job(worst, made[-1].outputs)

    def _job(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        if "uses" in job:
            # Only what the caller names, and then what the called job's own environment has.
            secrets = fill(job.get("secrets", {}), contexts)
            file = job["uses"].removeprefix("./.github/workflows/")
            return self._workflow(file, f"{name} / ", fill(job.get("with", {}), contexts), secrets)
        self.before(name)
        named = fill(job.get("environment", ""), contexts)
        held = self.environments.get(named, Held()) if not self._event.fork else Held()
        # A called workflow sees those secrets of its environment that its caller names.
        visible = contexts["secrets"].keys() if " / " in name else held.secrets.keys()
        contexts = {
            **contexts,
            "vars": {**contexts["vars"], **held.variables},
            "secrets": {
                **contexts["secrets"],
                **{key: value for key, value in held.secrets.items() if key in visible},
            },
            "steps": {},
        }
        return _Runner(self, name, job, contexts).run(self._event)


class _Runner:
    """One job on a machine of its own."""

    def __init__(
        self, player: Player, name: str, job: dict[str, Any], contexts: dict[str, Any]
    ) -> None:
        self.player, self.job, self.contexts = player, job, contexts
        player.folder.mkdir(exist_ok=True)
        self.work = Path(tempfile.mkdtemp(prefix=re.sub(r"\W+", "-", name), dir=player.folder))
        self.files = {
            each: self.work.with_name(f"{self.work.name}.{each}") for each in ("output", "summary")
        }
        self.env = {**player.machine, **fill(job.get("env", {}), contexts)}
        self.done = Job()

    def run(self, event: Event) -> Job:
        self.env |= {
            "GITHUB_SHA": event.sha,
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_OUTPUT": str(self.files["output"]),
            "GITHUB_STEP_SUMMARY": str(self.files["summary"]),
        }
        for step in self.job["steps"]:
            good = self.done.result == "success"
            status = {"always": True, "success": good, "failure": not good, "cancelled": False}
            if not holds(step.get("if", ""), self.contexts, status):
                continue
            try:
                self.step(step, event)
            except Failed as error:
                self.done.log += f"{error}\n"
                if step.get("continue-on-error") != "true":
                    self.done.result = "failure"
        if self.files["summary"].exists():
            self.done.summary = self.files["summary"].read_text()
        self.done.outputs = fill(self.job.get("outputs", {}), self.contexts)
        return self.done

    def step(self, step: dict[str, Any], event: Event) -> None:
        if "uses" in step:
            action = step["uses"].partition("@")[0].rpartition("/")[2]
            given = fill(step.get("with", {}), self.contexts)
            getattr(self, action.replace("-", "_"))(given, event)
            return
        shell = STRICT if step.get("shell") == "bash" else BASH
        self.files["output"].write_text("")
        done = subprocess.run(
            [*shell, "-c", step["run"]],
            cwd=self.work,
            env={**self.env, **fill(step.get("env", {}), self.contexts)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self.done.log += f"$ {step['run']}\n{done.stdout}"
        pairs = [line.partition("=") for line in self.files["output"].read_text().splitlines()]
        if "id" in step:
            outputs = {key: value for key, _, value in pairs}
            self.contexts["steps"][step["id"]] = {"outputs": outputs}
        if done.returncode:
            raise Failed(f"ended with {done.returncode}")

    # The actions.

    def checkout(self, given: Mapping[str, str], event: Event) -> None:
        depth = given.get("fetch-depth", "1")
        address = f"file://{self.player.origin}"
        git = ["git", "-C", str(self.work)]
        for command in (
            ["init", "--quiet"],
            ["fetch", "--quiet", "--depth", depth, address, event.sha],
            ["checkout", "--quiet", "FETCH_HEAD"],
        ):
            subprocess.run([*git, *command], check=True, capture_output=True)

    def setup_python(self, given: Mapping[str, str], event: Event) -> None:
        """The machine has one."""

    def configure_aws_credentials(self, given: Mapping[str, str], event: Event) -> None:
        if self.job["permissions"].get("id-token") != "write":
            raise Failed("no token: the job lacks id-token: write")
        if not given["role-to-assume"] or not given["aws-region"]:
            raise Failed("no role, or no region")
        self.env |= self.player.signs_in

    def upload_artifact(self, given: Mapping[str, str], event: Event) -> None:
        source = self.work / given["path"]
        if not source.exists():
            return  # the action warns
        if given["name"] in self.player.artifacts:
            raise Failed(f"there is an artifact {given['name']} already")
        kept = Path(tempfile.mkdtemp(prefix="artifact-", dir=self.player.folder))
        if source.is_dir():
            shutil.copytree(source, kept, dirs_exist_ok=True)
        else:
            shutil.copy(source, kept)
        self.player.artifacts[given["name"]] = kept

    def download_artifact(self, given: Mapping[str, str], event: Event) -> None:
        if given["name"] not in self.player.artifacts:
            raise Failed(f"no artifact {given['name']}")
        target = self.work / given.get("path", ".")
        shutil.copytree(self.player.artifacts[given["name"]], target, dirs_exist_ok=True)
