"""Objects besides tables and views: they are granted, and grants tell them apart."""

import pytest

from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

DYNAMIC = (
    "CREATE DYNAMIC TABLE D TARGET_LAG = '1 minute' WAREHOUSE = COMPUTE_WH AS SELECT id FROM orders"
)
ICEBERG = "CREATE ICEBERG TABLE I (x INT) CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'i'"


@pytest.fixture
def state() -> Snowflake:
    return Snowflake()


@pytest.fixture
def deployer(state) -> Person:
    return Person(state, "DEPLOYER", "ACCOUNTADMIN", database="ANALYTICS", schema="SALES")


@pytest.fixture
def alice(state) -> Person:
    return Person(state, "ALICE", "ANALYST", database="ANALYTICS", schema="SALES")


def held(person: Person, on: str) -> set[str]:
    """What ANALYST holds there."""
    rows = person.ask(f"SHOW GRANTS ON {on}")
    names = [column.name for column in rows.columns]
    found = [dict(zip(names, row, strict=True)) for row in rows.rows]
    return {f"{r['privilege']} {r['granted_on']}" for r in found if r["grantee_name"] == "ANALYST"}


@pytest.mark.parametrize(
    ("made", "kind", "name", "count"),
    [
        (DYNAMIC, "DYNAMIC TABLE", "D", "4"),
        (ICEBERG, "ICEBERG TABLE", "I", "0"),
        ("CREATE MATERIALIZED VIEW M AS SELECT id FROM orders", "MATERIALIZED VIEW", "M", "4"),
    ],
)
def test_every_kind_of_relation_is_granted_as_itself(deployer, alice, made, kind, name, count):
    deployer.ask(made)
    for plural in ("TABLES", "VIEWS"):
        deployer.ask(f"GRANT SELECT ON ALL {plural} IN SCHEMA SALES TO ROLE ANALYST")
    assert held(deployer, f"{kind} {name}") == set()
    assert "not authorized" in alice.refusal(f"SELECT count(*) FROM {name}")
    deployer.ask(f"GRANT SELECT ON ALL {kind}S IN SCHEMA SALES TO ROLE ANALYST")
    assert held(deployer, f"{kind} {name}") == {f"SELECT {kind.replace(' ', '_')}"}
    assert alice.rows(f"SELECT count(*) FROM {name}") == [[count]]
    assert "Insufficient privileges" in alice.refusal(f"DROP {kind} {name}")
    deployer.ask(f"DROP {kind} {name}")
    assert "does not exist" in alice.refusal(f"SELECT count(*) FROM {name}")


def test_a_future_grant_is_of_one_kind(deployer):
    deployer.ask("GRANT SELECT ON FUTURE TABLES IN SCHEMA SALES TO ROLE ANALYST")
    deployer.ask(ICEBERG)
    assert held(deployer, "ICEBERG TABLE I") == set()


def test_a_grant_by_tables_once_reached_iceberg_tables(state, deployer):
    deployer.ask(ICEBERG)
    state.newest = False
    deployer.ask("GRANT SELECT ON ALL TABLES IN SCHEMA SALES TO ROLE ANALYST")
    assert held(deployer, "ICEBERG TABLE I") == {"SELECT ICEBERG_TABLE"}


def test_show_tells_the_kinds_apart(deployer):
    for statement in (DYNAMIC, ICEBERG, "CREATE MATERIALIZED VIEW M AS SELECT 1 AS a"):
        deployer.ask(statement)
    shown = deployer.ask("SHOW TABLES IN SCHEMA SALES")
    names = [column.name for column in shown.columns]
    tables = {r[1]: dict(zip(names, r, strict=True)) for r in shown.rows}
    assert {n: (r["is_dynamic"], r["is_iceberg"], r["is_hybrid"]) for n, r in tables.items()} == {
        "CUSTOMERS": ("N", "N", "N"),
        "ORDERS": ("N", "N", "N"),
        "D": ("Y", "N", "N"),
        "I": ("N", "Y", "N"),
    }
    assert {r[1] for r in deployer.rows("SHOW VIEWS IN SCHEMA SALES")} == {"M", "MY_ORDERS"}
    objects = {r[1]: r[4] for r in deployer.rows("SHOW OBJECTS IN SCHEMA SALES")}
    assert objects == dict.fromkeys((*tables,), "TABLE") | {"M": "VIEW", "MY_ORDERS": "VIEW"}


