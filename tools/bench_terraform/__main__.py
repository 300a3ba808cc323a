"""What each command costs, by this package, by Terraform and by a flat program, on the sandbox.

Usage: make bench-terraform ARGS="…", or python -m tools.bench_terraform …

All three make the same access with the same provider code, in turns. Before each preview with
refresh three things are changed by hand, and a run in which one of them is not reported fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import defaultdict
from contextlib import ExitStack
from datetime import date

from tools.bench_terraform import plugins
from tools.bench_terraform.lane import BenchError, Course, Lane, Measurement
from tools.bench_terraform.makers import MAKERS, PHASES
from tools.bench_terraform.table import table
from tools.bench_terraform.worlds import WORLDS
from tools.blocks import write_block
from tools.engine.cache import SetupError, cache_folder

THOUSAND = 1_000


def machine() -> str:
    """What the figures hold for."""
    return (
        f"On {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"{date.today():%Y-%m-%d}; the sandbox ran on them, too."
    )


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def measure(
    course: Course, labels: list[str], rounds: int, parallel: int
) -> dict[tuple[str, str], list[Measurement]]:
    """All phases of a course, `rounds` times, each time in another order of the makers."""
    measured: defaultdict[tuple[str, str], list[Measurement]] = defaultdict(list)
    where = f"{course.warehouse}, {course.size:,} schemas, {course.latency} ms"
    for number in range(rounds):
        with ExitStack() as stack:
            lanes = [stack.enter_context(Lane(label, course, parallel)) for label in labels]
            for phase in PHASES:
                for turn in range(len(lanes)):
                    lane = lanes[(number + turn) % len(lanes)]
                    got = lane.measure(phase)
                    measured[lane.label, phase].append(got)
                    say(
                        f"{where}, round {number + 1} of {rounds}, {phase}: {lane.label} "
                        f"{got.seconds:.1f} s, {got.calls:,} calls"
                    )
    return {(label, phase): measured[label, phase] for label in labels for phase in PHASES}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="bench_terraform",
        description="Seconds, calls and memory: this package, Terraform, a flat program.",
    )
    parser.add_argument("--warehouse", nargs="+", choices=WORLDS, default=["snowflake"])
    parser.add_argument(
        "--schemas", nargs="+", type=int, default=[10, 100], help="how many (default: 10 100)"
    )
    parser.add_argument(
        "--latency",
        nargs="+",
        type=int,
        default=[0, 300],
        help="milliseconds that each call takes longer (default: 0 300)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of each (default: 3)")
    parser.add_argument(
        "--makers", nargs="+", choices=MAKERS, default=list(MAKERS), help="who (default: all)"
    )
    parser.add_argument(
        "--parallel",
        type=int,
        default=10,
        help="resources at once, for all alike (default: 10, which is Terraform's own)",
    )
    parser.add_argument(
        "--thousand",
        action="store_true",
        help="besides, 1,000 schemas once at 0 ms, without the flat program",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="puts the warehouses' tables into docs/benchmarks.md at the end",
    )
    given = parser.parse_args(arguments)
    if min(*given.schemas, given.rounds, given.parallel, 1) < 1 or min(given.latency) < 0:
        parser.error("--schemas, --rounds and --parallel are 1 or more, --latency is 0 or more")
    try:
        if "Terraform" in given.makers:
            terraform = plugins.terraform()
            say(f"terraform {plugins.version(terraform)} ({terraform})")
            plugins.built(cache_folder())
        courses = [
            (Course(warehouse, size, latency), given.makers, given.rounds)
            for warehouse in given.warehouse
            for size in given.schemas
            for latency in given.latency
        ]
        if given.thousand:
            two = [label for label in given.makers if label != "flat"]
            courses += [(Course(each, THOUSAND, 0), two, 1) for each in given.warehouse]
        tables: defaultdict[str, list[str]] = defaultdict(list)
        for course, labels, rounds in courses:
            one = table(course, measure(course, labels, rounds, given.parallel))
            tables[course.warehouse].append(one)
            # Each as it is known, and all together at the end: a later one may fail.
            print(f"\n{one}", flush=True)
    except (SetupError, BenchError) as error:
        print(f"bench: stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; what is measured is above")
        return 130
    if len(courses) > 1:
        every = "\n\n".join(one for some in tables.values() for one in some)
        print(f"\nAll of them:\n\n{every}")
    if given.write:
        for warehouse, some in tables.items():
            lines = "\n\n".join(some).splitlines()
            write_block("benchmarks.md", f"terraform-{warehouse}", [*lines, "", machine()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
