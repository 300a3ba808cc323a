"""Security integrations: the OAuth clients of the account, and whom they keep out.

Owns an integration's properties, its credentials and the roles it blocks. Issuing tokens is
`oauth.py`'s.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.snowflake.securables import Securable

PRIVILEGED = ("ACCOUNTADMIN", "ORGADMIN", "GLOBALORGADMIN", "SECURITYADMIN")
LONGEST_REFRESH = 7_776_000


def unreal(kind: str) -> str:
    """A value nobody can guess or mistake for a real credential."""
    return f"sandbox-{kind}-{secrets.token_hex(8)}"


@dataclass(eq=False)
class OAuthIntegration(Securable):
    """Of any type; the properties below are those of TYPE = OAUTH, OAUTH_CLIENT = CUSTOM."""

    client_id: str = field(
        default_factory=lambda: base64.b64encode(secrets.token_bytes(20)).decode()
    )
    client_secret: str = field(default_factory=lambda: unreal("secret"))
    client_secret_2: str = field(default_factory=lambda: unreal("secret"))

    @property
    def type(self) -> str:
        return self.text("TYPE")

    @property
    def is_oauth_client(self) -> bool:
        return self.type == "OAUTH"

    @property
    def client_type(self) -> str:
        return self.text("OAUTH_CLIENT_TYPE")

    @property
    def redirect_uri(self) -> str:
        return self.text("OAUTH_REDIRECT_URI")

    @property
    def enabled(self) -> bool:
        return self.flag("ENABLED")

    @property
    def enforce_pkce(self) -> bool:
        return self.flag("OAUTH_ENFORCE_PKCE")

    @property
    def use_secondary_roles(self) -> str:
        return self.text("OAUTH_USE_SECONDARY_ROLES") or "NONE"

    @property
    def pre_authorized_roles(self) -> tuple[str, ...]:
        return self.items("PRE_AUTHORIZED_ROLES_LIST")

    @property
    def blocked_roles(self) -> tuple[str, ...]:
        """As configured."""
        prefix = "" if self.is_oauth_client else "EXTERNAL_OAUTH_"
        return self.items(f"{prefix}BLOCKED_ROLES_LIST")

    @property
    def allowed_roles(self) -> tuple[str, ...]:
        """Of an OAuth client: the only ones, unless it is empty."""
        return self.items("ALLOWED_ROLES_LIST")

    @property
    def issue_refresh_tokens(self) -> bool:
        return self.flag("OAUTH_ISSUE_REFRESH_TOKENS", True)

    @property
    def refresh_token_validity(self) -> int:
        return int(self.settings.get("OAUTH_REFRESH_TOKEN_VALIDITY", LONGEST_REFRESH))

    @property
    def network_policy(self) -> str:
        return self.text("NETWORK_POLICY")

    def effective_blocked_roles(self, account: Securable) -> tuple[str, ...]:
        """With those that the account adds for everybody, which is its default."""
        prefix = "" if self.is_oauth_client else "EXTERNAL_"
        key = f"{prefix}OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
        added = PRIVILEGED if account.flag(key, True) else ()
        return tuple(dict.fromkeys(self.blocked_roles + added))

    def refresh_secret(self, slot: str) -> None:
        """The old value ends at once."""
        setattr(
            self, "client_secret_2" if slot.endswith("_2") else "client_secret", unreal("secret")
        )


class Integrations:
    def __init__(self, of_kind: Callable[[str], list[Securable]]) -> None:
        self._of_kind = of_kind

    def all(self) -> list[OAuthIntegration]:
        found = self._of_kind("INTEGRATION")
        return [i for i in found if isinstance(i, OAuthIntegration)]

    def get(self, name: str) -> OAuthIntegration | None:
        """By exact name."""
        return next((i for i in self.all() if i.simple_name == name), None)

    def by_client_id(self, client_id: str) -> OAuthIntegration | None:
        clients = (i for i in self.all() if i.is_oauth_client)
        return next((i for i in clients if i.client_id == client_id), None)
