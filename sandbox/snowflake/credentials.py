"""Signing in: passwords, key pairs and OAuth tokens, and the sessions that come of it.

Owns who gets a session and how long it lives. HTTP is in `web.py`.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.external_oauth import ExternalOAuth, Identity
from sandbox.snowflake.oauth import OAuth
from sandbox.snowflake.policies import CLIENT_ADDRESS, allows
from sandbox.snowflake.session import Session
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User

SESSION_SECONDS, MASTER_SECONDS = 3_600, 14_400
LONGEST_JWT = 3_600


class LoginError(Exception):
    """Refuses a sign-in or a session token; number and words are the service's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code:06d}: {message}")
        self.code, self.message = code, message


BAD_PASSWORD = LoginError(390100, "Incorrect username or password was specified.")
BAD_JWT = LoginError(390144, "JWT token is invalid.")
BAD_OAUTH = LoginError(390303, "Invalid OAuth access token.")
OLD_OAUTH = LoginError(390318, "OAuth access token expired.")
OTHER_USER = LoginError(
    390309,
    "The user you were trying to authenticate as differs from the user tied to the access token.",
)
DISABLED = LoginError(390101, "User access disabled. Contact your local system administrator.")
BAD_ADDRESS = LoginError(
    390422, f"Incoming request with IP/Token {CLIENT_ADDRESS} is not allowed to access Snowflake."
)
BAD_METHOD = LoginError(
    390202, "Authentication attempt rejected by the current authentication policy."
)
EXPIRED = LoginError(390112, "Your session has expired. Please login again.")
LOGGED_OUT = LoginError(
    390114, "Authentication token has expired. The user must authenticate again."
)


@dataclass
class SignIn:
    """One session with the tokens that stand for it."""

    session: Session
    token: str
    master: str
    expires: float
    master_expires: float


