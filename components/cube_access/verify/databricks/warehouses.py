"""SQL warehouses: what the service account may do with each, and who may do what with ours.

Owns the access control lists, and how an entry changes: PATCH sets one principal's level. The API
has no call that removes one or takes ownership away, so that there the list is written back as it
ought to be, all of it, and always with an owner: then several such commands agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from databricks.sdk.errors import NotFound
from databricks.sdk.service.iam import ObjectPermissions

from cube_access.facts.principals import DATABRICKS_ADMINS, USERS
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.looks import TROUBLE, api, reason
from cube_access.verify.findings import REFRESH, Line, Verdict
from cube_access.verify.looks import line

LEVELS = ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER")
LEAST, MANAGES, OWNER = "CAN_USE", "CAN_MANAGE", "IS_OWNER"
KEYS = ("service_principal_name", "group_name", "user_name")
NO_OWNER = "; give the warehouse an owner first: who made it has no permission there"
Entry = tuple[str, str, str]
"""The key that the API has for this kind of principal, its name, and its level."""


@dataclass(frozen=True, kw_only=True)
class Ours:
    """The warehouse of a stack, and whom the stack lets use it."""

    identifier: str
    made_here: bool
    """By the stack: then every entry in its list is known beforehand."""
    principal: str
    """Application id of the service account."""
    names: frozenset[str]
    """The service account's, and its groups'."""
    groups: Sequence[str]
    """Of people, as declared."""
    added: frozenset[str] = frozenset()
    """Those of them whose entries the stack made; the others had one before."""

    def lets(self, name: str) -> bool:
        """Whether it is a group that is declared: Databricks tells no upper from lower case."""
        return name.casefold() in {each.casefold() for each in self.groups}

    def gave(self, name: str) -> bool:
        return name.casefold() in {each.casefold() for each in self.added}


@dataclass
class Looked:
    """What the lists say of groups: their permissions, in words, by name."""

    brought: dict[str, list[str]] = field(default_factory=dict)
    problems: int = 0


def warehouses(looker: Client, ours: Ours, looked: Looked, by: str) -> Iterator[Line]:
    """CAN_USE on ours, itself, and nothing else anywhere."""
    looker.step("listing SQL warehouses")
    found = list(looker.api.warehouses.list())
    if ours.identifier not in {str(one.id) for one in found}:
        what = f"SQL warehouse {ours.identifier} is not there, or not to be seen"
        yield line("lack", what, by, REFRESH)
    for one in found:
        identifier, label = str(one.id), f"SQL warehouse {one.name}"
        if looker.trouble:
            looked.problems += 1
            what = f"the permissions of {label}: not looked at, after {looker.trouble}"
            yield line("unseen", what, by, shown="grants")
            continue
        looker.step(f"the permissions of {label}")
        try:
            entries = entries_of(looker.api.permissions.get("warehouses", identifier))
        except NotFound:  # gone since it was listed
            if identifier == ours.identifier:
                yield line("lack", f"{label} is gone", by, REFRESH, shown="grants")
            continue
        except TROUBLE as error:
            looker.note(error)
            looked.problems += 1
            yield line("unseen", f"the permissions of {label}: {reason(error)}", by, shown="grants")
            continue
        warehouse = _Warehouse(identifier, label, entries, str(one.creator_name or ""), ours)
        for _, name, level in entries:
            looked.brought.setdefault(name, []).append(f"{level} on {label}")
        yield from _of_the_service_account(warehouse, ours, by)
        if identifier == ours.identifier:
            yield from _of_others(warehouse, ours, by)


@dataclass(frozen=True)
class _Warehouse:
    identifier: str
    label: str
    entries: Sequence[Entry]
    creator: str
    ours: Ours

    @property
    def path(self) -> str:
        return f"/api/2.0/permissions/warehouses/{self.identifier}"

    def least(self, name: str) -> str:
        """Sets a principal's level to CAN_USE; of an owner only the whole list can."""
        key, held = next((key, held) for key, one, held in self.entries if one == name)
        if held == OWNER:
            return self.cleaned()
        entry = {key: name, "permission_level": LEAST}
        return api("patch", self.path, {"access_control_list": [entry]})

    def cleaned(self) -> str:
        """Writes the list back as it ought to be. An owner who is in it by no right is followed by
        who made the warehouse: Databricks takes no list without one. Empty if that one is not in
        the list, or is the service account.
        """
        kept = [(key, one, wanted) for key, one, held in self.entries if
                (wanted := self.wanted(one, held))]  # fmt: skip
        if not any(level == OWNER for _, _, level in kept):
            keys = {one: key for key, one, _ in self.entries}
            key = keys.get(self.creator)
            if key is None or self.creator == self.ours.principal:
                return ""
            kept = [each for each in kept if each[1] != self.creator]
            kept.append((key, self.creator, OWNER))
        listed = [{key: one, "permission_level": level} for key, one, level in kept]
        return api("put", self.path, {"access_control_list": listed})

    def wanted(self, name: str, level: str) -> str:
        """What a principal ought to have; empty if nothing. What others have on a warehouse that
        the stack did not make is theirs.
        """
        is_ours, more = self.identifier == self.ours.identifier, LEVELS.index(level) > 1
        if name == self.ours.principal:
            return LEAST if is_ours else ""
        if is_ours and more and self.ours.lets(name) and self.ours.gave(name):
            return LEAST
        known = self.ours.lets(name) or name in (USERS, DATABRICKS_ADMINS, *self.ours.names)
        if is_ours and self.ours.made_here and not known:
            return level if level == OWNER and name == self.creator else ""
        return level


