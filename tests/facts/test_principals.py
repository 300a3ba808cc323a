"""Who is everybody, and who administers: every part of the package and the pack knows the same."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from cube_access.facts.principals import (
    ACCOUNT_USERS,
    DATABRICKS_ADMINS,
    DATABRICKS_EVERYBODY,
    PUBLIC,
    SNOWFLAKE_ADMINISTRATORS,
    USERS,
    lets_anybody_in,
)
from cube_access.report import unknown
from cube_access.settings.common import RESERVED_NAMES
from cube_access.settings.stored import policy_problem
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle
from cube_access.verify import findings
from policies.rules.values import SecretText
from tests.policies.cases.types import (
    EXECUTE,
    GRANT,
    GRANT_GOOD,
    ROLE_GRANT,
    ROLE_GRANT_GOOD,
)
from tests.policies.harness import Resource, judge, rules_of

ROOT = Path(__file__).parents[2]
PLACES = (*ROOT.glob("components/cube_access/**/*.py"), *ROOT.glob("policies/**/*.py"))


def words_of(node: ast.AST) -> set[str]:
    """The texts of a list, a tuple or a set that stands in the code."""
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return set()
    texts = (each.value for each in node.elts if isinstance(each, ast.Constant))
    return {text for text in texts if isinstance(text, str)}


@pytest.mark.parametrize(
    "fact", [SNOWFLAKE_ADMINISTRATORS, DATABRICKS_EVERYBODY], ids=["administrators", "everybody"]
)
def test_a_list_of_them_stands_once(fact: frozenset[str]) -> None:
    homes = {"components/cube_access/facts/principals.py", "policies/rules/principals.py"}
    found = {
        str(path.relative_to(ROOT))
        for path in PLACES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if len(words_of(node) & fact) >= 2
    }
    # The way to a task's role, and what each of these holds, are other facts.
    assert found <= homes


@pytest.mark.parametrize("role", sorted(SNOWFLAKE_ADMINISTRATORS))
def test_an_administrator_is_one_to_everybody_who_asks(role: str) -> None:
    assert role.lower() in RESERVED_NAMES
    inputs = {"roleKind": "ROLE", "role": role, "extraPrivileges": "revoke", "privileges": {}}
    (failure,) = RolePrivilegesLifecycle.check(_lifecycle(), {}, inputs)
    assert role in failure.reason
    said = judge(
        Resource(type=EXECUTE, props={"execute": f"GRANT ROLE {role} TO USER u", "revert": "LS"})
    )
    assert "admin-roles-ungranted" in rules_of(said)


def _lifecycle() -> Any:
    return object()  # a check looks at its arguments only


def test_everybody_is_everybody_to_all() -> None:
    assert set(findings.EVERYBODY) == {PUBLIC, *DATABRICKS_EVERYBODY}
    assert {ACCOUNT_USERS, USERS} == DATABRICKS_EVERYBODY
    assert all(name in unknown.EVERYBODY["databricks"] for name in DATABRICKS_EVERYBODY)
    assert PUBLIC in unknown.EVERYBODY["snowflake"]
    names = {name.replace(" ", "-") for name in DATABRICKS_EVERYBODY}
    assert {*names, PUBLIC.lower(), DATABRICKS_ADMINS} <= RESERVED_NAMES
    for name in DATABRICKS_EVERYBODY:
        said = judge(Resource(type=GRANT, props={**GRANT_GOOD, "principal": name}))
        assert rules_of(said) == {"grants-to-somebody"}
    said = judge(Resource(type=ROLE_GRANT, props={**ROLE_GRANT_GOOD, "accountRoleName": PUBLIC}))
    assert rules_of(said) == {"grants-to-somebody"}


ALLOW = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
ROLE = "arn:aws:iam::123456789012:role/cube"


@pytest.mark.parametrize(
    ("statement", "anybody"),
    [
        ({**ALLOW, "Principal": {"AWS": "*"}}, True),
        ({**ALLOW, "Principal": {"AWS": [ROLE, "*"]}}, True),
        ({**ALLOW, "Principal": {"AWS": "arn:aws:iam::*:role/cube"}}, True),
        ({**ALLOW, "Principal": {"Federated": "*"}}, True),
        ({**ALLOW, "NotPrincipal": {"AWS": ROLE}}, True),
        ({**ALLOW, "Principal": {"AWS": ROLE}}, False),
        ({**ALLOW, "Principal": {"AWS": [ROLE]}}, False),
        ({**ALLOW, "Effect": "Deny", "Principal": {"AWS": "*"}}, False),
    ],
)
def test_a_policy_lets_anybody_in_to_all_alike(statement: dict[str, Any], anybody: bool) -> None:
    assert lets_anybody_in(statement) is anybody
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    said = judge(Resource(type="cube-access:aws:Secret", props={"name": "x", "policy": policy}))
    assert ("secret-stores-private" in rules_of(said)) is anybody
    problem = policy_problem(policy)
    assert ("everybody" in problem) is anybody


def test_a_secret_principal_is_read_as_what_it_is() -> None:
    assert lets_anybody_in({**ALLOW, "Principal": {"AWS": [SecretText("*")]}})
    assert not lets_anybody_in({**ALLOW, "Principal": {"AWS": SecretText(ROLE)}})


def test_a_principal_that_is_a_star_is_everybody() -> None:
    assert lets_anybody_in({"Effect": "Allow", "Principal": "*"})
    assert policy_problem({"Statement": {"Effect": "Allow", "Principal": "*"}})
