"""One verification on Snowflake: who looks at what, in which order.

Owns the sign-ins. The service account looks and tries; the deployer, if asked for, only looks: it
sees the names of what the service account cannot see, and whose the objects are by which that signs
in. Without the service account's sign-in the deployer looks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from snowflake.connector.errors import Error, ProgrammingError

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.securables import INFORMATION_SCHEMA, OWN_DATABASE
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.grants import USAGE, USES_WAREHOUSE, meant
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.verify.deployed import CannotCheckError, Deployed, require_applied
from cube_access.verify.findings import DEPLOYER, SERVICE_ACCOUNT, Line
from cube_access.verify.looks import Look, together
from cube_access.verify.snowflake import (
    applied,
    integrations,
    other_integrations,
    relations,
    takeover,
    tries,
    user,
)
from cube_access.verify.snowflake.compare import Declared, Relation, compare, shadowed
from cube_access.verify.snowflake.eyes import Eyes, Owners, owners, rows, seen
from cube_access.verify.snowflake.held import PUBLIC, Held, Holdings, Name, Role
from cube_access.verify.snowflake.session import (
    Begun,
    Session,
    deployers,
    reason,
    sign_in,
)
from cube_access.verify.snowflake.sessions import Sessions

HISTORY = Relation((OWN_DATABASE, "ACCOUNT_USAGE", "QUERY_HISTORY"), "VIEW")
"""Everybody's statements, which IMPORTED PRIVILEGES on Snowflake's own database shows."""
MARK = "cube-access:snowflake:Mark"
NOTHING_TRIED = "the deployer looked alone, and nothing was tried"
UNPROVEN = (
    "that it can sign in with {}, from where Cube is",
    "that what it may read can be read, with its warehouse",
    "that what it may not is refused: reads, writes and roles were not tried",
)
"""What the deployer's look does not show."""
Step = Callable[[str], None]


def verify(
    deployed: Deployed, settings: SnowflakeSettings, *, as_deployer: bool, step: Step
) -> list[Line]:
    """Every line of the report. Without a stored credential the deployer looks alone.

    Raises:
        CannotCheckError: the service account, or a deployer who was asked for, cannot sign in.
    """
    document = deployed.credential
    with ExitStack() as stack:
        declared = declare(deployed, settings)
        for wanted in (meant(settings), declared.reading):
            require_applied(deployed, [*wanted.lines(), USES_WAREHOUSE])
        begun: list[Begun] = []

        def signed_in() -> Session:
            key, account = document["privateKey"], settings.snowflake_account
            session = sign_in(account, document["user"], key, step)
            begun.append(session.begin(declared.role.name, declared.warehouse))
            return session

        me = stack.enter_context(Sessions(signed_in)) if document else None
        eyes = None
        if as_deployer or me is None:
            eyes = _eyes(settings, step, stack)
            (answer,) = eyes.rows("SELECT CURRENT_ROLE()")
            looker = str(answer["current_role()"])
            declared = declare(deployed, settings, owners(settings, looker))
        try:
            return list(look(deployed, settings, declared, me, eyes, begun[:1]))
        except Error as error:
            raise CannotCheckError(f"Snowflake broke it off: {reason(error)}") from None


def declare(
    deployed: Deployed, settings: SnowflakeSettings, whose: Owners | None = None
) -> Declared:
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
        object_kinds={e.name: e.kind.replace(" ", "_") for e in found if len(e.name) == 3},
        owners=whose or owners(settings, ""),
        integrations=integrations.own_integrations(settings),
        mark=next((str(each["mark"]) for each in deployed.of_type(MARK) if "mark" in each), ""),
    )


def _eyes(settings: SnowflakeSettings, step: Step, stack: ExitStack) -> Eyes:
    """The deployer's; with deployerRole = sign-in in the default role, for all."""

    def looking(role: str) -> Sessions:
        account = settings.snowflake_account
        return stack.enter_context(Sessions(lambda: deployers(account, role, step)))

    if settings.deployer_role == "sign-in":
        one = looking("")
        return Eyes(one, one, DEPLOYER)
    security = looking(settings.grant_admin_role)
    same = settings.integration_role == settings.grant_admin_role
    return Eyes(security, security if same else looking(settings.integration_role), DEPLOYER)


