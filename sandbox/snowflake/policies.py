"""Network and authentication policies: what they allow, and to whom they are attached.

Owns the reading of a policy's lists. Where a policy applies is the caller's business.
"""

from ipaddress import ip_address, ip_network

from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import Catalog
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.session import Column, Result, Session
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User

CLIENT_ADDRESS = "127.0.0.1"
"""Whoever asks the sandbox, asks from here."""
REFERENCES = (
    "POLICY_DB POLICY_SCHEMA POLICY_NAME POLICY_KIND REF_DATABASE_NAME REF_SCHEMA_NAME "
    "REF_ENTITY_NAME REF_ENTITY_DOMAIN REF_COLUMN_NAME REF_ARG_COLUMN_NAMES TAG_DATABASE "
    "TAG_SCHEMA TAG_NAME POLICY_STATUS"
)


def allows(catalog: Catalog, policy_name: str, address: str) -> bool:
    """Blocked addresses win; an empty allowed list without any rule allows nobody it names."""
    policy = catalog.find("NETWORK POLICY", (policy_name,))
    return not policy or admits(catalog, policy, address)


def admits(catalog: Catalog, policy: Securable, address: str) -> bool:
    blocked = addresses(catalog, policy, "BLOCKED")
    allowed = addresses(catalog, policy, "ALLOWED")
    return not _among(address, blocked) and (not allowed or _among(address, allowed))


def addresses(catalog: Catalog, policy: Securable, side: str) -> list[str]:
    """Of the list and of the network rules, which are ("DB", "SCHEMA", "RULE") joined by dots."""
    found = list(policy.items(f"{side}_IP_LIST"))
    for rule in catalog.of_kind("NETWORK RULE"):
        if str(rule) in policy.items(f"{side}_NETWORK_RULE_LIST"):
            found += rule.items("VALUE_LIST")
    return found


def is_range(text: str) -> bool:
    """Of IPv4 addresses, or one of them."""
    try:
        return ip_network(text, strict=False).version == 4
    except ValueError:
        return False


def _among(address: str, ranges: list[str]) -> bool:
    return any(ip_address(address) in ip_network(one, strict=False) for one in ranges)


def policy_references(state: Account, session: Session, reader: Reader) -> Result:
    """The table function of that name, for a user."""
    reader.expect("REF_ENTITY_NAME =>")
    name = Reader(reader.text()).name()
    reader.take(",")
    reader.expect("REF_ENTITY_DOMAIN =>")
    if reader.text().upper() != "USER":
        raise NotImplementedError(reader.sql[:80])
    user = state.roles.get_visible(session, "USER", name)
    found: list[Securable] = []
    if isinstance(user, User) and user.authentication_policy:
        found.append(user.authentication_policy)
    network = state.catalog.find("NETWORK POLICY", (user.text("NETWORK_POLICY"),))
    rows: list[list[str | None]] = []
    for policy in found + ([network] if network else []):
        where: list[str | None] = [None, None, *policy.name][-3:]
        kind = policy.kind.replace(" ", "_")
        who: list[str | None] = [None, None, user.simple_name, "USER"]
        rows.append([*where, kind, *who, None, None, None, None, None, "ACTIVE"])
    return Result([Column(n, length=16777216) for n in REFERENCES.split()], rows)
