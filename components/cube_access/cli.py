"""The command `cube-access`: begins an environment, and reads a stack of any program that has one
of our components.

Owns the words of the command line. What a command does is elsewhere, and
imported by it alone, so that `--help` does not wait for a warehouse's SDK.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from cube_access import __version__
from cube_access.audit.command import audit
from cube_access.explained import ExplainedError
from cube_access.flags import (
    CANNOT,
    DONE,
    FILE,
    FOLDER,
    FOUND,
    INTERRUPTED,
    READ_FOLDER,
    of_a_component,
    of_a_pack_configuration,
    of_a_stack,
    prints_json,
)
from cube_access.init.command import init
from cube_access.verify.command import show, verify


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 as asked; 1 findings (audit, doctor, recover, report, verify); 2 it "
    "could not be done or looked at; 130 interrupted. docs/commands.md has them all.",
)
@click.version_option(__version__, prog_name="cube-access", message="%(prog)s %(version)s")
def cli() -> None:
    """Safe access for Cube to a warehouse: what a `pulumi up` will let whom do, whether it is so,
    and the files that Cube reads.

    Works on a stack of any Pulumi program, in any language, that has a component of cube-access.
    """


cli.add_command(audit)
cli.add_command(init)
cli.add_command(verify)


@cli.command()
@of_a_stack
@click.option(
    "--base",
    metavar="REVISION",
    default="HEAD",
    show_default=True,
    help="Compare the checkout with this revision.",
)
@click.option(
    "--preview",
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Instead, read what `pulumi preview --json` or --event-log wrote. Give both files.",
)
@click.option(
    "--policy-pack",
    "pack",
    type=READ_FOLDER,
    help="The policy pack that judges.  [default: policies/ beside the program]",
)
@of_a_pack_configuration
@click.option(
    "--output",
    type=FOLDER,
    default=Path("report"),
    show_default=True,
    help="The folder for <stack>.md, <stack>.html and <stack>.json.",
)
@prints_json
def report(
    folder: Path,
    stack: str,
    base: str,
    files: Sequence[Path],
    pack: Path | None,
    policy_config: Path | None,
    output: Path,
    as_json: bool,
) -> int:
    """Who will be able to do what, before it is applied.

    Writes a comment for a pull request, a page with a picture, and JSON. Without --preview it
    previews the checkout and a revision offline and compares: no sign-in, no passphrase, no state.
    With --preview it reads a preview of the real stack.

    \b
    Examples:
      cube-access report --stack prod --base origin/main
      cube-access report --stack prod --preview preview.json --preview events.jsonl

    Exit code: 0 written; 1 written, and the change cannot be applied or breaks a mandatory policy;
    2 no report.
    """
    from cube_access.progress import progress
    from cube_access.report import run
    from cube_access.report.summary import summary

    stack = stack or _selected(folder)
    with progress(f"report: {stack}") as step:
        if files:
            found = run.live(stack, files)
        else:
            found = run.compare(stack, folder, base, step, pack=pack, policy_config=policy_config)
    written = run.write(found, output)
    click.echo(run.as_json(found) if as_json else summary(found, written), nl=not as_json)
    return FOUND if found.stops or found.violations else DONE


@cli.command()
@of_a_stack
@of_a_component
@click.option(
    "--json", "json_file", type=FILE, metavar="FILE", help="Write the report there; - prints it."
)
def doctor(folder: Path, stack: str, component: str, json_file: Path | None) -> int:
    """Whether a `pulumi up` can go through, before it begins.

    Looks at the engine and its plugins, the state and its passphrase, and, with the deployer's
    sign-in, at the warehouse and AWS: rights, names that are taken, names that are not there.
    Works before the first `pulumi up`, and changes nothing.

    \b
    Examples:
      cube-access doctor --stack prod
      cube-access doctor --stack prod --json doctor.json

    Exit code: 0 all that was looked at is well; 1 something is to be done; 2 not all could be
    looked at.
    """
    from cube_access.doctor.run import examine
    from cube_access.doctor.show import table
    from cube_access.progress import progress

    stack = stack or _selected(folder)
    with progress(f"doctor: {stack}") as step:
        found = examine(stack, folder, step, component=component)
    show(found.as_json(), json_file, table(found))
    return found.exit_code


@cli.command()
@of_a_stack
@of_a_component
@click.option(
    "--output", type=FOLDER, help="The folder for the files.  [default: roles/<stack> in here]"
)
def roles(folder: Path, stack: str, component: str, output: Path | None) -> int:
    """The rights of who deploys and who previews, ready to run.

    Reads what the program asks for now, by an offline preview of it: no sign-in, no passphrase, no
    state, so before the first `pulumi up` and before a change is applied.

    \b
    Example:
      cube-access roles --stack prod && less roles/prod/*

    Exit code: 0 written; 2 not written.
    """
    from cube_access.progress import progress
    from cube_access.roles import asked
    from cube_access.roles.files import files, write

    stack = stack or _selected(folder)
    with progress(f"roles: previewing {stack} offline"):
        found = files(asked.settings(folder, stack, component))
    for path in write(found, output or Path("roles", stack.replace("/", "-"))):
        click.echo(f"wrote {path}")
    click.echo("Who runs them and what they leave out: docs/accounts.md")
    return DONE


@cli.command()
@of_a_stack
@click.option("--yes", is_flag=True, help="Do it. Without this it only says what it would do.")
@click.option(
    "--take-over",
    "wanted",
    multiple=True,
    metavar="RESOURCE=NAME",
    help="Take an existing Snowflake object over. The error that stopped `up` names both parts.",
)
def recover(folder: Path, stack: str, yes: bool, wanted: Sequence[str]) -> int:
    """What is left of a run that was cut off, or exists already.

    Names what this stack made in Databricks and its state does not hold, and never removes what it
    cannot be sure of. Run it while no update runs.

    \b
    Examples:
      cube-access recover --stack prod --yes
      cube-access recover --stack prod --take-over cube-service-role=CUBE_PROD --yes

    Exit code: 0 nothing is left; 1 something is, or would be done with --yes; 2 it could not be
    done or looked at.
    """
    from cube_access.recover import recover as run

    left = run(folder, stack or _selected(folder), wanted, click.echo, yes=yes)
    return FOUND if left else DONE


@cli.command()
@of_a_stack
@of_a_component
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(".env"),
    show_default=True,
    help="The file, which only you can read (mode 0600). Never the terminal: it has secrets.",
)
def env(folder: Path, stack: str, component: str, output: Path) -> int:
    """Cube's environment variables, as a .env file.

    \b
    Example:
      cube-access env --stack prod --output deploy/.env

    Exit code: 0 written; 2 not written.
    """
    from cube_access.cube.files import env_text, write

    if output == Path("-"):
        raise click.BadParameter(
            "the variables have secrets, which a terminal or a log would keep: name a file.",
            param_hint="--output",
        )
    stack = stack or _selected(folder)
    text, count = env_text(folder, stack, component)
    write(output, text, 0o600)
    click.echo(f"wrote {output}: {count} variables of stack {stack}, readable by you only")
    return DONE


@cli.command("cube-py")
@of_a_stack
@of_a_component
@click.option(
    "--output",
    type=FILE,
    default=Path("cube.py"),
    show_default=True,
    help="The file; - prints it.",
)
def cube_py(folder: Path, stack: str, component: str, output: Path) -> int:
    """The cube.py that Cube loads. It has no secret.

    \b
    Examples:
      cube-access cube-py --stack prod --output deploy/cube.py
      cube-access cube-py --stack prod --output - | diff deploy/cube.py -

    Exit code: 0 written; 2 not written.
    """
    from cube_access.cube.files import cube_py_text, write

    stack = stack or _selected(folder)
    text = cube_py_text(folder, stack, component)
    if output == Path("-"):
        click.echo(text, nl=False)
        return DONE
    write(output, text, 0o644)
    click.echo(f"wrote {output} of stack {stack}")
    return DONE


def _selected(folder: Path) -> str:
    from cube_access.stack import selected

    return selected(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code. An error never looks like a finding."""
    try:
        code = cli.main(arguments, prog_name="cube-access", standalone_mode=False)
        return int(code or DONE)
    except ExplainedError as error:
        click.echo(f"cube-access: {error}", err=True)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        error.show()
    except (click.Abort, KeyboardInterrupt):
        click.echo("cube-access: interrupted", err=True)
        return INTERRUPTED
    except SystemExit as error:
        # Of a completion, and of a reader that has gone: click's 1, which here is a finding.
        return DONE if error.code in (None, 0) else CANNOT
    except Exception:
        # Ours to mend, and where it happened tells how. Not with exit code 1, which is a finding.
        from cube_access.report.preview import text_of

        click.echo(text_of(traceback.format_exc()), err=True)
        click.echo("cube-access: this is a fault in cube-access itself, see above", err=True)
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