def look(
    deployed: Deployed,
    settings: SnowflakeSettings,
    declared: Declared,
    me: Sessions | None,
    eyes: Eyes | None,
    begun: Sequence[Begun],
) -> Iterator[Line]:
    looker = eyes.security if eyes else me
    assert looker  # noqa: S101 - one of the two signs in
    by = eyes.by if eyes else SERVICE_ACCOUNT
    holdings = Holdings(looker)
    # What several looks need, each asked for once.
    with ThreadPoolExecutor(1) as pool:
        every = pool.submit(relations.everywhere, looker) if eyes else None
        listed = relations.present(looker, declared, me)
    present, others = listed.relations, every.result() if every else relations.Listed()
    yield from listed.lines(by)
    yield from together(
        [
            lambda: seen("its grants", by, lambda: compare(declared, holdings, present, by)),
            lambda: seen("who has its role", by, lambda: takeover.members(declared, looker, by)),
            lambda: seen(
                "the user",
                by,
                lambda: user.user(looker, deployed, declared, settings, by),
                shown="settings",
            ),
            lambda: user.ways(looker, declared, settings, by),
            *(_by_deployer(declared, settings, holdings, eyes) if eyes else []),
        ]
    )
    if not eyes:
        yield Line(
            verdict="unseen",
            what="who owns its user, role and integration, who could loosen how it and people sign "
            "in, and what the integration says: only the deployer sees that",
            shown="settings",
            by=by,
            fix=f"cube-access verify --stack {deployed.stack} --deployer",
        )
    looks: list[Look] = [
        lambda: seen(
            "what views show", by, lambda: _views(looker, declared, present, others.relations, by)
        )
    ]
    if me:
        lacking = _lacking(declared, holdings, present)
        looks += _tried(declared, holdings, me, present, others, begun[0], lacking)
    yield from together(looks)
    if not me:
        way = "Cube Cloud's token" if settings.keyless else "the key that is stored"
        for what in UNPROVEN:
            what = f"not proven: {what.format(way)}"
            yield Line(verdict="note", what=what, shown="tried", by=by)
        yield from history_untried(holdings, by)


def history_untried(holdings: Holdings, by: str) -> Iterator[Line]:
    """Where the service account does not sign in, nothing tries to read everybody's queries."""
    if Held(USAGE, "DATABASE", (OWN_DATABASE,), PUBLIC) in holdings.seen(PUBLIC):
        yield Line(
            verdict="unseen",
            what=f"whether PUBLIC, by USAGE on the database {OWN_DATABASE}, shows everybody's "
            "queries: nothing was tried",
            shown="tried",
            by=by,
            name=OWN_DATABASE,
        )


def _views(
    looker: Sessions,
    declared: Declared,
    present: Sequence[Relation],
    others: Sequence[Relation],
    by: str,
) -> Iterator[Line]:
    functions = relations.functions_beside(looker, relations.queries(declared, present))
    yield from relations.views(declared, present, others, by, functions)


def _by_deployer(
    declared: Declared, settings: SnowflakeSettings, holdings: Holdings, eyes: Eyes
) -> list[Look]:
    by = eyes.by

    def sign_ins() -> Iterator[Line]:
        policy = list(
            seen(
                "its authentication policy",
                by,
                lambda: user.authentication(eyes, declared, settings),
                shown="settings",
            )
        )
        yield from policy
        # It keeps others' tokens out if it is attached and says what it ought to.
        only_own_way = bool(policy) and all(line.verdict == "ok" for line in policy)
        yield from together(
            [
                lambda: seen(
                    "its network policy",
                    by,
                    lambda: user.network(eyes, declared, settings),
                    shown="settings",
                ),
                lambda: seen(
                    "the integrations",
                    by,
                    lambda: integrations.ours(eyes, declared, settings),
                    shown="settings",
                ),
                lambda: seen(
                    "other integrations",
                    by,
                    lambda: other_integrations.others(
                        eyes, declared, settings, only_own_way=only_own_way
                    ),
                    shown="settings",
                ),
            ]
        )

    def future() -> Iterator[Line]:
        kinds = _future_kinds(eyes.security, declared)
        return seen("future grants of others", by, lambda: shadowed(declared, kinds, by))

    return [
        *([] if declared.reading.inherited else [future]),
        lambda: takeover.takeover(declared, settings, eyes, declared.owners),
        lambda: seen(
            "the role of people", by, lambda: takeover.people(declared, settings, holdings, eyes)
        ),
        sign_ins,
    ]


