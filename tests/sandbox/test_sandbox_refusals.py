"""What a vendor refuses is refused here, value by value."""

import boto3
import pytest
from botocore.exceptions import ClientError
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest

from sandbox.databricks.world import ALICE, BOB
from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

INTEGRATION = (
    "CREATE SECURITY INTEGRATION {} TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
    "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = 'https://cube.example.com' {}"
)
ADMINISTRATORS = "'ACCOUNTADMIN', 'GLOBALORGADMIN', 'ORGADMIN', 'SECURITYADMIN'"


@pytest.fixture
def deployer() -> Person:
    return Person(Snowflake(), "DEPLOYER", "ACCOUNTADMIN", database="ANALYTICS", schema="SALES")


@pytest.mark.parametrize("address", ["1.2.3.999", "1.2.3.4/33", "office", "2001:db8::1", "1.2.3"])
def test_an_address_is_one(deployer, address) -> None:
    for statement in (
        f"CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('{address}')",
        f"CREATE NETWORK POLICY P BLOCKED_IP_LIST = ('192.0.2.1', '{address}')",
        f"CREATE NETWORK RULE R TYPE = IPV4 MODE = INGRESS VALUE_LIST = ('{address}')",
    ):
        assert f"invalid value [{address}]" in deployer.refusal(statement)
    assert deployer.rows("SHOW NETWORK POLICIES") == []


def test_a_network_policy_does_not_shut_its_author_out(deployer) -> None:
    deployer.ask("CREATE NETWORK POLICY AWAY ALLOWED_IP_LIST = ('192.0.2.0/24')")
    deployer.ask("CREATE NETWORK POLICY HERE ALLOWED_IP_LIST = ('127.0.0.0/8')")
    deployer.ask("ALTER USER ALICE SET NETWORK_POLICY = AWAY")
    for statement in (
        "ALTER ACCOUNT SET NETWORK_POLICY = AWAY",
        "ALTER USER DEPLOYER SET NETWORK_POLICY = AWAY",
    ):
        assert "Requestor IP address, 127.0.0.1, must be" in deployer.refusal(statement)
    deployer.ask("ALTER ACCOUNT SET NETWORK_POLICY = HERE")
    for lists in ("ALLOWED_IP_LIST = ('192.0.2.1')", "BLOCKED_IP_LIST = ('127.0.0.1')"):
        assert "cannot be activated" in deployer.refusal(f"ALTER NETWORK POLICY HERE SET {lists}")
    deployer.ask("ALTER NETWORK POLICY AWAY SET BLOCKED_IP_LIST = ('127.0.0.1')")
    # Of an integration, the policy is for the client, wherever its author is.
    deployer.ask(INTEGRATION.format("CUBE", "NETWORK_POLICY = 'AWAY'"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Short-2025", "PASSWORD_TOO_SHORT"),
        ("long-enough-in-2025", "PASSWORD_NEEDS_UPPERCASE"),
        ("LONG-ENOUGH-IN-2025", "PASSWORD_NEEDS_LOWERCASE"),
        ("Long-enough-for-now", "PASSWORD_NEEDS_DIGIT"),
    ],
)
def test_a_password_is_a_strong_one(deployer, password, reason) -> None:
    for statement in (f"CREATE USER CARA PASSWORD = '{password}'",
                      f"ALTER USER ALICE SET PASSWORD = '{password}'"):  # fmt: skip
        assert reason in deployer.refusal(statement)
    deployer.ask("ALTER USER ALICE SET PASSWORD = 'Long-enough-in-2025'")


def test_a_password_that_is_there_already_is_not_judged_again(deployer) -> None:
    deployer.ask("ALTER USER ALICE SET COMMENT = 'her password is shorter than new ones'")


def test_default_secondary_roles_are_all_or_none(deployer) -> None:
    for roles in ("('ANALYST')", "('ALL', 'ANALYST')"):
        refused = deployer.refusal(f"ALTER USER ALICE SET DEFAULT_SECONDARY_ROLES = {roles}")
        assert "'DEFAULT_SECONDARY_ROLES'" in refused
    for roles in ("()", "('ALL')"):
        deployer.ask(f"ALTER USER ALICE SET DEFAULT_SECONDARY_ROLES = {roles}")


