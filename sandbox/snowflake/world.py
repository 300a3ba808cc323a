"""The seeded world: one account, two databases, and people who are already at work.

Owns names, ids and rows, and nothing that behaves.
"""

ORGANIZATION = "SANDBOX"
ACCOUNT = "ANALYTICS"
LOCATOR = "SBX00001"
HOST = "sandbox-analytics.snowflakecomputing.com"

DEPLOYER = "DEPLOYER"
"""Signs in with a key pair that is made when the sandbox starts."""
ALICE = "alice@example.com"
ALICE_PASSWORD = "-".join(("sandbox", "alice"))
BOB = "bob@example.com"
BOB_PASSWORD = "-".join(("sandbox", "bob"))
ADMIN = "platform-admin@example.com"
ADMIN_PASSWORD = "-".join(("sandbox", "admin"))

PARENTS = {
    "ACCOUNTADMIN": (),
    "SECURITYADMIN": ("ACCOUNTADMIN",),
    "USERADMIN": ("SECURITYADMIN",),
    "SYSADMIN": ("ACCOUNTADMIN",),
    "ORGADMIN": (),
    "GLOBALORGADMIN": (),
    "PUBLIC": (),
    "ANALYST": ("SYSADMIN",),
    "ENGINEER": ("SYSADMIN",),
}
USERS = {
    DEPLOYER: ("ACCOUNTADMIN", {"TYPE": "SERVICE", "DEFAULT_ROLE": "ACCOUNTADMIN"}),
    "ALICE": ("ANALYST", {
        "TYPE": "PERSON", "LOGIN_NAME": ALICE, "PASSWORD": ALICE_PASSWORD, "EMAIL": ALICE,
        "DEFAULT_ROLE": "ANALYST", "DEFAULT_WAREHOUSE": "COMPUTE_WH",
    }),
    "BOB": ("ENGINEER", {
        "TYPE": "PERSON", "LOGIN_NAME": BOB, "PASSWORD": BOB_PASSWORD, "EMAIL": BOB,
        "DEFAULT_ROLE": "ENGINEER", "DEFAULT_WAREHOUSE": "COMPUTE_WH",
    }),
    "PLATFORM_ADMIN": ("ACCOUNTADMIN", {
        "TYPE": "PERSON", "LOGIN_NAME": ADMIN, "PASSWORD": ADMIN_PASSWORD, "EMAIL": ADMIN,
        "DEFAULT_ROLE": "ACCOUNTADMIN",
    }),
}  # fmt: skip

GLOBAL = {
    "ACCOUNTADMIN": (
        "CREATE INTEGRATION", "CREATE RESOURCE MONITOR", "MONITOR USAGE", "MONITOR EXECUTION",
        "EXECUTE TASK", "IMPORT SHARE", "APPLY AUTHENTICATION POLICY", "APPLY SESSION POLICY",
        "APPLY PASSWORD POLICY", "APPLY MASKING POLICY", "APPLY ROW ACCESS POLICY", "APPLY TAG",
        "MANAGE WAREHOUSES",
    ),
    "SECURITYADMIN": ("MANAGE GRANTS", "CREATE NETWORK POLICY", "ATTACH POLICY"),
    "USERADMIN": ("CREATE USER", "CREATE ROLE"),
    "SYSADMIN": ("CREATE DATABASE", "CREATE WAREHOUSE"),
}  # fmt: skip
TABLES = {
    ("ANALYTICS", "SALES", "CUSTOMERS"): (
        '"ID" INTEGER, "NAME" VARCHAR, "COUNTRY" VARCHAR',
        "(1, 'Ada', 'DE'), (2, 'Grace', 'US'), (3, 'Edsger', 'NL')",
    ),
    ("ANALYTICS", "SALES", "ORDERS"): (
        '"ID" INTEGER, "CUSTOMER_ID" INTEGER, "AMOUNT" DECIMAL(10,2), "ORDERED_ON" DATE, '
        '"STATUS" VARCHAR, "SALES_REP" VARCHAR',
        "(1, 1, 19.90, '2025-01-03', 'shipped', 'ALICE'), "
        "(2, 1, 5.00, '2025-01-04', 'open', 'ALICE'), "
        "(3, 2, 120.50, '2025-02-01', 'shipped', 'BOB'), "
        "(4, 3, 42.00, '2025-02-11', 'returned', 'CAROL')",
    ),
    ("ANALYTICS", "REFERENCE", "COUNTRIES"): (
        '"CODE" VARCHAR, "NAME" VARCHAR',
        "('DE', 'Germany'), ('NL', 'Netherlands'), ('US', 'United States')",
    ),
    ("ANALYTICS", "HR", "SALARIES"): (
        '"PERSON" VARCHAR, "SALARY" INTEGER',
        "('Ada', 90000), ('Grace', 95000)",
    ),
    ("ANALYTICS", "web data", 'Page.Views"2024'): (
        '"page" VARCHAR, "Views" INTEGER',
        "('/home', 12), ('/buy', 3)",
    ),
    ("RAW", "EVENTS", "CLICKS"): (
        '"ID" BIGINT, "PAGE" VARCHAR, "CLICKED_AT" TIMESTAMP',
        "(1, '/home', '2025-03-01 10:00:00'), (2, '/buy', '2025-03-01 10:00:05')",
    ),
    ("RAW", "LANDING", "FILES"): (
        '"PATH" VARCHAR, "BYTES" BIGINT',
        "('2025/03/01.json', 1024), ('2025/03/02.json', 2048)",
    ),
}
MY_ORDERS = (
    "CREATE SECURE VIEW ANALYTICS.SALES.MY_ORDERS AS "
    "SELECT * FROM ORDERS WHERE SALES_REP = CURRENT_USER()"
)
WAREHOUSES = ("COMPUTE_WH", "REPORTING_WH")
GRANTS = (
    "USAGE ON WAREHOUSE COMPUTE_WH TO ROLE ANALYST",
    "USAGE ON WAREHOUSE COMPUTE_WH TO ROLE ENGINEER",
    "USAGE ON DATABASE ANALYTICS TO ROLE ANALYST",
    "USAGE ON SCHEMA ANALYTICS.SALES TO ROLE ANALYST",
    "USAGE ON SCHEMA ANALYTICS.REFERENCE TO ROLE ANALYST",
    "SELECT ON ALL TABLES IN SCHEMA ANALYTICS.SALES TO ROLE ANALYST",
    "SELECT ON ALL VIEWS IN SCHEMA ANALYTICS.SALES TO ROLE ANALYST",
    "SELECT ON ALL TABLES IN SCHEMA ANALYTICS.REFERENCE TO ROLE ANALYST",
    "USAGE ON DATABASE RAW TO ROLE ENGINEER",
    "USAGE ON SCHEMA RAW.EVENTS TO ROLE ENGINEER",
    "USAGE ON SCHEMA RAW.LANDING TO ROLE ENGINEER",
    "SELECT ON ALL TABLES IN DATABASE RAW TO ROLE ENGINEER",
)
