"""The report in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cube_access.report.matrix import headline
from cube_access.report.model import Report


def summary(report: Report, files: Iterable[Path]) -> str:
    lines = [f"report: {report.stack}: {'; '.join(word.text for word in headline(report))}"]
    lines += [f"  cannot be applied: {reason}" for reason in report.stops]
    lines += [f"  {each.what} is {each.how}: {each.hit}" for each in report.disruptions]
    lines += [
        f"  {verdict.rule}, as it was, refuses {verdict.resource or 'the stack'}"
        for verdict in report.let_through
    ]
    lines += [
        f"  {verdict.rule} is broken by {verdict.resource or 'the stack'}"
        for verdict in report.violations
    ]
    return "\n".join([*lines, f"  {', '.join(map(str, files))}"])
