"""Everything the emulated Databricks knows, apart from HTTP.

Owns the clock, the seeding, and what concerns more than one part. Tests look into it, and change it
to play the person who changes things by hand.
"""

import threading
import time

from sandbox.databricks import world
from sandbox.databricks.access import Access, Secret
from sandbox.databricks.directory import Directory, Membership, Principal, Workspace
from sandbox.databricks.sessions import Sessions
from sandbox.databricks.statements import Statements
from sandbox.databricks.unity import Unity
from sandbox.databricks.warehouses import Warehouses


class Databricks:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._offset = 0.0
        self.newest = True
        """Whether hosts say of which type they are, which the built plugin's age did not have."""
        self.unified = False
        """Whether one host serves both the workspace and its account."""
        self.account_id = world.ACCOUNT_ID
        self.directory = Directory()
        self.access = Access(self.directory, self.clock)
        self.unity = Unity(self.directory)
        self.warehouses = Warehouses(self.directory)
        self.statements = Statements(self.unity)
        self.sessions = Sessions(self.statements)
        seed(self)

    def clock(self) -> float:
        return time.time() + self._offset

    def advance(self, *, seconds: float) -> None:
        self._offset += seconds

    @property
    def workspace(self) -> Workspace:
        """The seeded one."""
        return self.directory.workspaces[world.WORKSPACE_HOST]

    def host_type(self, own: str) -> dict[str, str]:
        """What a host says of itself: `account`, `workspace` or `unified`."""
        return {"host_type": "unified" if self.unified else own} if self.newest else {}

    def delete_principal(self, who: Principal) -> None:
        """From the account, and with it everything that names it."""
        self.access.forget(who)
        self.unity.forget(who)
        self.warehouses.forget(who)
        self.directory.remove(who)

    def leave_workspace(self, who: Principal, workspace: Workspace) -> None:
        self.warehouses.forget(who, workspace)
        self.directory.unassign(who, workspace)


def seed(state: Databricks) -> None:
    people, unity = state.directory, state.unity
    workspace = Workspace(world.WORKSPACE_ID, world.WORKSPACE_HOST)
    people.workspaces[world.WORKSPACE_HOST] = workspace

    admin = people.add("user", "Platform Admin", world.ADMIN, account_admin=True)
    alice = people.add("user", "Alice", world.ALICE)
    bob = people.add("user", "Bob", world.BOB)
    deployer = people.add("service_principal", "deployer", world.DEPLOYER_ID, account_admin=True)
    analysts = people.add("group", "analysts", members={alice.id})
    engineers = people.add("group", "engineers", members={bob.id})
    # Has no permission on the SQL warehouse yet.
    finance = people.add("group", "finance", members={alice.id})
    # The owner of the metastore is a group, as vendors advise; both administrators are in it.
    people.add("group", "metastore-admins", members={admin.id, deployer.id})
    admins = people.add("group", "admins", system=True)
    users = people.add("group", "users", system=True)

    for who in (admin, deployer):
        workspace.members[who.id] = Membership("ADMIN")
    for who in (alice, bob, analysts, engineers, finance):
        workspace.members[who.id] = Membership("USER")
    # `users` alone does not give SQL: a service account must ask for it.
    workspace.entitlements[users.id] = {"workspace-access"}
    workspace.entitlements[admins.id] = {"workspace-access", "databricks-sql-access"}
    for group in (analysts, engineers):
        workspace.entitlements[group.id] = {"databricks-sql-access"}

    unity.metastore.full_name, unity.metastore.owner = world.METASTORE_ID, "metastore-admins"
    for table, (columns, rows) in world.TABLES.items():
        catalog, schema, name = table.split(".")
        for kind, full_name in (("catalog", catalog), ("schema", f"{catalog}.{schema}")):
            if (kind, full_name) not in unity.securables:
                unity.add(kind, full_name, world.ADMIN)
        unity.add("table", table, world.ADMIN)
        place = f'"{catalog}.{schema}"'
        state.statements.load(f"CREATE SCHEMA IF NOT EXISTS {place}")
        state.statements.load(f"CREATE TABLE {place}.{name} ({columns})")
        state.statements.load(f"INSERT INTO {place}.{name} VALUES {rows}")  # noqa: S608 - our own rows
    for (kind, full_name, principal), privileges in world.GRANTS.items():
        unity.grant(kind, full_name, principal, *privileges)

    settings = {"name": world.WAREHOUSE_NAME, "cluster_size": "Medium"}
    shared = state.warehouses.add(workspace, settings, world.ADMIN, world.WAREHOUSE_ID)
    shared.acl |= {"analysts": "CAN_USE", "engineers": "CAN_MONITOR", world.BOB: "CAN_MANAGE"}

    now = state.clock()
    secret = Secret("sandbox-deployer-secret", world.DEPLOYER_SECRET, now, now + 10**9)
    state.access.secrets[deployer.id] = [secret]
