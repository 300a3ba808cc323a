"""Users, keys, credentials, networks."""

from __future__ import annotations

from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_NUMBER_VALUE, UNKNOWN_STRING_VALUE

from policies.rules.values import SYSTEM_ROLES
from tests.policies.cases.case import GONE, Case
from tests.policies.cases.types import (
    EXTERNAL,
    EXTERNAL_GOOD,
    KEY_1024,
    KEY_2048,
    OAUTH,
    OAUTH_GOOD,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
    snowflake,
)

UNKNOWN = UNKNOWN_STRING_VALUE
PEM = f"-----BEGIN PUBLIC KEY-----\n{KEY_2048}\n-----END PUBLIC KEY-----\n"
ALLOWED_TOKENS = {"credentials-not-tokens": "disabled"}
CASES = [
    Case(
        rule="users-are-services",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[
            ({"disableMfa": "true"}, "disableMfa"),
            ({"mustChangePassword": "false"}, "Password"),
        ],
        not_text=False,
    ),
    Case(
        rule="default-roles-not-admin",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[
            *(({"defaultRole": role}, role) for role in sorted(SYSTEM_ROLES)),
            ({"defaultRole": '"AccountAdmin"'}, "AccountAdmin"),
        ],
        fine=[{"defaultRole": GONE}],
        waits=[{"defaultRole": UNKNOWN}],
    ),
    Case(
        rule="secondary-roles-off",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[
            ({"defaultSecondaryRolesOption": "ALL"}, "ALL"),
            ({"defaultSecondaryRolesOption": "DEFAULT"}, "DEFAULT"),
            ({"defaultSecondaryRolesOption": GONE}, "not set"),
        ],
        fine=[{"defaultSecondaryRolesOption": "none"}],
        unknown=[{"defaultSecondaryRolesOption": UNKNOWN}],
    ),
    Case(
        rule="keys-strong",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[
            ({"rsaPublicKey": KEY_1024}, "rsaPublicKey has 1024 bits"),
            ({"rsaPublicKey2": KEY_1024}, "rsaPublicKey2 has 1024 bits"),
            ({"rsaPublicKey": "planted, no key"}, "no RSA public key"),
        ],
        fine=[{"rsaPublicKey": PEM}],
        waits=[{"rsaPublicKey": UNKNOWN}],
    ),
    Case(
        rule="keys-strong",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[({"oauthClientRsaPublicKey": KEY_1024}, "1024 bits")],
    ),
    Case(
        rule="keys-strong",
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[({"externalOauthRsaPublicKey2": KEY_1024}, "1024 bits")],
        also=frozenset({"oauth-issuers-known"}),
    ),
    Case(
        rule="keys-strong",
        type="tls:index/privateKey:PrivateKey",
        good={"algorithm": "RSA", "rsaBits": 2048.0},
        breaks=[({"rsaBits": 1024.0}, "1024")],
        fine=[{"algorithm": "ED25519", "rsaBits": GONE}],
        unknown=[{"rsaBits": UNKNOWN_NUMBER_VALUE}],
        not_text=False,
    ),
    Case(
        rule="credentials-expire",
        type=databricks("ServicePrincipalSecret"),
        good={"servicePrincipalId": "1", "lifetime": "7776000s"},
        breaks=[
            ({"lifetime": GONE}, "730 days"),
            ({"lifetime": "63072000s"}, "730 days"),
            ({"lifetime": "a while"}, "no number"),
        ],
        unknown=[{"lifetime": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="credentials-expire",
        type="databricks:index/obotoken:Obotoken",
        good={"applicationId": "a", "lifetimeSeconds": 7_776_000.0},
        breaks=[({"lifetimeSeconds": GONE}, "never ends"), ({"lifetimeSeconds": 63e6}, "729 days")],
        unknown=[{"lifetimeSeconds": UNKNOWN_NUMBER_VALUE}],
        config=ALLOWED_TOKENS,
        not_text=False,
    ),
    Case(
        rule="credentials-expire",
        type=snowflake("UserProgrammaticAccessToken"),
        good={"user": "CUBE", "daysToExpiry": 30.0},
        breaks=[({"daysToExpiry": 366.0}, "366 days")],
        fine=[{"daysToExpiry": GONE}],
        unknown=[{"daysToExpiry": UNKNOWN_NUMBER_VALUE}],
        config=ALLOWED_TOKENS,
        not_text=False,
    ),
    Case(
        rule="providers-verify",
        type="pulumi:providers:databricks",
        good={"host": "https://a.cloud.databricks.com", "skipVerify": "false"},
        breaks=[({"skipVerify": "true"}, "skipVerify")],
        unknown=[{"skipVerify": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="providers-verify",
        type="pulumi:providers:snowflake",
        good={"accountName": "A", "protocol": "https"},
        breaks=[
            ({"protocol": "http"}, "http"),
            ({"insecureMode": "true"}, "insecureMode"),
            ({"disableOcspChecks": "true"}, "disableOcspChecks"),
        ],
        not_text=False,
    ),
    Case(
        rule="providers-verify",
        type="pulumi:providers:databricks",
        good={"host": "https://a.example"},
        breaks=[({"host": "HTTP://a.example"}, "host")],
        fine=[{"host": "a.example"}],
        unknown=[{"host": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="network-bounded",
        type=snowflake("NetworkPolicy"),
        good={"name": "CUBE", "allowedIpLists": ["203.0.113.0/24", "198.51.100.7"]},
        breaks=[
            ({"allowedIpLists": ["0.0.0.0/0"]}, "0.0.0.0/0"),
            ({"allowedIpLists": ["128.0.0.0/1", "203.0.113.7", "0.0.0.0/1"]}, "0.0.0.0/0"),
            ({"allowedIpLists": GONE, "blockedIpLists": ["203.0.113.7"]}, "names nobody"),
            ({"allowedIpLists": []}, "names nobody"),
        ],
        fine=[
            {"allowedIpLists": GONE, "allowedNetworkRuleLists": ["rule"]},
            {"allowedIpLists": ["not an address"]},
        ],
        unknown=[{"allowedIpLists": [UNKNOWN]}, {"allowedIpLists": UNKNOWN_ARRAY_VALUE}],
        not_text=False,
    ),
    Case(
        rule="network-bounded",
        type=snowflake("NetworkRule"),
        good={"type": "IPV4", "mode": "INGRESS", "valueLists": ["203.0.113.0/24"]},
        breaks=[({"valueLists": ["0.0.0.0/0"]}, "valueLists")],
        fine=[{"mode": "EGRESS", "valueLists": ["0.0.0.0/0"]}],
        unknown=[{"mode": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="network-bounded",
        type=databricks("IpAccessList"),
        good={"listType": "ALLOW", "label": "cube", "ipAddresses": ["203.0.113.0/24"]},
        breaks=[({"ipAddresses": ["0.0.0.0/0"]}, "ipAddresses")],
        fine=[{"listType": "BLOCK", "ipAddresses": ["0.0.0.0/0"]}],
        unknown=[{"ipAddresses": [UNKNOWN]}],
        not_text=False,
    ),
]
