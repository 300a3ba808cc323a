"""What a command and all that it starts take: seconds, processor time and memory. Linux only."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05
PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """Of one command."""

    code: int
    seconds: float
    cpu: float
    """Seconds of processor time, user's and system's, of all processes."""
    peak: int
    """Bytes: the largest sum of the resident memory of all processes, shared pages in each."""


class _Tree:
    """Looks at a process and its descendants, again and again."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._ticks: dict[int, int] = {}
        self.peak = 0

    def look(self) -> None:
        resident = 0
        pending = [self._root]
        while pending:
            process = pending.pop()
            # Any of them may end while it is looked at.
            with suppress(OSError, IndexError):
                resident += self._one(process)
                for children in (PROC / str(process) / "task").glob("*/children"):
                    pending += map(int, children.read_text().split())
        self.peak = max(self.peak, resident)

    def _one(self, process: int) -> int:
        pages = int((PROC / str(process) / "statm").read_text().split()[1])
        # Behind the name, which may hold anything: state is the 3rd field, utime the 14th.
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        self._ticks[process] = int(fields[11]) + int(fields[12])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")


def run(command: Sequence[str], folder: Path, env: Mapping[str, str], output: Path) -> Usage:
    """Runs a command to its end; what it says goes to a file."""
    ended = threading.Event()
    with output.open("wb") as said:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT
        )
        tree = _Tree(process.pid)

        def watch() -> None:
            while not ended.wait(SAMPLE_SECONDS):
                tree.look()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        _, status, waited = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        ended.set()
        watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    # The kernel counts only those that were waited for, the samples only until the last look.
    cpu = max(waited.ru_utime + waited.ru_stime, tree.cpu)
    return Usage(process.returncode, seconds, cpu, tree.peak)
