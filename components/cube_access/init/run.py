"""Makes the two files of an environment: all of both, or nothing."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from cube_access.cube.files import FilesError, write
from cube_access.facts.installing import NO_INDEX, command
from cube_access.init import ask, policy_file, program, stack_file
from cube_access.init.answers import Answers, has_parts
from cube_access.init.errors import InitError
from cube_access.settings import PROJECT, WAREHOUSES

STACK = re.compile(r"([A-Za-z0-9_-][A-Za-z0-9_.-]*/){0,2}[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
PACK = "policies"


@dataclass(frozen=True)
class Begun:
    """What is there now."""

    lines: list[str]
    """About each file."""
    code: str
    """For a program that is not this project's: what to put into it."""
    steps: list[tuple[str, str]]
    """The commands that come next, each with why."""


@dataclass(frozen=True)
class Place:
    """Where an environment's files are."""

    folder: Path
    stack: str
    """Of the file: without its organization."""
    runtime: str
    ours: bool
    """Whether the program reads keys of `cube-access:`."""

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def pack(self) -> Path:
        return self.folder / PACK

    def policies(self, name: str) -> Path:
        return self.pack / "config" / f"{name}.json"

    def start(self, name: str) -> Path:
        return self.pack / "starts" / f"{name}.json"

    def called(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()


def begin(
    folder: Path,
    stack: str,
    flags: Mapping[str, str],
    like: str,
    *,
    asking: bool,
) -> Begun:
    """Makes the files, or changes what differs in those that are there.

    Args:
        flags: keys of the configuration; an empty value takes one out.
        like: the starting point of a new policy configuration, `production` or `development`;
            empty for the default.
        asking: whether somebody at a terminal is asked for the rest.

    Raises:
        InitError: something is wrong. No file was changed.
    """
    place = _place(folder, stack)
    before = _text(place.stack_file) if place.ours else ""
    there = stack_file.read(before, place.stack_file.name)
    answers = Answers(
        place.stack,
        {**_ours(there.values), **flags},
        frozenset(_ours(dict.fromkeys(there.encrypted, ""))) - flags.keys(),
    )
    if "warehouse" in answers.encrypted:
        raise InitError(
            f"{PROJECT}:warehouse is encrypted in {place.stack_file.name}, and is no secret: say "
            "it with --set warehouse=…"
        )
    if asking and not answers.warehouse:
        answers = ask.warehouse(answers)
    if answers.warehouse not in WAREHOUSES:
        answers.check()
    policies = _policies(place, like, asking)
    if policies.config is not None:
        called = place.called(policies.file)
        demanded = policy_file.demanded(policies.config)
        why = {key: f"{called} makes {rule} mandatory" for key, rule in demanded.items()}
        answers = replace(answers, demanded=why)
    if asking:
        answers = ask.questions(answers, set(flags))
    answers.check()

    code = "" if place.ours else program.lines(answers, place.runtime)
    files, lines = {}, []
    uris = json.loads(answers.values.get("redirectUris") or "[]")  # it may be encrypted
    hosts = [urlsplit(uri).hostname or "" for uri in uris]
    if policies.config is not None and policies.new:
        name = answers.values.get("name") or f"cube-{place.stack}"
        made = policy_file.derived(policies.config, {place.stack, name}, hosts)
        files[policies.file] = policy_file.text(made)
    lines += policies.lines
    if policies.config is not None and not policies.new:
        otherwise = policy_file.without_the_host(policies.config)
        lines += [
            f"it does not know {host}: have it added to the hosts of {policy_file.REDIRECTS}, or "
            f"{otherwise}"
            for host in policy_file.unknown_hosts(policies.config, hosts)
            if otherwise
        ]
    if place.ours:
        after = _changed(before, answers, place.stack_file.name)
        lines.insert(0, _said(place.stack_file, before, after))
        if after != before:
            files[place.stack_file] = after
    _write(files)
    return Begun(lines, code, _steps(stack, place, answers, policies.file))


def _place(folder: Path, stack: str) -> Place:
    if not STACK.fullmatch(stack):
        raise InitError(
            f"--stack {stack!r} is no stack's name: letters, digits, _, . and -, with its "
            "organization and project before it if need be (acme/prod)."
        )
    file = folder / "Pulumi.yaml"
    try:
        project = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        runtime = project.get("runtime", "")
    except FileNotFoundError:
        raise InitError(
            f"there is no Pulumi.yaml in {folder.resolve()}: say --cwd with a program's folder, or "
            "begin one with `pulumi new` and a folder of templates/."
        ) from None
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        raise InitError(f"{file} is no project's file.") from None
    name = runtime.get("name", "") if isinstance(runtime, dict) else runtime
    return Place(folder, stack.rpartition("/")[2], str(name), project.get("name") == PROJECT)


@dataclass(frozen=True)
class _Policies:
    file: Path
    config: policy_file.Config | None
    new: bool
    lines: list[str]


def _policies(place: Place, like: str, asking: bool) -> _Policies:
    """The environment's policy configuration: what is there, or what a new one starts from."""
    file = place.policies(place.stack)
    called = place.called(file)
    if not place.pack.is_dir():
        return _Policies(file, None, False, [])
    if file.exists():
        config = policy_file.read(_text(file), called)
        return _Policies(file, config, False, [f"{called} is there, and stays as it is"])
    choices = [each for each in policy_file.LIKES if place.start(each).exists()]
    if not choices and not like:
        said = (
            f"{PACK}/starts has no production.json or development.json to start "
            f"from: write {called} yourself"
        )
        return _Policies(file, None, False, [said])
    default = like or policy_file.like(place.stack)
    if asking and not like and len(choices) > 1:
        default = ask.policies(default, choices)
    if default not in choices:
        raise InitError(
            f"--like {default}: there is no {place.called(place.start(default))}. There is: "
            f"{', '.join(choices) or 'none'}."
        )
    source = place.start(default)
    config = policy_file.read(_text(source), place.called(source))
    return _Policies(file, config, True, [f"wrote {called}, from {place.called(source)}"])


def _changed(text: str, answers: Answers, name: str) -> str:
    """The stack's file with the answers in it."""
    there = stack_file.read(text, name)
    known, encrypted = _ours(there.values), _ours(dict.fromkeys(there.encrypted, ""))
    changes: dict[str, stack_file.Value] = {}
    for key, value in answers.values.items():
        if key in encrypted or value != known.get(key, ""):
            parts = value and has_parts(answers.fields[key])
            changes[f"{PROJECT}:{key}"] = (json.loads(value) if parts else value) or None
    return stack_file.edited(text, changes, name)


def _ours(values: Mapping[str, str]) -> dict[str, str]:
    """Without the namespace, and without what others' programs read."""
    prefix = f"{PROJECT}:"
    return {
        key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)
    }


