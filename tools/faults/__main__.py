"""`make faults WAREHOUSE=… MODE=…`: every fault at every call of a run, one after the other.

Takes up where it was: what stands in the results' file is not played again. Exit code: 0 if all
that is asked for was played and held, 1 findings, 2 not all of it was played.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tools.faults.calls import AT_EFFECTS, RUNS, cases
from tools.faults.inject import CONFIGURATIONS, clean, play

RESULTS = Path("faults.jsonl")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--warehouse", choices=sorted(CONFIGURATIONS), action="append")
    parser.add_argument("--mode", choices=RUNS, action="append", help="the run that is hit")
    parser.add_argument("--only", default="", help="a regular expression of the cases' names")
    parser.add_argument("--list", action="store_true", help="print the cases, and play none")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    done = {each["case"]: each for each in _read(chosen.results)}
    asked: list[str] = []
    for warehouse in chosen.warehouse or sorted(CONFIGURATIONS):
        for run in chosen.mode or RUNS:
            found = [
                case
                for case in cases(warehouse, run, clean(warehouse, run))
                if re.search(chosen.only, case.name)
            ]
            asked += [case.name for case in found]
            left = [case for case in found if case.name not in done]
            print(f"{warehouse} {run}: {len(found)} faults, {len(left)} left", file=sys.stderr)
            if chosen.list:
                print("\n".join(case.name for case in found))
                continue
            for number, case in enumerate(left, 1):
                outcome = play(case).as_json()
                done[case.name] = outcome
                with chosen.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(outcome) + "\n")
                told = "; ".join(outcome["findings"]) or outcome["first"]
                print(f"{number}/{len(left)} {case.name}: {told}", file=sys.stderr)
    if chosen.list:
        return 0
    played = [done[name] for name in dict.fromkeys(asked) if name in done]
    print(table(played))
    if any(each["findings"] for each in played):
        return 1
    return 0 if played and all(each["hit"] for each in played) else 2


def _read(path: Path) -> Iterable[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def table(played: Sequence[dict[str, Any]]) -> str:
    """Runs by modes: how many held, of how many that were hit; then each that did not."""
    held: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    for each in played:
        key = " ".join(each["case"].split()[:2]), each["mode"]
        hit[key] += bool(each["hit"])
        held[key] += bool(each["hit"]) and not each["findings"]
    rows = list(dict.fromkeys(key[0] for key in hit))
    lines = [f"| run | {' | '.join(AT_EFFECTS)} |", "|---" * (len(AT_EFFECTS) + 1) + "|"]
    for row in rows:
        cells = [
            f"{held[row, mode]}/{hit[row, mode]}" if hit[row, mode] else "-" for mode in AT_EFFECTS
        ]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    missed = [each["case"] for each in played if not each["hit"]]
    lines += [f"\nnot reached: {each}" for each in missed]
    for each in played:
        lines += [f"\nFAILED {each['case']}: {finding}" for finding in each["findings"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