def test_a_list_of_blocked_roles_names_all_administrators_or_none(deployer) -> None:
    partial = "BLOCKED_ROLES_LIST = ('ACCOUNTADMIN', 'SYSADMIN')"
    assert "003629 (42501)" in deployer.refusal(INTEGRATION.format("A", partial))
    deployer.ask(INTEGRATION.format("B", "BLOCKED_ROLES_LIST = ('SYSADMIN')"))
    deployer.ask(INTEGRATION.format("C", f"BLOCKED_ROLES_LIST = ({ADMINISTRATORS})"))
    assert "003629" in deployer.refusal(f"ALTER SECURITY INTEGRATION B SET {partial}")
    deployer.ask("ALTER ACCOUNT SET OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST = FALSE")
    deployer.ask(f"ALTER SECURITY INTEGRATION B SET {partial}")


def test_workspace_scim_lists_the_groups_that_the_workspace_knows(
    sandbox, login, workspace: WorkspaceClient
) -> None:
    databricks = sandbox.databricks
    alice = databricks.directory.named(ALICE)
    databricks.directory.add("group", "elsewhere", members={alice.id})
    assert "elsewhere" in {g.name for g in databricks.directory.groups_of(alice)}
    shown = {str(g.display) for g in login.client(ALICE).current_user.me().groups}
    assert shown == {"analysts", "finance", "users"}
    assert {str(g.display) for g in workspace.users.get(str(alice.id)).groups} == shown


def test_what_may_only_be_browsed_is_listed_on_request_only(login) -> None:
    bob = login.client(BOB, scope="all-apis")

    def names(**more: bool) -> set[str]:
        catalogs = [str(c.full_name) for c in bob.catalogs.list(**more)]
        schemas = [str(s.full_name) for s in bob.schemas.list("main", **more)]
        return {*catalogs, *schemas}

    assert names() == {"main", "raw", "main.hr"}
    assert names(include_browse=True) == {"main", "raw", "main.hr", "main.sales", "main.reference"}
    alice = login.client(ALICE, scope="all-apis")
    assert [t.name for t in alice.tables.list("main", "hr")] == []
    browsed = alice.tables.list("main", "hr", include_browse=True)
    assert [t.name for t in browsed] == ["salaries"]
    assert {str(t.name) for t in alice.tables.list("main", "sales")} == {"customers", "orders"}


def test_aws_keeps_its_tags_and_knows_its_keys(sandbox) -> None:
    secrets, kms = boto3.client("secretsmanager"), boto3.client("kms")

    def refusal(**more: object) -> str:
        with pytest.raises(ClientError) as caught:
            secrets.create_secret(Name="cube", SecretString="{}", **more)
        return str(caught.value.response["Error"]["Code"])

    assert refusal(Tags=[{"Key": "aws:owner", "Value": "us"}]) == "InvalidParameterException"
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/cube", TargetKeyId=key["KeyId"])
    for wrong in ("alias/nope", "00000000-0000-4000-8000-000000000000"):
        assert refusal(KmsKeyId=wrong) == "EncryptionFailure"
    for n, right in enumerate(
        ("alias/cube", key["KeyId"], key["Arn"], "alias/aws/secretsmanager"), start=1
    ):
        secrets.create_secret(Name=f"cube-{n}", SecretString="{}", KmsKeyId=right)
    with pytest.raises(ClientError, match="aws: prefixed"):
        secrets.tag_resource(SecretId="cube-1", Tags=[{"Key": "AWS:x", "Value": "y"}])
    with pytest.raises(ClientError, match="TagException"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "aws:x", "TagValue": "y"}])
    kms.disable_key(KeyId=key["KeyId"])
    assert refusal(KmsKeyId="alias/cube") == "EncryptionFailure"


@pytest.mark.parametrize(
    ("kind", "name", "privilege", "listed"),
    [
        ("volume", "main.sales.files", "READ_VOLUME", "volumes"),
        ("function", "main.sales.score", "EXECUTE", "functions"),
        ("external_location", "lake", "READ_FILES", "external_locations"),
    ],
)
def test_what_is_no_table_is_granted_and_listed(
    sandbox, login, workspace, kind, name, privilege, listed
) -> None:
    sandbox.databricks.unity.add(kind, name, "platform-admin@example.com")
    alice = login.client(ALICE, scope="all-apis")

    def seen() -> list[str]:
        place = name.split(".")[:-1]
        found = getattr(alice, listed).list(*place)
        return [str(getattr(each, "full_name", None) or each.name) for each in found]

    def change(to: str) -> None:
        sent = {"changes": [{"principal": ALICE, "add": [to]}]}
        path = f"/api/2.1/unity-catalog/permissions/{kind}/{name}"
        workspace.api_client.do("PATCH", path, body=sent)

    assert seen() == []
    with pytest.raises(BadRequest, match="not applicable"):
        change("CREATE_CATALOG")
    change(privilege)
    assert seen() == [name]
