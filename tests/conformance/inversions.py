"""For each probe, a sandbox that behaves the other way round: the probe has to see it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlglot import exp

from sandbox import Sandbox
from sandbox.databricks import access, account_api, scim_api, statements, unity
from sandbox.databricks.directory import Directory
from sandbox.databricks.errors import invalid
from sandbox.databricks.statements import Statements
from sandbox.databricks.unity import Unity
from sandbox.databricks.warehouses import Warehouses
from sandbox.databricks.world import WAREHOUSE_ID
from sandbox.snowflake import checks, grants, objects, queries
from sandbox.snowflake import statements as snowflake_statements
from sandbox.snowflake.catalog import Catalog
from sandbox.snowflake.errors import compilation
from sandbox.snowflake.integrations import Integrations, OAuthIntegration
from sandbox.snowflake.roles import Roles
from sandbox.snowflake.securables import Grant
from sandbox.snowflake.session import status
from sandbox.snowflake.users import User

Inversion = Callable[[pytest.MonkeyPatch, Sandbox], None]


def instead(owner: object, name: str, other: Any) -> Inversion:
    return lambda patch, box: patch.setattr(owner, name, other)


def nothing(owner: object, name: str) -> Inversion:
    """The check is not made."""
    return instead(owner, name, lambda *args, **more: None)


# Snowflake


def both_future_grants(self: Catalog, new: Any) -> None:
    above = self.parent(new)
    while above:
        for f in above.future:
            new.grants.append(Grant(f.privilege, new, f.to, f.option, "", self.clock()))
        above = self.parent(above)


def grant_on_all_is_future_too(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = grants.read_target

    def read(state: Any, session: Any, reader: Any) -> Any:
        target = before(state, session, reader)
        if target.present and target.kind == "TABLE":
            target.future = state.catalog.parent(target.present[0])
        return target

    patch.setattr(grants, "read_target", read)


def revoke_of_future_takes_all(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = grants.revoke

    def revoke(state: Any, session: Any, reader: Any) -> Any:
        answer = before(state, session, reader)
        for one in state.catalog.of_kind("TABLE"):
            if str(one).startswith("CONFORMANCE_"):
                one.grants = []
        return answer

    patch.setitem(snowflake_statements.ANSWERS, "REVOKE", revoke)


def granted_once(on: Any, new: Grant) -> None:
    if any((g.privilege, g.to) == (new.privilege, new.to) for g in on.grants):
        raise compilation("already granted")
    on.grants.append(new)


def grantees_quoted(g: Grant) -> list[Any]:
    row = [g.created, g.privilege, grants.snake(g.on.kind), str(g.on), grants.snake(g.to.kind)]
    return [*row, str(g.to), g.option, g.by, False, "", "", ""]


def roles_alone(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = grants.grants_to

    def to(state: Any, who: Any) -> Any:
        answer = before(state, who)
        answer.rows = [row for row in answer.rows if "ROLE" in row]
        return answer

    patch.setattr(grants, "grants_to", to)


def without_public(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = Roles.below
    patch.setattr(
        Roles, "below", lambda self, s: [r for r in before(self, s) if r.simple_name != "PUBLIC"]
    )


def another_client_id(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = objects.change

    def change(state: Any, session: Any, one: Any, reader: Any) -> None:
        before(state, session, one, reader)
        one.client_id = "another"

    patch.setattr(objects, "change", change)


def both_secrets(self: OAuthIntegration, slot: str) -> None:
    self.client_secret = self.client_secret_2 = "another"


def accepted(state: Any, session: Any, reader: Any) -> Any:
    return status("Statement executed successfully.")


# Databricks


def apps_secret_stays(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = account_api.render_app
    patch.setattr(
        account_api, "render_app", lambda one: before(one) | {"client_secret": one.client_secret}
    )


def secret_stays(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = account_api.render_secret
    patch.setattr(account_api, "render_secret", lambda one: before(one) | {"secret": one.value})


def app_is_made_anew(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = access.Access.update_integration

    def update(self: Any, id_: str, changes: Any) -> None:
        before(self, id_, changes)
        self.integration(id_).client_id = "another"

    patch.setattr(access.Access, "update_integration", update)


def unique_apps(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = access.Access.create_integration

    def create(self: Any, settings: Any, creator: Any) -> Any:
        if any(i.settings["name"] == settings["name"] for i in self.integrations.values()):
            raise invalid("the name is taken")
        return before(self, settings, creator)

    patch.setattr(access.Access, "create_integration", create)


def unique_principals(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = Directory.add

    def add(self: Any, kind: Any, display_name: str, name: Any = None, **more: Any) -> Any:
        if any(p.display_name == display_name for p in self.principals.values()):
            raise invalid("the name is taken")
        return before(self, kind, display_name, name, **more)

    patch.setattr(Directory, "add", add)


def permissions_are_replaced(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    shared = box.databricks.warehouses.all[WAREHOUSE_ID]
    patch.setattr(shared, "acl", dict(shared.acl))  # put back afterwards

    def replaced(self: Warehouses, warehouse: Any, entries: Any) -> None:
        warehouse.acl = self._parse(warehouse, entries)

    patch.setattr(Warehouses, "patch", replaced)


def levels_only_rise(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    def added(self: Warehouses, warehouse: Any, entries: Any) -> None:
        warehouse.acl = self._parse(warehouse, entries) | warehouse.acl

    patch.setattr(Warehouses, "patch", added)


def kept_grants(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    """What this inversion does to the catalog's grants is put back afterwards."""
    main = box.databricks.unity.get("catalog", "main")
    patch.setattr(main, "grants", {name: set(held) for name, held in main.grants.items()})


