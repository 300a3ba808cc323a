"""Snowflake OAuth: codes, access tokens and refresh tokens of the custom clients.

Owns who gets which token, and how long it is good. HTTP is in `web.py`.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.integrations import OAuthIntegration, unreal
from sandbox.snowflake.policies import allows
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User

ACCESS_SECONDS = 600
CODE_SECONDS = 60
ROLE_SCOPE = "session:role:"


class OAuthError(Exception):
    """Of the authorize and token endpoints."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, eq=False)
class Token:
    """A code, an access token or a refresh token."""

    integration: OAuthIntegration
    user: User
    role: str
    scope: str
    expires: float
    redirect_uri: str = ""
    challenge: str = ""


class OAuth:
    def __init__(self, state: Account) -> None:
        self._state = state
        self.codes: dict[str, Token] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}

    def client_for_redirect(self, query: dict[str, str]) -> OAuthIntegration:
        """Until both are known to be good, an error must not be sent to the redirect URI."""
        client = self._state.integrations.by_client_id(query.get("client_id", ""))
        if not client or not client.enabled:
            raise OAuthError("invalid_client", "This is an invalid client.")
        if query.get("redirect_uri") != client.redirect_uri:
            raise OAuthError("invalid_request", "The redirect URI is not the registered one.")
        return client

    def authorize(self, query: dict[str, str]) -> str:
        """The consent page, with the person named by `login_hint` consenting at once; with
        `consent=deny` one who does not. Nobody is asked for a pre-authorized role.
        """
        client = self.client_for_redirect(query)
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "The response type must be code.")
        challenge = query.get("code_challenge", "")
        if not challenge and (client.enforce_pkce or client.client_type == "PUBLIC"):
            raise OAuthError("invalid_request", "PKCE is required: code_challenge is missing.")
        if challenge and query.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "The code challenge method must be S256.")
        user = self._state.users.by_login(query.get("login_hint", ""))
        if not user or user.disabled:
            raise OAuthError("access_denied", "login_hint does not name a user who may sign in.")
        scope = query.get("scope", "")
        role = self._role(user, scope)
        if role in client.effective_blocked_roles(self._state.account):
            message = (
                "The role requested has been explicitly blocked for use with this application by "
                "an administrator."
            )
            raise OAuthError("invalid_scope", message)
        if client.allowed_roles and role not in client.allowed_roles:
            raise OAuthError("invalid_scope", f"The role {role} is not an allowed one.")
        if not self._state.roles.may_use(user, role):
            raise OAuthError("invalid_scope", f"The role {role} is not granted to this user.")
        asked = client.client_type == "PUBLIC" or role not in client.pre_authorized_roles
        if asked and query.get("consent") == "deny":
            raise OAuthError("access_denied", "The user did not consent.")
        code = unreal("code")
        self.codes[code] = Token(
            client, user, role, scope, self._state.clock() + CODE_SECONDS,
            query["redirect_uri"], challenge,
        )  # fmt: skip
        return code

    def token(self, form: dict[str, str], basic: tuple[str, str] | None) -> dict[str, Any]:
        client = self._client(*(basic or (form.get("client_id", ""), form.get("client_secret"))))
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(client, form)
            case "refresh_token":
                return self._renew(client, form)
        raise OAuthError("unsupported_grant_type", "The grant type is not supported.")

    def identify(self, value: str) -> Token | None:
        """The access token, if it is good now."""
        token = self.access.get(value)
        return token if token and self._good(token) else None

    def _role(self, user: User, scope: str) -> str:
        """What the session will be limited to: the role in the scope, or the user's default."""
        asked = [word for word in scope.split() if word.startswith(ROLE_SCOPE)]
        if not asked:
            return user.default_role or "PUBLIC"
        try:
            return Reader(asked[0].removeprefix(ROLE_SCOPE)).name()[0]
        except SqlError:
            raise OAuthError("invalid_scope", "The scope is not valid.") from None

    def _client(self, client_id: str, secret: str | None) -> OAuthIntegration:
        client = self._state.integrations.by_client_id(client_id)
        public = client is not None and client.client_type == "PUBLIC"
        if (
            not client
            or not client.enabled
            or not (public or secret in (client.client_secret, client.client_secret_2))
        ):
            raise OAuthError("invalid_client", "This is an invalid client.")
        policy = client.network_policy
        if policy and not allows(self._state.catalog, policy, "127.0.0.1"):
            message = "Incoming request with IP 127.0.0.1 is not allowed to access Snowflake."
            raise OAuthError("invalid_request", message)
        return client

    def _exchange(self, client: OAuthIntegration, form: dict[str, str]) -> dict[str, Any]:
        code = self.codes.pop(form.get("code", ""), None)  # used up, even by a failed attempt
        if not code or code.integration is not client or not self._good(code):
            raise OAuthError("invalid_grant", "Invalid authorization grant.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("invalid_grant", "Invalid redirect URI.")
        if code.challenge and challenge_of(form.get("code_verifier", "")) != code.challenge:
            raise OAuthError("invalid_grant", "Invalid code verifier.")
        answer = self._issue(code)
        if client.issue_refresh_tokens and "refresh_token" in code.scope.split():
            seconds = client.refresh_token_validity
            value = unreal("refresh")
            self.refresh[value] = self._copy(code, seconds)
            answer |= {"refresh_token": value, "refresh_token_expires_in": seconds}
        return answer

    def _renew(self, client: OAuthIntegration, form: dict[str, str]) -> dict[str, Any]:
        known = self.refresh.get(form.get("refresh_token", ""))
        if not known or known.integration is not client or not self._good(known):
            raise OAuthError("invalid_grant", "The refresh token is invalid or expired.")
        return self._issue(known)

    def _issue(self, source: Token) -> dict[str, Any]:
        value = unreal("access")
        self.access[value] = self._copy(source, ACCESS_SECONDS)
        return {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "username": source.user.simple_name,
            "scope": source.scope,
        }

    def _copy(self, source: Token, seconds: float) -> Token:
        expires = self._state.clock() + seconds
        return Token(source.integration, source.user, source.role, source.scope, expires)

    def _good(self, token: Token) -> bool:
        """Nothing it stands on may have gone since."""
        state, client = self._state, token.integration
        return (
            token.expires > state.clock()
            and client in state.integrations.all()
            and client.enabled
            and token.user in state.users.all()
            and not token.user.disabled
            and state.roles.may_use(token.user, token.role)
            and (not client.allowed_roles or token.role in client.allowed_roles)
            and token.role not in client.effective_blocked_roles(state.account)
        )


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
