"""The clouds answer what provider plugins of both ages read.

What a newer plugin scans is written down here in our words, from its public source (Snowflake
2.20, Databricks 1.128); the older plugin itself reads in the integration tests.
"""

import pytest
import requests

from sandbox import Sandbox
from sandbox.box import OCSP_OFF
from sandbox.databricks.state import Databricks
from sandbox.databricks.world import WORKSPACE_ID
from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

GRANTS = (
    "created_on privilege granted_on name granted_to grantee_name grant_option granted_by",
    "is_inherited inherited_from inherited_from_database inherited_from_schema",
)
READ: dict[str, tuple[str, str]] = {
    "SHOW USERS": (
        "name created_on owner",
        "login_name display_name first_name last_name email mins_to_unlock days_to_expiry comment "
        "disabled must_change_password snowflake_lock default_warehouse default_namespace "
        "default_role default_secondary_roles ext_authn_duo ext_authn_uid last_success_login "
        "expires_at_time locked_until_time has_password has_rsa_public_key type has_mfa "
        "has_workload_identity",
    ),
    "DESCRIBE USER ALICE": ("property value default description", ""),
    "SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER ROBOT": (
        "name type created_on", "comment last_used additional_info",
    ),
    "SHOW ROLES": (
        "created_on name assigned_to_users granted_to_roles granted_roles",
        "is_default is_current is_inherited owner comment",
    ),
    "SHOW DATABASE ROLES IN DATABASE ANALYTICS": (
        "created_on name granted_to_roles granted_to_database_roles granted_database_roles owner",
        "is_default is_current is_inherited comment owner_role_type",
    ),
    "SHOW GRANTS TO ROLE ANALYST": GRANTS,
    "SHOW GRANTS ON SCHEMA ANALYTICS.SALES": GRANTS,
    "SHOW FUTURE GRANTS IN SCHEMA ANALYTICS.SALES": (
        "created_on privilege grant_on name grant_to grantee_name grant_option", "",
    ),
    "SHOW WAREHOUSES": (
        "name state type is_default is_current auto_resume available provisioning quiescing other "
        "created_on resumed_on updated_on owner comment resource_monitor actives pendings failed "
        "suspended uuid",
        "size min_cluster_count max_cluster_count started_clusters running queued auto_suspend "
        "enable_query_acceleration query_acceleration_max_scale_factor scaling_policy "
        "owner_role_type resource_constraint",
    ),
    "SHOW NETWORK POLICIES": (
        "created_on name comment entries_in_allowed_ip_list entries_in_blocked_ip_list "
        "entries_in_allowed_network_rules entries_in_blocked_network_rules",
        "",
    ),
    "DESCRIBE NETWORK POLICY OFFICE": ("name value", ""),
    "SHOW INTEGRATIONS": ("name type category enabled created_on", "comment"),
    "DESCRIBE INTEGRATION CUBE": (
        "property property_type property_value property_default", "",
    ),
    "SHOW RESOURCE MONITORS": (
        "name created_on owner",
        "credit_quota used_credits remaining_credits level frequency start_time end_time notify_at "
        "suspend_at suspend_immediately_at comment notify_users",
    ),
    "SHOW AUTHENTICATION POLICIES IN SCHEMA ANALYTICS.SALES": (
        "name comment kind options", "created_on database_name schema_name owner owner_role_type",
    ),
    "DESCRIBE AUTHENTICATION POLICY ANALYTICS.SALES.ONLY_KEYS": (
        "property value default description", "",
    ),
    "SHOW DATABASES": (
        "created_on name",
        "is_default is_current origin owner comment options retention_time kind owner_role_type",
    ),
    "SHOW SCHEMAS IN DATABASE ANALYTICS": (
        "created_on name is_default is_current database_name owner retention_time owner_role_type",
        "comment options",
    ),
    "SHOW PARAMETERS IN USER ALICE": ("", "key value default level description"),
    "SHOW VIEWS IN SCHEMA ANALYTICS.SALES": (
        "created_on name database_name schema_name",
        "reserved owner comment text is_secure is_materialized owner_role_type change_tracking",
    ),
}  # fmt: skip
ROWS_OF_OAUTH = {
    "OAUTH_CLIENT_TYPE", "OAUTH_REDIRECT_URI", "PRE_AUTHORIZED_ROLES_LIST", "ALLOWED_ROLES_LIST",
    "NETWORK_POLICY",
}  # fmt: skip
ABSENT_FROM_SCHEMATA = ("INFORMATION_SCHEMA",)
"""A schema of the service's own, which has no owner."""


