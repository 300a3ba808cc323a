"""One verification, from the stack's state to the report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from cube_access.facts.identifiers import parse, plain
from cube_access.facts.installing import NO_INDEX, command
from cube_access.settings import DatabricksSettings, SnowflakeSettings
from cube_access.verify.deployed import CannotCheckError, Deployed, read
from cube_access.verify.findings import Line, Report, covers
from cube_access.verify.looks import line


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who looks, and what is accepted."""

    deployer: bool = False
    """The deployer looks, too."""
    sign_in: bool = True
    """The service account signs in; if not, the deployer looks alone."""
    person: SecretStr | None = None
    """A person's access token: then it is what is verified, and nothing else."""
    accept_everybody: bool = False
    administrators: Sequence[str] = ()
    """Roles of Snowflake that administer the account besides Snowflake's own, as SQL names them."""
    unseen: Sequence[str] = ()
    """Names of what may stay unseen, as the report tells them."""


def verify(
    stack: str,
    folder: Path,
    step: Callable[[str], None],
    *,
    component: str = "",
    asked: Asked,
) -> Report:
    """Signs in and looks.

    Raises:
        ExplainedError: before any verdict.
    """
    started = datetime.now(UTC)
    step(f"reading stack {stack}")
    # Without a sign-in nobody needs the right to read the secret.
    wanted = None if asked.sign_in and not asked.person else False
    deployed = read(stack, folder, component, credential=wanted)
    settings = deployed.settings
    can_sign_in = bool(deployed.credential) or asked.person is not None
    if not can_sign_in and asked.sign_in and not asked.deployer:
        raise CannotCheckError(
            f"stack {stack} stores no credential (cubeCloudIdentity): only Cube Cloud signs in as "
            "its service account. Let the deployer look: add --deployer."
        )
    # Imported late: each warehouse's client takes a second, and needs its own package.
    try:
        match settings:
            case SnowflakeSettings():
                account = settings.snowflake_account
                deployer = os.environ.get("SNOWFLAKE_USER", "") or "profile"
                found = _snowflake(deployed, settings, asked, step)
            case DatabricksSettings():
                account = f"{settings.databricks_account_id}, {settings.databricks_workspace_host}"
                deployer = os.environ.get("DATABRICKS_CLIENT_ID", "") or "profile"
                found = _databricks(deployed, settings, asked, step)
            case _:
                raise CannotCheckError(
                    f"stack {stack} is on warehouse {settings.warehouse}, which has no "
                    "verification."
                )
    except ModuleNotFoundError as error:
        raise CannotCheckError(
            f"{error.name} is not installed: {command(settings.warehouse)}, {NO_INDEX}"
        ) from None
    lines = [*found.lines, *_vain(asked.unseen, found.lines)]
    return Report(
        stack=stack,
        component=deployed.component,
        warehouse=settings.warehouse,
        account=account,
        identity=found.identity,
        deployer=deployer if asked.deployer or not found.signed_in else "",
        verified_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        lines=lines,
        accept_everybody=asked.accept_everybody,
        accepted=[f"role {each}" for each in _names(asked.administrators)],
        unseen=asked.unseen,
        signed_in=found.signed_in,
        limits=found.limits,
    )


def _vain(unseen: Sequence[str], lines: Sequence[Line]) -> Iterator[Line]:
    """What is accepted in vain would hide what comes there later."""
    names = [each.name for each in lines if each.verdict == "unseen"]
    for accepted in unseen:
        if not any(covers(accepted, name) for name in names):
            what = (
                f"--accept {accepted} accepts nothing in this run: it was seen, or not looked at, "
                "or the name is wrong"
            )
            yield line("note", what, "")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one warehouse showed."""

    lines: list[Line]
    limits: str
    """What they leave unproven by their kind."""
    identity: str
    """Whom they are about."""
    signed_in: bool
    """Whether that one did."""


def _snowflake(
    deployed: Deployed, settings: SnowflakeSettings, asked: Asked, step: Callable[[str], None]
) -> Found:
    from cube_access.verify.snowflake import person, verification

    if asked.person:
        if asked.deployer:
            raise CannotCheckError(
                "on Snowflake --person looks as the person only: leave --deployer out."
            )
        lines, limits, name = person.verify(deployed, settings, asked.person, step)
        return Found(lines=lines, limits=limits, identity=name, signed_in=True)
    signed_in = bool(deployed.credential)
    return Found(
        lines=verification.verify(deployed, settings, as_deployer=asked.deployer, step=step),
        limits="" if signed_in else verification.NOTHING_TRIED,
        identity=deployed.service_account,
        signed_in=signed_in,
    )


def _databricks(
    deployed: Deployed, settings: DatabricksSettings, asked: Asked, step: Callable[[str], None]
) -> Found:
    from cube_access.verify.databricks import person, verification

    if asked.person:
        lines, limits, name = person.look_as_person(
            deployed, settings, asked.person, step, as_deployer=asked.deployer
        )
        return Found(lines=lines, limits=limits, identity=name, signed_in=True)
    lines, signed_in = verification.verify(
        deployed, settings, as_deployer=asked.deployer, step=step
    )
    return Found(
        lines=lines,
        limits="" if signed_in else verification.NOTHING_TRIED,
        identity=deployed.service_account,
        signed_in=signed_in,
    )


def token(given: TextIO) -> SecretStr:
    """A person's access token, as one line.

    Raises:
        CannotCheckError: there is none, or it would be typed for all to see.
    """
    if given.isatty():
        raise CannotCheckError(
            "--person reads the token from standard input, which is your terminal: give it a file "
            "or a pipe (cube-access verify --person < token)."
        )
    text = given.read().strip()
    if not text or len(text.split()) > 1:
        raise CannotCheckError("standard input has no token: it is one word, and nothing else.")
    return SecretStr(text)


def _names(roles: Sequence[str]) -> list[str]:
    """Raises:
    CannotCheckError: one is not a name.
    """
    try:
        return [plain(*parse(each)) for each in roles]
    except ValueError as error:
        raise CannotCheckError(f"{error}: write a role as SQL does, such as PLATFORM.") from None
