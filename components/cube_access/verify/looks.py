"""How a look is told, on either warehouse: its lines, and one more if it was not taken to its end.

Owns that no look ends otherwise. What a warehouse raises, and how that reads, is its own to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from cube_access.verify.findings import Line, Shown, Verdict

Look = Callable[[], Iterable[Line]]


def line(
    verdict: Verdict,
    what: str,
    by: str,
    fix: str = "",
    *,
    shown: Shown = "settings",
    through: str = "",
    holder: str = "",
    hint: str = "",
    name: str = "",
) -> Line:
    """What a `Line` says, in the order in which it is thought of."""
    return Line(
        verdict=verdict,
        what=what,
        shown=shown,
        by=by,
        through=through,
        holder=holder,
        fix=fix,
        hint=hint,
        name=name,
    )


def told(
    what: str,
    by: str,
    look: Look,
    refusals: tuple[type[Exception], ...],
    why: Callable[[Exception], str],
    *,
    shown: Shown,
    name: str = "",
) -> Iterator[Line]:
    """The lines of a look, and why it ended early, if it did. What it saw until then stays.

    Args:
        what: is looked at, in words.
        refusals: what the warehouse's client raises when it is refused or broken off.
        why: what such an error says, in one line.
        name: by which it can be accepted that it was not seen.
    """
    try:
        yield from look()
    except refusals as error:
        yield line("unseen", f"{what}: {why(error)}", by, shown=shown, name=name)


def together(looks: Iterable[Look]) -> Iterator[Line]:
    """The lines of several looks that are taken at once, in the looks' order.

    Raises:
        BaseException: what the first of them raised, in that order, or Ctrl-C. What still looks is
            not waited for: it ends when whoever signed in signs out.
    """
    todo = list(looks)
    pool = ThreadPoolExecutor(max(1, len(todo)))
    try:
        found = list(pool.map(lambda look: list(look()), todo))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for lines in found:
        yield from lines
