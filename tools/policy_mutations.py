"""Switches off each rule of the policy pack in turn and shows that a test fails without it.

Usage: python -m tools.policy_mutations [RULE ...]. Prints a line for each rule and the count; fails
if the tests do not miss a rule.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from policies.rules import catalogue
from policies.rules.rule import Rule
from tools.policy_corpus import recordings

ROOT = Path(__file__).resolve().parents[1]
CASES = "tests/policies/test_every_rule.py"
STACKS = (
    "tests/policies/test_stack_rules.py",
    "tests/policies/test_role_privileges.py",
    "tests/policies/test_run.py",
)
RECORDINGS = "tests/policies/test_corpora.py"
FAILED = 1
"""pytest's word for: they ran, and some failed."""


def _nothing(*_: Any) -> None:
    """A rule that holds nothing."""


def without(rule: Rule) -> Rule:
    if rule.check:
        return dataclasses.replace(rule, check=_nothing)
    return dataclasses.replace(rule, stack_check=_nothing)


def tests_of(rule: Rule) -> list[str]:
    """Those of cases, and of recordings, have the rule's name in theirs."""
    if rule.check:
        return [CASES, "-k", rule.name]
    recorded = any(recording.rule == rule.name for recording in recordings("hostile"))
    return [RECORDINGS, "-k", rule.name] if recorded else [*STACKS]


def is_missed(rule: Rule) -> bool:
    """Whether the tests fail without it. In a process of its own, which has everything loaded."""
    child = os.fork()
    if not child:
        code = 70
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            index = catalogue.RULES.index(rule)
            catalogue.RULES[index] = without(rule)
            code = pytest.main([*tests_of(rule), "-x", "-q", "-p", "no:cacheprovider"])
        os._exit(int(code))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == FAILED


def main(names: list[str]) -> int:
    os.chdir(ROOT)
    # What every child needs is loaded once, here.
    with contextlib.redirect_stdout(io.StringIO()):
        if pytest.main([CASES, *STACKS, "-q", "-p", "no:cacheprovider"]) != 0:
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
