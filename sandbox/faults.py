"""Faults on demand: refusals, delays, and answers that are lost after the effect took place.

Owns which request is hit by which fault. It knows no cloud, and the proxy does the hitting.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

ERROR_CODES = {
    400: "INVALID_PARAMETER_VALUE",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}


@dataclass
class Fault:
    method: str | None
    path: str
    host: str | None
    status: int | None
    body: Any
    times: int
    after_effect: bool
    hang: float
    skip: int = 0
    struck: threading.Event = field(default_factory=threading.Event)
    """Set once a request was hit; with `after_effect`, when that has had its effect."""

    def hits(self, host: str, method: str, path: str) -> bool:
        return (
            self.times > 0
            and self.method in (None, method)
            and self.host in (None, host)
            and re.search(self.path, path) is not None
        )

    def content(self) -> str:
        if isinstance(self.body, str):
            return self.body
        code = ERROR_CODES.get(self.status or 0, "INTERNAL_ERROR")
        # `__type` is where the AWS clients look for an error's name.
        default = {"error_code": code, "message": "sandbox: injected fault", "__type": code}
        return json.dumps(default if self.body is None else self.body)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        *,
        path: str,
        method: str | None = None,
        host: str | None = None,
        status: int | None = None,
        body: Any = None,
        times: int = 1,
        after_effect: bool = False,
        hang: float = 0.0,
        skip: int = 0,
    ) -> Fault:
        """Hit the next `times` requests that match, after the first `skip`; `path` is a regular
        expression.

        With `status`, they get that answer and have no effect. With `after_effect`, the effect
        happens first, and without a `status` the connection is then dropped. With only `hang`,
        the answer comes late; with both, the effect comes first, and after `hang` seconds the
        loss of its answer.
        """
        if status is None and not after_effect and not hang:
            raise ValueError("a fault needs a status, after_effect=True or hang=<seconds>")
        method = method.upper() if method else None
        fault = Fault(method, path, host, status, body, times, after_effect, hang, skip)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, host: str, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if not fault.hits(host, method, path):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
            return None
