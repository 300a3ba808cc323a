"""The configuration of the policy pack that `cube-access init` makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cube_access.init import policy_file
from tests.components.init.environments import (
    DATABRICKS,
    ROOT,
    SNOWFLAKE,
    Init,
)


class TestPolicies:
    @pytest.mark.parametrize(
        ("stack", "like"),
        [
            ("prod", "production"),
            ("eu", "production"),
            ("devops", "production"),
            ("dev", "development"),
            ("eu-test", "development"),
        ],
    )
    def test_production_is_the_default_but_for_development(self, stack: str, like: str) -> None:
        assert policy_file.like(stack) == like

    def test_a_host_is_added_and_what_is_anothers_is_left_out(
        self, program: Path, init: Init
    ) -> None:
        source = program / "policies/starts/production.json"
        prod = json.loads(source.read_text())
        prod["exceptions-listed"] = {"exceptions": [{"rule": "x", "resource": "urn"}]}
        source.write_text(json.dumps(prod))
        uris = "https://cube.acme.com/oauth"
        init("--like=production", stack="x-dev", **{**DATABRICKS, "redirectUris": uris})
        made = json.loads((program / "policies/config/x-dev.json").read_text())
        assert made["oauth-redirects-known"] == {"hosts": ["*.cubecloud.dev", "cube.acme.com"]}
        assert made["exceptions-listed"] == {"exceptions": []}
        assert made["environments-apart"]["foreign"] == ["dev", "dev_*", "dev-*"]
        for each in ("oauth-redirects-known", "exceptions-listed", "environments-apart"):
            del made[each], prod[each]
        assert made == prod

    def test_a_host_that_a_file_does_not_know_is_said_and_the_file_stays(
        self, program: Path, init: Init
    ) -> None:
        init(stack="prod", **DATABRICKS)
        file = program / "policies/config/prod.json"
        before = file.read_text()
        code, out = init(stack="prod", **{**DATABRICKS, "redirectUris": "https://cube.acme.com/x"})
        assert (code, file.read_text()) == (0, before)
        assert "it does not know cube.acme.com: have it added to the hosts of" in out
        assert "or the preview stops" in out
        assert "it does not know" not in init(stack="prod", **DATABRICKS)[1]

    def test_a_host_is_known_whatever_its_case(self) -> None:
        config = {"oauth-redirects-known": {"hosts": ["*.CubeCloud.dev"]}}
        assert policy_file.unknown_hosts(config, ["acme.cubecloud.dev"]) == []
        assert policy_file.unknown_hosts(config, ["cube.acme.com"]) == ["cube.acme.com"]

    @pytest.mark.parametrize(
        ("config", "happens"),
        [
            ({}, "the preview stops"),
            ({"oauth-redirects-known": {"enforcementLevel": "advisory"}}, "each preview warns"),
            ({"all": "advisory", "oauth-redirects-known": {"hosts": []}}, "each preview warns"),
            ({"all": "advisory", "oauth-redirects-known": "mandatory"}, "the preview stops"),
            ({"oauth-redirects-known": "disabled"}, ""),
        ],
    )
    def test_what_a_preview_does_about_an_unknown_host_is_the_rules_level(
        self, config: dict[str, Any], happens: str
    ) -> None:
        assert policy_file.without_the_host(config) == happens

    def test_a_file_is_a_rule_a_line_as_those_that_are_there(self) -> None:
        for name in ("development", "production"):
            text = (ROOT / f"policies/starts/{name}.json").read_text()
            assert policy_file.text(json.loads(text)) == text

    def test_development_demands_less(self, init: Init) -> None:
        kept = {k: v for k, v in SNOWFLAKE.items() if k not in policy_file.DEMANDS}
        code, out = init(stack="dev", **kept)
        assert code == 0, out
        assert "wrote policies/config/dev.json, from policies/starts/development.json" in out

    @pytest.mark.parametrize(
        ("config", "demanded"),
        [
            ({"oauth-network-policy": "mandatory"}, {"oauthNetworkPolicy"}),
            ({"oauth-network-policy": {"enforcementLevel": "mandatory"}}, {"oauthNetworkPolicy"}),
            ({"oauth-network-policy": "advisory"}, set()),
            ({"all": "mandatory", "oauth-network-policy": "disabled"}, {
                "secretKmsKeyId", "allowedCidrs",
            }),
            (
                {
                    "oauth-network-policy": "mandatory",
                    "exceptions-listed": {"exceptions": [{"rule": "oauth-network-policy"}]},
                },
                set(),
            ),
        ],
    )  # fmt: skip
    def test_what_is_mandatory_is_demanded(
        self, config: dict[str, object], demanded: set[str]
    ) -> None:
        assert policy_file.demanded(config).keys() == demanded

    def test_what_there_is_nothing_for_is_not(self, init: Init) -> None:
        identity = '{"tenant": "acme", "deploymentId": "7"}'
        kept = {k: v for k, v in SNOWFLAKE.items() if k != "secretKmsKeyId"}
        code, out = init(**kept, cubeCloudIdentity=identity)
        assert code == 0, out

    def test_without_a_pack_there_is_one_file(self, program: Path, init: Init) -> None:
        for each in program.rglob("policies/starts/*.json"):
            each.unlink()
        kept = {k: v for k, v in DATABRICKS.items() if k != "secretKmsKeyId"}
        code, out = init(**kept)
        assert (code, "has no production.json or development.json to start from" in out) == (
            0,
            True,
        )
        (program / "policies/starts").rmdir()
        (program / "policies/config").rmdir()
        (program / "policies").rmdir()
        code, out = init(stack="us", **kept)
        assert (code, "polic" in out) == (0, False)
