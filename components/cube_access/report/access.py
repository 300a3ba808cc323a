"""Who holds which privilege on what, as a set of resources says it; both warehouses in one shape.

Owns identities, grants and membership. What a resource type means is read in the warehouses' own
modules; what has no meaning there is not dropped but listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cube_access.report.preview import UNKNOWN, Resource


@dataclass(frozen=True, order=True)
class Identity:
    """Somebody or something that can hold a privilege."""

    kind: str
    """user, role, database role, service principal, group, …"""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, order=True)
class Grant:
    """One privilege of one holder on one securable."""

    holder: Identity
    kind: str
    """Of the securable: catalog, schema, database, warehouse, …"""
    securable: str
    privilege: str
    scope: str = ""
    """`all tables`, `future tables` or `inherited tables`, where it is on what that contains."""
    option: bool = False
    """WITH GRANT OPTION."""


@dataclass
class Access:
    """All of one moment."""

    grants: set[Grant] = field(default_factory=set)
    members: set[tuple[Identity, Identity]] = field(default_factory=set)
    """Who has which role, or is in which group."""
    not_read: set[tuple[str, str]] = field(default_factory=set)
    """Type and name of resources that give access in a way that is not understood here."""


class Names:
    """What resources are called, where an input holds another's id or is not known yet."""

    # The property that people know a resource by.
    BY = ("displayName", "name")

    # What others refer to by an id.
    REFERRED = ("ServicePrincipal", "Group", "User", "SqlEndpoint")

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_urn: dict[str, Resource] = {}
        self._by_id: dict[str, Resource] = {}
        for each in resources:
            self._by_urn[each.urn] = each
            if each.kind.rpartition(":")[2] in self.REFERRED:
                for key in (each.id, each.outputs.get("applicationId")):
                    if key and key != UNKNOWN:
                        self._by_id[str(key)] = each

    def of(self, resource: Resource, key: str, path: Any = None) -> str:
        """The name behind an input.

        Args:
            path: the value, where it is not the input itself but inside it.
        """
        value = resource.inputs.get(key) if path is None else path
        if value is None:
            return ""
        if value != UNKNOWN:
            known = self._by_id.get(str(value))
            return self._called(known) if known else str(value)
        sources = [
            self._by_urn[urn] for urn in resource.depends.get(key, ()) if urn in self._by_urn
        ]
        named = [self._called(each) for each in sources if self._called(each)]
        return named[0] if len(named) == 1 else f"not known yet ({resource.name})"

    def _called(self, resource: Resource) -> str:
        for key in self.BY:
            value = resource.inputs.get(key)
            if isinstance(value, str) and value != UNKNOWN:
                return value
        return resource.name


def texts(value: Any) -> list[str]:
    """A list of texts, or one that stands for a list that is not known yet."""
    listed = value if isinstance(value, list) else [value] if value else []
    return [str(each) for each in listed]


Reader = Callable[[Resource, Names, Access], None]


def nothing(_resource: Resource, _names: Names, _access: Access) -> None:
    """Of what gives nothing as such: it is what others give, or who has it."""


def read(resources: Iterable[Resource], readers: Mapping[str, Reader], names: Names) -> Access:
    """The access that these resources give.

    Args:
        readers: by `Resource.kind`.
    """
    access = Access()
    for each in resources:
        reader = readers.get(each.kind)
        if reader:
            reader(each, names, access)
        elif may_give_access(each):
            access.not_read.add((each.kind, each.name))
    return access


# What a type is called that gives access. Those that do but have a reader never get here.
_ACCESS_WORDS = ("Grant", "Permission", "Role", "Member", "Entitlement", "Share", "AccessControl")


def may_give_access(resource: Resource) -> bool:
    package, _, name = resource.kind.partition(":")
    if package not in {"snowflake", "databricks"}:
        return False
    return name == "Execute" or any(word in name for word in _ACCESS_WORDS)


@dataclass(frozen=True, order=True)
class Row:
    """A line of the matrix: an identity holds a privilege, by itself or through roles."""

    identity: Identity
    via: tuple[Identity, ...]
    kind: str
    securable: str
    privilege: str
    scope: str
    option: bool


def rows(access: Access) -> set[Row]:
    """Every privilege of everybody who is at an end of the graph: users, principals, groups, roles
    of others, and roles that nobody has.
    """
    roles_of: dict[Identity, list[Identity]] = {}
    for member, role in access.members:
        roles_of.setdefault(member, []).append(role)
    # Whoever else is in a group, nothing here says: it stays an end of its own.
    granted = {role for _, role in access.members if role.kind != "group"}
    holders = {grant.holder for grant in access.grants}
    by_holder: dict[Identity, list[Grant]] = {}
    for grant in access.grants:
        by_holder.setdefault(grant.holder, []).append(grant)
    found = set()
    for identity in (holders | roles_of.keys()) - granted:
        todo: list[tuple[Identity, ...]] = [()]
        seen = {identity}
        while todo:
            via = todo.pop()
            last = via[-1] if via else identity
            found |= {
                Row(identity, via, g.kind, g.securable, g.privilege, g.scope, g.option)
                for g in by_holder.get(last, ())
            }
            for role in sorted(roles_of.get(last, ())):
                if role not in seen:
                    seen.add(role)
                    todo.append((*via, role))
    return found
