"""What the table about the policy pack's cost says."""

from __future__ import annotations

from tools.bench.policies import Turn, line
from tools.bench_terraform.process import Usage


def usage(seconds: float, cpu: float) -> Usage:
    return Usage(0, seconds, cpu, 0)


def test_what_the_pack_adds_is_the_median_of_the_differences_side_by_side() -> None:
    turns = [
        Turn(usage(8.0, 9.0), usage(10.0, 12.0), usage(10.4, 12.5)),
        # A slow minute: in all three.
        Turn(usage(12.0, 9.1), usage(20.0, 12.2), usage(20.3, 12.6)),
        # One that met ours alone.
        Turn(usage(8.1, 9.0), usage(10.1, 12.1), usage(15.0, 12.9)),
    ]
    assert line(1_000, turns) == "| 1,000 | 8.1 s | 10.1 s | 15.0 s | 0.40 s, 4% | 0.50 s |"
