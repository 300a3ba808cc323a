"""The words of `cube-access audit`."""

from __future__ import annotations

from pathlib import Path

import click

from cube_access.flags import (
    CANNOT,
    DONE,
    FOLDER,
    FOUND,
    READ_FILE,
    READ_FOLDER,
    of_a_pack_configuration,
    of_a_stack,
    prints_json,
)


@click.command()
@of_a_stack
@click.option(
    "--state",
    type=READ_FILE,
    metavar="FILE",
    help="Instead of a live stack: what `pulumi stack export` wrote, of any project.",
)
@click.option(
    "--pack",
    "--policy-pack",
    "pack",
    type=READ_FOLDER,
    help="cube-access's policy pack, which judges.  [default: policies/ beside the program]",
)
@of_a_pack_configuration
@click.option(
    "--output",
    type=FOLDER,
    default=Path("audit"),
    show_default=True,
    help="The folder for <stack>.json, <stack>.html and <stack>.sarif.",
)
@prints_json
def audit(
    folder: Path,
    stack: str,
    state: Path | None,
    pack: Path | None,
    policy_config: Path | None,
    output: Path,
    as_json: bool,
) -> int:
    """Evidence for an auditor: the policy pack on what is applied.

    Reads the state of a stack of any Pulumi program; runs no program, asks no cloud and changes
    nothing. Of each rule: what it judged, passed, found and could not judge, and which controls of
    CIS, NIST or Databricks' SAT ask for it. Without the stack's passphrase or key, what is secret
    is hidden from the rules, and they say so.

    \b
    Examples:
      cube-access audit --stack prod
      cube-access audit --state exported.json --pack ../platform/policies

    Exit code: 0 no mandatory rule is violated, and each judged all that it looks at (what no rule
    looks at is told); 1 one is violated; 2 no audit, or a mandatory rule could not judge all, or
    no rule is mandatory.
    """
    from cube_access.audit import files, page, run
    from cube_access.progress import progress
    from cube_access.stack import selected

    if not state:
        stack = stack or selected(folder)
    with progress(f"audit: {stack or state}") as step:
        found = run.audit(stack, folder, step, state=state, pack=pack, policy_config=policy_config)
    written = files.write(found, output)
    click.echo(files.as_json(found) if as_json else page.summary(found, written), nl=not as_json)
    if found.violations:
        return FOUND
    return CANNOT if found.open or not found.binds else DONE
