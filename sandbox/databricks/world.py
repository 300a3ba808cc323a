"""The seeded world: one account, one workspace, two catalogs, and people who are already at work.

Owns names, ids and rows, and nothing that behaves.
"""

from typing import TYPE_CHECKING

from sandbox.databricks.access import Secret
from sandbox.databricks.directory import ACCOUNT_USERS, Membership, Workspace

if TYPE_CHECKING:
    from sandbox.databricks.state import Databricks

ACCOUNT_ID = "5a4d0000-0000-4000-8000-000000000001"
WORKSPACE_HOST = "dbc-5a4d80x0-0001.cloud.databricks.com"
WORKSPACE_ID = 5004080000000001
METASTORE_ID = "5a4d0000-0000-4000-8000-000000000002"
WAREHOUSE_ID = "5a4d0000000000b1"
WAREHOUSE_NAME = "Shared BI"

ADMIN = "platform-admin@example.com"
ALICE = "alice@example.com"
BOB = "bob@example.com"
DEPLOYER_ID = "5a4d0000-0000-4000-8000-000000000003"
DEPLOYER_SECRET = "-".join(("sandbox", "deployer"))

TABLES = {
    "main.sales.customers": (
        "id INTEGER, name VARCHAR, country VARCHAR",
        "(1, 'Ada', 'DE'), (2, 'Grace', 'US'), (3, 'Edsger', 'NL')",
    ),
    "main.sales.orders": (
        "id INTEGER, customer_id INTEGER, amount DECIMAL(10,2), ordered_on DATE, status VARCHAR",
        "(1, 1, 19.90, '2025-01-03', 'shipped'), (2, 1, 5.00, '2025-01-04', 'open'), "
        "(3, 2, 120.50, '2025-02-01', 'shipped'), (4, 3, 42.00, '2025-02-11', 'returned')",
    ),
    "main.reference.countries": (
        "code VARCHAR, name VARCHAR",
        "('DE', 'Germany'), ('NL', 'Netherlands'), ('US', 'United States')",
    ),
    "main.hr.salaries": (
        "person VARCHAR, salary INTEGER",
        "('Ada', 90000), ('Grace', 95000)",
    ),
    "raw.events.clicks": (
        "id BIGINT, page VARCHAR, clicked_at TIMESTAMP",
        "(1, '/home', '2025-03-01 10:00:00'), (2, '/buy', '2025-03-01 10:00:05')",
    ),
    "raw.landing.files": (
        "path VARCHAR, bytes BIGINT",
        "('2025/03/01.json', 1024), ('2025/03/02.json', 2048)",
    ),
}
GRANTS = {
    ("catalog", "main", ACCOUNT_USERS): ("BROWSE",),
    ("catalog", "main", "analysts"): ("USE_CATALOG",),
    ("schema", "main.sales", "analysts"): ("USE_SCHEMA", "SELECT"),
    ("schema", "main.reference", "analysts"): ("USE_SCHEMA", "SELECT"),
    ("catalog", "main", BOB): ("USE_CATALOG",),
    ("schema", "main.hr", BOB): ("USE_SCHEMA", "SELECT"),
    ("catalog", "raw", "engineers"): ("USE_CATALOG", "USE_SCHEMA", "SELECT"),
}


def seed(state: "Databricks") -> None:
    people, unity = state.directory, state.unity
    workspace = Workspace(WORKSPACE_ID, WORKSPACE_HOST)
    people.workspaces[WORKSPACE_HOST] = workspace

    admin = people.add("user", "Platform Admin", ADMIN, account_admin=True)
    alice = people.add("user", "Alice", ALICE)
    bob = people.add("user", "Bob", BOB)
    deployer = people.add("service_principal", "deployer", DEPLOYER_ID, account_admin=True)
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

    unity.metastore.full_name, unity.metastore.owner = METASTORE_ID, "metastore-admins"
    for table, (columns, rows) in TABLES.items():
        catalog, schema, name = table.split(".")
        for kind, full_name in (("catalog", catalog), ("schema", f"{catalog}.{schema}")):
            if (kind, full_name) not in unity.securables:
                unity.add(kind, full_name, ADMIN)
        unity.add("table", table, ADMIN)
        place = f'"{catalog}.{schema}"'
        state.statements.load(f"CREATE SCHEMA IF NOT EXISTS {place}")
        state.statements.load(f"CREATE TABLE {place}.{name} ({columns})")
        state.statements.load(f"INSERT INTO {place}.{name} VALUES {rows}")  # noqa: S608 - our own rows
    state.statements.load("SET enable_external_access = false")
    for (kind, full_name, principal), privileges in GRANTS.items():
        unity.grant(kind, full_name, principal, *privileges)

    settings = {"name": WAREHOUSE_NAME, "cluster_size": "Medium"}
    shared = state.warehouses.add(workspace, settings, ADMIN, WAREHOUSE_ID)
    shared.acl |= {"analysts": "CAN_USE", "engineers": "CAN_MONITOR", BOB: "CAN_MANAGE"}

    now = state.clock()
    secret = Secret("sandbox-deployer-secret", DEPLOYER_SECRET, now, now + 10**9)
    state.access.secrets[deployer.id] = [secret]
