"""Snowflake: the account's host, and the state behind it.

Owns which hosts are served. The state is `state.py`'s, HTTP is in `web.py`.
"""

import re
from typing import TYPE_CHECKING, Any

from mitmproxy.http import Headers

from sandbox.snowflake.state import Snowflake
from sandbox.snowflake.web import make_app
from sandbox.snowflake.world import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Snowflake", "SnowflakeHosts"]

LABEL_CHARACTERS = 300


class SnowflakeHosts:
    """The seeded account; any other is as unknown as the rest."""

    def __init__(self, state: Snowflake) -> None:
        self._state = state
        self._app = make_app(state)

    def serves(self, host: str) -> bool:
        return host.lower() == HOST

    def app(self) -> "WSGIApplication":
        return self._serve

    def label(self, method: str, path: str, headers: Headers, body: Any) -> str:
        """A statement is told apart by its text: all of them go to one path."""
        sql = body.get("sqlText") if isinstance(body, dict) else None
        if not sql:
            return path
        bare = re.sub(r"\s*--terraform_provider_usage_tracking.*", "", str(sql), flags=re.DOTALL)
        return f"{path} {' '.join(bare.split())[:LABEL_CHARACTERS]}"

    def _serve(self, environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        # One request at a time: every answer sees a consistent state.
        with self._state.lock:
            return [b"".join(self._app(environ, start))]
