"""Programmatic access tokens: what a user has, who may give it one, and how they are listed.

Owns their statements. Nobody signs in with one here.
"""

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError, denied
from sandbox.snowflake.listings import manages
from sandbox.snowflake.session import Result, Session, listing, moment, status
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import AccessToken, User

WORDS = "PROGRAMMATIC ACCESS TOKEN"
MODIFY = "MODIFY PROGRAMMATIC AUTHENTICATION METHODS"
DAYS_15 = 1_296_000
"""How long one is good, unless it is said."""
COLUMNS = (
    "name user_name role_restriction expires_at status comment created_on created_by "
    "mins_to_bypass_network_policy_requirement rotated_to"
)


def add(state: Account, session: Session, user: User, reader: Reader) -> Result:
    require(state, session, user)
    name = reader.name()[0]
    given = reader.properties()
    reader.finish()
    role = str(given.get("ROLE_RESTRICTION") or "")
    if user.type == "SERVICE" and not role:
        raise refused("Programmatic access token of a service user requires a role restriction.")
    if role and not state.roles.may_use(user, role):
        raise refused(f"Role {role} is not granted to user {user}.")
    if not (user.network_policy or state.account.text("NETWORK_POLICY")):
        raise refused("Programmatic access tokens require a network policy for the user.")
    by = session.user.simple_name
    user.access_tokens[name] = AccessToken(name, role, state.clock(), by)
    rows = [[name, f"sandbox-token-of-{name}"]]
    return listing("token_name token_secret", rows)


def remove(state: Account, session: Session, user: User, reader: Reader) -> Result:
    require(state, session, user)
    name = reader.name()[0]
    reader.finish()
    if user.access_tokens.pop(name, None) is None:
        raise refused(f"Programmatic access token {name} not found.")
    return status("Statement executed successfully.")


def show(state: Account, session: Session, reader: Reader) -> Result:
    user = session.user
    if reader.take("FOR USER"):
        found = state.roles.get_visible(session, "USER", reader.name())
        assert isinstance(found, User)  # noqa: S101 - by its kind
        user = found
    reader.finish()
    if not (user is session.user or state.roles.owns(session, user) or manages(state, session)):
        raise denied("USER", str(user))
    rows = [
        [each.name, user.simple_name, each.role or None, moment(each.created + DAYS_15), "ACTIVE",
         None, each.created, each.by, None, None]
        for each in user.access_tokens.values()
    ]  # fmt: skip
    return listing(COLUMNS, rows)


def require(state: Account, session: Session, user: User) -> None:
    if not state.roles.holds(session, MODIFY, user):
        raise denied("USER", str(user))


def refused(message: str) -> SqlError:
    return SqlError(99303, "22023", f"SQL execution error: {message}")
