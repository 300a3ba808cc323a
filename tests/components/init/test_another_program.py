"""`cube-access init` in a program that is not this project's."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml

from tests.components.init.environments import (
    EACH,
    ROOT,
    SNOWFLAKE,
    Init,
)


class TestAnotherProgram:
    """One that is not this project's reads no key of ours: it is given the component."""

    @pytest.mark.parametrize("warehouse", EACH)
    def test_in_yaml(self, program: Path, init: Init, warehouse: str) -> None:
        (program / "Pulumi.yaml").write_text("name: shop\nruntime: yaml\n")
        code, out = init(**EACH[warehouse])
        assert (code, (program / "Pulumi.eu.yaml").exists()) == (0, False)
        assert (program / "policies/config/eu.json").exists()
        text, _, steps = out.partition("Put this into it:\n")[2].partition("Next:")
        extra = "" if warehouse == "external" else f"[{warehouse}]"
        install = f"\n  pip install '<checkout>/components{extra}'  # "
        assert install in steps.partition("pulumi stack init")[0]
        made = yaml.safe_load(text)["resources"]["cube"]
        schema = json.loads((ROOT / "components/cube_access/plugin/schema.json").read_text())[
            "resources"
        ]
        kind = made["type"].replace("cube-access:", "cube-access:index:")
        assert made["properties"].keys() <= schema[kind]["inputProperties"].keys()
        assert {*schema[kind]["requiredInputs"]} <= made["properties"].keys()
        if warehouse == "external":
            assert made["properties"]["password"] == "${externalPassword}"
            assert "pulumi config set --secret externalPassword --stack eu" in out

    @pytest.mark.parametrize("warehouse", EACH)
    def test_in_python(self, program: Path, init: Init, warehouse: str) -> None:
        (program / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python}\n")
        code, out = init(**EACH[warehouse], protect="false")
        assert code == 0
        made = ast.parse(out.partition("Put this into it:\n")[2].partition("Next:")[0])
        (args,) = [
            node
            for node in ast.walk(made)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("Args")
        ]
        from cube_access.plugin import construct

        kind = construct.args_of(warehouse)  # type: ignore[arg-type]
        given = {each.arg: each.value for each in args.keywords}
        assert given.keys() <= {each for each in kind.__dataclass_fields__}
        assert ast.literal_eval(given["protect"]) is False
        assert isinstance(ast.literal_eval(given["redirect_uris"]), list)
        if warehouse == "databricks":
            assert ast.literal_eval(given["workspace_id"]) == "1234567890123456"

    def test_an_arg_that_is_a_class_of_its_own_is_said(self, program: Path, init: Init) -> None:
        (program / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        code, out = init(**SNOWFLAKE, cubeCloudIdentity='{"tenant": "a", "deploymentId": "7"}')
        assert code == 2, out
        code, out = init(
            **{k: v for k, v in SNOWFLAKE.items() if k != "secretKmsKeyId"},
            cubeCloudIdentity='{"tenant": "a", "deploymentId": "7"}',
        )
        assert (code, "cubeCloudIdentity: has args of its own" in out) == (2, True)
