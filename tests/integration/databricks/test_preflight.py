"""What is asked before the first change, by the real engine, plugins, SDK and boto3: each trouble
is told as what it is, and nothing is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from cube_access.databricks.membership import WorkspaceIdentityLifecycle
from cube_access.databricks.permission import PermissionLifecycle
from cube_access.databricks.preflight import SINGLY
from cube_access.provider.values import UNKNOWN
from sandbox import Sandbox
from sandbox.databricks.world import ADMIN, WAREHOUSE_ID, WORKSPACE_HOST, WORKSPACE_ID
from tests.helpers import Heard
from tools.stacks import Stack

ACCOUNT_HOST = "https://accounts.cloud.databricks.com"
PLACE = {"host": WORKSPACE_HOST, "workspaceId": str(WORKSPACE_ID), "serverless": True}
ENTRY = {
    "host": WORKSPACE_HOST,
    "objectType": "warehouses",
    "objectId": WAREHOUSE_ID,
    "kind": "group_name",
    "principal": "finance",
}


def reasons(
    kind: type[WorkspaceIdentityLifecycle | PermissionLifecycle], olds: Any, news: Any
) -> list[str]:
    return [f"{each.property}: {each.reason}" for each in kind().check(olds, news)]


def effects(sandbox: Sandbox) -> list[str]:
    """Calls that change something."""
    looks = ("GET", "HEAD")
    calls = [
        call for call in sandbox.journal if call.method not in looks and "/oidc/" not in call.path
    ]
    return [call.path for call in calls if "Describe" not in call.path]


def no_sign_in(sandbox: Sandbox, stack: Stack) -> None:
    del stack.environment["DATABRICKS_CLIENT_SECRET"]


def two_sign_ins(sandbox: Sandbox, stack: Stack) -> None:
    for name in ("ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"):
        stack.environment[name] = "x"


def wrong_case(sandbox: Sandbox, stack: Stack) -> None:
    stack.set(userGroups=["Analysts"])


def no_aws(sandbox: Sandbox, stack: Stack) -> None:
    del stack.environment["AWS_ACCESS_KEY_ID"]


def taken_name(sandbox: Sandbox, stack: Stack) -> None:
    boto3.client("secretsmanager").create_secret(Name="cube-access/cube-dev", SecretString="theirs")
    sandbox.journal.clear()


@pytest.mark.parametrize(
    ("spoil", "words", "not_words"),
    [
        (no_sign_in, ["Databricks: the deployer cannot sign in", "DATABRICKS_CLIENT_SECRET"], []),
        (two_sign_ins, ["more than one authorization method", "unset them"], []),
        (wrong_case, ["group Analysts: is called 'analysts': write it so"], ["sign in"]),
        (no_aws, ["AWS: the deployer cannot sign in", "AWS_ACCESS_KEY_ID"], []),
        (taken_name, ["cube-access/cube-dev exists and belongs to something"], []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_preview_says_what_up_would_meet(
    make_stack: Callable[..., Stack],
    sandbox: Sandbox,
    spoil: Callable[[Sandbox, Stack], None],
    words: list[str],
    not_words: list[str],
) -> None:
    stack = make_stack()
    spoil(sandbox, stack)
    got = stack.pulumi("preview")
    assert got.code != 0
    for each in words:
        assert each in got.output
    for each in [*not_words, "Traceback", *([] if spoil is wrong_case else ["cannot see in"])]:
        assert each not in got.output
    assert effects(sandbox) == []
    asked = [call for call in sandbox.journal if "DescribeSecret" in call.path]
    assert len(asked) <= 1, "a preview asks AWS once"


def test_an_up_without_a_preview_makes_no_credential_that_aws_would_not_store(
    stack: Stack, sandbox: Sandbox
) -> None:
    people = set(sandbox.databricks.directory.principals)
    sandbox.faults.add(
        path="/secretsmanager.DescribeSecret",
        status=400,
        body={"__type": "AccessDeniedException", "Message": "not for you"},
        times=9,
    )
    got = stack.up()
    assert got.code != 0
    assert "its credential could not be stored: the secret cube-access/cube-dev" in got.output
    assert "not for you" in got.output
    assert "Traceback" not in got.output
    assert set(sandbox.databricks.directory.principals) == people
    sandbox.faults.clear()
    stack.apply()


def test_a_first_preview_asks_nothing_twice(stack: Stack, sandbox: Sandbox) -> None:
    assert stack.pulumi("preview").code == 0
    sign_ins = [call.host for call in sandbox.journal.calls(method="POST", path="/v1/token$")]
    assert len(sign_ins) == 3, "the plugin's in the workspace, and ours there and in the account"
    assert len(set(sign_ins)) == 2
    assert len(sandbox.journal.calls(path="/permissions/warehouses/")) == 1


SCHEMAS = [f"main.many{number}" for number in range(SINGLY + 1)]
LIST = "/api/2.1/unity-catalog/schemas"


def looked_for(sandbox: Sandbox) -> list[str]:
    """Schemas that were asked for one by one."""
    calls = [call.path for call in sandbox.journal if call.path.startswith(f"{LIST}/main.many")]
    return [path.removeprefix(f"{LIST}/") for path in calls]


def test_many_schemas_of_a_catalog_are_listed_and_those_that_are_not_there_asked_for(
    stack: Stack, sandbox: Sandbox
) -> None:
    for name in SCHEMAS:
        sandbox.databricks.unity.add("schema", name, ADMIN)
    stack.set(schemas=SCHEMAS)
    assert stack.pulumi("preview").code == 0
    assert looked_for(sandbox) == []
    assert len(sandbox.journal.calls(path=f"{LIST}$")) == 1

    sandbox.journal.clear()
    stack.set(schemas=[*SCHEMAS, "main.many_more"])
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "schema main.many_more" in got.output
    assert SCHEMAS[0] not in got.output
    assert looked_for(sandbox) == ["main.many_more"]

    # A catalog that is not there has no list: each of its schemas is told.
    elsewhere = [name.replace("main.", "gone.") for name in SCHEMAS]
    stack.set(schemas=elsewhere)
    got = stack.pulumi("preview")
    assert got.code != 0
    for name in ("catalog gone", *elsewhere):
        assert name in got.output

    # Without a list each is asked for.
    sandbox.journal.clear()
    stack.set(schemas=SCHEMAS)
    refused = {"error_code": "PERMISSION_DENIED", "message": "no list for you"}
    sandbox.faults.add(path=f"{LIST}$", status=403, body=refused, times=9)
    assert stack.pulumi("preview").code == 0
    assert sorted(looked_for(sandbox)) == SCHEMAS


def test_many_tables_of_a_schema_are_listed_and_views_asked_for(
    stack: Stack, sandbox: Sandbox
) -> None:
    """The plugin's list of tables leaves views out."""
    tables = [f"main.sales.many{number}" for number in range(SINGLY)]
    view = "main.sales.a_view"
    for name in [*tables, view]:
        sandbox.databricks.unity.add("table", name, ADMIN)
    sandbox.databricks.unity.get("table", view).reads = [tables[0]]
    stack.set(schemas=["main.sales"], tables=[*tables, view])
    sandbox.journal.clear()
    assert stack.pulumi("preview").code == 0
    asked = sandbox.journal.calls(path="/unity-catalog/tables/main.sales")
    assert [call.path.rpartition("/")[2] for call in asked] == [view]

    stack.set(schemas=["main.sales"], tables=[*tables, "main.sales.gone"])
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "table main.sales.gone" in got.output
    assert tables[0] not in got.output


