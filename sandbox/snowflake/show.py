"""SHOW: what a role may know of the account.

Owns which rows a role sees; their columns are in `listings.py`, grants in `grants.py`.
"""

import json
import re

from sandbox.snowflake import access_tokens, kinds
from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import RELATIONS
from sandbox.snowflake.errors import denied
from sandbox.snowflake.grants import show_future_grants, show_grants
from sandbox.snowflake.kinds import KINDS
from sandbox.snowflake.listings import NONE_OF, SHOWN, manages
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.session import Result, Session, listing, wire
from sandbox.snowflake.syntax import Reader

GROUPS: dict[str, tuple[str, ...]] = {
    "OBJECT": RELATIONS,
    "TABLE": ("TABLE", "DYNAMIC TABLE", "ICEBERG TABLE"),
    "VIEW": ("VIEW", "MATERIALIZED VIEW"),
}
"""Kinds that are listed together."""


def show(state: Account, session: Session, reader: Reader) -> Result:
    if reader.take("GRANTS"):
        return show_grants(state, session, reader)
    if reader.take("FUTURE GRANTS"):
        return show_future_grants(state, session, reader)
    if reader.take("PARAMETERS"):
        return show_parameters(state, session, reader)
    if state.newest and reader.take(WORKLOAD):
        return show_workload_identity(state, session, reader)
    if reader.take("USER PROGRAMMATIC ACCESS TOKENS"):
        return access_tokens.show(state, session, reader)
    reader.take("TERSE")
    if none := next((w for w in NONE_OF if reader.take(w)), None):
        return show_none(state, session, reader, none)
    longest_first = sorted(SHOWN, key=len, reverse=True)
    words = next((w for w in longest_first if reader.take(w)), None)
    if not words:
        raise NotImplementedError(reader.sql[:80])
    kind, columns, row = SHOWN[words]
    reader.take("HISTORY")
    like = reader.text() if reader.take("LIKE") else None
    inside = read_place(state, session, reader, KINDS[kind].depth if kind in KINDS else 3)
    prefix = reader.text() if reader.take("STARTS WITH") else ""
    limit = reader.whole_number() if reader.take("LIMIT") else None
    after = reader.text() if reader.take("FROM") else ""
    reader.finish()
    found = [
        one
        for each in GROUPS.get(kind, (kind,))
        for one in state.catalog.of_kind(each, inside)
        if matches(like, one.simple_name)
        and one.simple_name.startswith(prefix)
        and one.simple_name > after
        and state.roles.sees(session, one)
        and state.roles.reaches(session, one)
    ]
    if kind in GROUPS:
        found.sort(key=lambda one: one.name)
    return listing(columns, [row(state, session, one) for one in found[:limit]])


def show_none(state: Account, session: Session, reader: Reader, words: str) -> Result:
    if reader.take("IN TABLE"):
        state.roles.get_visible(session, "TABLE", session.qualify(reader.name(), 3))
    else:
        read_place(state, session, reader, 3)
    if reader.take("LIMIT"):
        reader.whole_number()
    reader.finish()
    return listing(NONE_OF[words], [])


def matches(pattern: str | None, name: str) -> bool:
    """LIKE as SHOW has it: without regard to case, `_` for any one character."""
    if pattern is None:
        return True
    parts = {"%": ".*", "_": "."}
    escaped = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(parts.get(p, re.escape(p[-1])) for p in escaped)
    return re.fullmatch(regex, name, re.IGNORECASE | re.DOTALL) is not None


def read_place(state: Account, session: Session, reader: Reader, depth: int) -> tuple[str, ...]:
    """Without IN: the current database or schema, if there is one."""
    if reader.take("IN ACCOUNT"):
        return ()
    if not reader.take("IN"):
        current = (session.database, session.schema)[: depth - 1]
        return tuple(one for one in current if one)
    kind = "SCHEMA" if reader.take("SCHEMA") else "DATABASE" if reader.take("DATABASE") else None
    name = reader.name()
    if kind is None:
        kind = "DATABASE" if len(name) == 1 else "SCHEMA"
    name = session.qualify(name, KINDS[kind].depth)
    return state.roles.get_visible(session, kind, name).name


WORKLOAD = "USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER"


def show_workload_identity(state: Account, session: Session, reader: Reader) -> Result:
    user = state.roles.get_visible(session, "USER", reader.name())
    reader.finish()
    if not (state.roles.owns(session, user) or session.user is user or manages(state, session)):
        raise denied("USER", str(user))
    methods = [each for each in [user.settings.get("WORKLOAD_IDENTITY")] if each]
    rows = [["DEFAULT", m["TYPE"], None, None, user.created, json.dumps(m)] for m in methods]
    return listing("name type comment last_used created_on additional_info", rows)


# SHOW PARAMETERS

PARAMETERS = {
    "ACCOUNT": kinds.ACCOUNT_PARAMETERS,
    "USER": kinds.USER_PARAMETERS,
    "WAREHOUSE": kinds.WAREHOUSE_PARAMETERS,
    "DATABASE": kinds.DATABASE_PARAMETERS,
    "SCHEMA": kinds.DATABASE_PARAMETERS,
    "SESSION": kinds.SESSION_PARAMETERS,
}


def show_parameters(state: Account, session: Session, reader: Reader) -> Result:
    like = reader.text() if reader.take("LIKE") else None
    level, chain = "SESSION", [("SESSION", session.parameters), ("USER", session.user.settings)]
    if reader.take("IN") or reader.take("FOR"):
        level = reader.one_of(*PARAMETERS)
        if level == "ACCOUNT":
            chain = []
        elif level != "SESSION" and not reader.ended:
            name = session.qualify(reader.name(), KINDS[level].depth)
            above: Securable | None = state.roles.get_visible(session, level, name)
            chain = []
            while above:
                chain.append((above.kind, above.settings))
                above = state.catalog.parent(above)
    chain = [*chain, ("ACCOUNT", state.account.settings)]
    rows = []
    for key, default in PARAMETERS[level].items():
        if matches(like, key):
            where, value = next(((w, s[key]) for w, s in chain if key in s), ("", default))
            kind = "BOOLEAN" if isinstance(default, bool) else "NUMBER"
            kind = "STRING" if isinstance(default, str) else kind
            rows.append([key, wire(value), wire(default), where, "", kind])
    return listing("key value default level description type", rows)
