"""Several sign-ins of one user, so that looks need not wait for one another.

Owns how many there are and who has which. A task has its session for itself: a role that it takes,
or a transaction that it begins, is no other task's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from cube_access.verify.deployed import CannotCheckError
from cube_access.verify.snowflake.session import Row, Session

MOST = 8
"""Sign-ins of one user. Beyond that a warehouse's own limit of statements at once (8 by default)
makes tries wait there. https://docs.snowflake.com/en/sql-reference/parameters#max-concurrency-level
"""
Item = TypeVar("Item")
Result = TypeVar("Result")


class Sessions:
    def __init__(self, sign_in: Callable[[], Session], most: int = MOST) -> None:
        """Signs in once; again only when there is work for more.

        Raises:
            CannotCheckError: the first sign-in fails.
        """
        self._sign_in, self._most = sign_in, most
        self._idle: queue.Queue[Session] = queue.Queue()
        self._lock = threading.Lock()
        self._open = [sign_in()]
        self._signing_in = 0
        self._idle.put(self._open[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ThreadPoolExecutor(self._most) as pool:
            list(pool.map(lambda session: session.close(), self._open))

    def each(self, do: Callable[[Session, Item], Result], items: Iterable[Item]) -> list[Result]:
        """What `do` gives for each, in their order; several at once.

        Raises:
            Exception: what the first of them raised, in that order, once all have ended.
        """
        todo = list(items)
        with ThreadPoolExecutor(max(1, min(self._most, len(todo)))) as pool:
            return list(pool.map(lambda item: self._with_one(do, item), todo))

    def rows(self, statement: str) -> list[Row]:
        """Of one statement.

        Raises:
            ProgrammingError: Snowflake refused it.
        """
        return self._with_one(lambda session, text: session.rows(text), statement)

    def _with_one(self, do: Callable[[Session, Item], Result], item: Item) -> Result:
        session = self._take()
        try:
            return do(session, item)
        finally:
            self._idle.put(session)

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            more = len(self._open) + self._signing_in < self._most
            self._signing_in += more
        if not more:
            return self._idle.get()
        try:
            session = self._sign_in()
        except CannotCheckError:
            # The others carry on, and nothing is missed. `_signing_in` stays: no second try.
            return self._idle.get()
        with self._lock:
            self._signing_in -= 1
            self._open.append(session)
        return session
