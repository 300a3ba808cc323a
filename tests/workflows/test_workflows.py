"""What the workflows may do: actionlint and zizmor (`make lint`) judge their form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github/workflows"
FILES = sorted(FOLDER.glob("*.yml"))
GITLAB = FOLDER.parents[1] / "examples/gitlab/.gitlab-ci.yml"
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
# What a step of ours may start. Everything else would be logic that only a runner can try.
COMMANDS = re.compile(
    r"make (setup-deployment|lint|test|site)\b|\.venv/bin/pulumi (preview|up)\b"
    r"|\.venv/bin/cube-access (report|verify)\b"
)
# These talk to GitHub, or read what it says; tests/workflows/test_jobs.py plays them.
GLUE = ("comment", "tell", "read", "reports", "newest")
# These are a called workflow's, whose jobs are judged themselves.
CALLS = {"environments": "environments.yml", "deploy": "environment.yml"}


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value.
    return dict(yaml.load((FOLDER / f"{name}.yml").read_text(), Loader=yaml.BaseLoader))  # noqa: S506 - texts only


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path.stem, name, job)
        for path in FILES
        for name, job in workflow(path.stem)["jobs"].items()
        if "uses" not in job
    ]


JOBS = pytest.mark.parametrize(
    ("name", "job_name", "job"), jobs(), ids=lambda each: each if isinstance(each, str) else ""
)


def test_these_are_there() -> None:
    assert [path.stem for path in FILES] == [
        "check",
        "deploy",
        "drift",
        "environment",
        "environments",
        "preview",
    ]
    assert {path.stem for path in FILES if "workflow_call" in workflow(path.stem)["on"]} == {
        "environment",
        "environments",
    }


def test_only_this_repositorys_workflows_are_called() -> None:
    called = {
        (name, job["uses"].removeprefix("./.github/workflows/"))
        for path in FILES
        for name, job in workflow(path.stem)["jobs"].items()
        if "uses" in job
    }
    assert called == set(CALLS.items())


def test_a_called_job_sees_the_secrets_of_its_environment_because_each_is_named() -> None:
    declared = workflow("environment")["on"]["workflow_call"]["secrets"]
    given = workflow("deploy")["jobs"]["deploy"]["secrets"]
    used = set(re.findall(r"secrets\.(\w+)", (FOLDER / "environment.yml").read_text()))
    assert declared.keys() == given.keys() == used
    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in used}
    assert all(each == {"required": "false"} for each in declared.values())


def test_an_environment_waits_for_itself_only() -> None:
    assert not any("concurrency" in workflow(name) for name in ("deploy", "environment"))
    job = workflow("deploy")["jobs"]["deploy"]
    assert job["concurrency"] == {"group": "deploy-${{ matrix.stack }}"}
    assert job["strategy"]["max-parallel"] == "1"
    plan = workflow("environment")["jobs"]["plan"]["steps"][-1]["with"]
    assert int(plan["retention-days"]) > 30, "an approval may wait for 30 days"


def test_no_job_of_a_pull_request_depends_on_a_variable() -> None:
    preview = workflow("preview")["jobs"]
    for name in ("report", "reports"):
        assert "vars." not in yaml.safe_dump(preview[name])
        assert "secrets." not in yaml.safe_dump(preview[name])
    assert "vars." not in (FOLDER / "environments.yml").read_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_hash_and_says_which_release_that_is(path: Path) -> None:
    uses = re.findall(r"uses: (.*)", path.read_text())
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    others = [each for each in uses if not each.startswith("./.github/workflows/")]
    assert [each for each in others if not pinned.fullmatch(each)] == []


def test_one_action_is_one_release_everywhere() -> None:
    uses = {line for path in FILES for line in re.findall(r"uses: (.*)", path.read_text())}
    assert len(uses) == len({each.partition("@")[0] for each in uses}), sorted(uses)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_workflow_runs_others_code_with_our_secrets(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(
        workflow(path.stem)["on"]
    )


@JOBS
def test_rights_are_given_job_by_job(name: str, job_name: str, job: dict[str, Any]) -> None:
    assert workflow(name)["permissions"] == {}
    allowed = {
        "comment": {"pull-requests": "write"},
        "tell": {"issues": "write"},
        "check": {"contents": "read"},
        "site": {"contents": "read"},
        "report": {"contents": "read"},
        "read": {"contents": "read"},
        "newest": {"contents": "read"},
        "reports": {},
    }
    assert job["permissions"] == allowed.get(job_name, {"contents": "read", "id-token": "write"})


@JOBS
def test_a_job_with_secrets_or_a_token_of_aws_is_never_a_forks(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    wants = "secrets." in yaml.safe_dump(job) or "id-token" in job["permissions"]
    writes = "write" in job["permissions"].values()
    if (wants or writes) and "pull_request" in workflow(name)["on"]:
        assert SAME_REPOSITORY in " ".join(job["if"].split())
    if wants:
        assert job["environment"], "its secrets are an environment's, which may ask for approval"


@JOBS
def test_a_job_that_may_write_runs_nothing_of_the_repository(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    if {"pull-requests", "issues"} & job["permissions"].keys():
        assert not any("checkout" in step.get("uses", "") for step in job["steps"])


@JOBS
def test_a_checkout_leaves_no_credential_behind(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    for step in job["steps"]:
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] == "false"


@JOBS
def test_text_from_outside_reaches_a_command_by_its_environment_only(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


@JOBS
def test_steps_start_make_pulumi_and_cube_access_and_nothing_of_their_own(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    if job_name in GLUE:
        return
    for step in job["steps"]:
        run = step.get("run", "make setup-deployment")
        assert COMMANDS.match(run) or run.startswith("cat "), run


def development_targets() -> set[str]:
    """What installs the sandbox, the checks and Cube: `setup`, and each target that needs it."""
    makefile = (FOLDER.parents[1] / "Makefile").read_text()
    return {"setup"} | set(re.findall(r"^([a-z-]+):(?: [a-z-]+)* setup\b(?!-)", makefile, re.M))


def test_only_check_installs_what_development_needs() -> None:
    assert {"setup", "test", "lint"} <= development_targets()
    assert "setup-deployment" not in development_targets()
    gitlab = yaml.safe_load(GITLAB.read_text())
    scripts = {
        f"{name}/{job_name}": [step.get("run", "") for step in job["steps"]]
        for name, job_name, job in jobs()
    } | {
        f"gitlab/{name}": [*job.get("before_script", []), *job.get("script", [])]
        for name, job in gitlab.items()
        if isinstance(job, dict)
    }
    starting = {
        name
        for name, lines in scripts.items()
        if development_targets() & set(re.findall(r"\bmake ([a-z-]+)", "\n".join(lines)))
    }
    assert starting == {"check/check"}
    assert gitlab["check"]["script"] == [".ci/run"]


@JOBS
def test_a_job_that_runs_the_program_sets_a_deployment_up_before_it_signs_in(
    name: str, job_name: str, job: dict[str, Any]
) -> None:
    does = [step.get("run", "") or step["uses"] for step in job["steps"]]
    if any("pulumi" in each or ".venv/bin/cube-access" in each for each in does):
        setup = does.index("make setup-deployment")
        assert not any("credentials" in each for each in does[:setup])


@pytest.mark.parametrize("path", [*FILES, GITLAB], ids=lambda path: path.stem)
def test_every_make_target_that_is_started_exists(path: Path) -> None:
    started = set(re.findall(r"\bmake ([a-z-]+)", path.read_text()))
    targets = set(re.findall(r"^([a-z-]+):", (FOLDER.parents[1] / "Makefile").read_text(), re.M))
    assert started <= targets


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    plan, apply = (workflow("environment")["jobs"][name] for name in ("plan", "apply"))
    assert any("--save-plan plan.json" in step.get("run", "") for step in plan["steps"])
    assert apply["needs"] == "plan"
    assert (plan["environment"], apply["environment"]) == (
        "${{ inputs.stack }}-preview",
        "${{ inputs.stack }}",
    )
    (up,) = (step["run"] for step in apply["steps"] if "pulumi up" in step.get("run", ""))
    assert "--plan plan.json" in up
    assert "--policy-pack policies" in up


@pytest.mark.parametrize("path", [*FILES, GITLAB], ids=lambda path: path.stem)
def test_every_preview_and_up_is_judged_as_its_own_environment_configures_the_pack(
    path: Path,
) -> None:
    text = re.sub(r"[\s\\]+", " ", path.read_text())
    started = re.findall(r"\.venv/bin/pulumi (?:preview|up) .*?(?= - |\| tee|$)", text)
    assert len(started) == text.count(".venv/bin/pulumi ")
    for command in started:
        assert (
            '--policy-pack policies --policy-pack-config "policies/config/$STACK.json"' in command
        )


def test_what_a_pull_request_is_compared_with_is_what_it_is_merged_into() -> None:
    report = workflow("preview")["jobs"]["report"]
    assert any("--base 'HEAD^1'" in step.get("run", "") for step in report["steps"])
    assert report["steps"][0]["with"]["fetch-depth"] == "2"


def test_the_gitlab_example_starts_the_same_commands() -> None:
    found = GITLAB.read_text()
    ours = "\n".join(each.read_text() for each in FILES)
    for command in (
        ".venv/bin/cube-access report --stack",
        ".venv/bin/cube-access verify --stack",
        "--save-plan",
        "--plan",
    ):
        assert command in found, command
        assert command in ours, command
