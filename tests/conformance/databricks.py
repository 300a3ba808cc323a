"""What we assume of Databricks, each beside what of ours stands on it."""

from datetime import datetime
from functools import partial

import requests
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

from tests.conformance.databricks_account import ACCEPTED, REDIRECT, DatabricksAccount, outcome
from tests.conformance.probe import CannotLookError, Probes

probe = Probes[DatabricksAccount]()

DAY = 86_400
TIMEOUT = 30


@probe(
    "Only the creation of an OAuth app answers its client secret",
    why="docs say that lost state means a new app",
    expected=(True, False),
)
def an_apps_secret_is_shown_once(at: DatabricksAccount) -> object:
    made = at.app()
    read = at.read(f"oauth2/custom-app-integrations/{made.integration_id}")
    return bool(made.client_secret), str(made.client_secret) in str(read)


@probe(
    "Another redirect address keeps an app's client id",
    why="it changes in place, without a word in the preview",
    expected=True,
)
def an_apps_redirects_change_in_place(at: DatabricksAccount) -> object:
    made = at.app()
    api, other = at.account.custom_app_integration, f"{REDIRECT}/other"
    api.update(str(made.integration_id), redirect_urls=[other])
    read = api.get(str(made.integration_id))
    return (read.client_id, read.redirect_urls) == (made.client_id, [other])


@probe(
    "Two OAuth apps may have one name",
    why="a leftover is told by its id, and the first preview names it",
    expected=True,
)
def app_names_are_not_unique(at: DatabricksAccount) -> object:
    return at.app().client_id != at.app().client_id


@probe(
    "Two service principals may have one name",
    why="a leftover is not taken over by its name",
    expected=True,
)
def principals_names_are_not_unique(at: DatabricksAccount) -> object:
    return at.principal().id != at.principal().id


@probe(
    "Access tokens live 5 to 1,440 minutes",
    why="`accessTokenMinutes` has these limits",
    expected=[False, True, True, False],
)
def access_tokens_have_limits(at: DatabricksAccount) -> object:
    return [at.app_with(access_token_ttl_in_minutes=m) for m in (4, 5, 1_440, 1_441)]


@probe(
    "Refresh tokens live 5 to 129,600 minutes",
    why="`refreshTokenMinutes` has these limits",
    expected=[False, True, True, False],
)
def refresh_tokens_have_limits(at: DatabricksAccount) -> object:
    return [at.app_with(refresh_token_ttl_in_minutes=m) for m in (4, 5, 129_600, 129_601)]


@probe(
    "A scope that Databricks does not have is refused",
    why="`oauthScopes` would be found out at sign-in only",
    expected=False,
)
def an_unknown_scope_is_refused(at: DatabricksAccount) -> object:
    made = at.app()
    api = at.account.custom_app_integration
    scopes = ["conformance-nope"]
    return outcome(lambda: api.update(str(made.integration_id), scopes=scopes)) == ACCEPTED


@probe(
    "A service principal has five secrets at most",
    why="rotation keeps two labels, and says when there is no room",
    expected=[True, True, True, True, True, False],
)
def a_principal_has_five_secrets(at: DatabricksAccount) -> object:
    who = str(at.principal().id)
    make = lambda: at.account.service_principal_secrets.create(who)  # noqa: E731
    return [outcome(make) == ACCEPTED for _ in range(6)]


@probe(
    "A secret without a lifetime lives 730 days, and a longer one is refused",
    why="docs say what Databricks' own default is",
    expected=(730, False),
)
def a_secret_lives_two_years_at_most(at: DatabricksAccount) -> object:
    who = str(at.principal().id)
    api = at.account.service_principal_secrets
    made = api.create(who)
    days = (instant(made.expire_time) - instant(made.create_time)) / DAY
    longer = outcome(lambda: api.create(who, lifetime=f"{731 * DAY}s"))
    return round(days), longer == ACCEPTED


def instant(text: str | None) -> float:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()


@probe(
    "A secret is not listed with its value",
    why="the state has the only copy",
    expected=False,
)
def a_secret_is_shown_once(at: DatabricksAccount) -> object:
    who = str(at.principal().id)
    value = at.account.service_principal_secrets.create(who).secret
    return str(value) in str(at.read(f"servicePrincipals/{who}/credentials/secrets"))


@probe(
    "A workspace does not know a principal that is not assigned to it",
    why="the program waits after the assignment, and only then",
    expected="NotFound",
)
def an_unassigned_principal_is_unknown(at: DatabricksAccount) -> object:
    who = at.principal()
    return outcome(lambda: at.workspace.service_principals.get(str(who.id)))


