"""`python -m sandbox run`: exit codes, unknown routes, signals."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import __main__ as cli

ROOT = Path(__file__).parents[2]
GET = "import requests, sys; sys.exit(requests.get({url!r}).status_code != {status})"


def sandbox_run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "run", *command],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def python(code: str) -> list[str]:
    return ["--", sys.executable, "-c", code]


def test_the_childs_exit_code_is_ours():
    assert sandbox_run(*python("import sys; sys.exit(7)")).returncode == 7


def test_the_child_is_inside_the_sandbox():
    code = GET.format(url="https://example.com", status=502)
    assert sandbox_run(*python(code)).returncode == 0


def test_an_unknown_route_fails_a_run_that_succeeded(home: Path, tmp_path: Path):
    url = "https://accounts.cloud.databricks.com/api/2.0/nope"
    options = ["--home", str(home), "--journal", str(tmp_path / "journal")]
    done = sandbox_run(*options, *python(GET.format(url=url, status=501)))
    assert done.returncode == 3
    expected = "not emulated: GET accounts.cloud.databricks.com/api/2.0/nope"
    assert expected in done.stderr
    assert '"status": 501' in (tmp_path / "journal").read_text()


def test_a_run_that_failed_keeps_its_own_exit_code():
    url = "https://accounts.cloud.databricks.com/api/2.0/nope"
    done = sandbox_run(*python(GET.format(url=url, status=200)))
    assert done.returncode == 1
    assert "not emulated" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "--"], ["run", "--x", "y", "--", "z"]])
def test_a_call_without_a_command_is_a_usage_error(arguments, capsys):
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == cli.USAGE + "\n"


def test_a_command_that_does_not_exist_says_so():
    done = sandbox_run("--", "/does/not/exist")
    assert done.returncode == 127
    assert "cannot run /does/not/exist" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_child_and_the_home_is_removed(number: signal.Signals):
    code = (
        "import os, signal, sys, time\n"
        "for n in (signal.SIGINT, signal.SIGTERM): signal.signal(n, lambda n, f: sys.exit(n))\n"
        "print(os.environ['PULUMI_HOME'], flush=True); time.sleep(30)"
    )
    command = [sys.executable, "-m", "sandbox", "run", *python(code)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        inside = Path(running.stdout.readline().strip())
        assert inside.is_dir()
        running.send_signal(number)
        assert running.wait(timeout=20) == number
    assert not inside.exists()
