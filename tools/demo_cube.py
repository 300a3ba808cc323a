"""People ask Cube: the demo's step for which all the others are. Cube runs with the `cube.py` and
the `.env` that the stack gave out, and each person's token comes from a sign-in at the OAuth app.

Owns the questions, who asks them and the table of the answers. What differs between the warehouses
is in `demo_warehouses.py`; Cube's process is in `tests/cube/real.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.snowflake.world import ALICE, BOB, DEPLOYER
from tests.cube.api import Api
from tests.cube.real import RealCube
from tools.authorize import authorize
from tools.demo_warehouses import Warehouse
from tools.engine.cache import cache_folder
from tools.engine.setup import node_folder
from tools.snowflake_client import ACCOUNT, by_hand

CAROL = "carol@example.com"
"""Whom Cube Cloud knows, and who never pressed Authorize."""
# Cube reads `sql` as a template within cube(…) only, so both have their members there.
MEMBERS = """
  measures: { count: { type: `count` } },
  dimensions: { seenBy: { type: `string`, sql: `seen_by` } },
  refreshKey: { sql: `SELECT 1` },
"""
MODEL = """
cube(`orders`, { sql: `{orders}`,{members}});
cube(`company`, { sql: `{company}`,{members}
  preAggregations: {
    shared: {
      measures: [CUBE.count],
      dimensions: [CUBE.seenBy],
      external: true,
      refreshKey: { sql: `SELECT 1` },
    },
  },
});
"""
STORE = "CUBE_STORE"
OURS = "the service account"
REFUSED = "cube.py: PermissionError: "
# A refresh worker that serves, too; its round is called below.
WORKER = {"CUBEJS_SCHEDULED_REFRESH_TIMER": "3600"}
PLAYED = (
    "Cube is real: its server and its driver, from npm, with this stack's cube.py and .env. Played "
    "are: Cube Cloud (this step signs people in, keeps their tokens and signs their requests); the "
    "native module of Cube, which npm does not bring (CPython runs cube.py); Cube Store (a "
    "database in the sandbox's Snowflake)"
)


class UnexpectedError(Exception):
    """Somebody got another answer than they should."""


@dataclass(frozen=True)
class Line:
    """Of the table."""

    asks: str
    what: str
    seen: str
    """Who it was to the warehouse, in the warehouse's words."""
    answer: str


def missing() -> str:
    """What is not there for this step; empty if all is."""
    if shutil.which("node") is None:
        return "Node"
    return "" if node_folder(cache_folder()).exists() else "Cube, from npm"


@contextmanager
def store() -> Iterator[dict[str, str]]:
    """A database where Cube Store would be, as the options of Cube's Snowflake driver."""
    by_hand().rows(f"CREATE DATABASE {STORE}")
    try:
        yield {
            "account": ACCOUNT,
            "warehouse": "COMPUTE_WH",
            "authenticator": "SNOWFLAKE_JWT",
            "username": DEPLOYER,
            "role": "ACCOUNTADMIN",
            "database": STORE,
            "privateKey": os.environ["SNOWFLAKE_PRIVATE_KEY"],
        }
    finally:
        by_hand().rows(f"DROP DATABASE {STORE}")


@contextmanager
def prepared(warehouse: Warehouse) -> Iterator[None]:
    """What an administrator of the warehouse has done, long before."""
    for statement in warehouse.before:
        by_hand().rows(statement)
    try:
        yield
    finally:
        for statement in warehouse.after:
            by_hand().rows(statement)


def question(cube: str) -> dict[str, Any]:
    return {
        "measures": [f"{cube}.count"],
        "dimensions": [f"{cube}.seenBy"],
        "timezone": "UTC",
    }


