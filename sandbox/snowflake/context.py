"""What a query can ask about its session, and the functions called SYSTEM$.

Owns putting the answers into a query as literals, so that nobody has to compute them.
"""

import json
from collections.abc import Callable

from sqlglot import exp

from sandbox.snowflake import world
from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import denied, missing
from sandbox.snowflake.session import Session
from sandbox.snowflake.syntax import Reader

CONTEXT: dict[str, Callable[[Account, Session], str | None]] = {
    "CURRENT_USER": lambda state, s: s.user.simple_name,
    "CURRENT_ROLE": lambda state, s: s.role,
    "CURRENT_WAREHOUSE": lambda state, s: s.warehouse,
    "CURRENT_DATABASE": lambda state, s: s.database,
    "CURRENT_SCHEMA": lambda state, s: s.schema,
    "CURRENT_SESSION": lambda state, s: str(s.id),
    "CURRENT_ACCOUNT": lambda state, s: world.LOCATOR,
    "CURRENT_ACCOUNT_NAME": lambda state, s: world.ACCOUNT,
    "CURRENT_ORGANIZATION_NAME": lambda state, s: world.ORGANIZATION,
    "CURRENT_REGION": lambda state, s: "AWS_EU_CENTRAL_1",
    "CURRENT_VERSION": lambda state, s: "9.30.0",
    "CURRENT_CLIENT": lambda state, s: "sandbox",
    "CURRENT_IP_ADDRESS": lambda state, s: "127.0.0.1",
    "CURRENT_ROLE_TYPE": lambda state, s: "ROLE",
    "CURRENT_STATEMENT": lambda state, s: "",
    "CURRENT_AVAILABLE_ROLES": lambda state, s: json.dumps(
        [r.simple_name for r in state.roles.below(state.roles.granted_to(s.user))]
    ),
    "CURRENT_SECONDARY_ROLES": lambda state, s: secondary_roles(state, s),
}


def secondary_roles(state: Account, session: Session) -> str:
    on = session.secondary_roles == "ALL"
    names = [r.simple_name for r in state.roles.granted_to(session.user)] if on else []
    value = "ALL" if on else ""
    return json.dumps({"roles": ",".join(names), "value": value}).replace(": ", ":")


def call_context(state: Account, session: Session, tree: exp.Expr) -> None:
    for call in list(tree.find_all(exp.Func)):
        name = call.name.upper() if isinstance(call, exp.Anonymous) else call.sql_name()
        if name in CONTEXT:
            value = CONTEXT[name](state, session)
            call.replace(exp.null() if value is None else exp.Literal.string(value))
        elif name == "SYSTEM$SHOW_OAUTH_CLIENT_SECRETS":
            call.replace(exp.Literal.string(show_secrets(state, session, call)))
        elif name == "IS_ROLE_IN_SESSION":
            active = {r.simple_name for r in state.roles.active(session)}
            call.replace(exp.Boolean(this=call.expressions[0].name in active))
        elif name.startswith("SYSTEM$"):
            raise NotImplementedError(name)


def show_secrets(state: Account, session: Session, call: exp.Expr) -> str:
    """The name is text: as it is written in a statement, or exact."""
    given = call.expressions[0].name
    known = state.integrations.get(given) or state.integrations.get(given.upper())
    if given.startswith('"'):
        known = state.integrations.get(Reader(given).name()[0])
    if not known or not known.is_oauth_client:
        raise missing("INTEGRATION", given)
    active = {r.simple_name for r in state.roles.active(session)}
    if not state.roles.owns(session, known) and "ACCOUNTADMIN" not in active:
        raise denied("INTEGRATION", str(known))
    return json.dumps(
        {
            "OAUTH_CLIENT_SECRET_2": known.client_secret_2,
            "OAUTH_CLIENT_SECRET": known.client_secret,
            "OAUTH_CLIENT_ID": known.client_id,
        }
    )