@pytest.fixture(scope="module")
def deployer() -> Person:
    deployer = Person(Snowflake(), "DEPLOYER", "ACCOUNTADMIN")
    for statement in (
        "CREATE SECURITY INTEGRATION CUBE TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
        "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = 'https://cube.example.com'",
        "CREATE NETWORK POLICY OFFICE ALLOWED_IP_LIST = ('127.0.0.1')",
        "CREATE RESOURCE MONITOR MONTH WITH CREDIT_QUOTA = 10",
        "CREATE AUTHENTICATION POLICY ANALYTICS.SALES.ONLY_KEYS",
        "CREATE DATABASE ROLE ANALYTICS.READERS",
        "GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES TO ROLE ANALYST",
        "CREATE USER ROBOT TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = 'arn:aws:iam::1')",
    ):
        deployer.ask(statement)
    return deployer


@pytest.mark.parametrize("statement", READ)
def test_every_column_that_is_scanned_is_there(deployer, statement) -> None:
    must, may = (set(each.split()) for each in READ[statement])
    found = deployer.ask(statement)
    columns = [column.name for column in found.columns]
    assert must | may <= {*columns}
    assert found.rows, "the check below looks at something"
    for row in found.rows:
        one = dict(zip(columns, row, strict=True))
        if one.get("name") not in ABSENT_FROM_SCHEMATA:
            assert not [column for column in must if one[column] is None], one


def test_an_oauth_client_is_described_with_the_rows_of_its_age(deployer) -> None:
    state = deployer.state
    for newest in (True, False):
        state.newest = newest
        rows = {str(row[0]) for row in deployer.rows("DESCRIBE INTEGRATION CUBE")}
        assert ROWS_OF_OAUTH - rows == (set() if newest else {"ALLOWED_ROLES_LIST"})
    alter = "ALTER SECURITY INTEGRATION CUBE SET ALLOWED_ROLES_LIST = ('ANALYST')"
    assert "invalid property 'ALLOWED_ROLES_LIST'" in deployer.refusal(alter)
    state.newest = True
    deployer.ask(alter)
    assert ["ALLOWED_ROLES_LIST", "List", "ANALYST", ""] in deployer.rows("DESC INTEGRATION CUBE")
    for refused in ("BLOCKED_ROLES_LIST = ('ANALYST')", "OAUTH_USE_SECONDARY_ROLES = IMPLICIT"):
        assert "ANALYST" in deployer.refusal(f"ALTER SECURITY INTEGRATION CUBE SET {refused}")
    deployer.ask("ALTER SECURITY INTEGRATION CUBE SET ALLOWED_ROLES_LIST = ()")


def test_a_host_says_of_which_type_it_is(
    sandbox, account_url, workspace_url, deployer_headers
) -> None:
    databricks: Databricks = sandbox.databricks

    def told(url: str) -> str | None:
        answer = requests.get(f"{url}/.well-known/databricks-config", timeout=10).json()
        return str(answer["host_type"]) if "host_type" in answer else None

    host = account_url.partition("/api/")[0]
    assert (told(host), told(workspace_url)) == ("account", "workspace")
    databricks.unified = True
    assert (told(host), told(workspace_url)) == ("unified", "unified")
    path = account_url.removeprefix(host) + f"/workspaces/{WORKSPACE_ID}"
    for each in (host, workspace_url):
        found = requests.get(each + path, headers=deployer_headers, timeout=10)
        assert found.json()["workspace_id"] == WORKSPACE_ID
    databricks.unified = databricks.newest = False
    assert (told(host), told(workspace_url)) == (None, None)
    assert (
        requests.get(workspace_url + path, headers=deployer_headers, timeout=10).status_code == 501
    )


@pytest.mark.parametrize("age", OCSP_OFF)
def test_a_plugin_is_told_about_certificates_in_its_own_words(home, age) -> None:
    with Sandbox(home, age=age) as running:
        names = set(OCSP_OFF.values()) & running.env.keys()
        assert names == {OCSP_OFF[age]}
        assert running.snowflake.newest == running.databricks.newest == (age == "newest")


def test_the_installed_plugin_says_which_age_the_environment_is_for(home, monkeypatch) -> None:
    with Sandbox(home) as running:
        assert OCSP_OFF["built"] in running.env
    plugin = home / "user" / "plugins" / "resource-snowflake-v2.20.0"
    plugin.mkdir(parents=True)
    monkeypatch.setenv("PULUMI_HOME", str(home / "user"))
    with Sandbox(home / "another") as running:
        assert OCSP_OFF["newest"] in running.env
