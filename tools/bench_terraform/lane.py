"""One maker on a sandbox of its own, in a process of its own: a process can have one sandbox only.

What others make cannot be in its way, and the makers can take turns phase by phase, so that a busy
moment of the machine meets all of them.
"""

from __future__ import annotations

import multiprocessing
import re
import tempfile
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox import Sandbox
from tools.bench_terraform import process
from tools.bench_terraform.makers import MAKERS, REFRESHED, Maker
from tools.bench_terraform.worlds import WORLDS, World

TAIL = 40  # lines of a command that failed


class BenchError(Exception):
    """A command failed, or did not report what it had to; the text says which, and what it said."""


@dataclass(frozen=True)
class Course:
    """What is measured."""

    warehouse: str
    size: int
    """Schemas."""
    latency: int
    """Milliseconds that each call takes longer."""


@dataclass(frozen=True)
class Measurement:
    """Of one command."""

    seconds: float
    cpu: float
    """Seconds of processor time."""
    peak: int
    """Bytes."""
    calls: int
    """Requests to the clouds."""
    sign_ins: int


def unreported(lines: list[str], traces: list[str], untouched: str) -> list[str]:
    """What is wrong with a report of changes: traces that no line of it shows, and a line that
    shows what nobody changed, by which it would show anything.
    """

    def shown(trace: str) -> bool:
        return any(re.search(trace, line, re.IGNORECASE) for line in lines)

    wrong = [f"no line matches {trace!r}" for trace in traces if not shown(trace)]
    if untouched and shown(untouched):
        wrong.append(f"a line matches {untouched!r}, where nothing was changed")
    return wrong


class _Here:
    """A lane, inside its process."""

    def __init__(self, folder: Path, label: str, course: Course, parallel: int) -> None:
        self._folder = folder
        self._sandbox = Sandbox(self._folder / "sandbox")
        self._sandbox.__enter__()
        self._world: World = WORLDS[course.warehouse](self._sandbox, course.size)
        self._maker: Maker = MAKERS[label](
            self._world, self._folder / "project", self._sandbox.env, parallel=parallel
        )
        # Else the first command of those that call AWS would be charged with half a second in which
        # the sandbox loads it.
        self._sandbox.aws.app()
        if course.latency:
            self._sandbox.faults.add(path="", hang=course.latency / 1_000, times=10**9)

    def measure(self, phase: str) -> Measurement:
        planted = phase == REFRESHED
        if planted:
            self._world.plant()
        self._sandbox.journal.clear()
        output = self._folder / "output"
        command = self._maker.command(phase)
        usage = process.run(command, self._maker.folder, self._maker.env, output)
        said = output.read_text(errors="replace")
        wrong = [] if usage.code == self._maker.expected(phase) else [f"ended with {usage.code}"]
        if planted:
            self._world.mend()
            report = self._maker.report(said)
            wrong += unreported(report, self._world.traces, self._world.untouched)
        wrong += [f"not emulated: {each.path}" for each in self._sandbox.journal.unknown]
        if wrong:
            tail = "\n".join(said.splitlines()[-TAIL:])
            what = " ".join([Path(command[0]).name, *command[1:]])
            raise BenchError(f"{self._maker.label}: {what}: {'; '.join(wrong)}\n{tail}")
        sign_ins = self._sandbox.journal.calls(path=self._world.signs_in)
        return Measurement(
            usage.seconds, usage.cpu, usage.peak, len(self._sandbox.journal), len(sign_ins)
        )

    def leave(self) -> None:
        self._sandbox.__exit__(None, None, None)


_here: _Here | None = None


def _enter(folder: Path, label: str, course: Course, parallel: int) -> None:
    global _here
    _here = _Here(folder, label, course, parallel)


def _measure(phase: str) -> Measurement:
    assert _here is not None  # noqa: S101 - a lane is entered before it measures
    return _here.measure(phase)


def _leave() -> None:
    if _here is not None:
        _here.leave()


class Lane:
    """A context manager. Its sandbox is new, and so are the maker's folder and state."""

    def __init__(self, label: str, course: Course, parallel: int) -> None:
        self.label = label
        # Removed here, whatever becomes of the process.
        self._folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
        self._given = (Path(self._folder.name), label, course, parallel)
        # Not forked: the sandbox's proxy is threads, and forks of those are not to be trusted.
        context = multiprocessing.get_context("spawn")
        self._process = ProcessPoolExecutor(max_workers=1, mp_context=context)

    def __enter__(self) -> Self:
        try:
            self._process.submit(_enter, *self._given).result()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def measure(self, phase: str) -> Measurement:
        """Runs one command to its end.

        Raises:
            BenchError: it failed, or did not report what it had to.
        """
        return self._process.submit(_measure, phase).result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The process may have been ended, as by Ctrl-C: then there is nothing to leave.
        with suppress(BrokenExecutor):
            self._process.submit(_leave).result()
        self._process.shutdown()
        self._folder.cleanup()
