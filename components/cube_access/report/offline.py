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

import cube_access
from cube_access import stack as stacks
from cube_access.offline import VARIABLE
from cube_access.report.errors import ReportError
from cube_access.report.preview import PLACEHOLDER

PROGRAM = Path(__file__).with_name("offline_program.py")
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


@dataclass(frozen=True)
class Tree:
    """A program among the files of its repository, in one revision."""

    top: Path
    """The repository's; without one, the program's own."""
    inside: Path = Path()
    """From there to the program."""

    @property
    def program(self) -> Path:
        return self.top / self.inside

    @property
    def is_program(self) -> bool:
        return (self.program / "Pulumi.yaml").is_file()

    @property
    def own_package(self) -> Path | None:
        """The folder of this package's source, where it is in the repository itself."""
        installed = Path(cube_access.__file__).resolve().parents[1]
        top = self.top.resolve()
        return installed.relative_to(top) if installed.is_relative_to(top) else None

    def stack_file(self, stack: str) -> Path:
        return self.program / f"Pulumi.{stack}.yaml"

    def has(self, stack: str) -> bool:
        return self.stack_file(stack).exists()

    @property
    def stacks(self) -> list[str]:
        """Those that have a file."""
        return sorted(each.name.split(".")[1] for each in self.program.glob("Pulumi.*.yaml"))


def checkout(folder: Path) -> Tree:
    """The program in a folder, as it is there now.

    Raises:
        ReportError: there is no program.
    """
    program = folder.resolve()
    if not Tree(program).is_program:
        raise ReportError(f"there is no Pulumi.yaml in {program}: say --cwd with its folder")
    try:
        done = _git(program, "rev-parse", "--show-toplevel")
    except FileNotFoundError:
        return Tree(program)
    if done.returncode:
        return Tree(program)
    top = Path(done.stdout.strip()).resolve()
    return Tree(top, program.relative_to(top))


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


@contextmanager
def revision(tree: Tree, name: str) -> Iterator[Tree]:
    """The files of a commit, in a folder that goes away.

    Raises:
        ReportError: no repository, or no such commit in this clone.
    """
    with tempfile.TemporaryDirectory(prefix="cube-access-base-") as folder:
        archive = Path(folder, "tree.tar")
        options = ["--format=tar", f"--output={archive}", "--end-of-options", name]
        try:
            done = _git(tree.top, "archive", *options)
        except FileNotFoundError:
            raise ReportError("there is no git on PATH, which a revision comes from") from None
        if done.returncode:
            raise ReportError(
                f"--base {name}: git has no such commit in {tree.top} ({done.stderr.strip()}). "
                "Fetch it, or name another one; without a repository, use --preview."
            )
        files = Path(folder, "tree")
        shutil.unpack_archive(archive, files, "tar", filter="data")
        yield Tree(files, tree.inside)


# What no report is made by. Anything else may be: a file `yaml.py` would be imported, too.
APART = re.compile(r"docs/|tests/|README\.md$|Pulumi\.[^/]+\.yaml$")
# What says which packages a program runs with.
INSTALLED_BY = re.compile(r"(requirements[^/]*\.txt|pyproject\.toml|Pulumi\.yaml|[^/]*[.-]lock.*)$")


def changed_code(tree: Tree, base: str) -> list[str]:
    """Paths at which this checkout's code differs from a commit's, from the repository's top.

    Raises:
        ReportError: git cannot say.
    """
    options = ["--name-only", "-z", "--no-renames", "--ignore-submodules=none", "--no-ext-diff"]
    names: set[str] = set()
    for command in (
        ["diff", *options, "--end-of-options", base, "--"],
        ["ls-files", "--others", "--exclude-standard", "-z"],  # not yet added
    ):
        done = _git(tree.top, *command)
        if done.returncode:
            raise ReportError(f"--base {base}: git cannot compare: {done.stderr.strip()}")
        names |= set(done.stdout.split("\0")) - {""}
    own = "" if tree.inside == Path() else f"{tree.inside.as_posix()}/"
    return sorted(
        name for name in names if not (APART.match(name) or APART.match(name.removeprefix(own)))
    )


def sealed(tree: Tree, stack: str) -> dict[str, str]:
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


def preview(
    tree: Tree,
    stack: str,
    *,
    now: Tree | None = None,
    pack: Path | None = None,
    policy_config: Path | None = None,
) -> Offline:
    """Previews a stack of a program.

    Args:
        now: the checkout, where `tree` is another revision: its virtualenv is used, for a revision
            has none.
        pack: the policy pack that looks on.

    Raises:
        ReportError: the engine did not get as far as a preview. A program that fails is none: its
            errors are in the result.
    """
    with tempfile.TemporaryDirectory(prefix="cube-access-report-") as folder:
        home = Path(folder)
        project = _project(tree, home / "tree", stack, now or tree)
        secure = _without_secrets_of(tree, project, stack)
        environment = _environment(home, tree, now)

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
            except FileNotFoundError:
                raise ReportError(
                    "there is no `pulumi` on PATH: https://www.pulumi.com/docs/install/"
                ) from None
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


