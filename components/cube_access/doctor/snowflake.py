"""Snowflake: a sign-in in each role that deploys, the rights that these lack, what is there of what
the configuration names, and whether this address is let in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from threading import Event

from cube_access.doctor.applied import Applied
from cube_access.doctor.lines import Line, asked, do, note, ok, unseen
from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.securables import singular
from cube_access.progress import Step
from cube_access.provider.lifecycle import SignIn
from cube_access.roles.snowflake import Grant, deployer_grants, deployer_roles
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.holdings import entry_of
from cube_access.snowflake.lookup import APPLICATION_KINDS, IMPORTED_KINDS, like
from cube_access.snowflake.privileges import ACCOUNT_ROLE
from cube_access.snowflake.session import Session, session

MOST_ROLES = 50
"""Below one role that are asked for their grants: a hierarchy of more is not a deployer's."""
IS_APPLICATION = "is an application: give a view of what may be read, in a database of your own"
_ROLE = "snowflake:index/accountRole:AccountRole"
_EXTERNAL = "snowflake:index/externalOauthIntegration:ExternalOauthIntegration"
# What would be made, by what SHOW calls it: the plugin's type by the suffix of our name.
MADE: Mapping[str, Mapping[str, str]] = {
    "ROLES": {"": _ROLE, "_PEOPLE": _ROLE},
    "USERS": {"": "snowflake:index/serviceUser:ServiceUser"},
    "INTEGRATIONS": {
        "": "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients",
        "_EXTERNAL": _EXTERNAL,
        "_CUBE_CLOUD": _EXTERNAL,
    },
    "NETWORK POLICIES": {"": "snowflake:index/networkPolicy:NetworkPolicy"},
}


def lines(settings: SnowflakeSettings, applied: Applied, step: Step) -> Iterator[Line]:
    sessions: dict[str, Session] = {}
    own = settings.deployer_role == "sign-in"
    roles = list(dict.fromkeys(deployer_roles(settings).values()))
    for role in roles:

        def sign_in(role: str = role) -> Iterator[Line]:
            step(f"signing in in role {role}")
            found = session(settings.snowflake_account, "" if own else role, SignIn(), Event())
            row = found.rows("SELECT CURRENT_USER() AS ME, CURRENT_ROLE() AS ROLE")[0]
            sessions[role] = found
            if own and row["role"] != role:
                yield note(
                    "role",
                    f"the deployer's default role is {row['role']}; `cube-access roles` makes "
                    f"{role}",
                )
            yield ok("Snowflake", f"signed in as {row['me']} in role {row['role']}")

        yield from asked(f"role {role}", "Snowflake", sign_in)
    if not sessions:
        yield unseen("account", "there is no sign-in to Snowflake")
        return
    yield from _rights(settings, sessions, step)
    looker = sessions.get(deployer_roles(settings)["security"]) or next(iter(sessions.values()))
    yield from asked("names", "Snowflake", lambda: _names(settings, looker, applied, step))
    yield from asked("reading", "Snowflake", lambda: _read(settings, looker, step))
    yield from asked("address", "Snowflake", lambda: _address(settings, looker, step))


def _rights(
    settings: SnowflakeSettings, sessions: Mapping[str, Session], step: Step
) -> Iterator[Line]:
    needed: dict[str, list[Grant]] = {}
    for each in deployer_grants(settings):
        needed.setdefault(each.role, []).append(each)
    for role in dict.fromkeys(deployer_roles(settings).values()):
        if role not in sessions:
            continue
        grants = needed.get(role, [])
        if not grants:
            what = "not looked at: as Snowflake made it, its own are enough"
            yield note(f"rights of {role}", what)
            continue
        yield from asked(
            f"rights of {role}",
            "Snowflake",
            lambda role=role, grants=grants: [  # type: ignore[misc]
                _lacks(sessions[role], role, grants, step)
            ],
        )


def _lacks(looker: Session, role: str, needed: Sequence[Grant], step: Step) -> Line:
    about = f"rights of {role}"
    current = str(looker.rows("SELECT CURRENT_ROLE() AS ROLE")[0]["role"])
    held: set[str] = set()
    waiting, seen = [current], {current}
    while waiting:
        one = waiting.pop()
        step(f"grants of {one}")
        for row in looker.rows(f"SHOW GRANTS TO ROLE {quoted(one)}"):
            entry = entry_of(row).bare
            if (entry.privilege, entry.kind) == ("USAGE", ACCOUNT_ROLE):
                below = entry.name[0]
                if below not in seen and len(seen) < MOST_ROLES:
                    seen.add(below)
                    waiting.append(below)
            else:
                held.add(entry.text)
    if "ACCOUNTADMIN" in seen:
        return ok(about, "ACCOUNTADMIN's are enough")
    lacking = [
        each
        for each in needed
        # Who owns a thing may do everything with it.
        if not {each.privilege, f"OWNERSHIP ON {each.privilege.partition(' ON ')[2]}"} & held
    ]
    if not lacking:
        return ok(about, f"all {len(needed)} that an up needs are there")
    listed = "; ".join(each.statement for each in lacking)
    return do(about, f"lacks {len(lacking)} of {len(needed)}: {listed} (docs/accounts.md)")