def _lacking(declared: Declared, holdings: Holdings, present: Sequence[Relation]) -> set[Name]:
    """What the service account lacks a privilege on, which has its line."""
    held = {(h.privilege, h.name) for role in declared.own for h in holdings.seen(role)}
    wanted = [
        *(("USAGE", h.name) for h in declared.required() if not (h.future or h.inherited)),
        *(("USAGE", each.name[:2]) for each in present),
        *(("SELECT", name) for name in declared.reading.objects),
        *(("SELECT", each.name) for each in present if declared.reads(each.name, each.kind)),
    ]
    if declared.reading.inherited or declared.reading.imported:
        wanted = [each for each in wanted if each[0] == "USAGE" and len(each[1]) == 1]
    return {name for privilege, name in wanted if (privilege, name) not in held}


def _tried(
    declared: Declared,
    holdings: Holdings,
    me: Sessions,
    present: Sequence[Relation],
    others: relations.Listed,
    begun: Begun,
    lacking: set[Name],
) -> list[Look]:
    try:
        known = tries.explain(declared, holdings)
    except ProgrammingError:
        known = tries.Explained((), ())

    def refuses_reads() -> Iterator[Line]:
        own = relations.everywhere(me)
        yield from tries.refuses_reads(
            me,
            declared,
            [HISTORY],
            own.relations,
            others.relations,
            known,
            cut=own.cut or others.cut,
        )

    looks: list[Look] = [
        lambda: tries.reads(me, declared, present, lacking),
        refuses_reads,
        lambda: tries.refuses_writes(me, declared, present, known),
        lambda: tries.refuses_roles(me, declared, known),
    ]
    if begun.problems:
        # Without its role or a warehouse a refusal proves nothing.
        what = (
            f"what it can do when it tries: its sessions cannot have {' or '.join(begun.problems)}"
        )
        looks = [lambda: [Line(verdict="unseen", what=what, shown="tried", by=SERVICE_ACCOUNT)]]
    return [*looks, lambda: tries.refuses_the_rest(known)]


def _future_kinds(
    looker: Sessions, declared: Declared
) -> Iterator[tuple[Name, set[str], set[str]]]:
    """Schemas in databases that we read as a whole, with the future grants of each."""
    for database in declared.reading.whole_databases:
        schemas = looker.rows(f"SHOW SCHEMAS IN DATABASE {quoted(*database)} LIMIT {MOST_ROWS}")
        names = [(database[0], str(row["name"])) for row in schemas]
        names = [name for name in names if name[1] != INFORMATION_SCHEMA]
        coming = [f"SHOW FUTURE GRANTS IN SCHEMA {quoted(*name)}" for name in names]
        for schema, found in zip(names, looker.each(rows, coming), strict=True):
            reader = declared.database_role or declared.role
            by_kind: dict[str, set[str]] = {}
            for each in found:
                kind = str(each["grant_on"]).replace(" ", "_")
                by_kind.setdefault(kind, set()).add(str(each["grantee_name"]))
            # A database role is told by its name alone, or with its database.
            ours = {reader.name[-1], plain(*reader.name)}
            theirs = {kind: to for kind, to in by_kind.items() if not to & ours}
            if theirs:
                yield schema, set(theirs), set().union(*theirs.values())