@probe(
    "Replacing a principal in the account takes its entitlements in the workspace",
    why="an update of ours sets them again in the same run",
    expected=(True, False),
)
def a_replaced_principal_loses_entitlements(at: DatabricksAccount) -> object:
    who = at.principal()
    at.in_workspace(who)
    at.entitled(who, "databricks-sql-access")

    def entitled() -> bool:
        return bool(at.workspace.service_principals.get(str(who.id)).entitlements)

    before = entitled()
    at.account.service_principals.update(
        str(who.id), display_name=f"{at.prefix}SP", application_id=who.name, active=True
    )
    return before, entitled()


@probe(
    "SQL wants the entitlement databricks-sql-access besides the warehouse's permission",
    why="it is the one entitlement that is given",
    expected=("PermissionDenied", "1"),
)
def sql_wants_its_entitlement(at: DatabricksAccount) -> object:
    who = at.principal()
    at.in_workspace(who)
    at.may_use_the_warehouse(who)
    client, seen = at.as_(who), []
    for entitlements in ([], ["databricks-sql-access"]):
        at.entitled(who, *entitlements)
        answers: list[str] = []
        ask = partial(at.run, client, "SELECT 1")
        got = outcome(lambda: answers.append(ask()))  # noqa: B023
        seen.append(answers[0] if answers else got)
    return tuple(seen)


@probe(
    "A warehouse's permissions are added to by PATCH, and no PATCH takes one away",
    why="one entry of ours is added, and everybody else's stays",
    expected=(True, True, True),
)
def a_warehouses_permissions_are_added_to(at: DatabricksAccount) -> object:
    who, before = at.principal(), at.permissions()
    at.in_workspace(who)
    at.may_use_the_warehouse(who)
    after = at.permissions()
    at.workspace.warehouses.update_permissions(at.warehouse_id, access_control_list=[])
    still = at.permissions()
    kept = {name: level for name, level in after.items() if name != who.name}
    return who.name in after, kept == before, still == after


@probe(
    "PATCH lowers a level on a warehouse, too",
    why="what verify proposes against CAN_MANAGE",
    expected="CAN_USE",
)
def a_patch_lowers_a_level(at: DatabricksAccount) -> object:
    who = at.principal()
    at.in_workspace(who)
    for level in (PermissionLevel.CAN_MANAGE, PermissionLevel.CAN_USE):
        entry = AccessControlRequest(service_principal_name=who.name, permission_level=level)
        at.workspace.permissions.update("warehouses", at.warehouse_id, access_control_list=[entry])
    return next(level for level in ("CAN_MANAGE", "CAN_USE") if level in at.permissions()[who.name])


@probe(
    "Who makes a service principal manages it, and nobody else does",
    why="verify takes another manager for an excess",
    expected=True,
)
def who_makes_a_principal_manages_it(at: DatabricksAccount) -> object:
    place = f"accounts/{at.account.config.account_id}/servicePrincipals/{at.principal().name}"
    found = at.account.access_control.get_rule_set(f"{place}/ruleSets/default", "")
    given = [(rule.role, who) for rule in found.grant_rules or [] for who in rule.principals or []]
    me = at.workspace.current_user.me().user_name
    return [(role.rpartition(".")[2], who.partition("/")[2]) for role, who in given] == [
        ("manager", me)
    ]


@probe(
    "Changing one principal's grants leaves those of the others",
    why="grants are authoritative for ours only",
    expected=(True, True),
)
def grants_are_changed_one_by_one(at: DatabricksAccount) -> object:
    who, before = at.principal(), at.grants()
    at.granted(who.name, "USE_CATALOG")
    after = at.grants()
    ours = after.pop(who.name, frozenset())
    return any("USE_CATALOG" in each for each in ours), after == before


@probe(
    "Deleting a principal takes its grants along",
    why="destroy leaves nothing of ours",
    expected=False,
)
def a_deleted_principals_grants_go(at: DatabricksAccount) -> object:
    who = at.principal()
    at.granted(who.name, "USE_CATALOG")
    at.account.service_principals.delete(str(who.id))
    return who.name in at.grants()


@probe(
    "Unity Catalog does not know a workspace's own groups",
    why="docs say that `users` and `admins` cannot be granted anything",
    expected=False,
)
def a_workspaces_groups_are_unknown_to_grants(at: DatabricksAccount) -> object:
    return outcome(lambda: at.granted("admins", "USE_CATALOG")) == ACCEPTED


@probe(
    "A privilege that a securable cannot have is refused",
    why="the sandbox judges privileges so",
    expected=False,
)
def a_privilege_has_its_place(at: DatabricksAccount) -> object:
    who = at.principal()
    return outcome(lambda: at.granted(who.name, "CREATE_CATALOG")) == ACCEPTED


