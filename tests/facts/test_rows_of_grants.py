"""A row of SHOW GRANTS is one thing to the plugin, to verify and to doctor."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.doctor.snowflake import _lacks
from cube_access.roles.snowflake import Grant
from cube_access.snowflake.holdings import entry_of
from cube_access.verify.snowflake.held import Role, read_row

ME = Role("ROLE", ("ME",))


def row(privilege: str, kind: str, name: str | None, **more: Any) -> dict[str, Any]:
    given = {"privilege": privilege, "granted_on": kind, "name": name, "grant_option": "false"}
    return {**given, **more}


# A row, and the privilege that it is, as the package writes it.
ROWS = [
    (row("USAGE", "DATABASE", "SALES"), 'USAGE ON DATABASE "SALES"'),
    (row("USAGE", "DATABASE", "a.b"), 'USAGE ON DATABASE "a.b"'),
    (row("USAGE", "WAREHOUSE", '"wh 1"'), 'USAGE ON WAREHOUSE "wh 1"'),
    # Nothing is folded in an answer: what has no quotes is exact.
    (row("USAGE", "SCHEMA", "sales.Mart"), 'USAGE ON SCHEMA "sales"."Mart"'),
    (row("SELECT", "TABLE", 'SALES.MART."a.b"'), 'SELECT ON TABLE "SALES"."MART"."a.b"'),
    (row("SELECT", "MATERIALIZED_VIEW", "D.S.V"), 'SELECT ON MATERIALIZED VIEW "D"."S"."V"'),
    (row("CREATE USER", "ACCOUNT", "ANALYTICS"), "CREATE USER ON ACCOUNT"),
    (row("CREATE USER", "ACCOUNT", None), "CREATE USER ON ACCOUNT"),
    (row("OWNERSHIP", "TABLE", "D.S.T", grant_option="true"), 'OWNERSHIP ON TABLE "D"."S"."T"'),
    (
        row("SELECT", "TABLE", None, is_inherited="Y", inherited_from_database="D"),
        'INHERITED SELECT ON ALL TABLES IN DATABASE "D"',
    ),
]


class Looker:
    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def rows(self, statement: str) -> list[dict[str, Any]]:
        return [{"role": "ME"}] if statement.startswith("SELECT") else self._rows


@pytest.mark.parametrize(("shown", "text"), ROWS, ids=[text for _, text in ROWS])
def test_a_row_is_the_same_privilege_to_all(shown: dict[str, Any], text: str) -> None:
    entry = entry_of(shown)
    assert entry.text == text
    held = read_row(shown, ME)
    assert (
        held.privilege,
        held.kind.replace("_", " "),
        held.name,
        held.option,
        held.inherited,
    ) == (
        entry.privilege,
        entry.kind,
        entry.name,
        entry.grant_option,
        entry.inherited,
    )
    looker: Any = Looker([shown])
    line = _lacks(looker, "ME", [Grant(text, "ME", "why")], lambda _: None)
    assert line.verdict == "ok"


def test_a_future_row_is_of_its_container() -> None:
    shown = row("SELECT", "", "SALES.MART.<TABLE>") | {"grant_on": "TABLE"}
    assert entry_of(shown, future=True).text == 'SELECT ON FUTURE TABLES IN SCHEMA "SALES"."MART"'
    held = read_row(shown, ME, future=True)
    assert (held.name, held.future) == (("SALES", "MART"), True)


def test_a_role_with_a_dot_in_its_name_is_one_role() -> None:
    held = read_row(row("USAGE", "ROLE", "a.b"), ME)
    assert held.name == ("a.b",)
