"""Snowflake OAuth as Cube uses it: consent, tokens, and everything that ends them."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import snowflake.connector
from snowflake.connector.errors import Error

from sandbox.journal import redact
from sandbox.snowflake.world import ADMIN, ALICE, HOST
from tests.sandbox.snowflake_people import Person

URL = f"https://{HOST}"
VERIFIER = "v" * 43
CREATE = (
    "CREATE SECURITY INTEGRATION CUBE TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
    "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' "
    "OAUTH_REDIRECT_URI = 'https://acme.cubecloud.dev/callback'"
)


class Cube:
    redirect = "https://acme.cubecloud.dev/callback"

    def __init__(self, ask) -> None:
        self.ask = ask
        self.read_secrets()

    def read_secrets(self) -> None:
        told = json.loads(self.ask("SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('CUBE')")[0][0])
        self.client_id = told["OAUTH_CLIENT_ID"]
        self.secret, self.secret_2 = told["OAUTH_CLIENT_SECRET"], told["OAUTH_CLIENT_SECRET_2"]

    def authorize(self, person: str = ALICE, **changes: str) -> requests.Response:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "response_type": "code",
            "scope": "refresh_token session:role:ANALYST",
            "state": "xyz",
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
            "login_hint": person,
        } | changes
        sent = {k: v for k, v in query.items() if v}
        return requests.get(
            f"{URL}/oauth/authorize", params=sent, allow_redirects=False, timeout=10
        )

    def reply(self, person: str = ALICE, **changes: str) -> dict[str, str]:
        location = urlsplit(self.authorize(person, **changes).headers["Location"])
        return {k: v[0] for k, v in parse_qs(location.query).items()}

    def post(self, secret: str | None = None, **form: str) -> requests.Response:
        auth = (self.client_id, secret or self.secret)
        return requests.post(f"{URL}/oauth/token-request", data=form, auth=auth, timeout=10)

    def exchange(self, code: str, secret: str | None = None, **changes: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"redirect_uri": self.redirect, "code_verifier": VERIFIER}
        return self.post(secret, **(form | changes))

    def refresh(self, value: str, secret: str | None = None) -> requests.Response:
        return self.post(secret, grant_type="refresh_token", refresh_token=value)

    def tokens(self, person: str = ALICE, **changes: str) -> Any:
        return self.exchange(self.reply(person, **changes)["code"]).json()


@pytest.fixture
def administer(sandbox):
    return Person(sandbox.snowflake, "DEPLOYER", "ACCOUNTADMIN").rows


@pytest.fixture
def cube(administer):
    administer(CREATE)
    return Cube(administer)


def connect(token: str, **options: str):
    return snowflake.connector.connect(
        account="SANDBOX-ANALYTICS", authenticator="oauth", token=token, **options
    )


def answer(connection, sql: str):
    return connection.cursor().execute(sql).fetchall()


def refused(token: str) -> str:
    """The error's number, if the token does not sign anybody in."""
    data = {"AUTHENTICATOR": "OAUTH", "TOKEN": token}
    sent = requests.post(f"{URL}/session/v1/login-request", json={"data": data}, timeout=10).json()
    return sent["code"] if not sent["success"] else ""


def test_a_person_signs_in_and_the_session_is_theirs(cube):
    tokens = cube.tokens()
    assert tokens | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token_expires_in": 7_776_000,
        "username": "ALICE",
        "scope": "refresh_token session:role:ANALYST",
    }
    with connect(tokens["access_token"], warehouse="COMPUTE_WH") as connection:
        assert answer(connection, "SELECT CURRENT_USER(), CURRENT_ROLE()") == [("ALICE", "ANALYST")]
        mine = answer(connection, "SELECT ID FROM ANALYTICS.SALES.MY_ORDERS ORDER BY ID")
        assert mine == [(1,), (2,)]
        with pytest.raises(Error, match="does not exist or not authorized"):
            answer(connection, "SELECT * FROM ANALYTICS.HR.SALARIES")


