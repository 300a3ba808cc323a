"""Setup's decisions: which way to an engine, and what it says when there is none."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools.engine import build, cache, packages, setup


def pulumi_that_says(folder: Path, text: str) -> dict[str, str]:
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\necho '{text}'\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize(
    ("says", "taken", "told"),
    [
        ("v99.0.0", True, "`pulumi` 99.0.0 on PATH"),
        ("v3.300.1-alpha.1+dirty", True, "3.300.1"),
        ("v3.9.0", False, "3.9.0, older than 3."),
        ("", False, "unknown, older than"),
    ],
)
def test_pulumi_on_path_is_taken_when_new_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], says: str, taken: bool, told: str
) -> None:
    assert bool(setup.on_path(pulumi_that_says(tmp_path, says))) is taken
    assert told in capsys.readouterr().err


def test_our_own_script_is_not_mistaken_for_the_users_pulumi() -> None:
    assert setup.on_path({"PATH": str(packages.VENV / "bin")}) is None


def test_an_installer_out_of_reach_is_given_up_quickly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert setup.installed(tmp_path, "3.0.0", url="http://127.0.0.1:9/install.sh") is None
    assert "the official installer is out of reach" in capsys.readouterr().err


def installer(tmp_path: Path, body: str) -> str:
    script = tmp_path / "installer.sh"
    script.write_text(body)
    return script.as_uri()


def test_the_installer_puts_pulumi_into_the_cache_once(tmp_path: Path) -> None:
    # The official script's arguments: --version V --install-root DIR --no-edit-path.
    body = 'mkdir -p "$4/bin" && echo "#!$2" > "$4/bin/pulumi" && echo x >> "$(dirname $0)/runs"'
    url = installer(tmp_path, body)
    for _ in range(2):
        found = setup.installed(tmp_path, "3.1.2", url)
        assert found == tmp_path / "pulumi-3.1.2/bin/pulumi"
        assert found.read_text() == "#!3.1.2\n"
    assert (tmp_path / "runs").read_text() == "x\n"


def test_an_installer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    url = installer(tmp_path, 'mkdir -p "$4/bin"; exit 1')
    assert setup.installed(tmp_path, "3.1.2", url) is None
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("pulumi")] == []


def test_without_pulumi_and_go_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(cache.SetupError, match=r"install Pulumi \(.*\) or Go \(go.dev/dl\)"):
        build.go_build(tmp_path, "./x", tmp_path / "x", "")


def test_a_failed_build_shows_its_own_words_and_leaves_no_binary(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/x\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    with pytest.raises(cache.SetupError, match="nonsense"):
        build.go_build(tmp_path, ".", tmp_path / "binary", "")
    assert not list(tmp_path.glob("binary*"))


def test_an_old_python_is_told_the_version_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert setup.main([]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err


HOLDER = (
    "import sys; from pathlib import Path; from tools.engine.cache import locked, say\n"
    "with locked(Path(sys.argv[1])): say('pulumi: 7 steps done'); print('in', flush=True)"
    "; sys.stdin.read()"
)


def test_a_second_setup_says_for_whom_it_waits_and_what_that_one_is_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "TELL_EVERY", 0.5)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=cache.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == b"in\n"
        threading.Timer(1.2, first.stdin.close).start()
        with cache.locked(tmp_path):
            lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2, "a line every few seconds"
    assert f"waiting (0 s) for another setup: process {first.pid} (" in lines[0]
    assert re.search(r"since \d\d:\d\d:\d\d; it says: pulumi: 7 steps done", lines[-1])
    assert (tmp_path / "lock").read_text() == "", "who has gone is not named to the next"


def test_the_cache_is_where_users_expect_it(tmp_path: Path) -> None:
    assert cache.cache_folder({"CUBE_ACCESS_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache.cache_folder({"XDG_CACHE_HOME": "/b"}) == Path("/b/cube-access")
    assert cache.cache_folder({}) == Path.home() / ".cache/cube-access"


def test_other_pins_get_another_place_in_the_cache(tmp_path: Path) -> None:
    pins = tmp_path / "go.mod"
    names = set()
    for version in ("1.0.0", "1.0.1"):
        pins.write_text(f"require (\n\texample.com/x v{version}\n)\n")
        names.add(cache.digest(pins))
        assert build.pinned("example.com/x", pins) == version
    assert len(names) == 2


def test_setup_needs_nothing_but_the_standard_library() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import tools.engine.setup, tools.engine.gen_sdk"],
        cwd=cache.ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        check=False,
    )
    assert done.returncode == 0


def test_our_modules_are_compiled_where_the_image_forbids_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    module = tmp_path / "components/cube_access/some.py"
    module.parent.mkdir(parents=True)
    module.write_text("there = True")
    setup.compile_sources()
    compiled = Path(importlib.util.cache_from_source(str(module)))
    assert compiled.exists()
    before = compiled.stat().st_mtime_ns
    setup.compile_sources()
    assert compiled.stat().st_mtime_ns == before, "what did not change is not compiled again"
