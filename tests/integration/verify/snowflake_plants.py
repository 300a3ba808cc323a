"""What is given by hand on Snowflake, or taken away, and what verify says of it."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = (
    rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
"""The public half of a key pair that somebody else has."""


@dataclass(frozen=True)
class Plant:
    what: str
    statement: str
    found: str
    """What the line says."""
    through: str = ""
    holder: str = ""


EXTRAS = [
    Plant(
        "a table of another schema",
        "GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO ROLE CUBE_DEV",
        "SELECT ON TABLE ANALYTICS.HR.SALARIES",
    ),
    Plant(
        "a write on what it reads",
        "GRANT INSERT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV",
        "INSERT ON TABLE ANALYTICS.SALES.ORDERS",
    ),
    Plant(
        "the right to empty a table",
        "GRANT TRUNCATE ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV",
        "TRUNCATE ON TABLE ANALYTICS.SALES.ORDERS",
    ),
    Plant(
        "a table of its own",
        "GRANT OWNERSHIP ON TABLE ANALYTICS.HR.SALARIES TO ROLE CUBE_DEV COPY CURRENT GRANTS",
        "OWNERSHIP ON TABLE ANALYTICS.HR.SALARIES",
    ),
    Plant(
        "new tables",
        "GRANT CREATE TABLE ON SCHEMA ANALYTICS.SALES TO ROLE CUBE_DEV",
        "CREATE TABLE ON SCHEMA ANALYTICS.SALES",
    ),
    Plant(
        "new schemas",
        "GRANT CREATE SCHEMA ON DATABASE ANALYTICS TO ROLE CUBE_DEV",
        "CREATE SCHEMA ON DATABASE ANALYTICS",
    ),
    Plant(
        "grants to anybody",
        "GRANT MANAGE GRANTS ON ACCOUNT TO ROLE CUBE_DEV",
        "MANAGE GRANTS ON ACCOUNT",
    ),
    Plant(
        "passing on what it has",
        "GRANT SELECT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV WITH GRANT OPTION",
        "SELECT ON TABLE ANALYTICS.SALES.ORDERS may be passed on (WITH GRANT OPTION)",
    ),
    Plant(
        "a role in its role",
        "GRANT ROLE HELPERS TO ROLE CUBE_DEV",
        "role HELPERS is granted to role CUBE_DEV; it brings SELECT ON TABLES",
        through="role HELPERS",
    ),
    Plant(
        "a second role",
        "GRANT ROLE ENGINEER TO USER CUBE_DEV",
        "role ENGINEER is granted to user CUBE_DEV; it brings",
        through="role ENGINEER",
    ),
    Plant(
        "a privilege of the user itself",
        "GRANT SELECT ON TABLE RAW.EVENTS.CLICKS TO USER CUBE_DEV",
        "user CUBE_DEV itself, in sessions with all secondary roles, has SELECT ON TABLE RAW",
    ),
    Plant(
        "an administrator's role",
        "GRANT ROLE SECURITYADMIN TO USER CUBE_DEV",
        "role SECURITYADMIN is granted to user CUBE_DEV; it brings",
        through="role SECURITYADMIN",
    ),
    Plant(
        "a database role",
        "GRANT DATABASE ROLE ANALYTICS.PAYROLL TO ROLE CUBE_DEV",
        "database role ANALYTICS.PAYROLL is granted to role CUBE_DEV; it brings SELECT ON TABLES",
        through="database role ANALYTICS.PAYROLL",
    ),
    Plant(
        "all that another account shares",
        "GRANT IMPORTED PRIVILEGES ON DATABASE WEATHER TO ROLE CUBE_DEV",
        "IMPORTED PRIVILEGES ON DATABASE WEATHER, which SHOW GRANTS writes as USAGE: it reads",
    ),
    Plant(
        "what another account shares, for everybody",
        "GRANT IMPORTED PRIVILEGES ON DATABASE TRAFFIC TO ROLE PUBLIC",
        "IMPORTED PRIVILEGES ON DATABASE TRAFFIC",
        through="PUBLIC",
    ),
    Plant(
        "what will be made elsewhere",
        "GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.STAGING TO ROLE CUBE_DEV",
        "SELECT ON FUTURE TABLES IN ANALYTICS.STAGING",
    ),
    Plant(
        "stopping the warehouse",
        "GRANT OPERATE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV",
        "OPERATE ON WAREHOUSE COMPUTE_WH",
    ),
    Plant(
        "another warehouse",
        "GRANT USAGE ON WAREHOUSE REPORTING_WH TO ROLE CUBE_DEV",
        "USAGE ON WAREHOUSE REPORTING_WH",
    ),
    Plant(
        "a write for everybody",
        "GRANT DELETE ON TABLE ANALYTICS.SALES.ORDERS TO ROLE PUBLIC",
        "DELETE ON TABLE ANALYTICS.SALES.ORDERS",
        through="PUBLIC",
    ),
    Plant(
        "a role for everybody",
        "GRANT ROLE HELPERS TO ROLE PUBLIC",
        "role HELPERS is granted to role PUBLIC; it brings SELECT ON TABLES",
        through="PUBLIC",
    ),
    Plant(
        "its rights for others",
        "GRANT ROLE CUBE_DEV TO ROLE ANALYST",
        "role CUBE_DEV is granted to role ANALYST, too",
        holder="role ANALYST",
    ),
    Plant(
        "secondary roles in every session",
        "ALTER USER CUBE_DEV SET DEFAULT_SECONDARY_ROLES = ('ALL')",
        "every session has the user's other roles, too (DEFAULT_SECONDARY_ROLES)",
    ),
    Plant(
        "a second key pair",
        f"ALTER USER CUBE_DEV SET RSA_PUBLIC_KEY_2 = '{KEY}'",
        "another key pair signs in (RSA_PUBLIC_KEY_2, SHA256:",
    ),
]


LACKS = [
    Plant(
        "a whole database",
        "REVOKE USAGE ON DATABASE ANALYTICS FROM ROLE CUBE_DEV",
        "USAGE ON DATABASE ANALYTICS",
    ),
    Plant(
        "a schema",
        "REVOKE USAGE ON SCHEMA ANALYTICS.REFERENCE FROM ROLE CUBE_DEV",
        "USAGE ON SCHEMA ANALYTICS.REFERENCE",
    ),
    Plant(
        "one table of a schema",
        "REVOKE SELECT ON TABLE ANALYTICS.SALES.CUSTOMERS FROM ROLE CUBE_DEV",
        "SELECT ON TABLE ANALYTICS.SALES.CUSTOMERS",
    ),
    Plant(
        "a table that was renamed into it",
        "ALTER TABLE ANALYTICS.STAGING.LATE RENAME TO ANALYTICS.SALES.LATE",
        "SELECT ON TABLE ANALYTICS.SALES.LATE",
    ),
    Plant(
        "a single table",
        "REVOKE SELECT ON TABLE ANALYTICS.REFERENCE.COUNTRIES FROM ROLE CUBE_DEV",
        "SELECT ON ANALYTICS.REFERENCE.COUNTRIES",
    ),
    Plant(
        "what will be made",
        "REVOKE SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV",
        "SELECT ON FUTURE TABLES IN ANALYTICS.SALES",
    ),
    Plant(
        "the warehouse",
        "REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE CUBE_DEV",
        "USAGE ON WAREHOUSE COMPUTE_WH",
    ),
]
