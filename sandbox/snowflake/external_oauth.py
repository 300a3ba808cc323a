"""External OAuth: access tokens that another authorization server has signed.

Owns which of them the account believes, whom they stand for and which roles they give. The keys of
the authorization servers are not fetched: whoever plays one publishes them here.
"""

import re
from dataclasses import dataclass
from typing import Any

import jwt

from sandbox.snowflake import world
from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.integrations import OAuthIntegration
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User

ROLE_SCOPE = re.compile(r"session:(?:role|scope):(.+)", re.IGNORECASE)
ATTRIBUTES = {"LOGIN_NAME": "login_name", "EMAIL_ADDRESS": "email"}


@dataclass(frozen=True)
class Identity:
    """What a token says, once it is believed."""

    user: User
    roles: tuple[str, ...]
    """Those that it names, without the blocked ones."""
    expired: bool
    by: str
    """The integration that believes it."""


class ExternalOAuth:
    def __init__(self, state: Account) -> None:
        self._state = state
        self.keys: dict[str, dict[str, Any]] = {}
        """The JWK sets, by their addresses."""

    def identify(self, token: str) -> Identity | None:
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return None
        trusting = self._trusting(str(claims.get("iss")))
        if not trusting or not self._signed(trusting, token) or not self._meant(trusting, claims):
            return None
        user = self._user(trusting, claims)
        if not user:
            return None
        expired = float(claims.get("exp") or 0) <= self._state.clock()
        return Identity(user, self._roles(trusting, claims), expired, trusting.simple_name)

    def _trusting(self, issuer: str) -> OAuthIntegration | None:
        return next(
            (
                each
                for each in self._state.integrations.all()
                if not each.is_oauth_client
                and each.enabled
                and each.text("EXTERNAL_OAUTH_ISSUER") == issuer
            ),
            None,
        )

    def _signed(self, integration: OAuthIntegration, token: str) -> bool:
        wanted = jwt.get_unverified_header(token).get("kid")
        for url in integration.items("EXTERNAL_OAUTH_JWS_KEYS_URL"):
            for key in jwt.PyJWKSet.from_dict(self.keys[url]).keys if url in self.keys else ():
                # Times are judged by the sandbox's own clock, the audience below.
                options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
                try:
                    if key.key_id == wanted:
                        jwt.decode(token, key, algorithms=["RS256"], options=options)
                        return True
                except jwt.InvalidTokenError:
                    continue
        return False

    def _meant(self, integration: OAuthIntegration, claims: dict[str, Any]) -> bool:
        """For this account: its URL is an audience always."""
        given = claims.get("aud")
        audiences = {given} if isinstance(given, str) else set(given or ())
        listed = integration.items("EXTERNAL_OAUTH_AUDIENCE_LIST")
        return bool(audiences.intersection((f"https://{world.HOST}", *listed)))

    def _user(self, integration: OAuthIntegration, claims: dict[str, Any]) -> User | None:
        attribute = integration.text("EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE")
        for claim in integration.items("EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM"):
            value = str(claims.get(claim) or "").upper()
            for user in self._state.users.all():
                known = getattr(user, ATTRIBUTES[attribute.upper()])
                if value and known.upper() == value:
                    return user
        return None

    def _roles(self, integration: OAuthIntegration, claims: dict[str, Any]) -> tuple[str, ...]:
        given = claims.get("scp") or ()
        scopes = re.split("[ ,]", given) if isinstance(given, str) else given
        named = [found[1] for scope in scopes if (found := ROLE_SCOPE.fullmatch(str(scope)))]
        blocked = integration.effective_blocked_roles(self._state.account)
        allowed = integration.items("EXTERNAL_OAUTH_ALLOWED_ROLES_LIST")
        return tuple(
            role
            for role in map(exact, named)
            if role not in blocked and (role in allowed or not allowed)
        )


def exact(role: str) -> str:
    try:
        return Reader(role).name()[0]
    except SqlError:
        return role
