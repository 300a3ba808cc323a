"""Signing in to Snowflake as its own Python connector does: who gets a session, and how it ends."""

import base64
import time
from typing import Any

import jwt
import pytest
import requests
import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from snowflake.connector.errors import Error

from sandbox.journal import redact
from sandbox.snowflake.credentials import fingerprint
from sandbox.snowflake.world import ALICE, ALICE_PASSWORD, HOST

URL = f"https://{HOST}"
ACCOUNT = "SANDBOX-ANALYTICS"
BODY = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
PRIVATE = (
    serialization.Encoding.DER,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def connect(**options):
    return snowflake.connector.connect(account=ACCOUNT, **options)


def refusal(**options) -> int:
    with pytest.raises(Error) as caught:
        connect(**options)
    return caught.value.errno


def answer(connection, sql: str):
    return connection.cursor().execute(sql).fetchall()


def log_in(**data: str) -> Any:
    """The same without a client, which would refuse to send what is refused here."""
    body = {"data": {"ACCOUNT_NAME": "SANDBOX-ANALYTICS"} | data}
    return requests.post(f"{URL}/session/v1/login-request", json=body, timeout=10).json()


def call(path: str, token: str, body: Any = None, **query: str) -> Any:
    headers = {"Authorization": f'Snowflake Token="{token}"'}
    return requests.post(
        f"{URL}{path}", json=body or {}, params=query, headers=headers, timeout=10
    ).json()


@pytest.fixture
def key(sandbox):
    return serialization.load_pem_private_key(sandbox.env["SNOWFLAKE_PRIVATE_KEY"].encode(), None)


@pytest.fixture
def deployer(key):
    return {"user": "DEPLOYER", "private_key": key.private_bytes(*PRIVATE)}


@pytest.fixture
def alice(sandbox):
    return {"user": ALICE, "password": ALICE_PASSWORD}


@pytest.fixture
def alice_token(sandbox) -> Any:
    return log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["data"]


@pytest.fixture
def administer(deployer):
    connection = connect(**deployer)
    return lambda sql: answer(connection, sql)


def key_pair_token(key, **changes) -> str:
    public = key.public_key()
    now = int(time.time())
    subject = f"{ACCOUNT}.DEPLOYER"
    body = public.public_bytes(*BODY)
    issuer = f"{subject}.{fingerprint(base64.b64encode(body).decode())}"
    claims = {"iss": issuer, "sub": subject, "iat": now, "exp": now + 3600} | changes
    return jwt.encode(claims, key, algorithm="RS256")


def test_the_deployer_signs_in_with_its_key_pair(deployer):
    with connect(**deployer, role="SYSADMIN", warehouse="COMPUTE_WH") as connection:
        sql = "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_ACCOUNT_NAME()"
        assert answer(connection, sql) == [("DEPLOYER", "SYSADMIN", "COMPUTE_WH", "ANALYTICS")]


def test_a_key_pair_of_the_second_slot_signs_in_too(sandbox, administer):
    new = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = new.private_bytes(*PRIVATE)
    assert refusal(user="DEPLOYER", private_key=private) == 250001
    body = base64.b64encode(new.public_key().public_bytes(*BODY)).decode()
    administer(f"ALTER USER DEPLOYER SET RSA_PUBLIC_KEY_2 = '{body}'")
    with connect(user="DEPLOYER", private_key=private) as connection:
        assert answer(connection, "SELECT CURRENT_USER()") == [("DEPLOYER",)]
    administer("ALTER USER DEPLOYER UNSET RSA_PUBLIC_KEY_2")
    assert refusal(user="DEPLOYER", private_key=private) == 250001


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "SANDBOX-ANALYTICS.DEPLOYER.SHA256:nothing"},
        {"sub": "SANDBOX-ANALYTICS.ALICE"},
        {"sub": "OTHER-ACCOUNT.DEPLOYER"},
        {"exp": 1},
        {"exp": int(time.time()) + 2 * 3600},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_a_key_pair_token_that_says_something_else_is_invalid(key, changes):
    good = log_in(AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=key_pair_token(key))
    assert good["success"], good
    bad = log_in(AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=key_pair_token(key, **changes))
    assert (bad["success"], bad["code"]) == (False, "390144")


