"""Asks for a new environment's settings on a terminal, each answer checked as it comes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import click

from cube_access.init.answers import QUESTIONS, Answers, as_engine_text, is_list, typed
from cube_access.settings import Settings

NONE = "-"
"""Typed instead of an answer: without one, also where there is one."""
WIDTH = 88


def warehouse(answers: Answers) -> Answers:
    """Asks which one."""
    description = Settings.model_fields["warehouse"].description or ""
    return _ask(answers, "warehouse", description, {"warehouse"})


def questions(answers: Answers, told: set[str]) -> Answers:
    """Asks what is open about the warehouse.

    Args:
        told: keys that flags have answered. They are not asked again.

    Raises:
        InitError: what is wrong is nothing that a question could change.
    """
    keys = QUESTIONS[answers.warehouse]
    fixed = [each for each in answers.problems() if each[0] not in {*keys} - told]
    if fixed:
        answers.check()
    seen = {"warehouse", *told}
    click.echo("\nEnter without an answer leaves a key at its default.")
    for key in keys:
        if key in told or answers.goes_without(key):
            continue
        if key in answers.encrypted:
            click.echo(f"\n{key} is encrypted in the file, and stays as it is.")
            continue
        seen.add(key)
        answers = _ask(answers, key, answers.fields[key].description or "", seen)
    return answers


def policies(default: str, choices: list[str]) -> str:
    """Asks which policy configuration to start from."""
    click.echo("\nWhich policy configuration this environment's starts from.")
    chosen: str = click.prompt("like", default=default, type=click.Choice(choices))
    return chosen


def _ask(answers: Answers, key: str, description: str, seen: set[str]) -> Answers:
    click.echo()
    click.echo(textwrap.fill(description, WIDTH))
    if is_list(key):
        click.echo("Several: with a comma between them.")
    now = typed(answers.values.get(key, ""))
    if now:
        click.echo(f"Enter keeps what is there; {NONE} takes it out.")
    found: Answers = click.prompt(
        key,
        default=now,
        show_default=bool(now),
        value_proc=_check(answers, key, seen),
    )
    return found


def _check(answers: Answers, key: str, seen: set[str]) -> Callable[[str], Answers]:
    def check(text: str) -> Answers:
        text = text.strip()
        tried = answers.having(key, as_engine_text(key, "" if text == NONE else text))
        # Of what was not asked yet, that it is missing is no news.
        if wrong := [problem for name, problem in tried.problems() if name in seen]:
            raise click.UsageError("\n".join(wrong))
        return tried

    return check