class TestPlace:
    def test_all_is_well(self, sandbox: Sandbox) -> None:
        assert reasons(WorkspaceIdentityLifecycle, {}, PLACE) == []

    @pytest.mark.parametrize("place", [PLACE, {**PLACE, "accountHost": ACCOUNT_HOST}])
    def test_a_host_that_serves_account_and_workspace(self, sandbox: Sandbox, place: Any) -> None:
        """Newer plugins want a property there that older ones refuse."""
        assert reasons(WorkspaceIdentityLifecycle, {}, place) == []
        sandbox.databricks.unified = True
        (said,) = reasons(WorkspaceIdentityLifecycle, {}, place)
        assert f"{WORKSPACE_HOST} calls itself unified" in said
        assert "Name the workspace's own host" in said
        assert reasons(WorkspaceIdentityLifecycle, place, place) == []
        sandbox.databricks.newest = False  # it says nothing then
        assert reasons(WorkspaceIdentityLifecycle, {}, place) == []

    def test_an_account_console_that_serves_workspaces(self, sandbox: Sandbox) -> None:
        body = {"host_type": "UNIFIED"}
        host = ACCOUNT_HOST.removeprefix("https://")
        path = "/.well-known/databricks-config"
        sandbox.faults.add(host=host, path=path, status=200, body=body)
        (said,) = reasons(WorkspaceIdentityLifecycle, {}, {**PLACE, "accountHost": ACCOUNT_HOST})
        assert f"{ACCOUNT_HOST} calls itself unified" in said
        assert said.endswith("so nothing is made.")

    @pytest.mark.parametrize(
        "answer", [{"status": 404}, {"status": 403}, {"status": 200, "body": ["a list"]}]
    )
    def test_a_host_without_such_a_document_is_no_obstacle(
        self, sandbox: Sandbox, answer: dict[str, Any]
    ) -> None:
        sandbox.faults.add(path="/.well-known/databricks-config", **answer)  # of the look itself
        assert reasons(WorkspaceIdentityLifecycle, {}, PLACE) == []

    def test_another_id(self, sandbox: Sandbox) -> None:
        (said,) = reasons(WorkspaceIdentityLifecycle, {}, {**PLACE, "workspaceId": "1234567890"})
        assert f"the workspace {WORKSPACE_HOST} has the id {WORKSPACE_ID}, not 1234567890" in said

    def test_what_is_there_is_not_asked_again(self, sandbox: Sandbox) -> None:
        older = {key: value for key, value in PLACE.items() if key != "serverless"}
        newer = {**PLACE, "accountHost": ACCOUNT_HOST}
        for olds in (PLACE, older):
            assert reasons(WorkspaceIdentityLifecycle, olds, newer) == []
        assert WorkspaceIdentityLifecycle().diff("1", older, newer).changed == []
        assert len(sandbox.journal) == 0

    def test_a_serverless_warehouse_is_asked_for_at_once_and_later(self, sandbox: Sandbox) -> None:
        sandbox.databricks.warehouses.serverless = False
        for olds in ({}, {**PLACE, "serverless": False}):
            (said,) = reasons(WorkspaceIdentityLifecycle, olds, PLACE)
            assert "serverless SQL warehouses switched off" in said
            assert "sqlWarehouseServerless to false" in said

    def test_a_refused_sign_in_is_no_wrong_workspace(self, sandbox: Sandbox) -> None:
        sandbox.faults.add(path="/scim/v2/Me", status=401)
        (said,) = reasons(WorkspaceIdentityLifecycle, {}, PLACE)
        assert said.startswith("host: Databricks: the deployer cannot sign in")

    def test_the_workspace_is_asked_and_no_variable_believed(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABRICKS_WORKSPACE_ID", "1234567890")
        assert reasons(WorkspaceIdentityLifecycle, {}, PLACE) == []
        (said,) = reasons(WorkspaceIdentityLifecycle, {}, {**PLACE, "workspaceId": "1234567890"})
        assert f"has the id {WORKSPACE_ID}, not 1234567890" in said

    def test_who_is_no_admin_is_not_stopped(self, sandbox: Sandbox) -> None:
        sandbox.faults.add(path="/sql/config/warehouses", status=403)
        assert reasons(WorkspaceIdentityLifecycle, {}, PLACE) == []


class TestPermission:
    def test_a_warehouse_without_an_owner(self, sandbox: Sandbox) -> None:
        sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl.clear()
        (said,) = reasons(PermissionLifecycle, {}, ENTRY)
        assert f"SQL warehouse {WAREHOUSE_ID} has no owner" in said

    def test_one_that_is_known_or_not_yet_there_is_not_asked_for(self, sandbox: Sandbox) -> None:
        assert reasons(PermissionLifecycle, ENTRY, ENTRY) == []
        assert reasons(PermissionLifecycle, {}, {**ENTRY, "objectId": UNKNOWN}) == []
        assert len(sandbox.journal) == 0

    def test_an_object_is_looked_at_once_for_all_that_get_an_entry(self, sandbox: Sandbox) -> None:
        for principal in ("finance", "analysts"):
            assert reasons(PermissionLifecycle, {}, {**ENTRY, "principal": principal}) == []
        assert len(sandbox.journal.calls(path="/permissions/warehouses/")) == 1

    def test_who_may_not_see_the_permissions_is_told_and_not_stopped(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.faults.add(path="/permissions/warehouses/", status=403)
        entry = PermissionLifecycle(voice=Heard())
        assert entry.check({}, ENTRY) == []
        (warning,) = entry.voice.warnings  # type: ignore[attr-defined]
        assert warning.startswith(f"not looked at: the permissions of SQL warehouse {WAREHOUSE_ID}")

    def test_an_entry_that_cannot_be_taken_away_stays_and_is_told(self, sandbox: Sandbox) -> None:
        warehouse = sandbox.databricks.warehouses.all[WAREHOUSE_ID]
        entry = PermissionLifecycle(voice=Heard())
        identifier, outputs = entry.create(ENTRY)
        owner = next(name for name, level in warehouse.acl.items() if level == "IS_OWNER")
        del warehouse.acl[owner]
        entry.delete(identifier, outputs)
        assert warehouse.acl["finance"] == "CAN_USE"
        (warning,) = entry.voice.warnings  # type: ignore[attr-defined]
        assert f"CAN_USE of finance on warehouses {WAREHOUSE_ID} stays" in warning
        warehouse.acl[owner] = "IS_OWNER"
        entry.delete(identifier, outputs)
        assert "finance" not in warehouse.acl
