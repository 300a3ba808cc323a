"""The rules of the pack, asked as the engine asks them."""

from __future__ import annotations

from typing import Any

from pulumi_policy import PolicyCustomTimeouts, PolicyResourceOptions, ResourceValidationArgs
from pulumi_policy.proxy import unknown_checking_proxy

from policies.rules.databricks import RULES as DATABRICKS
from policies.rules.snowflake import RULES as SNOWFLAKE

PACK = [*DATABRICKS, *SNOWFLAKE]
OPTIONS = PolicyResourceOptions(False, [], False, [], PolicyCustomTimeouts(0, 0, 0), [])


def broken_rules(resource_type: str, props: dict[str, Any]) -> dict[str, str]:
    """The rules that a resource breaks, with what they say."""
    found: dict[str, str] = {}
    args = ResourceValidationArgs(
        resource_type, unknown_checking_proxy(props), "urn", "name", OPTIONS, None
    )
    for rule in PACK:
        rule.validate(args, lambda message, _urn, rule=rule: found.update({rule.name: message}))  # type: ignore[attr-defined]
    return found
