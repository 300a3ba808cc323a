"""What is given by hand on Databricks, or taken away, and what verify says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.databricks.access import MANAGER, USER
from sandbox.databricks.directory import ACCOUNT_USERS, IpList, Membership
from sandbox.databricks.world import ADMIN, BOB, METASTORE_ID, WAREHOUSE_ID
from tests.integration.verify.databricks_clouds import OTHER_HOST, OTHER_WAREHOUSE, Clouds, Plant

REDIRECT = "https://example.cubecloud.dev/oauth/callback"


def grant(kind: str, name: str, *privileges: str, to: str = "") -> Callable[[Clouds], None]:
    return lambda c: c.unity.grant(kind, name, to or c.me.name, *privileges)


def level(warehouse: str, who: str, level: str) -> Callable[[Clouds], None]:
    return lambda c: c.warehouses[warehouse].acl.update({who or c.me.name: level})


def owns_warehouse(warehouse: str) -> Callable[[Clouds], None]:
    """As Databricks gives it away: who had it manages."""

    def plant(c: Clouds) -> None:
        entry = {"service_principal_name": c.me.name, "permission_level": "IS_OWNER"}
        c.state.warehouses.patch(c.warehouses[warehouse], [entry])

    return plant


def rule(role: str, who: str) -> Callable[[Clouds], None]:
    return lambda c: c.state.access.rule_sets[c.me.name].setdefault(role, []).append(who)


def app(**changes: Any) -> Callable[[Clouds], None]:
    def plant(c: Clouds) -> None:
        c.app.settings.update(changes)

    return plant


def lifetimes(**changes: int) -> Callable[[Clouds], None]:
    def plant(c: Clouds) -> None:
        c.app.settings["token_access_policy"] = c.app.settings["token_access_policy"] | changes

    return plant


def nested(c: Clouds) -> None:
    c.named("inner").members.add(c.me.id)


def addresses(c: Clouds) -> None:
    c.workspace.ip_lists["every"] = IpList("every", "every", ["0.0.0.0/0"])


def again(c: Clouds) -> None:
    """Another app of the name, with one's own addresses, that people may take for ours."""
    settings = {"name": "cube-dev", "redirect_urls": ["https://elsewhere.example.com/callback"]}
    c.state.access.create_integration(settings, c.named(BOB))


def elsewhere(c: Clouds) -> None:
    c.directory.workspaces[OTHER_HOST].members[c.me.id] = Membership("USER")


def own(kind: str, name: str) -> Callable[[Clouds], None]:
    return lambda c: setattr(c.unity.get(kind, name), "owner", c.me.name)


