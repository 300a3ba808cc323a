"""A warehouse with a view that shows everybody other rows, and a store for what Cube pre-aggregates
of it, beside the warehouse as Cube Store is: everybody who asks Cube reads it through one login.

Cube Store is a program of its own, which npm does not bring. A second database of the Snowflake
stands in for it, with Cube's own driver. The world is made by hand: no deployment is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import Sandbox
from sandbox.snowflake.integrations import unreal
from sandbox.snowflake.oauth import Token
from sandbox.snowflake.session import Session
from sandbox.snowflake.world import DEPLOYER

ACCOUNT = "SANDBOX-ANALYTICS"
PLACE = {"account": ACCOUNT, "warehouse": "COMPUTE_WH"}

# Everybody sees their own rows, the service account all, and each row says who looked.
VIEW = """
CREATE SECURE VIEW ANALYTICS.SALES.THEIR_ORDERS AS
SELECT ID, SALES_REP, CURRENT_USER() AS SEEN_BY FROM ANALYTICS.SALES.ORDERS
WHERE SALES_REP = CURRENT_USER() OR CURRENT_USER() = 'CUBE'
"""
# Alice is an analyst and may use the view; bob is an engineer and has no right on its database.
WORLD = (
    "CREATE ROLE CUBE",
    "CREATE USER CUBE TYPE = SERVICE DEFAULT_ROLE = CUBE RSA_PUBLIC_KEY = '{key}'",
    "GRANT ROLE CUBE TO USER CUBE",
    "GRANT ROLE CUBE TO ROLE SYSADMIN",
    "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE",
    "GRANT USAGE ON DATABASE ANALYTICS TO ROLE CUBE",
    "GRANT USAGE ON SCHEMA ANALYTICS.SALES TO ROLE CUBE",
    VIEW,
    "GRANT SELECT ON VIEW ANALYTICS.SALES.THEIR_ORDERS TO ROLE CUBE",
    "GRANT SELECT ON VIEW ANALYTICS.SALES.THEIR_ORDERS TO ROLE ANALYST",
    "CREATE ROLE STORE",
    "CREATE USER STORE TYPE = SERVICE DEFAULT_ROLE = STORE RSA_PUBLIC_KEY = '{key}'",
    "GRANT ROLE STORE TO USER STORE",
    "GRANT ROLE STORE TO ROLE SYSADMIN",
    "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE STORE",
    "CREATE DATABASE ROLLUPS",
    "GRANT USAGE, CREATE SCHEMA ON DATABASE ROLLUPS TO ROLE STORE",
    "CREATE SECURITY INTEGRATION CUBE TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
    "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = 'https://cube.example.com/callback'",
)


@dataclass(frozen=True)
class Rollups:
    sandbox: Sandbox
    private_key: str

    @property
    def environment(self) -> dict[str, str]:
        """Cube's variables, with which cube.py signs the service account in."""
        return {
            "CUBEJS_DB_TYPE": "snowflake",
            "CUBEJS_DB_SNOWFLAKE_ACCOUNT": ACCOUNT,
            "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": "COMPUTE_WH",
            "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "SNOWFLAKE_JWT",
            "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": self.private_key,
            "CUBEJS_DB_NAME": "ANALYTICS",
            "CUBEJS_DB_USER": "CUBE",
            "CUBE_SERVICE_SNOWFLAKE_ROLE": "CUBE",
            "CUBEJS_PRE_AGGREGATIONS_SCHEMA": "PRE_AGGREGATIONS",
        }

    @property
    def store(self) -> dict[str, Any]:
        """What Cube's driver is built with for the store."""
        login = {"authenticator": "SNOWFLAKE_JWT", "username": "STORE", "role": "STORE"}
        return {**PLACE, **login, "database": "ROLLUPS", "privateKey": self.private_key}

    def run(self, statement: str, role: str = "ACCOUNTADMIN") -> list[list[str | None]]:
        """By hand."""
        state = self.sandbox.snowflake
        deployer = state.users.get(DEPLOYER)
        assert deployer
        with state.lock:
            return state.statements.run(
                Session(0, deployer, role, warehouse="COMPUTE_WH"), statement
            ).rows

    def token(self, user: str, role: str) -> str:
        """What Cube Cloud holds once this person has pressed Authorize."""
        state = self.sandbox.snowflake
        client, known = state.integrations.get("CUBE"), state.users.get(user)
        assert client
        assert known
        token = Token(client, known, role, "", state.clock() + 3600)
        value = unreal("access")
        state.credentials.oauth.access[value] = token
        return value

    def tables(self) -> list[str]:
        """What is pre-aggregated."""
        query = "SELECT TABLE_SCHEMA, TABLE_NAME FROM {}.INFORMATION_SCHEMA.TABLES"
        return [
            f"{database}.{schema}.{name}"
            for database in ("ROLLUPS", "ANALYTICS")
            for schema, name in self.run(query.format(database))
            if schema == "PRE_AGGREGATIONS"
        ]

    def builders(self) -> list[str]:
        """Who looked at the view for what is pre-aggregated."""
        rows = [
            self.run(f'SELECT DISTINCT "orders__seen_by" FROM {table}') for table in self.tables()
        ]
        return sorted({str(row[0]) for each in rows for row in each})

    def forget(self) -> None:
        """Everything that is pre-aggregated; not the schema, which Cube makes once."""
        for table in self.tables():
            self.run(f"DROP TABLE {table}")


def make(sandbox: Sandbox) -> Rollups:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = "".join(public.decode().splitlines()[1:-1])
    rollups = Rollups(sandbox, private.decode())
    for statement in WORLD:
        rollups.run(statement.format(key=body))
    return rollups


def of(person: str, token: str = "", seconds: float = 3600, **more: Any) -> dict[str, Any]:
    """The security context of a person; without a token, of one who has not authorized."""
    end = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    credential = {"accessToken": token, "accessTokenExpiresAt": end, **more}
    credentials = {"snowflake": credential} if token else {}
    return {"cubeCloud": {"username": person, "userCredentials": credentials}}


MODEL = """
cube('orders', {
  sql: `SELECT * FROM ANALYTICS.SALES.THEIR_ORDERS`,
  measures: { count: { type: 'count' } },
  dimensions: {
    id: { sql: 'ID', type: 'number', primaryKey: true },
    rep: { sql: 'SALES_REP', type: 'string' },
    seenBy: { sql: 'SEEN_BY', type: 'string' },
  },
  preAggregations: {
    shared: {
      measures: [CUBE.count],
      dimensions: [CUBE.rep, CUBE.seenBy],
      external: true,
      refreshKey: { every: '1 hour' },
    },
  },
});
"""
QUERY = {
    "measures": ["orders.count"],
    "dimensions": ["orders.rep", "orders.seenBy"],
    "timezone": "UTC",
}
# As docs/cube.md shows it.
POLICY = """\
  accessPolicy: [
    {
      group: `*`,
      memberLevel: { includes: `*` },
      rowLevel: {
        filters: [
          {
            member: `rep`,
            operator: `equals`,
            values: [securityContext.cubeCloud.username],
          },
        ],
      },
    },
  ],
"""


def with_policy(model: str) -> str:
    """The model, with the access policy of docs/cube.md."""
    return model.replace("  preAggregations:", f"{POLICY}  preAggregations:")
