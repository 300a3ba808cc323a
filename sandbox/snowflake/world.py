"""The seeded world: one account, two databases, and people who are already at work.

Owns names, ids and rows, and nothing that behaves.
"""

from typing import TYPE_CHECKING

from sandbox.snowflake.securables import Grant

if TYPE_CHECKING:
    from sandbox.snowflake.state import Snowflake

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


def seed(state: "Snowflake") -> None:
    catalog, now = state.catalog, state.clock()
    roles = {name: catalog.add("ROLE", (name,), None) for name in PARENTS}
    for name, parents in PARENTS.items():
        for parent in parents:
            roles[name].grants.append(Grant("USAGE", roles[name], roles[parent], False, "", now))
    for name, (role, settings) in USERS.items():
        user = catalog.add("USER", (name,), roles["USERADMIN"], **settings)
        roles[role].grants.append(Grant("USAGE", roles[role], user, False, "", now))
