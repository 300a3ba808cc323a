"""Interpreters that have the SDKs loaded already: importing them is half of what a command costs.

One process imports them and is forked for each program and each plugin of ours of the tests.
All else is as the engine wants it: command line, environment, working directory, descriptors,
signals and exit code. `make demo` and the tests of `tools/` start everything cold.

    WarmPython()                starts that process
    .virtualenv(project)        gives the project a virtualenv whose `python` asks it for a fork
    python -P warm.py SOCKET    is that process
"""

from __future__ import annotations

import array
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

LOADED = (
    "boto3", "cryptography.hazmat.primitives.asymmetric.rsa", "databricks.sdk", "pulumi",
    "cube_access.plugin.registry", "cube_access.plugin.servicer", "pulumi_databricks",
    "pulumi_snowflake", "pydantic", "snowflake.connector",
)  # fmt: skip
PLUGIN = "pulumi-resource-cube-access"
# The project's `python`. It stays to be waited for and signalled, and dies with what it asked for.
CLIENT = """\
#!{python} -IS
import json, os, signal, socket, sys
from array import array
words = {words}
if words[:1] != ["-u"] or words[1] == "-c":
    os.execv({python!r}, [{python!r}, *words])
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
body = json.dumps([words[1:], os.getcwd(), dict(os.environ)]).encode()
descriptors = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [0, 1, 2]))]
server.sendmsg([len(body).to_bytes(4, "big")], descriptors)
server.sendall(body)
fork = int.from_bytes(server.recv(4), "big")
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, lambda number, _: os.kill(fork, number))
code = server.recv(1)
os._exit(code[0] if code else 1)
"""


class WarmPython:
    """Ends with the process that made it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        self._address = f"{self._folder.name}/socket"
        self._server = subprocess.Popen(
            [sys.executable, "-P", __file__, self._address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._server.stdout
        assert self._server.stdout.readline() == b"ready\n"

    def virtualenv(self, project: Path) -> None:
        real, ours = Path(sys.prefix), project / ".venv"
        (ours / "bin").mkdir(parents=True)
        for entry in (real / "pyvenv.cfg", real / "lib", *(real / "bin").iterdir()):
            if not entry.name.startswith("python"):
                (ours / entry.relative_to(real)).symlink_to(entry)
        plugin = ours / f"bin/{PLUGIN}"
        plugin.unlink()
        clients = {
            ours / "bin/python": "sys.argv[1:]",
            plugin: f"['-u', {str(real / 'bin' / PLUGIN)!r}, *sys.argv[1:]]",
        }
        for client, words in clients.items():
            text = CLIENT.format(python=sys.executable, address=self._address, words=words)
            client.write_text(text)
            client.chmod(0o755)


def main(address: str) -> None:
    gc.disable()
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    print("ready", flush=True)
    while sys.stdin not in select.select([sys.stdin, listening], [], [])[0]:
        client, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            attend(client)
        client.close()


def attend(client: socket.socket) -> None:
    """Forks what was asked for, and waits for it on the client's behalf. Returns in the fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, control, _, _ = client.recvmsg(4, socket.CMSG_SPACE(3 * 4))
    descriptors = array.array("i", control[0][2])
    with client.makefile("rb") as stream:
        words, folder, environment = json.loads(stream.read(int.from_bytes(size, "big")))
    fork = os.fork()
    if fork == 0:
        client.close()
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        become(words, folder, environment)
    for descriptor in (0, 1, 2, *descriptors):
        os.close(descriptor)
    client.sendall(fork.to_bytes(4, "big"))
    ended = os.pidfd_open(fork)
    if client.fileno() in select.select([client.fileno(), ended], [], [])[0]:
        os.kill(fork, signal.SIGKILL)  # the client was killed
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    client.send(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def become(words: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    """As a fresh interpreter would start with these words after `python -u`."""
    os.setpgid(0, 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    module = words[1] if words[0] == "-m" else None
    first = folder if module else str(Path(folder, words[0]).parent)
    sys.path[:0] = [first, *environment.get("PYTHONPATH", "").split(os.pathsep)]
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w"), write_through=True) for number in (1, 2)
    )
    if module:
        sys.argv = words[1:]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    main(sys.argv[1])