def grants_are_replaced(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    kept_grants(patch, box)
    before = Unity.update

    def update(self: Unity, by: Any, target: Any, changes: Any) -> None:
        target.grants.clear()
        before(self, by, target, changes)

    patch.setattr(Unity, "update", update)


def grants_stay(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    kept_grants(patch, box)
    patch.setattr(Unity, "forget", lambda *args: None)


def admins_are_known(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    patch.setattr(box.databricks.directory.named("admins"), "system", False)


def place_is_not_named(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = Unity.effective

    def effective(self: Unity, target: Any, only: Any) -> Any:
        return [
            each | {"privileges": [{"privilege": p["privilege"]} for p in each["privileges"]]}
            for each in before(self, target, only)
        ]

    patch.setattr(Unity, "effective", effective)


def display_name(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    before = Statements._answer_context

    def answer(self: Any, caller: Any, tree: Any, place: Any) -> None:
        before(self, replace(caller, name=caller.display_name), tree, place)

    patch.setattr(Statements, "_answer_context", answer)


def parameter_is(value: exp.Expr) -> Inversion:
    def bind(tree: exp.Expr, parameters: Any) -> None:
        for marker in list(tree.find_all(exp.Placeholder)):
            marker.replace(value.copy())

    return instead(statements, "bind", bind)


def every_user_may_use_tokens(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    patch.setitem(box.databricks.workspace.token_acl, "users", "CAN_USE")


def another_workspace(patch: pytest.MonkeyPatch, box: Sandbox) -> None:
    patch.setattr(box.databricks.workspace, "host", "another.cloud.databricks.com")


def older(cloud: str) -> Inversion:
    return lambda patch, box: patch.setattr(getattr(box, cloud), "newest", False)


INVERSIONS: dict[str, dict[str, Inversion]] = {
    "snowflake": {
        "secondary-roles-are-on-by-default": instead(
            User,
            "default_secondary_roles",
            property(lambda self: self.settings.get("DEFAULT_SECONDARY_ROLES") or ()),
        ),
        "secondary-roles-can-be-off": instead(
            User, "default_secondary_roles", property(lambda self: None)
        ),
        "secondary-roles-are-not-named": nothing(checks, "check_user"),
        "a-service-user-has-no-password": nothing(checks, "check_user"),
        "a-short-password-is-refused": nothing(checks, "check_password"),
        "a-wrong-public-key-is-refused": nothing(checks, "check_key"),
        "future-grants-shadow-each-other": instead(Catalog, "_apply_future", both_future_grants),
        "a-tables-grant-goes-with-a-rebuild": instead(
            queries, "has_property", lambda tree, kind: kind is exp.CopyGrantsProperty
        ),
        "a-future-grant-survives-a-rebuild": nothing(Catalog, "_apply_future"),
        "a-grant-on-all-is-of-the-moment": grant_on_all_is_future_too,
        "a-future-grant-leaves-what-it-granted": revoke_of_future_takes_all,
        "grants-can-be-repeated": instead(grants, "add_grant", granted_once),
        "a-users-own-privileges-are-shown": roles_alone,
        "grants-are-shown-with-exact-names": instead(grants, "current_row", grantees_quoted),
        "a-database-role-is-not-for-users": lambda patch, box: patch.setitem(
            snowflake_statements.ANSWERS, "GRANT", accepted
        ),
        "what-public-holds-comes-to-every-role": without_public,
        "inherited-grants-reach-what-is-renamed": instead(
            Catalog, "inherited", lambda self, one: []
        ),
        "administrators-are-blocked-by-the-account": instead(
            OAuthIntegration, "effective_blocked_roles", lambda self, account: self.blocked_roles
        ),
        "a-partial-list-of-administrators-is-refused": nothing(checks, "check_blocked"),
        "an-unknown-role-is-not-blocked": instead(checks, "ROLE_LISTS", ()),
        "allowed-roles-are-described": older("snowflake"),
        "allowed-roles-go-without-secondary-ones": nothing(checks, "check_blocked"),
        "refresh-tokens-have-limits": instead(checks, "SHORTEST_REFRESH", 1),
        "a-client-secret-is-refreshed-alone": instead(
            OAuthIntegration, "refresh_secret", both_secrets
        ),
        "a-redirect-uri-changes-in-place": another_client_id,
        "an-issuer-has-one-integration": instead(Integrations, "all", lambda self: []),
        "a-network-policy-in-use-stays": nothing(objects, "check_unused"),
        "an-address-is-judged": nothing(checks, "check_addresses"),
        "managed-access-takes-it-from-owners": nothing(Roles, "_managed"),
        "usage-of-a-warehouse-does-not-operate-it": nothing(Roles, "require"),
        "an-unknown-function-has-its-number": nothing(queries, "check_calls"),
    },
    "databricks": {
        "an-apps-secret-is-shown-once": apps_secret_stays,
        "an-apps-redirects-change-in-place": app_is_made_anew,
        "app-names-are-not-unique": unique_apps,
        "principals-names-are-not-unique": unique_principals,
        "access-tokens-have-limits": lambda patch, box: patch.setitem(
            access.TTL_MINUTES, "access_token_ttl_in_minutes", (1, 10_000)
        ),
        "refresh-tokens-have-limits": lambda patch, box: patch.setitem(
            access.TTL_MINUTES, "refresh_token_ttl_in_minutes", (1, 1_000_000)
        ),
        "an-unknown-scope-is-refused": instead(
            access, "SCOPES", access.SCOPES | {"conformance-nope"}
        ),
        "a-principal-has-five-secrets": instead(access, "MAX_SECRETS", 9),
        "a-secret-lives-two-years-at-most": instead(access, "MAX_LIFETIME", 365 * access.DAY),
        "a-secret-is-shown-once": secret_stays,
        "an-unassigned-principal-is-unknown": instead(Directory, "visible", lambda *args: True),
        "a-replaced-principal-loses-entitlements": nothing(scim_api, "replace"),
        "sql-wants-its-entitlement": instead(Directory, "has_entitlement", lambda *args: True),
        "a-warehouses-permissions-are-added-to": permissions_are_replaced,
        "a-patch-lowers-a-level": levels_only_rise,
        "who-makes-a-principal-manages-it": instead(scim_api, "MANAGER", access.USER),
        "grants-are-changed-one-by-one": grants_are_replaced,
        "a-deleted-principals-grants-go": grants_stay,
        "a-workspaces-groups-are-unknown-to-grants": admins_are_known,
        "a-privilege-has-its-place": lambda patch, box: patch.setitem(
            unity.APPLICABLE, "catalog", unity.CATALOG | {"CREATE_CATALOG"}
        ),
        "effective-permissions-name-their-place": place_is_not_named,
        "a-missing-privilege-is-named-from-the-top": nothing(Statements, "_hold"),
        "what-may-be-browsed-is-listed-on-request": instead(Unity, "uses", Unity.sees),
        "a-principal-is-its-application-id": display_name,
        "a-parameter-is-a-value": parameter_is(exp.Boolean(this=True)),
        "a-parameter-is-wanted": parameter_is(exp.null()),
        "an-unknown-function-has-its-condition": nothing(Statements, "_check_functions"),
        "a-token-wants-its-permission": every_user_may_use_tokens,
        "a-workspace-says-its-id": another_workspace,
        "a-host-says-its-type": older("databricks"),
    },
}
