"""Small programs on the real engine: what breaks a rule fails its preview, and only by that.

Here every clean program, and for each rule the first that breaks it. `make policies` plays them
all.
"""

from __future__ import annotations

import pytest

from tools.policy_stacks import Court, Program, programs


def sample() -> list[Program]:
    chosen, broken = [], set[str]()
    for program in programs():
        if not program.breaks or program.breaks - broken:
            chosen.append(program)
            broken |= program.breaks
    return chosen


@pytest.mark.parametrize("program", sample(), ids=lambda program: program.name)
def test_a_preview_breaks_what_the_program_says_and_nothing_else(
    court: Court, program: Program
) -> None:
    got = court.preview(program)
    assert not program.problem(got), f"{program.problem(got)}\n{got.output}"
