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
# show.
CHANGES: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"redirectUris": ["https://other.cubecloud.dev/cb"]}, {"update": [APP]}),
    ({"accessTokenMinutes": 30}, {"update": [APP]}),
    ({"refreshTokenMinutes": 1440}, {"update": [APP]}),
    ({"oauthScopes": ["sql"]}, {"update": [APP]}),
    ({"schemas": ["main.sales", "main.hr"]}, {"create": [grant("main.hr")]}),
    ({"tables": []}, {"delete": [grant("main.reference"), grant("main.reference.countries")]}),
    ({"tags": {"team": "bi"}}, {"update": [SECRET]}),
    ({"secretRecoveryDays": 7}, {"update": [SECRET]}),
    ({"secretOnDestroy": "keep"}, {"update": [SECRET]}),
    ({"credentialLifetimeDays": 30}, {}),
    ({"fallback": "service-account"}, {}),
    ({"sourceName": "lakehouse"}, {}),
]


def test_each_setting_changes_what_it_should_and_nothing_is_replaced(stack: Stack) -> None:
    stack.apply()
    before = stack.config
    for change, expected in CHANGES:
        stack.config = dict(before)
        stack.set(**change)
        got = stack.preview()
        assert got.code == 0, f"{change}: {got.output}"
        assert {op: sorted(names) for op, names in got.steps.items()} == expected, change
    # All of them at once, for real, keep every credential.
    credential = stack.outputs()["cube_oauth_app"]["client_secret"]
    for change, _ in CHANGES:
        stack.set(**change)
    stack.apply()
    stack.unchanged()
    assert stack.outputs()["cube_oauth_app"]["client_secret"] == credential
    assert works(stored())


@pytest.mark.parametrize(
    ("key", "value"), [("name", "cube-renamed"), ("oauthClientType", "public")]
)
def test_what_would_sign_everybody_out_stops_the_preview(
    make_stack: Callable[..., Stack], key: str, value: str
) -> None:
    stack = make_stack(protect=True)
    stack.set(name="cube-dev", secretName="cube-access/fixed")
    stack.apply()
    stack.set(**{key: value})
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "replaces the OAuth app" in got.output
    assert "Everybody who uses Cube is signed out" in got.output, "who is hit"
    assert "cube-access:protect to false" in got.output, "the flag that allows it"
    # With the flag it goes through, completely.
    stack.set(protect=False)
    stack.apply()
    stack.unchanged()
    assert works(stored())


def test_an_environment_does_not_move_to_another_workspace(stack: Stack) -> None:
    stack.apply()
    stack.set(databricksWorkspaceId="5004080000000999")
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "workspace id (5004080000000001 -> 5004080000000999)" in got.output
    assert "Make a new stack for the new place, and destroy this one" in got.output


def test_switching_the_kind_of_credential_is_guarded(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(protect=True)
    stack.apply()
    stack.set(credential="pat")
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "The running credential ends in the same apply" in got.output
    assert works(stored())


def test_a_protected_environment_is_not_destroyed(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(protect=True)
    stack.apply()
    got = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert got.code != 0
    assert "protect" in got.output
    assert works(stored()), "and nobody was cut off on the way"


def test_a_renamed_principal_keeps_its_entitlement(stack: Stack, sandbox: Sandbox) -> None:
    """An update of the principal is a PUT that wipes what another resource entitled it to."""
    stack.set(name="cube-dev")
    stack.apply()
    stack.set(name="cube-two", secretName="cube-access/cube-dev")
    stack.apply()
    principal = int(stored()["servicePrincipalId"])
    assert sandbox.databricks.workspace.entitlements[principal] == {"databricks-sql-access"}
    stack.unchanged()


def test_rotation_keeps_old_and_new_until_the_old_label_goes(stack: Stack) -> None:
    stack.apply()
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
    stack.must("destroy", "--yes", "--skip-preview")


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
    stack.apply()
    assert "Rotate it" not in stack.pulumi("preview").output
    sandbox.databricks.advance(seconds=-5 * day)
    stack.set(credentialVersions=["v1", "made-75-days-ago"])
    stack.apply()
    got = stack.pulumi("preview")
    assert "the credential of cube-dev expires in 14 days" in got.output
    assert "append a label to cube-access:credentialVersions" in got.output
