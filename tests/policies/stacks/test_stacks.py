"""Small programs on the real engine: what breaks a rule fails its preview, and only by that.

Here every clean program, for each rule the first that breaks it, and two of giving/: the corpora
have its kinds, in this process. `make policies` plays them all.
"""

from __future__ import annotations

import pytest

from tools.policy_stacks import Court, Program, programs

# One that judges a resource, and one that judges the stack.
GIVING = {"databricks_owned_by_a_service", "databricks_job_without_walls"}


def sample() -> list[Program]:
    chosen, broken = [], set[str]()
    for program in programs():
        if program.path.parent.name == "giving":
            wanted = program.path.stem in GIVING
        else:
            wanted = not program.breaks or bool(program.breaks - broken)
            broken |= program.breaks
        chosen += [program] if wanted else []
    return chosen


@pytest.mark.parametrize("program", sample(), ids=lambda program: program.name)
def test_a_preview_breaks_what_the_program_says_and_nothing_else(
    court: Court, program: Program
) -> None:
    got = court.preview(program)
    assert not program.problem(got), f"{program.problem(got)}\n{got.output}"
