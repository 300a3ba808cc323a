"""Changing an applied environment: what is updated, what replaced, what stops the preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config

from sandbox import Sandbox
from sandbox.databricks.world import WAREHOUSE_ID, WORKSPACE_HOST
from tools.stacks import Stack

APP = "databricks:index/customAppIntegration:CustomAppIntegration::cube-oauth-app"
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal::cube-service-principal"
POLICY = "tokenAccessPolicy"
SECRET = "cube-access:aws:Secret::cube-secret"


def grant(securable: str) -> str:
    return f"databricks:index/grant:Grant::cube-read-{securable}"


def works(document: dict[str, str]) -> bool:
    config = Config(
        host=f"https://{WORKSPACE_HOST}",
        client_id=document["clientId"],
        client_secret=document["clientSecret"],
        auth_type="oauth-m2m",
    )
    try:
        client = WorkspaceClient(config=config)
        return client.statement_execution.execute_statement("SELECT 1", WAREHOUSE_ID) is not None
    except ValueError as error:  # the SDK's way of saying that signing in failed
        if "invalid_client" not in str(error):
            raise
        return False


def stored() -> dict[str, str]:
    client = boto3.client("secretsmanager")
    arn = client.list_secrets()["SecretList"][0]["ARN"]
    return dict(json.loads(client.get_secret_value(SecretId=arn)["SecretString"]))


# Each setting that an existing environment may change, with the only steps that its preview may
# show. Of an update, with the property that tells it from the others of its resource.
CHANGES: list[tuple[dict[str, Any], dict[str, list[str]], str]] = [
    ({"redirectUris": ["https://other.cubecloud.dev/cb"]}, {"update": [APP]}, "redirectUrls"),
    ({"accessTokenMinutes": 30}, {"update": [APP]}, f"{POLICY}.accessToken"),
    ({"refreshTokenMinutes": 1440}, {"update": [APP]}, f"{POLICY}.refreshToken"),
    ({"oauthScopes": ["sql"]}, {"update": [APP]}, "scopes"),
    ({"schemas": ["main.sales", "main.hr"]}, {"create": [grant("main.hr")]}, ""),
    (
        {"tables": []},
        {"delete": [grant("main.reference"), grant("main.reference.countries")]},
        "",
    ),
    ({"tags": {"team": "bi"}}, {"update": [SECRET]}, "tags"),
    ({"secretRecoveryDays": 7}, {"update": [SECRET]}, "recoveryDays"),
    ({"secretOnDestroy": "keep"}, {"update": [SECRET]}, "onDestroy"),
    ({"credentialLifetimeDays": 30}, {}, ""),
    ({"fallback": "service-account"}, {}, ""),
    ({"sourceName": "lakehouse"}, {}, ""),
]


def test_each_setting_changes_what_it_should_and_nothing_is_replaced(applied_copy: Stack) -> None:
    stack = applied_copy
    steps: dict[str, set[str]] = {}
    told: dict[str, set[str]] = {}
    for change, expected, tells in CHANGES:
        stack.set(**change)
        for operation, names in expected.items():
            steps.setdefault(operation, set()).update(names)
        for name in expected.get("update", []):
            told.setdefault(name, set()).add(tells)
    got = stack.preview()
    assert got.code == 0, got.output
    assert {op: set(names) for op, names in got.steps.items()} == steps
    for name, paths in told.items():
        for path in paths:
            assert [each for each in got.changed[name] if each.startswith(path)], got.changed[name]
    # For real, they keep every credential.
    credential = stack.outputs()["cube_oauth_app"]["client_secret"]
    stack.apply()
    stack.unchanged()
    assert stack.outputs()["cube_oauth_app"]["client_secret"] == credential
    assert works(stored())


@pytest.fixture
def protected(make_applied: Callable[..., Stack]) -> Stack:
    return make_applied(protect=True, secretName="cube-access/fixed")


@pytest.mark.parametrize(
    ("key", "value"), [("name", "cube-renamed"), ("oauthClientType", "public")]
)
def test_what_would_sign_everybody_out_stops_the_preview(
    protected: Stack, key: str, value: str
) -> None:
    protected.set(**{key: value})
    got = protected.pulumi("preview")
    assert got.code != 0
    assert "replaces the OAuth app" in got.output
    assert "Everybody who uses Cube is signed out" in got.output, "who is hit"
    assert "cube-access:protect to false" in got.output, "the flag that allows it"


def test_with_the_flag_it_goes_through_completely(protected: Stack, sandbox: Sandbox) -> None:
    protected.set(name="cube-renamed", oauthClientType="public", protect=False)
    protected.apply()
    protected.unchanged()
    document = stored()
    assert works(document)
    # An update of the principal is a PUT that wipes what another resource entitled it to.
    principal = int(document["servicePrincipalId"])
    assert sandbox.databricks.workspace.entitlements[principal] == {"databricks-sql-access"}


def test_an_environment_does_not_move_to_another_workspace(applied_copy: Stack) -> None:
    applied_copy.set(databricksWorkspaceId="5004080000000999")
    got = applied_copy.pulumi("preview")
    assert got.code != 0
    assert "workspace id (5004080000000001 -> 5004080000000999)" in got.output
    assert "Make a new stack for the new place, and destroy this one" in got.output


def test_switching_the_kind_of_credential_is_guarded(protected: Stack) -> None:
    protected.set(credential="pat")
    got = protected.pulumi("preview")
    assert got.code != 0
    assert "The running credential ends in the same apply" in got.output
    assert works(stored())


def test_a_protected_environment_is_not_destroyed(protected: Stack) -> None:
    got = protected.pulumi("destroy", "--yes", "--skip-preview")
    assert got.code != 0
    assert "protect" in got.output
    assert works(stored()), "and nobody was cut off on the way"


def test_rotation_keeps_old_and_new_until_the_old_label_goes(applied_copy: Stack) -> None:
    stack = applied_copy
    old = stored()
    stack.set(credentialVersions=["v1", "v2"])
    stack.apply()
    new = stored()
    assert new["clientSecret"] != old["clientSecret"]
    assert works(old), "Cube still runs on the old one"
    assert works(new)
    assert (
        stack.outputs()["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"] == new["clientSecret"]
    )
    stack.unchanged()
    stack.set(credentialVersions=["v2"])
    stack.apply()
    assert not works(old)
    assert works(new)
    stack.unchanged()


def test_personal_access_tokens_work_and_rotate_the_same_way(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(credential="pat")
    stack.apply()
    stack.unchanged()
    document = stored()
    assert set(document) == {"token", "tokenId", "workspaceUrl", "comment"}
    variables = stack.outputs()["cube_env"]
    assert variables["CUBEJS_DB_DATABRICKS_TOKEN"] == document["token"]
    assert not any("CLIENT" in name for name in variables)
    client = WorkspaceClient(
        host=document["workspaceUrl"], token=document["token"], auth_type="pat"
    )
    answer = client.statement_execution.execute_statement(
        "SELECT count(*) FROM main.sales.orders", WAREHOUSE_ID
    )
    assert answer.result is not None
    assert answer.result.data_array == [["4"]]
    assert stack.outputs()["service_account"]["credential_expires"] > "2026"
    assert sandbox.journal.calls(method="PUT", path="authorization/tokens") == []


def test_a_warehouse_of_our_own(make_stack: Callable[..., Stack], sandbox: Sandbox) -> None:
    stack = make_stack(sqlWarehouseId=None, tags={"team": "bi"})
    stack.apply()
    stack.unchanged()
    (ours,) = (w for w in sandbox.databricks.warehouses.all.values() if w.id != WAREHOUSE_ID)
    assert ours.id in stack.outputs()["cube_env"]["CUBEJS_DB_DATABRICKS_URL"]
    stack.set(sqlWarehouseSize="Small")
    assert stack.preview().steps == {
        "update": ["databricks:index/sqlEndpoint:SqlEndpoint::cube-warehouse"]
    }
    stack.must("destroy", "--yes", "--skip-preview")
    assert ours.id not in sandbox.databricks.warehouses.all


@pytest.mark.parametrize("credential", ["m2m", "pat"])
def test_expiry_is_warned_of_in_the_last_fifth_of_the_lifetime(
    make_stack: Callable[..., Stack], sandbox: Sandbox, credential: str
) -> None:
    day = 86_400
    sandbox.databricks.advance(seconds=-70 * day)  # a credential of 90 days, made 70 days ago
    stack = make_stack(credential=credential)
    assert "Rotate it" not in stack.apply().output
    sandbox.databricks.advance(seconds=-5 * day)
    stack.set(credentialVersions=["v1", "made-75-days-ago"])
    got = stack.apply()
    assert "the credential of cube-dev expires in 14 days" in got.output
    assert "append a label to cube-access:credentialVersions" in got.output
