"""A person's access token from Cube's OAuth app: whose rights a session of it has.

Owns what such a session may and may not do. It is signed in with the token alone; what the
integration says is the deployer's look (`integrations.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from pydantic import SecretStr
from snowflake.connector.errors import Error, ProgrammingError

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.principals import SNOWFLAKE_ADMINISTRATORS
from cube_access.settings import SnowflakeSettings, let_in
from cube_access.verify.deployed import CannotCheckError, Deployed
from cube_access.verify.findings import PERSON, Line, Verdict
from cube_access.verify.looks import line
from cube_access.verify.sampling import sample
from cube_access.verify.snowflake import relations, tries
from cube_access.verify.snowflake.eyes import seen
from cube_access.verify.snowflake.held import PUBLIC, Holdings, Role
from cube_access.verify.snowflake.session import persons, reason
from cube_access.verify.snowflake.sessions import Sessions
from cube_access.verify.snowflake.verification import declare

LIMITS = "which app gave the token out, Snowflake does not tell"
LOOK = "Look at what the integration says: `cube-access verify --deployer`."
TAKES = "the session takes another role"
MOST = 20
"""How many relations are tried."""


def verify(
    deployed: Deployed, settings: SnowflakeSettings, token: SecretStr, step: Callable[[str], None]
) -> tuple[list[Line], str, str]:
    """The lines, what they leave unproven, and the person.

    Raises:
        CannotCheckError: the token is refused. One lives ten minutes.
    """
    account = settings.snowflake_account
    # A token of an OAuth app is of one role. With others Cube asks for oauthRole: else the session
    # would be in the person's default role, which the token need not name.
    is_external = settings.vouched_people or settings.identity_provider
    role = settings.oauth_role if is_external else ""
    with ExitStack() as stack:
        them = stack.enter_context(Sessions(lambda: persons(account, token, step, role)))
        try:
            answer = them.rows("SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_SECONDARY_ROLES()")
            who = {key.removesuffix("()"): str(value or "") for key, value in answer[0].items()}
            lines = list(_all(deployed, settings, them, who))
        except Error as error:
            raise CannotCheckError(f"Snowflake broke it off: {reason(error)}") from None
    return lines, LIMITS, who["current_user"]


def _all(
    deployed: Deployed, settings: SnowflakeSettings, them: Sessions, who: dict[str, str]
) -> Iterator[Line]:
    user, role = who["current_user"], who["current_role"]
    declared = declare(deployed, settings)
    if user == declared.user:
        yield _line("extra", f"the token is of the service account {plain(user)}, not of a person")
    else:
        yield _line("ok", f"the token is of {plain(user)}, and its role is {plain(role)}")
    holdings = Holdings(them)
    own = {each.name[0] for each in declared.own}
    yield from seen(
        "which roles its role has", PERSON, lambda: _role(settings, holdings, role, own)
    )
    switches = list(_one_role(settings, them, who, declared.role))
    yield from switches
    look = "what its role holds, and so why it reads what it reads"
    if any(each.what.startswith(TAKES) for each in switches):
        yield _line("unseen", f"{look}: the session has another role now")
        return
    yield from seen(look, PERSON, lambda: _rights(them, holdings, role))


def _role(
    settings: SnowflakeSettings, holdings: Holdings, role: str, own: set[str]
) -> Iterator[Line]:
    """Its role, and those that it has."""
    blocked = SNOWFLAKE_ADMINISTRATORS.union(settings.blocked_roles)
    allowed = settings.people_roles if settings.vouched_people else let_in.roles(settings)
    if role in blocked or role in own:
        why = "is blocked for Cube" if role in blocked else "is the service account's"
        yield _line("extra", f"role {plain(role)} {why}, and the token has it", LOOK)
    elif allowed and role not in allowed:
        listed = ", ".join(map(plain, sorted(allowed)))
        what = f"the token's role is none that people may have, which are {listed}"
        yield _line("extra", what, LOOK)
    elif not allowed and settings.oauth_role and role != settings.oauth_role:
        what = f"the token's role is not oauthRole, which is {plain(settings.oauth_role)}"
        yield _line("lack", what, "Check the scope of Cube's form: session:role:<oauthRole>.")
    else:
        yield from _inherits(holdings, role, own, blocked)


def _inherits(
    holdings: Holdings, role: str, own: set[str], blocked: frozenset[str]
) -> Iterator[Line]:
    """Who has a role that has SECURITYADMIN administers, whatever its name is."""
    start = Role("ROLE", (role,))
    holdings.of(start)
    roles = holdings.closure([start])
    names = {each.name[0] for each in roles if each.kind == "ROLE"}
    words = f"role {plain(role)}"
    if held := sorted(names & blocked):
        what = f"{words} has {', '.join(map(plain, held))}, which Cube may not use"
        yield _line("extra", what, LOOK)
    if held := sorted(names & own):
        what = f"{words} has {', '.join(map(plain, held))}, which is the service account's"
        yield _line("extra", what)
    if hidden := [each.words() for each in roles if each in holdings.refused]:
        more = f" and {len(hidden) - 1} more" if len(hidden) > 1 else ""
        yield _line("unseen", f"which roles {hidden[0]}{more} has, which {words} has")
    elif not names & {*blocked, *own}:
        yield _line("ok", f"{words} is no administrator's, and is not blocked")


def _one_role(
    settings: SnowflakeSettings, them: Sessions, who: dict[str, str], service: Role
) -> Iterator[Line]:
    try:
        roles = tries.secondary_roles(who["current_secondary_roles"])
    except ValueError as error:
        yield _line("unseen", f"which other roles the session has: {error}")
        return
    secondary = sorted(roles - {who["current_role"]})
    if secondary:
        what = f"the session has other roles, too: {', '.join(secondary)}"
        change = f"{quoted(settings.object_name)} SET OAUTH_USE_SECONDARY_ROLES = NONE"
        if settings.has_oauth_app and not settings.identity_provider:
            yield _line("extra", what, fix=f"ALTER SECURITY INTEGRATION {change};")
        else:
            yield _line("extra", what, LOOK)
    seen = {str(row["name"]) for row in them.rows("SHOW ROLES LIMIT 1000")}
    others = sample(sorted(seen - {who["current_role"], PUBLIC.name[0]}), tries.ROLES)
    wanted = sorted({*SNOWFLAKE_ADMINISTRATORS, service.name[0], *others} - {who["current_role"]})
    statements = [f"USE ROLE {quoted(name)}" for name in wanted] + ["USE SECONDARY ROLES ALL"]
    taken = ""
    for statement in statements:
        try:
            if not them.each(lambda session, text: session.refused(text), [statement])[0]:
                taken = statement
                break  # what comes after would be tried in another role
        except ProgrammingError as error:
            yield _line("unseen", f"{statement}: {reason(error)}")
    if taken:
        yield _line("extra", f"{TAKES}: {taken}", LOOK)
    elif not secondary:
        yield _line("ok", f"one role: refused {len(wanted)} other roles, and secondary roles")


def _rights(them: Sessions, holdings: Holdings, role: str) -> Iterator[Line]:
    """What it reads comes from its role: nothing is added by the way it came in."""
    start = Role("ROLE", (role,))
    holdings.of(start)
    roles = holdings.closure([start, PUBLIC])
    hidden = [each.words() for each in roles if each in holdings.refused]
    known = tries.Explained([h for each in roles for h in holdings.seen(each)], roles)
    visible = relations.everywhere(them)
    tried = sample(visible.relations, MOST)
    read, refused, unexplained = 0, 0, 0
    for one in tried:
        try:
            if them.each(lambda session, text: session.refused(text), [tries.query(one)])[0]:
                refused += 1
                continue
        except ProgrammingError as error:
            yield _line("unseen", f"reading {plain(*one.name)}: {reason(error)}")
            continue
        read += 1
        if not known.reads(one.name):
            unexplained += 1
            what = f"reads {plain(*one.name)}, and no grant to {start.words()} says why"
            if hidden:
                yield _line("unseen", f"{what}: what {hidden[0]} holds was not seen")
                continue
            yield _line("extra", what, tries.shows(one))
    more = " or more" if visible.cut else ""
    what = (
        f"reads {read} and is refused {refused} of {len(tried)} tried, of {len(visible.relations)}"
        f"{more} that it sees"
    )
    if unexplained:
        yield _line("note", what)
    else:
        yield _line("ok", f"{what}, by the grants of {start.words()}")


def _line(verdict: Verdict, what: str, hint: str = "", *, fix: str = "") -> Line:
    return line(verdict, what, PERSON, fix, shown="tried", hint=hint)
