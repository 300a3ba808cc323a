"""A grant, however it is written: a resource of either warehouse and of any age, or a statement.

Owns what counts as reading. The rules about grants are in privileges/granting.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_policy import PolicyResource

from . import sql, unity
from .entries import ACCOUNT_ROLE, DATABASE_ROLE, IMPORTED, Entry
from .kinds import (
    ACCOUNT_ROLE_GRANT,
    DATABASE_ROLE_GRANT,
    DATABRICKS_GRANT,
    LEGACY_GRANTS,
    ROLE_PRIVILEGES,
    SHARE_GRANT,
    STATEMENTS,
    databricks,
)
from .ours import normal
from .rule import Judged
from .securables import OWN_DATABASE, READABLE, singular
from .values import UNKNOWN, SecretText, has, is_unknown, is_unseen, is_word, leaves, peek

ROLE_GRANTS = ACCOUNT_ROLE_GRANT | DATABASE_ROLE_GRANT | SHARE_GRANT
# Grants to whatever has a tag, by attributes.
DATABRICKS_POLICY = databricks("PolicyInfo")
# Lists of everybody's privileges, by the property that holds them.
DATABRICKS_LISTS = {
    **dict.fromkeys(databricks("Grants"), "grants"),
    **dict.fromkeys(databricks("SqlPermissions"), "privilegeAssignments"),
}
KINDS = (
    ROLE_GRANTS
    | DATABRICKS_GRANT
    | set(DATABRICKS_LISTS)
    | LEGACY_GRANTS
    | STATEMENTS
    | DATABRICKS_POLICY
    | {ROLE_PRIVILEGES}
)
DATABRICKS_READING = unity.READING
# Of one function or model, and of one volume, that is named: calling it, and reading its files.
DATABRICKS_READING_OF = {
    **dict.fromkeys(("function", "model"), frozenset({"EXECUTE"})),
    "volume": frozenset({"READ_VOLUME"}),
}
# REFERENCES shows how a table is made and not what is in it; MONITOR on a database or a schema is
# DESCRIBE. On a warehouse MONITOR shows everybody's statements, with what is written in them.
SNOWFLAKE_READING: dict[str, frozenset[str]] = {
    **dict.fromkeys(("DATABASE", "SCHEMA"), frozenset({"USAGE", "MONITOR"})),
    **dict.fromkeys(("WAREHOUSE", "FUNCTION"), frozenset({"USAGE"})),
    **dict.fromkeys(READABLE, frozenset({"SELECT", "REFERENCES"})),
    # How a file is read, without the file.
    "FILE FORMAT": frozenset({"USAGE"}),
    # Files of one stage, and of one repository.
    **dict.fromkeys(("GIT REPOSITORY", "STAGE"), frozenset({"READ"})),
    # When it runs and by what definition, or what it has spent.
    **dict.fromkeys(("PIPE", "RESOURCE MONITOR", "TASK"), frozenset({"MONITOR"})),
    # Asks one thing that is named, as a view or a function does.
    **dict.fromkeys(
        ("AGENT", "CORTEX SEARCH SERVICE", "MODEL", "SEQUENCE", "STREAMLIT"), frozenset({"USAGE"})
    ),
    # MONITOR shows when it was refreshed and by what definition:
    # https://docs.snowflake.com/en/user-guide/dynamic-tables-privileges
    "DYNAMIC TABLE": frozenset({"SELECT", "REFERENCES", "MONITOR"}),
}
# What a role that is named as a schema's writer may besides.
SNOWFLAKE_WRITING = frozenset(
    {
        *(f"CREATE {kind}" for kind in ("TABLE", "VIEW", "DYNAMIC TABLE", "MATERIALIZED VIEW")),
        *("CREATE FILE FORMAT", "CREATE SEQUENCE", "CREATE STAGE", "CREATE STREAM"),
        *("CREATE FUNCTION", "CREATE HYBRID TABLE", "CREATE ICEBERG TABLE", "CREATE PIPE"),
        *("CREATE TEMPORARY TABLE", "DELETE", "EVOLVE SCHEMA", "INSERT", "MONITOR", "READ"),
        *("TRUNCATE", "UPDATE", "WRITE"),
        *("REFERENCES", "SELECT", "USAGE"),
    }
)
NOT_FOR_WRITERS = frozenset({"PROCEDURE", "SECRET"})
DATABRICKS_WRITING = frozenset(
    {
        *("CREATE_MATERIALIZED_VIEW", "CREATE_TABLE", "CREATE_VOLUME", "MODIFY", "READ_VOLUME"),
        *("REFRESH", "WRITE_VOLUME"),
    }
)
ACCOUNT = "the whole account"
METASTORE = "the metastore"
# Of SqlPermissions: past every table's own privileges.
ANY_FILE = {"anyFile": "every file", "anonymousFunction": "every function"}
EVERY_FUNCTION = "every function"
HISTORY = "the account's history of access and queries"
# Where a name begins with its database.
IN_DATABASE = frozenset(
    {
        *("allSchemasInDatabase", "futureSchemasInDatabase", "inDatabase", "inSchema"),
        *("objectName", "schemaName"),
    }
)
# Of a qualified name.
PART = re.compile(r'"(?:[^"]|"")*"|[^."]+')
IN_DATABRICKS = "a securable"
NOT_KNOWN = "what is not known yet"
MEMBERSHIPS = frozenset({ACCOUNT_ROLE, DATABASE_ROLE})
"""Kinds of which USAGE is a membership: rules about roles judge it."""


@dataclass(frozen=True)
class Grant:
    privileges: tuple[str, ...]
    target: str
    """The kind of securable, in the singular."""
    whole_catalog: bool = False
    grantee: Any = None
    """Where one stands; None: not known yet, or many."""
    database: str = ""
    """The one that it is on or in, as `ours.normal` writes it."""
    schema: str = ""
    """The one that it is on or in, in two parts, as `ours.normal` writes it; or NOT_KNOWN."""
    also: frozenset[str] = frozenset()
    """What else is reading on this one securable."""

    def beyond_reading(self, writes: bool = False, creates: bool = False) -> list[str]:
        """
        Args:
            writes: the grantee may write in the schema.
            creates: the grantee may make schemas in the database.
        """
        if self.target == METASTORE:
            return list(self.privileges)
        if self.target == HISTORY:
            return [each for each in self.privileges if unity.privilege(each) not in unity.WAY]
        if self.target == IN_DATABRICKS:
            reading = DATABRICKS_READING | self.also | (DATABRICKS_WRITING if writes else set())
            reading |= {"CREATE_SCHEMA"} if creates else set()
            return [
                privilege
                for privilege in self.privileges
                if unity.privilege(privilege) not in reading
            ]
        reading = SNOWFLAKE_READING.get(self.target, frozenset())
        if self.target == NOT_KNOWN:
            reading = frozenset[str]().union(*SNOWFLAKE_READING.values())
        if writes:
            # A procedure has its owner's rights, whoever calls it.
            own = {"USAGE"} if self.target in NOT_FOR_WRITERS else set()
            reading |= SNOWFLAKE_WRITING - own
        if creates:
            reading |= {"CREATE SCHEMA"}
        return [privilege for privilege in self.privileges if privilege.upper() not in reading]


def statements(judged: Judged) -> Iterator[tuple[str, sql.Statement]]:
    """Each statement of an Execute that runs at some time, by its property."""
    for key in ("execute", "revert", "query"):
        text = None
        with judged.later():
            text = judged.props.get(key)
        if text:
            yield key, read(text)


def read(text: str) -> sql.Statement:
    """A statement. What one names is as secret as the statement."""
    said = sql.read(text)
    if isinstance(text, SecretText) and isinstance(said, sql.Privileges):
        names = tuple(SecretText(name) for name in said.names)
        grantee = SecretText(said.grantee)
        return replace(said, names=names, name=SecretText(said.name), grantee=grantee)
    if isinstance(text, SecretText) and isinstance(said, sql.RoleOf):
        return replace(said, role=SecretText(said.role), grantee=SecretText(said.grantee))
    return said


def roles_given(resource: PolicyResource) -> Iterator[tuple[str, sql.RoleOf]]:
    """Each role that an Execute gives, now or when it is undone, by the property."""
    for key in ("execute", "revert"):
        text = peek(resource.props, key)
        if isinstance(text, str) and not is_unseen(text):
            said = read(text)
            if isinstance(said, sql.RoleOf) and not said.revokes:
                yield key, said


def entries(props: Mapping[str, Any]) -> Iterator[tuple[str, Entry | None]]:
    """Each privilege of a role's set by its text; None for a text that is no privilege. Of a set
    that is a secret each text is one.
    """
    said = props.get("privileges") or {}
    for text in said:
        try:
            found: Entry | None = Entry.of(text)
        except ValueError:
            found = None
        yield SecretText(text) if isinstance(peek(said, text), SecretText) else text, found


def _is_history(props: Mapping[str, Any]) -> bool:
    names = [peek(props, key) for key in ("catalog", "schema", "table")]
    return any(unity.is_history(normal(name)) for name in names if isinstance(name, str) and name)


def _grantee(props: Mapping[str, Any], *keys: str) -> Any:
    """None where it is not known: `unknowns-named` tells of that."""
    return next((props.get(k) for k in keys if has(props, k) and not is_unknown(props, k)), None)


def _schema(props: Mapping[str, Any], kind: str) -> str:
    """Of what a grant is on: the first two parts of its name, or NOT_KNOWN."""
    names = [peek(props, key) for key in ("schema", "table", "volume")]
    for path in (
        ("onSchema", "schemaName"),
        ("onSchemaObject", "objectName"),
        *(("onSchemaObject", how, "inSchema") for how in ("all", "future", "inherited")),
    ):
        found: Any = props
        for part in path:
            found = peek(found, part) if isinstance(found, Mapping) else found
        names.append(found)
    if any(name is UNKNOWN for name in names):
        return NOT_KNOWN
    parts = [PART.findall(name) for name in names if isinstance(name, str) and name]
    # A dot inside of quotes parts nothing; no limit can name such a schema.
    whole = len(parts[0]) > 1 and not any("." in each for each in parts[0]) if parts else False
    return normal(".".join(parts[0][:2]), kind) if whole else ""


def _place(judged: Judged) -> dict[str, Any]:
    """Where a grant is: it matters where somebody may write, and takes a while to read."""
    if not judged.writers:
        return {}
    found = {"schema": _schema, "database": _database}
    return {name: read(judged.props, judged.kind) for name, read in found.items()}


def _database(props: Mapping[str, Any], kind: str) -> str:
    """What a grant is on, or is in: the first part of its name."""
    names = [peek(props, key) for key in ("catalog", "schema", "table", "volume")]
    on = [peek(props, key) for key in ("onAccountObject", "onSchema", "onSchemaObject")]
    for _, key, name in (each for part in on if isinstance(part, Mapping) for each in leaves(part)):
        names.append(name if key in IN_DATABASE else None)
    parts = [PART.findall(name) for name in names if isinstance(name, str) and name]
    return normal(parts[0][0], kind) if parts and parts[0] else ""


def _of_entries(props: Mapping[str, Any]) -> Iterator[Grant]:
    role = _grantee(props, "role")
    for text, entry in entries(props):
        if entry is None or entry.kind in MEMBERSHIPS:
            continue
        if entry.privilege == IMPORTED and entry.name != (OWN_DATABASE,):
            # A shared database can be read in no other way, and in this one only.
            yield Grant(("SELECT",), "TABLE", whole_catalog=True, grantee=role)
            continue
        whole = bool(entry.reach) and len(entry.name) == 1
        privilege = entry.privilege
        if isinstance(text, SecretText):
            privilege = SecretText(privilege)
        kind = entry.kind if entry.name else ACCOUNT
        yield Grant((privilege,), kind, whole_catalog=whole, grantee=role)


def grants(judged: Judged) -> Iterator[Grant]:
    """What a resource grants. What is not known raises, but for the grantee: that has a rule."""
    props = judged.props
    if judged.kind == ROLE_PRIVILEGES:
        yield from _of_entries(props)
        return
    if judged.kind in STATEMENTS:
        for _, said in statements(judged):
            if isinstance(said, sql.Privileges) and not said.revokes:
                target = ACCOUNT if said.target == "ACCOUNT" else said.target
                yield Grant(
                    said.names, target, whole_catalog=said.whole_database, grantee=said.grantee
                )
        return
    if judged.kind in DATABRICKS_GRANT or judged.kind in DATABRICKS_LISTS:
        target = METASTORE if has(props, "metastore") else IN_DATABRICKS
        target = HISTORY if _is_history(props) else target
        for key, everything in ANY_FILE.items():
            with judged.later():
                target = everything if is_word(props.get(key), "true") else target
        entries = [props]
        if judged.kind in DATABRICKS_LISTS:
            entries = judged.known(props.get(DATABRICKS_LISTS[judged.kind]))
        also = [reading for key, reading in DATABRICKS_READING_OF.items() if has(props, key)]
        for entry in entries:
            with judged.later():
                names = judged.known(entry.get("privileges"))
                yield Grant(
                    tuple(names),
                    target,
                    whole_catalog=has(props, "catalog"),
                    grantee=_grantee(entry, "principal"),
                    **_place(judged),
                    also=frozenset().union(*also),
                )
        return
    if judged.kind in DATABRICKS_POLICY:
        given = props.get("grant") or {}
        with judged.later():
            on = (props.get("onSecurableType") or "").upper()
            yield Grant(
                tuple(judged.known(given.get("privileges"))),
                METASTORE if on == "METASTORE" else IN_DATABRICKS,
                whole_catalog=on == "CATALOG",
                grantee=", ".join(f"{name}" for name in judged.known(props.get("toPrincipals"))),
            )
        return
    names, target, whole = [], NOT_KNOWN, False
    with judged.later():
        names += judged.known(props.get("privileges"))
    if judged.kind in LEGACY_GRANTS:
        target = _legacy_target(judged.type_name)
        with judged.later():
            names += [props["privilege"]] if props.get("privilege") else []
        many = any(is_word(props.get(key), "true") for key in ("onFuture", "onAll"))
        whole = many and not has(props, "schemaName")
    else:
        with judged.later():
            target = _target(props)
            whole = _in_whole_database(props)
    with judged.later():
        names += ["ALL PRIVILEGES"] if is_word(props.get("allPrivileges"), "true") else []
    role = _grantee(props, "accountRoleName", "databaseRoleName", "toShare", "roleName")
    yield Grant(tuple(names), target, whole_catalog=whole, grantee=role, **_place(judged))


def _in_whole_database(props: Mapping[str, Any]) -> bool:
    on = props.get("onSchemaObject") or {}
    return any(
        isinstance(many := on.get(how), Mapping) and has(many, "inDatabase")
        for how in ("all", "future", "inherited")
    )


def _legacy_target(type_name: str) -> str:
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in type_name)
    target = words.removesuffix(" Grant").strip().upper()
    return ACCOUNT if target == "ACCOUNT" else target


def _target(props: Mapping[str, Any]) -> str:
    """What kind of thing a grant is on, in the singular."""
    for place, kind in (
        ("onDatabase", "DATABASE"),
        ("onTable", "TABLE"),
        ("onAllTablesInSchema", "TABLE"),
        ("onView", "VIEW"),
    ):
        if has(props, place):
            return kind
    for place in ("onSchema", "onSchemaObject", "onAccountObject"):
        on = props.get(place)
        if not on:
            continue
        if isinstance(on, str):  # a share's
            return "SCHEMA"
        inherited = on.get("inherited")
        if inherited and place == "onAccountObject":
            return ACCOUNT
        if isinstance(inherited, Mapping) and is_word(inherited.get("inAccount"), "true"):
            return ACCOUNT
        if place == "onSchema":
            return "SCHEMA"
        many = inherited or on.get("all") or on.get("future")
        kind = _singular(many.get("objectTypePlural") if many else on.get("objectType"))
        return EVERY_FUNCTION if many and kind == "FUNCTION" else kind
    return ACCOUNT


def _singular(kind: str | None) -> str:
    text = singular((kind or "nothing named").upper())
    return SecretText(text) if isinstance(kind, SecretText) else text
