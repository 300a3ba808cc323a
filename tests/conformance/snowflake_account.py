"""A Snowflake account that is looked at, through its public driver."""

from typing import Any

from snowflake.connector import DictCursor, SnowflakeConnection, connect
from snowflake.connector.errors import Error

from cube_access.provider.lifecycle import SignIn
from cube_access.snowflake.sign_in import connect_arguments
from tests.conformance.probe import Account, CannotLookError

OAUTH = (
    "TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' "
    "OAUTH_REDIRECT_URI = 'https://conformance.example.com/callback'"
)
ACCEPTED = "accepted"


class SnowflakeAccount(Account):
    """Signs in as the provider plugin does, from SNOWFLAKE_* variables or a profile."""

    def __init__(self, account: str, role: str) -> None:
        super().__init__()
        self.role = role
        self._connection: SnowflakeConnection = connect(
            account=account, **connect_arguments(SignIn(), role), application="conformance"
        )
        self.run("USE SECONDARY ROLES NONE")
        (found,) = self.run("SELECT CURRENT_USER() AS ME")
        self.me = quoted(str(found["ME"]))

    def run(self, statement: str) -> list[dict[str, Any]]:
        with self._connection.cursor(DictCursor) as cursor:
            cursor.execute(statement)
            return [dict(row) for row in cursor.fetchall() if isinstance(row, dict)]

    def outcome(self, statement: str) -> str:
        """ACCEPTED, or the number of the error."""
        try:
            self.run(statement)
        except Error as error:
            return f"{error.errno:06d}" if error.errno else str(error.msg)
        return ACCEPTED

    def make(self, kind: str, name: str, rest: str = "") -> str:
        """CREATE, and DROP afterwards. Answers the name as statements take it."""
        full = f"{self.prefix}{name}"
        self.afterwards(
            f"{kind} {full}", lambda: self.run(f"DROP {dropped(kind)} IF EXISTS {full}")
        )
        self.run(f"CREATE {kind} {full} {rest}")
        return full

    def refused(self, kind: str, name: str, rest: str) -> str:
        """The outcome of a CREATE that should fail; what it made all the same goes afterwards."""
        full = f"{self.prefix}{name}"
        self.afterwards(
            f"{kind} {full}", lambda: self.run(f"DROP {dropped(kind)} IF EXISTS {full}")
        )
        return self.outcome(f"CREATE {kind} {full} {rest}")

    def schema(self) -> str:
        """An empty one in a database of its own, both without owners' surprises."""
        return f"{self.make('DATABASE', 'DB')}.PUBLIC"

    def reader(self, schema: str) -> str:
        """A role of ours that may look into the schema, and nothing else."""
        role = self.make("ROLE", "READER")
        self.run(f"GRANT ROLE {role} TO USER {self.me}")
        self.run(f"GRANT USAGE ON DATABASE {schema.partition('.')[0]} TO ROLE {role}")
        self.run(f"GRANT USAGE ON SCHEMA {schema} TO ROLE {role}")
        return role

    def reads(self, role: str, relation: str) -> bool:
        """Whether the role may read it, asked as that role. No warehouse runs for it."""
        self.run(f"USE ROLE {role}")
        try:
            return self.outcome(f"DESCRIBE TABLE {relation}") == ACCEPTED and self.holds(
                role, "SELECT", relation
            )
        finally:
            self.run(f'USE ROLE "{self.role}"')

    def holds(self, role: str, privilege: str, relation: str) -> bool:
        rows = self.run(f"SHOW GRANTS ON TABLE {relation}")
        return any(r["privilege"] == privilege and r["grantee_name"] == role for r in rows)

    def described(self, what: str) -> dict[str, str]:
        rows = self.run(f"DESCRIBE {what}")
        keys = ("property", "property_value") if "property_value" in rows[0] else (
            "property", "value",
        )  # fmt: skip
        return {str(r[keys[0]]): str(r[keys[1]]) for r in rows}

    def parameter(self, name: str) -> str:
        rows = self.run(f"SHOW PARAMETERS LIKE '{name}' IN ACCOUNT")
        if not rows:
            raise CannotLookError(f"the account has no parameter {name}")
        return str(rows[0]["value"])

    def close(self) -> None:
        self._connection.close()


def dropped(kind: str) -> str:
    return kind.rpartition("TRANSIENT ")[2]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