EXTRAS = [
    Plant(
        "a table of another schema",
        grant("table", "main.hr.salaries", "SELECT"),
        r"SELECT ON TABLE main\.hr\.salaries",
    ),
    Plant(
        "writes where it reads",
        grant("schema", "main.sales", "MODIFY"),
        r"MODIFY ON SCHEMA main\.sales",
    ),
    Plant(
        "new tables",
        grant("schema", "main.hr", "CREATE_TABLE"),
        r"CREATE_TABLE ON SCHEMA main\.hr",
    ),
    Plant(
        "a whole catalog",
        grant("catalog", "raw", "ALL_PRIVILEGES"),
        r"ALL_PRIVILEGES ON CATALOG raw",
    ),
    Plant(
        "the account's history",
        grant("schema", "system.access", "SELECT"),
        r"SELECT ON SCHEMA system\.access",
    ),
    Plant(
        "the right to grant",
        grant("table", "main.sales.orders", "MANAGE"),
        r"MANAGE ON TABLE main\.sales\.orders",
    ),
    Plant(
        "a table of its own",
        own("table", "main.sales.customers"),
        r"OWNER ON TABLE main\.sales\.customers",
    ),
    Plant(
        "new catalogs",
        grant("metastore", METASTORE_ID, "CREATE_CATALOG"),
        r"CREATE_CATALOG ON METASTORE",
    ),
    Plant(
        "data for everybody",
        grant("schema", "raw.events", "SELECT", to=ACCOUNT_USERS),
        r"SELECT ON SCHEMA raw\.events",
        through=ACCOUNT_USERS,
        service_account_sees_it=False,
    ),
    Plant(
        "a group's rights",
        lambda c: c.named("finance").members.add(c.me.id),
        r"is in group finance; it brings ",
        through="finance",
    ),
    Plant(
        "the workspace",
        lambda c: setattr(c.workspace.members[c.me.id], "permission", "ADMIN"),
        r"is an administrator of the workspace",
    ),
    Plant(
        "the account",
        lambda c: setattr(c.me, "account_admin", True),
        r"role account_admin in the account",
        service_account_sees_it=False,
    ),
    Plant(
        "clusters",
        lambda c: c.entitle(c.me, "allow-cluster-create"),
        r"entitlement allow-cluster-create",
    ),
    Plant(
        "the workspace's own pages",
        lambda c: c.entitle(c.me, "workspace-access"),
        r"entitlement workspace-access",
    ),
    Plant(
        "a schema of its own",
        own("schema", "raw.landing"),
        r"OWNER ON SCHEMA raw\.landing",
    ),
    Plant(
        "clusters for everybody",
        lambda c: c.entitle(c.named("users"), "allow-cluster-create"),
        r"entitlement allow-cluster-create",
        through="users",
        service_account_sees_it=False,
    ),
    Plant(
        "its SQL warehouse",
        level(WAREHOUSE_ID, "", "CAN_MANAGE"),
        r"CAN_MANAGE on SQL warehouse Shared BI",
        beside=False,
    ),
    Plant(
        "another SQL warehouse",
        level(OTHER_WAREHOUSE, "", "CAN_USE"),
        r"CAN_USE on SQL warehouse Finance only",
        beside=False,
    ),
    Plant(
        "a second secret",
        lambda c: c.state.access.create_secret(c.me, None),
        r"another OAuth secret signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "a token",
        lambda c: c.state.access.create_pat(c.me, c.workspace, 60, "theirs", c.named(ADMIN)),
        r"another personal access token signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "more tokens",
        lambda c: c.workspace.token_acl.update({c.me.name: "CAN_USE"}),
        r"CAN_USE of personal access tokens",
        service_account_sees_it=False,
    ),
    Plant(
        "files",
        grant("volume", "raw.landing.inbox", "READ_VOLUME", "WRITE_VOLUME"),
        r"READ_VOLUME ON VOLUME raw\.landing\.inbox",
        more=1,
        also="WRITE_VOLUME ON VOLUME",
    ),
    Plant(
        "a function, which runs with its owner's rights",
        grant("function", "main.hr.raise", "EXECUTE"),
        r"EXECUTE ON FUNCTION main\.hr\.raise",
    ),
    Plant(
        "a registered model",
        grant("function", "main.hr.churn", "EXECUTE"),
        r"EXECUTE ON FUNCTION main\.hr\.churn",
    ),
    Plant(
        "a bucket",
        grant("external_location", "lake-exports", "READ_FILES"),
        r"READ_FILES ON EXTERNAL LOCATION lake-exports",
    ),
    Plant(
        "a cloud's role",
        grant("storage_credential", "lake", "READ_FILES"),
        r"READ_FILES ON STORAGE CREDENTIAL lake",
    ),
    Plant(
        "a service of the cloud",
        grant("credential", "mailer", "ACCESS"),
        r"ACCESS ON SERVICE CREDENTIAL mailer",
    ),
    Plant("who gets data", own("recipient", "acme"), r"OWNER ON RECIPIENT acme"),
    Plant(
        "another database",
        grant("connection", "erp", "USE_CONNECTION"),
        r"USE_CONNECTION ON CONNECTION erp",
    ),
    Plant(
        "another SQL warehouse of its own",
        owns_warehouse(OTHER_WAREHOUSE),
        r"IS_OWNER on SQL warehouse Finance only",
        beside=False,
    ),
    Plant(
        "a group in a group",
        nested,
        r"is in group outer, through group inner that is in it; "
        r"it brings role account_admin in the account",
        through="outer",
        service_account_sees_it=False,
        more=1,
        also="is in group inner; ",
    ),
    Plant(
        "a group of administrators",
        lambda c: c.named("platform").members.add(c.me.id),
        r"is in group platform; it brings (ADMIN of the workspace|nothing that was seen, and not)",
        through="platform",
        more=1,
        also="is an administrator of the workspace, through group platform",
        deployer_sees_more=True,
    ),
    Plant(
        "a person who manages it",
        rule(MANAGER, f"users/{BOB}"),
        rf"users/{BOB} may give others roles on the service account",
        beside=False,
        service_account_sees_it=False,
    ),
    Plant(
        "a group that runs as it",
        rule(USER, "groups/engineers"),
        r"groups/engineers may run jobs as the service account",
        beside=False,
        service_account_sees_it=False,
    ),
    Plant(
        "somebody's pipeline signs in as it",
        lambda c: c.state.access.federate("https://token.example.com", "repo:theirs", c.me),
        r"tokens of https://token\.example\.com for repo:theirs sign in as it",
        service_account_sees_it=False,
    ),
    Plant(
        "an identity provider of the account",
        lambda c: c.state.access.federate("https://idp.example.com"),
        r"tokens of https://idp\.example\.com sign in as whom they name",
        service_account_sees_it=False,
    ),
    Plant(
        "another workspace",
        elsewhere,
        r"is assigned to workspace dbc-5a4d80x0-0002 ",
        service_account_sees_it=False,
    ),
    Plant(
        "addresses for everybody",
        addresses,
        r"IP access list every lets any address in",
        through="users",
        service_account_sees_it=False,
    ),
    Plant(
        "a second OAuth app of the name",
        again,
        r"the OAuth app cube-dev .* is there besides ours",
        service_account_sees_it=False,
    ),
    Plant(
        "a second service principal of the name",
        lambda c: c.directory.add("service_principal", "cube-dev"),
        r"the service principal cube-dev .* is there besides ours",
        service_account_sees_it=False,
    ),
    Plant(
        "another address for people's codes",
        app(redirect_urls=[REDIRECT, "https://elsewhere.example.com/callback"]),
        r"the OAuth app sends people's codes to https://elsewhere\.example\.com/callback",
        service_account_sees_it=False,
    ),
    Plant(
        "every API with a person's token",
        app(scopes=["sql", "offline_access", "all-apis"]),
        r"the OAuth app gives tokens of scope all-apis",
        service_account_sees_it=False,
    ),
    Plant(
        "access tokens for a day",
        lifetimes(access_token_ttl_in_minutes=1440),
        r"access tokens of the OAuth app live 1440 minutes, not 60",
        beside=False,
        service_account_sees_it=False,
    ),
    Plant(
        "refresh tokens for ninety days",
        lifetimes(refresh_token_ttl_in_minutes=129_600),
        r"refresh tokens of the OAuth app live 129600 minutes, not",
        beside=False,
        service_account_sees_it=False,
    ),
    Plant(
        "people's own SQL warehouse",
        level(WAREHOUSE_ID, "finance", "CAN_MANAGE"),
        r"finance has CAN_MANAGE on SQL warehouse Shared BI, not CAN_USE",
        beside=False,
    ),
]

