"""Cube itself, on Node, with any cube.py: the Python end of tests/node/cube.js.

Owns the process, its environment and its time limits. Who may see what is the tests' business.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tools.engine.cache import cache_folder
from tools.engine.setup import OLDEST, node_folder

ROOT = Path(__file__).resolve().parents[2]
HOST = ROOT / "tests/node/cube.js"
WORKER = ROOT / "tests/cube/worker.py"
SECONDS = 120

# What makes it a Cube that needs nothing beside it: no Cube Store, no telemetry, no refresh timer,
# and the planner that is not written in Rust.
SETTINGS = {
    "CUBEJS_API_SECRET": "-".join(["only-for-tests"] * 3),
    "CUBEJS_CACHE_AND_QUEUE_DRIVER": "memory",
    "CUBEJS_TELEMETRY": "false",
    "CUBEJS_SCHEDULED_REFRESH_TIMER": "false",
    "CUBEJS_TESSERACT_SQL_PLANNER": "false",
}


class RealCube:
    """One Node process; `start` puts a new Cube into it."""

    def __init__(self, environment: Mapping[str, str], *, oldest: bool = False) -> None:
        """The newest Cube, or the oldest core with the newest drivers."""
        newest = node_folder(cache_folder())
        packages = node_folder(cache_folder(), OLDEST) if oldest else newest
        for folder in (newest, packages):
            assert folder.exists(), "no Cube to run: `make setup` says why"
        self._folder = tempfile.TemporaryDirectory(prefix="real-cube-")
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._sent = 0
        kept = {name: value for name, value in environment.items() if not name.startswith("CUBE")}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["node", "--expose-gc", HOST],
                cwd=self._folder.name,  # Snowflake's driver writes a log where it runs
                env={
                    **kept,
                    "NODE_ENV": "production",
                    "NODE_FOLDER": str(packages),
                    "NODE_PATH": str(newest / "node_modules"),  # what the oldest lacks: drivers
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def _log(self) -> Path:
        return Path(self._folder.name, "log")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process with its Python, whatever state they are in."""
        with self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
        self._reader.join()
        self._folder.cleanup()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            answer = json.loads(line)
            self._waiting.pop(answer["number"]).set_result(answer)
        for each in list(self._waiting.values()):
            each.set_exception(RuntimeError(f"Cube ended: {self._log.read_text()}"))

    def send(self, request: str, **fields: Any) -> Future[dict[str, Any]]:
        """Asks without waiting for the answer."""
        assert self.process.stdin is not None
        with self._lock:
            self._sent += 1
            future: Future[dict[str, Any]] = Future()
            self._waiting[self._sent] = future
            line = json.dumps({"number": self._sent, "request": request, **fields})
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        return future

    def ask(self, request: str, **fields: Any) -> dict[str, Any]:
        return received(self.send(request, **fields))

    def start(self, cube_py: str, env: Mapping[str, str], model: str = "", **options: Any) -> None:
        """A new Cube, in place of the one before, with this file and these variables.

        Args:
            cube_py: the text of the file.
            env: the variables.
            model: the data model, in JavaScript.
            options: a `store` for pre-aggregations, as the options of a Snowflake driver, and the
                `contexts` of the refresh worker.
        """
        path = Path(self._folder.name, "cube.py")
        path.write_text(cube_py)
        self.ask(
            "start",
            cubePy=str(path),
            interpreter=sys.executable,
            worker=str(WORKER),
            env={**SETTINGS, **env},
            model=model,
            **options,
        )


def received(answer: Future[dict[str, Any]]) -> dict[str, Any]:
    """The answer to what was sent; a defect of the equipment is raised, a query's error is not."""
    got = answer.result(SECONDS)
    if "failure" in got:
        raise RuntimeError(got["failure"])
    return dict(got["value"])
