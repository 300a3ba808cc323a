"""`make verify STACK=x`.

Exit code: 0 as declared, 1 findings, 2 could not be checked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from cube_access.settings import DatabricksSettings, SnowflakeSettings
from tools.verify.deployed import ROOT, CannotCheckError, read
from tools.verify.findings import UNCHECKED, Line, Report
from tools.verify.show import Progress, table


def verify(
    stack: str, folder: Path, progress: Progress, *, as_deployer: bool, accept_everybody: bool
) -> Report:
    """Signs in and looks.

    Raises:
        CannotCheckError: before any verdict.
    """
    started = datetime.now(UTC)
    progress.step(f"reading stack {stack}")
    deployed = read(stack, folder)
    settings, lines = deployed.settings, list[Line]()
    # Imported late: each warehouse's client takes a second, and needs its own package.
    match settings:
        case SnowflakeSettings():
            from tools.verify.snowflake.verification import verify as on_snowflake

            account = settings.snowflake_account
            deployer = os.environ.get("SNOWFLAKE_USER", "")
            lines = on_snowflake(deployed, settings, as_deployer=as_deployer, step=progress.step)
        case DatabricksSettings():
            from tools.verify.databricks.verification import verify as on_databricks

            account = f"{settings.databricks_account_id}, {settings.databricks_workspace_host}"
            deployer = os.environ.get("DATABRICKS_CLIENT_ID", "") or "profile"
            lines = on_databricks(deployed, settings, as_deployer=as_deployer, step=progress.step)
        case _:
            raise CannotCheckError(
                f"stack {stack} is on warehouse {settings.warehouse}, which has no verification."
            )
    return Report(
        stack=stack,
        warehouse=settings.warehouse,
        account=account,
        identity=deployed.service_account,
        deployer=deployer if as_deployer else "",
        verified_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        lines=lines,
        accept_everybody=accept_everybody,
    )


def main(arguments: list[str], folder: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("stack", help="name of the stack")
    parser.add_argument(
        "--deployer",
        action="store_true",
        help="look as the deployer of `pulumi up`, too: it sees what the service account cannot",
    )
    parser.add_argument(
        "--accept-everybody",
        action="store_true",
        help="list what comes through PUBLIC, account users and users, but do not count it",
    )
    parser.add_argument("--json", metavar="FILE", help="write the report there; - is the output")
    chosen = parser.parse_args(arguments)
    if not chosen.stack:
        parser.error("which stack? make verify STACK=<name>")
    progress = Progress()
    try:
        report = verify(
            chosen.stack,
            folder,
            progress,
            as_deployer=chosen.deployer,
            accept_everybody=chosen.accept_everybody,
        )
    except CannotCheckError as error:
        progress.done()
        print(f"verify: not checked: {error}", file=sys.stderr)
        return UNCHECKED
    progress.done()
    if chosen.json != "-":
        print(table(report))
    if chosen.json:
        text = json.dumps(report.as_json(), indent=2) + "\n"
        if chosen.json == "-":
            sys.stdout.write(text)
        else:
            Path(chosen.json).write_text(text, encoding="utf-8")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
