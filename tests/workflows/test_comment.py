"""The comment job's own script, run by bash with a `gh` that keeps what it is given."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workflows.test_workflows import workflow

STEP = workflow("preview")["jobs"]["comment"]["steps"][-1]
REPORT = "<!-- cube-access report: prod -->\n### Access report: `prod`\n"
# Answers as `gh api --jq` would, and keeps the comment and what was done with it.
GH = """#!/bin/bash
case "$*" in
  *files*) [ -e files-fail ] && exit 1; cat changed ;;
  *--method*) cp comment.md sent.md; printf '%s\\n' "$*" > sent ;;
  *comments*) printf %s "$KNOWN" ;;
esac
"""


@dataclass
class Posted:
    code: int
    body: str
    how: str


Post = Callable[..., Posted]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)

    def run(
        *changed: str,
        report: str = REPORT,
        known: str = "",
        fails: bool = False,
        unlisted: int = 0,
    ) -> Posted:
        (tmp_path / "changed").write_text("".join(f"{each}\n" for each in changed))
        if report:
            (tmp_path / "report").mkdir(exist_ok=True)
            (tmp_path / "report/prod.md").write_text(report)
        if fails:
            (tmp_path / "files-fail").touch()
        done = subprocess.run(
            # As a runner starts `shell: bash`.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP["run"]],
            cwd=tmp_path,
            env={
                "PATH": f"{gh.parent}{os.pathsep}{os.environ['PATH']}",
                "STACK": "prod", "COMMIT": "0123abc", "RUN": "https://github.com/run",
                "FILES": "files", "COMMENTS": "comments", "COMMENT": "comment", "KNOWN": known,
                "CHANGED": str(len(changed) + unlisted),
            },
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        sent = tmp_path / "sent.md"
        how = (tmp_path / "sent").read_text() if sent.exists() else ""
        return Posted(done.returncode, sent.read_text() if sent.exists() else "", how)

    return run


def test_a_change_of_a_stacks_file_is_the_report_and_nothing_else(post: Post) -> None:
    posted = post("Pulumi.prod.yaml", "docs/report.md")
    assert posted.code == 0
    assert posted.body.startswith("<!-- cube-access report: prod -->\n")
    assert "### Access report: `prod`" in posted.body
    assert "0123abc" in posted.body, "of which commit it is"
    assert "CAUTION" not in posted.body
    assert "--method POST comments" in posted.how


def test_the_comment_that_is_there_is_updated(post: Post) -> None:
    assert "--method PATCH comment/42" in post("Pulumi.prod.yaml", known="42\n43\n").how


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("policies/rules/grants.py", "> - `policies/rules/grants.py`"),
        ("policies/config/prod.json", "> - `policies/config/prod.json`"),
        ("components/cube_access/report/page.py", "> - `components/cube_access/report`"),
        (".github/workflows/preview.yml", "> - `.github/workflows/preview.yml`"),
        ("components/cube_access/snowflake/grants.py", "> - `components/cube_access/snowflake`"),
        ("yaml.py", "> - `yaml.py`"),
        ("Pulumi.yaml", "> - `Pulumi.yaml`"),
        ("docs", "> - `docs`"),
        ("x`<b>@all/y z.py", "> - `x??b??all/y?z.py`"),
    ],
)
def test_a_change_of_what_makes_the_report_is_said_above_it(
    post: Post, changed: str, said: str
) -> None:
    posted = post("Pulumi.prod.yaml", changed)
    assert posted.code == 0
    above, _, _ = posted.body.partition("### Access report")
    assert said in above
    assert "also changes code" in above


def test_an_older_report_does_not_stay_where_a_new_one_could_not_be_made(post: Post) -> None:
    posted = post("Pulumi.prod.yaml", report="", known="42")
    assert "--method PATCH comment/42" in posted.how
    assert "No report of `prod` could be made" in posted.body


def test_a_list_that_github_cut_off_is_said_so(post: Post) -> None:
    above, _, _ = post("docs/report.md", unlisted=1).body.partition("### Access report")
    assert "does not list all 2 changed files" in above


def test_without_githubs_list_there_is_no_comment(post: Post) -> None:
    posted = post("Pulumi.prod.yaml", fails=True)
    assert (posted.code, posted.body) == (1, "")


def test_the_largest_report_and_what_stands_around_it_fit_into_a_comment(post: Post) -> None:
    changed = [f"{index}{'x' * 250}/{'y' * 250}" for index in range(3000)]
    assert len(post(*changed, report="x" * 60_000).body) < 65_536
