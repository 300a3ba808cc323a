"""What a page of ours is made of: one HTML file, nothing is loaded, nothing runs in it.

Every text in it may come from a stranger's pull request, so each is escaped where it is put in, and
the page's own policy forbids scripts, forms and the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("page.css")
SIGN = '<span class="unseen">what becomes of it</span>'
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(title: str, body: str) -> str:
    """The whole file.

    Args:
        title: plain text.
        body: HTML.
    """
    style = STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


# Where a name may go on in the next line: after what joins its parts, never inside a word.
JOINT = re.compile(r"(?<=[\w\"])([._/:@-]+)(?=[\w\"])")


def code(text: str) -> str:
    """A name. It breaks between its parts only."""
    parts = JOINT.split(text)
    shown = (
        f"{escape(part)}<wbr>" if index % 2 else escape(part) for index, part in enumerate(parts)
    )
    return f"<code>{''.join(shown)}</code>"


def header(title: str, tone: str, chips: Iterable[tuple[str, str]], source: str) -> str:
    """The page's beginning.

    Args:
        title: HTML.
        tone: good, warn or bad, of the page.
        chips: what stands first, each with a tone of its own, and plain.
        source: what the page was made from; plain.
    """
    items = "".join(f'<li class="{each}">{escape(text)}</li>' for each, text in chips)
    return (
        f'<header class="{tone}"><h1>{title}</h1>'
        f'<ul class="chips">{items}</ul><p class="source">{escape(source)}</p></header>\n'
    )


def section(title: str, body: str, *, count: str = "", is_open: bool = True) -> str:
    """A part under a heading, which can be folded. Title and body are HTML."""
    more = f' <span class="count">{escape(count)}</span>' if count else ""
    state = " open" if is_open else ""
    return f"<details{state}><summary><h2>{title}</h2>{more}</summary>\n{body}</details>\n"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], name: int = 0) -> str:
    """A table of cells, which are HTML.

    Args:
        caption: what it lists; for screen readers, since a heading stands above it.
        name: the column that names a row.
    """
    titles = "".join(f'<th scope="col">{title or SIGN}</th>' for title in head)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell}</th>' if index == name else f"<td>{cell}</td>"
            for index, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    whole = (
        f'<table><caption class="unseen">{escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>\n{body}\n</tbody></table>"
    )
    return wide(whole, "Table")


def wide(body: str, what: str) -> str:
    """What may be wider than the screen: moved by hand or by keyboard, and said so where it is."""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(what)}">{body}</div>\n'
    )


def bullets(title: str, texts: Sequence[str], *, standing: bool = False) -> str:
    """A section that lists texts; nothing where there is none.

    Args:
        texts: plain.
        standing: whether it is open.
    """
    items = "".join(f"<li>{escape(each)}</li>" for each in texts)
    if not items:
        return ""
    body = f"<ul>{items}</ul>\n"
    return section(title, body, count=str(len(texts)), is_open=standing)
