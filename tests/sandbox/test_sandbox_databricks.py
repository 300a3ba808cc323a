"""Databricks: assignments and entitlements, warehouse permissions, grants."""

import pytest
import requests
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service import catalog, iam, sql
from databricks.sdk.service.iam import Patch, PatchOp, WorkspacePermission

from sandbox.databricks.world import ALICE, BOB, WAREHOUSE_ID, WORKSPACE_ID

SQL_ACCESS = [
    Patch(op=PatchOp.REPLACE, path="entitlements", value=[{"value": "databricks-sql-access"}])
]
ORDERS = "main.sales.orders"


def assign(account: AccountClient, id_: str, *levels: WorkspacePermission) -> None:
    permissions = list(levels) or [WorkspacePermission.USER]
    account.workspace_assignment.update(WORKSPACE_ID, int(id_), permissions=permissions)


def grant(workspace, securable: str, name: str, principal: str, *add: str, remove=()) -> None:
    change = catalog.PermissionsChange(
        principal=principal,
        add=[catalog.Privilege(p) for p in add],
        remove=[catalog.Privilege(p) for p in remove],
    )
    workspace.grants.update(securable, name, changes=[change])


def acl(workspace: WorkspaceClient) -> dict[str, str]:
    entries = workspace.warehouses.get_permissions(WAREHOUSE_ID).access_control_list
    return {
        e.user_name or e.group_name or e.service_principal_name: e.all_permissions[
            0
        ].permission_level.value
        for e in entries
    }


# Assignments, SCIM and entitlements


def test_a_workspace_hears_of_a_new_principal_late(account, workspace, robot, sandbox):
    sandbox.databricks.directory.consistency_lag = 2
    late = account.service_principals.create(display_name="late", active=True)
    assign(account, late.id)
    with pytest.raises(NotFound):
        workspace.service_principals.patch(late.id, operations=SQL_ACCESS)
    grant(workspace, "catalog", "main", late.application_id, "USE_CATALOG")
    with pytest.raises(NotFound):
        workspace.service_principals.get(late.id)
    workspace.service_principals.patch(late.id, operations=SQL_ACCESS)
    seen = workspace.service_principals.get(late.id)
    assert [e.value for e in seen.entitlements] == ["databricks-sql-access"]


def test_an_assignment_is_replaced_and_can_be_taken_back(account, workspace, robot):
    assign(account, robot.id, WorkspacePermission.ADMIN)
    assign(account, robot.id)
    (listed,) = [
        a
        for a in account.workspace_assignment.list(WORKSPACE_ID)
        if a.principal.principal_id == int(robot.id)
    ]
    assert listed.permissions == [WorkspacePermission.USER]
    assert listed.principal.service_principal_name == robot.application_id
    account.workspace_assignment.delete(WORKSPACE_ID, int(robot.id))
    with pytest.raises(NotFound):
        workspace.service_principals.get(robot.id)
    assert account.service_principals.get(robot.id), "the account keeps it"


def test_entitlements_can_be_added_replaced_and_removed(workspace, robot):
    def change(op: PatchOp, *values: str) -> list[str]:
        patch = Patch(op=op, path="entitlements", value=[{"value": v} for v in values] or [{}])
        workspace.service_principals.patch(robot.id, operations=[patch])
        found = workspace.service_principals.get(robot.id).entitlements or []
        return [e.value for e in found]

    assert change(PatchOp.ADD, "workspace-access") == ["workspace-access"]
    assert change(PatchOp.REPLACE, "databricks-sql-access") == ["databricks-sql-access"]
    assert change(PatchOp.REMOVE, "databricks-sql-access") == []
    assert change(PatchOp.REPLACE) == []


def test_an_update_of_the_account_level_principal_wipes_its_entitlements(
    workspace, robot, account_url, deployer_headers
):
    workspace.service_principals.patch(robot.id, operations=SQL_ACCESS)
    url = f"{account_url}/scim/v2/ServicePrincipals/{robot.id}"
    sent = {"displayName": "renamed", "active": True}
    requests.put(url, json=sent, headers=deployer_headers, timeout=10).raise_for_status()
    found = workspace.service_principals.get(robot.id)
    assert (found.display_name, found.entitlements) == ("renamed", [])


