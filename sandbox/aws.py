"""AWS: Secrets Manager, STS and KMS, by moto.

Owns which hosts are served and how a call is named in the journal. It owns no behaviour: moto does,
and `iam.py` what moto leaves out.
"""

import io
import json
import re
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mitmproxy.http import Headers

from sandbox.iam import KMS, Iam, region_of, wrong_value

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = re.compile(r"(secretsmanager|kms|sts)(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com")


class Aws:
    def __init__(self) -> None:
        self.iam = Iam()
        self._app: WSGIApplication | None = None
        self._lock = threading.Lock()

    def serves(self, host: str) -> bool:
        return HOST.fullmatch(host) is not None

    def label(self, method: str, path: str, headers: Headers, body: Any) -> str:
        """`/secretsmanager.CreateSecret`: the operation, since every AWS path is `/`."""
        target = headers.get("X-Amz-Target")
        if not target and isinstance(body, dict) and "Action" in body:
            target = f"{headers.get('Host', '').partition('.')[0]}.{body['Action']}"
        return f"/{target}" if target else path

    def app(self) -> "WSGIApplication":
        with self._lock:
            if self._app is None:
                self._app = self._start()
        return self._serve

    def _start(self) -> "WSGIApplication":
        # moto takes most of a second to import; only those who call AWS pay for it.
        from moto.moto_api._internal.models import moto_api_backend
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        moto_api_backend.reset()  # moto keeps its state in the process; a sandbox starts empty
        return DomainDispatcherApplication(create_backend_app)

    def _serve(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        assert self._app is not None  # noqa: S101 - app() has run
        with self._lock:
            if refusal := self._refusal(environ):
                start("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
                error = {"__type": refusal[0], "Message": refusal[1]}
                return [json.dumps(error).encode()]
            return [b"".join(self._app(environ, start))]

    def _refusal(self, environ: "WSGIEnvironment") -> tuple[str, str] | None:
        """The error's type and words; moto answers the rest."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        if not target.startswith(("secretsmanager.", KMS)):
            return None
        sent = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(sent)
        authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
        body = json.loads(sent or b"{}")
        if refusal := self.iam.refusal(authorization, target, body):
            return "AccessDeniedException", refusal
        return wrong_value(target, body, region_of(authorization))
