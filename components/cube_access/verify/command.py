"""The words of `cube-access verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cube_access.facts.principals import ACCOUNT_USERS, PUBLIC, USERS
from cube_access.flags import FILE, of_a_component, of_a_stack


@click.command()
@of_a_stack
@of_a_component
@click.option(
    "--deployer",
    is_flag=True,
    help="Look as the deployer of `pulumi up`, too: it sees what the service account cannot.",
)
@click.option(
    "--accept-everybody",
    is_flag=True,
    help=f"List what comes through {PUBLIC}, {ACCOUNT_USERS} and {USERS}, but do not count it.",
)
@click.option(
    "--administrator",
    "administrators",
    multiple=True,
    metavar="ROLE",
    envvar="CUBE_ACCESS_ADMINISTRATORS",
    help="On Snowflake: a role of yours that administers the account, besides Snowflake's own. "
    "What it may do to the service account is listed, but not counted. Can be repeated.",
)
@click.option(
    "--accept",
    "unseen",
    multiple=True,
    metavar="NAME",
    envvar="CUBE_ACCESS_ACCEPT",
    help="Leave out of the exit code what was not seen: a name from the report, or a database, "
    "catalog or schema for all its views. It stays listed. Can be repeated.",
)
@click.option(
    "--without-sign-in",
    is_flag=True,
    envvar="CUBE_ACCESS_WITHOUT_SIGN_IN",
    help="Let the deployer look alone: where allowedCidrs keeps everybody else from signing in as "
    "the service account. What that leaves unproven is listed.",
)
@click.option(
    "--person",
    is_flag=True,
    help="Instead of the service account, verify a person's access token from Cube's OAuth app, "
    "which is read from standard input.",
)
@click.option(
    "--json", "json_file", type=FILE, metavar="FILE", help="Write the report there; - prints it."
)
def verify(
    folder: Path,
    stack: str,
    component: str,
    deployer: bool,
    accept_everybody: bool,
    administrators: Sequence[str],
    unseen: Sequence[str],
    without_sign_in: bool,
    person: bool,
    json_file: Path | None,
) -> int:
    """What the service account can really do, once applied.

    Compares what is there with what the stack's state says was applied; the program is not run, and
    nothing is changed.

    \b
    Examples:
      cube-access verify --stack prod
      cube-access verify --stack prod --deployer --json prod.json
      cube-access verify --stack prod --person < token

    Exit code: 0 as declared; 1 findings; 2 it could not be checked.
    """
    from cube_access.progress import progress
    from cube_access.stack import selected
    from cube_access.verify.run import Asked, token
    from cube_access.verify.run import verify as look
    from cube_access.verify.show import table

    if person and without_sign_in:
        raise click.UsageError("--person cannot be combined with --without-sign-in.")
    asked = Asked(
        deployer=deployer,
        sign_in=not without_sign_in,
        person=token(sys.stdin) if person else None,
        accept_everybody=accept_everybody,
        administrators=administrators,
        unseen=unseen,
    )
    stack = stack or selected(folder)
    with progress(f"verify: {stack}") as step:
        found = look(stack, folder, step, component=component, asked=asked)
    show(found.as_json(), json_file, table(found))
    return found.exit_code


def show(found: Mapping[str, Any], json_file: Path | None, table: str) -> None:
    """The table, or with `-` the JSON in its place; a file gets the JSON besides. `doctor` shows
    what it found the same way.
    """
    from cube_access.cube.files import write

    text = json.dumps(found, indent=2) + "\n"
    if json_file == Path("-"):
        click.echo(text, nl=False)
        return
    click.echo(table)
    if json_file:
        write(json_file, text, 0o644)