def _names(
    settings: SnowflakeSettings, looker: Session, applied: Applied, step: Step
) -> Iterator[Line]:
    for words, kinds in MADE.items():
        step(f"{words.lower()} of our name")
        wanted = {settings.object_name + suffix: kind for suffix, kind in kinds.items()}
        rows = looker.rows(f"SHOW {words} LIKE {like(settings.object_name, begins=True)}")
        found = sorted({str(row["name"]) for row in rows} & wanted.keys())
        what = singular(words).lower()
        if not found:
            yield ok(what, f"{', '.join(sorted(wanted))}: none is there that this role sees")
        for name in found:
            if applied.has(wanted[name], name, "name"):
                yield ok(what, f"{name} is there, in this stack's state")
            else:
                yield do(
                    what,
                    f"{name} is there already, and not in this stack's state: up would stop at "
                    "it. Choose another name, or remove it if it is a leftover",
                )


def _read(settings: SnowflakeSettings, looker: Session, step: Step) -> Iterator[Line]:
    step("databases, schemas and roles")
    found = looker.rows("SHOW DATABASES")
    databases = {str(row["name"]): str(row.get("kind") or "") for row in found}
    for database in sorted({scope[0] for scope in settings.scopes}):
        about = f"database {plain(database)}"
        if database not in databases:
            yield do(about, "is not there, or the deployer cannot see it: correct the name")
            continue
        if databases[database] in APPLICATION_KINDS:
            yield do(about, IS_APPLICATION)
            continue
        if databases[database] in IMPORTED_KINDS:
            yield do(
                about,
                "is shared by another account, which grants all of it or nothing: list it in "
                "importedDatabases, or a view of it in a database of your own",
            )
            continue
        rows = looker.rows(f"SHOW SCHEMAS IN DATABASE {quoted(database)}")
        schemas = {str(row["name"]) for row in rows}
        named = {scope[1] for scope in settings.scopes if scope[0] == database and len(scope) > 1}
        if missing := sorted(named - schemas):
            words = ", ".join(plain(database, each) for each in missing)
            yield do(about, f"lacks {words}, or the deployer cannot see it: correct the names")
        else:
            yield ok(about, f"is there, with {len(named)} of {len(named)} schemas that are named")
    for database in settings.imported_databases:
        about = f"imported database {plain(database)}"
        if database not in databases:
            yield do(about, "is not there, or the deployer cannot see it: correct the name")
        elif databases[database] in APPLICATION_KINDS:
            yield do(about, IS_APPLICATION)
        elif databases[database] in IMPORTED_KINDS:
            yield ok(about, "is there, and another account shares it")
        else:
            yield do(about, "is no other account's: list it in databases")
    named_in = dict.fromkeys(settings.allowed_roles, "allowedRoles")
    for role, key in {**named_in, **dict.fromkeys(settings.user_roles, "userRoles")}.items():
        # Each by itself: the list of all of them ends at 10,000.
        here = any(row["name"] == role for row in looker.rows(f"SHOW ROLES LIKE {like(role)}"))
        yield (ok if here else do)(
            f"role {plain(role)}", "is there" if here else f"is not there: correct {key}"
        )
    if settings.snowflake_warehouse:
        names = {str(row["name"]) for row in looker.rows("SHOW WAREHOUSES")}
        here = settings.snowflake_warehouse in names
        yield (ok if here else do)(
            f"warehouse {plain(settings.snowflake_warehouse)}",
            "is there" if here else "is not there, or the deployer cannot see it",
        )


def _address(settings: SnowflakeSettings, looker: Session, step: Step) -> Iterator[Line]:
    step("the address that Snowflake sees")
    row = looker.rows("SELECT CURRENT_IP_ADDRESS() AS ADDRESS")[0]
    address = str(row["address"])
    yield ok("address", f"{address}, which the deployer's network policies let in")
    if settings.allowed_cidrs:
        networks = [ipaddress.IPv4Network(each) for each in settings.allowed_cidrs]
        inside = any(ipaddress.ip_address(address) in each for each in networks)
        word = "is" if inside else "is not"
        yield note(
            "allowedCidrs",
            f"{address} {word} among them: from here the service account "
            f"{'can' if inside else 'cannot'} sign in, which `cube-access verify` does",
        )
    if settings.oauth_network_policy:
        policies = {str(each["name"]) for each in looker.rows("SHOW NETWORK POLICIES")}
        here = settings.oauth_network_policy in policies
        yield (ok if here else do)(
            "oauthNetworkPolicy",
            f"{plain(settings.oauth_network_policy)} is {'there' if here else 'not there'}",
        )
