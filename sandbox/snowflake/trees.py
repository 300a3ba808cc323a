"""A query's syntax tree: from its text to names that are exact and values that are bound.

Owns what can be said of a statement by itself. What it reads and whether it may is `queries.py`'s.
"""

import logging
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from sandbox.functions import UnknownFunctionError, called, check_functions, parse_all
from sandbox.snowflake.context import CONTEXT
from sandbox.snowflake.errors import SqlError, compilation

# What it cannot parse is refused here, so a warning about it would be said twice.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# Any SYSTEM$ function is looked at where it is answered.
NAMED = frozenset({*(name.lower() for name in CONTEXT), "date_part", "is_role_in_session"})
ROWS = frozenset({"generator"})
KIND_PROPERTIES: dict[type[exp.Expr], str] = {
    exp.DynamicProperty: "DYNAMIC TABLE",
    exp.IcebergProperty: "ICEBERG TABLE",
    exp.MaterializedProperty: "MATERIALIZED VIEW",
}
TO_TIMESTAMP = {
    "to_timestamp": "TIMESTAMP", "to_timestamp_ntz": "TIMESTAMP", "to_timestamp_tz": "TIMESTAMPTZ",
    "to_timestamp_ltz": "TIMESTAMPTZ",
}  # fmt: skip


def parse(sql: str) -> exp.Expr:
    try:
        parsed = parse_all(sql, "snowflake")
    except SqlglotError as error:
        text = str(error).splitlines()[0]
        raise compilation(f"syntax error: {text}", 1003, "42000") from error
    if len(parsed) != 1:
        message = (
            f"Actual statement count {len(parsed)} did not match the desired statement count 1."
        )
        raise SqlError(8, "0A000", message)
    return parsed[0]


def check_calls(tree: exp.Expr) -> None:
    """Refuses every function that is neither the service's nor emulated."""
    for call in list(tree.find_all(exp.Anonymous)):
        kind = TO_TIMESTAMP.get(call.name.lower())
        if kind and len(call.expressions) == 1 and not isinstance(call.parent, exp.Dot):
            call.replace(exp.cast(call.expressions[0], kind))
    try:
        check_functions(tree, NAMED | system_functions(tree), ROWS)
    except UnknownFunctionError as error:
        what = "table function" if error.in_from else "function"
        message = f"Unknown {what} {error.name.upper()}"
        known = "(sandbox: its functions are those of sandbox/functions.py)"
        raise compilation(f"{message} {known}", 2140, "42601") from error


def system_functions(tree: exp.Expr) -> frozenset[str]:
    calls = (called(call).lower() for call in tree.find_all(exp.Anonymous))
    return frozenset(name for name in calls if name.startswith("system$"))


def bind(tree: exp.Expr, bindings: dict[str, Any]) -> None:
    """`?` and `:1`, by position."""
    for number, place in enumerate(list(tree.find_all(exp.Placeholder, bfs=False)), start=1):
        given = bindings.get(place.name if place.name.isdigit() else str(number))
        if given is None:
            raise compilation(f"Bind variable {place.sql()} not set.", 2049, "42601")
        value, kind = given.get("value"), str(given.get("type", "TEXT")).upper()
        if isinstance(value, list):
            raise NotImplementedError("array bindings")
        literal: exp.Expr = exp.null() if value is None else exp.Literal.string(value)
        if kind in ("FIXED", "REAL", "BOOLEAN") and value is not None:
            literal = exp.maybe_parse(str(value), dialect="snowflake")
        place.replace(literal)


def fold(tree: exp.Expr) -> None:
    """Names without quotes are in upper case; from here on all of them are exact."""
    for name in tree.find_all(exp.Identifier):
        if not name.quoted:
            name.set("this", name.name.upper())
        name.set("quoted", True)


def name_projections(tree: exp.Expr) -> None:
    """An expression without a name is called by its text."""
    if isinstance(tree, exp.Create) and tree.expression:
        return name_projections(tree.expression)
    while isinstance(tree, exp.SetOperation):
        tree = tree.left
    if isinstance(tree, exp.Subquery):
        return name_projections(tree.this)
    if isinstance(tree, exp.Select):
        named = (exp.Alias, exp.Column, exp.Star)
        for one in list(tree.expressions):
            if not isinstance(one, named):
                text = one.copy()
                for name in text.find_all(exp.Identifier):
                    name.set("this", name.name if name.quoted else name.name.upper())
                words = text.sql(dialect="snowflake")
                if isinstance(one, exp.Func) and "(" not in words:
                    words += "()"
                called = exp.to_identifier(words, quoted=True)
                one.replace(exp.alias_(one.copy(), called))


def relation_kind(tree: exp.Create) -> str:
    """TABLE, VIEW, or one of the others that the service tells from these."""
    for kind, words in KIND_PROPERTIES.items():
        if has_property(tree, kind):
            return words
    return str(tree.kind)


def has_property(tree: exp.Create, kind: type[exp.Expr]) -> bool:
    properties = tree.args.get("properties")
    return properties is not None and properties.find(kind) is not None


def privileges_for(tree: exp.Expr) -> list[str]:
    if isinstance(tree, exp.Merge):
        text = tree.args["whens"].sql().upper()
        return ["SELECT", *(p for p in ("INSERT", "UPDATE", "DELETE") if f"THEN {p}" in text)]
    return [type(tree).__name__.upper()]


def asks_policies(tree: exp.Expr) -> bool:
    return any(f.name.upper() == "POLICY_REFERENCES" for f in tree.find_all(exp.Anonymous))
