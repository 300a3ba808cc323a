"""What was measured, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from tools.bench_terraform.lane import Course, Measurement
from tools.bench_terraform.makers import PHASES

MEGABYTE = 10**6
Measured = Mapping[tuple[str, str], Sequence[Measurement]]
"""By maker and phase, one for each round."""


def _of(
    measured: Measured, label: str, phase: str, value: Callable[[Measurement], float]
) -> float | None:
    every = measured.get((label, phase))
    return median(value(each) for each in every) if every else None


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def table(course: Course, measured: Measured) -> str:
    """Medians, and the ratios of our seconds to the others', in Markdown."""
    labels = list(dict.fromkeys(label for label, _ in measured))
    rounds = max((len(every) for every in measured.values()), default=0)
    lines = [
        f"{course.warehouse.capitalize()}, {course.size:,} "
        f"schema{'s' if course.size > 1 else ''}, {course.latency} ms a call "
        f"({rounds} round{'s' if rounds > 1 else ''})",
        "",
        _row("", PHASES),
        f"|---|{'---:|' * len(PHASES)}",
    ]
    values: dict[str, tuple[Callable[[Measurement], float], str]] = {
        "seconds": (lambda one: one.seconds, ".1f"),
        "processor seconds": (lambda one: one.cpu, ".1f"),
        "calls": (lambda one: one.calls, ",.0f"),
        "sign-ins": (lambda one: one.sign_ins, ",.0f"),
        "peak memory, MB": (lambda one: one.peak / MEGABYTE, ",.0f"),
    }
    for what, (value, shape) in values.items():
        found = {
            label: [_of(measured, label, phase, value) for phase in PHASES] for label in labels
        }
        for label in labels:
            cells = ["" if each is None else f"{each:{shape}}" for each in found[label]]
            lines.append(_row(f"{label}, {what}", cells))
        if what not in ("seconds", "processor seconds") or "ours" not in found:
            continue
        for other in (label for label in labels if label != "ours"):
            pairs = zip(found["ours"], found[other], strict=True)
            cells = [
                f"**{ours / theirs:.2f}**" if ours and theirs else "" for ours, theirs in pairs
            ]
            lines.append(_row(f"ours / {other}, {what}", cells))
    return "\n".join(lines)