class People:
    """Who ask one Cube."""

    def __init__(self, cube: RealCube, source: str, outputs: dict[str, Any]) -> None:
        self.cube, self.source, self.outputs = cube, source, outputs
        self.api = Api(cube)

    def request(self, person: str) -> dict[str, Any]:
        """The security context that Cube Cloud gives a person's requests."""
        credentials = {}
        if person != CAROL:
            token = authorize(self.outputs, person)
            credential = {"accessToken": token["access_token"], "status": "active"}
            credentials = {self.source: credential}
        return {"cubeCloud": {"username": person, "userCredentials": credentials}}

    def who(self, context: dict[str, Any]) -> str:
        """Who a request is to the warehouse, in a query of its own on the same connection."""
        answer = self.cube.ask("query", context=context, sql="SELECT current_user() AS WHO")
        if "rows" in answer:
            return self.named(str(next(iter(answer["rows"][0].values()))))
        if REFUSED in answer["error"]:  # by cube.py, before there is a connection
            return "nobody"
        raise UnexpectedError(answer["error"])

    def named(self, name: str) -> str:
        account = self.outputs["service_account"]
        return f"{OURS}, {account['name']}" if name in account.values() else name

    def probe(self) -> Line:
        health = self.api.get("/livez")
        return Line("a liveness probe", "", self.who({}), str(health.get("health", health)))

    def asks(self, person: str, cube: str, what: str) -> Line:
        security = self.request(person)
        answer = self.api.load(question(cube), security)
        if "rows" not in answer:
            seen = self.who({"securityContext": security})
            return Line(person, what, seen, shortened(str(answer["error"])))
        (row,) = answer["rows"]
        seen = self.named(row[f"{cube}.seenBy"])
        return Line(person, what, seen, f"orders: {row[f'{cube}.count']}")


def play(warehouse: Warehouse, outputs: dict[str, Any], cube_py: str, dotenv: str) -> list[Line]:
    """What everybody is answered.

    Args:
        warehouse: the one that the stack is for.
        outputs: the stack's.
        cube_py: the text of its cube.py.
        dotenv: the text of its .env.

    Raises:
        UnexpectedError: an answer is not as it should be.
    """
    model = MODEL.replace("{members}", MEMBERS)
    model = model.replace("{orders}", warehouse.orders).replace("{company}", warehouse.company)
    with prepared(warehouse), store() as kept, RealCube(os.environ) as cube:
        variables = cube.ask("dotenv", text=dotenv)
        cube.start(cube_py, {**variables, **WORKER}, model, store=kept)
        people = People(cube, warehouse.source, outputs)
        lines = [
            people.probe(),
            people.asks(ALICE, "orders", "their orders"),
            people.asks(BOB, "orders", "their orders"),
            people.asks(CAROL, "orders", "their orders"),
        ]
        cube.ask("refresh")
        lines += [people.asks(each, "company", "what is pre-aggregated") for each in (ALICE, BOB)]
    check(warehouse, lines)
    return lines


def check(warehouse: Warehouse, lines: Sequence[Line]) -> None:
    """Raises:
    UnexpectedError: a line is not what it should be.
    """
    service = lines[0].seen
    expected = [
        (OURS, "HEALTH"),
        *(warehouse.people[each] for each in (ALICE, BOB)),
        ("nobody", "authorize in Cube"),
        (service, warehouse.in_all),
        (service, warehouse.in_all),
    ]
    for line, (seen, answer) in zip(lines, expected, strict=True):
        if not line.seen.startswith(seen) or answer not in line.answer:
            raise UnexpectedError(f"not {seen} with {answer!r}: {line}")


def shortened(error: str) -> str:
    """What a driver's and Cube's words around a reason leave of it."""
    return re.sub(r"^(Error: |cube\.py: PermissionError: )*", "", " ".join(error.split()))


def table(lines: Sequence[Line]) -> list[str]:
    """As it is printed."""
    heads = Line("who asks Cube", "for what", "the warehouse saw", "what came back")
    cells = [[each.asks, each.what, each.seen, each.answer] for each in (heads, *lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in cells
    ]


def played(warehouse: Warehouse) -> list[str]:
    """Which parts stand in for others."""
    return textwrap.wrap(f"{PLAYED}{warehouse.played}.", 96)
