"""Snowflake statements, as far as a rule must tell them apart. What is not recognised is not
allowed, so this may stay small: it reads GRANT and REVOKE, and knows statements that only look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<text>'(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$)
    |(?P<word>[\w$.]+)
    |(?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
WRITING = frozenset(
    {"ALTER", "CALL", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "INTO", "MERGE", "UPDATE"}
)
LOOKING = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "LIST", "LS"})
# Only these functions of the system are known to look and not to do.
HARMLESS_FUNCTION = re.compile(r'"?SYSTEM\$(SHOW_|ALLOWLIST|TYPEOF)')
# Longest first: "EXTERNAL TABLE" is no "EXTERNAL".
KINDS = sorted(
    (
        "ACCOUNT",
        "DATABASE",
        "SCHEMA",
        "WAREHOUSE",
        "TABLE",
        "VIEW",
        "MATERIALIZED VIEW",
        "EXTERNAL TABLE",
        "DYNAMIC TABLE",
        "ICEBERG TABLE",
        "EVENT TABLE",
        "HYBRID TABLE",
        "FILE FORMAT",
        "RESOURCE MONITOR",
        "SEMANTIC VIEW",
    ),
    key=len,
    reverse=True,
)


GRANTEES = (["DATABASE", "ROLE"], ["APPLICATION", "ROLE"], ["ROLE"], ["USER"], ["SHARE"])
AFTER_GRANTEE: tuple[list[str], ...] = (
    [],
    ["COPY", "CURRENT", "GRANTS"],
    ["REVOKE", "CURRENT", "GRANTS"],
    ["RESTRICT"],
    ["CASCADE"],
)


@dataclass(frozen=True)
class Privileges:
    """GRANT or REVOKE of privileges on something."""

    names: tuple[str, ...]
    target: str
    """The kind of securable, in the singular; ACCOUNT for everything in it."""
    grantee_kind: str
    grantee: str
    passed_on: bool = False
    revokes: bool = False
    whole_database: bool = False


@dataclass(frozen=True)
class RoleOf:
    """GRANT or REVOKE of a role."""

    role: str
    grantee_kind: str
    grantee: str
    revokes: bool = False


@dataclass(frozen=True)
class Looks:
    shows_secrets: bool = False


@dataclass(frozen=True)
class RefreshesSecret:
    """Makes one of an OAuth integration's two client secrets anew."""


@dataclass(frozen=True)
class NotKnown:
    beginning: str
    """Its first words; never a literal."""


GIVES = Privileges | RoleOf
Statement = GIVES | Looks | RefreshesSecret | NotKnown


def _tokens(statement: str) -> list[str]:
    """Words in upper case, quoted names as they are; literals and comments are left out."""
    found = []
    for match in TOKEN.finditer(statement):
        if match.lastgroup == "word":
            found.append(match[0].upper())
        elif match.lastgroup == "text":
            found.append("''")
        elif match.lastgroup != "space":
            found.append(match[0])
    while found and found[-1] == ";":
        found.pop()
    return found


def _name(tokens: list[str]) -> tuple[str, list[str]]:
    """A name of one or more parts from the front, and what follows it."""
    parts = tokens[:1]
    rest = tokens[1:]
    while rest and (rest[0].startswith(".") or parts[-1].endswith(".")):
        parts.append(rest[0])
        rest = rest[1:]
    return "".join(parts), rest


def _kind(tokens: list[str]) -> tuple[str, list[str]]:
    """The kind of securable, in the singular, and what follows it."""
    for kind in KINDS:
        words = kind.split()
        head = tokens[: len(words)]
        if head and [*head[:-1], head[-1].removesuffix("S")] == words:
            return kind, tokens[len(words) :]
    return " ".join(tokens[:1]), tokens[1:]


def read(statement: str) -> Statement:
    tokens = _tokens(statement)
    first = tokens[0] if tokens else ""
    not_known = NotKnown(" ".join(t for t in tokens[:2] if re.fullmatch(r"[A-Z_]+", t)))
    if ";" in tokens:
        return NotKnown(f"{not_known.beginning} and more after a semicolon")
    if first in ("GRANT", "REVOKE"):
        return _grant(tokens[1:], revokes=first == "REVOKE") or not_known
    if first in LOOKING or (first == "WITH" and "SELECT" in tokens):
        functions = [t.upper() for t in tokens if "SYSTEM$" in t.upper()]
        if all(HARMLESS_FUNCTION.match(name) for name in functions) and not _writes(tokens):
            return Looks(any("OAUTH_CLIENT_SECRETS" in name for name in functions))
    if (
        tokens[:3] == ["ALTER", "SECURITY", "INTEGRATION"]
        and len(tokens) == 6
        and tokens[4] == "REFRESH"
        and tokens[5] in ("OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET_2")
    ):
        return RefreshesSecret()
    return not_known


def _writes(tokens: list[str]) -> bool:
    return bool(WRITING & set(tokens)) or "->>" in "".join(tokens)


def _grant(tokens: list[str], *, revokes: bool) -> Privileges | RoleOf | None:
    passed_on = tokens[-3:] == ["WITH", "GRANT", "OPTION"]
    tokens = tokens[:-3] if passed_on else tokens
    if revokes and tokens[:3] == ["GRANT", "OPTION", "FOR"]:
        tokens = tokens[3:]
    to = "FROM" if revokes else "TO"
    if to not in tokens:
        return None
    # A name is quoted where it is a keyword, so the last one parts the grantee.
    at = len(tokens) - 1 - tokens[::-1].index(to)
    what, whom = tokens[:at], tokens[at + 1 :]
    kind = next((kind for kind in GRANTEES if whom[: len(kind)] == kind), [])
    grantee, rest = _name(whom[len(kind) :])
    if not grantee or rest not in AFTER_GRANTEE:
        return None
    if "ON" not in what:
        of = next((of for of in GRANTEES if of[-1] == "ROLE" and what[: len(of)] == of), None)
        role, more = _name(what[len(of) :]) if of else ("", [])
        return RoleOf(role, " ".join(kind), grantee, revokes) if role and not more else None
    on = what.index("ON")
    names, target = what[:on], what[on + 1 :]
    names = names[1:] if names[:1] == ["INHERITED"] else names
    target = target[1:] if target[:1] in (["ALL"], ["FUTURE"]) else target
    securable, container = _kind(target)
    if container[:2] == ["IN", "ACCOUNT"]:
        securable = "ACCOUNT"
    privileges = [" ".join(part.split()) for part in " ".join(names).split(",")]
    return Privileges(
        tuple(privileges),
        securable,
        " ".join(kind),
        grantee,
        passed_on,
        revokes,
        whole_database=container[:2] == ["IN", "DATABASE"],
    )
