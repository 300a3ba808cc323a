"""Whose tokens are believed: issuers, and where their keys are."""

from __future__ import annotations

from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from tests.policies.cases.case import Case
from tests.policies.cases.types import (
    EXTERNAL,
    EXTERNAL_GOOD,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
)

RULE = "oauth-issuers-known"
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtyNVYhEcNXaqLRRb4WpwR9fRgRMr5Vj+fXrtI45fobDb0mGts"
)
TENANT = "11111111-1111-1111-1111-111111111111"
ENTRA = f"https://sts.windows.net/{TENANT}/"


def external(issuer: str, keys: str) -> dict[str, Any]:
    return {"externalOauthIssuer": issuer, "externalOauthJwsKeysUrls": [keys]}


def federation(**more: str) -> dict[str, Any]:
    return {"oidcPolicy": {"issuer": "https://a.example", "subject": "s", **more}}


CASES = [
    Case(
        rule=RULE,
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[
            ({"externalOauthJwsKeysUrls": ["https://a.example/keys"]}, "are at a.example/keys"),
            (
                {"externalOauthJwsKeysUrls": ["https://example.okta.com.a.example/keys"]},
                "are at example.okta.com.a.example",
            ),
            ({"externalOauthJwsKeysUrls": ["https://a.example.okta.com/k"]}, "a.example.okta.com"),
            (external(ENTRA, "https://www.googleapis.com/oauth2/v3/certs"), "www.googleapis.com"),
            (
                external(ENTRA, "https://login.microsoftonline.com/other/discovery/keys"),
                "login.microsoftonline.com/other",
            ),
            (
                external(ENTRA, "https://login.windows.net/common/discovery/keys?appid=1"),
                "login.windows.net/common",
            ),
            (
                external(
                    "https://accounts.google.com",
                    "https://www.googleapis.com/service_accounts/v1/jwk/a@b.iam.gserviceaccount.com",
                ),
                "are at www.googleapis.com/service_accounts",
            ),
            (
                external(
                    f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0",
                    "https://acme.ciamlogin.com/other/discovery/v2.0/keys",
                ),
                "are at acme.ciamlogin.com/other",
            ),
        ],
        fine=[
            external(ENTRA, "https://login.windows.net/common/discovery/keys"),
            external(ENTRA, f"https://login.microsoftonline.com/{TENANT}/discovery/keys?appid=1"),
            external(ENTRA, "https://login.microsoftonline.us/common/discovery/keys"),
            external("https://example.okta.com./oauth2", "https://EXAMPLE.okta.com/oauth2/v1/keys"),
            external(
                f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0",
                f"https://acme.ciamlogin.com/{TENANT}/discovery/v2.0/keys",
            ),
        ],
        unknown=[{"externalOauthJwsKeysUrls": [UNKNOWN]}, {"externalOauthIssuer": UNKNOWN}],
    ),
    Case(
        rule=RULE,
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[
            ({"externalOauthRsaPublicKey": KEY}, "are written here"),
            ({"externalOauthRsaPublicKey2": KEY}, "are written here"),
        ],
        also=frozenset({"keys-strong"}),
    ),
    Case(
        rule=RULE,
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[
            (
                external("https://a.example", "https://a.example/keys"),
                "Issuer a.example is none of",
            ),
            ({"externalOauthJwsKeysUrls": ["https://b.example/keys"]}, "are at b.example"),
        ],
        fine=[
            external("https://acme.okta.com", "https://keys.example/acme"),
            external("https://b.example", "https://b.example/keys"),
        ],
        config={
            RULE: {
                "hosts": ["*.okta.com", "b.example"],
                "keys": ["acme.okta.com keys.example"],
            }
        },
    ),
    Case(
        rule=RULE,
        type=databricks("ServicePrincipalFederationPolicy"),
        good={"servicePrincipalId": 1.0, **federation(jwksUri="https://a.example/keys")},
        breaks=[
            (
                federation(jwksUri="https://b.example/keys"),
                "The keys of a.example are at b.example",
            ),
            (federation(jwksJson='{"keys": []}'), "The keys of a.example are written here"),
        ],
        fine=[federation()],
        unknown=[federation(issuer=UNKNOWN), federation(jwksUri=UNKNOWN)],
    ),
    Case(
        rule=RULE,
        type=databricks("ServicePrincipalFederationPolicy"),
        good={"servicePrincipalId": 1.0, **federation()},
        breaks=[(federation(issuer="https://b.example"), "Issuer b.example is none of a.example")],
        fine=[federation(jwksJson='{"keys": []}')],
        config={RULE: {"hosts": ["a.example"], "keys": ["a.example written"]}},
    ),
    Case(
        rule=RULE,
        type=SERVICE_USER,
        good={
            **SERVICE_USER_GOOD,
            "defaultWorkloadIdentity": {"oidc": {"issuer": "https://a.example", "subject": "s"}},
        },
        breaks=[
            (
                {
                    "defaultWorkloadIdentity": {
                        "oidc": {"issuer": "https://b.example", "subject": "s"}
                    }
                },
                "Issuer b.example is none of a.example",
            )
        ],
        unknown=[{"defaultWorkloadIdentity": {"oidc": {"issuer": UNKNOWN, "subject": "s"}}}],
        config={RULE: {"hosts": ["a.example"]}},
    ),
]