def test_an_authentication_policy_limits_the_integrations(cube, administer):
    name = "ANALYTICS.PUBLIC.ONE_WAY"
    methods = "AUTHENTICATION_METHODS = ('OAUTH')"
    administer(f"CREATE AUTHENTICATION POLICY {name} {methods} SECURITY_INTEGRATIONS = (OTHER)")
    administer(f"ALTER USER ALICE SET AUTHENTICATION POLICY {name}")
    token = cube.tokens()["access_token"]
    assert refused(token) == "390202"
    administer(f"ALTER AUTHENTICATION POLICY {name} SET SECURITY_INTEGRATIONS = (CUBE)")
    assert refused(token) == ""


def test_the_role_of_the_token_cannot_be_left(cube, administer):
    administer("GRANT ROLE ENGINEER TO USER ALICE")
    with connect(cube.tokens()["access_token"], warehouse="COMPUTE_WH") as connection:
        for way_out in ("USE ROLE ENGINEER", "USE SECONDARY ROLES ALL"):
            with pytest.raises(Error):
                answer(connection, way_out)
        with pytest.raises(Error):
            answer(connection, "SELECT * FROM RAW.EVENTS.CLICKS")


def test_secondary_roles_come_only_when_the_integration_says_so(cube, administer):
    administer("GRANT ROLE ENGINEER TO USER ALICE")
    administer("ALTER SECURITY INTEGRATION CUBE SET OAUTH_USE_SECONDARY_ROLES = IMPLICIT")
    with connect(cube.tokens()["access_token"], warehouse="COMPUTE_WH") as connection:
        assert answer(connection, "SELECT COUNT(*) FROM RAW.EVENTS.CLICKS") == [(2,)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"login_hint": "nobody@example.com"}, "access_denied"),
        ({"scope": "session:role:ENGINEER"}, "invalid_scope"),
        ({"scope": "session:role:NOPE"}, "invalid_scope"),
    ],
)
def test_what_may_not_be_asked_comes_back_as_an_error(cube, changes, error):
    reply = cube.reply(**changes)
    assert (reply["error"], reply["state"], reply.get("code")) == (error, "xyz", None)


def test_privileged_roles_are_blocked_unless_the_account_allows_them(cube, administer):
    for scope in ("session:role:ACCOUNTADMIN", "refresh_token"):  # asked for, or by default
        assert cube.reply(ADMIN, scope=scope)["error"] == "invalid_scope", scope
    administer("ALTER ACCOUNT SET OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST = FALSE")
    assert "code" in cube.reply(ADMIN, scope="session:role:ACCOUNTADMIN")


def test_a_role_blocked_by_the_integration_ends_its_tokens(cube, administer):
    token = cube.tokens()["access_token"]
    administer("ALTER SECURITY INTEGRATION CUBE SET BLOCKED_ROLES_LIST = ('ANALYST')")
    assert cube.reply()["error"] == "invalid_scope"
    assert refused(token)


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "https://evil.example.com/callback"}, {"client_id": "nobody"}]
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(cube, changes):
    page = cube.authorize(**changes)
    assert (page.status_code, page.headers.get("Location")) == (400, None)


def test_nobody_is_asked_for_a_pre_authorized_role(cube, administer):
    assert cube.reply(consent="deny")["error"] == "access_denied"
    administer("ALTER SECURITY INTEGRATION CUBE SET PRE_AUTHORIZED_ROLES_LIST = ('ANALYST')")
    assert cube.reply(consent="deny")["code"], "the page that could be refused was not shown"
    administer("ALTER SECURITY INTEGRATION CUBE SET PRE_AUTHORIZED_ROLES_LIST = ('ENGINEER')")
    assert cube.reply(consent="deny")["error"] == "access_denied"


def test_a_disabled_integration_is_no_client(cube, administer):
    tokens = cube.tokens()
    administer("ALTER SECURITY INTEGRATION CUBE SET ENABLED = FALSE")
    assert cube.authorize().status_code == 400
    assert cube.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert refused(tokens["access_token"])


