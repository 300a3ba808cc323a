"""What is given by hand on Databricks, or taken away, and what verify says of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sandbox import Sandbox
from sandbox.databricks.directory import ACCOUNT_USERS, Principal
from sandbox.databricks.world import ADMIN, METASTORE_ID, WAREHOUSE_ID

OTHER_WAREHOUSE = "5a4d0000000000b2"


class Clouds:
    """The sandbox's clouds, and our principal in them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.state = sandbox.databricks
        self.unity, self.directory = self.state.unity, self.state.directory
        self.workspace, self.warehouses = self.state.workspace, self.state.warehouses.all
        (self.me,) = [p for p in self.directory.principals.values() if p.display_name == "cube-dev"]

    def named(self, name: str) -> Principal:
        found = self.directory.named(name)
        assert found
        return found

    def entitle(self, who: Principal, *more: str) -> None:
        known = self.workspace.entitlements.get(who.id, set())
        self.workspace.entitlements[who.id] = known | set(more)

    def everything(self) -> object:
        """All that a plant and what undoes it can change."""
        places = [self.unity.metastore, *self.unity.securables.values()]
        return deepcopy(
            (
                {(one.kind, one.full_name): (one.owner, one.grants) for one in places},
                {p.name: (p.members, p.account_admin) for p in self.directory.principals.values()},
                {who: member.permission for who, member in self.workspace.members.items()},
                self.workspace.entitlements,
                self.workspace.token_acl,
                {one.id: one.acl for one in self.warehouses.values()},
                {who: {s.id for s in own} for who, own in self.state.access.secrets.items()},
                {token.pat_id for token in self.state.access.tokens.values() if token.pat_id},
            )
        )


@dataclass(frozen=True)
class Plant:
    what: str
    by_hand: Callable[[Clouds], Any]
    found: str
    """What the line says, as a pattern."""
    through: str = ""
    service_account_sees_it: bool = True


def grant(kind: str, name: str, *privileges: str, to: str = "") -> Callable[[Clouds], None]:
    return lambda c: c.unity.grant(kind, name, to or c.me.name, *privileges)


def own(kind: str, name: str) -> Callable[[Clouds], None]:
    return lambda c: setattr(c.unity.get(kind, name), "owner", c.me.name)


EXTRAS = [
    Plant(
        "a table of another schema",
        grant("table", "main.hr.salaries", "SELECT"),
        r"SELECT ON TABLE main\.hr\.salaries",
    ),
    Plant(
        "writes where it reads",
        grant("schema", "main.sales", "MODIFY"),
        r"MODIFY ON SCHEMA main\.sales",
    ),
    Plant(
        "new tables",
        grant("schema", "main.hr", "CREATE_TABLE"),
        r"CREATE_TABLE ON SCHEMA main\.hr",
    ),
    Plant(
        "a whole catalog",
        grant("catalog", "raw", "ALL_PRIVILEGES"),
        r"ALL_PRIVILEGES ON CATALOG raw",
    ),
    Plant(
        "the account's history",
        grant("schema", "system.access", "SELECT"),
        r"SELECT ON SCHEMA system\.access",
    ),
    Plant(
        "the right to grant",
        grant("table", "main.sales.orders", "MANAGE"),
        r"MANAGE ON TABLE main\.sales\.orders",
    ),
    Plant(
        "a table of its own",
        own("table", "main.sales.customers"),
        r"OWNER ON TABLE main\.sales\.customers",
    ),
    Plant(
        "new catalogs",
        grant("metastore", METASTORE_ID, "CREATE_CATALOG"),
        r"CREATE_CATALOG ON METASTORE",
    ),
    Plant(
        "data for everybody",
        grant("schema", "raw.events", "SELECT", to=ACCOUNT_USERS),
        r"SELECT ON SCHEMA raw\.events",
        through=ACCOUNT_USERS,
        service_account_sees_it=False,
    ),
    Plant(
        "a group's rights",
        lambda c: c.named("finance").members.add(c.me.id),
        r"is in group finance; it brings ",
        through="finance",
    ),
    Plant(
        "the workspace",
        lambda c: setattr(c.workspace.members[c.me.id], "permission", "ADMIN"),
        r"is an administrator of the workspace",
    ),
    Plant(
        "the account",
        lambda c: setattr(c.me, "account_admin", True),
        r"role account_admin in the account",
        service_account_sees_it=False,
    ),
    Plant(
        "clusters",
        lambda c: c.entitle(c.me, "allow-cluster-create"),
        r"entitlement allow-cluster-create",
    ),
    Plant(
        "clusters for everybody",
        lambda c: c.entitle(c.named("users"), "allow-cluster-create"),
        r"entitlement allow-cluster-create",
        through="users",
        service_account_sees_it=False,
    ),
    Plant(
        "its SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.update({c.me.name: "CAN_MANAGE"}),
        r"CAN_MANAGE on SQL warehouse Shared BI",
    ),
    Plant(
        "another SQL warehouse",
        lambda c: c.warehouses[OTHER_WAREHOUSE].acl.update({c.me.name: "CAN_USE"}),
        r"CAN_USE on SQL warehouse Finance only",
    ),
    Plant(
        "a second secret",
        lambda c: c.state.access.create_secret(c.me, None),
        r"another OAuth secret signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "a token",
        lambda c: c.state.access.create_pat(c.me, c.workspace, 60, "theirs", c.named(ADMIN)),
        r"another personal access token signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "more tokens",
        lambda c: c.workspace.token_acl.update({c.me.name: "CAN_USE"}),
        r"CAN_USE of personal access tokens",
        service_account_sees_it=False,
    ),
]


LACKS = [
    Plant(
        "a catalog",
        lambda c: c.unity.revoke("catalog", "main", c.me.name, "USE_CATALOG"),
        "USE_CATALOG ON main",
    ),
    Plant(
        "a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "USE_SCHEMA"),
        "USE_SCHEMA ON main.sales",
    ),
    Plant(
        "the tables of a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "SELECT"),
        "SELECT ON main.sales",
    ),
    Plant(
        "a single table",
        lambda c: c.unity.revoke("table", "main.reference.countries", c.me.name, "SELECT"),
        "SELECT ON main.reference.countries",
    ),
    Plant(
        "the SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.pop(c.me.name),
        "CAN_USE on SQL warehouse Shared BI",
    ),
    Plant(
        "the entitlement",
        lambda c: c.workspace.entitlements[c.me.id].clear(),
        "entitlement databricks-sql-access",
    ),
]
