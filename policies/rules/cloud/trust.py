"""AWS: whom a role lets in: by the tokens of an identity provider, or from a vendor's account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..documents import MET, WILD, conditions, many
from ..values import SecretText

# By which tokens of an identity provider are told apart.
SUBJECTS = (":sub", ":repository", ":job_workflow_ref", ":project_path")
# Providers that everybody can sign in at, and the keys that say for which pool or program, or whom:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
OPEN_PROVIDERS = {
    "cognito-identity.amazonaws.com": ("aud", "sub"),
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": ("app_id", "user_id"),
    "graph.facebook.com": ("app_id", "id"),
}
UUID = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
# A visitor of a Cognito pool, who has not signed in.
GUEST = ("cognito-identity.amazonaws.com:amr", "unauthenticated")
# Databricks' own account, and the users that Snowflake makes for its customers' integrations: both
# act for everybody who knows a role's name, and say for whom by the external id.
# https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/storage-credentials
# https://docs.snowflake.com/en/user-guide/data-load-s3-config-storage-integration
VENDORS = re.compile(
    r"arn:[\w-]+:iam::414351767826:(root|role/.*)"
    r"|arn:[\w-]+:iam::\d{12}:user/([a-z0-9]{4}-[a-z]-\w+|externalstages/\w+)"
)
EXTERNAL_ID = "sts:externalid"
LEAST_PARTS = 3
"""Of a subject, before its first wildcard: repo, the owner and the repository."""


def _let_in(statement: Mapping[str, Any], kind: str) -> list[str]:
    """The principals of a kind that a statement allows something."""
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
        return []
    return many(principal.get(kind))


def any_token(statement: Mapping[str, Any]) -> str:
    """An identity provider whose every token is trusted; empty if there is none."""
    federated = _let_in(statement, "Federated")
    provider = next((each for each in federated if "oidc-provider/" in each), "")
    if not provider:
        return ""
    for operator, key, values in conditions(statement):
        # A token has its subject always, so that "if it exists" is no way out.
        if operator.removesuffix("ifexists") not in MET or not key.endswith(SUBJECTS):
            continue
        # The key of another provider its tokens do not have.
        if key.rpartition(":")[0] != provider.rpartition("oidc-provider/")[2].lower():
            continue
        if "like" not in operator or all(_is_narrow(each) for each in values):
            return ""
    # A part of a secret would be plain.
    if isinstance(provider, SecretText):
        return provider
    return provider.rpartition("oidc-provider/")[2]


def anybody_at(statement: Mapping[str, Any]) -> str:
    """The provider of which every token is trusted, whoever it is for; empty if there is none."""
    federated = _let_in(statement, "Federated")
    provider = next((name for name in OPEN_PROVIDERS if name in federated), "")
    if not provider:
        return ""
    binding = {f"{provider}:{key}" for key in OPEN_PROVIDERS[provider]}
    bound = any(
        operator in MET and key in binding and not any(map(WILD.search, values))
        for operator, key, values in conditions(statement)
    )
    return "" if bound else provider


def is_guest(statement: Mapping[str, Any]) -> bool:
    """Whether it lets a visitor in who has not signed in."""
    return statement.get("Effect") == "Allow" and any(
        key == GUEST[0] and GUEST[1] in values for _, key, values in conditions(statement)
    )


def vendor(statement: Mapping[str, Any]) -> str:
    """A vendor's identity that is let in for every customer; empty if there is none."""
    found = next(filter(VENDORS.fullmatch, _let_in(statement, "AWS")), "")
    if not found:
        return ""
    bound = any(
        operator in MET and key == EXTERNAL_ID and not any(map(WILD.search, values))
        for operator, key, values in conditions(statement)
    )
    return "" if bound else found


def _is_narrow(subject: str) -> bool:
    """Whether an owner and a name stand in full before the first wildcard."""
    before = re.split(r"[*?]", subject, maxsplit=1)[0]
    if before == subject:
        return True
    parts = [part for part in re.split("[:/]", before)[:-1] if part]
    return len(parts) >= LEAST_PARTS or any(UUID.fullmatch(part) for part in parts)
