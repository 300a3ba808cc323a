"""Several looks at once."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Event

import pytest

from cube_access.verify.findings import Line
from cube_access.verify.looks import line, together

WAIT = 10


def ok(what: str) -> Line:
    return line("ok", what, "deployer")


def test_they_run_at_once_and_are_told_in_order() -> None:
    barrier = Barrier(3)

    def look(what: str) -> Iterator[Line]:
        barrier.wait(WAIT)  # broken if one waits for another
        yield ok(what)
        yield ok(f"{what} again")

    found = together([lambda: look("a"), lambda: look("b"), lambda: look("c")])
    assert [each.what for each in found] == ["a", "a again", "b", "b again", "c", "c again"]


def test_none_gives_nothing() -> None:
    assert list(together([])) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_one_that_breaks_off_does_not_wait_for_the_others(error: type[BaseException]) -> None:
    began, signed_out, ended = Event(), Event(), Event()

    def broken() -> Iterator[Line]:
        began.wait(WAIT)
        raise error
        yield  # a look is an iterator

    def long() -> Iterator[Line]:
        began.set()
        signed_out.wait(WAIT)
        ended.set()
        yield ok("late")

    with pytest.raises(error):
        list(together([broken, long]))
    assert not ended.is_set()
    signed_out.set()
    assert ended.wait(WAIT)
