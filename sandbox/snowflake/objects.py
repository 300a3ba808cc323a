"""CREATE, ALTER and DROP of everything but tables and views.

Owns which role may do it, which values are refused, and what must not be dropped. What exists is
the catalog's.
"""

from typing import Any

from sandbox.snowflake import access_tokens
from sandbox.snowflake.account import Account
from sandbox.snowflake.checks import check, check_author, invalid
from sandbox.snowflake.errors import SqlError, compilation, denied, exists, missing
from sandbox.snowflake.integrations import OAuthIntegration
from sandbox.snowflake.kinds import ACCOUNT_PARAMETERS, CALLED, INTEGRATIONS, KINDS, WORDS
from sandbox.snowflake.securables import SHARE, Grant, Securable, dotted
from sandbox.snowflake.session import Result, Session, status
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User

SYSTEM_ROLES = (
    "ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "ORGADMIN", "GLOBALORGADMIN",
    "PUBLIC",
)  # fmt: skip


def kind_of(reader: Reader) -> str:
    """The kind that is named next."""
    longest_first = sorted([*KINDS, *WORDS], key=len, reverse=True)
    words = next((w for w in longest_first if reader.take(w)), None)
    if not words:
        raise NotImplementedError(reader.sql[:80])
    return WORDS.get(words, words)


def read_name(session: Session, reader: Reader, kind: str) -> tuple[str, ...]:
    """The full name; of what is called, the last part has the types of its arguments."""
    name = session.qualify(reader.name(), KINDS[kind].depth)
    if kind not in CALLED:
        return name
    types: list[str] = []
    reader.expect("(")
    while not reader.take(")"):
        words = [reader.word()]
        while not reader.take(",") and not reader.at(")"):
            words.append(reader.word())
        types.append(words[-1])  # of what is created, the argument's name stands before
    return (*name[:-1], f"{name[-1]}({', '.join(types)})")


def read_called(reader: Reader) -> dict[str, Any]:
    """Of a procedure or function. It is there and can be granted; nothing can call it."""
    reader.expect("RETURNS")
    reader.rest()
    return {}


def title(kind: str) -> str:
    return "Integration" if kind == "INTEGRATION" else kind.capitalize()


# CREATE


def create(state: Account, session: Session, reader: Reader) -> Result:
    replace = reader.take("OR REPLACE")
    reader.take("TRANSIENT")
    kind = kind_of(reader)
    if_not_exists = reader.take("IF NOT EXISTS")
    name = read_name(session, reader, kind)
    place = place_of(state, session, name)
    known = state.catalog.find(kind, name)
    if known and if_not_exists:
        return status(f"{dotted(name)} already exists, statement succeeded.")
    state.roles.require_creator(session, KINDS[kind].creator, place)
    settings = read_called(reader) if kind in CALLED else read_settings(kind, reader)
    if settings.get(SHARE):
        require_global(state, session, "IMPORT SHARE")
    if known and not replace:
        raise exists(dotted(name))
    check(state, session, kind, name, settings)
    if known:
        check_unused(state, known)
        state.roles.require_owner(session, known)
        state.remove(known)
    new = state.catalog.add(kind, name, state.roles.primary(session), **settings)
    if kind == "DATABASE":
        imported = bool(new.text(SHARE))
        if not imported:
            add_standard_schemas(state, new)
        session.database, session.schema = name[0], None if imported else "PUBLIC"
    elif kind == "SCHEMA":
        session.database, session.schema = name
    elif kind == "WAREHOUSE":
        session.warehouse = name[0]
        new.settings["STATE"] = "SUSPENDED" if new.flag("INITIALLY_SUSPENDED") else "STARTED"
    return status(f"{title(kind)} {name[-1]} successfully created.")


def place_of(state: Account, session: Session, name: tuple[str, ...]) -> Securable:
    """What it is created in. Seeing that is not enough: MANAGE GRANTS sees everything."""
    if len(name) == 1:
        return state.account
    for kind, depth in (("DATABASE", 1), ("SCHEMA", 2)):
        if depth < len(name):
            place = state.roles.get_visible(session, kind, name[:depth])
            if not state.roles.holds(session, "USAGE", place):
                raise missing(kind, str(place))
    return place


def add_standard_schemas(state: Account, database: Securable) -> None:
    state.catalog.add("SCHEMA", (*database.name, "PUBLIC"), database.owner)
    standard = state.catalog.add("SCHEMA", (*database.name, "INFORMATION_SCHEMA"), None)
    public = state.catalog.get("ROLE", ("PUBLIC",))
    standard.grants = [Grant("USAGE", standard, public, False, "", state.clock())]


