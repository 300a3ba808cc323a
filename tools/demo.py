"""The main job from end to end, told step by step: behind `make demo`, inside the sandbox.

Everything it runs is what a user runs: `pulumi preview`, `up`, `stack output`, `destroy`. Only the
network is the sandbox's. It stops at the first thing that is not as it should be.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import yaml
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.service.sql import StatementState

ROOT = Path(__file__).resolve().parents[1]
STACK = "dev"
# Begun, and told again when done; and that the plugin built here is older than the SDK, which the
# demo says once.
NOISE = re.compile(
    r" (creating|deleting) \(\d+s\)\S*\s*$|pulumi-resource-databricks|"
    r"resource plugin databricks is expected|\d+ warnings?\b|^Loading policy packs"
)
HEADING = re.compile(r"Diagnostics:|^  pulumi:pulumi:Stack \(")
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Demo:
    def __init__(self) -> None:
        self.config = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]
        self.step_number = 0
        self.name = ""
        self.environment = {
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def setting(self, key: str) -> Any:
        return self.config[f"cube-access:{key}"]

    def step(self, title: str, action: Callable[[], None]) -> None:
        self.step_number += 1
        print(paint("1;36", f"\n{self.step_number}. {title}"), flush=True)
        started = time.monotonic()
        action()
        print(paint("32", f"   done in {time.monotonic() - started:.1f} s"), flush=True)

    def pulumi(self, *arguments: str, show: bool = True) -> str:
        """Runs pulumi as the user would; shows what it prints and gives it back."""
        colour = "always" if COLOUR else "never"
        command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive", "--color", colour]
        if show:
            print(paint("2", f"   $ pulumi {' '.join(arguments)}"), flush=True)
        lines: list[str] = []
        heading: list[str] = []  # shown with the first line under it that is shown
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout or ():
                lines.append(line)
                if not show or NOISE.search(line):
                    continue
                if HEADING.search(line):
                    heading.append(line)
                    continue
                for shown in [*heading, line] if line.strip() else ([line] if not heading else []):
                    print(f"   {shown}", end="", flush=True)
                heading.clear()
        if process.returncode:
            sys.exit("".join(lines) if not show else "demo: stopped, see above")
        return "".join(lines)

    def outputs(self) -> dict[str, Any]:
        text = self.pulumi("stack", "output", "--json", "--show-secrets", show=False)
        return dict(json.loads(text))

    # The story, in order.

    def preview(self) -> None:
        self.pulumi("preview", "--policy-pack", "policies", "--suppress-progress")

    def up(self) -> None:
        self.pulumi("up", "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs")

    def show_outputs(self) -> None:
        masked = json.loads(self.pulumi("stack", "output", "--json", show=False))
        masked["cube_env"] = dict.fromkeys(self.outputs()["cube_env"], masked["cube_env"])
        masked["cube_py"] = (
            f"{masked['cube_py'].count(chr(10))} lines of Python; `make cube-py STACK={STACK}` "
            "writes them as cube.py"
        )
        for name, value in masked.items():
            print(paint("1", f"   {name}"))
            lines = value if isinstance(value, list) else [value]
            if isinstance(value, dict):
                lines = [f"{key:38} {each}" for key, each in value.items()]
            for line in lines:
                print(f"      {line}")

    def preview_again(self) -> None:
        self.pulumi("preview", "--expect-no-changes", "--suppress-progress")

    def stored(self) -> None:
        client = boto3.client("secretsmanager", region_name=self.setting("awsRegion"))
        outputs = self.outputs()
        arn, self.name = outputs["secret_arn"], outputs["service_account"]["name"]
        document = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
        masked = {
            key: "[secret]" if "ecret" in key and key != "oauthSecretId" else value
            for key, value in document.items()
        }
        print(f"   {arn}")
        for key, value in masked.items():
            print(f"   {key:20} {value}")
        # As Cube's background worker would: with the stored credential, not the deployer's.
        config = Config(
            host=f"https://{self.setting('databricksWorkspaceHost')}",
            client_id=document["clientId"],
            client_secret=document["clientSecret"],
            auth_type="oauth-m2m",
        )
        self.service = WorkspaceClient(config=config)

    def reads(self) -> None:
        tries = [
            ("SELECT count(*) FROM main.sales.orders", True, "in a granted schema"),
            ("SELECT count(*) FROM main.reference.countries", True, "a granted table"),
            ("SELECT * FROM main.hr.salaries", False, "a schema that was not granted"),
            ("SELECT * FROM raw.events.clicks", False, "another catalog"),
            ("DELETE FROM main.sales.orders", False, "a write"),
            ("CREATE TABLE main.sales.mine (x INT)", False, "new objects"),
        ]
        for statement, allowed, why in tries:
            answer = self.service.statement_execution.execute_statement(
                statement, self.setting("sqlWarehouseId")
            )
            status = answer.status
            reads = status is not None and status.state is StatementState.SUCCEEDED
            verdict = paint("32", "reads  ") if reads else paint("33", "refused")
            print(f"   {verdict} {statement:48} {why}")
            if reads != allowed:
                sys.exit(
                    f"demo: stopped: {statement!r} should be {'read' if allowed else 'refused'}: "
                    f"{status}"
                )

    def destroy(self) -> None:
        self.pulumi("destroy", "--yes", "--skip-preview", "--suppress-progress")

    def nothing_left(self) -> None:
        client = boto3.client("secretsmanager", region_name=self.setting("awsRegion"))
        left = [secret["Name"] for secret in client.list_secrets()["SecretList"]]
        account = AccountClient(
            host="https://accounts.cloud.databricks.com",
            account_id=self.setting("databricksAccountId"),
        )
        left += [app.name or "" for app in account.custom_app_integration.list()]
        name = self.name
        left += [name for each in account.service_principals.list() if each.display_name == name]
        state = json.loads(self.pulumi("stack", "export", show=False))
        left += [each["urn"] for each in state["deployment"].get("resources", [])]
        print(f"   in Secrets Manager, the Databricks account and the stack: {left or 'nothing'}")
        if left:
            sys.exit("demo: stopped: destroy left something behind")

    def tell(self) -> None:
        print(
            "cube-access on Databricks, with the real pulumi engine and the real provider plugin.\n"
            "The network is a sandbox on this machine; the environment is "
            f"Pulumi.{STACK}.yaml.\nLeft out below: what pulumi begins, and its warnings that a "
            "plugin built here is older than the\nSDK (docs/engine.md)."
        )
        subprocess.run(
            ["pulumi", "stack", "init", STACK],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.step("Preview, with the policy pack: what would be made", self.preview)
        self.step("Apply", self.up)
        self.step("Outputs for Cube, secrets masked", self.show_outputs)
        self.step("Preview again: an unchanged environment shows no change", self.preview_again)
        self.step("The service account's secret, from AWS Secrets Manager", self.stored)
        self.step("What the service account can read, and what is refused", self.reads)
        self.step("Destroy", self.destroy)
        self.step("What is left: nothing", self.nothing_left)
        print(
            paint(
                "1",
                "\nFor a real account: sign in (pulumi login, databricks auth login, aws sso "
                "login), then\n`pulumi stack init prod`, ten lines of configuration, `pulumi "
                "up`: README.md, “A real account”.\nWhat the deployer needs: docs/accounts.md.",
            )
        )


if __name__ == "__main__":
    started = time.monotonic()
    Demo().tell()
    print(f"demo: {time.monotonic() - started:.0f} s")
