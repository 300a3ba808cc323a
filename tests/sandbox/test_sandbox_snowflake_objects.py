"""Snowflake's account objects: integrations, users, policies, warehouses, and who sees them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.snowflake.policies import allows
from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

CREATE = (
    "CREATE SECURITY INTEGRATION {name} TYPE = OAUTH OAUTH_CLIENT = CUSTOM "
    "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = 'https://acme.example/cb' {more}"
)
ADDED = ["ACCOUNTADMIN", "ORGADMIN", "GLOBALORGADMIN", "SECURITYADMIN"]


@pytest.fixture
def state() -> Snowflake:
    return Snowflake()


@pytest.fixture
def deployer(state):
    return Person(state, "DEPLOYER", "ACCOUNTADMIN", database="ANALYTICS", schema="PUBLIC")


@pytest.fixture
def alice(state):
    return Person(state, "ALICE", "ANALYST")


def described(person, what: str):
    found = person.ask(f"DESCRIBE {what}")
    names = [c.name for c in found.columns]
    value = next(n for n in ("property_value", "value") if n in names)
    return {row[0]: row[names.index(value)] for row in found.rows}


def shown(person, what: str):
    found = person.ask(f"SHOW {what}")
    names = [c.name for c in found.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def secrets(person, name: str):
    return json.loads(person.rows(f"SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('{name}')")[0][0])


def public_key(bits: int = 2048) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


# Integrations


def test_an_integration_shows_what_was_set_and_the_services_defaults(deployer):
    deployer.ask(CREATE.format(name='"Cube"', more="ENABLED = TRUE COMMENT = 'it''s'"))
    assert "002002 (42710)" in deployer.refusal(CREATE.format(name='"Cube"', more=""))
    (row,) = shown(deployer, "SECURITY INTEGRATIONS LIKE 'cube'")
    assert (row["name"], row["type"], row["category"], row["enabled"], row["comment"]) == (
        "Cube", "OAUTH - CUSTOM", "SECURITY", "true", "it's",
    )  # fmt: skip
    found = described(deployer, 'SECURITY INTEGRATION "Cube"')
    assert found["OAUTH_REFRESH_TOKEN_VALIDITY"] == "7776000"
    assert found["OAUTH_ENFORCE_PKCE"] == "false"
    assert found["BLOCKED_ROLES_LIST"].split(",") == ADDED
    assert found["OAUTH_TOKEN_ENDPOINT"].endswith("snowflakecomputing.com/oauth/token-request")
    deployer.ask("ALTER ACCOUNT SET OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST = FALSE")
    assert described(deployer, 'SECURITY INTEGRATION "Cube"')["BLOCKED_ROLES_LIST"] == ""


def test_an_integration_changes_in_place_and_keeps_its_credentials(deployer):
    deployer.ask(CREATE.format(name="CUBE", more="BLOCKED_ROLES_LIST = ('SYSADMIN')"))
    before = secrets(deployer, "CUBE")
    deployer.ask(
        "ALTER SECURITY INTEGRATION CUBE SET OAUTH_REDIRECT_URI = 'https://b.example/cb', "
        "OAUTH_ENFORCE_PKCE = true, BLOCKED_ROLES_LIST = (), COMMENT = 'x'"
    )
    deployer.ask("ALTER SECURITY INTEGRATION CUBE UNSET COMMENT")
    found = described(deployer, "SECURITY INTEGRATION CUBE")
    assert (found["OAUTH_REDIRECT_URI"], found["OAUTH_ENFORCE_PKCE"], found["COMMENT"]) == (
        "https://b.example/cb", "true", "",
    )  # fmt: skip
    assert "SYSADMIN" not in found["BLOCKED_ROLES_LIST"]
    assert secrets(deployer, "CUBE") == before
    assert before["OAUTH_CLIENT_ID"] == found["OAUTH_CLIENT_ID"]


def test_each_secret_is_refreshed_alone(deployer):
    deployer.ask(CREATE.format(name="CUBE", more=""))
    first = secrets(deployer, "cube")
    deployer.ask("ALTER SECURITY INTEGRATION CUBE REFRESH OAUTH_CLIENT_SECRET_2")
    second = secrets(deployer, "CUBE")
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {"OAUTH_CLIENT_SECRET_2"}
    deployer.ask("ALTER SECURITY INTEGRATION CUBE REFRESH OAUTH_CLIENT_SECRET")
    assert secrets(deployer, "CUBE")["OAUTH_CLIENT_SECRET"] != first["OAUTH_CLIENT_SECRET"]


def test_a_dropped_integrations_credentials_do_not_come_back(deployer):
    deployer.ask(CREATE.format(name="CUBE", more=""))
    before = secrets(deployer, "CUBE")
    deployer.ask("DROP SECURITY INTEGRATION CUBE")
    assert "does not exist or not authorized" in deployer.refusal(
        "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('CUBE')"
    )
    deployer.ask(CREATE.format(name="CUBE", more=""))
    after = secrets(deployer, "CUBE")
    assert not set(before.values()) & set(after.values())


def test_only_administrators_see_integrations_and_their_secrets(deployer, alice):
    deployer.ask(CREATE.format(name="CUBE", more=""))
    assert shown(alice, "SECURITY INTEGRATIONS") == []
    for text in (
        "DESCRIBE SECURITY INTEGRATION CUBE",
        "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('CUBE')",
        "DROP SECURITY INTEGRATION CUBE",
        CREATE.format(name="MINE", more=""),
    ):
        assert "authorized" in (why := alice.refusal(text)) or "Insufficient privileges" in why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("OAUTH_REDIRECT_URI = 'http://acme.example'", "OAUTH_REDIRECT_URI"),
        ("OAUTH_REFRESH_TOKEN_VALIDITY = 60", "OAUTH_REFRESH_TOKEN_VALIDITY"),
        ("OAUTH_CLIENT_TYPE = 'SECRET'", "OAUTH_CLIENT_TYPE"),
        ("PRE_AUTHORIZED_ROLES_LIST = ('NOPE')", "Role 'NOPE' does not exist"),
        ("NETWORK_POLICY = NOPE", "Network policy 'NOPE' does not exist"),
        ("OAUTH_ENFORCE_PKCE = 'perhaps'", "OAUTH_ENFORCE_PKCE"),
        ("NOT_A_PROPERTY = 1", "invalid property 'NOT_A_PROPERTY'"),
    ],
)
def test_an_integration_with_wrong_values_is_refused(deployer, more, why):
    assert why in deployer.refusal(CREATE.format(name="CUBE", more=more))
    assert shown(deployer, "SECURITY INTEGRATIONS") == []


def test_an_external_oauth_integration_is_kept_as_it_was_set(deployer):
    deployer.ask(
        "CREATE SECURITY INTEGRATION EXT TYPE = EXTERNAL_OAUTH ENABLED = true "
        "EXTERNAL_OAUTH_TYPE = CUSTOM EXTERNAL_OAUTH_ISSUER = 'https://t.example' "
        "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = ('sub') "
        "EXTERNAL_OAUTH_AUDIENCE_LIST = ('a', 'b') "
        "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'LOGIN_NAME'"
    )
    assert shown(deployer, "SECURITY INTEGRATIONS")[0]["type"] == "EXTERNAL_OAUTH - CUSTOM"
    found = described(deployer, "SECURITY INTEGRATION EXT")
    assert found["EXTERNAL_OAUTH_AUDIENCE_LIST"] == "a,b"
    assert "OAUTH_CLIENT_ID" not in found


# Users and roles


def test_a_service_user_has_keys_and_no_password(state, deployer):
    key = public_key()
    deployer.ask(
        f"CREATE USER \"robot@x\" TYPE = SERVICE RSA_PUBLIC_KEY = '{key}' DEFAULT_ROLE = ANALYST "
        "DEFAULT_SECONDARY_ROLES = () COMMENT = 'a robot'"
    )
    (row,) = shown(deployer, "USERS LIKE 'robot@x'")
    assert (row["type"], row["has_password"], row["has_rsa_public_key"]) == (
        "SERVICE", "false", "true",
    )  # fmt: skip
    assert row["default_secondary_roles"] == "[]"
    found = described(deployer, 'USER "robot@x"')
    assert found["RSA_PUBLIC_KEY"] == key
    assert found["RSA_PUBLIC_KEY_FP"].startswith("SHA256:")
    assert "Cannot set" in deployer.refusal("ALTER USER \"robot@x\" SET PASSWORD = 'x'")
    deployer.ask('ALTER USER "robot@x" UNSET RSA_PUBLIC_KEY, COMMENT')
    assert state.users.get("robot@x").rsa_public_key == ""


@pytest.mark.parametrize("key", ["bm9uc2Vuc2U=", "not base64"])
def test_a_key_that_is_none_is_refused(deployer, key):
    text = f"CREATE USER ROBOT TYPE = SERVICE RSA_PUBLIC_KEY = '{key}'"
    assert "New public key rejected" in deployer.refusal(text)


def test_a_short_key_is_refused(deployer):
    text = f"CREATE USER ROBOT TYPE = SERVICE RSA_PUBLIC_KEY = '{public_key(1024)}'"
    assert "New public key rejected" in deployer.refusal(text)


def test_what_a_user_is_like_is_hidden_from_others(alice):
    rows = {row["name"]: row for row in shown(alice, "USERS")}
    assert rows["ALICE"]["login_name"] == "ALICE@EXAMPLE.COM"
    assert (rows["BOB"]["login_name"], rows["BOB"]["type"]) == (None, None)
    assert "does not exist or not authorized" in alice.refusal("DESCRIBE USER BOB")


def test_a_login_name_belongs_to_one_user(deployer):
    assert "already exists" in deployer.refusal("CREATE USER EVE LOGIN_NAME = 'Alice@example.com'")


def test_parameters_of_a_user_say_where_they_were_set(deployer):
    deployer.ask("ALTER USER ALICE SET TIMEZONE = 'UTC' QUERY_TAG = 'x'")
    (row,) = shown(deployer, "PARAMETERS LIKE 'TIMEZONE' IN USER ALICE")
    assert (row["value"], row["level"]) == ("UTC", "USER")
    deployer.ask("ALTER USER ALICE UNSET TIMEZONE")
    (row,) = shown(deployer, "PARAMETERS LIKE 'TIMEZONE' IN USER ALICE")
    assert (row["value"], row["level"]) == ("America/Los_Angeles", "")


def test_roles_count_their_members_and_like_is_a_pattern(deployer):
    deployer.ask("CREATE ROLE ANALYST_2 COMMENT = 'second'")
    deployer.ask("GRANT ROLE ENGINEER TO ROLE ANALYST_2")
    deployer.ask("CREATE ROLE ANALYSTX2")
    assert [r["name"] for r in shown(deployer, "ROLES LIKE 'analyst_2'")] == [
        "ANALYSTX2", "ANALYST_2",
    ]  # fmt: skip
    row = shown(deployer, "ROLES LIKE 'ANALYST_2'")[1]
    assert (row["granted_roles"], row["granted_to_roles"], row["assigned_to_users"]) == (
        "1", "0", "0",
    )  # fmt: skip
    deployer.ask('ALTER ROLE ANALYST_2 RENAME TO "lower case"')
    deployer.ask('ALTER ROLE "lower case" UNSET COMMENT')
    assert shown(deployer, "ROLES LIKE 'lower case'")[0]["comment"] == ""
    deployer.ask('DROP ROLE IF EXISTS "lower case"')
    assert "already dropped" in deployer.rows('DROP ROLE IF EXISTS "lower case"')[0][0]


# Policies


def test_a_network_policy_lets_in_what_it_lists(state, deployer):
    deployer.ask(
        "CREATE NETWORK RULE OFFICE TYPE = IPV4 MODE = INGRESS VALUE_LIST = ('10.1.0.0/16')"
    )
    deployer.ask(
        "CREATE NETWORK POLICY \"Cube\" ALLOWED_IP_LIST = ('192.0.2.1') "
        'ALLOWED_NETWORK_RULE_LIST = ("ANALYTICS"."PUBLIC"."OFFICE") '
        "BLOCKED_IP_LIST = ('10.1.2.3')"
    )
    answers = {
        ip: allows(state.catalog, "Cube", ip) for ip in ("192.0.2.1", "10.1.9.9", "10.1.2.3")
    }
    assert answers == {"192.0.2.1": True, "10.1.9.9": True, "10.1.2.3": False}
    assert not allows(state.catalog, "Cube", "127.0.0.1")
    found = described(deployer, 'NETWORK POLICY "Cube"')
    assert json.loads(found["ALLOWED_NETWORK_RULE_LIST"]) == [
        {"fullyQualifiedRuleName": "ANALYTICS.PUBLIC.OFFICE"}
    ]
    for what in ("NETWORK RULE OFFICE", "SCHEMA ANALYTICS.PUBLIC", "DATABASE ANALYTICS"):
        assert "associated with some network policies" in deployer.refusal(f"DROP {what}")


def test_a_network_policy_in_use_cannot_be_dropped(deployer):
    deployer.ask("CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('127.0.0.1')")
    deployer.ask("ALTER USER ALICE SET NETWORK_POLICY = P")
    why = "The policy is attached to USER with name ALICE. Unset the network policy from USER"
    assert why in deployer.refusal("DROP NETWORK POLICY P")
    deployer.ask("ALTER NETWORK POLICY P RENAME TO Q")
    assert described(deployer, "USER ALICE")["NAME"] == "ALICE"
    assert shown(deployer, "PARAMETERS LIKE 'NETWORK_POLICY' IN USER ALICE")[0]["value"] == "Q"
    deployer.ask("ALTER USER ALICE UNSET NETWORK_POLICY")
    deployer.ask("DROP NETWORK POLICY Q")
    assert shown(deployer, "NETWORK POLICIES") == []


def test_an_authentication_policy_is_attached_to_one_user_at_a_time(state, deployer):
    for name in ("A", "B"):
        deployer.ask(
            f"CREATE AUTHENTICATION POLICY {name} AUTHENTICATION_METHODS = ('KEYPAIR') "
            "MFA_ENROLLMENT = OPTIONAL"
        )
    assert described(deployer, "AUTHENTICATION POLICY A")["AUTHENTICATION_METHODS"] == "[KEYPAIR]"
    deployer.ask('ALTER USER ALICE SET AUTHENTICATION POLICY "ANALYTICS"."PUBLIC"."A"')
    policy = state.users.get("ALICE").authentication_policy
    assert policy.items("AUTHENTICATION_METHODS") == ("KEYPAIR",)
    assert "Only one is allowed" in deployer.refusal("ALTER USER ALICE SET AUTHENTICATION POLICY B")
    references = (
        "SELECT * FROM TABLE (SNOWFLAKE.INFORMATION_SCHEMA.POLICY_REFERENCES "
        "(REF_ENTITY_NAME => '\\\"ALICE\\\"', REF_ENTITY_DOMAIN => 'USER'))"
    )
    assert deployer.rows(references)[0][:4] == [
        "ANALYTICS", "PUBLIC", "A", "AUTHENTICATION_POLICY",
    ]  # fmt: skip
    assert "associated with one or more entities" in deployer.refusal(
        "DROP AUTHENTICATION POLICY A"
    )
    deployer.ask("ALTER USER ALICE UNSET AUTHENTICATION POLICY")
    assert deployer.rows(references) == []
    deployer.ask("DROP AUTHENTICATION POLICY A")


# The rest


def test_a_warehouse_has_sizes_states_and_a_monitor(deployer, alice):
    deployer.ask(
        "CREATE RESOURCE MONITOR RM WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY "
        "START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 75 PERCENT DO NOTIFY ON 90 PERCENT DO SUSPEND"
    )
    deployer.ask(
        "CREATE WAREHOUSE W WAREHOUSE_SIZE = 'XLARGE' AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = true "
        'RESOURCE_MONITOR = "RM"'
    )
    (row,) = shown(deployer, "WAREHOUSES LIKE 'W'")
    assert (row["size"], row["state"], row["auto_suspend"], row["resource_monitor"]) == (
        "X-Large", "SUSPENDED", "60", "RM",
    )  # fmt: skip
    (monitor,) = shown(deployer, "RESOURCE MONITORS LIKE 'RM'")
    assert (monitor["credit_quota"], monitor["notify_at"], monitor["suspend_at"]) == (
        "10.00", "75%", "90%",
    )  # fmt: skip
    assert [w["name"] for w in shown(alice, "WAREHOUSES")] == ["COMPUTE_WH"]
    assert "invalid property 'COLOR'" in deployer.refusal("ALTER WAREHOUSE W SET COLOR = 1")


def test_databases_and_schemas_come_with_their_standard_parts(deployer):
    deployer.ask("CREATE DATABASE \"new one\" COMMENT = 'x'")
    assert [s["name"] for s in shown(deployer, 'SCHEMAS IN DATABASE "new one"')] == [
        "INFORMATION_SCHEMA", "PUBLIC",
    ]  # fmt: skip
    assert deployer.rows("SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()") == [["new one", "PUBLIC"]]
    deployer.ask("CREATE TABLE t AS SELECT 1 AS a")
    deployer.ask('ALTER DATABASE "new one" RENAME TO NEWER')
    assert deployer.rows("SELECT * FROM NEWER.PUBLIC.T") == [["1"]]
    deployer.ask("DROP DATABASE NEWER")
    assert "Database 'NEWER' does not exist" in deployer.refusal("SELECT * FROM NEWER.PUBLIC.T")


@pytest.mark.parametrize(
    ("text", "near"),
    [("SHOW ROLES LIKE", "<EOF>"), ("GRANT SELECT ON TABLE t", "<EOF>"), ("USE ROLE", "<EOF>"),
     ("DROP ROLE R X", "X"), ("CREATE ROLE R = 1", "=")],
)  # fmt: skip
def test_a_statement_with_wrong_words_is_refused(deployer, text, near):
    deployer.ask("CREATE OR REPLACE TABLE t (a INT)")
    if text.startswith("DROP"):
        deployer.ask("CREATE ROLE R")
    assert f"unexpected '{near}'" in deployer.refusal(text)
