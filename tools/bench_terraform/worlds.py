"""The sandbox's warehouses with as many schemas as are asked for, and what people change in them by
hand while nobody applies anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sandbox import Sandbox
from sandbox.databricks import world as databricks_world
from sandbox.snowflake import world as snowflake_world
from sandbox.snowflake.session import Session

BY_HAND = "planted by hand"


class World(ABC):
    """One warehouse of a sandbox, seeded."""

    name: str
    """Of the access that is made in it, the same whoever makes it."""
    stack: str
    """The stack of this project that the configuration is taken from."""
    signs_in: str
    """What the path of a sign-in matches."""

    def __init__(self, sandbox: Sandbox, size: int) -> None:
        self._sandbox = sandbox
        self.schemas = [self._schema(number) for number in range(1, size + 1)]
        self._seed()

    @abstractmethod
    def _schema(self, number: int) -> str:
        """The name of one of the schemas to be."""

    @abstractmethod
    def _seed(self) -> None:
        """Makes the schemas, with a table in each."""

    @abstractmethod
    def plant(self) -> None:
        """Three changes of what was made."""

    @abstractmethod
    def mend(self) -> None:
        """Takes them back."""

    @property
    def traces(self) -> list[str]:
        """What a report of all three matches, line by line, without regard to case."""
        return [*self._grants(*map(_last, self._changed)), BY_HAND]

    @property
    def _changed(self) -> tuple[str, str]:
        """The schemas whose grants are changed: two, if there are two."""
        return self.schemas[0], self.schemas[1 % len(self.schemas)]

    @abstractmethod
    def _grants(self, first: str, second: str) -> list[str]:
        """The traces of the changes to grants on two schemas, named without what they are in."""

    @property
    def untouched(self) -> str:
        """What a report does not match: a schema in which nothing was changed. Empty: there is
        none.
        """
        return _last(self.schemas[2]) if len(self.schemas) > 2 else ""


def _last(schema: str) -> str:
    return schema.rpartition(".")[2]


class Snowflake(World):
    name, stack = "CUBE_BENCH", "sandbox-snowflake"
    signs_in = "login-request"

    def _schema(self, number: int) -> str:
        return f"ANALYTICS.S{number:04}"

    def _seed(self) -> None:
        catalog = self._sandbox.snowflake.catalog
        queries = self._sandbox.snowflake.statements.queries
        owner = catalog.get("ROLE", ("SYSADMIN",))
        for schema in self.schemas:
            parts = tuple(schema.split("."))
            catalog.add("SCHEMA", parts, owner)
            catalog.add("TABLE", (*parts, "ORDERS"), owner)
            # SHOW TABLES counts them.
            queries.load((*parts, "ORDERS"), '"ID" INTEGER', "(1), (2)")

    def _grants(self, first: str, second: str) -> list[str]:
        return [f"usage.*{first}", f"future.*{second}"]

    def plant(self) -> None:
        self._comment = self._user().text("COMMENT")
        for privilege in self._privileges():
            self._run(f"REVOKE {privilege} FROM ROLE {self.name}")
        self._user().settings["COMMENT"] = BY_HAND

    def mend(self) -> None:
        for privilege in self._privileges():
            self._run(f"GRANT {privilege} TO ROLE {self.name}")
        self._user().settings["COMMENT"] = self._comment

    def _privileges(self) -> list[str]:
        first, second = self._changed
        return [f"USAGE ON SCHEMA {first}", f"SELECT ON FUTURE VIEWS IN SCHEMA {second}"]

    def _user(self) -> Any:
        user = self._sandbox.snowflake.users.get(self.name)
        if user is None:
            raise LookupError(f"no user {self.name} was made")
        return user

    def _run(self, statement: str) -> None:
        state = self._sandbox.snowflake
        deployer = state.users.get(snowflake_world.DEPLOYER)
        if deployer is None:
            raise LookupError("the sandbox has no deployer")
        with state.lock:
            state.statements.run(Session(0, deployer, "SECURITYADMIN"), statement)


class Databricks(World):
    name, stack = "cube-bench", "sandbox-databricks"
    signs_in = r"/token$"

    def _schema(self, number: int) -> str:
        return f"main.s{number:04}"

    def _seed(self) -> None:
        # Whoever waits for a principal to appear would be measured by its patience.
        self._sandbox.databricks.directory.consistency_lag = 0
        unity = self._sandbox.databricks.unity
        for schema in self.schemas:
            unity.add("schema", schema, databricks_world.ADMIN)
            unity.add("table", f"{schema}.orders", databricks_world.ADMIN)

    def _grants(self, first: str, second: str) -> list[str]:
        return [first, second]

    def plant(self) -> None:
        principal, unity = self._principal(self.name), self._sandbox.databricks.unity
        first, second = self._changed
        unity.revoke("schema", first, principal.name, "SELECT")
        unity.revoke("schema", second, principal.name)
        principal.display_name = BY_HAND

    def mend(self) -> None:
        principal, unity = self._principal(BY_HAND), self._sandbox.databricks.unity
        for schema in self._changed:
            unity.grant("schema", schema, principal.name, "USE_SCHEMA", "SELECT")
        principal.display_name = self.name

    def _principal(self, display_name: str) -> Any:
        every = self._sandbox.databricks.directory.principals.values()
        found = [each for each in every if each.display_name == display_name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} principals are called {display_name}, not one")
        return found[0]


WORLDS: dict[str, type[World]] = {"snowflake": Snowflake, "databricks": Databricks}
