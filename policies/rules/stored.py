"""Which credentials a stack makes, whose they are, and which stores hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from .graph import made_of
from .kinds import (
    KEY_PAIR,
    OTHER_USERS,
    PRINCIPAL_SECRET,
    SECRET,
    SERVICE_USER,
    SNOWFLAKE_TOKEN,
    databricks,
    kind_of,
)
from .values import is_unknown

# Resources that put a value into a store, with the property that names the secret it is a version
# of; empty where the resource is the secret.
STORES = {
    SECRET: "",
    "aws.secret": "",
    "aws.secretversion": "secretId",
    "aws.parameter": "",
    "azure.secret": "",
    "azure-native.secret": "",
    "gcp.secretversion": "secret",
    "databricks.secret": "",
    **dict.fromkeys(
        ("github.actionssecret", "github.actionsenvironmentsecret", "github.dependabotsecret"), ""
    ),
    **dict.fromkeys(("gitlab.projectvariable", "onepassword.item"), ""),
    "kubernetes.secret": "",
    "pulumiservice.environment": "",
    "vault.secret": "",
    "vault.secretv2": "",
}
# Credentials of their own, with the property that says whose.
CREDENTIALS = {
    **dict.fromkeys(PRINCIPAL_SECRET, "servicePrincipalId"),
    **dict.fromkeys(databricks("OboToken"), "applicationId"),
    **dict.fromkeys(SNOWFLAKE_TOKEN, "user"),
}
# Key pairs are those of whoever has the public key.
KEYS = frozenset({KEY_PAIR, "tls.privatekey"})
USERS = SERVICE_USER | OTHER_USERS
PUBLIC_KEYS = ("rsaPublicKey", "rsaPublicKey2")


@dataclass(frozen=True)
class Credential:
    resource: PolicyResource
    owner: str
    """URN, or what the property says."""
    owner_name: str


def credentials(resources: Sequence[PolicyResource]) -> list[Credential]:
    found = []
    for resource in resources:
        kind = kind_of(resource.resource_type)
        if kind in CREDENTIALS:
            found.append(Credential(resource, *_refers(resource, CREDENTIALS[kind])))
        if kind in USERS:
            for key in PUBLIC_KEYS:
                for made in resource.property_dependencies.get(key, []):
                    if kind_of(made.resource_type) in KEYS:
                        found.append(Credential(made, resource.urn, resource.name))
    return found


def _refers(resource: PolicyResource, key: str) -> tuple[str, str]:
    made = resource.property_dependencies.get(key, [])
    if made:
        return made[0].urn, made[0].name
    if is_unknown(resource.props, key):
        return resource.urn, resource.name
    text = str(resource.props.get(key))
    return text, text


def stores(
    resources: Iterable[PolicyResource], wanted: Iterable[Credential]
) -> dict[str, dict[str, PolicyResource]]:
    """By owner: the secrets in stores that hold a credential of theirs."""
    by_urn: dict[str, list[Credential]] = {}
    for credential in wanted:
        by_urn.setdefault(credential.resource.urn, []).append(credential)
    found: dict[str, dict[str, PolicyResource]] = {}
    for resource in resources:
        kind = kind_of(resource.resource_type)
        if kind not in STORES:
            continue
        secret = _refers(resource, STORES[kind])[0] if STORES[kind] else resource.urn
        for made in made_of(resource):
            for credential in by_urn.get(made.urn, []):
                found.setdefault(credential.owner, {})[secret] = resource
    return found
