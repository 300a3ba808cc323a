"""Plays one fault: a world of its own, the run that it hits, the next plain run, and what must hold
then.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.faults import Fault
from tools.faults.calls import QUERY, Call, Case, Run, calls
from tools.faults.world import Counts, counted, differences, signs_in
from tools.stacks import Stack, enter, example

CONFIGURATIONS = {"databricks": "dev", "snowflake": "dev-snowflake"}
SECONDS = 240
"""Within which a run has to end by itself."""
HANG_SECONDS = 20.0
REFUSAL = {
    "success": False,
    "code": "000603",
    "message": "sandbox: injected fault",
    "data": {"sqlState": "XX000", "queryId": "", "errorCode": "000603"},
}


@dataclass
class Outcome:
    """What became of one case."""

    case: str
    run: str
    mode: str
    call: str
    hit: bool = False
    """Whether the run came to the call at all."""
    first: str = ""
    """How the run ended that was hit."""
    findings: list[str] = field(default_factory=list)
    """What did not hold after the next plain run."""
    seconds: float = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def world(warehouse: str) -> Iterator[Stack]:
    """A stack of its own in clouds of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        Sandbox(Path(folder) / "sandbox") as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        enter(sandbox, patch)
        yield Stack(sandbox, Path(folder) / "project", "dev", example(CONFIGURATIONS[warehouse]))


def prepare(stack: Stack, run: Run) -> None:
    """Up to the run that is looked at."""
    if run == "up":
        return
    stack.apply()
    if run == "rotation":
        stack.set(credentialVersions=["v1", "v2"])
    if run == "destroy":
        stack.set(protect=False)
        stack.apply()


def command(run: Run) -> list[str]:
    word = "up" if run in ("up", "rotation") else run
    return [word, "--yes", "--skip-preview"]


def clean(warehouse: str, run: Run) -> list[Call]:
    """The calls of a run in which nothing goes wrong."""
    with world(warehouse) as stack:
        prepare(stack, run)
        stack.sandbox.journal.clear()
        stack.must(*command(run))
        return calls(stack.sandbox.journal)


def play(case: Case) -> Outcome:
    count_clean(case.warehouse, case.run)
    outcome = Outcome(case.name, case.run, case.mode, case.call.words)
    started = time.monotonic()
    with world(case.warehouse) as stack:
        before = counted(stack.sandbox)
        prepare(stack, case.run)
        fault = _arm(stack.sandbox, case)
        outcome.first = _hit(stack, case, fault)
        outcome.hit = fault.struck.is_set()
        stack.sandbox.faults.clear()
        try:
            outcome.findings = list(_after(stack, case.run, before))
        except (AssertionError, subprocess.TimeoutExpired) as error:
            outcome.findings = [f"stuck: {_short(str(error))}"]
    outcome.seconds = round(time.monotonic() - started, 1)
    return outcome


def _arm(sandbox: Sandbox, case: Case) -> Fault:
    call = case.call
    refusal: dict[str, Any] = {"status": 500}
    if QUERY in call.shape.replace("\\", ""):
        # As Snowflake refuses; a 5xx is asked again for as long as the driver is let.
        refusal = {"status": 200, "body": REFUSAL}
    how: dict[str, dict[str, Any]] = {
        "error-before": refusal,
        "error-after": {**refusal, "after_effect": True},
        "lost-answer": {"status": 503, "after_effect": True},
        "reset": {"after_effect": True},
        "hang": {"after_effect": True, "hang": HANG_SECONDS},
        "kill-engine": {"after_effect": True, "hang": HANG_SECONDS},
        "kill-session": {"after_effect": True, "hang": HANG_SECONDS},
    }
    return sandbox.faults.add(
        host=call.host,
        method=call.method,
        path=call.shape,
        skip=call.ordinal,
        **how[case.mode],
    )


def _hit(stack: Stack, case: Case, fault: Fault) -> str:
    """Runs into the fault; how that ended."""
    arguments = ["pulumi", *command(case.run), "--non-interactive", "--stack", stack.name]
    running = subprocess.Popen(
        arguments,
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ends = time.monotonic() + SECONDS
    while running.poll() is None and time.monotonic() < ends:
        if case.mode.startswith("kill") and fault.struck.is_set():
            running.kill()
            running.wait()
            if case.mode == "kill-session":
                _kill_session(running.pid)
            _unlock(stack)
            return "killed"
        time.sleep(0.05)
    if running.poll() is None:
        _kill_session(running.pid)
        running.wait()
        _unlock(stack)
        return f"did not end within {SECONDS} s"
    return f"exit {running.returncode}"


def _kill_session(number: int) -> None:
    """Everything that the command has started: what is in its session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if os.getsid(int(entry.name)) == number:
                    os.kill(int(entry.name), signal.SIGKILL)
            except ProcessLookupError:
                continue


def _unlock(stack: Stack) -> None:
    # A plugin that has outlived the engine ends by itself within a second.
    time.sleep(1.5)
    stack.pulumi("cancel", "--yes")


def _after(stack: Stack, run: Run, before: Counts) -> Iterator[str]:
    """The next plain run, and what must hold then."""
    if run == "destroy":
        yield from _destroyed(stack, before)
        return
    got = stack.up()
    if got.code:
        yield f"stuck: the next `up` fails: {_short(got.output)}"
        return
    preview = stack.preview()
    if preview.code or preview.steps:
        yield f"not converged: {preview.steps or _short(preview.output)}"
    yield from differences(_expected(stack, run), counted(stack.sandbox))
    if why := signs_in(stack):
        yield f"does not sign in: {_short(why)}"
    stack.set(protect=False)
    stack.must("up", "--yes", "--skip-preview")
    yield from _destroyed(stack, before)


_clean: dict[tuple[str, Run], Counts] = {}


def _expected(stack: Stack, run: Run) -> Counts:
    """What a run has made in which nothing went wrong."""
    warehouse = str(stack.config["cube-access:warehouse"])
    return _clean[warehouse, run]


def count_clean(warehouse: str, run: Run) -> None:
    """Once for each run, before its cases."""
    if (warehouse, run) in _clean or run == "destroy":
        return
    with world(warehouse) as stack:
        prepare(stack, run)
        stack.must(*command(run))
        if run == "refresh":
            stack.apply()
        _clean[warehouse, run] = counted(stack.sandbox)


def _destroyed(stack: Stack, before: Counts) -> Iterator[str]:
    got = stack.pulumi("destroy", "--yes", "--skip-preview")
    if got.code:
        yield f"stuck: `destroy` fails: {_short(got.output)}"
        return
    for each in differences(before, counted(stack.sandbox)):
        yield f"left by destroy: {each}"


def _short(text: str) -> str:
    """The lines of an output that say why."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    errors = [line for line in lines if "error" in line.lower()]
    return " | ".join(dict.fromkeys(errors or lines[-3:]))[:400]
