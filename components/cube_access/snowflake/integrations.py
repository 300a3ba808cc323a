"""What a preview asks of an account's security integrations, in the session that asks for
parameters: of each of ours how it is, and of others' only before ours is made or changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cube_access.provider.lifecycle import Values
from cube_access.snowflake.allowed_roles import PROPERTY, described, is_known, listed
from cube_access.snowflake.session import Session

ISSUER = "EXTERNAL_OAUTH_ISSUER"
EXTERNAL = "EXTERNAL_OAUTH"
"""How the types of integrations begin that trust an issuer."""


@dataclass
class Integrations:
    """What the account answered."""

    knows_allowed_roles: bool = True
    """Whether an OAuth client may have a list of them; also so where no client shows it."""
    allowed_roles: list[str] = field(default_factory=list)
    """The list of our own client, as it is."""
    trusting: str = ""
    """Another's integration, as far as the role sees it, that trusts the issuer already."""


def look(administrator: Session, asked: Values) -> Integrations:
    """Asks.

    Args:
        asked: client (our own OAuth client; empty: none), bounds (whether it is to have a list of
            allowed roles), trust (our own integration that trusts an issuer; empty: none), and that
            issuer.

    Raises:
        SnowflakeError: it could not be asked.
    """
    found = Integrations()
    if client := asked["client"]:
        shown = described(administrator, client)
        if shown is not None:
            found.allowed_roles = listed(shown)
        if asked["bounds"]:
            known = is_known(administrator) if shown is None else PROPERTY in shown
            found.knows_allowed_roles = known
    if trust := asked["trust"]:
        found.trusting = _trusting(administrator, trust, asked["issuer"])
    return found


def _trusting(administrator: Session, own: str, issuer: str) -> str:
    shown = described(administrator, own)
    if shown and shown.get(ISSUER) == issuer:
        return ""  # an account takes one for an issuer
    listed = administrator.rows("SHOW SECURITY INTEGRATIONS")
    names = [str(each["name"]) for each in listed if str(each["type"]).startswith(EXTERNAL)]
    for name in names:
        shown = described(administrator, name) if name != own else None
        if shown and shown.get(ISSUER) == issuer:
            return name
    return ""
