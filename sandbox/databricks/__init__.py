"""Databricks: the account host, the workspace hosts, and the state behind both.

Owns which hosts are served by which app. The state is `state.py`'s, HTTP is in `web.py` and the
`*_api.py` modules.
"""

from typing import TYPE_CHECKING, Any

from mitmproxy.http import Headers

from sandbox.databricks.account_api import account_app
from sandbox.databricks.state import Databricks
from sandbox.databricks.web import ACCOUNT_API
from sandbox.databricks.workspace_api import workspace_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Databricks", "DatabricksHosts"]

ACCOUNT_HOSTS = {
    "accounts.cloud.databricks.com",
    "accounts.gcp.databricks.com",
    "accounts.azuredatabricks.net",
}


class DatabricksHosts:
    """Account hosts and known workspaces; any other Databricks name is as unknown as the rest."""

    def __init__(self, state: Databricks) -> None:
        self._state = state
        self._account, self._workspace = account_app(state), workspace_app(state)

    def serves(self, host: str) -> bool:
        return host in ACCOUNT_HOSTS or host in self._state.directory.workspaces

    def app(self) -> "WSGIApplication":
        return self._serve

    def label(self, method: str, path: str, headers: Headers, body: Any) -> str:
        return path

    def _serve(self, environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        unified = self._state.unified and environ["PATH_INFO"].startswith(ACCOUNT_API)
        account = unified or environ["HTTP_HOST"] in ACCOUNT_HOSTS
        app = self._account if account else self._workspace
        # One request at a time: every answer sees a consistent state.
        with self._state.lock:
            return [b"".join(app(environ, start))]
