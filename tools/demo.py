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
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import yaml

from tools import demo_cube
from tools.demo_warehouses import WAREHOUSES, Warehouse

ROOT = Path(__file__).resolve().parents[1]
SECRET_FIELDS = {"clientSecret", "token", "privateKey"}
# Begun, and told again when done; and that the plugin built here is older than the SDK, which the
# demo says once.
NOISE = re.compile(
    r" (creating|deleting) \(\d+s\)\S*\s*$|pulumi-resource-(databricks|snowflake)|"
    r"resource plugin (databricks|snowflake) is expected|\d+ warnings?\b|^Loading policy packs"
)
HEADING = re.compile(r"Diagnostics:|^  pulumi:pulumi:Stack \(")
PACK = ("--policy-pack", "policies", "--policy-pack-config", "policies/starts/development.json")
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Demo:
    def __init__(self, stack: str, warehouse: Warehouse) -> None:
        self.stack, self.warehouse = stack, warehouse
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        self.settings = {key.removeprefix("cube-access:"): value for key, value in config.items()}
        self.step_number = 0
        self.name = ""
        self.environment = {
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def step(self, title: str, action: Callable[[], None]) -> None:
        self.step_number += 1
        print(paint("1;36", f"\n{self.step_number}. {title}"), flush=True)
        started = time.monotonic()
        action()
        print(paint("32", f"   done in {time.monotonic() - started:.1f} s"), flush=True)

    def pulumi(self, *arguments: str, show: bool = True) -> str:
        """Runs pulumi as the user would; shows what it prints and gives it back."""
        colour = "always" if COLOUR else "never"
        command = [
            "pulumi",
            *arguments,
            "--stack",
            self.stack,
            "--non-interactive",
            "--color",
            colour,
        ]
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

    def cube_access(self, command: str, *arguments: str) -> str:
        """Runs our own command; stops where it does not end well."""
        shown = ["cube-access", command, "--stack", self.stack, *arguments]
        print(paint("2", f"   $ {' '.join(shown)}"), flush=True)
        done = subprocess.run(
            shown, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{done.stdout}demo: stopped: {command} ended with {done.returncode}")
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        text = self.pulumi("stack", "output", "--json", "--show-secrets", show=False)
        return dict(json.loads(text))

    # The story, in order.

    def preview(self) -> None:
        self.pulumi("preview", *PACK, "--suppress-progress")

    def up(self) -> None:
        self.pulumi("up", "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs")

    def show_outputs(self) -> None:
        masked = json.loads(self.pulumi("stack", "output", "--json", show=False))
        masked["cube_env"] = dict.fromkeys(self.outputs()["cube_env"], masked["cube_env"])
        masked["cube_py"] = (
            f"{masked['cube_py'].count(chr(10))} lines of Python; `cube-access cube-py "
            f"--stack {self.stack}` writes them as cube.py"
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
        client = boto3.client("secretsmanager", region_name=self.settings["awsRegion"])
        outputs = self.outputs()
        arn, self.name = outputs["secret_arn"], outputs["service_account"]["name"]
        document = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
        print(f"   {arn}")
        for key, value in document.items():
            print(f"   {key:20} {'[secret]' if key in SECRET_FIELDS else shortened(value)}")
        # As Cube's background worker would: with the stored credential, not the deployer's.
        self.reads_as_service = self.warehouse.sign_in(self.settings, document)

    def reads(self) -> None:
        for statement, allowed, why in self.warehouse.tries:
            problem = self.reads_as_service(statement)
            verdict = paint("33", "refused") if problem else paint("32", "reads  ")
            print(f"   {verdict} {statement:52} {why}")
            if bool(problem) == allowed:
                sys.exit(
                    f"demo: stopped: {statement!r} should be {'read' if allowed else 'refused'}: "
                    f"{problem}"
                )

    def people(self) -> None:
        """Who ask Cube, each as themselves."""
        if missing := demo_cube.missing():
            print(f"   Left out: it needs {missing}, which is not here. Install Node 20 and npm.")
            return
        with tempfile.TemporaryDirectory() as folder:
            dotenv, cube_py = Path(folder, ".env"), Path(folder, "cube.py")
            for command, file in (("env", dotenv), ("cube-py", cube_py)):
                self.cube_access(command, "--output", str(file))
            try:
                lines = demo_cube.play(
                    self.warehouse,
                    self.outputs(),
                    cube_py.read_text(encoding="utf-8"),
                    dotenv.read_text(encoding="utf-8"),
                )
            except demo_cube.UnexpectedError as error:
                sys.exit(f"demo: stopped: Cube: {error}")
        for line in demo_cube.table(lines):
            print(f"   {line}")
        print()
        for line in demo_cube.played(self.warehouse):
            print(paint("2", f"   {line}"))

    def report(self) -> None:
        """The access report on one more schema, from a preview of the stack that is there."""
        schemas = [*self.settings["schemas"], self.warehouse.widened]
        document = yaml.safe_load((ROOT / f"Pulumi.{self.stack}.yaml").read_text())
        document["config"]["cube-access:schemas"] = schemas
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "proposed.yaml")
            config.write_text(yaml.safe_dump(document))
            seen, events = Path(folder, "preview.json"), Path(folder, "events.jsonl")
            options = ("--json", "--show-sames", "--event-log", str(events))
            print(paint("2", f"   schemas: {', '.join(schemas)}"), flush=True)
            self.environment["PULUMI_DEBUG_COMMANDS"] = "true"  # or the engine has no event log
            arguments = ("preview", *options, "--config-file", str(config), *PACK)
            seen.write_text(self.pulumi(*arguments, show=False))
            self.cube_access("report", "--preview", str(seen), "--preview", str(events))
        comment = ROOT / f"report/{self.stack}.md"
        for line in comment.read_text().split("<details>")[0].strip().splitlines()[1:]:
            print(f"   {line}")
        print(f"   In full: {comment.relative_to(ROOT)}; with a picture: report/{self.stack}.html")

    def verify(self) -> None:
        """The table, and the exit code."""
        for line in self.cube_access("verify", "--deployer").splitlines():
            print(f"   {line}")

    def destroy(self) -> None:
        self.pulumi("destroy", "--yes", "--skip-preview", "--suppress-progress")

    def nothing_left(self) -> None:
        client = boto3.client("secretsmanager", region_name=self.settings["awsRegion"])
        left = [secret["Name"] for secret in client.list_secrets()["SecretList"]]
        left += self.warehouse.left(self.settings, self.name)
        state = json.loads(self.pulumi("stack", "export", show=False))
        left += [each["urn"] for each in state["deployment"].get("resources", [])]
        where = f"in Secrets Manager, the {self.warehouse.title} account and the stack"
        print(f"   {where}: {left or 'nothing'}")
        if left:
            sys.exit("demo: stopped: destroy left something behind")

    def tell(self) -> None:
        print(
            f"cube-access on {self.warehouse.title}, with the real pulumi engine and the real "
            "provider plugin.\nThe network is a sandbox on this machine; the environment is "
            f"Pulumi.{self.stack}.yaml.\nLeft out below: what pulumi begins, and its warnings "
            "that a plugin built here is older than the\nSDK (docs/engine.md)."
        )
        subprocess.run(
            ["pulumi", "stack", "init", self.stack],
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
        self.step("People ask Cube, each as themselves, and Cube by itself", self.people)
        self.step("The access report of a pull request that adds a schema", self.report)
        self.step("Verify: what it can really do, compared with what is declared", self.verify)
        self.step("Destroy", self.destroy)
        self.step("What is left: nothing", self.nothing_left)


def shortened(text: str) -> str:
    """The first line of what has several, such as a public key."""
    first, _, rest = text.partition("\n")
    return f"{first} …" if rest else first


def main(chosen: list[str]) -> None:
    started = time.monotonic()
    unknown = [name for name in chosen if name not in WAREHOUSES]
    if unknown:
        sys.exit(f"demo: no warehouse {unknown[0]!r}: choose of {', '.join(WAREHOUSES)}")
    for name in chosen or WAREHOUSES:
        stack, warehouse = WAREHOUSES[name]
        print(paint("1", f"\n=== {warehouse.title} ===\n"))
        Demo(stack, warehouse).tell()
    print(
        paint(
            "1",
            "\nFor a real account: `cube-access init --stack prod` asks for what it needs. The "
            "whole way stands in\nREADME.md, “A real account”.",
        )
    )
    print(f"demo: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
