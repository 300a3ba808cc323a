# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/statements.py: change it there.

"""Snowflake statements, as far as the report and the policy pack must tell them apart.

It reads GRANT and REVOKE, and knows statements that only look. The pack refuses what is not
recognised, and the report lists it, so this may stay small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from .identifiers import QUOTED
from .securables import READABLE, singular

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
_PART = rf"(?:{QUOTED}|[^\W\d][\w$]*)"
NAME = re.compile(rf"{_PART}(?:\.{_PART})*")
CLIENT_SECRETS = ("OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET_2")
"""What ALTER SECURITY INTEGRATION … REFRESH makes anew: an integration has two, valid at once."""
WRITING = frozenset(
    {"ALTER", "CALL", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "INTO", "MERGE", "UPDATE"}
)
LOOKING = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "LIST", "LS"})
# Only these functions of the system are known to look and not to do.
HARMLESS_FUNCTION = re.compile(r"SYSTEM\$(SHOW_\w+|ALLOWLIST\w*|CLUSTERING_INFORMATION|TYPEOF)$")
# What else may stand before a parenthesis in a statement that only looks. A function that is not
# among them can be somebody's own, and that one can post what it is given to an address outside.
BEFORE_PARENTHESIS = re.compile(
    r"""
    ALL|AND|ANY|AS|BETWEEN|BY|CASE|DISTINCT|ELSE|EXCEPT|EXISTS|FROM|GROUP|HAVING|IN|INTERSECT|IS
    |JOIN|LIKE|ILIKE|LIMIT|MINUS|NOT|ON|OR|ORDER|OVER|PARTITION|QUALIFY|SELECT|TABLE|THEN|UNION
    |USING|VALUES|WHEN|WHERE|WITH|WITHIN|ABS|ANY_VALUE|APPROX_COUNT_DISTINCT|ARRAY_AGG|ARRAY_CONTAINS|ARRAY_SIZE|AVG
    |AT|BEFORE|CAST|CEIL|COALESCE|CONCAT|CONCAT_WS|CONTAINS|COUNT|COUNT_IF|CURRENT_ACCOUNT|CURRENT_DATABASE
    |CURRENT_DATE|CURRENT_REGION|CURRENT_ROLE|CURRENT_SCHEMA|CURRENT_TIME|CURRENT_TIMESTAMP
    |CURRENT_USER|CURRENT_VERSION|CURRENT_WAREHOUSE|DATE|DATEADD|DATEDIFF|DATE_PART|DATE_TRUNC|DAY
    |DECODE|DENSE_RANK|ENDSWITH|EXTRACT|FLATTEN|FLOOR|GENERATOR|GREATEST|HASH|HOUR|IFF|IFNULL|IS_ROLE_IN_SESSION
    |INITCAP|LAG|LAST_QUERY_ID|LEAD|LEAST|LEFT|LENGTH|LISTAGG|LOWER|LTRIM|MAX|MD5|MEDIAN|MIN|MINUTE
    |MONTH|NULLIF|NUMBER|NVL|OBJECT_CONSTRUCT|OBJECT_KEYS|PARSE_JSON|PERCENTILE_CONT|PERCENTILE_DISC|RANK|REGEXP_LIKE
    |REGEXP_REPLACE|REGEXP_SUBSTR|REPLACE|RESULT_SCAN|RIGHT|ROUND|ROW_NUMBER|RTRIM|SECOND|SPLIT
    |SPLIT_PART|STARTSWITH|SUBSTR|SUBSTRING|SUM|SYSDATE|TO_ARRAY|TO_BOOLEAN|TO_CHAR|TO_DATE
    |TO_DECIMAL|TO_JSON|TO_NUMBER|TO_TIMESTAMP(?:_(?:LTZ|NTZ|TZ))?|TO_VARCHAR|TO_VARIANT|TRIM|TRY_PARSE_JSON
    |TRY_TO_DATE|TRY_TO_NUMBER|TYPEOF|UPPER|VARCHAR|WEEK|YEAR|ZEROIFNULL
    """,
    re.VERBOSE,
)
# Ends of a line to some readers and to others none: a comment that ends there would hide the rest.
UNCERTAIN_END = re.compile(r"\r(?!\n)|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Kinds of securables. Longest first: "EXTERNAL TABLE" is no "EXTERNAL".
KINDS = sorted(
    ("ACCOUNT", "DATABASE", "SCHEMA", "WAREHOUSE", "FILE FORMAT", "RESOURCE MONITOR", *READABLE),
    key=len,
    reverse=True,
)
CONTAINERS = ("ACCOUNT", "DATABASE", "SCHEMA")


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
    """Upper case, as SQL writes them; ALL PRIVILEGES for ALL."""
    kind: str
    """Of the securable, or of those in the container, in the singular."""
    grantee_kind: str
    """Empty where the statement has none: a role."""
    grantee: str
    name: str = ""
    """Of the securable or the container: words in upper case, what is quoted as it is. Empty: the
    account, or what is no plain name, such as a function with its arguments.
    """
    container: str = ""
    """ACCOUNT, DATABASE or SCHEMA, if it is on what is in one."""
    reach: str = ""
    """ALL or FUTURE securables of the container."""
    inherited: bool = False
    passed_on: bool = False
    revokes: bool = False

    @property
    def target(self) -> str:
        """The kind of securable; ACCOUNT for everything in it."""
        return "ACCOUNT" if self.container == "ACCOUNT" else self.kind

    @property
    def whole_database(self) -> bool:
        return self.container == "DATABASE"

    @property
    def named(self) -> bool:
        """Whether it is known what it is on."""
        return bool(self.name) or self.target == "ACCOUNT"


@dataclass(frozen=True)
class RoleOf:
    """GRANT or REVOKE of a role."""

    role: str
    grantee_kind: str
    grantee: str
    role_kind: str = "ROLE"
    """ROLE, DATABASE ROLE or APPLICATION ROLE."""
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
    """A name of one or more parts from the front, and what follows it; empty: there is none."""
    parts = tokens[:1]
    rest = tokens[1:]
    while rest and (rest[0].startswith(".") or parts[-1].endswith(".")):
        parts.append(rest[0])
        rest = rest[1:]
    name = "".join(parts)
    return (name if NAME.fullmatch(name) else ""), rest


def _kind(tokens: list[str]) -> tuple[str, list[str]]:
    """The kind of securable, in the singular, and what follows it."""
    for kind in KINDS:
        head = tokens[: len(kind.split())]
        if head and singular(" ".join(head)) == kind:
            return kind, tokens[len(head) :]
    return " ".join(tokens[:1]), tokens[1:]


def read(statement: str) -> Statement:
    tokens = _tokens(statement)
    first = tokens[0] if tokens else ""
    not_known = NotKnown(" ".join(t for t in tokens[:2] if re.fullmatch(r"[A-Z_]+", t)))
    if UNCERTAIN_END.search(statement):
        return NotKnown(f"{not_known.beginning} with an unusual end of a line")
    if ";" in tokens:
        return NotKnown(f"{not_known.beginning} and more after a semicolon")
    if first in ("GRANT", "REVOKE"):
        return _grant(tokens[1:], revokes=first == "REVOKE") or not_known
    if first in LOOKING or (first == "WITH" and "SELECT" in tokens):
        functions = [t.upper() for t in tokens if "SYSTEM$" in t.upper()]
        known = all(HARMLESS_FUNCTION.match(name) for name in functions)
        if known and not _writes(tokens) and not _calls(tokens, first):
            return Looks(any("OAUTH_CLIENT_SECRETS" in name for name in functions))
    if (
        tokens[:3] == ["ALTER", "SECURITY", "INTEGRATION"]
        and len(tokens) == 6
        and tokens[4] == "REFRESH"
        and tokens[5] in CLIENT_SECRETS
    ):
        return RefreshesSecret()
    return not_known


def beginnings(statements: str) -> Iterator[str]:
    """The first words of each of several statements; never a literal."""
    words: list[str] = []
    for word in [*_tokens(statements), ";"]:
        if word == ";":
            if words:
                yield " ".join(words)
            words = []
        elif len(words) < 3 and re.fullmatch(r"[A-Z_]+", word):
            words.append(word)


def _writes(tokens: list[str]) -> bool:
    return bool(WRITING & set(tokens)) or "->>" in "".join(tokens)


def _calls(tokens: list[str], first: str) -> bool:
    """Whether a query calls what may be a function of somebody's own. SHOW and the like cannot."""
    if first not in ("SELECT", "WITH", "EXPLAIN"):
        return False
    for at, (before, after) in enumerate(pairwise(tokens)):
        if after != "(" or not re.fullmatch(r'[\w$.]+|".*"', before, re.DOTALL):
            continue
        # A name in two parts, with a space between them, or of an instance.
        qualified = at > 0 and (tokens[at - 1] in (".", "!") or tokens[at - 1].endswith("."))
        known = BEFORE_PARENTHESIS.fullmatch(before) or HARMLESS_FUNCTION.match(before)
        if (known and not qualified) or _names_columns(tokens, at):
            continue
        return True
    return False


