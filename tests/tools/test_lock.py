"""The locks: what they promise, and that the check finds what it is there for."""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from tools.engine.cache import ROOT
from tools.engine.packages import DEVELOPMENT_LOCK, RUNTIME_LOCK
from tools.lint import lock

# What would run in a workflow that holds production's credentials, and has no business there.
DEVELOPMENT_ONLY = {
    "mitmproxy",
    "moto",
    "flask",
    "pytest",
    "duckdb",
    "sqlglot",
    "mypy",
    "ruff",
    "uv",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "components").mkdir()
    for name in {*lock.LOCKS, *(each for inputs in lock.LOCKS.values() for each in inputs)}:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_locks_are_right(checkout: Path) -> None:
    assert lock.problems(checkout) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (lock.PACKAGE, "boto3>=1.44", "boto3>=1.45", "requirements.lock is not made from"),
        (lock.PACKAGE, "cryptography>=44", "cryptography>=45", "requirements.lock is not made"),
        (lock.PACKAGE, "flit_core>=3.12", "flit_core>=3.13", "requirements.lock is not made from"),
        ("requirements-dev.txt", "server", "all", "requirements-dev.lock is not made from"),
        ("requirements.lock", "boto3==", "boto3==9.", "boto3 is 9."),
        ("requirements.lock", "boto3==", "--index-url https://a.example/\nboto3==", "an address"),
    ],
)
def test_a_lock_that_does_not_fit_is_found(
    checkout: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (checkout / file).read_text()
    assert old in text
    (checkout / file).write_text(text.replace(old, new))
    assert any(said in problem for problem in lock.problems(checkout))


def test_a_package_without_a_hash_is_found(checkout: Path) -> None:
    path = checkout / "requirements.lock"
    path.write_text(re.sub(r"(?m)^(boto3==\S+) \\\n( +--hash.*\n)+", r"\1\n", path.read_text()))
    (problem,) = lock.problems(checkout)
    assert problem.startswith("requirements.lock has no hash for boto3==")


def test_a_comment_changes_no_fingerprint(tmp_path: Path) -> None:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("# why\nboto3>=1.44,<2  # because\n")
    other.write_text("boto3<2,>=1.44\n")
    assert lock.fingerprint(one) == lock.fingerprint(other)


def test_a_deployment_has_no_development_package() -> None:
    assert not DEVELOPMENT_ONLY & lock.pins(RUNTIME_LOCK).keys()
    assert lock.pins(DEVELOPMENT_LOCK).keys() >= DEVELOPMENT_ONLY, "names that mean something"


def test_this_virtualenv_is_what_the_lock_says() -> None:
    pins = lock.pins(DEVELOPMENT_LOCK)
    found = {
        re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(): each.version
        for each in metadata.distributions()
    }
    assert [
        f"{each}=={found[each]}" for each in found if each not in {"cube-access", "pip", *pins}
    ] == []
    assert [each for each in pins if each in found and found[each] not in pins[each]] == []
