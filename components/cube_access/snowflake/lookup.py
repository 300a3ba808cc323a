"""What a preview asks an account: whether what the configuration names is there, and what others
have granted on it.

Runs in our plugin's process, by one session a role. A kind is listed once, whatever the number of
names: an unchanged preview takes the same few statements at any number of schemas. What the answers
mean for a program is `preflight.py`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from threading import Event
from typing import Any

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.principals import BLOCKING_PARAMETERS, SNOWFLAKE_ADMINISTRATORS
from cube_access.facts.securables import INFORMATION_SCHEMA, plural, singular
from cube_access.provider.lifecycle import ProviderError, SignIn, Values
from cube_access.snowflake import holdings
from cube_access.snowflake.holdings import entry_of, exact, is_to, object_kind
from cube_access.snowflake.integrations import Integrations, look
from cube_access.snowflake.privileges import FUTURE, Entry
from cube_access.snowflake.session import Answer, Row, Session, SnowflakeError, at_once, session

TOKEN = "cube-access:snowflake:lookUp"  # noqa: S105 - a function's name
ABSENT = "does not exist or not authorized"
PARAMETERS = (
    *BLOCKING_PARAMETERS,
    "FEATURE_RBAC_INHERITED_GRANTS",
)
IMPORTED_KINDS = ("IMPORTED DATABASE",)
APPLICATION_KINDS = ("APPLICATION", "APPLICATION PACKAGE")

Name = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What a program asks."""

    named: Sequence[tuple[str, str]]
    """Kind and name of what has a name of one part."""
    databases: Sequence[Name]
    schemas: Sequence[Name]
    objects: Sequence[Name]
    whole_schemas: Sequence[Name]
    whole_databases: Sequence[Name]
    imported: Sequence[Name]
    """Databases that another account is to share."""
    kinds: Sequence[str]
    """Of objects that are read, in the plural."""
    readers: Sequence[str]
    """Our own roles that read, as statements name them, and those that may have read until now:
    their future grants are nobody else's. The one that reads comes first.
    """
    inherited: bool

    @classmethod
    def of(cls, arguments: Values) -> Asked:
        def names(key: str) -> list[Name]:
            return [tuple(each) for each in arguments[key]]

        return cls(
            named=[(kind, name) for kind, name in arguments["named"]],
            databases=names("databases"),
            schemas=names("schemas"),
            objects=names("objects"),
            whole_schemas=names("wholeSchemas"),
            whole_databases=names("wholeDatabases"),
            imported=names("imported"),
            kinds=arguments["kinds"],
            readers=arguments["readers"],
            inherited=arguments["inherited"],
        )


@dataclass
class Found:
    """What the account answered, as the engine carries it."""

    missing: list[list[Any]] = field(default_factory=list)
    """Kind, name and why, of each that cannot be used."""
    imported: list[str] = field(default_factory=list)
    """Databases that another account shares, and that were not asked for as such."""
    not_imported: list[str] = field(default_factory=list)
    """Databases of the account's own that were asked for as imported."""
    applications: list[str] = field(default_factory=list)
    """Databases that are applications, or packages of them."""
    object_types: list[list[Any]] = field(default_factory=list)
    """Name and kind of each single object."""
    parameters: dict[str, str] = field(default_factory=dict)
    integrations: Integrations = field(default_factory=Integrations)
    administrators: list[str] = field(default_factory=list)
    """Which of the privileged roles the account has."""
    above: list[list[Any]] = field(default_factory=list)
    """Database, kind of objects and who, of others' future grants on a database."""
    below: list[list[Any]] = field(default_factory=list)
    """The same of a schema; our own are among them."""

    def values(self) -> Values:
        return {
            "missing": self.missing,
            "imported": self.imported,
            "notImported": self.not_imported,
            "applications": self.applications,
            "objectTypes": self.object_types,
            "parameters": self.parameters,
            "knowsAllowedRoles": self.integrations.knows_allowed_roles,
            "allowedRoles": self.integrations.allowed_roles,
            "trusting": self.integrations.trusting,
            "administrators": self.administrators,
            "above": self.above,
            "below": self.below,
        }


def look_up(arguments: Values, sign_in: SignIn, cancelled: Event) -> Values:
    """Answers a program. What stops all of it is an answer, too: `refused`, in which way and why.

    Args:
        arguments: account, grantRole, integrationRole (empty: the deployer's own), what
            `integrations.look` is asked, and the fields of `Asked`.

    Raises:
        ProviderError: a variable of the environment cannot be used.
    """
    asked = Asked.of(arguments)
    account = arguments["account"]
    at_once()  # of the environment: its refusal is no refusal of the account's

    def signed_in(role: str) -> Session:
        return session(account, role, sign_in, cancelled)

    try:
        # Both sign in at the same time, and ask at the same time.
        with ThreadPoolExecutor(2) as threads:
            settings = threads.submit(
                lambda: _settings(signed_in(arguments["integrationRole"]), arguments)
            )
            looked = threads.submit(lambda: _look(signed_in(arguments["grantRole"]), asked))
            (parameters, integrations), found = settings.result(), looked.result()
    except SnowflakeError as error:
        return {"refused": {"reason": error.reason, "text": str(error)}}
    except ProviderError as error:
        return {"refused": {"reason": "sign-in", "text": str(error)}}
    found.parameters, found.integrations = parameters, integrations
    return found.values()