def _names_columns(tokens: list[str], at: int) -> bool:
    """WITH name (column, …) AS, and the same of the next after a comma."""
    if tokens[0] != "WITH" or (at > 1 and tokens[at - 1] != ","):
        return False
    end = tokens.index(")", at) if ")" in tokens[at:] else len(tokens)
    return tokens[end + 1 : end + 3] == ["AS", "("] and "(" not in tokens[at + 2 : end]


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
        if not of or not role or more:
            return None
        return RoleOf(role, " ".join(kind), grantee, " ".join(of), revokes)
    on = what.index("ON")
    names, target = what[:on], what[on + 1 :]
    inherited = names[:1] == ["INHERITED"]
    reach = target[0] if target[:1] in (["ALL"], ["FUTURE"]) else ""
    securable, place = _kind(target[1:] if reach else target)
    container = next((each for each in CONTAINERS if place[:2] == ["IN", each]), "")
    name, more = _name(place[2:] if container else place)
    privileges = [" ".join(part.split()) for part in " ".join(names[inherited:]).split(",")]
    return Privileges(
        tuple("ALL PRIVILEGES" if each == "ALL" else each for each in privileges),
        securable,
        " ".join(kind),
        grantee,
        name="" if more else name,
        container=container,
        reach=reach,
        inherited=inherited,
        passed_on=passed_on,
        revokes=revokes,
    )


def undoes(undone: Statement | None, made: Statement | None) -> bool:
    """Whether a statement takes away what another one grants, and nothing else."""
    if not isinstance(undone, Privileges | RoleOf) or not undone.revokes:
        return False
    if isinstance(made, Privileges):
        made = replace(made, passed_on=False)
    return replace(undone, revokes=False) == made
