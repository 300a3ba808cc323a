"""Network policies: from which addresses they let somebody in.

Owns the reading of a policy's lists. Where a policy applies is the caller's business.
"""

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from sandbox.snowflake.securables import Securable

if TYPE_CHECKING:
    from sandbox.snowflake.catalog import Catalog


def allows(catalog: "Catalog", policy_name: str, address: str) -> bool:
    """Blocked addresses win; an empty allowed list without any rule allows nobody it names."""
    policy = catalog.find("NETWORK POLICY", (policy_name,))
    if not policy:
        return True
    blocked = addresses(catalog, policy, "BLOCKED")
    allowed = addresses(catalog, policy, "ALLOWED")
    return not _among(address, blocked) and (not allowed or _among(address, allowed))


def addresses(catalog: "Catalog", policy: Securable, side: str) -> list[str]:
    """Of the list and of the network rules, which are ("DB", "SCHEMA", "RULE") joined by dots."""
    found = list(policy.items(f"{side}_IP_LIST"))
    for rule in catalog.of_kind("NETWORK RULE"):
        if str(rule) in policy.items(f"{side}_NETWORK_RULE_LIST"):
            found += rule.items("VALUE_LIST")
    return found


def _among(address: str, ranges: list[str]) -> bool:
    return any(ip_address(address) in ip_network(one, strict=False) for one in ranges)
