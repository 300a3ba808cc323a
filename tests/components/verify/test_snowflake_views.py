"""What is said of a view by its statement, whatever was listed."""

from __future__ import annotations

import pytest

from cube_access.snowflake.grants import reading
from cube_access.verify.findings import Line
from cube_access.verify.snowflake.compare import Relation
from cube_access.verify.snowflake.relations import functions_beside, queries, views
from cube_access.verify.snowflake.session import require_safe
from cube_access.verify.snowflake.view_text import named
from tests.components.verify.snowflake_by_hand import declared, eyes

WANTED = declared(reading([("D", "S")], ["TABLES", "VIEWS"], imported=["WEATHER"]))
LISTED = [
    *(Relation(("D", "HR", name), "TABLE") for name in ("SALARIES", "ORDERS")),
    Relation(("D", "S", "SECRET"), "STREAM"),
]
"""What is not declared, as the deployer lists it."""


def told(text: str, kind: str = "VIEW", name: tuple[str, ...] = ("D", "S", "V")) -> list[Line]:
    view = Relation(name, kind, text)
    inside = [view, Relation(("D", "S", "ORDERS"), "TABLE")]
    return list(views(WANTED, inside, LISTED, "deployer", {("D", "S", "PAYROLL")}))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT * FROM HR.SALARIES", "D.HR.SALARIES"),
        ("SELECT * FROM HR.UNLISTED", "D.HR.UNLISTED"),
        ("SELECT * FROM E.HR.UNLISTED", "E.HR.UNLISTED"),
        ("SELECT * FROM E..UNLISTED", "E.PUBLIC.UNLISTED"),
        ("SELECT * FROM ORDERS, HR.P, LATERAL FLATTEN(INPUT => J) F, HR.Q", "D.HR.P, D.HR.Q"),
        ("SELECT * FROM ORDERS O JOIN HR.P ON O.ID = P.ID, HR.Q", "D.HR.P, D.HR.Q"),
        ("SELECT * FROM (ORDERS JOIN (HR.P JOIN HR.Q ON 1 = 1))", "D.HR.P, D.HR.Q"),
        ("SELECT (SELECT MAX(P) FROM HR.P) FROM ORDERS", "D.HR.P"),
        ("SELECT 1 FROM ORDERS WHERE ID IN (SELECT ID FROM HR.P)", "D.HR.P"),
        ("SELECT 1 FROM ORDERS UNION ALL SELECT P FROM HR.P", "D.HR.P"),
        ("WITH C (P) AS (SELECT P FROM HR.P) SELECT * FROM C", "D.HR.P"),
        ("SELECT * FROM ORDERS window, HR.P", "D.HR.P"),
        ("SELECT * FROM ORDERS limit, HR.P fetch, HR.Q", "D.HR.P, D.HR.Q"),
        ("SELECT * FROM ORDERS JOIN S.X fetch ON TRUE, HR.P LIMIT 10", "D.HR.P"),
        ("SELECT * FROM IDENTIFIER('HR.P')", "D.HR.P"),
        ("SELECT * FROM TABLE('HR.P')", "D.HR.P"),
        ("SELECT * FROM IDENTIFIER('H' || 'R.P')", "what its statement puts together when it runs"),
        ("SELECT $1 FROM @HR.FILES/p.csv", "D.HR.FILES"),
        ("SELECT * FROM DIRECTORY(@HR.FILES)", "D.HR.FILES"),
        ("SELECT * FROM TABLE(HR.PAY(1))", "D.HR.PAY"),
        ("SELECT E.HR.PAY(ID) FROM ORDERS", "E.HR.PAY"),
        ("SELECT * FROM TABLE(PAYROLL())", "D.S.PAYROLL"),
        ("SELECT PAYROLL(ID) FROM ORDERS", "D.S.PAYROLL"),
        ("SELECT HR.MODEL!PREDICT(ID) FROM ORDERS", "D.HR.MODEL"),
        ("SELECT * FROM SEMANTIC_VIEW(HR.P DIMENSIONS A METRICS B)", "D.HR.P"),
        ("SELECT * FROM SECRET", "D.S.SECRET"),
        ("SELECT * FROM INFORMATION_SCHEMA.TABLES", "D.INFORMATION_SCHEMA.TABLES"),
        ("SELECT * FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY",
         "SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY"),
        ('SELECT * FROM HR."p q.r"', 'D.HR."p q.r"'),
        ("SELECT * FROM /* ORDERS */ HR -- S\n . P", "D.HR.P"),
    ],
)  # fmt: skip
def test_what_a_view_names_and_is_not_declared_is_not_seen(text: str, names: str) -> None:
    for statement in (text, f"CREATE VIEW D.S.V (A, B) COMMENT = 'S.ORDERS' AS {text}"):
        (one,) = told(statement)
        assert (one.verdict, one.name) == ("unseen", "D.S.V")
        assert one.what == (
            f"D.S.V is a view that names {names}, which is not declared: what it shows of that is "
            "read"
        )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT O.ID, ORDERS.X, SUM(O.Y) FROM ORDERS O GROUP BY O.ID",
        "SELECT * FROM S.ORDERS WHERE NAME = 'FROM HR.SALARIES' -- FROM HR.P",
        "SELECT * FROM D.S.LATER",
        "SELECT * FROM WEATHER.ANY.THING",
        "WITH C AS (SELECT 1), E (A) AS (SELECT 2) SELECT * FROM C JOIN E ON TRUE",
        "SELECT EXTRACT(YEAR FROM O.TS), TRIM(BOTH FROM O.T) FROM ORDERS O",
        "SELECT * FROM ORDERS A, ORDERS B WHERE A.ID = B.ID(+) AND A.X IS NOT DISTINCT FROM B.X",
        "SELECT SNOWFLAKE.CORTEX.SENTIMENT(T) FROM ORDERS",
        "SELECT F.VALUE FROM ORDERS O, LATERAL FLATTEN(INPUT => O.J:HR.PAY) F",
        "SELECT * FROM TABLE(GENERATOR(ROWCOUNT => 10)), (VALUES (1), (2)) V (A)",
        "SELECT * FROM ORDERS AT(OFFSET => -60) SAMPLE (10)",
    ],
)
def test_a_view_on_what_is_declared_is_as_declared(text: str) -> None:
    assert told(text) == []
    assert told(f"CREATE OR REPLACE SECURE VIEW V AS {text};") == []


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("WITH A AS (SELECT * FROM A), B AS (SELECT * FROM A, B) SELECT * FROM A, B", {"A", "B"}),
        ("WITH A AS (SELECT * FROM B), B AS (SELECT * FROM A) SELECT * FROM A, B", {"B"}),
        ("WITH A (X) AS (SELECT 1 UNION ALL SELECT X + 1 FROM A) SELECT * FROM A", set()),
        ("WITH A AS (SELECT * FROM (SELECT 1 UNION SELECT 2), A) SELECT * FROM A", {"A"}),
        ("SELECT * FROM T, (SELECT * FROM T WHERE X IN (WITH A AS (SELECT 1) SELECT * FROM A)), A",
         {"T", "A"}),
        ("SELECT * FROM T WINDOW A AS (ORDER BY X), B AS (ORDER BY Y) LIMIT 10 OFFSET 5", {"T"}),
        ("SELECT * FROM T START WITH X = 1 CONNECT BY PRIOR X = Y, PRIOR Z = V", {"T"}),
        ("(SELECT * FROM T FETCH FIRST 3 ROWS ONLY) UNION SELECT * FROM U LIMIT 3", {"T", "U"}),
        ("SELECT * FROM limit", {"LIMIT"}),
    ],
)  # fmt: skip
def test_a_common_table_expression_is_one_only_where_its_name_means_it(
    text: str, relations: set[str]
) -> None:
    """It can refer to itself in its recursive clause only, and to those before it."""
    assert named(text).relations == {(name,) for name in relations}


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED_VIEW", "DYNAMIC_TABLE"])
def test_a_statement_that_is_not_told_is_not_seen(kind: str) -> None:
    rules = declared(reading([("D", "S")], ["VIEWS", "MATERIALIZED VIEWS", "DYNAMIC TABLES"]))
    (one,) = views(rules, [Relation(("D", "S", "V"), kind)], [], "deployer")
    assert (one.verdict, one.name) == ("unseen", "D.S.V")
    assert one.what == "what D.S.V shows was not seen: its statement is not told"


def test_what_another_account_shares_is_its_own_affair() -> None:
    assert told("", name=("WEATHER", "S", "V")) == []
    assert told("SELECT * FROM HR.SALARIES", name=("D", "HR", "V")) == [], "it is not readable"


def test_functions_are_listed_where_views_are() -> None:
    statement = 'SHOW USER FUNCTIONS IN SCHEMA "D"."S"'
    require_safe(statement, in_transaction=False)
    view = Relation(("D", "S", "V"), "VIEW", "SELECT PAYROLL()")
    looker = eyes({statement: [{"name": "PAYROLL", "schema_name": "S"}]}).security
    found = functions_beside(looker, queries(WANTED, [view, *LISTED]))
    assert found == {("D", "S", "PAYROLL")}


def test_a_text_that_is_no_sql_names_nothing() -> None:
    for text in ("", "(((", ")))", "'", "FROM", "AS (", "@", "IDENTIFIER("):
        assert named(text).relations == set()
