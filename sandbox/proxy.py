"""The intercepting proxy: sends each request to the app of its host, and nowhere else.

Owns mitmproxy, the translation between its flows and WSGI, the journal entries and the faults. It
does not own answers: an app does, and a host without one gets a 502.
"""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote_to_bytes

from mitmproxy import http
from mitmproxy.options import Options
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.tools.dump import DumpMaster
from werkzeug.test import run_wsgi_app

from sandbox.faults import Faults
from sandbox.journal import NOT_EMULATED, Journal, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

NOTES = "sandbox.notes"
"""The WSGI environ key of a dict in which an app leaves, for the journal, the caller's `identity`
and whether it did not know what to answer (`not_emulated`).
"""


class Host(Protocol):
    """An emulated service. `app` is asked for late, so that unused ones cost nothing."""

    def serves(self, host: str) -> bool: ...

    def app(self) -> "WSGIApplication": ...

    def label(self, method: str, path: str, headers: http.Headers, body: Any) -> str:
        """The path the journal and faults go by; AWS calls are told apart by a header."""
        ...


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Router:
    """The mitmproxy addon."""

    def __init__(self, hosts: list[Host], journal: Journal, faults: Faults) -> None:
        self.hosts, self.journal, self.faults = hosts, journal, faults
        self.listening = threading.Event()

    def running(self) -> None:
        self.listening.set()

    def server_connect(self, data: ServerConnectionHookData) -> None:
        # The last line of defence: whatever led here, no connection leaves this machine.
        data.server.error = "sandbox: nothing leaves this machine"

    async def request(self, flow: http.HTTPFlow) -> None:
        name = flow.request.pretty_host.lower()
        host = next((h for h in self.hosts if h.serves(name)), None)
        if host is None:
            text = f"sandbox: {name} is not emulated; nothing leaves this machine"
            flow.response = http.Response.make(502, text, {"Content-Type": "text/plain"})
            self._record(flow, flow.request.path.partition("?")[0], None, 502, None)
            return
        body = parsed_body(flow.request)
        bare = flow.request.path.partition("?")[0]
        path = host.label(flow.request.method, bare, flow.request.headers, body)
        fault = self.faults.take(name, flow.request.method, path)
        environ = make_environ(flow.request)
        answer: Answer | None
        if fault and not fault.after_effect:
            fault.struck.set()
            await asyncio.sleep(fault.hang)
        if fault and fault.status and not fault.after_effect:
            answer = Answer(fault.status, [], fault.content().encode())
        else:
            # Apps block (locks, SQL), so they run outside the proxy's event loop.
            answer = await asyncio.to_thread(call, host.app, environ)
            if fault and fault.after_effect:
                fault.struck.set()
                await asyncio.sleep(fault.hang)
                lost = fault.status
                answer = Answer(lost, [], fault.content().encode()) if lost else None
        notes = environ[NOTES]
        status = answer.status if answer else 0
        # Some drivers repeat a 5xx for ever: their app answers otherwise, and says it here.
        status = NOT_EMULATED if notes.get("not_emulated") else status
        self._record(flow, path, body, status, notes.get("identity"))
        if answer is None:
            flow.kill()  # type: ignore[no-untyped-call]
            return
        headers = [(k.encode(), v.encode()) for k, v in answer.headers]
        flow.response = http.Response.make(answer.status, answer.body, headers)
        if not answer.headers:
            flow.response.headers["Content-Type"] = "application/json"

    def _record(
        self, flow: http.HTTPFlow, path: str, body: object, status: int, identity: str | None
    ) -> None:
        query = dict(parse_qsl(flow.request.path.partition("?")[2], keep_blank_values=True))
        name, method = flow.request.pretty_host.lower(), flow.request.method
        self.journal.record(Request(name, method, path, query, body, status, identity))


def parsed_body(request: http.Request) -> Any:
    text = request.get_text(strict=False) or ""
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text))
    try:
        return json.loads(text) if text else None
    except ValueError:
        return f"<{len(text)} characters>"


def make_environ(request: http.Request) -> "WSGIEnvironment":
    path, _, query = request.path.partition("?")
    body = request.get_content(strict=False) or b""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": request.pretty_host,
        "SERVER_PORT": str(request.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,  # the whole body is here, chunked or not
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        NOTES: {},
    }
    for raw, text in request.headers.fields:
        name, value = raw.decode("latin-1"), text.decode("latin-1")
        # The body is already whole and decoded; Go's clients send theirs in chunks.
        if name.lower() not in ("content-encoding", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    environ["HTTP_HOST"] = request.pretty_host
    environ["CONTENT_TYPE"] = request.headers.get("Content-Type", "")
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def call(app: Callable[[], "WSGIApplication"], environ: "WSGIEnvironment") -> Answer:
    try:
        chunks, status, headers = run_wsgi_app(app(), environ, buffered=True)
        kept = [(k, v) for k, v in headers.items() if k.lower() != "content-length"]
        return Answer(int(status.split()[0]), kept, b"".join(chunks))
    except NotImplementedError as error:
        return failure(NOT_EMULATED, "NOT_IMPLEMENTED", f"sandbox: not emulated: {error}")
    except Exception as error:
        logging.getLogger(__name__).exception("the emulation failed")
        return failure(500, "INTERNAL_ERROR", f"sandbox: {type(error).__name__}: {error}")


def failure(status: int, code: str, message: str) -> Answer:
    body = json.dumps({"error_code": code, "__type": code, "message": message})
    return Answer(status, [("Content-Type", "application/json")], body.encode())


class Proxy:
    """mitmproxy in a thread of this process, on a free port of 127.0.0.1."""

    def __init__(
        self, folder: Path, hosts: Iterable[Host], journal: Journal, faults: Faults
    ) -> None:
        self._folder = folder
        self._router = Router(list(hosts), journal, faults)
        self._thread = threading.Thread(target=self._run, name="sandbox-proxy", daemon=True)
        self._master: Any = None  # half of mitmproxy has no types
        self._failure: BaseException | None = None

    @property
    def ca(self) -> Path:
        return self._folder / "mitmproxy-ca-cert.pem"

    def serve(self, host: Host) -> None:
        """Lets one host more be reached."""
        self._router.hosts.append(host)

    def start(self) -> int:
        """Start and return the port."""
        self._thread.start()
        while not self._router.listening.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError(f"the sandbox's proxy did not start: {self._failure}")
        return int(self._master.addons.get("proxyserver").listen_addrs()[0][1])

    def stop(self) -> None:
        if self._master and self._thread.is_alive():
            self._master.shutdown()
            self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (Exception, SystemExit) as error:  # mitmproxy leaves by SystemExit
            self._failure = error

    async def _serve(self) -> None:
        # lazy + no upstream_cert: it never dials the real host, not even to copy its certificate.
        options = Options(
            listen_host="127.0.0.1", listen_port=0, confdir=str(self._folder), http2=False,
            upstream_cert=False, rawtcp=False,
        )  # fmt: skip
        root = logging.getLogger()
        level = root.level
        # Connections that are still open when the sandbox ends are not worth a traceback each.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        self._master = DumpMaster(options, with_termlog=False, with_dumper=False)
        root.setLevel(level)  # mitmproxy sets the root logger to DEBUG
        logging.getLogger("mitmproxy").setLevel(logging.CRITICAL)
        self._master.options.update(connection_strategy="lazy")
        self._master.addons.add(self._router)
        await self._master.run()
