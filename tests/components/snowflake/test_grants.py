"""What reading takes, as privileges."""

from __future__ import annotations

import pytest

from cube_access.snowflake.grants import membership, reading, use


def texts(*scopes: tuple[str, ...], kind: str = "TABLES", inherited: bool) -> list[str]:
    wanted = reading(scopes, [kind], inherited=inherited)
    return [each.text for each in wanted.inside({'D."s""1".T': "VIEW"})]


def test_schemas_databases_and_objects() -> None:
    assert texts(("D",), ("E", "S"), ("D", 's"1', "T"), inherited=False) == [
        'USAGE ON SCHEMA "D"."s""1"',
        'USAGE ON SCHEMA "E"."S"',
        'USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "D"',
        'SELECT ON ALL AND FUTURE TABLES IN DATABASE "D"',
        'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "E"."S"',
        'SELECT ON VIEW "D"."s""1"."T"',
    ]


def test_inherited_ones() -> None:
    assert texts(("D",), ("D", "S"), kind="DYNAMIC TABLES", inherited=True) == [
        'USAGE ON SCHEMA "D"."S"',
        'INHERITED USAGE ON ALL SCHEMAS IN DATABASE "D"',
        'INHERITED SELECT ON ALL DYNAMIC TABLES IN DATABASE "D"',
        'INHERITED SELECT ON ALL DYNAMIC TABLES IN SCHEMA "D"."S"',
    ]


@pytest.mark.parametrize("inherited", [False, True])
def test_all_of_it_may_be_wanted(inherited: bool) -> None:
    kinds = ("TABLES", "VIEWS", "MATERIALIZED VIEWS", "EXTERNAL TABLES", "DYNAMIC TABLES")
    wanted = reading([("D",), ("E", "S"), ("F", "S", "T")], kinds, inherited=inherited)
    every = [*wanted.inside({"F.S.T": "TABLE"}), use("W.1"), membership('"D"."R"')]
    assert [each.problem() for each in every if each.problem()] == []


def test_an_imported_database_is_one_privilege_beside_those_on_databases() -> None:
    wanted = reading([("D", "S")], ["TABLES"], imported=["W e", "B"])
    assert [each.text for each in wanted.on_databases()] == [
        'USAGE ON DATABASE "D"',
        'IMPORTED PRIVILEGES ON DATABASE "B"',
        'IMPORTED PRIVILEGES ON DATABASE "W e"',
    ]
    assert all(each.declarable() for each in wanted.on_databases())
    assert 'IMPORTED PRIVILEGES ON DATABASE "W e"' in wanted.lines()


def test_a_warehouse_and_a_database_role() -> None:
    assert use('w."1').text == 'USAGE ON WAREHOUSE "w.""1"'
    assert membership('"d.""b"."R"').text == 'USAGE ON DATABASE ROLE "d.""b"."R"'
