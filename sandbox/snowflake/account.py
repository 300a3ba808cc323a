"""The ground that the emulated account stands on: its clock, its objects, and who may use them.

Owns what concerns more than one part. Running statements and signing in stand on it (`state.py`).
"""

import threading
import time
from typing import Protocol

from sandbox.snowflake import world
from sandbox.snowflake.catalog import Catalog
from sandbox.snowflake.integrations import Integrations
from sandbox.snowflake.roles import Roles
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.session import Column, Session
from sandbox.snowflake.users import Users


class Rows(Protocol):
    """What tables and views hold."""

    def columns(self, session: Session, one: Securable) -> list[Column]: ...

    def count(self, table: Securable) -> int: ...

    def forget(self, one: Securable) -> None: ...


class Account:
    rows: Rows

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._offset = 0.0
        self.newest = True
        """Whether it answers as accounts do now; if not, as in the time of the built plugin."""
        self.organization, self.account_name = world.ORGANIZATION, world.ACCOUNT
        self.locator = world.LOCATOR
        self.catalog = Catalog(self.clock)
        self.account = Securable("ACCOUNT", (world.ACCOUNT,), None, self.clock())
        self.users = Users(self.catalog.of_kind)
        self.roles = Roles(self.catalog, self.account)
        self.integrations = Integrations(self.catalog.of_kind)

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
            self.rows.forget(gone)
            self.account.grants = [g for g in self.account.grants if g.to is not gone]
