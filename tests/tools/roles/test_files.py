"""What is written for a stack follows its settings, from its file alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cube_access.settings import DatabricksSettings, SettingsError, SnowflakeSettings
from tools import stack_file
from tools.roles import __main__ as command
from tools.roles import aws, databricks, snowflake

ROOT = Path(__file__).resolve().parents[3]


def settings(folder: Path, example: str, **changes: Any) -> Any:
    """An example's settings with other keys, read from a file; None removes one."""
    stack: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{example}.yaml").read_text())
    for key, value in changes.items():
        stack["config"][f"cube-access:{key}"] = value
        if value is None:
            del stack["config"][f"cube-access:{key}"]
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump(stack))
    return stack_file.load("prod", folder)


class TestSnowflake:
    def privileges(self, folder: Path, **changes: Any) -> set[str]:
        found = settings(folder, "dev-snowflake", deployerRole="sign-in", **changes)
        return {each.privilege for each in snowflake.deployer_grants(found)}

    BASE = frozenset(
        f"{privilege} ON ACCOUNT"
        for privilege in ("CREATE INTEGRATION", "CREATE ROLE", "CREATE USER", "MANAGE GRANTS")
    )

    def test_an_existing_warehouse_takes_the_four_global_rights(self, tmp_path: Path) -> None:
        assert self.privileges(tmp_path) == self.BASE

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
    def test_each_setting_adds_its_own(
        self, tmp_path: Path, changes: dict[str, Any], more: set[str]
    ) -> None:
        assert self.privileges(tmp_path, **changes) == self.BASE | more

    def test_a_credit_quota_needs_accountadmin_and_says_so(self, tmp_path: Path) -> None:
        quota = {"snowflakeWarehouse": None, "snowflakeWarehouseCreditQuota": 10}
        with pytest.raises(SettingsError, match="no role but ACCOUNTADMIN"):
            self.privileges(tmp_path, **quota)

    def test_roles_of_your_own_get_what_their_task_needs(self, tmp_path: Path) -> None:
        found = settings(
            tmp_path,
            "dev-snowflake",
            integrationRole="INTEGRATOR",
            userAdminRole='"people admin"',
            allowedCidrs=["203.0.113.0/24"],
        )
        assert [each.statement for each in snowflake.deployer_grants(found)] == [
            'GRANT CREATE INTEGRATION ON ACCOUNT TO ROLE "INTEGRATOR"',
            'GRANT CREATE ROLE ON ACCOUNT TO ROLE "people admin"',
        ], "the user goes with its network policy, which SECURITYADMIN can make by itself"

    def test_a_wide_role_is_named_and_there_is_no_previewer_then(self, tmp_path: Path) -> None:
        found = settings(tmp_path, "dev-snowflake")
        assert "wider than needed" in snowflake.deployer_script(found)
        assert "No previewer" in snowflake.previewer_script(found)

    def test_a_previewer_gets_no_right_to_change_or_to_read_rows(self, tmp_path: Path) -> None:
        found = settings(
            tmp_path,
            "dev-snowflake",
            deployerRole="sign-in",
            databases=["RAW"],
            authenticationPolicySchema="POLICIES.PUBLIC",
        )
        privileges = {each.privilege.split(" ON ")[0] for each in snowflake.previewer_grants(found)}
        assert privileges == {"USAGE", "REFERENCES", "MONITOR"}


class TestDatabricks:
    def test_every_catalog_once(self, tmp_path: Path) -> None:
        found = settings(tmp_path, "dev", schemas=["main.sales", "raw.events", "main.hr"])
        paths = [step.path for step in databricks.deployer_steps(found)]
        assert [path.rpartition("/")[2] for path in paths[2:]] == ["main", "raw"]

    def test_a_warehouse_of_ours_cannot_be_looked_at_before_it_is_there(
        self, tmp_path: Path
    ) -> None:
        found = settings(tmp_path, "dev", sqlWarehouseId=None)
        assert not any("warehouses" in each.path for each in databricks.previewer_steps(found))