def _said(file: Path, before: str, after: str) -> str:
    if before == after:
        return f"{file.name} is as it was"
    return f"wrote {file.name}" if not before else f"changed {file.name}"


def _text(file: Path) -> str:
    """A file's text, with its ends of lines; empty where there is none."""
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise InitError(f"{file} cannot be read: {error}") from None


def _write(files: Mapping[Path, str]) -> None:
    """Each in one step. Where one cannot be written, those before it are as they were."""
    undo: list[tuple[Path, str | None]] = []
    try:
        for file, text in files.items():
            target = file.resolve()  # a link stays one
            there = target.exists()
            mode = target.stat().st_mode & 0o777 if there else 0o644
            kept = _text(target) if there else None
            write(target, text, mode)
            undo.append((target, kept))
    except FilesError as error:
        for target, kept in undo:
            if kept is None:
                target.unlink()
            else:
                write(target, kept, target.stat().st_mode & 0o777)
        raise InitError(f"{error}. No file was changed.") from None


def _steps(stack: str, place: Place, answers: Answers, policies: Path) -> list[tuple[str, str]]:
    steps = [] if place.folder == Path() else [(f"cd {shlex.quote(str(place.folder))}", "")]
    if not place.ours:
        # What is external needs no SDK of a warehouse.
        extra = "" if answers.warehouse == "external" else answers.warehouse
        where = f"into the program's virtualenv, or one on PATH, {NO_INDEX}"
        steps.append((command(extra), where))
    steps.append((f"pulumi stack init {stack}", "unless it is there"))
    namespace = f"{PROJECT}:" if place.ours else ""
    at = f"--stack {stack}"
    steps += [
        (f"pulumi config set --secret {namespace}{key} {at}", "asks for it, and encrypts it")
        for key in answers.secrets_to_set()
    ]
    rights = "the rights of who deploys; sign in as docs/accounts.md says"
    steps.append((f"cube-access roles --stack {stack}", rights))
    steps.append((f"cube-access doctor --stack {stack}", "whether `up` can go through"))
    pack = ""
    if policies.exists():
        pack = f" --policy-pack {PACK} --policy-pack-config {place.called(policies)}"
    return [*steps, (f"pulumi up {at}{pack} --suppress-outputs", "")]
