"""MySQL's protocol, as far as somebody signs in and asks who they are:
https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html.

Owns one database, which takes a password of the service account in the usual way, and of everybody
else as it is, within TLS: so do databases that look at a token.
"""

from __future__ import annotations

import hashlib
import socketserver
import ssl
import struct
from pathlib import Path
from typing import Any

from tests.cube.databases import Database, Packets, certificate, serving

SALT = b"abcdefghijklmnopqrst"
SSL, PLUGINS = 0x800, 0x80000
ABLE = 0x1 | 0x8 | 0x200 | SSL | 0x2000 | 0x8000 | PLUGINS
OK, END = b"\0\0\0\x02\0\0\0", b"\xfe\0\0\x02\0"
QUIT, QUERY = 1, 3


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def scrambled(password: str) -> bytes:
    """What the usual way sends in place of the password."""
    once = hashlib.sha1(password.encode()).digest()  # noqa: S324 - the protocol's
    twice = hashlib.sha1(SALT + hashlib.sha1(once).digest()).digest()  # noqa: S324
    return bytes(a ^ b for a, b in zip(once, twice, strict=True))


def mysql(folder: Path, service: str, host: str = "localhost") -> Any:
    """A database that listens.

    Args:
        folder: for its key.
        service: the user who signs in in the usual way.
        host: whose its certificate is.
    """
    database = Database(*certificate(folder, host))

    class Handler(Packets):
        sequence = 0

        def packet(self) -> bytes:
            head = self.read(4)
            self.sequence = head[3] + 1
            return self.read(int.from_bytes(head[:3], "little"))

        def send(self, *bodies: bytes) -> None:
            for body in bodies:
                self.request.sendall(
                    struct.pack("<I", len(body))[:3] + bytes([self.sequence]) + body
                )
                self.sequence += 1

        def refuse(self, words: str) -> None:
            self.send(b"\xff" + struct.pack("<H", 1045) + b"#28000" + words.encode())

        def handle(self) -> None:
            try:
                self.talk()
            except (ConnectionError, ssl.SSLError):
                return

        def talk(self) -> None:
            low, high = struct.pack("<H", ABLE & 0xFFFF), struct.pack("<H", ABLE >> 16)
            self.send(
                b"\x0a8.0.0\0"
                + bytes(4)
                + SALT[:8]
                + b"\0"
                + low
                + b"\x2d\x02\0"
                + high
                + bytes([len(SALT) + 1])
                + bytes(10)
                + SALT[8:]
                + b"\0mysql_native_password\0"
            )
            if not int.from_bytes(self.packet()[:4], "little") & SSL:
                return self.refuse("no TLS, no entry")
            self.request = database.tls.wrap_socket(self.request, server_side=True)
            user = self.packet()[32:].partition(b"\0")[0].decode()
            database.seen.append({"user": user})
            usual = user == service
            plugin = b"mysql_native_password" if usual else b"mysql_clear_password"
            self.send(b"\xfe" + plugin + b"\0" + SALT + b"\0")
            given = self.packet()
            for password, owner in database.logins.items():
                if owner == user and given == (
                    scrambled(password) if usual else password.encode() + b"\0"
                ):
                    break
            else:
                return self.refuse("Access denied")
            self.send(OK)
            column = b"\x03def" + text("") * 3 + text("who") + text("") + b"\x0c\x2d\0"
            column += struct.pack("<IBHB", 1024, 0xFD, 0, 0) + b"\0\0"
            while (command := self.packet())[0] != QUIT:
                if command[0] == QUERY and command[1:].lstrip().upper().startswith(b"SELECT"):
                    self.send(b"\x01", column, END, text(user), END)
                else:
                    self.send(OK)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    return serving(Server(("127.0.0.1", 0), Handler), database)