class TestAws:
    def actions(self, folder: Path, **changes: Any) -> set[str]:
        statement = aws.deployer(settings(folder, "dev", **changes))["Statement"][0]
        return {action.partition(":")[2] for action in statement["Action"]}

    def test_a_kept_secret_is_not_deleted(self, tmp_path: Path) -> None:
        assert not {"DeleteSecret", "RestoreSecret"} & self.actions(
            tmp_path, secretOnDestroy="keep", secretRecoveryDays=7
        )

    def test_restoring_and_a_policy_are_there_with_their_settings(self, tmp_path: Path) -> None:
        assert not {"RestoreSecret", "PutResourcePolicy"} & self.actions(tmp_path)
        assert "RestoreSecret" in self.actions(tmp_path, secretRecoveryDays=7)
        policy = {"Version": "2012-10-17", "Statement": []}
        assert "PutResourcePolicy" in self.actions(tmp_path, secretPolicy=policy)

    def test_only_this_secret_is_reached(self, tmp_path: Path) -> None:
        statement = aws.deployer(settings(tmp_path, "dev"))["Statement"]
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
    def test_a_key_is_used_through_secrets_manager_only(
        self, tmp_path: Path, key: str, resource: str
    ) -> None:
        statement = aws.deployer(settings(tmp_path, "dev", secretKmsKeyId=key))["Statement"][1]
        assert statement["Resource"] == resource
        assert "kms:ViaService" in json.dumps(statement["Condition"])
        assert ("alias/cube" in json.dumps(statement["Condition"])) == key.startswith("alias/")

    def test_another_partition(self, tmp_path: Path) -> None:
        found = settings(tmp_path, "dev", awsRegion="us-gov-west-1")
        assert aws.previewer(found)["Statement"][0]["Resource"].startswith("arn:aws-us-gov:")


class TestCommand:
    def test_it_writes_six_files_for_the_two_warehouses(self, tmp_path: Path) -> None:
        for example in ("dev", "dev-snowflake"):
            settings(tmp_path, example)
            assert command.main(["prod"], tmp_path) == 0
        assert sorted(each.name for each in (tmp_path / "roles/prod").iterdir()) == [
            "aws-deployer.json",
            "aws-previewer.json",
            "databricks-deployer.sh",
            "databricks-previewer.sh",
            "snowflake-deployer.sql",
            "snowflake-previewer.sql",
        ]

    def test_a_stack_without_a_file_is_an_error_that_lists_those_there_are(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings(tmp_path, "dev")
        assert command.main(["other"], tmp_path) == 1
        assert "no Pulumi.other.yaml here. Stacks with a file: prod" in capsys.readouterr().err

    def test_wrong_settings_are_the_programs_own_error(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SettingsError):
            settings(tmp_path, "dev", schemas=["main"])
        assert command.main(["prod"], tmp_path) == 1
        assert "cube-access:schemas" in capsys.readouterr().err

    def test_an_encrypted_value_needs_no_passphrase(self, tmp_path: Path) -> None:
        provider = {
            "type": "OKTA",
            "issuer": "https://acme.okta.com/oauth2/default",
            "jwsKeysUrl": "https://acme.okta.com/oauth2/default/v1/keys",
            "userMappingClaim": "sub",
            "authUrl": "https://acme.okta.com/oauth2/default/v1/authorize",
            "tokenUrl": "https://acme.okta.com/oauth2/default/v1/token",
            "clientId": "0oa",
            "scopes": ["session:role:ANALYST"],
        }
        found = settings(
            tmp_path,
            "dev-snowflake",
            externalOauth=provider,
            externalOauthClientSecret={"secure": "v1:abc"},
        )
        assert isinstance(found, SnowflakeSettings)
        assert command.main(["prod"], tmp_path) == 0

    def test_without_a_key_there_is_no_secret_and_nothing_in_aws(self, tmp_path: Path) -> None:
        identity = {"tenant": "acme", "deploymentId": "42"}
        found = settings(tmp_path, "dev-snowflake", cubeCloudIdentity=identity)
        assert list(command.files(found)) == ["snowflake-deployer.sql", "snowflake-previewer.sql"]

    def test_the_examples_are_of_both_warehouses(self) -> None:
        assert isinstance(stack_file.load("dev"), DatabricksSettings)
        assert isinstance(stack_file.load("dev-snowflake"), SnowflakeSettings)
