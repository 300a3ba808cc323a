"""Databases that know only how to sign somebody in, each for one of Cube's drivers: they ask for
TLS, take the logins that they are given, and say who it is.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SSL_REQUEST, PROTOCOL_3 = 80877103, 196608
TEXT = 25


@dataclass
class Database:
    """One that listens: where, and whom it lets in."""

    tls: ssl.SSLContext
    certificate: str
    logins: dict[str, str] = field(default_factory=dict)
    """What stands for a password or a header, to the user that it is good for."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """What each connection was started with."""
    port: int = 0


def certificate(folder: Path, host: str = "localhost") -> tuple[ssl.SSLContext, str]:
    """Signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "localhost.pem"
    file.write_text(private.decode() + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, pem


@contextmanager
def serving(server: socketserver.TCPServer, database: Database) -> Iterator[Database]:
    database.port = server.server_address[1]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield database
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Packets(socketserver.BaseRequestHandler):
    """A connection whose packets say how long they are."""

    def read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = self.request.recv(size - len(got))
            if not part:
                raise ConnectionError
            got += part
        return got


def postgres(folder: Path) -> Any:
    """PostgreSQL's protocol, version 3: https://www.postgresql.org/docs/current/protocol.html."""
    database = Database(*certificate(folder))

    class Handler(Packets):
        def packet(self) -> bytes:
            return self.read(struct.unpack("!i", self.read(4))[0] - 4)

        def send(self, *messages: tuple[bytes, bytes]) -> None:
            packed = (kind + struct.pack("!i", len(body) + 4) + body for kind, body in messages)
            self.request.sendall(b"".join(packed))

        def handle(self) -> None:
            try:
                self.talk()
            except (ConnectionError, ssl.SSLError):
                return

        def talk(self) -> None:
            (code,) = struct.unpack("!i", self.packet()[:4])
            if code != SSL_REQUEST:
                return self.send((b"E", b"SFATAL\0C28000\0Mno TLS, no entry\0\0"))
            self.request.sendall(b"S")
            self.request = database.tls.wrap_socket(self.request, server_side=True)
            words = self.packet()[4:].decode().split("\0")
            started = dict(zip(words[::2], words[1::2], strict=False))
            database.seen.append(started)
            self.send((b"R", struct.pack("!i", 3)))
            self.read(1)
            password = self.packet().rstrip(b"\0").decode()
            user = database.logins.get(password)
            if user is None or user != started["user"]:
                return self.send((b"E", b"SFATAL\0C28P01\0Mpassword authentication failed\0\0"))
            ready = (b"Z", b"I")
            self.send((b"R", struct.pack("!i", 0)), ready)
            column = b"who\0" + struct.pack("!ihihih", 0, 0, TEXT, -1, -1, 0)
            answer = (
                (b"T", struct.pack("!h", 1) + column),
                (b"D", struct.pack("!hi", 1, len(user)) + user.encode()),
                (b"C", b"SELECT 1\0"),
            )
            while (kind := self.read(1)) != b"X":
                self.packet()
                if kind == b"Q":
                    self.send(*answer, ready)
                elif kind == b"S":  # the end of a query in parts
                    self.send((b"1", b""), (b"2", b""), *answer, ready)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    return serving(Server(("127.0.0.1", 0), Handler), database)


def trino(folder: Path) -> Any:
    """Trino's client protocol: https://trino.io/docs/current/develop/client-protocol.html."""
    database = Database(*certificate(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            while size := int(self.rfile.readline(), 16):  # it comes in chunks
                self.rfile.read(size + 2)
            self.rfile.readline()
            asked = self.headers.get("X-Trino-User") or self.headers.get("X-Presto-User") or ""
            database.seen.append({"user": asked})
            if self.user() != asked:
                return self.answer(401, {"message": "no entry"})
            link = f"https://localhost:{database.port}/v1/statement/1"
            links = {"nextUri": link, "infoUri": link}
            self.answer(200, {"id": "1", "stats": {"state": "QUEUED"}, **links})

        def do_GET(self) -> None:
            user = self.user()
            columns = [{"name": "who", "type": "varchar"}]
            body = {"id": "1", "columns": columns, "data": [[user]], "stats": {"state": "FINISHED"}}
            self.answer(200 if user else 401, body)

        def user(self) -> str | None:
            return database.logins.get(self.headers.get("Authorization", ""))

        def answer(self, status: int, body: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = database.tls.wrap_socket(server.socket, server_side=True)
    return serving(server, database)


def pinot(folder: Path) -> Any:
    """A broker's queries: https://docs.pinot.apache.org/users/api/querying-pinot-using-standard-sql."""
    database = Database(*certificate(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            user = database.logins.get(self.headers.get("Authorization", ""))
            database.seen.append({"user": user or "nobody"})
            schema = {"columnNames": ["who"], "columnDataTypes": ["STRING"]}
            body = {"resultTable": {"dataSchema": schema, "rows": [[user]]}, "exceptions": []}
            self.send_response(200 if user else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = database.tls.wrap_socket(server.socket, server_side=True)
    return serving(server, database)


def free_port() -> int:
    """One where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
