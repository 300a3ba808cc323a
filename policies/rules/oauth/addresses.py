"""Where codes, tokens and keys come from and go to."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..hosts import is_loopback, unsafe
from ..kinds import (
    CUSTOM_OAUTH,
    EXTERNAL_OAUTH,
    FEDERATION,
    OAUTH_APP,
    PARTNER_OAUTH,
    SERVICE_USER,
    snowflake,
)
from ..rule import CRITICAL, HIGH, Judged, Report, Rule, names
from ..values import is_word

KEYS = "externalOauthJwsKeysUrls"
# Who issues the tokens that are believed, and where its keys are.
ISSUERS = {
    **dict.fromkeys(EXTERNAL_OAUTH, ("externalOauthIssuer",)),
    **dict.fromkeys(FEDERATION, ("oidcPolicy.issuer", "oidcPolicy.jwksUri")),
    **dict.fromkeys(SERVICE_USER, ("defaultWorkloadIdentity.oidc.issuer",)),
    **dict.fromkeys(
        snowflake("Saml2Integration"),
        ("saml2SsoUrl", "saml2SnowflakeAcsUrl", "saml2SnowflakeIssuerUrl"),
    ),
    **dict.fromkeys(
        snowflake(
            "ApiAuthenticationIntegrationWithAuthorizationCodeGrant",
            "ApiAuthenticationIntegrationWithClientCredentials",
            "ApiAuthenticationIntegrationWithJwtBearer",
            "ApiIntegrationExternalMcpDynamicClient",
            "ApiIntegrationExternalMcpOauth2",
            "ApiIntegrationGitRepositoryOauth2",
        ),
        (
            *("oauthTokenEndpoint", "oauthAuthorizationEndpoint", "oauthResourceUrl"),
            "oauthAssertionIssuer",
        ),
    ),
    **dict.fromkeys(
        snowflake("CatalogIntegrationOpenCatalog", "CatalogIntegrationIcebergRest"),
        (
            *("restConfig.catalogUri", "restAuthentication.oauthTokenUri"),
            "oauthRestAuthentication.oauthTokenUri",
        ),
    ),
}


def _redirects(judged: Judged) -> list[str]:
    with judged.later():
        if judged.kind in OAUTH_APP:
            return judged.known(judged.props.get("redirectUrls"))
        uri = judged.props.get("oauthRedirectUri")
        # A partner application brings its own.
        return [] if uri is None and judged.kind in PARTNER_OAUTH else [uri or ""]
    return []


def is_one_of(host: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(host, pattern.lower()) for pattern in patterns)


def _shown(parts: SplitResult) -> str:
    """Only the beginning: Snowflake's plugin takes the address for a secret."""
    return f"{parts.scheme}://{parts.hostname or ''}"


def _beginning(url: str) -> str:
    try:
        return _shown(urlsplit(url))
    except ValueError:
        return "an address"


def _redirects_https(judged: Judged, report: Report) -> None:
    for uri in _redirects(judged):
        local = judged.limits["localhost"] and is_loopback(urlsplit(uri).hostname or "")
        if problem := unsafe(uri, ("https", "http") if local else ("https",)):
            report(f"Redirect {_beginning(uri)} {problem}.")
    if is_word(judged.props.get("oauthAllowNonTlsRedirectUri"), "true"):
        report("oauthAllowNonTlsRedirectUri is true: tokens could travel unencrypted.")


def _redirects_known(judged: Judged, report: Report) -> None:
    hosts = judged.limits["hosts"]
    for uri in _redirects(judged) if hosts else ():
        parts = urlsplit(uri)
        host = parts.hostname or ""
        if not is_one_of(host, hosts):
            report(f"Redirect {_shown(parts)} is none of {', '.join(hosts)}.")


def _keys_https(judged: Judged, report: Report) -> None:
    props = judged.props
    named: list[tuple[str, Any]] = []
    with judged.later():
        named += [(KEYS, url) for url in judged.known(props.get(KEYS))]
    for path in ISSUERS[judged.kind]:
        *way, key = path.split(".")
        with judged.later():
            inside: Any = props
            for part in way:
                inside = inside.get(part) or {}
            named += [(key, inside[key])] if inside.get(key) else []
    for key, url in named:
        if problem := unsafe(url):
            report(f"{key} has {_beginning(url)}, which {problem}.")


OAUTH = CUSTOM_OAUTH | PARTNER_OAUTH | OAUTH_APP
ABOUT_OAUTH = (
    "https://docs.snowflake.com/en/sql-reference/sql/create-security-integration-oauth-snowflake"
)
ABOUT_EXTERNAL = (
    "https://docs.snowflake.com/en/sql-reference/sql/create-security-integration-oauth-external"
)
RULES = [
    Rule(
        name="oauth-redirects-https",
        description="OAuth redirects are exact https addresses.",
        why="A code or token that is sent elsewhere signs its finder in.",
        fix="Write the one address in full, with https.",
        url=ABOUT_OAUTH,
        severity=CRITICAL,
        kinds=OAUTH,
        check=_redirects_https,
        limits={
            "localhost": {
                "type": "boolean",
                "default": False,
                "description": "Allow http to this machine, for development.",
            }
        },
    ),
    Rule(
        name="oauth-redirects-known",
        description="OAuth redirects go to hosts that the environment names.",
        why="Whoever runs the host gets everybody's tokens.",
        fix="Correct the redirect, or have the host added to the rule's `hosts`.",
        url=ABOUT_OAUTH,
        severity=HIGH,
        kinds=OAUTH,
        check=_redirects_known,
        limits={
            "hosts": names("Host names, * for a part; empty: every host."),
        },
    ),
    Rule(
        name="oauth-keys-https",
        description="Issuers, their keys, and where tokens are asked for are https addresses.",
        why="Whoever can change the keys on the way can sign in as anybody.",
        fix="Use https.",
        url=ABOUT_EXTERNAL,
        severity=CRITICAL,
        kinds=frozenset(ISSUERS),
        check=_keys_https,
    ),
]
