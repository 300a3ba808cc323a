"""What several commands take, and with what each ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

DONE, FOUND, CANNOT, INTERRUPTED = 0, 1, 2, 130
"""As asked; findings; it could not be done, or looked at; Ctrl-C."""

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)
FOLDER = click.Path(file_okay=False, path_type=Path)
READ_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
READ_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def stacks(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Completes --stack by the files of stacks that are there."""
    folder = context.params.get("folder") or Path()
    names = (each.name.split(".")[1] for each in folder.glob("Pulumi.*.yaml"))
    return [CompletionItem(name) for name in sorted(names) if name.startswith(begun)]


def in_a_folder(command: Command) -> Command:
    """Where a program is."""
    option = click.option(
        "--cwd",
        "folder",
        type=READ_FOLDER,
        default=Path(),
        help="The program's folder, with its Pulumi.yaml.  [default: this one]",
    )
    return option(command)


def of_a_stack(command: Command) -> Command:
    """What every command takes of a stack that is there."""
    option = click.option(
        "--stack",
        metavar="NAME",
        default="",
        shell_complete=stacks,
        help="The stack.  [default: the one that `pulumi stack select` chose]",
    )
    return in_a_folder(option(command))


of_a_component = click.option(
    "--component",
    metavar="NAME",
    default="",
    help="Which component, where the stack has several: the name that the program gives it.",
)
of_a_pack_configuration = click.option(
    "--policy-config",
    type=READ_FILE,
    help="Its configuration.  [default: config/<stack>.json in the pack]",
)
prints_json = click.option(
    "--json", "as_json", is_flag=True, help="Print the JSON instead of a summary."
)
