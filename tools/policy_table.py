"""The policy pack's catalogue on the real engine, as one table: behind `make policies`.

Usage: python -m tools.policy_table [WORD...]

With words, only programs whose names have one of them.

Runs inside a sandbox, with one process a core. Ends with an error if a program does not do what it
promises; a rule that no program breaks is said, and is no error.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from policies.rules.catalogue import RULES
from tools.policy_stacks import Court, Program, programs

court: Court
"""Of this process."""


@dataclass(frozen=True)
class Result:
    program: Program
    rules: frozenset[str]
    problem: str


def _open(folder: str) -> None:
    global court
    # The engine leaves a program at its first violation; Python would tell of the abandoned rest.
    sys.unraisablehook = lambda _: None
    court = Court(Path(folder, f"judged-{os.getpid()}"))


def _preview(program: Program) -> Result:
    got = court.preview(program)
    return Result(program, frozenset(got.rules), program.problem(got))


def run(chosen: list[Program]) -> Iterable[Result]:
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(
            os.cpu_count(), get_context("spawn"), initializer=_open, initargs=(folder,)
        ) as pool,
    ):
        yield from pool.map(_preview, chosen)


def table(results: list[Result]) -> list[str]:
    """A line a rule: of the programs that break it, how many it caught; of the clean ones, how many
    passed it.
    """
    clean = [each for each in results if not each.program.breaks]
    lines = [f"{'rule':34}{'severity':10}{'level':11}{'caught':>8}{'passed':>8}"]
    for rule in RULES:
        breaking = [each for each in results if rule.name in each.program.breaks]
        caught = sum(rule.name in each.rules for each in breaking)
        passed = sum(rule.name not in each.rules for each in clean)
        counts = f"{caught}/{len(breaking)}" if breaking else "-"
        lines.append(
            f"{rule.name:34}{rule.severity.value:10}{rule.level.value:11}{counts:>8}"
            f"{f'{passed}/{len(clean)}':>8}"
        )
    return lines


def main(words: list[str]) -> int:
    started = time.monotonic()
    chosen = [each for each in programs() if not words or any(word in each.name for word in words)]
    results = []
    for result in run(chosen):
        results.append(result)
        if result.problem:
            print(f"{result.program.name}: {result.problem}", flush=True)
    print("\n".join(table(results)))
    wrong = sum(bool(each.problem) for each in results)
    broken = {name for each in results for name in each.program.breaks}
    without = [rule.name for rule in RULES if rule.name not in broken]
    stacks = sum(bool(each.program.breaks) for each in results)
    print(
        f"\n{len(RULES)} rules; {stacks} violating stacks and {len(results) - stacks} clean ones "
        f"previewed in {time.monotonic() - started:.0f} s, {wrong} not as promised."
    )
    if without:
        print(f"No stack breaks: {', '.join(without)}.")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