def test_a_token_of_the_right_name_needs_the_right_signature(key):
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    claims = jwt.decode(key_pair_token(key), options={"verify_signature": False})
    forged = jwt.encode(claims, stranger, algorithm="RS256")
    unsigned = jwt.encode(claims, None, algorithm="none")
    for token in (forged, unsigned):
        assert log_in(AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=token)["code"] == "390144"


def test_a_password_signs_a_person_in_with_the_default_role(alice):
    with connect(**alice) as connection:
        sql = "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE()"
        assert answer(connection, sql) == [("ALICE", "ANALYST", "COMPUTE_WH")]


def test_a_wrong_password_an_unknown_user_and_a_service_user_are_told_the_same(sandbox):
    sandbox.snowflake.users.get("DEPLOYER").settings["PASSWORD"] = "sandbox-deployer"
    for user in (ALICE, "nobody@example.com", "DEPLOYER"):
        refused = log_in(LOGIN_NAME=user, PASSWORD="sandbox-deployer")
        assert (refused["code"], refused["data"].get("token")) == ("390100", None), user


def test_a_role_that_is_not_granted_is_refused(alice):
    options = {**alice, "role": "ACCOUNTADMIN"}
    with pytest.raises(Error, match="Role 'ACCOUNTADMIN' specified in the connect string is not"):
        connect(**options)


def test_a_disabled_user_is_refused_and_loses_the_session(alice, alice_token, administer):
    administer("ALTER USER ALICE SET DISABLED = TRUE")
    assert log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["code"] == "390101"
    query = {"sqlText": "SELECT 1"}
    assert call("/queries/v1/query-request", alice_token["token"], query)["code"] == "390114"


def test_an_authentication_policy_limits_the_methods(alice, administer):
    name = "ANALYTICS.PUBLIC.KEYS_ONLY"
    administer(f"CREATE AUTHENTICATION POLICY {name} AUTHENTICATION_METHODS = ('KEYPAIR')")
    administer(f"ALTER USER ALICE SET AUTHENTICATION POLICY {name}")
    assert log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["code"] == "390202"
    administer("ALTER USER ALICE UNSET AUTHENTICATION POLICY")
    assert log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["success"]


def test_a_network_policy_limits_the_addresses(alice, administer):
    administer("CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('192.0.2.0/24')")
    administer("ALTER USER ALICE SET NETWORK_POLICY = OFFICE")
    assert log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["code"] == "390422"
    administer("ALTER NETWORK POLICY OFFICE SET ALLOWED_IP_LIST = ('127.0.0.1')")
    assert log_in(LOGIN_NAME=ALICE, PASSWORD=ALICE_PASSWORD)["success"]


def test_a_session_expires_and_the_master_token_renews_it(sandbox, alice_token):
    token, query = alice_token["token"], {"sqlText": "SELECT 1"}
    sandbox.snowflake.advance(seconds=3601)
    assert call("/queries/v1/query-request", token, query)["code"] == "390112"
    renewed = call("/session/token-request", alice_token["masterToken"])["data"]
    fresh = renewed["sessionToken"]
    assert call("/queries/v1/query-request", fresh, query)["data"]["rowset"] == [["1"]]
    sandbox.snowflake.advance(seconds=14_401)
    assert call("/session/token-request", renewed["masterToken"])["code"] == "390114"


def test_the_connector_renews_its_session_by_itself(sandbox, alice):
    with connect(**alice) as connection:
        sandbox.snowflake.advance(seconds=3601)
        assert answer(connection, "SELECT CURRENT_USER()") == [("ALICE",)]
    assert len(sandbox.journal.calls(path="/session/token-request")) == 1


def test_a_closed_session_is_gone(alice_token):
    assert call("/session/heartbeat", alice_token["token"])["success"]
    assert call("/session", alice_token["token"], delete="true")["success"]
    assert call("/session/heartbeat", alice_token["token"])["code"] == "390112"


