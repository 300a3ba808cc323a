"""Every type of pulumi-aws that has a principal, a policy document, a credential or an environment:
each such input is judged whatever the type is called, harmless for a reason, or its type is named
as not judged. The SDK is not installed here; aws_types.txt is a list of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policies.rules import coverage
from policies.rules.kinds import kind_of
from tests.policies.harness import Resource, judge, judge_stack, rules_of
from tools.policy_corpus import token

LIST = Path(__file__).with_name("aws_types.txt")
PUBLIC = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})
ENVIRONMENT = {"CUBEJS_DB_PASS": "planted"}
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
POLICIES = {"cloud-policies-private", "secret-stores-private"}
MARKED = {"secrets-marked"}
DOCUMENTS = """
    access_policies access_policy assume_role_policy base_policy_document bucket_policy content
    delivery_destination_policy endpoint_policy inline_policies inline_policy kms_policy_document
    policy policy_body policy_document policy_text repository_policy resource_policy
    s3_policy_document session_policy sts_policy_document
"""
ENVIRONMENTS = """
    authentication_profile_content connection_properties container_definitions
    container_properties content_base64 default_arguments ecs_properties eks_properties environment
    environment_variables environments insecure_value node_properties parameter_overrides
    properties_file_content runtime_environment settings source_configuration stage_variables
    user_data user_data_base64 value variables
"""
CREDENTIALS = """
    access_token admin_password admin_user_password api_key auth_token basic_auth_credentials
    certificate_private_key client_secret fsx_admin_password grafana_token hsm_partition_password
    key_store_password master_password oauth_token password platform_credential private_key
    secret_binary secret_key secret_string service_account_credentials shared_secret
    smb_guest_password svm_admin_password temporary_password trust_password
"""
# By input: a value that somebody should not write there, and the rules of which one must say so.
JUDGED: dict[str, tuple[Any, set[str]]] = {
    **dict.fromkeys(DOCUMENTS.split(), (PUBLIC, POLICIES)),
    **dict.fromkeys(ENVIRONMENTS.split(), (ENVIRONMENT, MARKED)),
    **dict.fromkeys(CREDENTIALS.split(), ("planted", MARKED)),
    **dict.fromkeys(
        ("managed_policy_arn", "managed_policy_arns", "policy_arn", "policy_arns"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", {"cloud-actions-bounded"}),
    ),
    **dict.fromkeys(("allowed_principals", "principal", "principals"), ("*", POLICIES)),
    "acl": ("public-read", POLICIES),
    "access_control_policy": ({"grants": [{"grantee": {"uri": EVERYBODY}}]}, POLICIES),
    "grants": ([{"uri": EVERYBODY}], POLICIES),
}
HARMLESS = {
    "access_key": "an id without its secret",
    "authorizer_credentials": "the ARN of a role",
    "credential": "an object of named parts, which are judged by their names",
    "credentials": "the ARN of a role, or an object whose parts are judged by their names",
    "customer_managed_policy_reference": "the name of a policy, which is judged where it is made",
    "platform_principal": "a certificate, which is public",
    "policy_rule": "a route",
    "policy_statements": "what is done with mail",
    "retiring_principal": "who may end a grant",
    "service_principal": "a service of AWS itself",
    "token": "an object lock's number, or a credential, which is judged by its name",
    "user": "the policy or the credential is judged where it is made",
    "users": "the policy or the group is judged where it is made",
    "xks_proxy_authentication_credential": "an object, whose parts are judged by their names",
}
# What they let through is at most what others allow, so that they give nobody anything.
LIMITS = {("ec2.VpcEndpoint", "policy"), ("ec2.VpcEndpointPolicy", "policy")}
WAYS_IN = {"iam.AccessKey", "iam.UserLoginProfile"}


def listed() -> list[tuple[str, str]]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    rows = [line.split(": ") for line in lines if not line.startswith("#")]
    return [(name, each) for name, inputs in rows for each in inputs.split()]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def what(entry: tuple[str, str]) -> str:
    return "-".join(entry)


def test_an_input_is_judged_whatever_its_type_is_called() -> None:
    entries = [each for each in listed() if each[1] in JUDGED and each not in LIMITS]
    missed = []
    for name, key in entries:
        value, rules = JUDGED[key]
        said = judge(Resource(type=token(f"aws.{name}"), props={camel(key): value}))
        if not rules_of(said, "mandatory") & rules:
            missed.append(f"{name}: {key}")
    assert len(entries) > 200
    assert missed == []


@pytest.mark.parametrize("entry", sorted(LIMITS), ids=what)
def test_what_only_limits_is_left_alone(entry: tuple[str, str]) -> None:
    name, key = entry
    assert entry in listed()
    assert judge(Resource(type=token(f"aws.{name}"), props={key: PUBLIC})) == []


@pytest.mark.parametrize("name", sorted(WAYS_IN))
def test_a_way_to_sign_in_on_aws_is_for_an_own_user(name: str) -> None:
    said = judge_stack([Resource(type=token(f"aws.{name}"), props={"user": "admin"})])
    assert "credentials-for-own-identities" in rules_of(said, "mandatory")


def test_what_is_not_judged_is_harmless_or_named() -> None:
    for name, key in listed():
        if key not in JUDGED and key not in HARMLESS and name not in WAYS_IN:
            kind = kind_of(token(f"aws.{name}"))
            assert kind in coverage.NOT_JUDGED, f"{name}: {key}"


def test_the_list_is_whole() -> None:
    assert len({name for name, _ in listed()}) > 200
