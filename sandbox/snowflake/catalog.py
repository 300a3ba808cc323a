"""Every object of the account, by kind and exact name.

Owns existence: adding (future grants apply then), renaming, and what a removal takes along. It
does not ask who may (`roles.py`), and holds no rows (`queries.py`).
"""

from collections.abc import Callable
from typing import Any

from sandbox.snowflake.errors import exists, missing
from sandbox.snowflake.integrations import OAuthIntegration
from sandbox.snowflake.securables import Grant, Inherited, Securable, dotted
from sandbox.snowflake.users import User

CLASSES: dict[str, type[Securable]] = {"USER": User, "INTEGRATION": OAuthIntegration}
STORED = ("TABLE", "ICEBERG TABLE")
"""Relations that hold rows of their own."""
QUERIED = ("VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE")
"""Those that are their query, always fresh."""
RELATIONS = (*STORED, *QUERIED)


class Catalog:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._objects: dict[tuple[str, tuple[str, ...]], Securable] = {}

    def of_kind(self, kind: str, inside: tuple[str, ...] = ()) -> list[Securable]:
        """In the order of their names; `inside` a database or a schema."""
        found = (o for (k, name), o in self._objects.items() if k == kind)
        return sorted((o for o in found if o.name[: len(inside)] == inside), key=lambda o: o.name)

    def find(self, kind: str, name: tuple[str, ...]) -> Securable | None:
        return self._objects.get((kind, name))

    def get(self, kind: str, name: tuple[str, ...]) -> Securable:
        found = self.find(kind, name)
        if not found:
            raise missing(kind, dotted(name))
        return found

    def relation(self, name: tuple[str, ...]) -> Securable | None:
        """Tables and views of every kind share their names."""
        return next((o for kind in RELATIONS if (o := self.find(kind, name))), None)

    def parent(self, one: Securable) -> Securable | None:
        if len(one.name) == 1:
            return None
        kind = "DATABASE" if len(one.name) == 2 else "SCHEMA"
        return self.find(kind, one.name[:-1])

    def inherited(self, one: Securable) -> list[Inherited]:
        """What the places that it is in hand down to it."""
        found: list[Inherited] = []
        above = self.parent(one)
        while above:
            found += [i for i in above.inherited if i.kind == one.kind]
            above = self.parent(above)
        return found

    def add(
        self, kind: str, name: tuple[str, ...], owner: Securable | None, **settings: Any
    ) -> Securable:
        taken = self.relation(name) if kind in RELATIONS else self.find(kind, name)
        if taken:
            raise exists(dotted(name))
        new = CLASSES.get(kind, Securable)(kind, name, owner, self.clock(), dict(settings))
        self._objects[kind, name] = new
        self._apply_future(new)
        return new

    def _apply_future(self, new: Securable) -> None:
        """A schema's future grants hide its database's for the same kind of object."""
        above = self.parent(new)
        while above:
            mine = [f for f in above.future if f.kind == new.kind]
            for f in mine:
                if f.privilege == "OWNERSHIP":
                    new.owner = f.to
                else:
                    by = f.place.owner.simple_name if f.place.owner else ""
                    grant = Grant(f.privilege, new, f.to, f.option, by, self.clock())
                    new.grants.append(grant)
            above = None if mine else self.parent(above)

    def rename(self, one: Securable, name: tuple[str, ...]) -> None:
        if self.find(one.kind, name):
            raise exists(dotted(name))
        for each in [one, *self.inside(one)]:
            del self._objects[each.kind, each.name]
            each.name = name + each.name[len(name) :]
            self._objects[each.kind, each.name] = each

    def remove(self, one: Securable) -> list[Securable]:
        """And what is in it, and every grant to any of that. Answers what is gone."""
        gone = [one, *self.inside(one)]
        for each in gone:
            del self._objects[each.kind, each.name]
        for other in self._objects.values():
            other.grants = [g for g in other.grants if g.to not in gone]
            other.future = [f for f in other.future if f.to not in gone]
            other.inherited = [i for i in other.inherited if i.to not in gone]
        return gone

    def inside(self, one: Securable) -> list[Securable]:
        """Everything in a database or schema, at any depth."""
        if one.kind not in ("DATABASE", "SCHEMA"):
            return []
        depth = len(one.name)
        return [
            o for o in self._objects.values() if len(o.name) > depth and o.name[:depth] == one.name
        ]

    def everything(self) -> list[Securable]:
        return list(self._objects.values())
