"""The command line: what it says, and with what it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cube_access import __version__, cli, stack
from cube_access.explained import ExplainedError
from cube_access.verify import run
from tests.components.report.record import recording
from tests.components.verify.test_findings import line, report

COMMANDS = sorted(cli.cli.commands)
PLANTED = "dapi" + "0123456789abcdef" * 2


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A stack that has one component with these outputs."""

    def have(**outputs: Any) -> None:
        urn = "urn:pulumi:prod::shop::cube-access:index:SnowflakeAccess::cube"
        resource = {"urn": urn, "type": "cube-access:index:SnowflakeAccess"}
        state = {"resources": [{**resource, "outputs": {"declaration": {}, **outputs}}]}
        text = json.dumps({"deployment": state})
        monkeypatch.setattr(stack, "pulumi", lambda *_: text)

    return have


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_teaches_by_an_example_and_says_how_it_ends(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out, _ = ended(capsys, command, "--help")
        assert code == 0
        assert f"  cube-access {command} --stack prod" in out
        assert "Exit code: 0 " in out
        assert "--cwd" in out

    def test_the_commands_are_listed_whole(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = ended(capsys, "--help")
        listed = out.partition("Commands:")[2]
        assert all(f"\n  {command} " in listed for command in COMMANDS)
        assert "..." not in listed

    def test_the_version_is_the_packages(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert ended(capsys, "--version") == (0, f"cube-access {__version__}\n", "")

    def test_no_sdk_is_loaded_for_it(self) -> None:
        """A warehouse's, or Pulumi's, takes a second, and may not be installed."""
        script = (
            "import sys; from cube_access import cli; cli.main(['--help']); "
            "print(*sorted({each.partition('.')[0] for each in sys.modules}))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        loaded = set(done.stdout.splitlines()[-1].split())
        assert {"click", "cube_access"} <= loaded
        heavy = {"pulumi", "boto3", "databricks", "snowflake", "pydantic", "grpc", "rich", "yaml"}
        assert loaded & heavy == set()

    def test_the_console_script_is_there_and_starts_fast(self) -> None:
        script = Path(sys.executable).with_name("cube-access")
        used = []
        for _ in range(3):
            before = os.times()
            subprocess.run([script, "--help"], check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            used.append(
                after.children_user
                + after.children_system
                - before.children_user
                - before.children_system
            )
        assert min(used) < 0.4, "seconds of the processor's, whatever else the machine does"

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_each_shell_gets_its_completion(self, shell: str) -> None:
        done = subprocess.run(
            [Path(sys.executable).with_name("cube-access")],
            env={**os.environ, "_CUBE_ACCESS_COMPLETE": f"{shell}_source"},
            capture_output=True,
            text=True,
        )
        # Of bash it asks the version, which may not be there.
        assert "_CUBE_ACCESS_COMPLETE" in done.stdout + done.stderr

    def test_stacks_are_completed_by_their_files(self, tmp_path: Path) -> None:
        for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
            (tmp_path / name).write_text("")
        words = f"cube-access verify --cwd {tmp_path} --stack p"
        done = subprocess.run(
            [Path(sys.executable).with_name("cube-access")],
            env={
                **os.environ,
                "_CUBE_ACCESS_COMPLETE": "bash_complete",
                "COMP_WORDS": words,
                "COMP_CWORD": "5",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == ["plain,prod"]


class TestExitCodes:
    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("no-such-command",),
            ("verify", "--no-such-flag"),
            ("verify", "prod"),
            ("verify", "--cwd", "/no/such/folder"),
            ("report", "--stack", "prod", "--preview"),
        ],
    )
    def test_a_wrong_use_is_two(
        self, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out, err = ended(capsys, *arguments)
        assert (code, out) == (2, "")
        assert err.startswith(("Usage: cube-access", "Error: Option"))

    @pytest.mark.parametrize(
        ("verdict", "code"), [("ok", 0), ("extra", 1), ("lack", 1), ("unseen", 2)]
    )
    def test_those_of_verify_are_what_it_found(
        self,
        verdict: Any,
        code: int,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        monkeypatch.setattr(run, "verify", lambda *_, **__: report(line(verdict)))
        file = tmp_path / "x.json"
        got, out, _ = ended(capsys, "verify", "--stack", "prod", "--json", str(file))
        assert got == code
        assert "\033" not in out
        assert json.loads(file.read_text())["exit_code"] == code
        got, out, _ = ended(capsys, "verify", "--stack", "prod", "--json", "-")
        assert (got, json.loads(out)["exit_code"]) == (code, code)

    @pytest.mark.parametrize(
        ("name", "code", "said"),
        [
            ("snowflake-schema-added", 0, "privileges: 5 added, 10 kept"),
            ("snowflake-widened-by-hand", 1, "grants-read-only is broken by by-hand"),
            ("databricks-app-protected", 1, "cannot be applied: "),
        ],
    )
    def test_those_of_report_are_what_stops_the_change(
        self,
        name: str,
        code: int,
        said: str,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        file = tmp_path / "events.jsonl"
        file.write_text(recording(name)[1])
        command = ["report", "--stack", "acme/dev", "--preview", str(file)]
        command += ["--output", str(tmp_path / "out")]
        got, out, err = ended(capsys, *command)
        assert (got, err) == (code, "")
        assert said in out
        files = sorted(each.name for each in (tmp_path / "out").iterdir())
        assert files == ["acme-dev.html", "acme-dev.json", "acme-dev.md"]
        got, out, _ = ended(capsys, *command, "--json")
        assert (got, json.loads(out)["stack"]) == (code, "acme/dev")

    def test_a_file_that_is_no_preview_is_two(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "x"
        file.write_text("no preview")
        code, out, err = ended(capsys, "report", "--stack", "dev", "--preview", str(file))
        assert (code, out) == (2, "")
        assert err.startswith(f"cube-access: --preview {file} is not what `pulumi preview --json`")

    def test_what_cannot_be_done_is_two_and_one_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ExplainedError("no such thing. Do this.")

        monkeypatch.setattr(run, "verify", fail)
        got = ended(capsys, "verify", "--stack", "prod")
        assert got == (2, "", "cube-access: no such thing. Do this.\n")

    def test_a_fault_of_ours_is_two_too_keeps_its_trace_and_shows_no_token(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError(f"with {PLANTED}")

        monkeypatch.setattr(run, "verify", fail)
        code, _, err = ended(capsys, "verify", "--stack", "prod")
        assert code == 2, "1 would be a finding"
        assert "in fail" in err
        assert "a fault in cube-access itself" in err
        assert PLANTED not in err

    def test_an_interrupt_is_130(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(run, "verify", interrupt)
        assert ended(capsys, "verify", "--stack", "prod")[0] == 130

    def test_a_reader_that_has_gone_is_no_finding_and_no_trace(self) -> None:
        script = "import sys; from cube_access import cli; sys.exit(cli.main(['report', '--help']))"
        with subprocess.Popen(
            [sys.executable, "-c", f"import time; time.sleep(0.3); {script}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            err = process.stderr.read()
        assert (process.returncode, err) == (2, "")


class TestFiles:
    def test_env_never_goes_to_the_terminal_or_a_log(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None]
    ) -> None:
        exported(cubeEnv={"KEY": PLANTED})
        code, out, err = ended(capsys, "env", "--stack", "prod", "--output", "-")
        assert (code, out) == (2, "")
        assert "name a file" in err
        assert PLANTED not in err

    def test_env_is_readable_by_its_owner_only(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None], tmp_path: Path
    ) -> None:
        exported(cubeEnv={"KEY": PLANTED})
        file = tmp_path / "deploy.env"
        file.write_text("before")
        file.chmod(0o644)
        code, out, err = ended(capsys, "env", "--stack", "prod", "--output", str(file))
        assert (code, err) == (0, "")
        assert file.read_text() == f"KEY={PLANTED}\n"
        assert file.stat().st_mode & 0o777 == 0o600
        assert PLANTED not in out
        assert [each.name for each in tmp_path.iterdir()] == ["deploy.env"]

    def test_a_value_that_fits_no_file_is_named_and_not_shown(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None], tmp_path: Path
    ) -> None:
        exported(cubeEnv={"KEY": f"'\"{PLANTED}"})
        code, _, err = ended(
            capsys, "env", "--stack", "prod", "--output", str(tmp_path / "deploy.env")
        )
        assert code == 2
        assert err.startswith("cube-access: KEY cannot be written")
        assert PLANTED not in err

    def test_cube_py_may_be_printed(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None]
    ) -> None:
        exported(cubePy="print()\n")
        got = ended(capsys, "cube-py", "--stack", "prod", "--output", "-")
        assert got == (0, "print()\n", "")

    def test_a_folder_that_is_not_there_is_one_line(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None], tmp_path: Path
    ) -> None:
        exported(cubePy="print()\n")
        place = str(tmp_path / "nowhere/cube.py")
        code, _, err = ended(capsys, "cube-py", "--stack", "prod", "--output", place)
        assert code == 2
        assert err == f"cube-access: {place} cannot be written: No such file or directory\n"

    def test_a_component_is_chosen_by_its_name(
        self, capsys: pytest.CaptureFixture[str], exported: Callable[..., None]
    ) -> None:
        exported(cubePy="print()\n")
        chosen = ("cube-py", "--stack", "prod", "--output", "-", "--component")
        assert ended(capsys, *chosen, "cube")[0] == 0
        code, _, err = ended(capsys, *chosen, "other")
        assert code == 2
        assert "It has: cube" in err
