"""Plays one fault: the run that it hits, the next plain run, and what must hold then."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from sandbox.faults import Fault
from tools.faults.bench import Bench, Clean, command, exported, outputs, shape
from tools.faults.calls import QUERY, Case
from tools.faults.world import counted, differences, signs_in
from tools.stacks import Stack

SECONDS = 240
"""Within which a run has to end by itself."""
HANG_SECONDS = 6.0
REFUSAL = {
    "success": False,
    "code": "000603",
    "message": "sandbox: injected fault",
    "data": {"sqlState": "XX000", "queryId": "", "errorCode": "000603"},
}
DESTROYED = ("kill-session", "lost-answer")
"""Modes after which an effect is destroyed even where state and clouds are as after a clean run."""


@dataclass
class Outcome:
    """What became of one case."""

    case: str
    run: str
    mode: str
    call: str
    commit: str = ""
    """At which it was played."""
    hit: bool = False
    """Whether the run came to the call at all."""
    first: str = ""
    """How the run ended that was hit."""
    destroyed: bool = False
    """Whether `destroy` was played."""
    findings: list[str] = field(default_factory=list)
    """What did not hold after the next plain run."""
    seconds: float = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def play(bench: Bench, case: Case, clean: Clean) -> Outcome:
    outcome = Outcome(case.name, case.run, case.mode, case.call.words)
    started = time.monotonic()
    bench.start(case.run)
    fault = _arm(bench.stack.sandbox, case)
    outcome.first = _hit(bench.stack, case, fault)
    outcome.hit = fault.struck.is_set()
    bench.stack.sandbox.faults.clear()
    try:
        outcome.findings = list(_after(bench, case, clean, outcome))
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
            if case.mode == "kill-engine":
                # A plugin that has outlived the engine ends by itself within a second.
                time.sleep(1.5)
            _kill_session(running.pid)
            stack.pulumi("cancel", "--yes")
            return "killed"
        time.sleep(0.05)
    if running.poll() is None:
        _kill_session(running.pid)
        running.wait()
        stack.pulumi("cancel", "--yes")
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


def _after(bench: Bench, case: Case, clean: Clean, outcome: Outcome) -> Iterator[str]:
    """The next plain run, and what must hold then."""
    stack = bench.stack
    if case.run == "destroy":
        yield from _destroyed(bench, outcome)
        return
    got = stack.up()
    if got.code:
        yield f"stuck: the next `up` fails: {_short(got.output)}"
        return
    preview = stack.preview()
    if preview.code or preview.steps:
        yield f"not converged: {preview.steps or _short(preview.output)}"
    found = list(differences(clean.counts, counted(stack.sandbox)))
    yield from found
    state = exported(stack)
    if why := signs_in(outputs(state)):
        yield f"does not sign in: {_short(why)}"
    same = not found and shape(state) == clean.resources
    if not same or (case.call.effect and case.mode in DESTROYED):
        yield from _destroyed(bench, outcome)


def _destroyed(bench: Bench, outcome: Outcome) -> Iterator[str]:
    outcome.destroyed = True
    got = bench.stack.pulumi("destroy", "--yes", "--skip-preview")
    if got.code:
        yield f"stuck: `destroy` fails: {_short(got.output)}"
        return
    for each in differences(bench.nothing, counted(bench.stack.sandbox)):
        yield f"left by destroy: {each}"


def _short(text: str) -> str:
    """The lines of an output that say why."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    errors = [line for line in lines if "error" in line.lower()]
    return " | ".join(dict.fromkeys(errors or lines[-3:]))[:400]
