"""One verification on Snowflake: who looks at what, in which order.

Owns the two sign-ins. The service account looks and tries; the deployer, if asked for, only looks:
it sees the names of what the service account cannot see.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from cryptography.hazmat.primitives import serialization
from snowflake.connector.errors import Error, ProgrammingError

from cube_access.facts.identifiers import plain, quoted
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.grants import USES_WAREHOUSE, meant
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.verify.deployed import CannotCheckError, Deployed, require_applied
from cube_access.verify.findings import DEPLOYER, SERVICE_ACCOUNT, Line
from cube_access.verify.snowflake import applied, tries
from cube_access.verify.snowflake.compare import Declared, Relation, compare, shadowed
from cube_access.verify.snowflake.held import Holdings, Name, Role, grantees
from cube_access.verify.snowflake.session import Row, Session, deployers, sign_in
from cube_access.verify.snowflake.sessions import Sessions

HISTORY = Relation(("SNOWFLAKE", "ACCOUNT_USAGE", "QUERY_HISTORY"), "VIEW")
"""Everybody's statements, which IMPORTED PRIVILEGES on Snowflake's own database shows."""
APART = 4
"""How many schemas of a database are asked for one by one: the whole of it may be large."""
Step = Callable[[str], None]


def verify(
    deployed: Deployed, settings: SnowflakeSettings, *, as_deployer: bool, step: Step
) -> list[Line]:
    """Every line of the report.

    Raises:
        CannotCheckError: the service account, or a deployer who was asked for, cannot sign in.
    """
    declared = declare(deployed, settings)
    for wanted in (meant(settings), declared.reading):
        require_applied(deployed, [*wanted.lines(), USES_WAREHOUSE])
    document, account = deployed.credential, settings.snowflake_account

    def signed_in() -> Session:
        return sign_in(account, document["user"], document["privateKey"], step)

    with ExitStack() as stack:
        me = stack.enter_context(Sessions(signed_in))
        looker, by = me, SERVICE_ACCOUNT
        if as_deployer:
            looker, by = stack.enter_context(Sessions(_deployer(settings, step))), DEPLOYER
        try:
            return list(_all(deployed, declared, me, looker, by))
        except Error as error:
            raise CannotCheckError(f"Snowflake broke it off: {tries.reason(error)}") from None


def declare(deployed: Deployed, settings: SnowflakeSettings) -> Declared:
    """What was applied: the state has it, entry by entry."""
    name = settings.object_name
    in_database = settings.grant_to == "database-role"
    role = Role("ROLE", (name,))
    database_role = Role("DATABASE_ROLE", (settings.scopes[0][0], name)) if in_database else None
    found = applied.entries(deployed, [role, *([database_role] if database_role else [])])
    return Declared(
        reading=applied.reading_of(found) if found else meant(settings),
        user=deployed.service_account,
        role=role,
        database_role=database_role,
        warehouse=settings.snowflake_warehouse or name,
        object_admin=settings.warehouse_admin_role,
    )


def _deployer(settings: SnowflakeSettings, step: Step) -> Callable[[], Session]:
    # As each command of the deployer's: with deployerRole = sign-in in the default role.
    role = "" if settings.deployer_role == "sign-in" else settings.grant_admin_role
    return lambda: deployers(settings.snowflake_account, role, step)


def _all(
    deployed: Deployed,
    declared: Declared,
    me: Sessions,
    looker: Sessions,
    by: str,
) -> Iterator[Line]:
    role = declared.role
    answer = me.rows("SELECT CURRENT_ROLE(), CURRENT_SECONDARY_ROLES()")[0]
    if answer["current_role()"] != role.name[0]:
        what = f"the session's role is {answer['current_role()']}, not {plain(*role.name)}"
        yield Line(
            verdict="lack", what=what, shown="tried", by=SERVICE_ACCOUNT, fix="pulumi up --refresh"
        )
    holdings = Holdings(looker)
    present = list(_relations(looker, declared))
    yield from _unless_refused("its grants", by, lambda: compare(declared, holdings, present, by))
    yield from _unless_refused("who has its role", by, lambda: _members(looker, declared, by))
    yield from _unless_refused("the user", by, lambda: _user(looker, deployed, declared, by))
    if looker is not me and not declared.reading.inherited:
        yield from shadowed(declared, _future_kinds(looker, declared), by)
    try:
        known = tries.explain(declared, holdings)
    except ProgrammingError:
        known = tries.Explained((), ())
    yield from tries.reads(me, declared, present)
    own = list(_every_relation(me))
    others = list(_every_relation(looker)) if looker is not me else []
    yield from tries.refuses_reads(me, declared, [HISTORY], own, others, known)
    yield from tries.refuses_writes(me, declared, present, known)
    yield from tries.refuses_roles(me, declared, known)
    yield from tries.refuses_the_rest(known)


def _unless_refused(what: str, by: str, look: Callable[[], Iterable[Line]]) -> Iterable[Line]:
    """A look that this sign-in may not take is one line, not the end."""
    try:
        return list(look())
    except ProgrammingError as error:
        said = f"{what}: {tries.reason(error)}"
        return [Line(verdict="unseen", what=said, shown="grants", by=by)]


def _relations(looker: Sessions, declared: Declared) -> list[Relation]:
    """Of the declared places, as far as the one who looks can see them."""
    wanted = declared.reading
    tables = {name[:2] for name in wanted.objects}
    whole = [*wanted.whole_databases, *wanted.imported]
    places = [*whole, *sorted({*wanted.whole_schemas, *tables})]
    # Many schemas of one database are asked for at once, unless it has more than one answer holds.
    inside = Counter(place[0] for place in places if len(place) == 2)
    together = [(name,) for name, count in inside.items() if count > APART]
    shown = dict(zip(together, looker.each(_shown_in, together), strict=True))
    complete = {name: found for name, (found, is_all) in shown.items() if is_all}
    alone = [place for place in places if place[:1] not in complete]
    inside_of = {
        place: found for place, (found, _) in zip(alone, looker.each(_shown_in, alone), strict=True)
    }
    for relation in (each for found in complete.values() for each in found):
        inside_of.setdefault(relation.name[:1], []).append(relation)
        inside_of.setdefault(relation.name[:2], []).append(relation)
    return [relation for place in places for relation in inside_of.get(place, [])]


def _shown_in(session: Session, place: Name) -> tuple[list[Relation], bool]:
    try:
        return _shown(session, f"{'DATABASE' if len(place) == 1 else 'SCHEMA'} {quoted(*place)}")
    except ProgrammingError:
        return [], True  # a place that cannot be seen has its line as a grant that is lacking


def _every_relation(looker: Sessions) -> Iterator[Relation]:
    ((found, _),) = looker.each(_shown, ["ACCOUNT"])
    for relation in found:
        if relation.name[0] != "SNOWFLAKE" and relation.name[1] != "INFORMATION_SCHEMA":
            yield relation


def _shown(session: Session, place: str) -> tuple[list[Relation], bool]:
    """Tables and views, and whether these are all of them."""
    tables, views = (
        session.rows(f"SHOW {kind} IN {place} LIMIT {MOST_ROWS}") for kind in ("TABLES", "VIEWS")
    )
    found = []
    for row in tables:
        kind = "TABLE"
        for mark, special in (("is_external", "EXTERNAL"), ("is_dynamic", "DYNAMIC")):
            if str(row.get(mark)).upper() in ("Y", "TRUE"):
                kind = f"{special}_TABLE"
        found.append(Relation((row["database_name"], row["schema_name"], row["name"]), kind))
    for row in views:
        if row["schema_name"] != "INFORMATION_SCHEMA":
            materialized = str(row.get("is_materialized")).lower() == "true"
            kind = "MATERIALIZED_VIEW" if materialized else "VIEW"
            found.append(Relation((row["database_name"], row["schema_name"], row["name"]), kind))
    return found, max(len(tables), len(views)) < MOST_ROWS


def _members(looker: Sessions, declared: Declared, by: str) -> Iterator[Line]:
    """Our role is for our user: whoever else has it reads what the service account reads."""
    for role in declared.own:
        for holder in grantees(looker, role):
            ours = holder == Role("USER", (declared.user,)) or holder in declared.own
            if not ours:
                yield Line(
                    verdict="extra",
                    what=f"{role.words()} is granted to {holder.words()}, too",
                    shown="grants",
                    by=by,
                    through=holder.words(),
                    fix=f"REVOKE {role.sql()} FROM {holder.sql()};",
                )


def _user(looker: Sessions, deployed: Deployed, declared: Declared, by: str) -> Iterator[Line]:
    """How the user signs in, and what a session of its starts with."""
    name = quoted(declared.user)
    rows = looker.rows(f"DESCRIBE USER {name}")
    is_set = {row["property"]: str(row["value"]) for row in rows if row["value"] not in
              (None, "", "null")}  # fmt: skip
    wrong: list[tuple[bool, str, str]] = [
        (
            is_set.get("TYPE") != "SERVICE",
            f"user {plain(declared.user)} is of TYPE {is_set.get('TYPE', 'PERSON')}, not SERVICE",
            f"ALTER USER {name} SET TYPE = SERVICE;",
        ),
        (
            "PASSWORD" in is_set,
            f"user {plain(declared.user)} has a password",
            f"ALTER USER {name} UNSET PASSWORD;",
        ),
        (
            bool(json.loads(is_set.get("DEFAULT_SECONDARY_ROLES", '["ALL"]'))),
            "every session has the user's other roles, too (DEFAULT_SECONDARY_ROLES)",
            f"ALTER USER {name} SET DEFAULT_SECONDARY_ROLES = ();",
        ),
    ]
    expected = {fingerprint(deployed.credential["privateKey"])}
    for user in deployed.of_type("snowflake:index/serviceUser:ServiceUser"):
        bodies = (user.get(key) for key in ("rsaPublicKey", "rsaPublicKey2"))
        expected |= {_digest(base64.b64decode(body)) for body in bodies if body}
    slots = {"RSA_PUBLIC_KEY": is_set.get("RSA_PUBLIC_KEY_FP"),
             "RSA_PUBLIC_KEY_2": is_set.get("RSA_PUBLIC_KEY_2_FP")}  # fmt: skip
    for slot, key in slots.items():
        if key and key not in expected:
            what = f"another key pair signs in ({slot}, {key})"
            wrong.append((True, what, f"ALTER USER {name} UNSET {slot};"))
    for is_wrong, what, fix in wrong:
        if is_wrong:
            yield Line(verdict="extra", what=what, shown="settings", by=by, fix=fix)
    if not any(is_wrong for is_wrong, _, _ in wrong):
        what = "no password and no other key pair, and its own role only"
        yield Line(verdict="ok", what=what, shown="settings", by=by)


def fingerprint(pem: str) -> str:
    """Of the public half, as DESCRIBE USER writes it."""
    public = serialization.load_pem_private_key(pem.encode(), None).public_key()
    return _digest(
        public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _digest(body: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def _rows(session: Session, statement: str) -> list[Row]:
    return session.rows(statement)


def _future_kinds(
    looker: Sessions, declared: Declared
) -> Iterator[tuple[Name, set[str], set[str]]]:
    """Schemas in databases that we read as a whole, with the future grants of each."""
    for database in declared.reading.whole_databases:
        schemas = looker.rows(f"SHOW SCHEMAS IN DATABASE {quoted(*database)} LIMIT {MOST_ROWS}")
        names = [(database[0], str(row["name"])) for row in schemas]
        names = [name for name in names if name[1] != "INFORMATION_SCHEMA"]
        coming = [f"SHOW FUTURE GRANTS IN SCHEMA {quoted(*name)}" for name in names]
        for schema, rows in zip(names, looker.each(_rows, coming), strict=True):
            ours = [each for each in rows if each["grantee_name"] == declared.role.name[0]]
            if rows and not ours:
                kinds = {str(each["grant_on"]).replace(" ", "_") for each in rows}
                yield schema, kinds, {str(each["grantee_name"]) for each in rows}
