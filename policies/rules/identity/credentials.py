"""Credentials of service accounts: strong, of the better sort, and with an end."""

from __future__ import annotations

import base64
import binascii

from ..kinds import (
    CUSTOM_OAUTH,
    EXTERNAL_OAUTH,
    OTHER_USERS,
    PRINCIPAL_SECRET,
    SERVICE_USER,
    SNOWFLAKE_TOKEN,
    TOKENS,
    databricks,
    snowflake,
)
from ..rule import HIGH, MEDIUM, Judged, Report, Rule
from ..values import is_unknown, is_word, peek
from .users import ABOUT_KEYS

TLS_KEY = frozenset({"tls.privatekey"})
KEYS = ("rsaPublicKey", "oauthClientRsaPublicKey", "externalOauthRsaPublicKey")
LEAST_BITS = 2048
# Of a workspace: the longest life of a personal access token.
WORKSPACE_CONF, LONGEST_TOKEN = databricks("WorkspaceConf"), "maxTokenLifetimeDays"
# One that a workspace is made with is the deployer's.
WORKSPACES = databricks("MwsWorkspaces")
DAY = 86_400
DEFAULT_DAYS = 730
"""Databricks', of an OAuth secret."""
ABOUT_M2M = "https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m"


def _keys_strong(judged: Judged, report: Report) -> None:
    if judged.kind in TLS_KEY:
        bits = judged.props.get("rsaBits")
        if judged.props.get("algorithm") == "RSA" and bits is not None and bits < LEAST_BITS:
            report(f"rsaBits is {bits:.0f}.")
        return
    for key in (name for base in KEYS for name in (base, f"{base}2")):
        # Not known is one that this stack makes, or `unknowns-named` tells of it.
        if is_unknown(judged.props, key) or not judged.props.get(key):
            continue
        found = _bits(judged.props[key])
        if found is None:
            report(f"{key} is no RSA public key in PEM.")
        elif found < LEAST_BITS:
            report(f"{key} has {found} bits.")


def _bits(text: str) -> int | None:
    # Imported here: most stacks have no key to look at.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    body = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode("".join(body.split()), validate=True))
    except (ValueError, binascii.Error):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def _expire(judged: Judged, report: Report) -> None:
    limit = judged.limits["days"]
    if judged.kind in WORKSPACE_CONF:
        conf = judged.props.get("customConfig") or {}
        if is_word(peek(conf, LONGEST_TOKEN), "0"):
            report(f"{LONGEST_TOKEN} is 0: a personal access token needs no end.")
        return
    if judged.kind in PRINCIPAL_SECRET:
        lifetime = judged.props.get("lifetime")
        if not lifetime:
            report(f"lifetime is not set, which is {DEFAULT_DAYS} days.")
            return
        seconds = lifetime.removesuffix("s")
        days = float(seconds) / DAY if seconds.replace(".", "", 1).isdigit() else None
    elif judged.kind in TOKENS:
        given = judged.props.get("lifetimeSeconds")
        if not given:
            report("lifetimeSeconds is not set: the token never ends.")
            return
        days = given / DAY
    else:
        days = judged.props.get("daysToExpiry") or 0  # unset is 15 days
    if days is None:
        report("lifetime is no number of seconds, as in 7776000s.")
    elif days > limit:
        report(f"The credential lives {days:.0f} days, and {limit:.0f} are allowed.")


def _not_tokens(judged: Judged, report: Report) -> None:
    if judged.kind in WORKSPACES and not judged.props.get("token"):
        return
    better = "a key pair" if judged.kind in SNOWFLAKE_TOKEN else "OAuth (M2M)"
    report(
        f"{judged.type_name} is a bearer token: whoever sees it is the service, where {better} "
        "would do."
    )


RULES = [
    Rule(
        name="keys-strong",
        description=f"RSA keys have {LEAST_BITS} bits or more.",
        why="Shorter ones can be broken, and Snowflake's guide does not make them.",
        fix=f"Make a key pair of {LEAST_BITS} bits or more.",
        url=ABOUT_KEYS,
        severity=HIGH,
        kinds=SERVICE_USER
        | OTHER_USERS
        | CUSTOM_OAUTH
        | EXTERNAL_OAUTH
        | TLS_KEY
        | snowflake("UserPublicKeys"),
        check=_keys_strong,
        references=[("NIST 800-53", "IA-5")],
    ),
    Rule(
        name="credentials-expire",
        description="A credential ends in time.",
        why="A copy that somebody kept works until then.",
        fix="Set a lifetime within the limit `days`, and rotate.",
        url=ABOUT_M2M,
        severity=HIGH,
        kinds=PRINCIPAL_SECRET | TOKENS | SNOWFLAKE_TOKEN | WORKSPACE_CONF,
        check=_expire,
        limits={
            "days": {
                "type": "number",
                "default": 365,
                "minimum": 1,
                "maximum": 730,
                "description": "The longest life of a credential.",
            }
        },
        references=[
            ("Databricks SAT", "IA-4"),
            ("Databricks SAT", "GOV-2"),
            ("NIST 800-53", "IA-5"),
        ],
    ),
    Rule(
        name="credentials-not-tokens",
        description="A service signs in by OAuth or key pair, not by a personal access token.",
        why="A token is sent with every request, and works for whoever saw one.",
        fix="Use ServicePrincipalSecret, or ServiceUser's key pair.",
        url=ABOUT_M2M,
        severity=MEDIUM,
        kinds=TOKENS | SNOWFLAKE_TOKEN | WORKSPACES,
        check=_not_tokens,
    ),
]