def _settings(administrator: Session, arguments: Values) -> tuple[dict[str, str], Integrations]:
    """The account's parameters, and what it says of its integrations."""
    rows = administrator.rows("SHOW PARAMETERS IN ACCOUNT")
    parameters = {str(row["key"]): str(row["value"]) for row in rows if row["key"] in PARAMETERS}
    return parameters, look(administrator, arguments)


def _look(found: Session, asked: Asked) -> Found:
    """Everything that is asked in one go, and then what depends on it."""
    answer = Found()
    kinds = {kind for kind, _ in asked.named} | {"ROLE"}
    inside = {name[:1] for name in (*asked.schemas, *asked.whole_databases)}
    schemas = _place(inside) if inside else ""
    statements = ["SHOW DATABASES"] + ([f"SHOW SCHEMAS {schemas}"] if schemas else [])
    statements += [f"SHOW {plural(kind)}" for kind in sorted(kinds)]
    if asked.objects:
        place = _place({name[:1] for name in asked.objects}, {name[:2] for name in asked.objects})
        statements += [f"SHOW TABLES {place}", f"SHOW VIEWS {place}"]
    shadowed = [] if asked.inherited else asked.databases
    futures = [f"SHOW FUTURE GRANTS IN DATABASE {quoted(*name)}" for name in shadowed]
    futures += [f"SHOW FUTURE GRANTS TO {who}" for who in asked.readers[:1] if not asked.inherited]
    answers = {each.statement: each for each in found.run([*statements, *futures])}
    _databases(answer, asked, _rows(answers["SHOW DATABASES"]))
    there = _schemas(found, answer, asked, answers.get(f"SHOW SCHEMAS {schemas}"))
    for kind in sorted(kinds):
        rows = _rows(answers[f"SHOW {plural(kind)}"])
        wanted = {name for each, name in asked.named if each == kind}
        privileged = SNOWFLAKE_ADMINISTRATORS if kind == "ROLE" else ()
        have = _names(found, plural(kind), rows, {*wanted, *privileged})
        answer.missing += [[kind, [name], ABSENT] for name in sorted(wanted - have)]
        if kind == "ROLE":
            answer.administrators = sorted(have & SNOWFLAKE_ADMINISTRATORS)
    if asked.objects:
        tables, views = (answers[f"SHOW {listed} {place}"] for listed in ("TABLES", "VIEWS"))
        _objects(found, answer, asked, tables, views)
    if not asked.inherited:
        _future(found, answer, asked, answers, there)
    return answer


def _place(databases: Collection[Name], schemas: Collection[Name] = ()) -> str:
    """The narrowest that holds all of them."""
    if len(schemas) == 1:
        return f"IN SCHEMA {quoted(*next(iter(schemas)))}"
    if len(databases) == 1:
        return f"IN DATABASE {quoted(*next(iter(databases)))}"
    return "IN ACCOUNT"


def _rows(answer: Answer) -> Sequence[Row]:
    """What is not there has none.

    Raises:
        SnowflakeError: it could not be asked.
    """
    if answer.error and answer.error.reason != "missing":
        raise SnowflakeError(f"{answer.statement}: {answer.error}", answer.error.reason)
    return answer.rows


def _names(
    found: Session, listed: str, rows: Sequence[Row], wanted: Collection[str], place: str = ""
) -> set[str]:
    """Those of a list; where it may have been cut off, each wanted one is asked for."""
    names = {str(row["name"]) for row in rows}
    if len(rows) == holdings.MOST_ROWS and (unseen := sorted(set(wanted) - names)):
        asked = [f"SHOW {listed} LIKE {like(name)}{place}" for name in unseen]
        names |= {str(row["name"]) for each in found.run(asked) for row in _rows(each)}
    return names


def like(name: str, *, begins: bool = False) -> str:
    """A pattern of LIKE that is this name; case is not looked at, so more may be found.

    Args:
        begins: also the names that only begin with it.
    """
    # Twice: a backslash escapes in a text, and in a pattern.
    marks = (("\\", "\\" * 4), ("%", "\\\\%"), ("_", "\\\\_"), ("'", "''"))
    for mark, written in marks:
        name = name.replace(mark, written)
    return f"'{name}{'%' if begins else ''}'"


