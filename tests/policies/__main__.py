"""The two corpora as one table, in this process and without the engine: what was caught by the
right rule, by another, or missed, and the alarms. Behind `make policies`.

Usage: python -m tests.policies
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.policies.corpora import MISSED, OTHER, RIGHT, alarms, said_of, verdict
from tools.policy_corpus import recordings


def main() -> int:
    """Both corpora as one table; how many are not as they should be."""
    started = time.monotonic()
    counts: dict[str, Counter[str]] = {}
    for recording in recordings("hostile"):
        said = verdict(recording, said_of(recording))
        counts.setdefault(recording.kind, Counter())[said] += 1
        if said != RIGHT:
            print(f"{recording.name}: {said}, not by {recording.rule}", flush=True)
    print(f"{'hostile':20}{RIGHT:>20}{OTHER:>14}{MISSED:>10}")
    for kind, found in counts.items():
        print(f"{kind:20}{found[RIGHT]:>20}{found[OTHER]:>14}{found[MISSED]:>10}")
    total = sum(counts.values(), Counter[str]())
    print(f"{'all':20}{total[RIGHT]:>20}{total[OTHER]:>14}{total[MISSED]:>10}")
    normal = recordings("normal")
    stopped = {each.name: rules for each in normal if (rules := alarms(said_of(each)))}
    for name, rules in stopped.items():
        print(f"{name}: stopped by {', '.join(sorted(one.rule for one in rules))}")
    wrong = total[OTHER] + total[MISSED] + len(stopped)
    print(
        f"\n{total.total()} hostile stacks and {len(normal)} normal ones judged in "
        f"{time.monotonic() - started:.0f} s; alarms on normal ones: {len(stopped)}."
    )
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
