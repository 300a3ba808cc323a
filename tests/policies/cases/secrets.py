"""Marks and stores. What looks like a credential here is put together, so that it is none."""

from __future__ import annotations

import json
from typing import Any

from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case
from tests.policies.cases.types import (
    AWS_SECRET,
    EXECUTE,
    SECRET,
    SECRET_GOOD,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
)
from tests.policies.harness import secret

UNKNOWN = UNKNOWN_STRING_VALUE
TOKEN = "da" + "pi" + "0123456789abcdef" * 2
OAUTH_SECRET = "do" + "se" + "0123456789abcdef" * 2
PRIVATE_KEY = "-----BEGIN PRIVATE " + "KEY-----\nMII\n-----END PRIVATE " + "KEY-----"
AWS_KEY = "AK" + "IA" + "ABCDEFGHIJKLMNOP"
RANDOM = "q7Xz2Lw9RkP4vT1sBnM8cYh3JfD6gA0eUoWi5EyK"
ELSEWHERE = "random:index/anything:Anything"
PUBLIC_POLICY = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*"}]}
OWN_POLICY = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:role/x"}, "Action": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:role/x"}, "Action": "*"},
        {
            "Effect": "Allow",
            "Principal": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}},
            "Action": "*",
        },
    ]
}


def allows(**said: Any) -> dict[str, Any]:
    return {"policy": {"Statement": [{"Effect": "Allow", "Action": "*", **said}]}}


def on_condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return allows(Principal={"AWS": "*"}, Condition={operator: {key: value}})


