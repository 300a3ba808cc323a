"""Everything the emulated Snowflake account knows, apart from HTTP.

Owns the clock and what concerns more than one part. Tests look into it, and change it to play the
person who changes things by hand.
"""

import threading
import time

from sandbox.snowflake import world
from sandbox.snowflake.catalog import Catalog
from sandbox.snowflake.credentials import Credentials
from sandbox.snowflake.integrations import Integrations
from sandbox.snowflake.roles import Roles
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.statements import Statements
from sandbox.snowflake.users import Users


class Snowflake:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._offset = 0.0
        self.organization, self.account_name = world.ORGANIZATION, world.ACCOUNT
        self.locator = world.LOCATOR
        self.catalog: Catalog = Catalog(self.clock)
        self.account = Securable("ACCOUNT", (world.ACCOUNT,), None, self.clock())
        self.users: Users = Users(self.catalog)
        self.roles: Roles = Roles(self.catalog, self.account)
        self.integrations: Integrations = Integrations(self.catalog)
        self.statements: Statements = Statements(self)
        self.credentials = Credentials(self)
        world.seed(self)

    def clock(self) -> float:
        return time.time() + self._offset

    def advance(self, *, seconds: float) -> None:
        self._offset += seconds

    def rename(self, one: Securable, name: tuple[str, ...]) -> None:
        """What refers to a policy goes on doing so."""
        before = one.simple_name
        self.catalog.rename(one, name)
        for other in [self.account, *self.catalog.everything()]:
            if one.kind == "NETWORK POLICY" and other.text("NETWORK_POLICY") == before:
                other.settings["NETWORK_POLICY"] = one.simple_name

    def remove(self, one: Securable) -> None:
        """From the account, with what is in it."""
        for gone in self.catalog.remove(one):
            self.statements.queries.forget(gone)
            self.account.grants = [g for g in self.account.grants if g.to is not gone]
