"""Sessions of the emulated Snowflake account, without HTTP between."""

from typing import Any

import pytest

from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.state import Snowflake
from sandbox.snowflake.statements import Result, Session


class Person:
    """A session, as it is after signing in."""

    def __init__(self, state: Snowflake, name: str, role: str, **more: Any) -> None:
        user = state.users.get(name)
        self.session = Session(1, user, role, warehouse="COMPUTE_WH", **more)
        self.state = state

    def ask(self, text: str, bindings: dict[str, Any] | None = None) -> Result:
        return self.state.statements.run(self.session, text, bindings)

    def rows(self, text: str) -> list[list[str | None]]:
        return self.ask(text).rows

    def refusal(self, text: str) -> str:
        with pytest.raises(SqlError) as caught:
            self.ask(text)
        return str(caught.value)
