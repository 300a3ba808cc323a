"""The seeded world: one account, one workspace, two catalogs, and people who are already at work.

Owns names, ids and rows, and nothing that behaves.
"""

from sandbox.databricks.directory import ACCOUNT_USERS

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
