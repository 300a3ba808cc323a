"""Users: who signs in, with what, and what a session of theirs starts with.

Owns the meaning of a user's properties. It does not check credentials (`credentials.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.snowflake.securables import Securable


@dataclass(frozen=True)
class AccessToken:
    """A programmatic one."""

    name: str
    role: str
    """The one that its sessions have."""
    created: float
    by: str


@dataclass(eq=False)
class User(Securable):
    authentication_policy: Securable | None = None
    """Its settings: AUTHENTICATION_METHODS, CLIENT_TYPES, SECURITY_INTEGRATIONS."""
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)

    @property
    def login_name(self) -> str:
        return (self.text("LOGIN_NAME") or self.simple_name).upper()

    @property
    def email(self) -> str:
        return self.text("EMAIL")

    @property
    def type(self) -> str:
        """PERSON, SERVICE, LEGACY_SERVICE, or empty, which acts as PERSON."""
        return self.text("TYPE")

    @property
    def password(self) -> str | None:
        return self.settings.get("PASSWORD")

    @property
    def rsa_public_key(self) -> str:
        """The base64 body, without header and footer."""
        return key_body(self.text("RSA_PUBLIC_KEY"))

    @property
    def rsa_public_key_2(self) -> str:
        return key_body(self.text("RSA_PUBLIC_KEY_2"))

    @property
    def disabled(self) -> bool:
        return self.flag("DISABLED")

    @property
    def default_role(self) -> str:
        return self.text("DEFAULT_ROLE")

    @property
    def default_warehouse(self) -> str:
        return self.text("DEFAULT_WAREHOUSE")

    @property
    def default_namespace(self) -> str:
        return self.text("DEFAULT_NAMESPACE")

    @property
    def default_secondary_roles(self) -> tuple[str, ...] | None:
        """None: never set, which means ALL."""
        return self.settings.get("DEFAULT_SECONDARY_ROLES")

    @property
    def network_policy(self) -> str:
        return self.text("NETWORK_POLICY")


class Users:
    def __init__(self, of_kind: Callable[[str], list[Securable]]) -> None:
        self._of_kind = of_kind

    def all(self) -> list[User]:
        return [u for u in self._of_kind("USER") if isinstance(u, User)]

    def get(self, name: str) -> User | None:
        """By exact name."""
        return next((u for u in self.all() if u.simple_name == name), None)

    def by_login(self, login: str) -> User | None:
        """Login names ignore case."""
        return next((u for u in self.all() if u.login_name == login.upper()), None)


def key_body(key: str) -> str:
    return "".join(line.strip() for line in key.splitlines() if "-----" not in line)
