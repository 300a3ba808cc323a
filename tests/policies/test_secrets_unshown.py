"""What is secret stays so where a rule reads inside it: a document in a text, a part of a name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.policies.cases.types import databricks
from tests.policies.harness import Resource, Said, judge, rules_of, secret

PLANTED = "arn:aws:iam::1:instance-profile/planted"
POLICY = databricks("ClusterPolicy")


def said_of(kind: str, **props: Any) -> list[Said]:
    said = judge(Resource(type=kind, props=props))
    assert all("planted" not in each.message for each in said)
    return said


def test_a_role_in_the_secret_definition_of_a_cluster_policy() -> None:
    definition = json.dumps({"aws_attributes.instance_profile_arn": {"value": PLANTED}})
    said = said_of(POLICY, definition=secret(definition))
    assert rules_of(said, "mandatory") == {"cloud-roles-not-given"}
    assert "instance_profile_arn [secret]" in said[0].message


@pytest.mark.parametrize("text", ["planted", "[]", '"planted"'])
def test_a_definition_that_is_no_object_of_json_is_not_taken_for_good(text: str) -> None:
    said = said_of(POLICY, definition=text)
    assert rules_of(said, "mandatory") == {"clusters-isolate", "cloud-roles-not-given"}
    assert "cannot be judged" in said[0].message


def test_a_permission_on_a_scope_is_shown_as_it_is_written_or_not_at_all() -> None:
    kind, rule = databricks("SecretAcl"), "secret-scopes-read-only"
    shown = said_of(kind, scope="s", principal="p", permission="Manage")
    assert "Gives Manage on a secret scope" in next(
        each.message for each in shown if each.rule == rule
    )
    hidden = said_of(kind, scope="s", principal="p", permission=secret("planted"))
    assert "Gives [secret] on" in next(each.message for each in hidden if each.rule == rule)
