"""A preview with the real engine that needs neither a cloud, nor a sign-in, nor the stack's
passphrase or state.

The state is empty and thrown away, so every resource is a creation. What a change means is the
comparison of two such previews, of two revisions. Owns the throw-away project and its environment;
reads no result (preview.py).
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.report.errors import ReportError

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("offline_program.py")
PLACEHOLDER = "not-known-offline"
TIMEOUT_SECONDS = 600
# What a stack's file says of its own encryption and of values that only Pulumi Cloud has.
DROPPED = ("encryptionsalt", "encryptedkey", "secretsprovider", "environment")
# All that the engine inherits: no credential, no profile, no home folder.
INHERITED = ("LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True)
class Offline:
    """What one offline preview wrote."""

    digest: str
    """Of `--json`."""
    events: str
    """Of `--event-log`, a JSON object a line."""


@contextmanager
def revision(name: str) -> Iterator[Path]:
    """The files of a commit, in a folder that goes away.

    Raises:
        ReportError: no such commit in this clone.
    """
    with tempfile.TemporaryDirectory(prefix="cube-access-base-") as folder:
        archive = Path(folder, "tree.tar")
        with archive.open("wb") as file:
            done = subprocess.run(
                ["git", "archive", "--format=tar", "--end-of-options", name],
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode:
            raise ReportError(
                f"BASE={name}: git has no such commit here ({done.stderr.strip()}). Fetch it, or "
                "name another one."
            )
        tree = Path(folder, "tree")
        shutil.unpack_archive(archive, tree, "tar", filter="data")
        yield tree


# What no report is made by. Anything else may be: a file `yaml.py` would be imported, too.
APART = re.compile(r"docs/|tests/|README\.md$|Pulumi\.[^/]+\.yaml$")


def changed_code(base: str) -> list[str]:
    """Where this checkout's code differs from a commit's, as `tools/report` or `Makefile`.

    Raises:
        ReportError: git cannot say.
    """
    options = ["--name-only", "-z", "--no-renames", "--ignore-submodules=none", "--no-ext-diff"]
    names: set[str] = set()
    for command in (
        ["diff", *options, "--end-of-options", base, "--"],
        ["ls-files", "--others", "--exclude-standard", "-z"],  # not yet added
    ):
        done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, check=False)
        if done.returncode:
            raise ReportError(f"BASE={base}: git cannot compare: {done.stderr.decode().strip()}")
        names |= set(done.stdout.decode(errors="replace").split("\0")) - {""}
    return sorted({"/".join(each.split("/")[:2]) for each in names if not APART.match(each)})


def sealed(tree: Path, stack: str) -> dict[str, str]:
    """What a stack's file says that an offline preview does without: never to be shown."""
    content, _ = _stack_file(tree, stack)
    found = {key: str(content[key]) for key in DROPPED if key in content}

    def look(value: Any, path: str) -> None:
        if isinstance(value, dict) and value.keys() == {"secure"}:
            found[path] = str(value["secure"])
        elif isinstance(value, (dict, list)):
            for key, each in value.items() if isinstance(value, dict) else enumerate(value):
                look(each, f"{path}.{key}" if path else str(key))

    look(content.get("config") or {}, "")
    return found


def preview(tree: Path, stack: str, *, pack: Path | None, policy_config: Path | None) -> Offline:
    """Previews a stack of the project in `tree`.

    Args:
        pack: the policy pack that looks on.

    Raises:
        ReportError: the engine did not get as far as a preview. A program that fails is none: its
            errors are in the result.
    """
    with tempfile.TemporaryDirectory(prefix="cube-access-report-") as folder:
        home = Path(folder)
        project = home / "project"
        secure = _project(tree, project, stack)
        environment = _environment(home, tree)

        def pulumi(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
            command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
            try:
                return subprocess.run(
                    [*command, "--stack", stack],
                    cwd=project,
                    env=environment,
                    input=text,
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise ReportError(
                    f"`pulumi {arguments[0]}` took more than {TIMEOUT_SECONDS} s for an offline "
                    "preview: it asks nobody, so the program itself hangs."
                ) from None

        for command in (
            ("stack", "init"),
            *(("config", "set", "--path", "--secret", path) for path in secure),
        ):
            done = pulumi(*command, text=PLACEHOLDER)
            if done.returncode:
                raise ReportError(
                    f"`pulumi {' '.join(command)}` failed for an offline preview: "
                    f"{done.stderr.strip()}"
                )
        log = home / "events"
        arguments = ["preview", "--json", "--show-sames", "--event-log", str(log)]
        if pack:
            arguments += ["--policy-pack", str(pack.absolute())]
            if policy_config:
                arguments += ["--policy-pack-config", str(policy_config.absolute())]
        done = pulumi(*arguments)
        start = done.stdout.find("{\n")
        if start < 0 or not log.exists():
            raise ReportError(f"the engine made no preview: {(done.stderr or done.stdout).strip()}")
        return Offline(done.stdout[start:], log.read_text(encoding="utf-8"))


def _project(tree: Path, project: Path, stack: str) -> list[str]:
    """The throw-away project: links to the tree's files, our program before its own, and the
    stack's file without its secrets. The paths of those.
    """
    project.mkdir()
    for entry in tree.iterdir():
        named_otherwise = entry.name in {"__main__.py", ".git", ".venv"}
        if not (named_otherwise or entry.match("Pulumi.*.yaml")):
            (project / entry.name).symlink_to(entry)
    (project / ".venv").symlink_to(ROOT / ".venv")
    shutil.copy(PROGRAM, project / "__main__.py")
    content, config = _stack_file(tree, stack)
    for key in DROPPED:
        content.pop(key, None)
    secure: list[str] = []
    content["config"] = {key: _without_secrets(value, key, secure) for key, value in config.items()}
    (project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return secure


def _stack_file(tree: Path, stack: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """All of it, and its configuration."""
    file = tree / f"Pulumi.{stack}.yaml"
    try:
        content = dict(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
        return content, dict(content.get("config") or {})
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise ReportError(f"{file.name} is not a stack's file: {error}") from None


def _without_secrets(value: Any, path: str, secure: list[str]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            secure.append(path)
            return PLACEHOLDER
        return {
            key: _without_secrets(each, f'{path}["{key}"]', secure) for key, each in value.items()
        }
    if isinstance(value, list):
        return [
            _without_secrets(each, f"{path}[{index}]", secure) for index, each in enumerate(value)
        ]
    return value


def _environment(home: Path, tree: Path) -> dict[str, str]:
    for name in ("state", "pulumi", "home"):
        (home / name).mkdir()
    plugins = Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi")) / "plugins"
    if plugins.is_dir():
        (home / "pulumi/plugins").symlink_to(plugins.absolute())
    # A proxy that nobody listens at: what tries to reach a network fails at once.
    nowhere = "http://127.0.0.1:9"
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home / "home"),
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CUBE_ACCESS_OFFLINE": "1",
        "CUBE_ACCESS_OFFLINE_PROGRAM": str(tree / "__main__.py"),
        "PULUMI_HOME": str(home / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # Shows --event-log, which alone has the policy pack's verdicts.
        "PULUMI_DEBUG_COMMANDS": "true",
        # An unconfigured provider's resources then have the outputs that were asked for.
        "PULUMI_LEGACY_PROVIDER_PREVIEW": "true",
    }
