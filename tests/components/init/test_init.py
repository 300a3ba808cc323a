"""`cube-access init`: what it takes, what it refuses, and what is in the two files after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cube_access import cli
from cube_access.cube import files
from cube_access.settings import PROJECT, load
from tests.components.init.environments import (
    DATABRICKS,
    EACH,
    EXTERNAL,
    PLANTED,
    ROOT,
    SNOWFLAKE,
    Init,
    config,
    tree,
)


class TestFlags:
    @pytest.mark.parametrize("warehouse", EACH)
    def test_both_files_are_made_and_a_second_run_changes_neither(
        self, program: Path, init: Init, warehouse: str
    ) -> None:
        code, out = init(**EACH[warehouse])
        assert code == 0, out
        assert "wrote Pulumi.eu.yaml\nwrote policies/config/eu.json, from " in out
        made = tree(program)
        code, out = init()
        assert (code, tree(program)) == (0, made)
        assert "Pulumi.eu.yaml is as it was" in out
        assert "policies/config/eu.json is there, and stays as it is" in out

    def test_what_the_engine_would_take_for_a_secret_is_written_plain(
        self, program: Path, init: Init
    ) -> None:
        key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000c0be"
        init(**{**DATABRICKS, "secretKmsKeyId": key})
        got = config(program)
        assert got["secretKmsKeyId"] == key
        assert got["databricksWorkspaceId"] == "1234567890123456", "a text, as the engine has it"
        assert got["schemas"] == ["main.sales"]

    def test_a_later_run_changes_what_it_says_and_nothing_else(
        self, program: Path, init: Init
    ) -> None:
        init(**DATABRICKS)
        file = program / "Pulumi.eu.yaml"
        file.write_text(
            file.read_text().replace("- main.sales", "- main.sales # finance")
            + "  aws:region: x # not ours\nencryptionsalt: v1:abc\n"
        )
        code, out = init(schemas="main.sales,main.hr", secretKmsKeyId="alias/other", tags="")
        assert (code, "changed Pulumi.eu.yaml" in out) == (0, True)
        text = file.read_text()
        assert "    - main.sales # finance\n    - main.hr\n" in text
        assert "  aws:region: x # not ours\nencryptionsalt: v1:abc\n" in text
        assert config(program)["secretKmsKeyId"] == "alias/other"

    def test_a_list_may_come_entry_by_entry(self, program: Path, init: Init) -> None:
        pairs = ["--set=schemas=main.hr", "--set=cube-access:schemas=main.x, main.y"]
        init(*pairs, **DATABRICKS)
        assert config(program)["schemas"] == ["main.hr", "main.x", "main.y", "main.sales"]

    def test_the_stack_of_an_organization_has_a_file_without_it(
        self, program: Path, init: Init
    ) -> None:
        code, out = init(stack="acme/eu", **DATABRICKS)
        assert (code, (program / "Pulumi.eu.yaml").exists()) == (0, True)
        assert "pulumi stack init acme/eu" in out
        assert config(program)["warehouse"] == "databricks"

    def test_every_command_that_is_said_to_come_next_is_there(self, init: Init) -> None:
        _, out = init(**EXTERNAL)
        steps = [each.split("#")[0].split() for each in out.partition("Next:\n")[2].splitlines()]
        ours = [each[1] for each in steps if each[0] == "cube-access"]
        assert ours
        assert set(ours) <= cli.cli.commands.keys()
        assert steps[-1][:4] == ["pulumi", "up", "--stack", "eu"]
        assert "policies/config/eu.json" in steps[-1]

    def test_readme_has_these_commands(self, init: Init) -> None:
        _, out = init(stack="prod", **DATABRICKS)
        page = (ROOT / "README.md").read_text().partition("## A real account")[2]
        told = [each.split("  #")[0].strip() for each in page.splitlines() if each[:4].isspace()]
        steps = [each.split("  #")[0].strip() for each in out.partition("Next:\n")[2].splitlines()]
        places = [told.index(each) for each in steps if not each.startswith("cd ")]
        assert places == sorted(places)
        assert len(places) >= 3

    def test_maps_and_texts_in_braces_are_what_they_are(self, program: Path, init: Init) -> None:
        code, out = init(**EXTERNAL, externalPersonUser="{username}", tags='{"team": "bi"}')
        assert code == 0, out
        got = config(program)
        assert (got["externalPersonUser"], got["tags"]) == ("{username}", {"team": "bi"})

    def test_whom_cube_cloud_vouches_for_needs_no_oauth_app(
        self, program: Path, init: Init
    ) -> None:
        given = {**SNOWFLAKE, "userRoles": "ANALYST", "cubeCloudSignIn": '{"tenant": "acme"}'}
        del given["redirectUris"], given["oauthNetworkPolicy"]
        code, out = init(stack="prod", **given)
        assert code == 0, out
        assert config(program, "prod")["cubeCloudSignIn"] == {"tenant": "acme"}


class TestNothingIsWritten:
    @pytest.mark.parametrize(
        ("flags", "why"),
        [
            ({}, "cube-access:warehouse: is missing"),
            ({"warehouse": "oracle"}, "cube-access:warehouse = oracle: is none of the values"),
            ({**DATABRICKS, "schemas": "sales"}, "'sales' is not catalog.schema"),
            ({**DATABRICKS, "shemas": "main.x"}, "no such key. Did you mean schemas?"),
            ({**DATABRICKS, "userRoles": "X"}, "is a key of warehouse snowflake only"),
            ({**DATABRICKS, "secretKmsKeyId": ""}, "makes secret-stores-encrypted mandatory"),
            ({**SNOWFLAKE, "allowedCidrs": ""}, "makes service-users-network-policy mandatory"),
            ({**SNOWFLAKE, "oauthNetworkPolicy": ""}, "makes oauth-network-policy mandatory"),
        ],
    )
    def test_if_an_answer_is_wrong(
        self, program: Path, init: Init, flags: dict[str, str], why: str
    ) -> None:
        before = tree(program)
        code, out = init(**flags)
        assert (code, tree(program)) == (2, before)
        assert why in out
        assert "nothing was changed" in out

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["--set", "schemas"], "--set takes KEY=VALUE"),
            (["--set", "name=cube-a", "--set", "name=cube-b"], "there twice, and is no list"),
            (["--set", "schemas=[x", "--set", "schemas=y"], "not valid JSON"),
            (
                ["--like", "staging"],
                "there is no policies/starts/staging.json. There is: production, development",
            ),
        ],
    )
    def test_if_a_flag_is(self, program: Path, init: Init, arguments: list[str], why: str) -> None:
        before = tree(program)
        code, out = init(*arguments, warehouse="databricks")
        assert (code, tree(program)) == (2, before)
        assert why in out

    @pytest.mark.parametrize("stack", ["../eu", "a/b/c/d", "e u", "..", "x" * 101])
    def test_for_a_stack_that_cannot_be(self, program: Path, init: Init, stack: str) -> None:
        before = tree(program)
        code, out = init(stack=stack, **DATABRICKS)
        assert (code, tree(program)) == (2, before)
        assert "is no stack's name" in out

    def test_without_a_stack(self, program: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["init", "--cwd", str(program)]) == 2
        assert "Say --stack NAME" in capsys.readouterr().err

    def test_without_a_program(self, program: Path, init: Init) -> None:
        (program / "Pulumi.yaml").unlink()
        code, out = init(**DATABRICKS)
        assert (code, "there is no Pulumi.yaml in" in out) == (2, True)

    @pytest.mark.parametrize("text", ["{", "[]"])
    def test_where_the_policies_cannot_be_read(self, program: Path, init: Init, text: str) -> None:
        (program / "policies/config/eu.json").write_text(text)
        code, out = init(**DATABRICKS)
        assert (code, "policies/config/eu.json is no" in out) == (2, True)
        assert not (program / "Pulumi.eu.yaml").exists()

    def test_if_only_one_of_the_files_can_be(
        self, program: Path, init: Init, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = tree(program)

        def full(path: Path, text: str, mode: int) -> None:
            if path.name == "Pulumi.eu.yaml":
                raise files.FilesError(f"{path} cannot be written: No space left on device")
            files.write(path, text, mode)

        monkeypatch.setattr("cube_access.init.run.write", full)
        code, out = init(**DATABRICKS)
        assert (code, tree(program)) == (2, before)
        assert "No space left on device. No file was changed." in out


class TestSecrets:
    def test_a_secret_is_told_as_the_line_that_asks_for_it(self, program: Path, init: Init) -> None:
        _, out = init(**EXTERNAL)
        for key in ("externalPassword", "externalClientSecret"):
            assert f"  pulumi config set --secret cube-access:{key} --stack eu" in out
            assert key not in config(program)
        file = program / "Pulumi.eu.yaml"
        secret = f"  {PROJECT}:externalPassword:\n    secure: v1:abc\n"
        file.write_text(file.read_text() + secret)
        code, out = init(externalDatabase="crm")
        assert (code, secret in file.read_text()) == (0, True)
        assert "--secret cube-access:externalPassword" not in out
        assert "--secret cube-access:externalClientSecret" in out

    def test_a_public_client_and_a_token_need_fewer(self, init: Init) -> None:
        _, out = init(**{**EXTERNAL, "oauthClientType": "public"})
        assert "externalPassword" in out
        assert "externalClientSecret" not in out

    def test_one_on_the_command_line_is_refused_and_not_repeated(
        self, program: Path, init: Init
    ) -> None:
        before = tree(program)
        code, out = init(**EXTERNAL, externalPassword=PLANTED)
        assert (code, tree(program)) == (2, before)
        assert "pulumi config set --secret cube-access:externalPassword" in out
        assert PLANTED not in out
        code, out = init(**EXTERNAL, externalPasword=PLANTED)
        assert (code, "Did you mean externalPassword?" in out) == (2, True)
        assert PLANTED not in out

    def test_one_that_stands_in_the_file_is_refused_and_not_repeated(
        self, program: Path, init: Init
    ) -> None:
        init(**EXTERNAL)
        file = program / "Pulumi.eu.yaml"
        file.write_text(file.read_text() + f"  {PROJECT}:externalPassword: {PLANTED}\n")
        code, out = init(externalDatabase="crm")
        assert (code, PLANTED in out) == (2, False)
        assert "is readable in the stack's file" in out

    @pytest.mark.parametrize(
        ("key", "value", "code"), [("redirectUris", "", 0), ("warehouse", "databricks", 2)]
    )
    def test_whatever_is_encrypted_is_not_looked_at(
        self, program: Path, init: Init, key: str, value: str, code: int
    ) -> None:
        init(**DATABRICKS)
        (program / "policies/config/eu.json").unlink()
        file = program / "Pulumi.eu.yaml"
        lines = file.read_text().replace("\n    - https:", " https:").splitlines()
        sealed = f"  {PROJECT}:{key}:\n    secure: v1:abc"
        text = "\n".join(sealed if f":{key}:" in each else each for each in lines)
        file.write_text(text + "\n")
        got, out = init()
        assert (got, sealed in file.read_text()) == (code, True), out
        if code:
            assert "warehouse is encrypted in Pulumi.eu.yaml" in out

    def test_a_key_that_is_encrypted_without_need_can_be_said_plain(
        self, program: Path, init: Init
    ) -> None:
        init(**DATABRICKS)
        file = program / "Pulumi.eu.yaml"
        text = file.read_text().replace(": alias/cube-prod", ":\n    secure: v1:abc")
        file.write_text(text)
        code, _ = init(schemas="main.hr")
        assert (code, config(program)["secretKmsKeyId"]) == (0, {"secure": "v1:abc"})
        code, _ = init(secretKmsKeyId="alias/cube-prod")
        assert (code, config(program)["secretKmsKeyId"]) == (0, "alias/cube-prod")


@pytest.mark.parametrize("warehouse", EACH)
def test_what_is_written_is_what_the_settings_take(
    program: Path, init: Init, warehouse: str
) -> None:
    init(**EACH[warehouse])
    raw = {
        f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config(program).items()
    }
    secrets = {"externalPassword", "externalClientSecret"} if warehouse == "external" else set()
    keys = [f"{PROJECT}:{key}" for key in secrets]
    assert load({**raw, **dict.fromkeys(keys, "x")}, "eu", keys).warehouse == warehouse
