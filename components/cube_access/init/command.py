"""The command `cube-access init`: its words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cube_access.flags import DONE, in_a_folder, stacks


@click.command()
@in_a_folder
@click.option(
    "--stack",
    metavar="NAME",
    default="",
    shell_complete=stacks,
    help="The environment's stack, new or there.  [required, or asked]",
)
@click.option(
    "--set",
    "pairs",
    metavar="KEY=VALUE",
    multiple=True,
    help="A key of docs/configuration.md. A list's entries stand with commas between them, or the "
    "key comes again. An empty value removes the key. No secrets.",
)
@click.option(
    "--like",
    metavar="NAME",
    default="",
    help="Start the policy configuration from that of production or development.  [default: "
    "production; development where the stack's name has a word for it]",
)
@click.option(
    "--ask/--no-ask",
    default=None,
    help="Ask for what no flag says.  [default: on a terminal]",
)
def init(folder: Path, stack: str, pairs: Sequence[str], like: str, ask: bool | None) -> int:
    """A new environment's two files, from a few questions.

    Writes Pulumi.<stack>.yaml and its configuration of the policy pack. Asks, or takes the answers
    as flags; each is checked as `pulumi up` would. What the files have is kept: run it again to
    change an answer. It signs in nowhere. For a program that is not this project's it prints the
    component to put into it.

    \b
    Examples:
      cube-access init --stack prod
      cube-access init --stack prod --set schemas=main.sales,main.hr --no-ask

    Exit code: 0 written, or as it was; 2 something is wrong, and no file was changed.
    """
    from cube_access.init.answers import given
    from cube_access.init.run import begin

    asking = sys.stdin.isatty() and sys.stdout.isatty() if ask is None else ask
    if not stack:
        if not asking:
            raise click.UsageError("which environment? Say --stack NAME.")
        stack = click.prompt("stack, such as prod")
    begun = begin(folder, stack, given(pairs), like, asking=asking)
    click.echo("\n" * asking + "\n".join(begun.lines))
    if begun.code:
        click.echo("This program reads no key of cube-access. Put this into it:\n")
        click.echo(begun.code)
    click.echo("Next:")
    for command, why in begun.steps:
        click.echo(f"  {command}" + f"  # {why}" * bool(why))
    return DONE
