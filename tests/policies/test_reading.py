"""What a rule takes of a text: a pattern, a host with a star, a path where a key was pasted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.rules.catalogue import RULES
from policies.rules.documents import SHORTEST_PREFIX
from tests.policies.cases.secrets import PRIVATE_KEY
from tests.policies.cases.types import databricks, snowflake
from tests.policies.harness import Resource, Said, judge, rules_of


def policy(pattern: str) -> list[Said]:
    mode = {"data_security_mode": {"type": "regex", "pattern": pattern}}
    props = {"definition": json.dumps(mode)}
    return judge(Resource(type=databricks("ClusterPolicy"), props=props))


@pytest.mark.parametrize(
    ("pattern", "level"),
    [
        ("(?<a", "advisory"),
        ("x" * 201, "mandatory"),
        ("x{99999999999999999999}", "advisory"),
        (r"(\w+)+!", "mandatory"),
        ("(_|[A-Z]+)*!", "mandatory"),
        ("(?x)(N|N) *!", "mandatory"),
        ("(|N)" * 40 + "!", "mandatory"),
        (".*" * 20 + "!", "mandatory"),
        ("N?" * 60 + "!", "mandatory"),
        ("(LEGACY_PASSTHROUGH|NONE)+", "mandatory"),
        (".*NONE.*|.*LEGACY.*", "mandatory"),
        (r"(?i)(?!USER_)[)(*+]?(legacy|none)\(?.*", "mandatory"),
        ("LEGACY_.*", "mandatory"),
    ],
)
def test_a_pattern_is_tried_or_stopped_or_said_not_to_be_judged(pattern: str, level: str) -> None:
    said = [each for each in policy(pattern) if each.rule == "clusters-isolate"]
    assert {each.level for each in said} == {level}


@pytest.mark.parametrize(
    "pattern", ["USER_ISOLATION|SINGLE_USER", "USER.*|SINGLE_USER.*|DATA_SECURITY_MODE_.*"]
)
def test_a_pattern_of_what_isolates_passes(pattern: str) -> None:
    assert [each for each in policy(pattern) if each.rule == "clusters-isolate"] == []


@pytest.mark.parametrize(
    ("host", "stopped"),
    [
        ("*.com", True),
        ("*.co.uk", True),
        ("*.github.io", True),
        ("*.s3.amazonaws.com:443", True),
        ("*.internal", False),
        ("*.corp:443", False),
        ("*.example.com", False),
        ("*.myservice.internal", False),
    ],
)
def test_a_host_with_a_star_under_which_everybody_has_a_name(host: str, stopped: bool) -> None:
    rule: dict[str, Any] = {"mode": "EGRESS", "type": "HOST_PORT", "valueLists": [host]}
    said = judge(Resource(type=snowflake("NetworkRule"), props=rule))
    assert ("network-bounded" in rules_of(said, "mandatory")) is stopped


def test_the_widest_network_stands_once() -> None:
    rule = next(rule for rule in RULES if rule.name == "network-bounded")
    assert rule.limits["prefix"]["default"] == SHORTEST_PREFIX == 8


def test_a_key_in_place_of_a_path_is_caught() -> None:
    kind, name = "random:index/anything:Anything", "GOOGLE_APPLICATION_CREDENTIALS"
    assert judge(Resource(type=kind, props={"environment": {name: "/etc/key.json"}})) == []
    pasted = json.dumps({"type": "service_account", "private_key": PRIVATE_KEY})
    said = judge(Resource(type=kind, props={"environment": {name: pasted}}))
    assert "secrets-marked" in rules_of(said, "mandatory")
