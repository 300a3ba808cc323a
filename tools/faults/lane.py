"""Where one process of the command plays, which keeps its bench from case to case."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

from tools.faults.bench import Bench, Clean, bench
from tools.faults.calls import Case
from tools.faults.inject import Outcome, play

_open: dict[str, Bench] = {}
_closing = ExitStack()


def play_here(case: Case, clean: Clean) -> Outcome:
    """On this process's bench, which is of one warehouse at a time."""
    if case.warehouse not in _open:
        _closing.close()
        _open.clear()
        atexit.register(_closing.close)
        _open[case.warehouse] = _closing.enter_context(bench(case.warehouse))
    return play(_open[case.warehouse], case, clean)