@pytest.mark.parametrize(
    ("made", "on", "privilege"),
    [
        ("PROCEDURE P(x INT, y VARCHAR) RETURNS INT LANGUAGE SQL AS '1'",
         "PROCEDURE P(INT, VARCHAR)", "USAGE"),
        ("FUNCTION F() RETURNS INT AS '1'", "FUNCTION F()", "USAGE"),
        ("STAGE S URL = 's3://bucket/x'", "STAGE S", "READ"),
    ],
)  # fmt: skip
def test_what_is_no_relation_is_granted_too(deployer, alice, made, on, privilege):
    assert "Insufficient privileges" in alice.refusal(f"CREATE {made}")
    deployer.ask(f"CREATE {made}")
    assert "does not exist or not authorized" in alice.refusal(f"SHOW GRANTS ON {on}")
    deployer.ask(f"GRANT {privilege} ON {on} TO ROLE ANALYST")
    kind = on.partition(" ")[0]
    assert held(alice, on) == {f"{privilege} {kind}"}
    assert "Invalid privilege" in deployer.refusal(f"GRANT SELECT ON {on} TO ROLE ANALYST")
    deployer.ask(f"DROP {on}")
    assert not [r for r in deployer.rows("SHOW GRANTS TO ROLE ANALYST") if r[2] == kind]


def test_nothing_that_is_called_can_be(deployer):
    deployer.ask("CREATE PROCEDURE P() RETURNS INT LANGUAGE SQL AS '1'")
    with pytest.raises(NotImplementedError):
        deployer.ask("CALL P()")
    deployer.ask("CREATE FUNCTION F() RETURNS INT AS '1'")
    assert "Unknown function" in deployer.refusal("SELECT F()")


def test_a_shared_database_is_imported_and_granted_as_a_whole(deployer, alice):
    assert "Insufficient privileges" in alice.refusal("CREATE DATABASE IMP FROM SHARE ACME.SALES")
    deployer.ask("CREATE DATABASE IMP FROM SHARE ACME.SALES")
    (row,) = deployer.rows("SHOW DATABASES LIKE 'IMP'")
    assert (row[4], row[9]) == ("ACME.SALES", "IMPORTED DATABASE")
    assert "IMPORTED PRIVILEGES" in deployer.refusal("GRANT USAGE ON DATABASE IMP TO ROLE ANALYST")
    deployer.ask("GRANT IMPORTED PRIVILEGES ON DATABASE IMP TO ROLE ANALYST")
    assert held(deployer, "DATABASE IMP") == {"USAGE DATABASE"}


def test_keys_are_asked_for_and_none_is_there(deployer, alice):
    for words in ("PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS", "INDEXES", "SEQUENCES"):
        assert deployer.rows(f"SHOW {words} IN SCHEMA ANALYTICS.SALES") == []
    assert "does not exist" in alice.refusal("SHOW PRIMARY KEYS IN TABLE ANALYTICS.HR.SALARIES")


def test_a_workload_identity_is_listed(deployer, alice):
    deployer.ask("CREATE USER R TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'arn:aws:x')")
    show = "SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER"
    assert [row[:2] for row in deployer.rows(f"{show} R")] == [["DEFAULT", "AWS"]]
    assert deployer.rows(f"{show} ALICE") == []
    assert "Insufficient privileges" in alice.refusal(f"{show} R")
    deployer.ask("ALTER USER R UNSET WORKLOAD_IDENTITY")
    assert deployer.rows(f"{show} R") == []
