"""The pack as a whole: what it is called, how it is configured, and that every rule counts."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pulumi_policy
import pytest

from policies.rules.catalogue import RULES
from tools import policy_catalogue, policy_copy

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "policies/starts").glob("*.json"))
NAMES = [
    "grants-read-only",
    "grants-not-passed-on",
    "grants-to-somebody",
    "grants-settle",
    "reads-schemas-only",
    "grants-additive",
    "access-lists-additive",
    "admin-roles-ungranted",
    "admin-roles-unreachable",
    "warehouse-use-only",
    "compute-not-created",
    "secret-scopes-read-only",
    "clusters-isolate",
    "cloud-roles-not-given",
    "apps-use-only",
    "statements-known",
    "role-privileges-read-only",
    "role-privileges-own-role",
    "owners-not-services",
    "memberships-visible",
    "roles-visible",
    "nothing-adopted",
    "data-not-published",
    "masks-hold",
    "code-stays-inside",
    "locations-bounded",
    "oauth-redirects-https",
    "oauth-redirects-known",
    "oauth-keys-https",
    "oauth-issuers-known",
    "oauth-public-clients-pkce",
    "oauth-pkce",
    "oauth-tokens-short",
    "oauth-scopes-narrow",
    "oauth-network-policy",
    "oauth-one-role",
    "oauth-admin-roles-blocked",
    "oauth-admin-roles-unauthorized",
    "users-are-services",
    "default-roles-not-admin",
    "secondary-roles-off",
    "service-users-sign-in-by-key",
    "identities-not-shared",
    "keys-strong",
    "credentials-expire",
    "credentials-not-tokens",
    "providers-verify",
    "network-bounded",
    "service-users-network-policy",
    "identities-not-lent",
    "runs-as-own-identity",
    "credentials-for-own-identities",
    "federation-bounded",
    "secrets-marked",
    "secrets-not-in-text",
    "outputs-secret",
    "secret-stores-encrypted",
    "secret-stores-recoverable",
    "secret-stores-private",
    "credentials-stored",
    "cloud-policies-private",
    "cloud-actions-bounded",
    "names-by-pattern",
    "labels-present",
    "environments-apart",
    "users-not-cut-off",
    "exceptions-listed",
    "writers-listed",
    "unknowns-named",
]


def test_the_names_are_these_and_mean_the_same_for_good() -> None:
    assert [rule.name for rule in RULES] == NAMES
    assert len(set(NAMES)) == len(NAMES)


def test_the_pack_is_the_list_and_mandatory(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda name, **what: made.append(what))
    runpy.run_path(str(ROOT / "policies/__main__.py"))
    (pack,) = made
    assert pack["enforcement_level"] is pulumi_policy.EnforcementLevel.MANDATORY
    assert [policy.name for policy in pack["policies"]] == NAMES


def test_what_is_not_mandatory_is_a_decision() -> None:
    assert {rule.name: rule.level.value for rule in RULES if rule.level.value != "mandatory"} == {
        "reads-schemas-only": "disabled",
        "oauth-pkce": "advisory",
        "oauth-network-policy": "advisory",
        "service-users-network-policy": "advisory",
        "secret-stores-encrypted": "disabled",
        "names-by-pattern": "disabled",
        "labels-present": "disabled",
        "exceptions-listed": "advisory",
        "unknowns-named": "advisory",
        "writers-listed": "advisory",
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_is_for(rule: Any) -> None:
    for text in (rule.description, rule.why):
        assert re.fullmatch(r"[A-Z`].+\.", text), f"a sentence: {text}"
        assert "\n" not in text
    assert rule.fix.endswith(".")
    assert rule.url.startswith("https://")
    assert (rule.check is None) != (rule.stack_check is None)
    policy = rule.policy()
    assert policy.severity is rule.severity
    assert policy.remediation_steps == rule.fix
    assert policy.url == rule.url
    assert policy.tags[0] == rule.subject
    for framework, number in rule.references:
        assert f"{framework} {number}" in policy.tags


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_environments_configuration_is_as_the_schema_says(path: Path) -> None:
    schema = json.loads((ROOT / policy_catalogue.SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"oauth-pkse": "disabled"},
        {"oauth-pkce": "sometimes"},
        {"credentials-expire": {"days": "many"}},
        {"credentials-expire": {"weeks": 4}},
        {"writers-listed": {"writers": [{"role": "DBT"}]}},
        {"all": "sometimes"},
    ],
)
def test_a_mistake_in_a_configuration_is_found(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, policy_catalogue.schema())


def test_production_is_at_least_as_strict_as_the_defaults() -> None:
    prod = json.loads((ROOT / "policies/starts/production.json").read_text(encoding="utf-8"))
    levels = {name: said for name, said in prod.items() if isinstance(said, str)}
    assert set(levels.values()) <= {"mandatory"}


def test_no_exception_that_ships_is_over() -> None:
    for path in CONFIGS:
        said = json.loads(path.read_text(encoding="utf-8"))["exceptions-listed"]["exceptions"]
        assert all(date.fromisoformat(each["expires"]) >= date.today() for each in said)


def test_the_catalogue_and_the_schema_are_up_to_date() -> None:
    assert policy_catalogue.main(["--check"]) == 0


def test_a_catalogue_that_differs_is_named_then_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {
        name: (ROOT / name).read_text() for name in (policy_catalogue.PAGE, policy_catalogue.SCHEMA)
    }
    for name, text in good.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("grants-settle", "grants-stay"))
    monkeypatch.setattr(policy_catalogue, "ROOT", tmp_path)
    assert policy_catalogue.main(["--check"]) == 1
    assert all(name in capsys.readouterr().err for name in [policy_catalogue.PAGE])
    assert policy_catalogue.main([]) == 0
    assert {name: (tmp_path / name).read_text() for name in good} == good


def test_the_packs_copies_are_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policy_copy.main(["--check"]) == 0
    good = {path.relative_to(ROOT): text for path, text in policy_copy.copies()}
    folders = ("components/cube_access/facts", "components/cube_access/snowflake", "policies/rules")
    for folder in folders:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(policy_copy, "ROOT", tmp_path)
    for path in good:
        (tmp_path / path).write_text("# changed here\n")
        assert policy_copy.main(["--check"]) == 1
        assert str(path) in capsys.readouterr().err
        assert policy_copy.main([]) == 0
        assert (tmp_path / path).read_text() == (ROOT / path).read_text()


def test_what_is_copied_needs_nothing_that_is_not() -> None:
    for module in policy_copy.COPIES:
        path = ROOT / f"components/cube_access/{module.replace('.', '/')}.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.removeprefix("cube_access.") in policy_copy.COPIES
                assert own or name.partition(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


def test_the_pack_travels_alone() -> None:
    for path in (ROOT / "policies").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (cube_access|components)", path.read_text(), re.M)


@pytest.mark.slow
def test_without_any_one_rule_a_test_fails() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.policies.mutations"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NAMES)} of {len(NAMES)} rules are held by a test" in done.stdout
