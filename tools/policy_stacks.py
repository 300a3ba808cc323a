"""How the policy pack is tried on the real engine: small programs, each previewed with the pack.

Owns how a program is previewed, what it promises in its first line, and what the engine said. The
programs are in tests/policies/stacks/. Judges nothing: the pack does.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pulumi
import pulumi.automation as automation
import yaml

ROOT = Path(__file__).resolve().parents[1]
STACKS = ROOT / "tests/policies/stacks"
PACK = ROOT / "policies"
PROJECT = ("Pulumi.yaml", "__main__.py", "components", "requirements.txt", ".venv")
ENVIRONMENTS = {
    "dev": PACK / "starts/development.json",
    "prod": PACK / "starts/production.json",
    # With the rules on that are off until somebody says the words.
    "strict": STACKS / "strict.json",
}
PROMISE = re.compile(
    r"# (?P<verb>breaks|warns): (?P<rules>[a-z0-9-]+(?: and [a-z0-9-]+)*)"
    rf"(?:, in (?P<environment>{'|'.join(ENVIRONMENTS)}))?"
)
# Where the sandbox's warehouses are: the programs do not say, as a hurried one would not.
WAREHOUSES = {
    "SNOWFLAKE_ORGANIZATION_NAME": "SANDBOX",
    "SNOWFLAKE_ACCOUNT_NAME": "ANALYTICS",
    "DATABRICKS_HOST": "https://dbc-5a4d80x0-0001.cloud.databricks.com",
}
SUMMARIES = {"preview failed\n", "update failed\n"}
# A preview can end, and close its ports, before the Automation API has said its last line to it or
# the program has asked its last question: that is then the only error, and it is asked for again.
HUNG_UP = re.compile(
    r"StatusCode\.UNAVAILABLE.*Connection refused|Resource monitor has terminated", re.DOTALL
)
TRIES = 3


@dataclass(frozen=True)
class Program:
    """A Pulumi program of one file, and the rules that it breaks: one, or none."""

    path: Path
    breaks: frozenset[str]
    fails: bool
    """Its preview; what only warns does not."""
    environment: str = "dev"

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def prefix(self) -> str:
        """Of its resources' names, where it is previewed together with others."""
        return f"{self.path.stem}."

    def owns(self, urn: str) -> bool:
        """Whether a resource is this program's, where it is previewed together with others."""
        return urn.rpartition("::")[2].startswith(self.prefix)

    def run(self) -> None:
        runpy.run_path(str(self.path), run_name="__main__")

    def problem(self, got: Outcome) -> str:
        """How the outcome differs from what the program promises; or empty."""
        if got.errors:
            return f"failed by itself: {' '.join(got.errors)}"
        if got.rules != self.breaks:
            return f"broke {listed(got.rules)}, not {listed(self.breaks)}"
        if got.failed != self.fails:
            return "failed" if got.failed else "only warned"
        return ""


@dataclass(frozen=True)
class Violation:
    rule: str
    level: str
    urn: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What the engine said."""

    failed: bool
    violations: tuple[Violation, ...]
    errors: tuple[str, ...]
    """Of the program, the plugin or the engine: none is of the pack."""
    output: str

    @property
    def rules(self) -> set[str]:
        return {violation.rule for violation in self.violations}

    def of(self, program: Program) -> Outcome:
        """What concerns one of several that were previewed together, or nothing that has a name."""
        mine = tuple(each for each in self.violations if not each.urn or program.owns(each.urn))
        failed = any(each.level == "mandatory" for each in mine)
        return replace(self, failed=failed, violations=mine)


@contextmanager
def _named_after(program: Program) -> Iterator[None]:
    """While it lasts, resources have the program's name before their own."""
    plain = pulumi.Resource.__init__

    def named(self: pulumi.Resource, kind: str, name: str, *rest: Any, **more: Any) -> None:
        plain(self, kind, f"{program.prefix}{name}", *rest, **more)

    with patch.object(pulumi.Resource, "__init__", named):
        yield


def listed(rules: set[str] | frozenset[str]) -> str:
    return " and ".join(sorted(rules)) or "nothing"


