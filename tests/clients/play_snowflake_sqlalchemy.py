"""Snowflake's dialect of SQLAlchemy: a person reads, and reflects what the person may see."""

import os

from sqlalchemy import MetaData, create_engine, inspect, select, text
from sqlalchemy.exc import ProgrammingError

REQUIREMENTS = ["snowflake-sqlalchemy==2.1.0"]

from snowflake.sqlalchemy import URL  # noqa: E402 - the requirements stand before it

engine = create_engine(
    URL(
        account=os.environ["PLAY_SNOWFLAKE_ACCOUNT"],
        user=os.environ["PLAY_PERSON"],
        password=os.environ["PLAY_PERSON_PASSWORD"],
        database="ANALYTICS",
        schema="SALES",
        warehouse="COMPUTE_WH",
        role="ANALYST",
    )
)

with engine.connect() as connection:
    assert connection.execute(text("SELECT CURRENT_ROLE()")).scalar() == "ANALYST"
    given = {"status": "shipped"}
    found = connection.execute(text("SELECT id FROM orders WHERE status = :status"), given)
    assert sorted(row[0] for row in found) == [1, 3]
    said = "HR's rows were read"
    try:
        connection.execute(text("SELECT * FROM ANALYTICS.HR.SALARIES"))
    except ProgrammingError as error:
        said = str(error)
    assert "does not exist or not authorized" in said, said

seen = inspect(engine)
assert set(seen.get_table_names()) == {"customers", "orders"}, seen.get_table_names()
assert seen.get_view_names() == ["my_orders"]
assert {"sales", "reference"} <= set(seen.get_schema_names()), seen.get_schema_names()
assert "hr" not in seen.get_schema_names()
assert [c["name"] for c in seen.get_columns("customers")] == ["id", "name", "country"]
assert seen.get_pk_constraint("customers")["constrained_columns"] == []
assert seen.get_foreign_keys("orders") == []

tables = MetaData()
tables.reflect(engine)
orders = tables.tables["orders"]
assert "amount" in orders.columns
with engine.connect() as connection:
    rows = connection.execute(select(orders.c.amount).where(orders.c.id == 1)).all()
    assert [str(row[0]) for row in rows] == ["19.90"], rows
engine.dispose()
