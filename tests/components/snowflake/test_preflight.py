"""What the account's answers are taken to mean."""

from __future__ import annotations

import asyncio
from typing import Any

from cube_access.snowflake import preflight


class Account(preflight._Account):
    """One that always gives the same rows of grants."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    async def ask(self, function: str, **arguments: Any) -> dict[str, Any]:
        return {"grants": self.rows}


def row(granted_on: str, name: str) -> dict[str, Any]:
    return {"grantedOn": granted_on, "name": name, "granteeName": "READER" if name else ""}


INHERITED = row("DATABASE", "")
TABLE = ("DB", "S", "T")


def test_rows_of_inherited_grants_do_not_say_what_kind_an_object_is() -> None:
    account = Account(INHERITED, row("MATERIALIZED_VIEW", "DB.S.T"))
    assert asyncio.run(account.object_type(TABLE)) == ("MATERIALIZED VIEW", "")
    assert asyncio.run(Account(INHERITED).object_type(TABLE)) == ("TABLE", "")


def test_rows_of_inherited_grants_are_no_future_grants() -> None:
    account = Account(INHERITED, row("", "DB.S.<TABLE>"))
    assert asyncio.run(account.future_kinds("schema", "DB", "S")) == {"TABLES": {"READER"}}


def test_what_has_only_inherited_grants_exists() -> None:
    assert asyncio.run(Account(INHERITED).exists("SCHEMA", "DB", "S")) == ""


class Unconfigured(preflight._Account):
    """As the engine answers for a plugin with an input that is not known yet."""

    def __init__(self) -> None: ...

    async def ask(self, function: str, **arguments: Any) -> dict[str, Any]:
        return {}


def test_nobody_is_asked_only_where_the_plugin_gives_nothing_at_all() -> None:
    assert not asyncio.run(Unconfigured().answers())
    assert asyncio.run(Account().answers()), "no rows is an answer"
