"""Which of our resources can take over an object that exists, by `cube-access recover`.

Owns how each is told by its name; the error that stops an `up` offers it for no other one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

INDEX = "snowflake:index"
# Type, the end of the parent's name, and the end of the provider's, by the end of a resource's.
TAKEN: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "-service-role": (f"{INDEX}/accountRole:AccountRole", "-service", ("-users",)),
    "-service-user": (f"{INDEX}/serviceUser:ServiceUser", "-service", ("-users", "-security")),
    "-people": (f"{INDEX}/accountRole:AccountRole", "", ("-users",)),
    "-oauth-integration": (
        f"{INDEX}/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients",
        "-oauth",
        ("-integrations",),
    ),
    "-external-oauth-integration": (
        f"{INDEX}/externalOauthIntegration:ExternalOauthIntegration",
        "-external-oauth",
        ("-integrations",),
    ),
    "-network": (f"{INDEX}/networkPolicy:NetworkPolicy", "", ("-security",)),
    "-warehouse": (f"{INDEX}/warehouse:Warehouse", "", ("-warehouses",)),
}


def ending_of(resource: str) -> str:
    """The end of a resource's name, of those in TAKEN; empty: it cannot take anything over."""
    longest = sorted(TAKEN, key=len, reverse=True)
    return next((each for each in longest if resource.endswith(each)), "")
