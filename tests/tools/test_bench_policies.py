"""What the table about the policy pack's cost says."""

from __future__ import annotations

from tools.bench.policies import Turn, line
from tools.bench_terraform.process import Usage


def usage(seconds: float, pack: float) -> Usage:
    """
    Args:
        pack: processor time of the process that serves the pack.
    """
    others = {"pulumi preview --policy-pack x": 4.0, "python program": 3.0}
    return Usage(0, seconds, pack + 7, 0, {"python -m pulumi.policy x": pack, **others})


def test_what_the_pack_adds_is_the_median_of_the_differences_side_by_side() -> None:
    turns = [
        Turn(usage(8.0, 0), usage(10.0, 1.0), usage(10.4, 1.456)),
        # A slow minute: in all three.
        Turn(usage(12.0, 0), usage(20.0, 2.0), usage(20.3, 2.842)),
        # One that met ours alone: its share is the same.
        Turn(usage(8.1, 0), usage(10.1, 1.01), usage(15.0, 2.1)),
    ]
    assert line(1_000, turns) == "| 1,000 | 8.1 s | 10.1 s | 15.0 s | 0.40 s, 4% | 4.0% |"
