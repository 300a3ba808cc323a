"""Looks at everything that an `up` of one stack needs; several clouds at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from cube_access.doctor import addresses, applied, local
from cube_access.doctor.lines import Line, Report, do, note, unseen
from cube_access.explained import ExplainedError
from cube_access.progress import Step
from cube_access.roles import asked
from cube_access.settings import DatabricksSettings, Settings, SnowflakeSettings


def examine(stack: str, folder: Path, step: Step, *, component: str = "") -> Report:
    """Never raises for what is wrong with the stack: that is what it reports.

    Args:
        folder: of the program.
        component: its name in the program; empty where there is one only.
    """
    step("the program and its configuration")
    try:
        settings: Settings | None = asked.settings(folder, stack, component)
        problem = ""
    except ExplainedError as error:
        settings, problem = None, str(error)
    warehouse = settings.warehouse if settings else ""
    plugins = (warehouse,) if warehouse in ("databricks", "snowflake") else ()
    step("the engine, its plugins and the state")
    here = list(local.lines(folder, stack, plugins))
    if settings is None:
        return Report(
            stack=stack,
            lines=[
                *here,
                do("configuration", problem),
                unseen("clouds", "what to ask them stands in the configuration"),
            ],
        )
    found = applied.read(folder, stack)
    parts = _parts(settings, f"/{_project(folder)}/{stack.rpartition('/')[2]}", found, step)
    with ThreadPoolExecutor(len(parts)) as threads:
        clouds = [line for part in threads.map(lambda part: list(part()), parts) for line in part]
    return Report(
        stack=stack, lines=[*here, *clouds, note("cube-access verify", "looks once it is applied")]
    )


def _project(folder: Path) -> str:
    """The program's name. The file has been read by the engine already."""
    return str(yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"])


def _parts(
    settings: Settings, own: str, found: applied.Applied, step: Step
) -> list[Callable[[], Iterable[Line]]]:
    parts: list[Callable[[], Iterable[Line]]] = [lambda: addresses.lines(settings)]
    stores = True
    match settings:
        case DatabricksSettings():
            from cube_access.doctor import databricks

            parts.insert(0, lambda: databricks.lines(settings, found, step))
        case SnowflakeSettings():
            from cube_access.doctor import snowflake

            parts.insert(0, lambda: snowflake.lines(settings, found, step))
            stores = not settings.keyless
    if stores:
        from cube_access.doctor import aws

        parts.append(lambda: aws.lines(settings, own, found, step))
    return parts
