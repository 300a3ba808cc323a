"""What a command says while it works."""

from __future__ import annotations

import io

from rich.console import Console

from cube_access.progress import progress


def shown(*, terminal: bool) -> str:
    stream = io.StringIO()
    with progress("verify: prod", Console(file=stream, force_terminal=terminal)) as step:
        step("SHOW GRANTS TO ROLE [X]")
    return stream.getvalue()


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    assert shown(terminal=False) == ""


def test_a_terminal_sees_what_is_looked_at_and_no_rest_of_it() -> None:
    text = shown(terminal=True)
    assert "1 SHOW GRANTS TO ROLE [X]" in text, "a name is no markup"
    assert text.endswith("\x1b[2K")
