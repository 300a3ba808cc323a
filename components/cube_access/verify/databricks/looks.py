"""What a look on Databricks raises, and the commands that its lines propose: `databricks api …`,
because not each of them has a command of its own in every version of the CLI.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from databricks.sdk.errors.base import DatabricksError

from cube_access.trouble import Kind, trouble
from cube_access.verify.databricks.client import Client, without_configuration
from cube_access.verify.findings import Line, Shown
from cube_access.verify.looks import Look, line, told

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


def reason(error: BaseException) -> str:
    """Why a call failed, in one line."""
    found = trouble(error)
    return f"{ENDS[found.kind]} ({without_configuration(found.said)})"


def seen(
    client: Client, what: str, by: str, look: Look, *, shown: Shown = "settings", name: str = ""
) -> Iterator[Line]:
    """A look by this client. After one that shows the way to be broken no other is taken.

    Args:
        what: is looked at, in words.
        name: by which it can be accepted that it was not seen.
    """
    if client.trouble:
        yield line("unseen", f"{what}: not looked at, after {client.trouble}", by, shown=shown)
        return

    def why(error: Exception) -> str:
        client.note(error)
        return reason(error)

    yield from told(what, by, look, TROUBLE, why, shown=shown, name=name)


def api(verb: str, path: str, body: object | None = None) -> str:
    sent = json.dumps(body).replace("'", "'\\''")
    return f"databricks api {verb} {path}" + (f" --json '{sent}'" if body is not None else "")


def scim(path: str, attribute: str, value: str) -> str:
    """Takes one value of an attribute away."""
    operation = {"op": "remove", "path": f'{attribute}[value eq "{value}"]'}
    return api("patch", path, {"schemas": [PATCH], "Operations": [operation]})
