"""A stand-in for Pulumi's Python language host, for engines built from Go modules.

The official host, `pulumi-language-python`, is a Go program that no Go module mirror serves. It is
a small gRPC service between the engine and Python, and this is another implementation of it: it
starts the SDK's own launcher (`pulumi-language-python-exec`, which comes with the engine's source)
for each run of the program, `pulumi.policy` for each policy pack, and a folder with a plugin, just
as the official host does.

What it is not: it knows no toolchain but pip, writes no projects, turns no program into Python and
attaches no debugger. `make setup` uses it only where the official host is absent.

Usage: python -m tools.engine.language_host LAUNCHER [engine address]
It prints its port and serves until it is ended.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2

from tools.engine import python_environment
from tools.engine.cache import SetupError
from tools.engine.protocol import language_pb2, language_pb2_grpc, plugin_pb2
from tools.engine.python_environment import EnvironmentProblem

# The launcher exits with this code once it has shown the user an error; more words would bury it.
SHOWN_TO_USER = 32
MESSAGE_LIMIT = 400 * 1024 * 1024  # the engine's own: programs may send large assets


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine process."""

    def __init__(self, launcher: str, engine_address: str) -> None:
        self.launcher = launcher
        self.engine_address = engine_address
        self.root = str(Path.cwd())
        self.children: list[subprocess.Popen[bytes]] = []

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.engine_address = request.engine_address
        self.root = request.root_directory or self.root
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        # None: the plugins stand beside the engine, on PATH, and are
        # loaded when the program asks for them.
        return language_pb2.GetRequiredPackagesResponse()

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        version = ".".join(str(part) for part in sys.version_info[:3])
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        folder = Path(request.info.program_directory)
        requirements = folder / "requirements.txt"
        text = requirements.read_text() if requirements.exists() else ""
        names = re.findall(r"^[\w.][\w.-]*", text, re.M)
        for path in re.findall(r"^-e ([^\s\[]+)", text, re.M):
            pyproject = tomllib.loads((folder / path / "pyproject.toml").read_text())
            names.append(pyproject["project"]["name"])
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=metadata.version(name))
                for name in names
            ]
        )

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        arguments = {
            "project": request.project,
            "stack": request.stack,
            "parallel": str(request.parallel),
            "dry_run": str(request.dryRun).lower(),
            "pwd": request.info.program_directory,
            "root_directory": request.info.root_directory,
            "organization": request.organization,
            "monitor": request.monitor_address,
            "engine": self.engine_address,
        }
        try:
            python = python_environment.python(request.info, plugin=False)
        except EnvironmentProblem as problem:
            return language_pb2.RunResponse(error=str(problem))
        command = [str(python), "-u", self.launcher]
        command += [
            word for name, value in arguments.items() for word in (f"--{name}", value) if value
        ]
        command += [str(Path(request.info.program_directory, request.info.entry_point))]
        # Configuration goes by the environment, as in the official
        # host: secrets never stand in argv.
        environment = {
            **os.environ,
            "PYTHONPATH": request.info.program_directory,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        with self._start([*command, *request.args], env=environment) as process:
            code = process.wait()
        if code == SHOWN_TO_USER:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(
            error=f"Program exited with non-zero exit code: {code}" if code else ""
        )

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        environment = {**os.environ, **dict(word.split("=", 1) for word in request.env)}
        if request.kind == "analyzer":
            command = [sys.executable, "-u", "-m", "pulumi.policy"]
            command += [*request.args, request.info.program_directory]
        elif request.kind == "resource":
            try:
                python = python_environment.python(request.info, plugin=True)
                command = [str(python), *_entry(request.info), *request.args]
            except EnvironmentProblem as problem:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(problem))
            environment = python_environment.activated(python, environment)
        else:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, f"{request.kind} plugins are not run by this host"
            )
        process = self._start(
            command,
            cwd=request.pwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(process.terminate)
        errors = threading.Thread(target=_forward, args=(process.stderr,), daemon=True)
        errors.start()
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in process.stdout:
            yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            for line in python_environment.install(request.info, plugin=request.is_plugin):
                yield language_pb2.InstallDependenciesResponse(stdout=line.encode())
        except EnvironmentProblem as problem:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(problem))

    def GeneratePackage(self, request: Any, context: grpc.ServicerContext) -> Any:
        from tools.engine import gen_sdk

        if request.extra_files:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "overlays are not taken by this stand-in")
        try:
            gen_sdk.generate(
                "python", request.schema, Path(request.directory), request.loader_target
            )
        except SetupError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return language_pb2.GeneratePackageResponse()

    def Link(self, request: Any, context: grpc.ServicerContext) -> Any:
        packages = {each.package.name: each.path for each in request.packages}
        try:
            text = python_environment.link(request.info, packages)
        except EnvironmentProblem as problem:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(problem))
        return language_pb2.LinkResponse(import_instructions=text)

    def _start(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """A child in a process group of its own: the engine interrupts ours when it is done with
        us, and a program that is waiting for the engine then would show the user a traceback.
        """
        child = subprocess.Popen(command, process_group=0, **options)
        self.children.append(child)
        return child

    def stop_children(self) -> None:
        for child in self.children:
            child.terminate()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()


def _entry(info: Any) -> list[str]:
    """What Python is told to start of a plugin's folder."""
    folder = Path(info.program_directory)
    if (folder / "__main__.py").exists():
        return [str(folder)]
    try:
        pyproject = tomllib.loads((folder / "pyproject.toml").read_text())
        name = pyproject["project"]["name"]
        pyproject["build-system"]["build-backend"]
    except (OSError, KeyError, ValueError):
        raise EnvironmentProblem(
            f"{folder} is not runnable: it has neither __main__.py nor a buildable pyproject.toml"
        ) from None
    return ["-m", "pulumi.run.plugin", str(name)]


def _forward(stream: IO[bytes] | None) -> None:
    """What a policy pack or a plugin writes to standard error reaches the user through ours."""
    for line in stream or ():
        sys.stderr.buffer.write(line)
        sys.stderr.flush()


def main() -> None:
    # It is for this host to find its own modules; programs and plugins have theirs.
    os.environ.pop("PYTHONPATH", None)
    # The engine's address comes last, after the engine's own flags.
    launcher, engine_address = sys.argv[1], sys.argv[-1] if len(sys.argv) > 2 else ""
    limits = [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT),
        ("grpc.max_send_message_length", MESSAGE_LIMIT),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=limits)
    host = LanguageHost(launcher, engine_address)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    # A descriptor, not an Event: the signal may land on one of gRPC's threads, and a main thread
    # that waits for a lock would not wake up for it.
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)
    server.start()
    print(port, flush=True)
    # Standard input ends when the engine does, even when that was killed.
    select.select([ended, sys.stdin], [], [])
    host.stop_children()
    # Not sys.exit: a handler thread may still be waiting for a
    # child, and the engine is no longer listening.
    os._exit(0)


if __name__ == "__main__":
    main()
