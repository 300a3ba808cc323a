"""Who has which session, while several look at once."""

from __future__ import annotations

import threading

import pytest

from cube_access.verify.deployed import CannotCheckError
from cube_access.verify.snowflake.session import Session
from cube_access.verify.snowflake.sessions import Sessions


class Counted(Session):
    def __init__(self) -> None:
        self.busy = threading.Lock()
        self.closed = False

    def close(self) -> None:
        self.closed = True


class SignIns:
    """Remembers each; fails from the one with this number on."""

    def __init__(self, fails_from: int = 100) -> None:
        self.fails_from = fails_from
        self.made: list[Counted] = []
        self.asked = 0

    def __call__(self) -> Session:
        self.asked += 1
        if self.asked >= self.fails_from:
            raise CannotCheckError("too many sign-ins")
        self.made.append(Counted())
        return self.made[-1]


def test_a_task_has_its_session_for_itself_and_results_keep_their_order() -> None:
    sign_ins, meet = SignIns(), threading.Barrier(3, timeout=20)

    def do(session: Session, number: int) -> int:
        assert isinstance(session, Counted)
        with session.busy:
            meet.wait()  # three at once, or it never ends
            return number

    with Sessions(sign_ins, most=3) as sessions:
        assert sessions.each(do, range(30)) == list(range(30))
        assert len(sign_ins.made) == 3
    assert all(each.closed for each in sign_ins.made)


def test_one_task_needs_one_sign_in() -> None:
    sign_ins = SignIns()
    with Sessions(sign_ins) as sessions:
        assert sessions.each(lambda _, number: number, [1]) == [1]
        assert sessions.each(lambda _, number: number, []) == []
    assert sign_ins.asked == 1


def test_without_more_sign_ins_the_first_does_it_all() -> None:
    sign_ins = SignIns(fails_from=2)
    started = threading.Event()

    def do(_: Session, number: int) -> int:
        if not started.is_set():
            started.wait(0.2)
            started.set()
        return number

    with Sessions(sign_ins) as sessions:
        assert sessions.each(do, range(12)) == list(range(12))
    assert len(sign_ins.made) == 1


def test_the_first_sign_in_that_fails_is_said() -> None:
    with pytest.raises(CannotCheckError, match="too many"):
        Sessions(SignIns(fails_from=1))


def test_what_a_task_raises_is_raised_and_its_session_is_free_again() -> None:
    def do(_: Session, number: int) -> int:
        return 1 // number

    with Sessions(SignIns(), most=1) as sessions:
        with pytest.raises(ZeroDivisionError):
            sessions.each(do, [1, 0, 1])
        assert sessions.each(do, [1]) == [1]
