"""The groups that the service account is in, and what it takes to be in none.

Owns the way from the principal up: a group that it is in through another one is left by leaving
that one, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from databricks.sdk import AccountClient

from cube_access.facts.principals import DATABRICKS_ADMINS, USERS
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.looks import SCIM, TROUBLE, reason, scim
from cube_access.verify.findings import Line
from cube_access.verify.looks import line

OWN = (USERS, DATABRICKS_ADMINS)
"""A workspace's own groups, whose members follow from who is assigned to it."""


@dataclass(frozen=True, kw_only=True)
class Group:
    identifier: str
    name: str
    members: frozenset[str] | None
    """Their ids; None if they were not shown."""
    roles: Sequence[str] = ()
    """In the account."""
    of_workspace: bool = False
    """Known to the workspace only, and changed there."""


@dataclass
class Groups:
    """Those of one principal, direct and nested."""

    own_id: str
    account_id: str
    found: dict[str, Group]
    problems: list[str]

    def leave(self, name: str) -> str:
        """The commands by which the principal is no longer in a group; empty if what it is a member
        of was not shown.
        """
        (target,) = [each for each in self.found.values() if each.name == name]
        return "\n".join(self._remove(each) for each in self._doors(target))

    def through(self, name: str) -> str:
        """The groups by which it is in that group, or empty."""
        (target,) = [each for each in self.found.values() if each.name == name]
        return " and ".join(each.name for each in self._doors(target) if each is not target)

    def _doors(self, target: Group) -> list[Group]:
        """The groups that the principal itself is a member of, and that lead there."""
        doors, search, known = [], [target], set[str]()
        while search:
            one = search.pop()
            if one.identifier in known:
                continue
            known.add(one.identifier)
            members = one.members or frozenset()
            if self.own_id in members:
                doors.append(one)
            search += [each for each in self.found.values() if each.identifier in members]
        return doors

    def _remove(self, group: Group) -> str:
        accounts = f"/api/2.0/accounts/{self.account_id}/scim/v2"
        base = SCIM if group.of_workspace else accounts
        return scim(f"{base}/Groups/{group.identifier}", "members", self.own_id)


def groups(
    looker: Client,
    account: AccountClient | None,
    *,
    own_id: str,
    account_id: str,
    known: Sequence[tuple[str, str]],
) -> Groups:
    """All of the account's that lead to the principal, and those that the workspace tells of.

    Args:
        account: None if only the service account looks.
        known: ids and names, by the workspace.
    """
    looker.step("the groups of the service account")
    result = Groups(own_id, account_id, {}, [])
    if account:
        try:
            result.found |= _above(account, own_id)
        except TROUBLE as error:
            looker.note(error)
            result.problems.append(f"the groups of the account: {reason(error)}")
    for identifier, name in known:
        if name not in OWN and identifier not in result.found:
            members = _members(looker, identifier)
            if members is None and account:
                result.problems.append(f"the members of group {name}: not shown")
            result.found[identifier] = Group(
                identifier=identifier,
                name=name,
                members=members,
                of_workspace=account is not None and not result.problems,
            )
    return result


def _above(account: AccountClient, own_id: str) -> dict[str, Group]:
    """What the account does not tell of a principal, it tells of its groups: their members."""
    listed = account.groups_v2.list(attributes="id,displayName,members,roles")
    every = [
        Group(
            identifier=str(each.id),
            name=str(each.display_name),
            members=frozenset(str(one.value) for one in each.members or []),
            roles=[str(one.value) for one in each.roles or []],
        )
        for each in listed
    ]
    found, search = dict[str, Group](), [own_id]
    while search:
        one = search.pop()
        for group in every:
            if one in (group.members or ()) and group.identifier not in found:
                found[group.identifier] = group
                search.append(group.identifier)
    return found


def _members(looker: Client, identifier: str) -> frozenset[str] | None:
    """As the workspace shows them, or not."""
    try:
        got = looker.api.groups_v2.get(identifier)
    except TROUBLE as error:
        looker.note(error)
        return None
    return frozenset(str(one.value) for one in got.members or [])


def lines(
    found: Groups, brought: Mapping[str, Sequence[str]], *, sure: bool, by: str
) -> Iterator[Line]:
    """Each group is one too many.

    Args:
        brought: what a group brings, in words, by its name.
        sure: whether every look at what groups bring was taken to its end.
    """
    for name in sorted(each.name for each in found.found.values()):
        words = ", ".join(brought.get(name, ()))
        brings = words or "nothing that was seen" + ("" if sure else ", and not all was seen")
        through = found.through(name)
        how = f", through group {through} that is in it" if through else ""
        fix = found.leave(name)
        end = "" if fix else "; as a member of which group is for the deployer to see (--deployer)"
        yield line(
            "extra", f"is in group {name}{how}; it brings {brings}{end}", by, fix, through=name
        )
    for problem in found.problems:
        yield line("unseen", problem, by)
