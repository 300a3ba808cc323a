"""Writes the access report of a stack: Markdown for the pull request, HTML with a picture, JSON.

Usage: python -m tools.report STACK [--base REVISION] [--preview FILE …] [--out FOLDER]
                              [--policy-config FILE]

Without --preview it compares the checkout with a revision (HEAD, unless --base names another), by
an offline preview of each: no sign-in, no passphrase, no state. With --preview it reads what the
engine wrote of a preview of the real stack.

Exit code: 0 written; 1 written, and what it reports on cannot be applied or breaks a mandatory
policy; 2 no report.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.report import build, markdown, offline, page, preview, settings
from tools.report.errors import ReportError
from tools.report.matrix import headline
from tools.report.model import Report

STACK = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,2}")


def live(stack: str, files: list[Path]) -> Report:
    """From the engine's own files."""
    texts = []
    for file in files:
        try:
            texts.append((f"PREVIEW={file}", file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"PREVIEW={file} cannot be read: {error}") from None
    source = "A preview of the real stack"
    found = preview.read(texts)
    try:
        return build.from_live(found, stack, source)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Resources of a shape that no engine writes.
        raise ReportError(f"PREVIEW={files[0]}: a resource in it cannot be read: {error}") from None


def compare(stack: str, base: str, policy_config: Path | None) -> Report:
    """From two revisions, offline."""
    name, root = stack.rpartition("/")[2], offline.ROOT
    with offline.revision(base) as tree, ThreadPoolExecutor(2) as pool:
        made_by = offline.changed_code(base)
        files = [folder / f"Pulumi.{name}.yaml" for folder in (tree, root)]
        # Only what is proposed is judged: by its own policy pack, and by that of before, if it is
        # another one.
        was = pool.submit(_offline, tree, name, None, None)
        now = pool.submit(_offline, root, name, root, policy_config)
        former = None
        if (tree / "policies").is_dir() and any(p.split("/")[0] == "policies" for p in made_by):
            own = policy_config and policy_config.absolute()
            inside = own is not None and own.is_relative_to(root)
            config = tree / own.relative_to(root) if own and inside else policy_config
            former = pool.submit(_offline, root, name, tree, config)
        before, after = was.result(), now.result()
        judged = former.result() if former else None
        sealed = [offline.sealed(each.parent, name) for each in files if each.exists()]
    if before is None and after is None:
        raise ReportError(
            f"STACK={stack}: there is no Pulumi.{name}.yaml, neither here nor in {base}."
        )
    compared = f"This checkout, compared with {base}; both previewed offline, nobody was asked"
    if before is None:
        compared = f"This checkout; {base} has no such stack. Previewed offline, nobody was asked"
    report = build.from_offline(before, after, stack, compared)
    report.made_by = made_by
    build.by_the_former_pack(report, judged)
    if len(sealed) == 2:
        settings.sealed(report, *sealed)
    return report


def _offline(
    tree: Path, name: str, judge: Path | None, policy_config: Path | None
) -> preview.Preview | None:
    """Of the project in `tree`, judged by the policy pack of the tree `judge`."""
    if not (tree / f"Pulumi.{name}.yaml").exists():
        return None
    if judge and policy_config is None:
        own = judge / f"policies/config/{name}.json"
        policy_config = own if own.exists() else None
    pack = judge / "policies" if judge else None
    found = offline.preview(tree, name, pack=pack, policy_config=policy_config)
    return preview.read([("the digest", found.digest), ("the event log", found.events)])


def write(report: Report, folder: Path) -> list[Path]:
    """The three files, and a note to git not to keep them."""
    folder.mkdir(parents=True, exist_ok=True)
    name = report.stack.replace("/", "-")
    document = json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n"
    texts = {"md": markdown.render(report), "html": page.render(report), "json": document}
    files = []
    for suffix, text in texts.items():
        files.append(folder / f"{name}.{suffix}")
        files[-1].write_text(text, encoding="utf-8")
    return files


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make report STACK=x", usage=__doc__, add_help=False, allow_abbrev=False
    )
    parser.add_argument("stack", nargs="?", default="")
    parser.add_argument("--base", default="HEAD")
    parser.add_argument("--preview", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("report"))
    parser.add_argument("--policy-config", type=Path)
    given = parser.parse_args(arguments)
    try:
        if not STACK.fullmatch(given.stack):
            raise ReportError(f"STACK={given.stack} is no stack's name. Write: make report STACK=x")
        if given.preview:
            report = live(given.stack, given.preview)
        else:
            report = compare(given.stack, given.base, given.policy_config)
    except ReportError as error:
        print(f"report: stopped: {error}", file=sys.stderr)
        return 2
    files = write(report, given.out)
    print(f"report: {report.stack}: {'; '.join(headline(report))}")
    for reason in report.stops:
        print(f"  cannot be applied: {reason}")
    for each in report.disruptions:
        print(f"  {each.what} is {each.how}: {each.hit}")
    for verdict in report.let_through:
        print(f"  {verdict.rule}, as it was, refuses {verdict.resource or 'the stack'}")
    for verdict in report.violations:
        print(f"  {verdict.rule} is broken by {verdict.resource or 'the stack'}")
    print(f"  {', '.join(map(str, files))}")
    return 1 if report.stops or report.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
