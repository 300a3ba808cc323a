"""Policy documents of AWS: whom a statement means."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from .principals import lets_anybody_in

# Keys of a condition that bind a statement to somebody, and operators that do so by being met.
BINDING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
    }
)
MET = frozenset(
    {"arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase", "stringlike"}
)
SHORTEST_PREFIX = 8
"""Of an address range that binds; a wider one, or several that make one, is a part of the world."""


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("Statement") or ()
    each = [found] if isinstance(found, Mapping) else list(found)
    return [statement for statement in each if isinstance(statement, Mapping)]


def is_public(statement: Mapping[str, Any]) -> bool:
    """Whether it allows something to everybody."""
    return lets_anybody_in(statement) and not _is_bound(statement)


def _is_bound(statement: Mapping[str, Any]) -> bool:
    """Whether a condition names whose requests are meant: all must be met, so one is enough."""
    for operator, keys in (statement.get("Condition") or {}).items():
        if operator.lower().removeprefix("foranyvalue:") not in MET:
            continue
        for key, values in keys.items():
            if key.lower() == "aws:sourceip":
                if _is_small(many(values)):
                    return True
            elif key.lower() in BINDING and all(_names_one(each) for each in many(values)):
                return True
    return False


def _is_small(addresses: list[Any]) -> bool:
    """Together: two halves of the internet are all of it."""
    try:
        networks = [ipaddress.ip_network(each, strict=False) for each in addresses]
    except ValueError:
        return False
    fours = [each for each in networks if isinstance(each, ipaddress.IPv4Network)]
    sixes = [each for each in networks if isinstance(each, ipaddress.IPv6Network)]
    shortest = [each.prefixlen for each in ipaddress.collapse_addresses(fours)]
    shortest += [each.prefixlen // 2 for each in ipaddress.collapse_addresses(sixes)]
    return bool(shortest) and min(shortest) >= SHORTEST_PREFIX


def _names_one(value: str) -> bool:
    """An ARN with a wildcard for its account is anybody's."""
    account = value.split(":")[4] if value.startswith("arn:") and value.count(":") > 4 else value
    return not re.search(r"[*?]", account)


def many(values: Any) -> list[Any]:
    return [values] if isinstance(values, str) else list(values or ())