# Each would be hidden, or changed, by another one beside it.
HIDDEN = [
    Plant(
        "its SQL warehouse, whole",
        owns_warehouse(WAREHOUSE_ID),
        r"IS_OWNER on SQL warehouse Shared BI",
        beside=False,
    ),
    Plant(
        "a group that administers nothing but a warehouse",
        lambda c: c.named("curators").members.add(c.me.id),
        r"is in group curators; it brings CAN_MANAGE on SQL warehouse Finance only",
        through="curators",
    ),
]


LACKS = [
    Plant(
        "a catalog",
        lambda c: c.unity.revoke("catalog", "main", c.me.name, "USE_CATALOG"),
        "USE_CATALOG ON main",
    ),
    Plant(
        "a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "USE_SCHEMA"),
        "USE_SCHEMA ON main.sales",
    ),
    Plant(
        "the tables of a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "SELECT"),
        "SELECT ON main.sales",
    ),
    Plant(
        "a single table",
        lambda c: c.unity.revoke("table", "main.reference.countries", c.me.name, "SELECT"),
        "SELECT ON main.reference.countries",
    ),
    Plant(
        "the SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.pop(c.me.name),
        "CAN_USE on SQL warehouse Shared BI",
    ),
    Plant(
        "people's SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.pop("finance"),
        "finance lacks CAN_USE on SQL warehouse Shared BI",
    ),
    Plant(
        "the entitlement",
        lambda c: c.workspace.entitlements[c.me.id].clear(),
        "entitlement databricks-sql-access",
    ),
]
