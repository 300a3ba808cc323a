"""Which of our resources can take over an object that exists, by `cube-access recover`.

Owns how each is told by its name; the error that stops an `up` offers it for no other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INDEX = "snowflake:index"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Where a resource belongs, by the ends of names."""

    type: str
    provider: str
    parent: str = ""
    instead: tuple[str, str, str] | None = None
    """The provider where the state has another resource, and that one's end and type."""


# By the end of a resource's name.
TAKEN: Mapping[str, Taken] = {
    "-service-role": Taken(
        type=f"{INDEX}/accountRole:AccountRole", parent="-service", provider="-users"
    ),
    "-service-user": Taken(
        type=f"{INDEX}/serviceUser:ServiceUser",
        parent="-service",
        provider="-users",
        instead=("-security", "-network", f"{INDEX}/networkPolicy"),
    ),
    "-people": Taken(type=f"{INDEX}/accountRole:AccountRole", provider="-users"),
    "-read-database-role": Taken(type=f"{INDEX}/databaseRole:DatabaseRole", provider="-warehouses"),
    "-oauth-integration": Taken(
        type=f"{INDEX}/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients",
        parent="-oauth",
        provider="-integrations",
    ),
    "-external-oauth-integration": Taken(
        type=f"{INDEX}/externalOauthIntegration:ExternalOauthIntegration",
        parent="-external-oauth",
        provider="-integrations",
    ),
    "-network": Taken(type=f"{INDEX}/networkPolicy:NetworkPolicy", provider="-security"),
    "-sign-in-policy": Taken(
        type=f"{INDEX}/authenticationPolicy:AuthenticationPolicy", provider="-security"
    ),
    "-monitor": Taken(type=f"{INDEX}/resourceMonitor:ResourceMonitor", provider="-integrations"),
    "-warehouse": Taken(
        type=f"{INDEX}/warehouse:Warehouse",
        provider="-warehouses",
        instead=("-integrations", "-monitor", f"{INDEX}/resourceMonitor"),
    ),
}


def ending_of(resource: str) -> str:
    """The end of a resource's name, of those in TAKEN; empty: it cannot take anything over."""
    longest = sorted(TAKEN, key=len, reverse=True)
    return next((each for each in longest if resource.endswith(each)), "")
