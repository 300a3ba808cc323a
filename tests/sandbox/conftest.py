"""A sandbox around the test's own process, and real clients of it."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service import sql
from databricks.sdk.service.iam import (
    AccessControlRequest,
    Patch,
    PatchOp,
    PermissionLevel,
    WorkspacePermission,
)
from databricks.sdk.service.oauth2 import CreateCustomAppIntegrationOutput

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, WAREHOUSE_ID, WORKSPACE_HOST, WORKSPACE_ID

ACCOUNT_URL = "https://accounts.cloud.databricks.com"
WORKSPACE_URL = f"https://{WORKSPACE_HOST}"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, so that the CA is made once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def sandbox(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(home) as running:
        for name in os.environ.keys() - running.env.keys() - {"PYTEST_CURRENT_TEST"}:
            monkeypatch.delenv(name)
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> AccountClient:
    return AccountClient(host=ACCOUNT_URL, account_id=ACCOUNT_ID)


@pytest.fixture
def workspace(sandbox: Sandbox) -> WorkspaceClient:
    return WorkspaceClient(host=WORKSPACE_URL)


@pytest.fixture
def workspace_url() -> str:
    return WORKSPACE_URL


@pytest.fixture
def account_url() -> str:
    return f"{ACCOUNT_URL}/api/2.0/accounts/{ACCOUNT_ID}"


@pytest.fixture
def deployer_headers(sandbox: Sandbox) -> dict[str, str]:
    env = sandbox.env
    answer = requests.post(
        f"{ACCOUNT_URL}/oidc/accounts/{ACCOUNT_ID}/v1/token",
        data={"grant_type": "client_credentials", "scope": "all-apis"},
        auth=(env["DATABRICKS_CLIENT_ID"], env["DATABRICKS_CLIENT_SECRET"]),
        timeout=10,
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


class Login:
    """A person signing in through an OAuth app of the account, as Cube makes them do."""

    redirect = "https://acme.cubecloud.dev/callback"
    verifier = "v" * 43

    def __init__(self, app: CreateCustomAppIntegrationOutput) -> None:
        self.client_id, self.client_secret = app.client_id, app.client_secret

    def authorize(self, person: str = "alice@example.com", **changes: str) -> requests.Response:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "response_type": "code",
            "scope": "sql offline_access",
            "state": "xyz",
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
            "login_hint": person,
        } | changes
        sent = {k: v for k, v in query.items() if v}
        url = f"{WORKSPACE_URL}/oidc/v1/authorize"
        return requests.get(url, params=sent, allow_redirects=False, timeout=10)

    def reply(self, person: str = "alice@example.com", **changes: str) -> dict[str, str]:
        location = urlsplit(self.authorize(person, **changes).headers["Location"])
        return {k: v[0] for k, v in parse_qs(location.query).items()}

    def post(self, **form: str) -> requests.Response:
        auth = (self.client_id, self.client_secret) if self.client_secret else None
        if not auth:
            form["client_id"] = self.client_id
        return requests.post(f"{WORKSPACE_URL}/oidc/v1/token", data=form, auth=auth, timeout=10)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"redirect_uri": self.redirect, "code_verifier": self.verifier}
        return self.post(**(form | changes))

    def client(self, person: str, **changes: str) -> WorkspaceClient:
        token = self.exchange(self.reply(person, **changes)["code"]).json()["access_token"]
        return WorkspaceClient(host=WORKSPACE_URL, token=token, auth_type="pat")


@pytest.fixture
def make_login(account: AccountClient) -> Callable[..., Login]:
    def make(*, confidential: bool = True, **more: Any) -> Login:
        app = account.custom_app_integration.create(
            name="cube",
            redirect_urls=[Login.redirect],
            confidential=confidential,
            scopes=["sql", "all-apis", "offline_access"],
            **more,
        )
        return Login(app)

    return make


@pytest.fixture
def login(make_login: Callable[..., Login]) -> Login:
    return make_login()


@pytest.fixture
def robot(account: AccountClient, sandbox: Sandbox):
    """A service principal in the workspace, which already knows it."""
    sandbox.databricks.directory.consistency_lag = 0
    made = account.service_principals.create(display_name="robot", active=True)
    account.workspace_assignment.update(
        WORKSPACE_ID, int(made.id), permissions=[WorkspacePermission.USER]
    )
    return made


@pytest.fixture
def robot_with_tokens(robot, workspace):
    """The same, permitted to use personal access tokens."""
    entry = AccessControlRequest(
        service_principal_name=robot.application_id, permission_level=PermissionLevel.CAN_USE
    )
    workspace.permissions.update("authorization", "tokens", access_control_list=[entry])
    return robot


@pytest.fixture
def as_robot(account, robot, workspace, workspace_url) -> WorkspaceClient:
    """Its client, allowed to use the shared warehouse and SQL, without any grant."""
    entry = sql.WarehouseAccessControlRequest(
        service_principal_name=robot.application_id,
        permission_level=sql.WarehousePermissionLevel.CAN_USE,
    )
    workspace.warehouses.update_permissions(WAREHOUSE_ID, access_control_list=[entry])
    entitle = Patch(
        op=PatchOp.REPLACE, path="entitlements", value=[{"value": "databricks-sql-access"}]
    )
    workspace.service_principals.patch(robot.id, operations=[entitle])
    secret = account.service_principal_secrets.create(robot.id).secret
    return WorkspaceClient(host=workspace_url, client_id=robot.application_id, client_secret=secret)
