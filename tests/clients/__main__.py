"""`python -m tests.clients [NAME ...]`: clients that others wrote, played on the sandbox.

Each `play_*.py` is run by a Python of its own that has the client, and nothing of ours: what it
needs stands in its REQUIREMENTS, and where it signs in comes by the environment. Exit code: how
many did not play.
"""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from sandbox import Sandbox
from sandbox.databricks.world import ALICE as ALICE_MAIL
from sandbox.databricks.world import WAREHOUSE_ID, WORKSPACE_HOST
from sandbox.snowflake.world import ADMIN, ADMIN_PASSWORD, ALICE, ALICE_PASSWORD
from tools.engine.cache import cache_folder

HERE = Path(__file__).parent
LONGEST = 300
"""Seconds that a client may play, and that its installation may take."""


def names() -> list[str]:
    return sorted(path.stem.removeprefix("play_") for path in HERE.glob("play_*.py"))


def requirements(name: str) -> list[str]:
    """As its file says them, which is not imported: our Python has not got the client."""
    tree = ast.parse((HERE / f"play_{name}.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REQUIREMENTS":
            return [str(each) for each in ast.literal_eval(node.value)]
    raise ValueError(f"play_{name}.py has no REQUIREMENTS")


def python_of(name: str) -> Path:
    """A virtual environment in the cache, made once for what is required."""
    wanted = requirements(name)
    key = sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:16]
    folder = cache_folder() / f"client-{name}-{key}"
    python, done = folder / "bin/python", folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*install, *wanted], check=True, timeout=LONGEST)
        done.touch()
    return python


def environment(box: Sandbox) -> Mapping[str, str]:
    """The sandbox's, with people's credentials; the deployer's are not a client's business."""
    kept = {k: v for k, v in box.env.items() if not k.startswith(("SNOWFLAKE_PRIVATE", "AWS_"))}
    alice = box.databricks.directory.named(ALICE_MAIL)
    assert alice is not None
    workspace = box.databricks.workspace
    token = box.databricks.access.create_pat(alice, workspace, 3_600, "client", alice)
    return kept | {
        "PLAY_SNOWFLAKE_ACCOUNT": "sandbox-analytics",
        "PLAY_PERSON": ALICE,
        "PLAY_PERSON_PASSWORD": ALICE_PASSWORD,
        "PLAY_ADMIN": ADMIN,
        "PLAY_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "PLAY_DATABRICKS_HOST": WORKSPACE_HOST,
        "PLAY_DATABRICKS_TOKEN": token.value,
        "PLAY_WAREHOUSE_ID": WAREHOUSE_ID,
    }


def play(name: str) -> tuple[bool, str]:
    """Whether it played to its end, and what it said."""
    python = python_of(name)
    with Sandbox() as box:
        done = subprocess.run(
            [python, "-I", HERE / f"play_{name}.py"],
            env=environment(box), capture_output=True, text=True, timeout=LONGEST,
        )  # fmt: skip
        unknown = sorted({f"{r.method} {r.host}{r.path[:120]}" for r in box.journal.unknown})
    said = done.stdout + done.stderr
    return done.returncode == 0, said + "".join(f"\nnot emulated: {each}" for each in unknown)


def main(asked: Sequence[str]) -> int:
    if wrong := set(asked) - set(names()):
        print(f"clients: stopped: no {', '.join(sorted(wrong))}; there are {', '.join(names())}")
        return 2
    failed = 0
    for name in asked or names():
        began = time.monotonic()
        try:
            good, said = play(name)
        except (subprocess.SubprocessError, OSError) as error:
            good, said = False, str(error)
        seconds, result = time.monotonic() - began, "plays" if good else "FAILED"
        print(f"{result:8}{name} ({seconds:.0f} s)", flush=True)
        if not good or os.environ.get("CLIENTS_VERBOSE"):
            print(said)
        failed += not good
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