def read_settings(kind: str, reader: Reader, type_: str = "") -> dict[str, Any]:
    """The properties that follow. Which an integration can have depends on its type."""
    settings: dict[str, Any] = {}
    while not reader.ended:
        if kind == "SCHEMA" and reader.take("WITH MANAGED ACCESS"):
            settings["MANAGED ACCESS"] = True
        elif kind == "DATABASE" and reader.take("FROM SHARE"):
            settings[SHARE] = dotted(reader.name())
        elif kind == "RESOURCE MONITOR" and reader.take("TRIGGERS"):
            settings["TRIGGERS"] = read_triggers(reader)
        elif not reader.take("WITH"):
            found = reader.properties()
            if not found:
                raise reader.unexpected()
            settings |= found
    allowed = KINDS[kind].properties
    if kind == "INTEGRATION":
        type_ = str(settings.get("TYPE", type_)).upper()
        if type_ not in INTEGRATIONS:
            raise NotImplementedError(f"security integration of type {type_}")
        allowed = INTEGRATIONS[type_]
    return {k: known_value(kind, allowed, k, v) for k, v in settings.items()}


def read_triggers(reader: Reader) -> tuple[tuple[int, str], ...]:
    found = []
    while reader.take("ON"):
        percent = int(reader.value())
        reader.expect("PERCENT DO")
        found.append((percent, reader.one_of("NOTIFY", "SUSPEND_IMMEDIATE", "SUSPEND")))
    return tuple(found)


def known_value(kind: str, allowed: dict[str, Any], key: str, value: Any) -> Any:
    """The value in its property's type."""
    if key in ("TRIGGERS", "MANAGED ACCESS", SHARE):
        return value
    if key not in allowed:
        raise compilation(f"invalid property '{key}' for '{kind}'", 1008, "22023")
    default = allowed[key]
    if isinstance(default, bool) and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(default, tuple) and isinstance(value, str):
        value = (value,)
    wrong = value is not None and (
        isinstance(default, bool) != isinstance(value, bool)
        or (isinstance(default, int) and not isinstance(value, int))
        or isinstance(default, dict) != isinstance(value, dict)
    )
    if wrong:
        raise invalid(key, value)
    enumerated = ("TYPE", "FREQUENCY", "OAUTH_CLIENT_TYPE", "OAUTH_USE_SECONDARY_ROLES", "MODE")
    if key in enumerated and value is not None:
        return str(value).upper()
    return str(value) if isinstance(default, str) and value is not None else value


# ALTER


def alter(state: Account, session: Session, reader: Reader) -> Result:
    if reader.take("ACCOUNT"):
        return alter_account(state, session, reader)
    kind = kind_of(reader)
    if_exists = reader.take("IF EXISTS")
    name = read_name(session, reader, kind)
    if if_exists and not state.catalog.find(kind, name):
        return status("Statement executed successfully.")
    one = state.roles.get_visible(session, kind, name)
    if kind == "WAREHOUSE" and alter_warehouse_state(state, session, reader, one):
        return status("Statement executed successfully.")
    if isinstance(one, User) and reader.take(f"ADD {access_tokens.WORDS}"):
        return access_tokens.add(state, session, one, reader)
    if isinstance(one, User) and reader.take(f"REMOVE {access_tokens.WORDS}"):
        return access_tokens.remove(state, session, one, reader)
    if isinstance(one, User) and (
        reader.at("SET AUTHENTICATION") or reader.at("UNSET AUTHENTICATION")
    ):
        require_global(state, session, "APPLY AUTHENTICATION POLICY")
    elif kind != "WAREHOUSE" or not state.roles.holds(session, "MODIFY", one):
        state.roles.require_owner(session, one)
    if reader.take("RENAME TO"):
        new_name = session.qualify(reader.name(), KINDS[kind].depth)
        state.rename(one, new_name)
    elif isinstance(one, OAuthIntegration) and reader.take("REFRESH"):
        one.refresh_secret(reader.one_of("OAUTH_CLIENT_SECRET_2", "OAUTH_CLIENT_SECRET"))
    elif reader.take("ENABLE MANAGED ACCESS"):
        one.settings["MANAGED ACCESS"] = True
    elif reader.take("DISABLE MANAGED ACCESS"):
        one.settings["MANAGED ACCESS"] = False
    elif isinstance(one, User) and reader.take("SET AUTHENTICATION POLICY"):
        attach(state, session, one, session.qualify(reader.name(), 3), reader.take("FORCE"))
    elif isinstance(one, User) and reader.take("UNSET AUTHENTICATION POLICY"):
        one.authentication_policy = None
    elif reader.take("UNSET"):
        unset(kind, one, reader.rest())
    elif reader.take("SET") or kind in ("USER", "RESOURCE MONITOR"):
        change(state, session, one, reader)
    else:
        raise NotImplementedError(reader.sql[:80])
    reader.finish()
    return status("Statement executed successfully.")


