"""What the tests of `cube-access init` begin, and how they run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml
from click.testing import CliRunner

from cube_access import cli
from cube_access.settings import PROJECT

ROOT = Path(__file__).resolve().parents[3]
PLANTED = "planted-" + "password"
DATABRICKS = {
    "warehouse": "databricks",
    "databricksAccountId": "0a1b2c3d-0000-4000-8000-00000000c0be",
    "databricksWorkspaceHost": "dbc-1a2b3c4d-5e6f.cloud.databricks.com",
    "databricksWorkspaceId": "1234567890123456",
    "redirectUris": "https://acme.cubecloud.dev/oauth",
    "schemas": "main.sales",
    "secretKmsKeyId": "alias/cube-prod",
}
SNOWFLAKE = {
    "warehouse": "snowflake",
    "snowflakeAccount": "MYORG-PROD",
    "redirectUris": "https://acme.cubecloud.dev/oauth",
    "schemas": "ANALYTICS.SALES",
    "secretKmsKeyId": "alias/cube-prod",
    "allowedCidrs": "203.0.113.7/32",
    "oauthNetworkPolicy": "CUBE_CLOUD",
}
EXTERNAL = {
    "warehouse": "external",
    "externalType": "postgres",
    "externalHost": "db.example.com",
    "externalDatabase": "sales",
    "externalUser": "cube",
    "externalClientId": "cube",
    "externalAuthUrl": "https://login.example.com/authorize",
    "externalTokenUrl": "https://login.example.com/token",
    "externalScopes": "openid,offline_access",
    "redirectUris": "https://acme.cubecloud.dev/oauth",
    "secretKmsKeyId": "alias/cube-prod",
}
EACH = {"databricks": DATABRICKS, "snowflake": SNOWFLAKE, "external": EXTERNAL}


Init = Callable[..., tuple[int, str]]


def ask(program: Path, *lines: str, stack: str = "eu", flags: tuple[str, ...] = ()) -> str:
    """What a terminal shows to somebody who types these lines."""
    command = ["init", "--cwd", str(program), "--stack", stack, "--ask", *flags]
    done = CliRunner().invoke(cli.cli, command, input="".join(f"{each}\n" for each in lines))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def config(program: Path, stack: str = "eu") -> dict[str, object]:
    found = yaml.safe_load((program / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix(f"{PROJECT}:"): value for key, value in found.items()}


def tree(program: Path) -> dict[str, bytes]:
    files = [each for each in program.rglob("*") if each.is_file()]
    return {str(each.relative_to(program)): each.read_bytes() for each in files}