class Credentials:
    def __init__(self, state: Account) -> None:
        self._state = state
        self.oauth = OAuth(state)
        self.external = ExternalOAuth(state)
        self.open: dict[int, SignIn] = {}
        self._last = 4_000_000_000

    def login(self, data: dict[str, Any], wanted: dict[str, str]) -> SignIn:
        """`wanted`: the role, warehouse, database and schema to start with, as names in SQL."""
        method = str(data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
        login = str(data.get("LOGIN_NAME") or "")
        if method == "OAUTH":
            value = str(data.get("TOKEN") or "")
            outside = self.external.identify(value)
            session = (
                self._external_session(outside, login, exact(wanted.get("roleName")))
                if outside
                else self._oauth_session(value, login)
            )
            by = outside.by if outside else self.oauth.access[value].integration.simple_name
            self._admit(session.user, "OAUTH", by)
        else:
            if method == "SNOWFLAKE_JWT":
                user = self._key_pair(str(data.get("TOKEN") or ""))
                self._admit(user, "KEYPAIR")
            elif method == "SNOWFLAKE":
                user = self._password(login, str(data.get("PASSWORD") or ""))
                self._admit(user, "PASSWORD")
            else:
                raise NotImplementedError(f"authenticator {method}")
            session = Session(self._next_id(), user, user.default_role or "PUBLIC")
            if user.default_secondary_roles != ():
                session.secondary_roles = "ALL"
        self._place(session, wanted)
        session.parameters |= data.get("SESSION_PARAMETERS") or {}
        now = self._state.clock()
        made = SignIn(
            session, self._token(), self._token(), now + SESSION_SECONDS, now + MASTER_SECONDS
        )
        self.open[session.id] = made
        return made

    def session(self, token: str) -> Session:
        found = next((each for each in self.open.values() if each.token == token), None)
        if not found or found.expires <= self._state.clock():
            raise EXPIRED
        self._require_user(found)
        return found.session

    def renew(self, master: str) -> SignIn:
        found = next((each for each in self.open.values() if each.master == master), None)
        now = self._state.clock()
        if not found or found.master_expires <= now:
            raise LOGGED_OUT
        self._require_user(found)
        found.token, found.master = self._token(), self._token()
        found.expires, found.master_expires = now + SESSION_SECONDS, now + MASTER_SECONDS
        return found

    def _require_user(self, signed_in: SignIn) -> None:
        """Not EXPIRED: a client would renew the session, and be told so again, without end."""
        user = signed_in.session.user
        if user not in self._state.users.all() or user.disabled:
            raise LOGGED_OUT

    def close(self, token: str) -> None:
        self.open = {id_: each for id_, each in self.open.items() if each.token != token}

    def _password(self, login: str, password: str) -> User:
        user = self._state.users.by_login(login)
        if not user or user.type == "SERVICE" or not user.password or user.password != password:
            raise BAD_PASSWORD
        return user

    def _key_pair(self, token: str) -> User:
        """Signed with the key of either slot, by the issuer that this key makes."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            account, name = str(claims["sub"]).split(".", 1)
        except (jwt.InvalidTokenError, KeyError, ValueError):
            raise BAD_JWT from None
        user = self._state.users.by_login(name)
        accounts = {f"{self._state.organization}-{self._state.account_name}", self._state.locator}
        if not user or account.upper() not in accounts:
            raise BAD_JWT
        for body in filter(None, (user.rsa_public_key, user.rsa_public_key_2)):
            if claims.get("iss") == f"{claims['sub']}.{fingerprint(body)}":
                self._check_signature(token, body)
                return user
        raise BAD_JWT

    def _check_signature(self, token: str, body: str) -> None:
        key = load_der_public_key(base64.b64decode(body))
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - ALTER USER takes no other
        try:
            # Its times are judged by the sandbox's own clock.
            options: Any = {"verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, key, algorithms=["RS256"], options=options)
        except jwt.InvalidTokenError:
            raise BAD_JWT from None
        now, slack = self._state.clock(), 60
        begins, ends = seconds(claims.get("iat")), seconds(claims.get("exp"))
        if not begins - slack <= now < ends + slack or ends - begins > LONGEST_JWT:
            raise BAD_JWT

    def _oauth_session(self, value: str, login: str) -> Session:
        token = self.oauth.identify(value)
        if not token:
            raise OLD_OAUTH if value in self.oauth.access else BAD_OAUTH
        if login and self._state.users.by_login(login) is not token.user:
            raise OTHER_USER
        session = Session(self._next_id(), token.user, token.role, restricted=True)
        if token.integration.use_secondary_roles == "IMPLICIT":
            session.implicit_secondary_roles = True
            session.secondary_roles = "ALL"
        return session

    def _external_session(self, known: Identity, login: str, asked: str) -> Session:
        if known.expired:
            raise OLD_OAUTH
        if login and self._state.users.by_login(login) is not known.user:
            raise OTHER_USER
        role = asked or known.user.default_role or "PUBLIC"
        if role not in known.roles or not self._state.roles.may_use(known.user, role):
            raise LoginError(
                390317,
                "The role requested in the connection or the default role if none was requested "
                f"in the connection ('{role}') is not listed in the Access Token or was filtered. "
                "Please specify another role, or contact your OAuth Authorization server "
                "administrator.",
            )
        return Session(self._next_id(), known.user, role, restricted=True)

    def _admit(self, user: User, method: str, integration: str = "") -> None:
        if user.disabled:
            raise DISABLED
        policy = user.authentication_policy
        methods = policy.items("AUTHENTICATION_METHODS") if policy else ()
        if methods and not {"ALL", method}.intersection(methods):
            raise BAD_METHOD
        listed = policy.items("SECURITY_INTEGRATIONS") if policy else ()
        if integration and listed and not {"ALL", integration}.intersection(listed):
            raise BAD_METHOD
        network = user.network_policy or self._state.account.text("NETWORK_POLICY")
        if network and not allows(self._state.catalog, network, CLIENT_ADDRESS):
            raise BAD_ADDRESS

    def _place(self, session: Session, wanted: dict[str, str]) -> None:
        state, user = self._state, session.user
        asked = exact(wanted.get("roleName"))
        if asked and asked != session.role:
            if session.restricted or not state.roles.may_use(user, asked):
                raise LoginError(
                    390189,
                    f"Role '{asked}' specified in the connect string is not granted to this user. "
                    "Contact your local system administrator, or attempt to login with another "
                    "role, e.g. PUBLIC.",
                )
            session.role = asked
        elif not state.roles.may_use(user, session.role or "PUBLIC"):
            session.role = "PUBLIC"
        # What does not exist, or is out of reach, leaves the session without it.
        warehouse = exact(wanted.get("warehouse")) or user.default_warehouse
        session.warehouse = self._usable(session, "WAREHOUSE", warehouse)
        database, _, schema = user.default_namespace.partition(".")
        database = exact(wanted.get("databaseName")) or database
        schema = exact(wanted.get("schemaName")) or schema or "PUBLIC"
        session.database = self._usable(session, "DATABASE", database)
        if session.database:
            session.schema = self._usable(session, "SCHEMA", database, schema)

    def _usable(self, session: Session, kind: str, *name: str) -> str | None:
        one = self._state.catalog.find(kind, name) if all(name) else None
        return name[-1] if one and self._state.roles.holds(session, "USAGE", one) else None

    def _next_id(self) -> int:
        self._last += 1
        return self._last

    def _token(self) -> str:
        return f"sandbox-session-{secrets.token_hex(24)}"


def exact(name: str | None) -> str:
    """A name as a connection gives it: unquoted ones fold to upper case."""
    if not name:
        return ""
    try:
        return Reader(name).name()[0]
    except SqlError:
        return name


def seconds(moment: Any) -> float:
    """The driver for Node gives milliseconds, which the service takes as well."""
    value = float(moment or 0)
    return value / 1000 if value > 1e11 else value


def fingerprint(body: str) -> str:
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    return f"SHA256:{base64.b64encode(digest).decode()}"
