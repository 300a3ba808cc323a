"""Every type that the installed SDKs have is judged, harmless for a reason, or named as not judged;
and what carries an identity, a principal, a policy or SQL is judged.
"""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path

from policies.rules import coverage
from policies.rules.catalogue import RULES
from policies.rules.kinds import kind_of
from policies.rules.looks import bears_credential

SDKS = ("pulumi_databricks", "pulumi_snowflake")
# Rules that look at a type and say nothing of what it gives.
BESIDE = frozenset(
    {
        *("credentials-stored", "identities-not-shared", "labels-present", "names-by-pattern"),
        "users-not-cut-off",
    }
)
# Of inputs: whose rights, who is meant, or what is run.
CARRIES = re.compile(
    r"(owner|owner_user_name|principal|principals|to_principals|run_as(_role|_mode|_user_name)?"
    r"|execute_as_role|access_controls|grant|grants|grant_rules|privileges|privilege_assignments"
    r"|to_share|accounts|allowed_accounts|force|assume_group_id|member_id|entitlements|role_name"
    r"|sql_statement|execute|query_text|query|statement|procedure_definition|function_definition"
    r"|copy_statement|body|view_definition|oidc_policy|run_as_role|rsa_public_key"
    r"|external_access_integrations|allowed_network_rules|instance_profile_id|role)$"
)
# Inputs that are called so, and are something else.
ELSE = {
    "databricks.metastoreassignment": {"principal"},
    "snowflake.storagelifecyclepolicy": {"body"},
    "snowflake.semanticview": {"query"},
}
ARGUMENTS = re.compile(r"^class (\w+)Args:\n(.*?)(?=^class |\Z)", re.DOTALL | re.MULTILINE)
FIRST_INIT = re.compile(r"def __init__\(__self__, \*(.*?)\):", re.DOTALL)


def _folder(sdk: str) -> Path:
    found = importlib.util.find_spec(sdk)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def inputs() -> dict[str, set[str]]:
    """By kind: the names of its inputs. Read as text, for an import takes seconds."""
    found: dict[str, set[str]] = {}
    for sdk in SDKS:
        package = sdk.removeprefix("pulumi_")
        text = (_folder(sdk) / "__init__.py").read_text(encoding="utf-8")
        registered = re.search(r'resource_modules="""(.*?)"""', text, re.DOTALL)
        assert registered
        classes = {
            name: kind_of(token)
            for module in json.loads(registered[1])
            for token, name in module["classes"].items()
        }
        found |= {kind: set() for kind in classes.values()}
        for path in _folder(sdk).glob("*.py"):
            if path.name in ("_inputs.py", "outputs.py"):
                continue
            for name, body in ARGUMENTS.findall(path.read_text(encoding="utf-8")):
                signature = FIRST_INIT.search(body)
                if name in classes and signature:
                    found[classes[name]] |= set(re.findall(r"(\w+): ", signature[1]))
        assert all(kind.startswith(f"{package}.") for kind in classes.values())
    return found


def judged() -> set[str]:
    return {kind for rule in RULES if rule.name not in BESIDE and rule.kinds for kind in rule.kinds}


def test_the_lists_are_of_the_types_that_the_installed_sdks_have() -> None:
    known = coverage.JUDGED | set(coverage.HARMLESS) | set(coverage.NOT_JUDGED)
    listed = {kind for kind in known if not kind.startswith("aws.")}
    assert len(inputs()) > 300
    assert set(inputs()) - listed == set(), "a new type: judge it, or say why not"
    assert listed - set(inputs()) == set(), "a type that is gone"


def test_no_type_is_in_two_lists() -> None:
    assert not coverage.JUDGED & set(coverage.HARMLESS)
    assert not coverage.JUDGED & set(coverage.NOT_JUDGED)
    assert not set(coverage.HARMLESS) & set(coverage.NOT_JUDGED)
    assert set(coverage.NOT_JUDGED) >= coverage.AWS_ASSIGNMENTS


def test_what_is_said_to_be_judged_is_judged_by_a_rule_about_what_it_gives() -> None:
    assert coverage.JUDGED - judged() == set()
    assert (set(coverage.HARMLESS) | set(coverage.NOT_JUDGED)) & judged() == set()


def test_what_carries_an_identity_a_principal_a_policy_or_sql_is_judged() -> None:
    carrying = {
        kind: {name for name in names if CARRIES.fullmatch(name)} - ELSE.get(kind, set())
        for kind, names in inputs().items()
    }
    assert sum(map(bool, carrying.values())) > 50
    assert {k: names for k, names in carrying.items() if names and k not in coverage.JUDGED} == {}


def test_a_reason_is_a_reason() -> None:
    for reason in {*coverage.HARMLESS.values(), *coverage.NOT_JUDGED.values()}:
        assert len(reason.split()) > 3


FLAG = re.compile(
    r"@pulumi\.getter(?:\(name=\"(\w+)\"\))?\n\s+def (\w+)\(self\) -> (.*?):\n\s+\"\"\"(.*?)\"\"\"",
    re.DOTALL,
)


def test_a_flag_about_a_credential_is_no_credential() -> None:
    """A plugin that fills one in would otherwise stop a preview."""
    flags, accused = 0, set()
    for sdk in SDKS:
        for path in _folder(sdk).glob("*.py"):
            for name, plain, kind, said in FLAG.findall(path.read_text(encoding="utf-8")):
                if "builtins.bool" in kind or 'options are: "true" or "false"' in said:
                    flags += 1
                    accused |= {name or plain} if bears_credential(name or plain) else set()
    assert flags > 500
    assert accused == set()