def _project(tree: Tree, root: Path, stack: str, now: Tree) -> Path:
    """The throw-away project: links to the repository's files, as a program may name any of them by
    its relative path, and our program before the own one.
    """
    here, there = tree.top, root
    for part in tree.inside.parts:
        _link(here, there, {part, ".git"})
        here, there = here / part, there / part
    wrapped = is_wrapped(tree)
    _link(here, there, {".git", *(["__main__.py"] if wrapped else [])}, "Pulumi.*.yaml")
    if wrapped:
        shutil.copy(PROGRAM, there / "__main__.py")
    if virtualenv := _runtime(tree)[1].get("virtualenv"):
        place = Path(os.path.normpath(there / str(virtualenv)))
        installed = now.program / str(virtualenv)
        if not place.exists() and installed.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(installed.resolve())
    return there


def _link(source: Path, target: Path, apart: set[str], pattern: str = "") -> None:
    target.mkdir()
    for entry in source.iterdir():
        if entry.name not in apart and not (pattern and entry.match(pattern)):
            (target / entry.name).symlink_to(entry.absolute())


def is_wrapped(tree: Tree) -> bool:
    """Whether the program runs inside of ours, which keeps every provider of it unconfigured. One
    in another language, or with a `main`, has the switch of `cube_access.offline` only.
    """
    name, _ = _runtime(tree)
    content = _project_file(tree)
    return name == "python" and "main" not in content and (tree.program / "__main__.py").is_file()


def runs_own_package(was: Tree, now: Tree) -> bool:
    """Whether a revision has this package's source, and so runs with that and not with what is
    installed.
    """
    own = now.own_package
    return own is not None and is_wrapped(was) and (was.top / own / "cube_access").is_dir()


def _runtime(tree: Tree) -> tuple[str, dict[str, Any]]:
    """Name and options."""
    runtime = _project_file(tree).get("runtime")
    if isinstance(runtime, dict):
        return str(runtime.get("name")), dict(runtime.get("options") or {})
    return str(runtime), {}


def _project_file(tree: Tree) -> dict[str, Any]:
    return _yaml(tree.program / "Pulumi.yaml", "a project's file")


def _without_secrets_of(tree: Tree, project: Path, stack: str) -> list[str]:
    """Writes the stack's file without its secrets; the paths of those."""
    content, config = _stack_file(tree, stack)
    for key in DROPPED:
        content.pop(key, None)
    secure: list[str] = []
    content["config"] = {key: _without_secrets(value, key, secure) for key, value in config.items()}
    (project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return secure


def _stack_file(tree: Tree, stack: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """All of it, and its configuration; empty where the program has none for this stack."""
    file = tree.stack_file(stack)
    content = _yaml(file, "a stack's file") if file.exists() else {}
    config = content.get("config") or {}
    if not isinstance(config, dict):
        raise ReportError(f"{file.name} is not a stack's file: its config is no map")
    return content, dict(config)


def _yaml(file: Path, what: str) -> dict[str, Any]:
    try:
        return dict(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise ReportError(f"{file.name} is not {what}: {error}") from None


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


def _environment(home: Path, tree: Tree, now: Tree | None) -> dict[str, str]:
    for name in ("state", "pulumi", "home"):
        (home / name).mkdir()
    plugins = Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi")) / "plugins"
    if plugins.is_dir():
        (home / "pulumi/plugins").symlink_to(plugins.absolute())
    # A proxy that nobody listens at: what tries to reach a network fails at once.
    nowhere = "http://127.0.0.1:9"
    environment = {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "PATH": stacks.path(),
        "HOME": str(home / "home"),
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_EC2_METADATA_DISABLED": "true",
        VARIABLE: "1",
        "CUBE_ACCESS_OFFLINE_PROGRAM": str(tree.program / "__main__.py"),
        "PULUMI_HOME": str(home / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # Shows --event-log, which alone has the policy pack's verdicts.
        "PULUMI_DEBUG_COMMANDS": "true",
        # An unconfigured provider's resources then have the outputs that were asked for.
        "PULUMI_LEGACY_PROVIDER_PREVIEW": "true",
    }
    if now and now.own_package and runs_own_package(tree, now):
        environment["CUBE_ACCESS_OFFLINE_PACKAGE"] = str(tree.top / now.own_package)
    return environment