def test_a_request_that_is_sent_again_does_not_run_again(sandbox, deployer):
    table = "ANALYTICS.PUBLIC.T"
    with connect(**deployer, warehouse="COMPUTE_WH") as connection:
        answer(connection, f"CREATE TABLE {table} (ID INT)")
        insert = {"sqlText": f"INSERT INTO {table} VALUES (1)"}
        for _ in range(2):
            sent = call("/queries/v1/query-request", connection.rest.token, insert, requestId="a-1")
            assert sent["success"], sent
        assert answer(connection, f"SELECT COUNT(*) FROM {table}") == [(1,)]


def test_a_lost_answer_does_not_run_the_statement_twice(sandbox, deployer):
    table = "ANALYTICS.PUBLIC.T"
    with connect(**deployer, warehouse="COMPUTE_WH") as connection:
        answer(connection, f"CREATE TABLE {table} (ID INT)")
        sandbox.faults.add(path="INSERT INTO", after_effect=True)
        answer(connection, f"INSERT INTO {table} VALUES (1)")
        assert answer(connection, f"SELECT COUNT(*) FROM {table}") == [(1,)]
    assert [r.status for r in sandbox.journal.calls(path="INSERT INTO")] == [0, 200]


def test_an_asynchronous_query_is_asked_for_later(alice):
    with connect(**alice) as connection:
        cursor = connection.cursor()
        id_ = cursor.execute_async("SELECT COUNT(*) FROM ANALYTICS.SALES.ORDERS")["queryId"]
        assert connection.is_still_running(connection.get_query_status(id_))
        assert not connection.is_still_running(connection.get_query_status(id_))
        cursor.get_results_from_sfqid(id_)
        assert cursor.fetchall() == [(4,)]
        # The connector's own polling, from the first answer to the last.
        id_ = cursor.execute_async("SELECT COUNT(*) FROM ANALYTICS.SALES.ORDERS")["queryId"]
        cursor.get_results_from_sfqid(id_)
        assert cursor.fetchall() == [(4,)]


def test_another_persons_result_is_out_of_reach(alice, deployer):
    with connect(**deployer, warehouse="COMPUTE_WH") as theirs, connect(**alice) as mine:
        cursor = theirs.cursor()
        cursor.execute("SELECT * FROM ANALYTICS.HR.SALARIES")
        scan = f"SELECT * FROM TABLE(RESULT_SCAN('{cursor.sfqid}'))"
        assert len(answer(theirs, scan)) == 2
        with pytest.raises(Error, match="not found"):
            answer(mine, scan)


def test_what_is_not_emulated_is_said_once_and_journalled(sandbox, alice):
    with connect(**alice) as connection, pytest.raises(Error, match="not emulated"):
        answer(connection, "CREATE STREAMLIT X")
    unknown = sandbox.journal.unknown
    assert [r.path for r in unknown] == ["/queries/v1/query-request CREATE STREAMLIT X"]
    assert unknown[0].identity == "ALICE"


def test_the_journal_on_disk_keeps_no_password_of_a_statement(sandbox, administer, alice_token):
    administer("CREATE USER CARA PASSWORD = 'Sandbox''cara-2025' COMMENT = 'kept'")
    kept = str(redact([r.__dict__ for r in sandbox.journal]))
    assert "COMMENT = 'kept'" in kept.replace("\\", "")
    assert not [s for s in ("cara-2025", ALICE_PASSWORD, "Sandbox'") if s in kept.replace("\\", "")]


def test_times_arrive_as_they_were_sent(sandbox, deployer):
    with connect(**deployer, warehouse="COMPUTE_WH") as connection:
        created = answer(connection, "SHOW ROLES LIKE 'ANALYST'")[0][0]
        assert abs(created.timestamp() - sandbox.snowflake.clock()) < 60
        now = answer(connection, "SELECT CURRENT_TIMESTAMP()")[0][0]
        assert abs(now.timestamp() - time.time()) < 60
        exact = answer(connection, "SELECT '2025-03-01 10:00:05.25'::TIMESTAMP_NTZ")[0][0]
        assert exact.isoformat() == "2025-03-01T10:00:05.250000"
