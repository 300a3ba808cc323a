"""One verification, from the stack's state to the report."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cube_access.settings import DatabricksSettings, SnowflakeSettings
from cube_access.verify.deployed import CannotCheckError, read
from cube_access.verify.findings import Line, Report


def verify(
    stack: str,
    folder: Path,
    step: Callable[[str], None],
    *,
    component: str = "",
    as_deployer: bool = False,
    accept_everybody: bool = False,
) -> Report:
    """Signs in and looks.

    Raises:
        ExplainedError: before any verdict.
    """
    started = datetime.now(UTC)
    step(f"reading stack {stack}")
    deployed = read(stack, folder, component)
    settings, lines = deployed.settings, list[Line]()
    # Imported late: each warehouse's client takes a second, and needs its own package.
    try:
        match settings:
            case SnowflakeSettings():
                from cube_access.verify.snowflake.verification import verify as on_snowflake

                account = settings.snowflake_account
                deployer = os.environ.get("SNOWFLAKE_USER", "") or "profile"
                lines = on_snowflake(deployed, settings, as_deployer=as_deployer, step=step)
            case DatabricksSettings():
                from cube_access.verify.databricks.verification import verify as on_databricks

                account = f"{settings.databricks_account_id}, {settings.databricks_workspace_host}"
                deployer = os.environ.get("DATABRICKS_CLIENT_ID", "") or "profile"
                lines = on_databricks(deployed, settings, as_deployer=as_deployer, step=step)
            case _:
                raise CannotCheckError(
                    f"stack {stack} is on warehouse {settings.warehouse}, which has no "
                    "verification."
                )
    except ModuleNotFoundError as error:
        raise CannotCheckError(
            f"{error.name} is not installed: pip install 'cube-access[{settings.warehouse}]'"
        ) from None
    return Report(
        stack=stack,
        component=deployed.component,
        warehouse=settings.warehouse,
        account=account,
        identity=deployed.service_account,
        deployer=deployer if as_deployer else "",
        verified_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        lines=lines,
        accept_everybody=accept_everybody,
    )
