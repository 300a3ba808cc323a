"""AWS: what binds a statement, what narrows it, and what is not seen of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from policies.rules.catalogue import RULES
from tests.policies.cases.giving import ATTACHMENT, POLICIES, ROLE
from tests.policies.cases.types import AWS_SECRET, snowflake
from tests.policies.harness import Resource, Said, judge, judge_stack, rules_of, secret
from tools.policy_corpus import token

COGNITO = "cognito-identity.amazonaws.com"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PRIVATE, BOUNDED = "cloud-policies-private", "cloud-actions-bounded"


def said_of(kind: str, **props: Any) -> list[Said]:
    return judge(Resource(type=kind, props=props))


def document(**said: Any) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", **said}})


def stopped(said: list[Said]) -> set[str]:
    return rules_of(said, "mandatory")


def trust(provider: str, **condition: Any) -> str:
    return document(Principal={"Federated": provider}, Condition=condition)


def test_a_provider_in_a_secret_trust_is_not_shown() -> None:
    policy = trust("arn:aws:iam::1:oidc-provider/planted.example")
    said = said_of(ROLE, assumeRolePolicy=secret(policy))
    assert stopped(said) == {PRIVATE}
    assert "trusts [secret]: its subject" in said[0].message
    assert "planted" not in said[0].message
    assert "trusts planted.example:" in said_of(ROLE, assumeRolePolicy=policy)[0].message


@pytest.mark.parametrize(
    ("acl", "fact"),
    [
        ("public-read", "everybody reads it"),
        ("public-read-write", "everybody reads and writes it"),
        ("authenticated-read", "everybody with an AWS account reads it"),
    ],
)
def test_an_acl_says_who_does_what(acl: str, fact: str) -> None:
    assert fact in said_of("aws:s3/bucketAclV2:BucketAclV2", acl=acl)[0].message


@pytest.mark.parametrize(
    ("condition", "rules"),
    [
        ({"StringEquals": {f"{COGNITO}:aud": "eu-1:pool"}}, set()),
        ({"StringLike": {f"{COGNITO}:aud": "eu-1:*"}}, {PRIVATE}),
        ({"StringEquals": {f"{COGNITO}:amr": "authenticated"}}, {PRIVATE}),
    ],
)
def test_a_trust_of_cognito_names_its_pool(condition: Any, rules: set[str]) -> None:
    assert stopped(said_of(ROLE, assumeRolePolicy=trust(COGNITO, **condition))) == rules


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("s3:DataAccessPointArn", "arn:aws:s3:eu:1:accesspoint/*"),
        ("aws:VpceOrgID", "o-1"),
        ("aws:VpceAccount", "1"),
        ("aws:VpceOrgPaths", "o-1/*"),
    ],
)
def test_what_binds_a_statement(key: str, value: str) -> None:
    bound = document(Principal="*", Action="*", Condition={"StringLike": {key: value}})
    assert stopped(said_of(BUCKET_POLICY, policy=bound)) == set()
    wide = bound.replace(value, "*")
    assert stopped(said_of(BUCKET_POLICY, policy=wide)) == {PRIVATE}


@pytest.mark.parametrize(
    ("action", "resource", "rules"),
    [
        ("ssm:StartSession", "arn:aws:ec2:*:*:instance/*", {BOUNDED}),
        ("ssm:SendCommand", "arn:aws:ec2:eu:1:instance/i-1", set()),
        ("s3:GetObjectVersion", "*", {BOUNDED}),
        ("s3:PutObjectAcl", "arn:aws:s3:::*", {BOUNDED}),
        ("s3:PutBucketAcl", "*", {BOUNDED}),
        ("rds-db:connect", "arn:aws:rds-db:*:*:dbuser:*/*", {BOUNDED}),
        ("rds-db:connect", "arn:aws:rds-db:eu:1:dbuser:db-1/cube", set()),
    ],
)
def test_what_is_too_much(action: str, resource: str, rules: set[str]) -> None:
    policy = document(Action=action, Resource=resource)
    assert stopped(said_of(ROLE_POLICY, policy=policy)) == rules


@pytest.mark.parametrize(
    ("operator", "key", "value", "rules"),
    [
        ("Bool", "kms:GrantIsForAWSResource", "true", set()),
        ("Bool", "kms:GrantIsForAWSResource", "false", {BOUNDED}),
        ("StringLike", "kms:ViaService", "secretsmanager.*.amazonaws.com", set()),
        ("StringLike", "kms:ViaService", "*.amazonaws.com", {BOUNDED}),
    ],
)
def test_what_narrows_a_key(operator: str, key: str, value: str, rules: set[str]) -> None:
    narrowed = {operator: {key: value}}
    policy = document(Action="kms:Decrypt", Resource="*", Condition=narrowed)
    assert stopped(said_of(ROLE_POLICY, policy=policy)) == rules


@pytest.mark.parametrize("key", ["accountIds", "account_ids"])
def test_a_document_that_all_accounts_run(key: str) -> None:
    kind = token("aws.ssm.Document")
    assert stopped(said_of(kind, permissions={"type": "Share", key: "All"})) == {PRIVATE}
    assert said_of(kind, permissions={"type": "Share", key: "123"}) == []


def test_a_function_that_everybody_calls_is_named() -> None:
    kind = token("aws.lambda.FunctionUrl")
    (said,) = judge_stack([Resource(type=kind, props={"authorizationType": "NONE"})])
    assert said.rule == "unknowns-named"
    assert judge_stack([Resource(type=kind, props={"authorizationType": "AWS_IAM"})]) == []


@pytest.mark.parametrize("unseen", [UNKNOWN, secret(UNKNOWN)])
def test_a_policy_within_a_list_that_is_not_seen_is_said(unseen: Any) -> None:
    said = said_of(ROLE, inlinePolicies=[{"name": "x", "policy": unseen}])
    assert rules_of(said) == {PRIVATE, BOUNDED}
    assert {each.level for each in said} == {"advisory"}
    assert "inlinePolicies[0].policy" in said[0].message


def test_the_arn_of_a_policy_that_is_not_seen_is_said_unless_it_is_an_own_one() -> None:
    assert rules_of(said_of(ATTACHMENT, role="cube", policyArn=secret(UNKNOWN))) == {BOUNDED}
    attached = Resource(type=ATTACHMENT, props={"role": "cube", "policyArn": UNKNOWN})
    assert rules_of(judge_stack([attached])) == {"unknowns-named"}
    own = Resource(type="aws:iam/policy:Policy", name="own")
    props = {"role": "cube", "policyArn": UNKNOWN}
    known = Resource(type=ATTACHMENT, props=props, made_of={"policyArn": [own]})
    assert judge_stack([own, known]) == []
    several = said_of(ROLE, managedPolicyArns=[UNKNOWN, f"{POLICIES}/AdministratorAccess"])
    assert stopped(several) == {BOUNDED}


def test_an_integration_of_code_that_is_not_seen_is_said() -> None:
    props = {"externalAccessIntegrations": [secret(UNKNOWN)]}
    code = Resource(type=snowflake("ProcedurePython"), props=props)
    said = [each for each in judge_stack([code]) if each.rule == "code-stays-inside"]
    assert [each.level for each in said] == ["advisory"]


def test_a_rule_does_not_count_what_another_judges() -> None:
    private = next(rule for rule in RULES if rule.name == PRIVATE)
    assert not private.applies_to(AWS_SECRET)
    assert private.applies_to(ROLE)
