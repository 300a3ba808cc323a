"""What a probe is, and how one is run: look, compare, and leave nothing behind.

A probe is one assumption of ours about a vendor. It looks at an account and says what it saw; the
assumption holds if that is what was expected. What it makes has the run's random prefix, and goes
before the next probe begins, whatever happens.
"""

import re
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T", bound="Account")

HOLDS, DIFFERS, UNSEEN = "holds", "DIFFERS", "not looked at"


class CannotLookError(Exception):
    """The account at hand is not one in which this can be seen; says why."""


class LeftBehindError(Exception):
    """Something that a probe made could not be removed."""


class Account:
    """An account that is looked at: what all of them have."""

    def __init__(self) -> None:
        self.prefix = f"CONFORMANCE_{secrets.token_hex(4).upper()}_"
        self._undo: list[tuple[str, Callable[[], object]]] = []

    def afterwards(self, what: str, undo: Callable[[], object]) -> None:
        """Call this before `what` is made: its answer may get lost."""
        self._undo.append((what, undo))

    def clean_up(self) -> None:
        """Raises LeftBehindError, which names what is left."""
        left = []
        while self._undo:
            what, undo = self._undo.pop()
            try:
                undo()
            except Exception as error:
                left.append(f"{what} ({first_line(error)})")
        if left:
            raise LeftBehindError(", ".join(left))


@dataclass(frozen=True)
class Probe(Generic[T]):
    name: str
    assumption: str
    why: str
    """What of ours is wrong if it does not hold."""
    look: Callable[[T], object]
    expected: object
    real_only: str = ""
    """Why the sandbox cannot answer it; empty if it can."""


@dataclass(frozen=True)
class Outcome:
    probe: str
    assumption: str
    result: str
    detail: str = ""


@dataclass
class Probes(Generic[T]):
    """A vendor's, in the order in which they were written down."""

    all: list[Probe[T]] = field(default_factory=list)

    def __call__(
        self, assumption: str, *, why: str, expected: object, real_only: str = ""
    ) -> Callable[[Callable[[T], object]], Callable[[T], object]]:
        """Decorates what looks; its name is the probe's."""

        def add(look: Callable[[T], object]) -> Callable[[T], object]:
            name = look.__name__.replace("_", "-")
            self.all.append(Probe(name, assumption, why, look, expected, real_only))
            return look

        return add


def ask(probe: Probe[T], account: T) -> Outcome:
    """Look once, and clean up. What the account says is part of the outcome, never an error."""
    result, detail = UNSEEN, ""
    try:
        found = probe.look(account)
        result = HOLDS if found == probe.expected else DIFFERS
        if result == DIFFERS:
            detail = f"expected {probe.expected!r}, found {found!r}"
    except CannotLookError as error:
        detail = str(error)
    except Exception as error:
        result, detail = DIFFERS, f"expected {probe.expected!r}, got {first_line(error)}"
    finally:
        with uninterrupted():
            account.clean_up()
    return Outcome(probe.name, probe.assumption, result, detail)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not leave in the account what the first has made us remove."""
    before = {n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return re.sub(r"\s+", " ", text)[:200]
