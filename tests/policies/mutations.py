"""Switches off each rule of the policy pack in turn and shows that a test fails without it.

Usage: python -m tests.policies.mutations [RULE ...]. Prints a line for each rule and the count;
fails if the tests do not miss a rule.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from policies.rules import catalogue
from policies.rules.rule import Rule
from tests.policies import test_corpora, test_every_rule

ROOT = Path(__file__).resolve().parents[2]
CASES = "tests/policies/test_every_rule.py"
STACKS = (
    "tests/policies/test_stack_rules.py",
    "tests/policies/test_role_privileges.py",
    "tests/policies/test_run.py",
)
FAILED = 1
"""pytest's word for: they ran, and some failed."""


def _nothing(*_: Any) -> None:
    """A rule that holds nothing."""


def without(rule: Rule) -> Rule:
    if rule.check:
        return dataclasses.replace(rule, check=_nothing)
    return dataclasses.replace(rule, stack_check=_nothing)


def calls(rule: Rule) -> list[Callable[[], None]]:
    """What tests call about the rule, of cases and of recordings: by themselves, since pytest would
    collect a thousand tests anew for each rule.
    """
    if rule.check:
        return [
            partial(test_every_rule.test_one_property_for_the_worse_breaks_the_rule, case, broken)
            for case in test_every_rule.CASES
            if case.rule == rule.name
            for broken in case.breaks
        ]
    return [
        partial(test_corpora.test_a_hostile_stack_is_caught_by_the_rule_that_it_names, recording)
        for recording in test_corpora.HOSTILE
        if recording.rule == rule.name
    ]


@contextlib.contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    index = catalogue.RULES.index(rule)
    catalogue.RULES[index] = without(rule)
    try:
        yield
    finally:
        catalogue.RULES[index] = rule


def fails(call: Callable[[], None]) -> bool:
    try:
        call()
    except AssertionError:
        return True
    return False


def is_missed(rule: Rule) -> bool:
    """Whether the tests pass with the rule, and fail without it."""
    found = calls(rule)
    if not found:
        return _is_missed_by_pytest(rule)
    if any(map(fails, found)):
        raise SystemExit(f"the tests of {rule.name} fail as it is")
    with switched_off(rule):
        return any(map(fails, found))


def _is_missed_by_pytest(rule: Rule) -> bool:
    """For tests that have another form. In a process of its own, which has everything loaded."""
    tests = [CASES, "-k", rule.name] if rule.check else [*STACKS]
    child = os.fork()
    if not child:
        code = 70
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            catalogue.RULES[catalogue.RULES.index(rule)] = without(rule)
            code = pytest.main([*tests, "-x", "-q", "-p", "no:cacheprovider"])
        os._exit(int(code))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == FAILED


def main(names: list[str]) -> int:
    os.chdir(ROOT)
    # What every child needs is loaded once, here.
    with contextlib.redirect_stdout(io.StringIO()):
        if pytest.main([*STACKS, "-q", "-p", "no:cacheprovider"]) != 0:
            print("the tests fail as it is", file=sys.stderr)
            return 1
    rules = [rule for rule in catalogue.RULES if not names or rule.name in names]
    survivors = []
    for rule in rules:
        missed = is_missed(rule)
        print(f"{rule.name:32} {'a test fails' if missed else 'NO TEST FAILS'}", flush=True)
        if not missed:
            survivors.append(rule.name)
    print(f"{len(rules) - len(survivors)} of {len(rules)} rules are held by a test")
    return 1 if survivors or not rules else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