def require_global(state: Account, session: Session, privilege: str) -> None:
    if not state.roles.global_privilege(session, privilege):
        raise denied("ACCOUNT", str(state.account))


def alter_warehouse_state(
    state: Account, session: Session, reader: Reader, warehouse: Securable
) -> bool:
    wanted = {"SUSPEND": "SUSPENDED", "RESUME IF SUSPENDED": "STARTED", "RESUME": "STARTED"}
    words = next((w for w in wanted if reader.take(w)), None)
    if not words:
        return False
    state.roles.require(session, "OPERATE", warehouse)
    if words in ("SUSPEND", "RESUME") and warehouse.text("STATE") == wanted[words]:
        done = "suspended" if words == "SUSPEND" else "resumed"
        message = f"Invalid state. Warehouse '{warehouse}' cannot be {done}."
        raise SqlError(90064, "22000", message)
    warehouse.settings["STATE"] = wanted[words]
    return True


def attach(
    state: Account, session: Session, user: User, policy: tuple[str, ...], force: bool
) -> None:
    found = state.roles.get_visible(session, "AUTHENTICATION POLICY", policy)
    if user.authentication_policy and not force:
        message = f"Object {user} already has a AUTHENTICATION_POLICY. Only one is allowed."
        raise SqlError(3551, "22023", f"SQL execution error: {message}")
    user.authentication_policy = found


def change(state: Account, session: Session, one: Securable, reader: Reader) -> None:
    changes = read_settings(one.kind, reader, one.text("TYPE"))
    after = one.settings | changes
    check(state, session, one.kind, one.name, after)
    one.settings = {k: v for k, v in after.items() if v is not None}


def unset(kind: str, one: Securable, keys: list[str]) -> None:
    for key in keys:
        if key not in KINDS[kind].properties:
            raise compilation(f"invalid property '{key}' for '{kind}'", 1008, "22023")
        one.settings.pop(key, None)


def alter_account(state: Account, session: Session, reader: Reader) -> Result:
    if "ACCOUNTADMIN" not in (r.simple_name for r in state.roles.active(session)):
        raise denied("ACCOUNT", str(state.account))
    if reader.take("UNSET"):
        for key in reader.rest():
            state.account.settings.pop(key, None)
        return status("Statement executed successfully.")
    reader.expect("SET")
    for key, value in reader.properties().items():
        if key not in ACCOUNT_PARAMETERS:
            raise compilation(f"invalid parameter '{key}'", 1006, "22023")
        if key == "NETWORK_POLICY":
            check_author(state, state.catalog.get("NETWORK POLICY", (value,)))
        state.account.settings[key] = value
    reader.finish()
    return status("Statement executed successfully.")


# DROP


def drop(state: Account, session: Session, reader: Reader) -> Result:
    kind = kind_of(reader)
    if_exists = reader.take("IF EXISTS")
    name = read_name(session, reader, kind)
    try:
        one = state.roles.get_visible(session, kind, name)
    except SqlError:
        if not if_exists:
            raise
        text = f"Drop statement executed successfully ({dotted(name)} already dropped)."
        return status(text)
    reader.take("CASCADE")
    reader.finish()
    state.roles.require_owner(session, one)
    if kind == "ROLE" and name[0] in SYSTEM_ROLES:
        raise denied("ROLE", name[0])
    check_unused(state, one)
    for other in state.catalog.everything():
        if other.owner is one:
            other.owner = state.roles.primary(session)
    state.remove(one)
    return status(f"{name[-1]} successfully dropped.")


def check_unused(state: Account, one: Securable) -> None:
    """A policy in use keeps what it protects from being dropped into the open."""
    for inner in state.catalog.inside(one):
        check_unused(state, inner)
    others: list[Securable] = [state.account, *state.catalog.everything()]
    if one.kind == "NETWORK POLICY":
        for other in others:
            if other.text("NETWORK_POLICY") == one.simple_name:
                raise attached(one, other)
    lists = ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST")
    if one.kind == "NETWORK RULE" and any(str(one) in o.items(k) for o in others for k in lists):
        message = f"Cannot drop Network rule {one.simple_name} as it is associated with"
        raise compilation(f"{message} some network policies.", 1493, "42601")
    if one.kind == "AUTHENTICATION POLICY" and any(
        user.authentication_policy is one for user in state.users.all()
    ):
        message = "Policy cannot be dropped/replaced as it is associated with one or more entities."
        raise SqlError(3549, "23001", f"SQL execution error: {message}")


def attached(one: Securable, other: Securable) -> SqlError:
    message = (
        f"Cannot perform Drop operation on network policy {one.simple_name}. The policy is "
        f"attached to {other.kind} with name {other.simple_name}. Unset the network policy from "
        f"{other.kind} and try the Drop operation again."
    )
    return compilation(message, 1492, "42601")