def programs() -> list[Program]:
    """All of them, by name. The first line says the rules that each breaks, or only warns of, and
    the environment if it is not dev.
    """
    found = []
    for path in sorted(STACKS.glob("*/*.py")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        promise = PROMISE.fullmatch(first)
        if not promise:
            raise ValueError(f"{path.name} begins with {first!r}, not with '# breaks: <rule>'")
        rules = frozenset(promise["rules"].split(" and ")) - {"nothing"}
        fails = bool(rules) and promise["verb"] == "breaks"
        found.append(Program(path, rules, fails, promise["environment"] or "dev"))
    return found


def _make_key() -> None:
    """The KMS key that the programs name: a preview asks whether it is there."""
    kms = boto3.client("kms", region_name="eu-central-1")
    with suppress(kms.exceptions.AlreadyExistsException):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/cube", TargetKeyId=key)


class Court:
    """Where programs are previewed: in this process, by Pulumi's Automation API, which starts
    `pulumi preview` and runs the program for it. The warehouses' SDKs are imported once that way
    and not by each of the programs, which is two thirds of a preview.

    All are the same project and stack, since a preview leaves no trace in it; the project is named
    after the folder. The process has to live in a sandbox.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.project = folder.name
        project = folder / "programs"
        project.mkdir(parents=True)
        (project / "Pulumi.yaml").write_text(f"name: {self.project}\nruntime: python\n")
        (project / "components").symlink_to(ROOT / "components")  # of the secret store's programs
        self.stack = _stack(project, "dev")
        _make_key()

    def preview(self, program: Program) -> Outcome:
        return self.judge(program.run, config=ENVIRONMENTS[program.environment])

    def preview_together(self, chosen: Sequence[Program]) -> dict[Program, Outcome]:
        """Previews several of one environment at once, as one stack: a preview goes on past a
        violation. Each has the name of its program before its resources' own.

        Only for what rules say of a resource by itself: rules about a stack would see one.
        """

        def run() -> None:
            for program in chosen:
                with _named_after(program):
                    program.run()

        got = self.judge(run, ENVIRONMENTS[chosen[0].environment])
        explained = got.failed == any(each.level == "mandatory" for each in got.violations)
        said = [each.urn for each in got.violations if each.urn]
        if not explained or not all(any(one.owns(urn) for one in chosen) for urn in said):
            # The pack itself has failed, or speaks of what no program made.
            return dict.fromkeys(chosen, got)
        return {program: got.of(program) for program in chosen}

    def judge(
        self,
        run: Callable[[], None],
        config: Path = ENVIRONMENTS["dev"],
        command: str = "preview",
    ) -> Outcome:
        """Previews or applies with the pack."""
        got = _judged(getattr(self.stack, command), config, run)
        for _ in range(TRIES - 1):
            if command != "preview" or not HUNG_UP.search(" ".join(got.errors)):
                break
            got = _judged(self.stack.preview, config, run)
        return got

    def own(self, stack: str, environment: str = "dev", **changes: Any) -> Outcome:
        """Previews this project itself, with the configuration of one of its stacks."""
        folder = self._folder / f"{stack}-{environment}"
        folder.mkdir()
        for entry in PROJECT:
            (folder / entry).symlink_to(ROOT / entry)
        content = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
        content["config"] |= {f"cube-access:{key}": value for key, value in changes.items()}
        (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(content))
        return _judged(_stack(folder, stack).preview, ENVIRONMENTS[environment], None)


def _stack(project: Path, name: str) -> automation.Stack:
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which("pulumi", path=path)
    if not found:
        raise FileNotFoundError("no pulumi: run `make setup`")
    workspace = automation.LocalWorkspace(
        work_dir=str(project),
        env_vars={**WAREHOUSES, "PATH": path},
        pulumi_command=automation.PulumiCommand(root=str(Path(found).parents[1])),
    )
    return automation.Stack.create_or_select(name, workspace)


def _judged(
    command: Callable[..., Any], config: Path, program: Callable[[], None] | None
) -> Outcome:
    events: list[automation.EngineEvent] = []
    output: list[str] = []
    failed = False
    try:
        command(
            program=program,
            policy_packs=[str(PACK)],
            policy_pack_configs=[str(config)],
            color="never",
            on_event=events.append,
            on_output=output.append,
            on_error=output.append,
        )
    except automation.errors.CommandError:
        failed = True
    return Outcome(failed, tuple(_violations(events)), tuple(_errors(events)), "\n".join(output))


def _violations(events: list[automation.EngineEvent]) -> list[Violation]:
    return [
        Violation(said.policy_name, said.enforcement_level, said.resource_urn or "", said.message)
        for event in events
        if (said := event.policy_event)
    ]


def _errors(events: list[automation.EngineEvent]) -> list[str]:
    return [
        said.message
        for event in events
        if (said := event.diagnostic_event)
        and said.severity == "error"
        and said.message not in SUMMARIES
    ]