def _of_the_service_account(warehouse: _Warehouse, ours: Ours, by: str) -> Iterator[Line]:
    is_ours = warehouse.identifier == ours.identifier
    own = sorted({level for _, name, level in warehouse.entries if name == ours.principal})
    for level in own:
        what = f"{level} on {warehouse.label}"
        if is_ours and level == LEAST:
            yield line("ok", what, by, shown="grants")
        elif is_ours and LEVELS.index(level) < LEVELS.index(LEAST):
            fix = warehouse.least(ours.principal)
            yield line("lack", f"{what}, not {LEAST}", by, fix, shown="grants")
        else:
            fix = warehouse.least(ours.principal) if is_ours else warehouse.cleaned()
            yield line("extra", what if fix else f"{what}{NO_OWNER}", by, fix, shown="grants")
    if is_ours and not own:
        yield line("lack", f"{LEAST} on {warehouse.label}", by, REFRESH, shown="grants")
    for level in sorted({level for _, name, level in warehouse.entries if name == USERS}):
        # Whoever may sign in may start it, at a cost; more than that is somebody's mistake.
        verdict: Verdict = "note" if level in ("CAN_USE", "CAN_VIEW") else "extra"
        what, fix = f"{level} on {warehouse.label}", warehouse.least(USERS)
        yield line(verdict, what, by, fix, through=USERS, shown="grants")


def _of_others(warehouse: _Warehouse, ours: Ours, by: str) -> Iterator[Line]:
    """Who monitors a warehouse reads the text of the service account's queries; who manages it
    gives it to others, and stops it.
    """
    held = {name: level for _, name, level in warehouse.entries}
    known = {*ours.names, USERS, DATABRICKS_ADMINS}
    for name, level in sorted(held.items()):
        if name in known:
            continue
        what = f"{name} has {level} on {warehouse.label}"
        if ours.lets(name):
            if level == LEAST:
                yield line("ok", f"{name} has {level} on {warehouse.label}", by, shown="grants")
            elif LEVELS.index(level) < LEVELS.index(LEAST):
                fix = warehouse.least(name)
                yield line("lack", f"{what}, not {LEAST}", by, fix, shown="grants")
            elif ours.gave(name):
                fix = warehouse.least(name)
                yield line("extra", f"{what}, not {LEAST}", by, fix, shown="grants")
            else:
                yield line("note", f"{what}, and had a permission before", by, shown="grants")
        elif not ours.made_here:
            if LEVELS.index(level) > LEVELS.index(LEAST):
                yield line("note", f"{what}, which this stack did not make", by, shown="grants")
        elif not (level == OWNER and name == warehouse.creator):
            fix = warehouse.cleaned()
            what += f", which is not declared{'' if fix else NO_OWNER}"
            yield line("extra", what, by, fix, shown="grants")
    for name in ours.groups:
        if name.casefold() not in {each.casefold() for each in held}:
            what = f"{name} lacks {LEAST} on {warehouse.label}"
            yield line("lack", what, by, REFRESH, shown="grants")


def entries_of(listed: ObjectPermissions) -> list[Entry]:
    """What is given here; what is inherited is the administrators'."""
    return [
        (key, name, each.permission_level.value)
        for entry in listed.access_control_list or []
        for key in KEYS
        if (name := getattr(entry, key))
        for each in entry.all_permissions or []
        if each.permission_level and not each.inherited
    ]