def test_pkce_is_optional_until_it_is_enforced(cube, administer):
    bare = {"code_challenge": "", "code_challenge_method": ""}
    assert "code" in cube.reply(**bare)
    administer("ALTER SECURITY INTEGRATION CUBE SET OAUTH_ENFORCE_PKCE = TRUE")
    assert cube.reply(**bare)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "https://other/"}],
)
def test_a_code_is_for_whoever_asked_for_it_and_only_once(cube, changes):
    code = cube.reply()["code"]
    for attempt in (cube.exchange(code, **changes), cube.exchange(code)):
        assert (attempt.status_code, attempt.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_used_once_and_soon(cube, sandbox):
    code = cube.reply()["code"]
    assert cube.exchange(code).ok
    assert cube.exchange(code).json()["error"] == "invalid_grant"
    late = cube.reply()["code"]
    sandbox.snowflake.advance(seconds=61)
    assert cube.exchange(late).json()["error"] == "invalid_grant"


def test_either_secret_works_until_it_is_refreshed(cube, administer):
    for secret in (cube.secret, cube.secret_2):
        assert cube.exchange(cube.reply()["code"], secret).ok
    refresh_token = cube.tokens()["refresh_token"]
    old = cube.secret
    administer('ALTER SECURITY INTEGRATION "CUBE" REFRESH OAUTH_CLIENT_SECRET')
    assert cube.refresh(refresh_token, old).json()["error"] == "invalid_client"
    assert cube.refresh(refresh_token, cube.secret_2).ok
    cube.read_secrets()
    assert cube.refresh(refresh_token).ok


def test_credentials_may_be_in_the_form_and_an_empty_secret_is_none(cube):
    form = {"grant_type": "authorization_code", "redirect_uri": cube.redirect}
    form |= {"code_verifier": VERIFIER, "client_id": cube.client_id}
    url = f"{URL}/oauth/token-request"
    for secret, status in (("", 400), (cube.secret, 200)):
        sent = form | {"code": cube.reply()["code"], "client_secret": secret}
        assert requests.post(url, data=sent, timeout=10).status_code == status


def test_a_public_client_needs_pkce_and_no_secret(administer):
    administer(CREATE.replace("CONFIDENTIAL", "PUBLIC"))
    cube = Cube(administer)
    assert cube.reply(code_challenge="", code_challenge_method="")["error"] == "invalid_request"
    form = {"grant_type": "authorization_code", "redirect_uri": cube.redirect}
    form |= {"code_verifier": VERIFIER, "client_id": cube.client_id, "code": cube.reply()["code"]}
    assert requests.post(f"{URL}/oauth/token-request", data=form, timeout=10).ok


def test_access_tokens_last_ten_minutes_and_refresh_tokens_as_configured(cube, administer, sandbox):
    administer("ALTER SECURITY INTEGRATION CUBE SET OAUTH_REFRESH_TOKEN_VALIDITY = 86400")
    tokens = cube.tokens()
    sandbox.snowflake.advance(seconds=601)
    assert refused(tokens["access_token"]) == "390318"
    assert refused("sandbox-access-unknown") == "390303"
    fresh = cube.refresh(tokens["refresh_token"]).json()
    assert refused(fresh["access_token"]) == ""
    sandbox.snowflake.advance(seconds=86_400)
    assert cube.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_no_refresh_token_unless_asked_for_and_issued(cube, administer):
    assert "refresh_token" not in cube.tokens(scope="session:role:ANALYST")
    administer("ALTER SECURITY INTEGRATION CUBE SET OAUTH_ISSUE_REFRESH_TOKENS = FALSE")
    assert "refresh_token" not in cube.tokens()


@pytest.mark.parametrize(
    "end",
    [
        "DROP INTEGRATION CUBE",
        "DROP USER ALICE",
        "ALTER USER ALICE SET DISABLED = TRUE",
        "DROP ROLE ANALYST",
        "REVOKE ROLE ANALYST FROM USER ALICE",
    ],
)
def test_tokens_end_with_what_they_stand_on(cube, administer, end):
    tokens = cube.tokens()
    assert refused(tokens["access_token"]) == ""
    administer(end)
    assert refused(tokens["access_token"])
    assert cube.refresh(tokens["refresh_token"]).status_code == 400


def test_the_journal_on_disk_keeps_no_credentials(cube, sandbox):
    tokens = cube.tokens()
    connect(tokens["access_token"]).close()
    kept = json.dumps(redact([r.__dict__ for r in sandbox.journal]))
    for secret in (cube.secret, VERIFIER, tokens["access_token"]):
        assert secret not in kept
