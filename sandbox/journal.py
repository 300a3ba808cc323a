"""What was asked of the sandbox: every request in order, and which ones it does not know.

Owns recording and, for the copy written to disk, redaction. It does not judge requests.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SECRET_FIELDS = {
    "secretstring", "secretbinary", "secret", "client_secret", "token", "token_value",
    "access_token", "refresh_token", "password", "code", "code_verifier", "client_assertion",
    "assertion", "plaintext", "oldsessiontoken",
}  # fmt: skip
SECRET_IN_SQL = re.compile(r"(PASSWORD\s*=\s*)'(?:[^']|'')*'?", re.IGNORECASE)
NOT_EMULATED = 501


@dataclass(frozen=True)
class Request:
    host: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    """0 when the connection was dropped before an answer."""
    identity: str | None


class Journal:
    """Thread-safe and list-like. In memory values are complete; in `file` secrets are redacted."""

    def __init__(self, file: Path | None = None) -> None:
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._file = file
        if file:
            file.write_text("")

    def record(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)
            if self._file:
                with self._file.open("a") as out:
                    out.write(json.dumps(redact(asdict(request)), default=str) + "\n")

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def calls(
        self, host: str | None = None, method: str | None = None, path: str | None = None
    ) -> list[Request]:
        """Those to this host, by this method, whose path matches this regular expression."""
        return [
            r
            for r in self
            if (host is None or r.host == host)
            and (method is None or r.method == method.upper())
            and (path is None or re.search(path, r.path))
        ]

    @property
    def unknown(self) -> list[Request]:
        return [r for r in self if r.status == NOT_EMULATED]

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(list(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def __getitem__(self, index: int) -> Request:
        return self._requests[index]


def redact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            k: "***" if str(k).lower() in SECRET_FIELDS and v else redact(v)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [redact(v) for v in value]
    if isinstance(value, str):
        return SECRET_IN_SQL.sub(r"\1***", value)
    return value
