"""Signing in to Databricks: OAuth apps, PKCE, service principal secrets, personal access tokens."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, PermissionDenied
from databricks.sdk.service.oauth2 import TokenAccessPolicy

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, WAREHOUSE_ID

DAY = 24 * 3600


def m2m(url: str, client_id: str, secret: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    return requests.post(url, data=form, auth=(client_id, secret), timeout=10)


def me(workspace_url: str, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{workspace_url}/api/2.0/preview/scim/v2/Me"
    return requests.get(url, headers=headers, timeout=10)


def test_a_secret_signs_in_at_the_account_and_at_the_workspace(
    account, robot, workspace_url, sandbox
):
    secret = account.service_principal_secrets.create(robot.id).secret
    hosts = (
        f"https://accounts.cloud.databricks.com/oidc/accounts/{ACCOUNT_ID}",
        f"{workspace_url}/oidc",
    )
    for oidc in hosts:
        answer = m2m(f"{oidc}/v1/token", robot.application_id, secret)
        assert answer.json()["expires_in"] == 3600
        token = answer.json()["access_token"]
        assert me(workspace_url, token).json()["userName"] == robot.application_id
        sandbox.databricks.advance(seconds=3601)
        assert me(workspace_url, token).status_code == 401, "a token lives for an hour"
    wrong = m2m(f"{hosts[0]}/v1/token", robot.application_id, "wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_only_members_sign_in_at_the_workspace(account, workspace_url):
    stranger = account.service_principals.create(display_name="stranger", active=True)
    secret = account.service_principal_secrets.create(stranger.id).secret
    answer = m2m(f"{workspace_url}/oidc/v1/token", stranger.application_id, secret)
    assert answer.status_code == 401


def test_a_secret_lives_two_years_unless_told_and_can_be_listed_without_its_value(account, robot):
    account.service_principal_secrets.create(robot.id)
    account.service_principal_secrets.create(robot.id, lifetime=f"{DAY}s")
    listed = list(account.service_principal_secrets.list(robot.id, page_size=1))
    lifetimes = [
        datetime.fromisoformat(s.expire_time) - datetime.fromisoformat(s.create_time)
        for s in listed
    ]
    assert lifetimes == [timedelta(days=730), timedelta(days=1)]
    assert all("secret" not in s.as_dict() for s in listed)
    assert datetime.fromisoformat(listed[0].expire_time) > datetime.now(UTC)


def test_an_expired_secret_signs_nobody_in(account, robot, workspace_url, sandbox):
    secret = account.service_principal_secrets.create(robot.id, lifetime="60s").secret
    sandbox.databricks.advance(seconds=61)
    url = f"{workspace_url}/oidc/v1/token"
    assert m2m(url, robot.application_id, secret).status_code == 401


@pytest.mark.parametrize("lifetime", ["0s", "60", "63072001s", "a while"])
def test_a_lifetime_that_cannot_be_is_refused(account, robot, lifetime):
    with pytest.raises(InvalidParameterValue, match="lifetime"):
        account.service_principal_secrets.create(robot.id, lifetime=lifetime)


def test_a_sixth_secret_is_refused_until_one_is_deleted(account, robot):
    secrets = [account.service_principal_secrets.create(robot.id) for _ in range(5)]
    with pytest.raises(BadRequest, match="limit of 5 secrets"):
        account.service_principal_secrets.create(robot.id)
    account.service_principal_secrets.delete(robot.id, secrets[0].id)
    account.service_principal_secrets.create(robot.id)


@pytest.mark.parametrize("end", ["delete", "deactivate"])
def test_the_end_of_a_principal_ends_its_secrets_and_tokens(
    account, robot_with_tokens, workspace, workspace_url, account_url, deployer_headers, end
):
    robot = robot_with_tokens
    secret = account.service_principal_secrets.create(robot.id).secret
    url = f"{workspace_url}/oidc/v1/token"
    oauth = m2m(url, robot.application_id, secret).json()["access_token"]
    pat = workspace.token_management.create_obo_token(robot.application_id).token_value
    assert [me(workspace_url, t).status_code for t in (oauth, pat)] == [200, 200]
    if end == "delete":
        account.service_principals.delete(robot.id)
    else:
        op = {"op": "replace", "path": "active", "value": [{"value": "false"}]}
        requests.patch(
            f"{account_url}/scim/v2/ServicePrincipals/{robot.id}",
            json={"Operations": [op]}, headers=deployer_headers, timeout=10,
        )  # fmt: skip
        assert account.service_principals.get(robot.id).active is not True, "it is still there"
    assert [me(workspace_url, t).status_code for t in (oauth, pat)] == [401, 401]
    assert m2m(url, robot.application_id, secret).status_code == 401


def test_a_personal_access_token_ends_with_its_lifetime(
    workspace, robot_with_tokens, workspace_url, sandbox
):
    robot = robot_with_tokens
    made = workspace.token_management.create_obo_token(
        robot.application_id, lifetime_seconds=DAY, comment="cube"
    )
    info = workspace.token_management.get(made.token_info.token_id).token_info
    assert (info.expiry_time - info.creation_time, info.comment) == (DAY * 1000, "cube")
    assert [i.token_id for i in workspace.token_management.list()] == [info.token_id]
    assert me(workspace_url, made.token_value).ok
    sandbox.databricks.advance(seconds=DAY)
    assert me(workspace_url, made.token_value).status_code == 401


def test_a_deleted_token_is_refused(workspace, robot_with_tokens, workspace_url):
    robot = robot_with_tokens
    made = workspace.token_management.create_obo_token(robot.application_id)
    workspace.token_management.delete(made.token_info.token_id)
    assert me(workspace_url, made.token_value).status_code == 401


def test_only_create_returns_the_client_secret(account):
    made = account.custom_app_integration.create(
        name="cube", redirect_urls=["https://b", "https://a"], confidential=True
    )
    read = account.custom_app_integration.get(made.integration_id)
    assert made.client_secret
    assert "client_secret" not in read.as_dict()
    assert read.redirect_urls == ["https://b", "https://a"]
    account.custom_app_integration.update(made.integration_id, redirect_urls=["https://c"])
    (listed,) = account.custom_app_integration.list()
    assert (listed.client_id, listed.redirect_urls) == (made.client_id, ["https://c"])
    again = account.custom_app_integration.create(name="cube", redirect_urls=[])
    assert again.client_secret is None, "a public app has none"
    account.custom_app_integration.delete(made.integration_id)


@pytest.mark.parametrize(
    "policy",
    [
        {"access_token_ttl_in_minutes": 4},
        {"access_token_ttl_in_minutes": 1441},
        {"refresh_token_ttl_in_minutes": 129_601},
    ],
)
def test_token_lifetimes_out_of_range_are_refused(account, policy):
    with pytest.raises(InvalidParameterValue, match=next(iter(policy))):
        account.custom_app_integration.create(
            name="cube", redirect_urls=[], token_access_policy=TokenAccessPolicy(**policy)
        )


def test_a_person_signs_in_with_pkce(login, workspace_url):
    reply = login.reply("alice@example.com")
    assert reply["state"] == "xyz"
    answer = login.exchange(reply["code"]).json()
    assert set(answer["scope"].split()) == {"sql", "offline_access"}
    refreshed = login.post(grant_type="refresh_token", refresh_token=answer["refresh_token"])
    for token in (answer["access_token"], refreshed.json()["access_token"]):
        assert me(workspace_url, token).json()["userName"] == "alice@example.com"


def test_a_wrong_verifier_gets_nothing_and_uses_the_code_up(login):
    code = login.reply()["code"]
    refused = login.exchange(code, code_verifier="x" * 43)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert login.exchange(code).status_code == 400


def test_a_code_is_good_once_for_its_redirect_uri_and_for_five_minutes(login, sandbox):
    code = login.reply()["code"]
    assert login.exchange(code).ok
    assert login.exchange(code).json()["error"] == "invalid_grant"
    assert not login.exchange(login.reply()["code"], redirect_uri="https://evil").ok
    late = login.reply()["code"]
    sandbox.databricks.advance(seconds=301)
    assert not login.exchange(late).ok


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://acme.cubecloud.dev/callback/"}, {"client_id": "unknown"}]
)
def test_an_unregistered_client_or_uri_is_told_so_and_not_redirected(login, change):
    answer = login.authorize(**change)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "sql profile"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"login_hint": "nobody@example.com"}, "access_denied"),
    ],
)
def test_a_bad_authorization_is_redirected_with_its_error(login, change, error):
    reply = login.reply(**change)
    assert (reply["error"], reply["state"]) == (error, "xyz")


def test_a_public_app_must_use_pkce_and_needs_no_secret(make_login):
    login = make_login(confidential=False)
    assert login.reply(code_challenge="")["error"] == "invalid_request"
    assert login.exchange(login.reply()["code"]).ok


def test_a_confidential_app_must_show_its_secret(login):
    code = login.reply()["code"]
    login.client_secret = "wrong"
    assert login.exchange(code).json()["error"] == "invalid_client"


def test_single_use_refresh_tokens_are_replaced(make_login):
    policy = TokenAccessPolicy(enable_single_use_refresh_tokens=True)
    login = make_login(token_access_policy=policy)
    first = login.exchange(login.reply()["code"]).json()["refresh_token"]
    second = login.post(grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    assert second != first
    reused = login.post(grant_type="refresh_token", refresh_token=first)
    assert reused.json()["error"] == "invalid_grant"
    assert login.post(grant_type="refresh_token", refresh_token=second).ok


def test_token_lifetimes_follow_the_policy(make_login, workspace_url, sandbox):
    policy = TokenAccessPolicy(access_token_ttl_in_minutes=5, refresh_token_ttl_in_minutes=10)
    login = make_login(token_access_policy=policy)
    tokens = login.exchange(login.reply()["code"]).json()
    sandbox.databricks.advance(seconds=301)
    assert me(workspace_url, tokens["access_token"]).status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert login.post(**form).ok
    sandbox.databricks.advance(seconds=300)
    assert login.post(**form).json()["error"] == "invalid_grant"


def test_deleting_the_app_signs_everybody_out(login, account, workspace_url):
    token = login.exchange(login.reply()["code"]).json()["access_token"]
    (app,) = account.custom_app_integration.list()
    account.custom_app_integration.delete(app.integration_id)
    assert me(workspace_url, token).status_code == 401


def test_a_token_opens_only_what_its_scopes_name(login, workspace_url):
    token = login.exchange(login.reply(scope="offline_access")["code"]).json()["access_token"]
    client = WorkspaceClient(host=workspace_url, token=token, auth_type="pat")
    with pytest.raises(PermissionDenied, match="required scopes: sql"):
        client.statement_execution.execute_statement("SELECT 1", WAREHOUSE_ID)
    sql = login.client("alice@example.com")
    sql.statement_execution.execute_statement("SELECT 1", WAREHOUSE_ID)
    with pytest.raises(PermissionDenied, match="required scopes: all-apis"):
        list(sql.catalogs.list())


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nope"}])
def test_no_token_no_answer(sandbox: Sandbox, workspace_url, account_url, headers):
    for url in (f"{workspace_url}/api/2.0/sql/warehouses", f"{account_url}/scim/v2/Users"):
        answer = requests.get(url, headers=headers, timeout=10)
        assert (answer.status_code, "Credential was not sent" in answer.text) == (401, True)


def test_a_person_who_is_no_admin_may_not_administer(login, account_url, workspace_url):
    token = login.exchange(login.reply(scope="all-apis")["code"]).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    tokens = f"{workspace_url}/api/2.0/token-management/tokens"
    assert requests.get(tokens, headers=headers, timeout=10).status_code == 403
    apps = f"{account_url}/oauth2/custom-app-integrations"
    answer = requests.get(apps, headers=headers, timeout=10)
    assert answer.status_code == 401, "a workspace's token is not good at the account"


def test_a_token_needs_permission_for_tokens(workspace, robot):
    with pytest.raises(PermissionDenied):
        workspace.token_management.create_obo_token(robot.application_id)
