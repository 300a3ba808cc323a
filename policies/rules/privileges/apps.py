"""A Databricks app is a service principal of its own: what it is given stands in the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import unity
from ..kinds import databricks
from ..rule import HIGH, Judged, Report, Rule, names
from ..unity import privilege
from ..values import is_unseen, is_word, peek

APPS = databricks("App", "AppSpace")
# By the kind of what it is given: permissions that use or read it. A database has one only, which
# connects. Secrets have a rule of their own.
USES = {
    "app": frozenset({"CAN_USE"}),
    "database": frozenset({"CAN_CONNECT_AND_CREATE"}),
    "experiment": frozenset({"CAN_READ"}),
    "genieSpace": frozenset({"CAN_RUN", "CAN_VIEW"}),
    "job": frozenset({"CAN_MANAGE_RUN", "CAN_VIEW"}),
    "postgres": frozenset({"CAN_CONNECT_AND_CREATE"}),
    "servingEndpoint": frozenset({"CAN_QUERY", "CAN_VIEW"}),
    "sqlWarehouse": frozenset({"CAN_USE"}),
    "ucSecurable": frozenset({"EXECUTE", "READ_VOLUME", "SELECT"}),
}
EVERYTHING, SECRET = "all-apis", "secret"


def _name(resource: Any) -> str:
    name = peek(peek(resource, "ucSecurable"), "securableFullName")
    return name if isinstance(name, str) else ""


def _use_only(judged: Judged, report: Report) -> None:
    for scope in judged.known(judged.props.get("userApiScopes")):
        if is_word(scope, EVERYTHING):
            report(f"userApiScopes has {scope}: the app does everything as whoever opens it.")
    for resource in judged.known(judged.props.get("resources")):
        for what, permission in _given(resource):
            if is_unseen(permission):
                judged.not_known("resources")
            elif what == "ucSecurable" and unity.is_history(_name(resource)):
                report(f"The app reads {_name(resource)}: what everybody did in the account.")
            elif (
                privilege(permission) not in USES.get(what, ())
                and permission not in judged.limits["permissions"]
            ):
                report(f"The app gets {permission} on a {what}: more than using or reading it.")


def _given(resource: Any) -> Iterator[tuple[str, Any]]:
    for what in resource:
        given = peek(resource, what)
        if is_unseen(given) and what in USES:
            yield what, given
        elif isinstance(given, Mapping) and what != SECRET:
            yield what, peek(given, "permission") or ""


RULES = [
    Rule(
        name="apps-use-only",
        description="A Databricks app is given no more than to use and to read.",
        why="Whoever may change the app's code has what the app's service principal is given.",
        fix="Give CAN_USE, CAN_QUERY, CAN_VIEW or SELECT, or list the permission in `permissions`.",
        url="https://docs.databricks.com/aws/en/dev-tools/databricks-apps/resources",
        severity=HIGH,
        kinds=APPS,
        check=_use_only,
        limits={"permissions": names("What may be given besides, such as CAN_MANAGE.")},
        references=[("NIST 800-53", "AC-6")],
    ),
]
