"""The OAuth client: how it proves itself, what it may ask for, how long a sign-in lasts."""

from __future__ import annotations

from typing import Any

from ..kinds import CUSTOM_OAUTH, OAUTH_APP, PARTNER_OAUTH
from ..rule import ADVISORY, HIGH, MEDIUM, Judged, Report, Rule, names
from ..values import is_unknown, is_word, listed
from .addresses import ABOUT_OAUTH

ABOUT_APP = "https://docs.databricks.com/aws/en/integrations/enable-disable-oauth"
LONGEST_DAYS = 90
"""What Snowflake takes where nothing is said, which the plugin writes as -1."""


def _pkce_off(judged: Judged) -> str:
    chosen = judged.props.get("oauthEnforcePkce")
    return "" if is_word(chosen, "true") else f"oauthEnforcePkce is {chosen or 'not set'}"


def _is_public(judged: Judged) -> bool:
    return is_word(judged.props.get("oauthClientType"), "public")


def _public_clients_pkce(judged: Judged, report: Report) -> None:
    if _is_public(judged) and (off := _pkce_off(judged)):
        report(f"{off}, and a public client has no secret: a stolen code is enough to sign in.")


def _pkce(judged: Judged, report: Report) -> None:
    if not _is_public(judged) and (off := _pkce_off(judged)):
        report(f"{off}, which Snowflake takes for off: a stolen code and the client are enough.")


def force_pkce(_kind: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    if inputs.get("oauthEnforcePkce") == "true":
        return None
    return {**inputs, "oauthEnforcePkce": "true"}


def _tokens_short(judged: Judged, report: Report) -> None:
    minutes, days = judged.limits["accessTokenMinutes"], judged.limits["refreshTokenDays"]
    if judged.kind in OAUTH_APP:
        policy = judged.props.get("tokenAccessPolicy") or {}
        with judged.later():
            access = policy.get("accessTokenTtlInMinutes")
            if access is not None and access > minutes:
                report(f"Access tokens live {access:.0f} minutes, and {minutes:.0f} are allowed.")
        refresh = (policy.get("refreshTokenTtlInMinutes") or 0) / (24 * 60)
    else:
        seconds = judged.props.get("oauthRefreshTokenValidity")
        refresh = LONGEST_DAYS if seconds is None or seconds < 0 else seconds / 86_400
    if refresh > days:
        report(f"A sign-in lasts {refresh:.1f} days, and {days:.0f} are allowed.")


def _scopes_narrow(judged: Judged, report: Report) -> None:
    for key in ("scopes", "userAuthorizedScopes"):
        with judged.later():
            scopes = judged.known(judged.props.get(key))
            wrong = [scope for scope in scopes if scope not in judged.limits["scopes"]]
            if wrong:
                report(
                    f"{key} has {listed(wrong)}: Cube could do it all as the person who signs in."
                )


def _network_policy(judged: Judged, report: Report) -> None:
    # Not known yet is one that this stack makes.
    if not (is_unknown(judged.props, "networkPolicy") or judged.props.get("networkPolicy")):
        report("Codes and refresh tokens can be exchanged from anywhere: no networkPolicy is set.")


RULES = [
    Rule(
        name="oauth-public-clients-pkce",
        description="A public OAuth client takes PKCE.",
        why="It has no secret: without PKCE a stolen code is enough to sign in.",
        fix='Set oauthEnforcePkce to "true".',
        url=ABOUT_OAUTH,
        severity=HIGH,
        kinds=CUSTOM_OAUTH,
        check=_public_clients_pkce,
        remedy=force_pkce,
    ),
    Rule(
        name="oauth-pkce",
        description="OAuth sign-in takes PKCE.",
        why="With it, a stolen code is of no use even to someone who knows the client's secret.",
        fix='Set oauthEnforcePkce to "true", unless the client cannot do it.',
        url=ABOUT_OAUTH,
        severity=MEDIUM,
        # A client that cannot do PKCE is a reason.
        level=ADVISORY,
        kinds=CUSTOM_OAUTH,
        check=_pkce,
        remedy=force_pkce,
    ),
    Rule(
        name="oauth-tokens-short",
        description="Tokens and sign-ins end in time.",
        why="Whoever leaves, or loses a laptop, is signed in until then.",
        fix="Shorten it, or have the rule's limit changed for this environment.",
        url=ABOUT_APP,
        severity=MEDIUM,
        kinds=CUSTOM_OAUTH | PARTNER_OAUTH | OAUTH_APP,
        check=_tokens_short,
        limits={
            "accessTokenMinutes": {
                "type": "number",
                "default": 60,
                "minimum": 1,
                "maximum": 1440,
                "description": "Databricks; Snowflake's live ten minutes.",
            },
            "refreshTokenDays": {
                "type": "number",
                "default": LONGEST_DAYS,
                "minimum": 1,
                "maximum": 365,
                "description": "Until a person must authorize again.",
            },
        },
    ),
    Rule(
        name="oauth-scopes-narrow",
        description="The OAuth app asks for no more than Cube needs.",
        why="With all-apis, whoever has Cube's token has every API that the person has.",
        fix="Use sql and offline_access.",
        url=ABOUT_APP,
        severity=HIGH,
        kinds=OAUTH_APP,
        check=_scopes_narrow,
        limits={
            "scopes": names(
                "Scopes that an app may ask for.",
                ["sql", "offline_access", "openid", "profile", "email"],
            ),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="oauth-network-policy",
        description="An OAuth integration has a network policy.",
        why="A refresh token that is stolen can be used from anywhere.",
        fix="Set networkPolicy to one that allows Cube's addresses.",
        url="https://docs.snowflake.com/en/user-guide/network-policies",
        severity=MEDIUM,
        level=ADVISORY,
        kinds=CUSTOM_OAUTH,
        check=_network_policy,
    ),
]