def _databases(answer: Found, asked: Asked, rows: Sequence[Row]) -> None:
    kinds = {(str(row["name"]),): str(row.get("kind") or "") for row in rows}
    for name in (*asked.databases, *asked.imported):
        if name not in kinds:
            answer.missing.append(["DATABASE", list(name), ABSENT])
        elif kinds[name] in APPLICATION_KINDS:
            answer.applications.append(name[0])
        elif (kinds[name] in IMPORTED_KINDS) != (name in asked.imported):
            wrong = answer.not_imported if name in asked.imported else answer.imported
            wrong.append(name[0])


def _schemas(
    found: Session, answer: Found, asked: Asked, listed: Answer | None
) -> dict[Name, set[str]]:
    """The schemas of each database; those that are asked for and not there are told."""
    there: dict[Name, set[str]] = {}
    if listed is None:
        return there
    rows = _rows(listed)
    if len(rows) == holdings.MOST_ROWS:
        databases = sorted({name[:1] for name in (*asked.schemas, *asked.whole_databases)})
        closer = [f"SHOW SCHEMAS IN DATABASE {quoted(*name)}" for name in databases]
        rows = [row for each in found.run(closer) for row in _rows(each)]
    for row in rows:
        there.setdefault((str(row["database_name"]),), set()).add(str(row["name"]))
    for name in asked.schemas:
        if name[1] not in there.get(name[:1], ()):
            answer.missing.append(["SCHEMA", list(name), ABSENT])
    return there


def _objects(found: Session, answer: Found, asked: Asked, tables: Answer, views: Answer) -> None:
    kinds: dict[Name, str] = {}
    for listed, each in (("TABLES", tables), ("VIEWS", views)):
        rows = _rows(each)
        if len(rows) == holdings.MOST_ROWS:
            closer = [
                f"SHOW {listed} LIKE {like(name[2])} IN SCHEMA {quoted(*name[:2])}"
                for name in asked.objects
            ]
            rows = [row for one in found.run(closer) for row in _rows(one)]
        for row in rows:
            full = (str(row["database_name"]), str(row["schema_name"]), str(row["name"]))
            kind = object_kind(listed, row)
            # A single one is granted by TABLE, whatever its kind of table.
            kinds.setdefault(full, kind if kind and kind not in holdings.AS_TABLES else "TABLE")
    for name in asked.objects:
        if name in kinds:
            answer.object_types.append([list(name), kinds[name]])
        else:
            answer.missing.append(["TABLE OR VIEW", list(name), ABSENT])


def _future(
    found: Session,
    answer: Found,
    asked: Asked,
    answers: dict[str, Answer],
    there: dict[Name, set[str]],
) -> None:
    """Others' future grants, where ours would meet them. A schema is asked about only where we have
    none of our own yet: whoever has them there already has shadowed nothing since.
    """
    own = {
        entry_of(row, future=True)
        for who in asked.readers[:1]
        for row in _rows(answers[f"SHOW FUTURE GRANTS TO {who}"])
    }
    kinds = [singular(kind) for kind in asked.kinds]

    def holds(kind: str, name: Name) -> bool:
        return Entry("SELECT", kind, name, FUTURE) in own

    questions: list[Name] = []
    for database in asked.databases:
        rows = _rows(answers[f"SHOW FUTURE GRANTS IN DATABASE {quoted(*database)}"])
        above = _holders(rows, asked.readers)
        met = sorted(kind for kind in kinds if above.get(kind))
        answer.above += [[list(database), plural(kind), above[kind]] for kind in met]
        for schema, kind in product(asked.whole_schemas, met):
            if schema[:1] == database and holds(kind, schema):
                answer.below.append([list(schema), plural(kind), []])
            elif schema[:1] == database:
                questions.append(schema)
    for database in asked.whole_databases:
        if not all(holds(kind, database) for kind in kinds):
            names = sorted(there.get(database, ()))
            questions += [(*database, name) for name in names if name != INFORMATION_SCHEMA]
    schemas = sorted(set(questions))
    statements = [f"SHOW FUTURE GRANTS IN SCHEMA {quoted(*name)}" for name in schemas]
    for schema, each in zip(schemas, found.run(statements), strict=True):
        holders = _holders(_rows(each), asked.readers)
        # Where only ours are, those of a role that read until now, they shadow already.
        alone = schema in asked.whole_schemas
        met = sorted(kind for kind in kinds if holders.get(kind) or (alone and kind in holders))
        answer.below += [[list(schema), plural(kind), holders[kind]] for kind in met]


def _holders(rows: Iterable[Row], readers: Collection[str]) -> dict[str, list[str]]:
    """Kinds of object with who is granted something on future ones, our own roles left out: a kind
    that only they have has no names.
    """
    found: dict[str, set[str]] = {}
    for row in rows:
        kind = str(row["grant_on"]).replace("_", " ")
        to = str(row["grant_to"]).replace("_", " ")
        name = exact(str(row["grantee_name"]), to)
        others = found.setdefault(kind, set())
        if not any(is_to(row, who) for who in readers):
            others.add(plain(*name))
    return {kind: sorted(who) for kind, who in found.items()}
