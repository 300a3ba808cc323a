"""Everything the emulated Snowflake account knows, apart from HTTP.

Owns the seeding. Tests look into it, and change it to play the person who changes things by hand.
"""

from sandbox.snowflake import world
from sandbox.snowflake.account import Account
from sandbox.snowflake.credentials import Credentials
from sandbox.snowflake.objects import add_standard_schemas
from sandbox.snowflake.securables import Grant
from sandbox.snowflake.session import Session
from sandbox.snowflake.statements import Statements


class Snowflake(Account):
    def __init__(self) -> None:
        super().__init__()
        self.statements = Statements(self)
        self.rows = self.statements.queries
        self.credentials = Credentials(self)
        seed(self)


def seed(state: Snowflake) -> None:
    catalog, now = state.catalog, state.clock()
    roles = {name: catalog.add("ROLE", (name,), None) for name in world.PARENTS}
    for name in ("ANALYST", "ENGINEER"):
        roles[name].owner = roles["USERADMIN"]
    for name, parents in world.PARENTS.items():
        for parent in parents:
            roles[name].grants.append(Grant("USAGE", roles[name], roles[parent], False, "", now))
    for name, privileges in world.GLOBAL.items():
        for privilege in privileges:
            held = Grant(privilege, state.account, roles[name], True, "", now)
            state.account.grants.append(held)
    for name, (role, settings) in world.USERS.items():
        user = catalog.add("USER", (name,), roles["USERADMIN"], **settings)
        roles[role].grants.append(Grant("USAGE", roles[role], user, False, "", now))
    for name in world.WAREHOUSES:
        catalog.add("WAREHOUSE", (name,), roles["SYSADMIN"], STATE="STARTED")
    for table, (columns, rows) in world.TABLES.items():
        if not catalog.find("DATABASE", table[:1]):
            database = catalog.add("DATABASE", table[:1], roles["SYSADMIN"])
            add_standard_schemas(state, database)
        if not catalog.find("SCHEMA", table[:2]):
            catalog.add("SCHEMA", table[:2], roles["SYSADMIN"])
        catalog.add("TABLE", table, roles["SYSADMIN"])
        state.statements.queries.load(table, columns, rows)
    deployer = state.users.get(world.DEPLOYER)
    assert deployer  # noqa: S101 - it is one of the users above
    by_hand = Session(0, deployer, "SYSADMIN")
    for statement in (world.MY_ORDERS, *(f"GRANT {grant}" for grant in world.GRANTS)):
        state.statements.run(by_hand, statement)