CASES = [
    Case(
        rule="secrets-marked",
        type=ELSEWHERE,
        good={
            "password": secret("planted"),
            "nested": [{"clientSecret": secret("planted")}],
            "secretArn": "arn:aws:secretsmanager:eu-central-1:1:secret:x",
            "mustChangePassword": "false",
            "publicKey": RANDOM,
            "url": "https://a.example/oauth/callback",
            "id": "5a4d0000-0000-4000-8000-000000000001",
        },
        breaks=[
            ({"password": "planted"}, "password"),
            ({"nested": [{"clientSecret": "planted"}]}, "nested[0].clientSecret"),
            ({"config": {"deep": {"private_key": "planted"}}}, "config.deep.private_key"),
            ({"token": "planted"}, "token"),
            ({"anything": TOKEN}, "a Databricks token"),
            ({"anything": OAUTH_SECRET}, "a Databricks OAuth secret"),
            ({"anything": [PRIVATE_KEY]}, "a private key"),
            ({"anything": f"key={AWS_KEY}"}, "an AWS access key"),
            ({"anything": "postgres://cube:planted@a.example/db"}, "a password in a URL"),
            ({"anything": RANDOM}, "a random string"),
            ({"rest": {"bearerToken": "planted"}}, "rest.bearerToken"),
            ({"credentials": {"azureSasToken": "planted"}}, "credentials.azureSasToken"),
            ({"openaiApiKeyPlaintext": "planted"}, "openaiApiKeyPlaintext"),
            ({"microsoftEntraClientSecretPlaintext": "planted"}, "Plaintext"),
            ({"pagerduty": {"integrationKey": "planted"}}, "pagerduty.integrationKey"),
            ({"url": f"https://a.example/share?token={'planted0' * 2}"}, "a signed address"),
        ],
        fine=[
            {"password": "{{secrets/cube/database}}"},
            {"clientSecret": "arn:aws:secretsmanager:eu-central-1:1:secret:cube-a1B2c3"},
            {"contentBase64": "cHJpbnQoIkN1YmUgcmVhZHMgaXRzIG93biB3YXJlaG91c2UiKQ=="},
            {"password": ""},
            {"password": UNKNOWN},
            {"anything": secret(TOKEN)},
        ],
        not_text=False,
    ),
    Case(
        rule="secrets-marked",
        type="pulumi:providers:snowflake",
        good={"host": "a.snowflakecomputing.com", "privateKey": secret("planted")},
        breaks=[({"privateKey": "planted"}, "privateKey")],
        not_text=False,
    ),
    Case(
        rule="secrets-marked",
        type=SECRET,
        good={**SECRET_GOOD, "value": secret("{}")},
        breaks=[({"value": "{}"}, "value")],
        not_text=False,
    ),
    Case(
        rule="secrets-marked",
        type=databricks("Grant"),
        good={"principal": "p", "secret": "main.s.token", "privileges": ["BROWSE"]},
        breaks=[({"principal": TOKEN}, "principal")],
        not_text=False,
    ),
    Case(
        rule="secrets-marked",
        type=EXECUTE,
        good={
            "execute": "DESCRIBE SECURITY INTEGRATION i",
            "revert": "SELECT 1",
            "query": "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('I') AS SECRETS",
        },
        breaks=[
            ({"(secret_outputs)": ()}, "queryResults"),
            ({"execute": "SELECT 1 -- OAUTH_CLIENT_SECRET = a-planted-secret-1"}, "execute"),
        ],
        fine=[{"(secret_outputs)": ["query_results"]}],
        secret_outputs=["queryResults"],
        not_text=False,
    ),
    Case(
        rule="secrets-not-in-text",
        type=SERVICE_USER,
        good=SERVICE_USER_GOOD,
        breaks=[
            ({"comment": f"signs in with {TOKEN}"}, "comment"),
            ({"comment": "user cube, password: Winter-2026-cube"}, "password"),
            ({"comment": "Token is planted-1"}, "token"),
        ],
        fine=[
            {"comment": "Cube's service account; written by cube-access"},
            {"comment": "its secret: see the runbook, its token: none"},
            {"comment": "secret: arn:aws:secretsmanager:eu-central-1:1:secret:cube"},
        ],
        waits=[{"comment": UNKNOWN}],
    ),
    Case(
        rule="secrets-not-in-text",
        type=SECRET,
        good={**SECRET_GOOD, "value": secret("{}")},
        breaks=[
            ({"tags": {"note": TOKEN}}, "tags.note"),
            ({"description": RANDOM}, "description"),
            ({"name": AWS_KEY}, "name"),
        ],
        not_text=False,
    ),
    Case(
        rule="secrets-not-in-text",
        type=databricks("SqlEndpoint"),
        good={"name": "cube", "tags": {"customTags": [{"key": "team", "value": "data"}]}},
        breaks=[({"tags": {"customTags": [{"key": "k", "value": TOKEN}]}}, "customTags")],
    ),
    Case(
        rule="secret-stores-encrypted",
        type=SECRET,
        good={**SECRET_GOOD, "kmsKeyId": "alias/cube"},
        breaks=[({"kmsKeyId": ""}, "KMS")],
        waits=[{"kmsKeyId": UNKNOWN}],
        config={"secret-stores-encrypted": "mandatory"},
        not_text=False,
    ),
    Case(
        rule="secret-stores-encrypted",
        type=AWS_SECRET,
        good={"name": "cube", "kmsKeyId": "alias/cube"},
        breaks=[({"kmsKeyId": GONE}, "KMS")],
        config={"secret-stores-encrypted": "mandatory"},
        not_text=False,
    ),
    Case(
        rule="secret-stores-recoverable",
        type=SECRET,
        good=SECRET_GOOD,
        breaks=[({"recoveryDays": 0.0}, "recoveryDays")],
        unknown=[{"recoveryDays": UNKNOWN_NUMBER_VALUE}],
        not_text=False,
    ),
    Case(
        rule="secret-stores-recoverable",
        type=AWS_SECRET,
        good={"name": "cube"},
        breaks=[({"recoveryWindowInDays": 0.0}, "recoveryWindowInDays")],
        not_text=False,
    ),
    Case(
        rule="secret-stores-private",
        type=SECRET,
        good={**SECRET_GOOD, "policy": OWN_POLICY},
        breaks=[
            ({"policy": PUBLIC_POLICY}, "principal is *"),
            (allows(NotPrincipal={"AWS": "arn:aws:iam::1:root"}), "all but some"),
            (allows(Principal={"AWS": ["arn:aws:iam::1:root", "*"]}), "principal is *"),
            (allows(Principal={"Service": "*"}), "principal is *"),
            (on_condition("Bool", "aws:SecureTransport", "true"), "principal is *"),
            (on_condition("StringNotEquals", "aws:PrincipalOrgID", "o-1"), "principal is *"),
            (on_condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), "principal is *"),
            (on_condition("ForAllValues:StringEquals", "aws:SourceVpce", "v"), "principal is *"),
            (on_condition("StringLike", "aws:PrincipalArn", "*"), "principal is *"),
            (on_condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"), "principal is"),
            (on_condition("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "0.0.0.0/0"]), "principal"),
        ],
        fine=[
            on_condition("StringEquals", "aws:PrincipalAccount", "1"),
            on_condition("ArnLike", "AWS:PrincipalArn", ["arn:aws:iam::1:role/cube-*"]),
            on_condition("ForAnyValue:StringEquals", "aws:SourceVpce", ["vpce-1"]),
            on_condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    Case(
        rule="secret-stores-private",
        type="aws:secretsmanager/secretPolicy:SecretPolicy",
        good={"secretArn": "arn", "policy": json.dumps(OWN_POLICY)},
        breaks=[
            ({"policy": json.dumps(PUBLIC_POLICY)}, "principal is *"),
            (
                {"policy": json.dumps({"Statement": {"Effect": "Allow", "Principal": "*"}})},
                "principal is *",
            ),
            ({"blockPublicPolicy": False}, "blockPublicPolicy"),
        ],
        unknown=[{"policy": UNKNOWN}],
        not_text=False,
    ),
]
