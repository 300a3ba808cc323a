"""Rights in Snowflake, as a script that ACCOUNTADMIN runs once.

Which role needs what follows from which provider in cube_access/snowflake/access.py makes
what; a role owns what it made, and needs nothing more to change or drop it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cube_access.facts.identifiers import parse, quoted
from cube_access.settings import SettingsError, SnowflakeSettings

# What these hold in every account. They hold far more, too.
SYSTEM_ROLES = {
    "ACCOUNTADMIN": ("CREATE INTEGRATION ON ACCOUNT", "APPLY AUTHENTICATION POLICY ON ACCOUNT"),
    "SECURITYADMIN": (
        "MANAGE GRANTS ON ACCOUNT",
        "CREATE NETWORK POLICY ON ACCOUNT",
        "CREATE USER ON ACCOUNT",
        "CREATE ROLE ON ACCOUNT",
    ),
    "USERADMIN": ("CREATE USER ON ACCOUNT", "CREATE ROLE ON ACCOUNT"),
    "SYSADMIN": ("CREATE WAREHOUSE ON ACCOUNT",),
}
SYSTEM_ROLES["ACCOUNTADMIN"] += (
    *SYSTEM_ROLES["SECURITYADMIN"],
    *SYSTEM_ROLES["SYSADMIN"],
)


@dataclass(frozen=True)
class Grant:
    privilege: str
    """With what it is on: CREATE USER ON ACCOUNT."""
    role: str
    why: str

    @property
    def statement(self) -> str:
        return f"GRANT {self.privilege} TO ROLE {quoted(self.role)}"


def deployer_name(settings: SnowflakeSettings) -> str:
    return f"{settings.object_name}_DEPLOYER"


def previewer_name(settings: SnowflakeSettings) -> str:
    return f"{settings.object_name}_PREVIEWER"


def deployer_roles(settings: SnowflakeSettings) -> dict[str, str]:
    """The role of each task."""
    if settings.deployer_role == "sign-in":
        return dict.fromkeys(
            ("integrations", "users", "security", "warehouses"), deployer_name(settings)
        )
    return {
        "integrations": settings.integration_role,
        "users": settings.user_admin_role,
        "security": settings.grant_admin_role,
        "warehouses": settings.warehouse_admin_role,
    }


def deployer_grants(settings: SnowflakeSettings) -> list[Grant]:
    """What `up`, refresh, rotation and destroy need, and these roles do not have by themselves."""
    role = deployer_roles(settings)
    if settings.snowflake_warehouse_credit_quota and role["integrations"] != "ACCOUNTADMIN":
        raise SettingsError(
            "cube-access:snowflakeWarehouseCreditQuota makes a resource monitor, which no role but "
            "ACCOUNTADMIN can. Leave it out (a monitor made by hand does the same), or use "
            "deployerRole = per-task with integrationRole = ACCOUNTADMIN."
        )
    policy_maker = role["security"]
    # A network policy and the user that it is on must have one owner.
    user_maker = policy_maker if settings.allowed_cidrs else role["users"]
    grants = [
        Grant("CREATE INTEGRATION ON ACCOUNT", role["integrations"], "people's sign-in"),
        Grant("CREATE ROLE ON ACCOUNT", role["users"], "the service account's role"),
        Grant("CREATE USER ON ACCOUNT", user_maker, "the service account"),
        Grant(
            "MANAGE GRANTS ON ACCOUNT",
            role["security"],
            "grants on what others own, and on future objects, and sees what our roles hold: "
            "nothing narrower can",
        ),
    ]
    if settings.allowed_cidrs:
        grants.append(Grant("CREATE NETWORK POLICY ON ACCOUNT", policy_maker, "allowedCidrs"))
    if settings.authentication_policy_schema:
        database, schema = parse(settings.authentication_policy_schema)
        why = "authenticationPolicySchema"
        grants += [
            *_path(policy_maker, why, database, schema),
            Grant(
                f"CREATE AUTHENTICATION POLICY ON SCHEMA {quoted(database, schema)}",
                policy_maker,
                why,
            ),
            Grant("APPLY AUTHENTICATION POLICY ON ACCOUNT", policy_maker, why),
        ]
    # One with a credit quota is made beside its monitor, by ACCOUNTADMIN.
    if not settings.snowflake_warehouse and not settings.snowflake_warehouse_credit_quota:
        grants.append(Grant("CREATE WAREHOUSE ON ACCOUNT", role["warehouses"], "the warehouse"))
    if settings.grant_to == "database-role":
        database = settings.scopes[0][0]
        why = "grantTo: database-role"
        grants += [
            *_path(role["warehouses"], why, database),
            Grant(f"CREATE DATABASE ROLE ON DATABASE {quoted(database)}", role["warehouses"], why),
        ]
    unique = {(each.privilege, each.role): each for each in grants}
    return [one for (right, who), one in unique.items() if right not in SYSTEM_ROLES.get(who, ())]


def previewer_grants(settings: SnowflakeSettings) -> list[Grant]:
    """What a preview looks at, in rights that change nothing, and read no row but of imported
    databases.
    """
    role = previewer_name(settings)
    places = [*settings.scopes]
    if settings.authentication_policy_schema:
        places.append(parse(settings.authentication_policy_schema))
    why = "whether it exists, and whose future grants there are"
    grants = []
    for database in sorted({place[0] for place in places}):
        # All schemas, so that a pull request may name another one.
        where = quoted(database)
        for what in ("DATABASE", "ALL SCHEMAS IN DATABASE", "FUTURE SCHEMAS IN DATABASE"):
            grants.append(Grant(f"USAGE ON {what} {where}", role, why))
    for database in settings.imported_databases:
        # Of such a database Snowflake shows all or nothing.
        privilege = f"IMPORTED PRIVILEGES ON DATABASE {quoted(database)}"
        grants.append(Grant(privilege, role, "whether it is there, and shared; reads all of it"))
    for schema in sorted({name[:2] for name in settings.scopes if len(name) == 3}):
        for kind in ("TABLES", "VIEWS"):
            # Not on future ones: that would take the database's future grants away from others.
            privilege = f"REFERENCES ON ALL {kind} IN SCHEMA {quoted(*schema)}"
            grants.append(Grant(privilege, role, "whether tables: names a table or a view"))
    # Last: one of ours can be named only once the first up has made it.
    warehouse = settings.snowflake_warehouse or settings.object_name
    privilege = f"MONITOR ON WAREHOUSE {quoted(warehouse)}"
    grants.append(Grant(privilege, role, "how the warehouse is set; runs nothing on it"))
    return grants


def _path(role: str, why: str, database: str, *schema: str) -> list[Grant]:
    grants = [Grant(f"USAGE ON DATABASE {quoted(database)}", role, why)]
    if schema:
        grants.append(Grant(f"USAGE ON SCHEMA {quoted(database, *schema)}", role, why))
    return grants


def deployer_script(settings: SnowflakeSettings) -> str:
    roles = list(dict.fromkeys(deployer_roles(settings).values()))
    notes = [
        f"The deployer of {settings.object_name}: up, refresh, rotation, destroy. Run as "
        "ACCOUNTADMIN, once.",
        "MANAGE GRANTS lets its holder grant itself anything: guard this user like an "
        "administrator.",
    ]
    if wide := [role for role in roles if role in SYSTEM_ROLES]:
        notes.append(
            f"{', '.join(wide)}: wider than needed. cube-access:deployerRole = sign-in, set before "
            "the first up, makes one narrow role of them."
        )
    return _script(notes, deployer_name(settings), roles, deployer_grants(settings))


def previewer_script(settings: SnowflakeSettings) -> str:
    if settings.deployer_role != "sign-in":
        return _comment(
            [
                "No previewer: with cube-access:deployerRole = per-task every preview signs in as "
                "the roles that deploy.",
                "Set it to sign-in before the first up, then run this again.",
            ]
        )
    name = previewer_name(settings)
    reads = "no row but of importedDatabases, which Snowflake shows only to who may read them"
    reads = reads if settings.imported_databases else "no row"
    notes = [
        f"The previewer of {settings.object_name}: preview, without --refresh. Changes nothing, "
        f"reads {reads}. Run as ACCOUNTADMIN, once.",
        "Snowflake shows a user's properties and an OAuth client's secrets to owners only: a "
        "preview with --refresh needs the deployer.",
    ]
    return _script(notes, name, [name], previewer_grants(settings))


def _script(notes: list[str], user: str, roles: list[str], grants: Iterable[Grant]) -> str:
    lines = [_comment(notes).rstrip(), "USE ROLE ACCOUNTADMIN;"]
    own = [role for role in roles if role not in SYSTEM_ROLES]
    lines += [f"CREATE ROLE IF NOT EXISTS {quoted(role)};" for role in own]
    lines += [f"{each.statement}; -- {each.why}" for each in grants]
    # Without a default secondary role, what is granted to the user by hand adds nothing unseen.
    lines.append(
        f"CREATE USER IF NOT EXISTS {quoted(user)} TYPE = SERVICE "
        f"DEFAULT_ROLE = {quoted(roles[0])} DEFAULT_SECONDARY_ROLES = ();"
    )
    lines += [f"GRANT ROLE {quoted(role)} TO USER {quoted(user)};" for role in roles]
    lines.append(
        f"-- Its key, which only you have: ALTER USER {quoted(user)} SET RSA_PUBLIC_KEY = 'MIIB…';"
    )
    return "\n".join([*lines, ""])


def _comment(notes: Iterable[str]) -> str:
    return "".join(f"-- {note}\n" for note in notes)