def test_principals_are_listed_filtered_and_paged(account, robot, account_url, deployer_headers):
    for n in range(3):
        account.service_principals.create(display_name=f"sp-{n}")
    found = list(account.service_principals.list(filter="displayName eq 'sp-1'"))
    assert [p.display_name for p in found] == ["sp-1"]
    url = f"{account_url}/scim/v2/ServicePrincipals"
    second = requests.get(
        url, params={"startIndex": 2, "count": 2}, headers=deployer_headers, timeout=10
    ).json()
    assert (second["totalResults"], second["itemsPerPage"]) == (5, 2)


def test_the_application_id_is_there_even_when_not_asked_for(robot, account_url, deployer_headers):
    url = f"{account_url}/scim/v2/ServicePrincipals/{robot.id}?attributes=displayName,active"
    found = requests.get(url, headers=deployer_headers, timeout=10).json()
    assert found.keys() == {"schemas", "id", "applicationId", "displayName", "active"}


def test_a_missing_principal_is_a_scim_error(account_url, deployer_headers):
    url = f"{account_url}/scim/v2/ServicePrincipals/1"
    answer = requests.get(url, headers=deployer_headers, timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (404, "404")
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_deleting_a_principal_takes_its_grants_and_permissions_along(
    account, workspace, robot, as_robot
):
    grant(workspace, "catalog", "main", robot.application_id, "USE_CATALOG")
    account.service_principals.delete(robot.id)
    assert robot.application_id not in acl(workspace)
    found = workspace.grants.get("catalog", "main").privilege_assignments
    assert robot.application_id not in {a.principal for a in found}


# Warehouses


def test_patch_adds_and_put_replaces(workspace, robot, workspace_url, deployer_headers):
    before = acl(workspace)
    assert before == {
        "platform-admin@example.com": "IS_OWNER",
        "analysts": "CAN_USE",
        "engineers": "CAN_MONITOR",
        BOB: "CAN_MANAGE",
        "admins": "CAN_MANAGE",
    }
    can_use = iam.AccessControlRequest(
        service_principal_name=robot.application_id,
        permission_level=iam.PermissionLevel.CAN_USE,
    )
    workspace.permissions.update("warehouses", WAREHOUSE_ID, access_control_list=[can_use])
    assert acl(workspace) == before | {robot.application_id: "CAN_USE"}
    owner = iam.AccessControlRequest(user_name=BOB, permission_level=iam.PermissionLevel.IS_OWNER)
    path = "sql/warehouses"
    workspace.permissions.set(path, WAREHOUSE_ID, access_control_list=[can_use, owner])
    expected = {BOB: "IS_OWNER", robot.application_id: "CAN_USE", "admins": "CAN_MANAGE"}
    assert acl(workspace) == expected
    url = f"{workspace_url}/api/2.0/permissions/sql/warehouses/{WAREHOUSE_ID}"
    raw = requests.get(url, headers=deployer_headers, timeout=10).json()
    assert raw["object_id"] == f"/sql/warehouses/{WAREHOUSE_ID}"
    assert raw["object_type"] == "warehouses"


def test_put_needs_exactly_one_owner(workspace):
    owner = sql.WarehousePermissionLevel.IS_OWNER
    two = [
        sql.WarehouseAccessControlRequest(user_name=name, permission_level=owner)
        for name in (ALICE, BOB)
    ]
    for entries, message in (([], "must provide a new owner"), (two, "exactly one owner")):
        with pytest.raises(InvalidParameterValue, match=message):
            workspace.warehouses.set_permissions(WAREHOUSE_ID, access_control_list=entries)
    assert BOB in acl(workspace), "a refused PUT changes nothing"


def test_a_warehouse_is_made_edited_and_deleted(workspace):
    made = workspace.warehouses.create_and_wait(name="cube", cluster_size="Small")
    assert (made.auto_stop_mins, made.state) == (120, sql.State.RUNNING)
    workspace.warehouses.edit(made.id, name="cube", auto_stop_mins=10)
    assert workspace.warehouses.get(made.id).auto_stop_mins == 10
    assert {d.warehouse_id for d in workspace.data_sources.list()} == {made.id, WAREHOUSE_ID}
    workspace.warehouses.delete(made.id)
    assert [w.id for w in workspace.warehouses.list()] == [WAREHOUSE_ID]


# Unity Catalog


def test_grants_change_one_principal_only_and_are_read_back(workspace, robot):
    name = robot.application_id
    grant(workspace, "catalog", "main", name, "USE_CATALOG", "SELECT")
    grant(workspace, "catalog", "main", name, "USE_SCHEMA", remove=["SELECT"])
    held = {
        a.principal: {p.value for p in a.privileges}
        for a in workspace.grants.get("catalog", "main").privilege_assignments
    }
    assert held[name] == {"USE_CATALOG", "USE_SCHEMA"}
    assert held["account users"] == {"BROWSE"}
    (effective,) = workspace.grants.get_effective(
        "table", ORDERS, principal="analysts"
    ).privilege_assignments
    (select,) = effective.privileges
    assert (select.privilege.value, select.inherited_from_name) == ("SELECT", "main.sales")


@pytest.mark.parametrize(
    ("securable", "name", "code"),
    [
        ("catalog", "nope", "CATALOG_DOES_NOT_EXIST"),
        ("schema", "main.nope", "SCHEMA_DOES_NOT_EXIST"),
        ("table", "main.sales.nope", "TABLE_DOES_NOT_EXIST"),
        ("table", "nope.sales.orders", "CATALOG_DOES_NOT_EXIST"),
    ],
)
def test_a_grant_on_what_does_not_exist_is_refused(workspace, securable, name, code):
    with pytest.raises(NotFound) as refused:
        grant(workspace, securable, name, ALICE, "SELECT")
    assert refused.value.error_code == code


@pytest.mark.parametrize("principal", ["nobody@example.com", "admins", "Analysts"])
def test_a_grant_to_whom_the_metastore_does_not_know_is_refused(workspace, principal):
    with pytest.raises(NotFound) as refused:
        grant(workspace, "catalog", "main", principal, "USE_CATALOG")
    assert refused.value.error_code == "PRINCIPAL_DOES_NOT_EXIST"


def test_a_privilege_that_does_not_apply_is_refused(workspace):
    with pytest.raises(InvalidParameterValue, match="CREATE_SCHEMA is not applicable"):
        grant(workspace, "table", ORDERS, ALICE, "CREATE_SCHEMA")


def test_a_person_without_manage_may_not_grant(login):
    alice = login.client(ALICE, scope="all-apis")
    with pytest.raises(PermissionDenied, match=r"MANAGE on Schema 'main\.sales'"):
        grant(alice, "schema", "main.sales", ALICE, "MODIFY")


def test_who_may_not_manage_a_securable_sees_its_own_privileges_there(workspace, as_robot, robot):
    kind, name = "schema", "main.sales"
    grant(workspace, kind, name, robot.application_id, "SELECT")
    for held in (as_robot.grants.get, as_robot.grants.get_effective):
        found = held(kind, name).privilege_assignments
        assert [each.principal for each in found] == [robot.application_id]
        with pytest.raises(PermissionDenied, match="MANAGE"):
            held(kind, name, principal="analysts")
    everybody = workspace.grants.get_effective(kind, name).privilege_assignments
    assert {each.principal for each in everybody} >= {"analysts", robot.application_id}


def test_one_of_several_values_can_be_patched_away(account, robot, sandbox):
    (group,) = account.groups.list(filter="displayName eq finance")
    add = Patch(op=PatchOp.ADD, path="members", value=[{"value": robot.id}])
    account.groups.patch(group.id, operations=[add])
    members = sandbox.databricks.directory.get(group.id).members
    assert int(robot.id) in members
    remove = Patch(op=PatchOp.REMOVE, path=f'members[value eq "{robot.id}"]')
    account.groups.patch(group.id, operations=[remove])
    left = sandbox.databricks.directory.get(group.id).members
    assert left == members - {int(robot.id)}
    assert left


def test_everybody_lists_only_what_concerns_them(workspace, login):
    assert {c.name for c in workspace.catalogs.list()} == {"main", "raw"}
    alice = login.client(ALICE, scope="all-apis")
    assert {c.name for c in alice.catalogs.list()} == {"main"}
    assert [t.full_name for t in alice.tables.list("main", "sales")] == [
        "main.sales.customers",
        ORDERS,
    ]
    with pytest.raises(PermissionDenied):
        alice.schemas.get("raw.events")
