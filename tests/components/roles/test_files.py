"""What is written for a stack follows its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cube_access import settings as stack_settings
from cube_access.declared import DeclarationError, declaration, settings_from
from cube_access.roles import aws, databricks, snowflake
from cube_access.roles.files import RolesError, files, write
from cube_access.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[3]
EXTERNAL = {
    "warehouse": "external",
    "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
    "externalType": "postgres",
    "externalHost": "db.example.com",
    "externalDatabase": "sales",
    "externalUser": "cube",
    "externalPassword": "planted",
    "externalClientId": "cube",
    "externalAuthUrl": "https://login.example.com/authorize",
    "externalTokenUrl": "https://login.example.com/token",
    "externalScopes": '["offline_access"]',
    "oauthClientType": "public",
}


def load(config: Mapping[str, Any], stack: str = "prod") -> Settings:
    """The settings that the root program has of a stack's file; None is a key that is not there."""
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
        if value is not None
    }
    return stack_settings.load(texts, stack)


def settings(example: str, **changes: Any) -> Any:
    """An example's settings with other keys; None removes one."""
    stack: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{example}.yaml").read_text())
    changed = {f"cube-access:{key}": value for key, value in changes.items()}
    return load({**stack["config"], **changed})


class TestSnowflake:
    def privileges(self, **changes: Any) -> set[str]:
        found = settings("sandbox-snowflake", deployerRole="sign-in", **changes)
        return {each.privilege for each in snowflake.deployer_grants(found)}

    BASE = frozenset(
        f"{privilege} ON ACCOUNT"
        for privilege in ("CREATE INTEGRATION", "CREATE ROLE", "CREATE USER", "MANAGE GRANTS")
    )

    def test_an_existing_warehouse_takes_the_four_global_rights(self) -> None:
        assert self.privileges() == self.BASE

    @pytest.mark.parametrize(
        ("changes", "more"),
        [
            ({"snowflakeWarehouse": None}, {"CREATE WAREHOUSE ON ACCOUNT"}),
            ({"allowedCidrs": ["203.0.113.0/24"]}, {"CREATE NETWORK POLICY ON ACCOUNT"}),
            (
                {"grantTo": "database-role"},
                {'USAGE ON DATABASE "ANALYTICS"', 'CREATE DATABASE ROLE ON DATABASE "ANALYTICS"'},
            ),
            (
                {"authenticationPolicySchema": 'ANALYTICS."web data"'},
                {
                    'USAGE ON DATABASE "ANALYTICS"',
                    'USAGE ON SCHEMA "ANALYTICS"."web data"',
                    'CREATE AUTHENTICATION POLICY ON SCHEMA "ANALYTICS"."web data"',
                    "APPLY AUTHENTICATION POLICY ON ACCOUNT",
                },
            ),
        ],
    )
    def test_each_setting_adds_its_own(self, changes: dict[str, Any], more: set[str]) -> None:
        assert self.privileges(**changes) == self.BASE | more

    def test_a_credit_quota_needs_accountadmin_and_says_so(self) -> None:
        quota = {"snowflakeWarehouse": None, "snowflakeWarehouseCreditQuota": 10}
        with pytest.raises(SettingsError, match="no role but ACCOUNTADMIN"):
            self.privileges(**quota)

    def test_roles_of_your_own_get_what_their_task_needs(self) -> None:
        found = settings(
            "sandbox-snowflake",
            integrationRole="INTEGRATOR",
            userAdminRole='"people admin"',
            allowedCidrs=["203.0.113.0/24"],
        )
        assert [each.statement for each in snowflake.deployer_grants(found)] == [
            'GRANT CREATE INTEGRATION ON ACCOUNT TO ROLE "INTEGRATOR"',
            'GRANT CREATE ROLE ON ACCOUNT TO ROLE "people admin"',
        ], "the user goes with its network policy, which SECURITYADMIN can make by itself"

    def test_a_wide_role_is_named_and_there_is_no_previewer_then(self) -> None:
        found = settings("sandbox-snowflake")
        assert "wider than needed" in snowflake.deployer_script(found)
        assert "No previewer" in snowflake.previewer_script(found)

    def test_a_previewer_gets_no_right_to_change_or_to_read_rows(self) -> None:
        found = settings(
            "sandbox-snowflake",
            deployerRole="sign-in",
            databases=["RAW"],
            authenticationPolicySchema="POLICIES.PUBLIC",
        )
        privileges = {each.privilege.split(" ON ")[0] for each in snowflake.previewer_grants(found)}
        assert privileges == {"USAGE", "REFERENCES", "MONITOR"}
        assert "reads no row. Run as" in snowflake.previewer_script(found)

    def test_a_previewer_of_an_imported_database_reads_it_and_that_is_said(self) -> None:
        found = settings("sandbox-snowflake", deployerRole="sign-in", importedDatabases=["WEATHER"])
        script = snowflake.previewer_script(found)
        assert 'GRANT IMPORTED PRIVILEGES ON DATABASE "WEATHER" TO ROLE' in script
        assert "reads no row but of importedDatabases" in script
        assert "WEATHER" not in snowflake.deployer_script(found)


