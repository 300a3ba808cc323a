"""What the language host owes to the user, whichever it is: the official one or ours."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cube_access import __version__
from sandbox import Sandbox
from tools.stacks import PACK, ROOT, Run, Stack

HOST = [sys.executable, "-m", "tools.engine.language_host", "/nonexistent/launcher"]


@pytest.fixture
def run_program(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Run]:
    """Applies a program of a few lines, in a project of its own."""

    def run(program: str, *arguments: str) -> Run:
        folder = tmp_path / "small"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
        environment = {
            **sandbox.env,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{sandbox.env['PATH']}",
        }
        for command in (
            ["stack", "init", "dev"],
            ["config", "set", "plain", "as text"],
            ["config", "set", "--secret", "token", "planted-secret"],
            ["up", "--yes", "--skip-preview", *arguments],
        ):
            done = subprocess.run(
                ["pulumi", *command, "--non-interactive", "--color", "never"],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
        return Run(done.returncode, done.stdout)

    return run


def test_a_program_gets_its_configuration_and_ends_quietly(
    run_program: Callable[..., Run],
) -> None:
    got = run_program(
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('plain', config.require('plain'))\n"
        "pulumi.export('token', config.require_secret('token'))\n"
        "print('said by the program')\n"
    )
    assert got.code == 0, got.output
    assert "as text" in got.output
    assert "token: [secret]" in " ".join(got.output.split())
    assert "planted-secret" not in got.output
    assert "said by the program" in got.output
    assert "Traceback" not in got.output
    assert got.output.rstrip().splitlines()[-1].startswith("Duration:")


def test_the_users_own_error_comes_with_its_traceback(run_program: Callable[..., Run]) -> None:
    got = run_program("def inner():\n    raise KeyError('no such thing')\n\ninner()\n")
    assert got.code != 0
    assert "KeyError: 'no such thing'" in got.output
    assert "__main__.py" in got.output
    assert "line 2, in inner" in got.output


def test_about_knows_the_language_and_the_packages(stack: Stack) -> None:
    about = json.loads(stack.pulumi("about", "--json").output)
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["version"] == ".".join(map(str, sys.version_info[:3]))
    packages = {package["name"]: package["version"] for package in about["dependencies"]}
    assert packages == {"cube-access": __version__}


def test_a_policy_pack_stops_what_it_forbids(stack: Stack) -> None:
    """The configuration refuses it, so it is written by hand, as somebody might in a branch."""
    program = stack.folder / "__main__.py"
    text = program.read_text()
    program.unlink()
    program.write_text(
        text + "\nimport pulumi_databricks\n\npulumi_databricks.Grant('wide', catalog='main',"
        " principal='account users', privileges=['SELECT', 'MODIFY'])\n"
    )
    got = stack.pulumi("preview", *PACK)
    assert got.code != 0
    assert "Grants MODIFY to account users, which is more than reading." in got.output
    assert "Grants to account users, which is everybody." in got.output


@pytest.fixture
def language_host() -> subprocess.Popen[str]:
    host = subprocess.Popen(
        HOST, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    assert int(host.stdout.readline()) > 0, "the first line is the port"
    return host


@pytest.mark.skipif(sys.platform != "linux", reason="tgkill is Linux's")
def test_the_language_host_ends_whichever_thread_the_signal_lands_on(
    language_host: subprocess.Popen[str],
) -> None:
    """Waiting for a lock in the main thread, it slept on, and the engine waited for ever."""
    threads = [int(path.name) for path in Path(f"/proc/{language_host.pid}/task").iterdir()]
    other = max(thread for thread in threads if thread != language_host.pid)
    assert ctypes.CDLL(None).tgkill(language_host.pid, other, signal.SIGINT) == 0
    assert language_host.wait(10) == 0


def test_the_language_host_ends_with_a_killed_engine(language_host: subprocess.Popen[str]) -> None:
    assert language_host.stdin is not None
    language_host.stdin.close()
    assert language_host.wait(10) == 0


def test_a_virtualenv_that_is_not_there_is_named(stack: Stack) -> None:
    (stack.folder / ".venv/bin/python").unlink()
    got = stack.pulumi("preview")
    assert got.code != 0
    assert ".venv" in got.output
