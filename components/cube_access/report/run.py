"""Makes the access report of a stack, and writes it: Markdown for the pull request, HTML with a
picture, JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cube_access import __version__
from cube_access.report import build, markdown, offline, page, preview, settings
from cube_access.report.errors import ReportError
from cube_access.report.model import Report
from cube_access.report.offline import Tree

STACK = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,2}")


def live(stack: str, files: Sequence[Path]) -> Report:
    """From the engine's own files of a preview.

    Raises:
        ReportError: they are none.
    """
    _named(stack)
    texts = []
    for file in files:
        try:
            texts.append((f"--preview {file}", file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"--preview {file} cannot be read: {error}") from None
    source = "A preview of the real stack"
    found = preview.read(texts)
    try:
        return build.from_live(found, stack, source)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Resources of a shape that no engine writes.
        raise ReportError(
            f"--preview {files[0]}: a resource in it cannot be read: {error}"
        ) from None


def _named(stack: str) -> None:
    """It becomes part of a path."""
    if not STACK.fullmatch(stack):
        raise ReportError(f"--stack {stack} is no stack's name")


@dataclass(frozen=True)
class Judge:
    """The policy pack that looks on, and its configuration."""

    pack: Path | None
    config: Path | None

    @classmethod
    def of(cls, tree: Tree, stack: str, pack: Path | None, config: Path | None) -> Judge:
        """As given, or as they lie beside the program: `policies/`, and in there
        `config/<stack>.json`.
        """
        beside = tree.program / "policies"
        found = pack or (beside if (beside / "PulumiPolicy.yaml").is_file() else None)
        own = found / f"config/{stack}.json" if found else None
        return cls(found, config or (own if own and own.is_file() else None))

    def before(self, now: Tree, was: Tree, stack: str, config: Path | None) -> Judge | None:
        """The same of another revision, if that has the pack.

        Args:
            config: as it was given, if it was.
        """
        pack = _moved(self.pack, now, was) if self.pack else None
        if pack is None or not pack.is_dir():
            return None
        moved = _moved(config, now, was) if config else None
        return Judge.of(was, stack, pack, moved if moved and moved.is_file() else config)


def _moved(path: Path, now: Tree, was: Tree) -> Path | None:
    """Where a file of the checkout is in another revision; None: it is none of the repository's."""
    whole = path.resolve()
    return was.top / whole.relative_to(now.top) if whole.is_relative_to(now.top) else None


def compare(
    stack: str,
    folder: Path,
    base: str,
    step: Callable[[str], None],
    *,
    pack: Path | None = None,
    policy_config: Path | None = None,
) -> Report:
    """From two revisions, offline.

    Args:
        folder: of the program.
        pack, policy_config: see `Judge.of`.

    Raises:
        ReportError: there is no such stack or revision, or the engine makes no preview.
    """
    _named(stack)
    name, now = stack.rpartition("/")[2], offline.checkout(folder)
    judge = Judge.of(now, name, pack, policy_config)
    with offline.revision(now, base) as was, ThreadPoolExecutor(2) as pool:
        step(f"previewing this checkout and {base} offline")
        changed = offline.changed_code(now, base)
        there = [_has(tree, name, now, was) for tree in (was, now)]
        # Only what is proposed is judged: by its own policy pack, and by that of before, if it is
        # another one.
        before = pool.submit(_offline, was, name, None, now) if there[0] else None
        after = pool.submit(_offline, now, name, judge, None) if there[1] else None
        former = judge.before(now, was, name, policy_config)
        judged = None
        if after and former and former.pack and judge.pack:
            own = judge.pack.resolve().relative_to(now.top).as_posix()
            if any(each.startswith(f"{own}/") for each in changed):
                judged = pool.submit(_offline, now, name, former, None)
        found = [each.result() if each else None for each in (before, after, judged)]
        sealed = [offline.sealed(tree, name) for tree in (was, now) if tree.has(name)]
        own_code = there[0] and offline.runs_own_package(was, now)
        unwrapped = not all(offline.is_wrapped(tree) for tree in (was, now) if tree.is_program)
    compared = f"This checkout, compared with {base}; both previewed offline"
    if not there[0]:
        compared = f"This checkout; {base} has no such stack. Previewed offline"
    compared += "" if unwrapped else ", nobody was asked"
    report = build.from_offline(found[0], found[1], stack, compared)
    report.made_by = sorted({"/".join(each.split("/")[:3]) for each in changed})
    if there[0] and not own_code and any(offline.INSTALLED_BY.search(each) for each in changed):
        report.unknown.append(
            f"What {base} would do with the packages that it names: where these are not in the "
            "repository itself, both revisions ran with what is installed now, such as cube-access "
            f"{__version__}."
        )
    if unwrapped:
        report.unknown.append(
            "Whether a provider of another package than cube-access, which the program makes by "
            "itself, tried to sign in. In a Python program it is kept from that; here it only has "
            "no credential, and a proxy that nobody listens at."
        )
    build.by_the_former_pack(report, found[2])
    if len(sealed) == 2:
        settings.sealed(report, *sealed)
    return report


def _has(tree: Tree, name: str, *revisions: Tree) -> bool:
    """Whether a revision has the stack: its file, or where no revision has one, the program.

    Raises:
        ReportError: no revision has its file, but other stacks have theirs.
    """
    if any(each.has(name) for each in revisions):
        return tree.has(name)
    if others := sorted({stack for each in revisions for stack in each.stacks}):
        raise ReportError(
            f"there is no Pulumi.{name}.yaml, neither here nor in the other revision. Stacks with "
            f"a file: {', '.join(others)}."
        )
    return tree.is_program


def _offline(tree: Tree, name: str, judge: Judge | None, now: Tree | None) -> preview.Preview:
    pack, config = (judge.pack, judge.config) if judge else (None, None)
    found = offline.preview(tree, name, now=now, pack=pack, policy_config=config)
    return preview.read([("the digest", found.digest), ("the event log", found.events)])


def write(report: Report, folder: Path) -> list[Path]:
    """The three files.

    Raises:
        ReportError: they cannot be written there.
    """
    name = report.stack.replace("/", "-")
    texts = {"md": markdown.render(report), "html": page.render(report), "json": as_json(report)}
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            files.append(folder / f"{name}.{suffix}")
            files[-1].write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"--output {folder}: {error.strerror}: {error.filename}") from None
    return files


def as_json(report: Report) -> str:
    return json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n"
