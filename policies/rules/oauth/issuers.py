"""Whose tokens are believed, and who holds the keys that sign them."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..hosts import unsafe
from ..kinds import EXTERNAL_OAUTH, FEDERATION, SERVICE_USER
from ..rule import HIGH, Judged, Report, Rule, names
from ..values import SecretText
from .addresses import ABOUT_EXTERNAL, KEYS, is_one_of

WRITTEN = ("externalOauthRsaPublicKey", "externalOauthRsaPublicKey2")
HERE = "written"
"""In the limit `keys`, for keys that stand in the program."""

# Microsoft's tenants share hosts, and an issuer's keys are at another one.
# https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud
TENANTS = (
    {"sts.windows.net", "login.windows.net", "login.microsoftonline.com"},
    {"sts.windows.net", "login.microsoftonline.us"},
    {
        "sts.chinacloudapi.cn",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    },
)
CUSTOMERS = ".ciamlogin.com"
"""Entra External ID: the issuer's host begins with the tenant's id, the keys' with its name."""
# Google's keys are at a host that serves every service account's, too.
AT_GOOGLE = {
    "accounts.google.com": ("/oauth2/v1/certs", "/oauth2/v3/certs"),
    "securetoken.google.com": (
        "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
        "/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
    ),
}


def _known(judged: Judged, report: Report) -> None:
    hosts = judged.limits["hosts"]
    said = _issuer(judged)
    issuer = _split(said)
    whose = SecretText(_host(issuer)) if isinstance(said, SecretText) else _host(issuer)
    if issuer and hosts and not is_one_of(whose, hosts):
        report(f"Issuer {whose} is none of {', '.join(hosts)}.")
    elsewhere = {each.lower() for each in judged.limits["keys"]}
    for address in _addresses(judged):
        keys = _split(address)
        # An address that is not exact is stopped by oauth-keys-https.
        if keys is None or issuer is None or _are_its_own(issuer, keys):
            continue
        if f"{_host(issuer)} {_host(keys)}" not in elsewhere:
            place = address if isinstance(address, SecretText) else f"{_host(keys)}{keys.path}"
            report(f"The keys of {whose} are at {place}, and not at its own host.")
    if issuer and _are_written(judged) and f"{_host(issuer)} {HERE}" not in elsewhere:
        report(f"The keys of {whose} are written here, and not read from its own host.")


def _issuer(judged: Judged) -> Any:
    with judged.later():
        if judged.kind in EXTERNAL_OAUTH:
            return judged.props.get("externalOauthIssuer")
        if judged.kind in FEDERATION:
            return (judged.props.get("oidcPolicy") or {}).get("issuer")
        workload = judged.props.get("defaultWorkloadIdentity") or {}
        return (workload.get("oidc") or {}).get("issuer")
    return None


def _addresses(judged: Judged) -> list[Any]:
    with judged.later():
        if judged.kind in EXTERNAL_OAUTH:
            return judged.known(judged.props.get(KEYS))
        if judged.kind in FEDERATION:
            address = (judged.props.get("oidcPolicy") or {}).get("jwksUri")
            return [address] if address else []
    return []


def _are_written(judged: Judged) -> bool:
    with judged.later():
        if judged.kind in EXTERNAL_OAUTH:
            return any(bool(judged.props.get(key)) for key in WRITTEN)
        if judged.kind in FEDERATION:
            return bool((judged.props.get("oidcPolicy") or {}).get("jwksJson"))
    return False


def _split(address: Any) -> SplitResult | None:
    """None: it is no exact address, or none at all."""
    return None if not address or unsafe(address, ("https", "http")) else urlsplit(address)


def _host(address: SplitResult | None) -> str:
    return (address.hostname or "").rstrip(".") if address else ""


def _are_its_own(issuer: SplitResult, keys: SplitResult) -> bool:
    whose, where = _host(issuer), _host(keys)
    tenant, place = (each.path.strip("/").split("/")[0] for each in (issuer, keys))
    if whose.endswith(CUSTOMERS) and where.endswith(CUSTOMERS):
        return whose == where or place == whose.removesuffix(CUSTOMERS)
    if any({whose, where} <= hosts for hosts in TENANTS):
        # An application's own key, by its id in the query, is its tenant's affair.
        return place == tenant or (place == "common" and not keys.query)
    if where == "www.googleapis.com" and whose in AT_GOOGLE:
        return keys.path in AT_GOOGLE[whose] and not keys.query
    return whose == where


RULES = [
    Rule(
        name="oauth-issuers-known",
        description="Tokens are believed from issuers that the environment names, with keys at the "
        "issuer's own host.",
        why="Who holds the keys signs in as everybody whom the issuer may sign in.",
        fix="Correct the address; or have the issuer added to the rule's `hosts`, and the place of "
        "its keys to `keys`.",
        url=ABOUT_EXTERNAL,
        severity=HIGH,
        kinds=EXTERNAL_OAUTH | FEDERATION | SERVICE_USER,
        check=_known,
        limits={
            "hosts": names("Host names of issuers, * for a part; empty: every issuer."),
            "keys": names(
                "Where an issuer's keys are, if not at its own host: its host, a space, and their "
                f"host, or `{HERE}` for keys that stand in the program."
            ),
        },
    ),
]
