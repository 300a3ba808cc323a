"""What is done at the moment, for whoever waits: one line on standard error that goes away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

Step = Callable[[str], None]


@contextmanager
def progress(what: str, console: Console | None = None) -> Iterator[Step]:
    """Shows `what`, then each text that the step is called with and how many they were; nothing
    where standard error is no terminal.
    """
    console = console or Console(stderr=True)
    count = 0

    def step(text: str) -> None:
        nonlocal count
        count += 1
        line = Text(f"{count:4} {text}", overflow="ellipsis", no_wrap=True)
        status.update(line)

    with console.status(Text(what)) as status:
        yield step
