"""How a look ends: as seen, as not there, or as unseen with the reason.

Owns that none of them ends otherwise, the lines that say so, and the commands that they propose:
`databricks api …`, because not each of them has a command of its own in every version of the CLI.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from databricks.sdk.errors.base import DatabricksError

from cube_access.trouble import Kind, trouble
from cube_access.verify.databricks.client import Client, without_configuration
from cube_access.verify.findings import Line, Shown, Verdict

SCIM = "/api/2.0/preview/scim/v2"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TROUBLE = (DatabricksError, OSError, ValueError)
"""What a call raises: refused, broken on the way, or a token that is not renewed."""
ENDS: Mapping[Kind, str] = {
    "rights": "refused",
    "rate": "refused for now, because too much is asked of Databricks",
    "transport": "no answer",
    "sign-in": "the sign-in is refused",
    "not there": "not there",
    "other": "an error",
}


def line(
    verdict: Verdict,
    what: str,
    by: str,
    fix: str = "",
    *,
    through: str = "",
    shown: Shown = "settings",
) -> Line:
    return Line(verdict=verdict, what=what, shown=shown, by=by, through=through, fix=fix)


def reason(error: BaseException) -> str:
    """Why a call failed, in one line."""
    found = trouble(error)
    return f"{ENDS[found.kind]} ({without_configuration(found.said)})"


def seen(
    client: Client,
    what: str,
    by: str,
    look: Callable[[], Iterable[Line]],
    shown: Shown = "settings",
) -> Iterator[Line]:
    """The lines of a look, and one more if it could not be taken to its end."""
    if client.trouble:
        yield line("unseen", f"{what}: not looked at, after {client.trouble}", by, shown=shown)
        return
    try:
        yield from look()
    except TROUBLE as error:
        client.note(error)
        yield line("unseen", f"{what}: {reason(error)}", by, shown=shown)


def api(verb: str, path: str, body: object | None = None) -> str:
    sent = json.dumps(body).replace("'", "'\\''")
    return f"databricks api {verb} {path}" + (f" --json '{sent}'" if body is not None else "")


def scim(path: str, attribute: str, value: str) -> str:
    """Takes one value of an attribute away."""
    operation = {"op": "remove", "path": f'{attribute}[value eq "{value}"]'}
    return api("patch", path, {"schemas": [PATCH], "Operations": [operation]})
