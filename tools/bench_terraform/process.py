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
    cpu_by: Mapping[str, float]
    """Seconds of processor time of each process, by its command line; of one that is called like
    another, together. Without what it took after the last look.
    """


class _Tree:
    """Looks at a process and its descendants, again and again."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._ticks: dict[int, int] = {}
        self._called: dict[int, str] = {}
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
        line = (PROC / str(process) / "cmdline").read_bytes()
        self._called[process] = line.replace(b"\0", b" ").decode(errors="replace").strip()
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        return sum(self.cpu_by.values())

    @property
    def cpu_by(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for process, ticks in self._ticks.items():
            name = self._called.get(process, "")
            found[name] = found.get(name, 0) + ticks / os.sysconf("SC_CLK_TCK")
        return found


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
    return Usage(process.returncode, seconds, cpu, tree.peak, tree.cpu_by)
