"""`make faults WAREHOUSE=… MODE=…`: every fault at every call of a run, one after the other.

Takes up where it was: what stands in the results' file is not played again, unless it is asked for
with --again. Exit code: 0 if all that is asked for was played and held, 1 findings, 2 not all of it
was played.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tools.faults.bench import CONFIGURATIONS, Clean, bench
from tools.faults.calls import RUNS, Case, Run, cases, rank
from tools.faults.lane import play_here
from tools.faults.results import commit, read, table

RESULTS = Path("faults.jsonl")
AGAIN = ("failed", "older", "all")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--warehouse", choices=sorted(CONFIGURATIONS), action="append")
    parser.add_argument("--mode", choices=RUNS, action="append", help="the run that is hit")
    parser.add_argument("--only", default="", help="a regular expression of the cases' names")
    parser.add_argument(
        "--every", action="store_true", help="each of the statements that are alike, not two"
    )
    parser.add_argument("--list", action="store_true", help="print the cases, and play none")
    parser.add_argument("--table", action="store_true", help="print the results, and play none")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    parser.add_argument(
        "--again", choices=AGAIN, help="what to play though the results have it: what did not "
        "hold, what is of another commit, all",
    )  # fmt: skip
    parser.add_argument("--parallel", type=int, default=1, help="cases at once; default: 1")
    chosen = parser.parse_args(arguments)
    done = read(chosen.results)
    if chosen.table:
        print(table(list(done.values())))
        return 0
    now = commit()
    asked: list[tuple[Case, Clean]] = []
    for warehouse in chosen.warehouse or sorted(CONFIGURATIONS):
        found = list(_cases(warehouse, chosen.mode or RUNS, every=chosen.every))
        asked += [each for each in found if re.search(chosen.only, each[0].name)]
    if chosen.list:
        print("\n".join(case.name for case, _ in asked))
        return 0
    left = [each for each in asked if _is_left(done.get(each[0].name), chosen.again, now)]
    # A bench is of one warehouse.
    left.sort(key=lambda each: (each[0].warehouse, *rank(each[0])))
    print(f"{len(asked)} faults, {len(left)} to play", file=sys.stderr)
    # A process has one sandbox.
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(chosen.parallel, mp_context=start) as pool:
        played = {pool.submit(play_here, *each): each[0] for each in left}
        for number, one in enumerate(as_completed(played), 1):
            name = played[one].name
            if error := one.exception():
                print(f"{number}/{len(left)} {name}: not played: {error!r}", file=sys.stderr)
                continue
            outcome = {**one.result().as_json(), "commit": now}
            done[name] = outcome
            with chosen.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(outcome) + "\n")
            told = "; ".join(outcome["findings"]) or outcome["first"]
            print(f"{number}/{len(left)} {name}: {told}", file=sys.stderr, flush=True)
    results = [done[case.name] for case, _ in asked if case.name in done]
    print(table(results))
    if any(each["findings"] for each in results):
        return 1
    return 0 if len(results) == len(asked) and all(each["hit"] for each in results) else 2


def _cases(warehouse: str, runs: Iterable[Run], *, every: bool) -> Iterable[tuple[Case, Clean]]:
    with bench(warehouse) as there:
        for run in runs:
            clean = there.clean(run, every=every)
            for case in cases(warehouse, run, clean.calls):
                yield case, clean


def _is_left(outcome: dict[str, Any] | None, again: str | None, now: str) -> bool:
    if outcome is None or again == "all":
        return True
    if again == "failed":
        return bool(outcome["findings"]) or not outcome["hit"]
    return again == "older" and outcome["commit"] != now


if __name__ == "__main__":
    sys.exit(main())
