"""Everything the emulated Databricks knows, apart from HTTP.

Owns the clock and what concerns more than one part. Tests look into it, and change it to play the
person who changes things by hand.
"""

import threading
import time

from sandbox.databricks import world
from sandbox.databricks.access import Access
from sandbox.databricks.directory import Directory, Principal, Workspace
from sandbox.databricks.statements import Statements
from sandbox.databricks.unity import Unity
from sandbox.databricks.warehouses import Warehouses


class Databricks:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._offset = 0.0
        self.account_id = world.ACCOUNT_ID
        self.directory = Directory()
        self.access = Access(self.directory, self.clock)
        self.unity = Unity(self.directory)
        self.warehouses = Warehouses(self.directory)
        self.statements = Statements(self.unity)
        world.seed(self)

    def clock(self) -> float:
        return time.time() + self._offset

    def advance(self, *, seconds: float) -> None:
        self._offset += seconds

    @property
    def workspace(self) -> Workspace:
        """The seeded one."""
        return self.directory.workspaces[world.WORKSPACE_HOST]

    def delete_principal(self, who: Principal) -> None:
        """From the account, and with it everything that names it."""
        self.access.forget(who)
        self.unity.forget(who)
        self.warehouses.forget(who)
        self.directory.remove(who)

    def leave_workspace(self, who: Principal, workspace: Workspace) -> None:
        self.warehouses.forget(who, workspace)
        self.directory.unassign(who, workspace)
