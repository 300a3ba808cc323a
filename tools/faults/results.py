"""What was played: a line of JSON for each case, and the table of them all."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.faults.calls import AT_EFFECTS

ROOT = Path(__file__).resolve().parents[2]


def commit() -> str:
    """What is checked out; with a + if something in it was changed."""
    git = ["git", "describe", "--always", "--abbrev=9", "--exclude=*", "--dirty=+"]
    return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def read(path: Path) -> dict[str, dict[str, Any]]:
    """By the cases' names; the last line of a case counts."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {each["case"]: each for each in map(json.loads, lines)}


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
    commits = Counter(each["commit"] for each in played)
    at = ", ".join(f"{number} at {commit}" for commit, number in commits.items())
    lines.append(f"\n{sum(held.values())} of {len(played)} held; {at}.")
    lines += [f"\nnot reached: {each['case']}" for each in played if not each["hit"]]
    for each in played:
        lines += [f"\nFAILED {each['case']}: {finding}" for finding in each["findings"]]
    return "\n".join(lines)
