"""Builds the documentation as a site that needs no network to be read (`make site`).

Usage: python -m tools.site
Copies README, SECURITY, CHANGELOG and docs/ into site/source with links that fit together, then
runs mkdocs from a virtualenv of its own, installed by the hashes of requirements-site.lock. A link
or an anchor that leads nowhere is an error. Standard library only: it needs no `make setup`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tools.engine.cache import ROOT, SetupError, digest, run, say

SITE, VENV = ROOT / "site", ROOT / ".venv-site"
LOCK = ROOT / "requirements-site.lock"
PAGES = ("README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)]*)?\)")


def staged(source: Path, root: Path = ROOT) -> None:
    """Copies the pages; a link to a file that is no page becomes its text."""
    shutil.copytree(root / "docs", source)
    for name in PAGES:
        if (root / name).exists():
            target = "index.md" if name == "README.md" else name
            (source / target).write_text((root / name).read_text())
    decisions = sorted((source / "adr").glob("*.md"))
    listed = [f"- [{_title(each)}]({each.name})" for each in decisions]
    (source / "adr/index.md").write_text("# Decisions\n\n" + "\n".join(listed) + "\n")
    for page in source.rglob("*.md"):
        page.write_text(linked(page.read_text(), page.parent, source))


def _title(page: Path) -> str:
    return page.read_text().partition("\n")[0].removeprefix("# ")


def linked(text: str, folder: Path, source: Path) -> str:
    """A page's text with its links as they are on the site."""

    def link(found: re.Match[str]) -> str:
        image, shown, target, anchor = found[1], found[2], found[3], found[4] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        target = re.sub(r"^(\.\./)*(docs/)?(?=.)", "", target)
        up = "../" * len(folder.relative_to(source).parts)
        if target.rstrip("/") == "adr":
            target = "adr/index.md"
        if target == "README.md":
            target = "index.md"
        beside = (folder / target).is_file()
        if not beside and not (source / target).is_file():
            return shown  # of the repository, not of the site
        return f"{image}[{shown}]({target if beside else up + target}{anchor})"

    return LINK.sub(link, text)


def virtualenv() -> Path:
    """The folder of mkdocs' programs; made anew when the lock is another one."""
    mark = VENV / "lock"
    if not mark.exists() or mark.read_text() != digest(LOCK):
        say("site: installing the packages of requirements-site.lock")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
        pip: list[str | Path] = [VENV / "bin/python", "-m", "pip", "install", "--quiet"]
        run([*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", LOCK])
        mark.write_text(digest(LOCK))
    return VENV / "bin"


def main() -> int:
    try:
        programs = virtualenv()
    except SetupError as error:
        say(f"stopped: {error}")
        return 1
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir()
    staged(SITE / "source")
    build = [str(programs / "python"), "-m", "mkdocs", "build", "--strict", "--quiet"]
    code = subprocess.run(build, cwd=ROOT, check=False).returncode
    if not code:
        say(f"site: open {SITE / 'html/index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
