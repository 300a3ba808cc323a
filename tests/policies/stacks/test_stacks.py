"""Small programs on the real engine: what breaks a rule fails its preview, and only by that.

Here every clean program, for each rule the first that breaks it, and two of giving/: the corpora
have its kinds, in this process. `make policies` plays them all, each by itself.

Programs that break only rules about a resource are previewed together: a preview costs four
seconds, and a resource in it next to nothing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.rules.catalogue import RULES
from tools.policy_stacks import Court, Outcome, Program, Violation, programs

# One that judges a resource, and one that judges the stack.
GIVING = {"databricks_owned_by_a_service", "databricks_job_without_walls"}
OF_STACKS = {rule.name for rule in RULES if rule.stack_check}
# With one, no service user of the stack needs a key: it stays away from those that should have one.
PROVIDER = "external_oauth"


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


def batches() -> dict[str, list[Program]]:
    """By name; what breaks a rule about stacks is alone, and what breaks none, too: to such a rule
    another program's role would be of the same stack.
    """
    found: dict[str, list[Program]] = {}
    for program in sample():
        name = program.name
        if program.breaks and not program.breaks & OF_STACKS:
            which = " with a provider" if PROVIDER in program.path.stem else ""
            name = f"violating/{program.environment}{which}"
        found.setdefault(name, []).append(program)
    return found


@pytest.mark.parametrize("together", batches().values(), ids=batches())
def test_a_preview_breaks_what_the_program_says_and_nothing_else(
    court: Court, together: list[Program]
) -> None:
    if len(together) == 1:
        outcomes = {together[0]: court.preview(together[0])}
    else:
        outcomes = court.preview_together(together)
    problems = [
        f"{program.name}: {problem}"
        for program, got in outcomes.items()
        if (problem := program.problem(got))
    ]
    assert not problems, "\n".join([*problems, next(iter(outcomes.values())).output])


def test_every_program_of_the_sample_is_previewed_once() -> None:
    played = [program for together in batches().values() for program in together]
    assert sorted(each.name for each in played) == sorted(each.name for each in sample())
    assert all(len({each.environment for each in some}) == 1 for some in batches().values())


PACK_ENDED = Outcome(failed=True, violations=(), errors=(), output="")
ON_WHAT_NONE_MADE = Violation("a-rule", "mandatory", "urn:pulumi:dev::p::t:i:T::default", "said")


@pytest.mark.parametrize("got", [PACK_ENDED, replace(PACK_ENDED, violations=(ON_WHAT_NONE_MADE,))])
def test_what_no_program_of_several_explains_concerns_each_of_them(
    court: Court, monkeypatch: pytest.MonkeyPatch, got: Outcome
) -> None:
    monkeypatch.setattr(court, "judge", lambda *_: got)
    assert set(court.preview_together(sample()[:2]).values()) == {got}
