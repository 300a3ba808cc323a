"""What a person's token, from the OAuth app as it is configured now, gives: that person's rights.

Owns the comparison of a token with who it is for. It signs nobody in: the token comes from
whoever did. On Databricks a token has scopes and no role: it can do in SQL what the person can.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied
from pydantic import SecretStr

from cube_access.databricks.grants import reading
from cube_access.facts.principals import ACCOUNT_USERS, DATABRICKS_ADMINS
from cube_access.settings import DatabricksSettings
from cube_access.trouble import trouble
from cube_access.verify.databricks.app import app, live
from cube_access.verify.databricks.client import (
    Client,
    Step,
    config,
    deployer,
    without_configuration,
)
from cube_access.verify.databricks.groups import groups
from cube_access.verify.databricks.looks import TROUBLE, reason, seen
from cube_access.verify.databricks.securables import READS, Found, Securable
from cube_access.verify.databricks.verification import warehouse_of
from cube_access.verify.databricks.walk import look
from cube_access.verify.deployed import CannotCheckError, Deployed
from cube_access.verify.findings import DEPLOYER, PERSON, Line, Verdict
from cube_access.verify.looks import line
from cube_access.verify.sampling import sample

LIMITS = (
    "which app gave the token out, and what the person may read, is the deployer's to see "
    "(--deployer)"
)
APP_LOOK = "`cube-access verify --deployer` names what the app says otherwise, and what mends it."
WHO, ME = "SELECT current_user()", "/api/2.0/preview/scim/v2/Me"
TRIED = 5
"""Tables of a declared schema, and tables of others."""
BEYOND_SQL = "/api/2.0/token/list"
"""A call that every identity may make, and no token of scope sql."""


def look_as_person(
    deployed: Deployed,
    settings: DatabricksSettings,
    token: SecretStr,
    step: Step,
    *,
    as_deployer: bool = False,
) -> tuple[list[Line], str, str]:
    """The lines, what they leave unproven, and the person.

    Args:
        token: the access token that the OAuth app gave Cube for that person.
        as_deployer: whether the deployer looks, too: at what the person may read, to compare, and
            at the app.

    Raises:
        CannotCheckError: the token does not sign in, or a deployer who was asked for.
    """
    step("signing in with the person's token")
    value, host = token.get_secret_value(), settings.databricks_workspace_host
    try:
        api = WorkspaceClient(config=config(host, auth_type="pat", token=value))
        me, names = _told_of(api)
    except TROUBLE as error:
        said = without_configuration(trouble(error).said)
        raise CannotCheckError(
            f"the person's token does not sign in to {host}: {said}. It lives for "
            f"{settings.access_token_minutes} minutes: take a new one."
        ) from None
    person, warehouse = Client(api, step), warehouse_of(deployed, settings)
    name = me
    if not name:  # then SQL says it
        answer = person.value(WHO, warehouse)
        if not isinstance(answer, str):
            raise CannotCheckError(
                f"whose the token is was not told: not by {ME}, and SQL says: {answer.reason}"
            )
        name = answer
    lines = [
        *_who(person, name, names, deployed, warehouse),
        *_scopes(person),
        *_lifetime(value, settings),
    ]
    if not as_deployer:
        return lines, LIMITS, name
    looker, account = deployer(settings, step)
    lines += seen(
        looker, "the OAuth app", DEPLOYER, lambda: app(looker, account, deployed, settings)
    )
    lines += seen(
        looker,
        "which OAuth app gave the token",
        DEPLOYER,
        lambda: _given_by(account, deployed, value),
    )
    lines += seen(
        looker,
        f"what {name} may read",
        DEPLOYER,
        lambda: _rights(person, name, looker, account, settings, warehouse),
    )
    return lines, "", name


def _told_of(api: WorkspaceClient) -> tuple[str, set[str] | None]:
    """Whose the token is and that one's groups, as the API says; nothing where it refuses a token
    of scope sql, as it may.
    """
    try:
        me = api.current_user.me()
    except PermissionDenied:
        return "", None
    return str(me.user_name), {str(each.display) for each in me.groups or []}


def _who(
    person: Client, name: str, names: set[str] | None, deployed: Deployed, warehouse: str
) -> Iterator[Line]:
    """To the API, where that tells it, and to SQL alike, and who that is not.

    Args:
        names: of the person's groups; None if they were not told.
    """
    if name == deployed.service_account:
        what = "the token is the service account's: each person would query as the service account"
        yield line("extra", what, PERSON, shown="tried")
        return
    if names is None:
        yield line(
            "ok", f"is {name} in SQL; the API does not say whose token it is", PERSON, shown="tried"
        )
        what = f"whether {name} administers the workspace was not seen: {ME} refuses the token"
        yield line("note", what, PERSON)
        return
    sql = person.value(WHO, warehouse)
    if isinstance(sql, str) and sql.casefold() == name.casefold():
        yield line("ok", f"is {name}, in SQL too", PERSON, shown="tried")
    elif isinstance(sql, str):
        yield line("extra", f"is {name}, but in SQL {sql}", PERSON, shown="tried")
    else:
        yield line("unseen", f"who {name} is in SQL: {sql.reason}", PERSON, shown="tried")
    if DATABRICKS_ADMINS in names:
        what = (
            f"{name} is an administrator of the workspace, and so is this token in SQL: who uses "
            "Cube need not be"
        )
        yield line("note", what, PERSON)
    else:
        yield line("ok", f"{name} is no administrator of the workspace", PERSON)


def _scopes(person: Client) -> Iterator[Line]:
    """A token of scope sql opens SQL, and no other API."""
    person.step(f"GET {BEYOND_SQL}, which ought to be refused")
    try:
        person.api.api_client.do("GET", BEYOND_SQL)
    except PermissionDenied:
        yield line(
            "ok", f"the token opens SQL, and is refused at {BEYOND_SQL}", PERSON, shown="tried"
        )
    except TROUBLE as error:
        yield line("unseen", f"what else the token opens: {reason(error)}", PERSON, shown="tried")
    else:
        what = "the token opens more of Databricks than SQL (scope all-apis)"
        yield line("extra", what, PERSON, shown="tried", hint=APP_LOOK)


def _lifetime(token: str, settings: DatabricksSettings) -> Iterator[Line]:
    """As the token itself says."""
    claims, wanted = claims_of(token), settings.access_token_minutes
    try:
        minutes = (int(claims["exp"]) - int(claims["iat"])) / 60
    except (KeyError, TypeError, ValueError):
        yield line("note", "the token does not say how long it lives", PERSON)
        return
    verdict: Verdict = "extra" if minutes > wanted else "ok"
    hint = APP_LOOK if verdict == "extra" else ""
    yield line(verdict, f"the token lives {minutes:.0f} minutes of {wanted}", PERSON, hint=hint)


def _given_by(account: AccountClient, deployed: Deployed, token: str) -> Iterator[Line]:
    claims, ours = claims_of(token), live(account, deployed)
    client_id = str(claims.get("client_id") or claims.get("azp") or "")
    if not client_id:
        yield line("note", "the token does not say which OAuth app gave it", DEPLOYER)
    elif ours and client_id == ours.client_id:
        yield line("ok", "the token is of this stack's OAuth app", DEPLOYER)
    else:
        what = f"the token is of another OAuth app ({client_id}): take one from Cube's sign-in"
        yield line("unseen", what, DEPLOYER)


def _rights(
    person: Client,
    name: str,
    looker: Client,
    account: AccountClient,
    settings: DatabricksSettings,
    warehouse: str,
) -> Iterator[Line]:
    """What the token reads is what the person may, and not what the service account may."""
    identifier = _identifier(looker, name)
    if not identifier:
        what = f"what {name} may read: the workspace does not list {name} for the deployer"
        yield line("unseen", what, DEPLOYER)
        return
    names = _names(looker, account, name, identifier, settings)
    found = look(looker, names)
    for problem in dict.fromkeys(found.problems):
        yield line("unseen", problem, DEPLOYER, shown="effective permissions")
    covered = reading(settings.schemas, settings.tables)
    tables = found.tables()
    inside = [one for one in tables if _covered(one, covered)]
    others = [one for one in tables if not _covered(one, covered)]
    agreed, tried = 0, [*sample(inside, TRIED), *sample(others, TRIED)]
    for one in tried:
        answer = person.reads(one.name, "VIEW" if one.is_view else "TABLE", warehouse)
        may = may_read(found, names, one)
        if not (answer.read or answer.refused):
            yield line("unseen", f"reading {one.name}: {answer.reason}", PERSON, shown="tried")
        elif answer.read and not may:
            # What was not shown may be what lets them.
            verdict: Verdict = "unseen" if found.problems else "extra"
            what = f"{name}'s token reads {one.name}, and nothing that was seen lets {name}"
            yield line(verdict, what, PERSON, shown="tried")
        elif may and not answer.read:
            what = f"{name} may read {one.name}, and the token may not: {answer.reason}"
            yield line("lack", what, PERSON, shown="tried")
        else:
            agreed += 1
    if agreed:
        count = sum(may_read(found, names, one) for one in tried)
        what = f"reads what {name} may: {count} of {len(tried)} tried, and is refused the others"
        yield line("ok", what, PERSON, shown="tried")


def _covered(one: Securable, covered: Mapping[str, tuple[str, ...]]) -> bool:
    readable = {name.lower() for name, held in covered.items() if "SELECT" in held}
    return bool(readable & {one.name.lower(), one.name.lower().rpartition(".")[0]})


def _identifier(looker: Client, name: str) -> str:
    found = looker.api.users_v2.list(filter=f"userName eq {json.dumps(name)}", attributes="id")
    return next((str(each.id) for each in found), "")


def _names(
    looker: Client, account: AccountClient, name: str, identifier: str, settings: DatabricksSettings
) -> frozenset[str]:
    """Under which a person may have been given something."""
    try:
        told = looker.api.users_v2.get(identifier).groups or []
    except NotFound:
        told = []
    known = [(str(each.value), str(each.display)) for each in told]
    joined = groups(
        looker,
        account,
        own_id=identifier,
        account_id=settings.databricks_account_id,
        known=known,
    )
    return frozenset({name, ACCOUNT_USERS, *(each.name for each in joined.found.values())})


def may_read(found: Found, names: frozenset[str], table: Securable) -> bool:
    """Whether these names together hold what reading takes, or own it, here or above."""
    parts = table.name.lower().split(".")
    places = [".".join(parts[:depth]) for depth in (1, 2, 3)]
    held = [set[str](), set[str](), set[str]()]
    for one in found.assigned:
        if one.principal in names and one.on.name.lower() in places:
            depth = places.index(one.on.name.lower())
            for below in range(depth, 3):
                held[below].add(one.privilege)
    whole = {"ALL_PRIVILEGES", "OWNER"}
    return (
        bool(held[0] & {"USE_CATALOG", *whole})
        and bool(held[1] & {"USE_SCHEMA", *whole})
        and bool(held[2] & READS)
    )


def claims_of(token: str) -> Mapping[str, Any]:
    """What a token says of itself, unchecked; empty if it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
