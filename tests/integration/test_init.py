"""From nothing to a preview with the pack: `cube-access init` for this project's program, and
`pulumi new` with a template for one of somebody else's.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tests.integration.test_other_programs import Program, engine_path, environment
from tools.snowflake_client import by_hand
from tools.stacks import ROOT, enter, example, kms_key, warm_python

SANDBOXES = {"databricks": "sandbox-databricks", "snowflake": "sandbox-snowflake"}
# What production's configuration of the pack asks for, and the sandbox's own environment has not.
OF_PRODUCTION = {
    "databricks": {"secretKmsKeyId": "alias/cube-databricks"},
    "snowflake": {
        "secretKmsKeyId": "alias/cube-snowflake",
        "allowedCidrs": "203.0.113.7/32",
        "oauthNetworkPolicy": "CUBE_CLOUD",
    },
}
TEMPLATES = {
    "yaml-databricks": {
        "accountId": "5a4d0000-0000-4000-8000-000000000001",
        "workspaceHost": "dbc-5a4d80x0-0001.cloud.databricks.com",
        "workspaceId": "5004080000000001",
        "schema": "main.sales",
        "userGroup": "analysts",
    },
    "yaml-snowflake": {
        "account": "SANDBOX-ANALYTICS",
        "schema": "ANALYTICS.SALES",
        "userRole": "ANALYST",
    },
}
BOTH = {
    "redirectUri": "https://example.cubecloud.dev/oauth/callback",
    "awsRegion": "eu-central-1",
}


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("clouds") / "sandbox") as running:
        yield running
        nothing_unknown(running)


@pytest.mark.parametrize("warehouse", SANDBOXES)
def test_what_init_makes_passes_a_preview_with_the_pack(
    clouds: Sandbox, tmp_path: Path, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("Pulumi.yaml", "__main__.py", "components"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "policies", folder / "policies")
    warm_python().virtualenv(folder)
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{clouds.env['PATH']}"
    program = Program(folder, environment(clouds, tmp_path, PATH=path))

    answers = {
        key.removeprefix("cube-access:"): ",".join(value) if isinstance(value, list) else value
        for key, value in example(SANDBOXES[warehouse]).items()
        if not key.endswith((":protect", ":secretRecoveryDays"))
    }
    enter(clouds, monkeypatch)
    kms_key(f"alias/cube-{warehouse}", answers["awsRegion"])
    if warehouse == "snowflake":
        by_hand().rows("CREATE NETWORK POLICY CUBE_CLOUD ALLOWED_IP_LIST = ('203.0.113.0/24')")
    flags = [
        f"--set={key}={value}" for key, value in {**answers, **OF_PRODUCTION[warehouse]}.items()
    ]
    said = program.run("cube-access", "init", "--stack", "staging", *flags)
    # Exactly the commands that it says come next.
    steps = re.findall(r"^  ([^#\n]+)", said.partition("Next:")[2], re.M)
    init, roles, doctor, up = (shlex.split(each) for each in steps)
    assert (init[1:3], roles[1], doctor[1], up[1]) == (["stack", "init"], "roles", "doctor", "up")
    program.run(*init, "--non-interactive")
    program.run(*roles)
    before = (folder / "Pulumi.staging.yaml").read_text()
    preview = program.run("pulumi", "preview", *up[2:], "--non-interactive", "--color", "never")
    assert "policies/config/staging.json" in up
    assert "cube-access@v" in preview, "the pack has judged"
    assert "violation" not in preview
    assert "+ create" in preview or re.search(r"\+ \d+ to create", preview)

    program.run("cube-access", "init", "--stack", "staging", *flags)
    assert (folder / "Pulumi.staging.yaml").read_text() == before


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_makes_a_program_that_previews(
    clouds: Sandbox, tmp_path: Path, template: str
) -> None:
    folder = tmp_path / "bi"
    path = os.pathsep.join([*engine_path(), clouds.env["PATH"]])
    # Where the engine's stand-in for the Python host finds the package that a user gets by pip.
    here = environment(clouds, tmp_path, PATH=path, CUBE_ACCESS_ROOT=str(ROOT))
    program = Program(tmp_path, here)
    new = ["new", str(ROOT / "templates" / template), "--dir", str(folder), "--name", "bi"]
    # Without --generate-only it does the next steps, too, and installs the plugin: with the host of
    # YAML that setup builds that ends with "method Link not implemented".
    new += ["--description", "Cube's access", "--yes", "--generate-only", "--non-interactive"]
    program.run("pulumi", *new)
    requirements = folder / "cube-access/requirements.txt"
    assert " @ file:///path/to/cube-access/components" in requirements.read_text()
    requirements.write_text("pulumi\n")  # a path, for a reader; here what this Python has already
    made = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    config = {**TEMPLATES[template], **BOTH}
    assert (made["name"], "template" in made) == ("bi", False)
    asked = yaml.safe_load((ROOT / "templates" / template / "Pulumi.yaml").read_text())["template"]
    assert asked["config"].keys() == made["config"].keys() - {"pulumi:tags"} == config.keys()

    program.folder = folder
    program.pulumi("stack", "init", "dev")
    for key, value in config.items():
        program.pulumi("config", "set", key, value)
    planned = program.planned()
    assert len(planned) > 15
    assert config["schema"].partition(".")[2] in str(planned), "what was asked for is in there"
