"""Each small program on the real engine: what breaks a rule fails its preview, and only by that."""

from __future__ import annotations

import pytest

from tools.policy_stacks import Court, Program, programs


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_a_preview_breaks_what_the_program_says_and_nothing_else(
    court: Court, program: Program
) -> None:
    got = court.preview(program)
    assert not program.problem(got), f"{program.problem(got)}\n{got.output}"