@probe(
    "Effective permissions say from where a privilege comes",
    why="verify names the place at which to revoke",
    expected=True,
)
def effective_permissions_name_their_place(at: DatabricksAccount) -> object:
    who = at.principal()
    at.granted(who.name, "USE_SCHEMA")
    schema = next(iter(at.workspace.schemas.list(at.catalog)), None)
    if schema is None:
        raise CannotLookError(f"the catalog {at.catalog} has no schema")
    found = at.workspace.grants.get_effective("schema", str(schema.full_name), principal=who.name)
    return [
        (str(p.inherited_from_name), str(p.inherited_from_type))
        for each in found.privilege_assignments or []
        for p in each.privileges or []
    ] == [(at.catalog, "SecurableType.CATALOG")]


@probe(
    "The first privilege that is missing is named, from the catalog down",
    why="verify and troubleshooting go by it",
    expected=(True, True),
)
def a_missing_privilege_is_named_from_the_top(at: DatabricksAccount) -> object:
    if any("USE_CATALOG" in p for p in at.grants().get("account users", ())):
        raise CannotLookError("every user of the account may use the catalog")
    _, client = at.reader()
    said = at.run(client, f"SELECT 1 FROM {at.catalog}.conformance_nope.t")
    return said.startswith("[INSUFFICIENT_PERMISSIONS]"), "USE CATALOG" in said


@probe(
    "What may only be browsed is listed with `include_browse`, and not without",
    why="verify asks for it, so that nothing is left out",
    expected=(False, True),
)
def what_may_be_browsed_is_listed_on_request(at: DatabricksAccount) -> object:
    everybody = at.grants().get("account users", frozenset())
    if not any("BROWSE" in p for p in everybody) or any("USE_CATALOG" in p for p in everybody):
        raise CannotLookError("every user of the account does not just browse the catalog")
    _, client = at.reader()
    return tuple(
        at.catalog in {str(c.name) for c in client.catalogs.list(include_browse=more)}
        for more in (None, True)
    )


@probe(
    "A service principal is its application id to SQL",
    why="row filters and current_user() see that name",
    expected=True,
)
def a_principal_is_its_application_id(at: DatabricksAccount) -> object:
    who, client = at.reader()
    return at.run(client, "SELECT current_user()") == who.name


@probe(
    "A statement's named parameter is a value, and never SQL",
    why="the service account's queries may be built of people's input",
    expected="' OR 1=1 --",
)
def a_parameter_is_a_value(at: DatabricksAccount) -> object:
    return at.run(at.workspace, "SELECT :given", given="' OR 1=1 --")


@probe(
    "A parameter without a value is refused with UNBOUND_SQL_PARAMETER",
    why="the sandbox answers so",
    expected=True,
)
def a_parameter_is_wanted(at: DatabricksAccount) -> object:
    return at.run(at.workspace, "SELECT :given").startswith("[UNBOUND_SQL_PARAMETER]")


@probe(
    "A function that Databricks does not have is refused with UNRESOLVED_ROUTINE",
    why="the sandbox refuses so what it does not know",
    expected=True,
)
def an_unknown_function_has_its_condition(at: DatabricksAccount) -> object:
    said = at.run(at.workspace, "SELECT conformance_nope(1)")
    return said.startswith("[UNRESOLVED_ROUTINE]")


@probe(
    "A token on behalf of a principal wants its permission to use tokens",
    why="with `credential: pat` an entry is added to that list",
    expected=False,
)
def a_token_wants_its_permission(at: DatabricksAccount) -> object:
    who = at.principal()
    at.in_workspace(who)
    api = at.workspace.token_management
    made = lambda: api.create_obo_token(who.name, lifetime_seconds=60)  # noqa: E731
    return outcome(made) == ACCEPTED


@probe(
    "A workspace says its id in every answer",
    why="the configuration's id is compared with it before anything is made",
    expected=True,
)
def a_workspace_says_its_id(at: DatabricksAccount) -> object:
    read = at.read(f"workspaces/{at.workspace_id}")
    label = at.workspace_host.removeprefix("https://").partition(".")[0]
    if "azure" in at.workspace_host:
        raise CannotLookError("on Azure a host does not begin with the deployment's name")
    return read.get("deployment_name") == label


@probe(
    "A host says of which type it is: account, workspace or unified",
    why="newer plugins ask, and want `api` where it is unified",
    expected=True,
)
def a_host_says_its_type(at: DatabricksAccount) -> object:
    url = f"{at.workspace_host}/.well-known/databricks-config"
    told = requests.get(url, timeout=TIMEOUT).json()
    return told.get("host_type") in ("workspace", "unified")
