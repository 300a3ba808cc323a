"""`cube-access init` on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cube_access import cli
from cube_access.init.answers import QUESTIONS, as_engine_text, is_secret, typed
from cube_access.settings import PROJECT, WAREHOUSES
from tests.components.init.environments import (
    DATABRICKS,
    SNOWFLAKE,
    Init,
    ask,
    config,
    tree,
)


class TestQuestions:
    @pytest.mark.parametrize("warehouse", WAREHOUSES)
    def test_what_is_required_is_asked_for_and_no_secret_is(self, warehouse: str) -> None:
        fields = {info.alias: info for info in WAREHOUSES[warehouse].model_fields.values()}
        needed = {key for key, info in fields.items() if info.is_required()} - {"warehouse"}
        asked = QUESTIONS[warehouse]
        assert needed <= {*asked} <= {*fields}
        assert not any(map(is_secret, asked))
        # What an answer is checked against is asked before it.
        order = [key for key in fields if key in asked]
        for first, then in [("schemas", "tables"), ("tables", "databases")]:
            assert then not in asked or asked.index(first) < asked.index(then), order

    def test_a_wrong_answer_is_taught_and_asked_again(self, program: Path) -> None:
        out = ask(
            program,
            *("oracle", "databricks"),
            "production",
            *("x", DATABRICKS["databricksAccountId"]),
            *(
                "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com",
                "dbc-1a2b3c4d-5e6f.cloud.databricks.com",
            ),
            "1234567890123456",
            *("", "http://x.example", "https://acme.cubecloud.dev/oauth"),
            "main.sales, main.hr",
            "main.sales.orders.x",
            "",
            "",
            *("users", "analysts"),
            "eu-central-1",
            *("", "alias/cube-prod"),
        )
        for taught in (
            "cube-access:warehouse = oracle: is none of the values",
            "cube-access:databricksAccountId = x: does not have the right form. Write: The "
            "Databricks account's id",
            "The workspace's host name without https://",
            "'http://x.example' is not https",
            "'main.sales.orders.x' is not catalog.schema.table",
            "'users' is everybody",
            "cube-access:secretKmsKeyId: is missing, and policies/config/eu.json makes",
        ):
            assert f"Error: {taught}" in out or taught in out, taught
        assert config(program) == {
            "warehouse": "databricks",
            "databricksAccountId": DATABRICKS["databricksAccountId"],
            "databricksWorkspaceHost": "dbc-1a2b3c4d-5e6f.cloud.databricks.com",
            "databricksWorkspaceId": "1234567890123456",
            "redirectUris": ["https://acme.cubecloud.dev/oauth"],
            "schemas": ["main.sales", "main.hr"],
            "userGroups": ["analysts"],
            "awsRegion": "eu-central-1",
            "secretKmsKeyId": "alias/cube-prod",
        }

    def test_enter_keeps_what_is_there_and_a_hyphen_takes_it_out(
        self, program: Path, init: Init
    ) -> None:
        init(userGroups="analysts,finance", **DATABRICKS)
        before = config(program)
        out = ask(program, *[""] * 10)
        assert "userGroups [analysts, finance]:" in out
        assert config(program) == before
        ask(program, *[""] * 7, "-", "", "")
        del before["userGroups"]
        assert config(program) == before

    def test_what_a_flag_says_is_not_asked(self, program: Path) -> None:
        flags = [f"--set={key}={value}" for key, value in SNOWFLAKE.items()]
        out = ask(program, "development", *[""] * 6, flags=tuple(flags))
        assert "schemas:" not in out
        assert "userRoles:" in out
        assert "wrote policies/config/eu.json, from policies/starts/development.json" in out

    def test_what_another_answer_leaves_nothing_to_say_is_not_asked(self, program: Path) -> None:
        given = {**SNOWFLAKE, "userRoles": "ANALYST", "cubeCloudSignIn": '{"tenant": "acme"}'}
        del given["redirectUris"], given["oauthNetworkPolicy"]
        flags = [f"--set={key}={value}" for key, value in given.items()]
        out = ask(program, "production", *[""] * 6, flags=tuple(flags))
        assert ("redirectUris" in out, "oauthNetworkPolicy" in out) == (False, False)
        assert "deployerRole:" in out
        assert "wrote policies/config/eu.json" in out

    def test_what_no_question_can_mend_is_said_before_the_first(
        self, program: Path, init: Init
    ) -> None:
        init(**DATABRICKS)
        file = program / "Pulumi.eu.yaml"
        file.write_text(file.read_text() + f"  {PROJECT}:protect: perhaps\n")
        done = CliRunner().invoke(
            cli.cli, ["init", "--cwd", str(program), "--stack", "eu", "--ask"], input=""
        )
        assert "protect = perhaps: is neither true nor false" in str(done.exception)
        assert "databricksAccountId" not in done.output

    def test_who_leaves_in_the_middle_leaves_no_file(self, program: Path) -> None:
        before = tree(program)
        assert "Aborted" in ask(program, "snowflake", "production", "MYORG-PROD")
        assert tree(program) == before

    def test_what_is_broken_in_the_file_is_asked_anew(self, program: Path, init: Init) -> None:
        init(**DATABRICKS)
        file = program / "Pulumi.eu.yaml"
        file.write_text(file.read_text().replace("schemas:\n    - main.sales", "schemas: '[x'"))
        out = ask(program, *[""] * 5, "main.sales", *[""] * 5)
        assert "is not valid JSON" in out
        assert config(program)["schemas"] == ["main.sales"]

    def test_without_a_terminal_nothing_is_asked(self, init: Init) -> None:
        code, out = init(warehouse="databricks")
        assert (code, "redirectUris: is missing" in out) == (2, True)

    @pytest.mark.parametrize(
        ("text", "entries"),
        [
            ("A.B, C.D ,", ["A.B", "C.D"]),
            ('"a,b".C,"d"",e".F', ['"a,b".C', '"d"",e".F']),
            ('["A.B", "x,y"]', ["A.B", "x,y"]),
            ("", []),
        ],
    )
    def test_a_list_is_split_at_commas_that_are_in_no_name(
        self, text: str, entries: list[str]
    ) -> None:
        made = as_engine_text("schemas", text)
        assert json.loads(made or "[]") == entries
        assert as_engine_text("schemas", typed(made)) == made