class TestDatabricks:
    def test_every_catalog_once(self) -> None:
        found = settings("sandbox-databricks", schemas=["main.sales", "raw.events", "main.hr"])
        paths = [step.path for step in databricks.deployer_steps(found)]
        assert [path.rpartition("/")[2] for path in paths[2:]] == ["main", "raw"]

    def test_a_warehouse_of_ours_cannot_be_looked_at_before_it_is_there(
        self, tmp_path: Path
    ) -> None:
        found = settings("sandbox-databricks", sqlWarehouseId=None)
        assert not any("warehouses" in each.path for each in databricks.previewer_steps(found))


class TestAws:
    def actions(self, **changes: Any) -> set[str]:
        statement = aws.deployer(settings("sandbox-databricks", **changes))["Statement"][0]
        return {action.partition(":")[2] for action in statement["Action"]}

    def test_a_kept_secret_is_not_deleted(self) -> None:
        assert not {"DeleteSecret", "RestoreSecret"} & self.actions(
            secretOnDestroy="keep", secretRecoveryDays=7
        )

    def test_restoring_and_a_policy_are_there_with_their_settings(self) -> None:
        assert not {"RestoreSecret", "PutResourcePolicy"} & self.actions()
        assert "RestoreSecret" in self.actions(secretRecoveryDays=7)
        statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        assert "PutResourcePolicy" in self.actions(secretPolicy=policy)

    def test_only_this_secret_is_reached(self) -> None:
        statement = aws.deployer(settings("sandbox-databricks"))["Statement"]
        (resource,) = {each["Resource"] for each in statement}
        assert (
            resource == "arn:aws:secretsmanager:eu-central-1:*:secret:cube-access/cube-prod-??????"
        )

    @pytest.mark.parametrize(
        ("key", "resource"),
        [
            ("1234-abcd", "arn:aws:kms:eu-central-1:*:key/1234-abcd"),
            ("arn:aws:kms:eu-central-1:1:key/1234", "arn:aws:kms:eu-central-1:1:key/1234"),
            ("alias/cube", "arn:aws:kms:eu-central-1:*:key/*"),
        ],
    )
    def test_a_key_is_used_through_secrets_manager_only(self, key: str, resource: str) -> None:
        statement = aws.deployer(settings("sandbox-databricks", secretKmsKeyId=key))["Statement"][1]
        assert statement["Resource"] == resource
        assert "kms:ViaService" in json.dumps(statement["Condition"])
        assert ("alias/cube" in json.dumps(statement["Condition"])) == key.startswith("alias/")

    @pytest.mark.parametrize("who", [aws.deployer, aws.previewer])
    def test_a_key_is_looked_at_before_it_is_used(self, who: Any) -> None:
        statement = who(settings("sandbox-databricks", secretKmsKeyId="alias/cube"))["Statement"][
            -1
        ]
        assert statement["Action"] == ["kms:DescribeKey"]
        assert statement["Resource"] == "arn:aws:kms:eu-central-1:*:key/*"
        only = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/cube"}}
        assert statement["Condition"] == only

    def test_another_partition(self) -> None:
        found = settings("sandbox-databricks", awsRegion="us-gov-west-1")
        assert aws.previewer(found)["Statement"][0]["Resource"].startswith("arn:aws-us-gov:")


class TestFiles:
    def test_each_warehouse_has_its_own_and_those_of_aws(self) -> None:
        in_aws = ["aws-deployer.json", "aws-previewer.json"]
        names = {
            example: sorted(files(settings(example)))
            for example in ("sandbox-databricks", "sandbox-snowflake")
        }
        assert names == {
            "sandbox-databricks": [*in_aws, "databricks-deployer.sh", "databricks-previewer.sh"],
            "sandbox-snowflake": [*in_aws, "snowflake-deployer.sql", "snowflake-previewer.sql"],
        }

    def test_where_nothing_is_made_only_the_secret_needs_rights(self) -> None:
        external = stack_settings.load(
            {f"cube-access:{key}": value for key, value in EXTERNAL.items()},
            "prod",
            ["cube-access:externalPassword"],
        )
        assert sorted(files(external)) == ["aws-deployer.json", "aws-previewer.json"]

    def test_without_a_key_there_is_no_secret_and_nothing_in_aws(self) -> None:
        identity = {"tenant": "acme", "deploymentId": "42"}
        found = settings("sandbox-snowflake", cubeCloudIdentity=identity)
        assert list(files(found)) == ["snowflake-deployer.sql", "snowflake-previewer.sql"]

    def test_what_no_role_can_do_is_one_clear_error(self) -> None:
        quota = {"snowflakeWarehouse": None, "snowflakeWarehouseCreditQuota": 10}
        with pytest.raises(RolesError, match="no role but ACCOUNTADMIN"):
            files(settings("sandbox-snowflake", deployerRole="sign-in", **quota))

    def test_a_value_that_is_not_known_gets_into_no_file(self) -> None:
        """A policy with a placeholder in it would be applied by somebody."""
        declared = declaration(
            settings("sandbox-databricks", secretKmsKeyId="alias/cube"), {"secretKmsKeyId"}
        )
        assert "alias/cube" not in json.dumps(declared)
        with pytest.raises(DeclarationError, match="secretKmsKeyId is not known here"):
            files(settings_from(declared))

    def test_a_folder_that_cannot_be_written_to_is_one_clear_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(RolesError, match="--output"):
            write({"x.sql": ""}, tmp_path / "file/roles")
