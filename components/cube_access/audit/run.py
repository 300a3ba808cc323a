"""Lets the engine show a stack's state to the policy pack, and puts together what came of it.

Nothing is changed, and no cloud is asked: `pulumi policy analyze` reads the state. A rule's passing
is counted only of resources that the engine says it showed to the pack.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cube_access import __version__
from cube_access.audit import pack as packs
from cube_access.audit.model import Audit, AuditError, Finding, Rule
from cube_access.audit.pack import Pack
from cube_access.report.preview import text_of
from cube_access.stack import StackError, path, pulumi

# The SDK's words for a rule that met a value which it is not shown.
UNSEEN = re.compile(r"can't be known during preview")
UNSEEN_AT = re.compile(r"value at \.(?P<path>\S+) can't be known")
# The engine's, where a live stack's secrets cannot be decrypted.
LOCKED = re.compile(r"passphrase|decrypt|secrets? (manager|provider)", re.IGNORECASE)
HIDDEN = "hidden, or not known"


@dataclass
class Run:
    """What the engine said of one analysis."""

    shown: dict[str, None] = field(default_factory=dict)
    """URNs of the resources that the pack was asked about, in order."""
    ended: bool = False
    """Whether the pack was asked about the stack, which comes last."""
    verdicts: list[tuple[str, str, str]] = field(default_factory=list)
    """Rule, URN and message."""


def audit(
    stack: str,
    folder: Path,
    step: Callable[[str], None],
    *,
    state: Path | None = None,
    pack: Path | None = None,
    policy_config: Path | None = None,
) -> Audit:
    """Of a live stack, or of the file that one was exported to.

    Args:
        stack: empty where the file says it.
        folder: of the program.
        state: what `pulumi stack export` wrote, of any project.

    Raises:
        AuditError: there is no pack or no state, or the engine does not come to an end.
    """
    name = _stack_of(state) if state else stack.rpartition("/")[2]
    found = packs.find(folder, name, pack, policy_config)
    step("the engine shows the state to the policy pack")
    run, locked = _file(state, folder, found) if state else _live(stack, folder, found)
    if not run.shown:
        raise AuditError(f"{state or stack} has no resources: nothing was looked at.")
    return build(
        run,
        packs.described(found, sorted(set(map(type_of, run.shown)))),
        found,
        stack=stack or name,
        source=f"The file {state.name}" if state else f"The state of the stack {stack}",
        program=_program(folder) or (state.name if state else "Pulumi.yaml"),
        locked=locked,
    )


def _stack_of(state: Path) -> str:
    """By the first URN: urn:pulumi:prod::shop::…"""
    try:
        content = json.loads(state.read_text(encoding="utf-8"))
        resources = content["deployment"].get("resources")
        return str(resources[0]["urn"]).split(":")[2] if resources else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no exported state"
        raise AuditError(
            f"--state {state} cannot be read: {why}. `pulumi stack export --file {state}` writes "
            "one."
        ) from None


def _program(folder: Path) -> str:
    """The program's file, as its repository names it; empty where there is none."""
    if not (folder / "Pulumi.yaml").is_file():
        return ""
    for above in (folder.resolve(), *folder.resolve().parents):
        if (above / ".git").exists():
            return (folder.resolve() / "Pulumi.yaml").relative_to(above).as_posix()
    return "Pulumi.yaml"


def _file(state: Path, folder: Path, pack: Pack) -> tuple[Run, bool]:
    """And whether the engine could not decrypt what is secret there."""
    code, out, error = _analyze(folder, pack, "--file", str(state.resolve()))
    return _checked(code, out, error, f"--state {state}"), bool(LOCKED.search(error))


def _live(stack: str, folder: Path, pack: Pack) -> tuple[Run, bool]:
    code, out, error = _analyze(folder, pack, "--stack", stack)
    if not code or read(out).ended or not LOCKED.search(error):
        return _checked(code, out, error, f"the stack {stack}"), False
    # What is secret stays encrypted in an export, and hidden from the rules: they say so.
    with tempfile.TemporaryDirectory() as private:
        state = Path(private, "state.json")
        try:
            pulumi(folder, "stack", "export", "--stack", stack, "--file", str(state))
        except StackError as failed:
            raise AuditError(str(failed)) from None
        return _file(state, folder, pack)[0], True


def _analyze(folder: Path, pack: Pack, *what: str) -> tuple[int, str, str]:
    config = ["--policy-pack-config", str(pack.config.resolve())] if pack.config else []
    try:
        done = subprocess.run(
            [
                "pulumi",
                *("policy", "analyze", "--json", "--non-interactive", *what),
                *("--policy-pack", str(pack.folder.resolve()), *config),
            ],
            cwd=folder,
            env={**os.environ, "PATH": path()},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise AuditError(
            "there is no `pulumi` on PATH: https://www.pulumi.com/docs/install/"
        ) from None
    return done.returncode, done.stdout, done.stderr


def _checked(code: int, out: str, error: str, what: str) -> Run:
    """An analysis that came to its end: the engine's exit code is that of a violation, too."""
    run = read(out)
    if not run.ended and (code or run.shown):
        said = [line for line in (*error.splitlines(), *_errors(out)) if line.strip()]
        why = text_of(said[-1]).strip() if said else "it gave no reason"
        raise AuditError(f"the engine could not analyze {what}: {why}")
    return run


def _events(out: str) -> list[Mapping[str, Any]]:
    found = []
    for line in out.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def _errors(out: str) -> list[str]:
    said = [each["diagnosticEvent"] for each in _events(out) if "diagnosticEvent" in each]
    lines = [each.get("message") or "" for each in said if each.get("severity") == "error"]
    return [re.sub(r"<\{%.*?%\}>", "", line) for text in lines for line in text.splitlines()]


def read(out: str) -> Run:
    """The engine's events, one JSON object a line."""
    run = Run()
    for event in _events(out):
        if summary := event.get("policyAnalyzeSummaryEvent"):
            run.shown[text_of(summary["resourceUrn"])] = None
        elif "policyAnalyzeStackSummaryEvent" in event:
            run.ended = True
        elif said := event.get("policyEvent"):
            run.verdicts.append(
                (
                    text_of(said["policyName"]),
                    text_of(said.get("resourceUrn")),
                    text_of(said["message"]),
                )
            )
        elif mended := event.get("policyRemediationEvent"):
            words = "The rule would change it: it is not as the rule has it."
            run.verdicts.append(
                (text_of(mended["policyName"]), text_of(mended.get("resourceUrn")), words)
            )
    return run


def type_of(urn: str) -> str:
    """urn:pulumi:stack::project::parent$package:module:Type::name"""
    return urn.split("::")[2].rpartition("$")[2] if urn.count("::") > 2 else ""


def build(
    run: Run,
    described: Mapping[str, Any],
    pack: Pack,
    *,
    stack: str,
    source: str,
    program: str,
    locked: bool,
) -> Audit:
    """The audit, of what the engine and the pack said."""
    exceptions = list(described["exceptions"])
    first = next(iter(run.shown))
    rules = [_rule(said, run, exceptions) for said in described["rules"]]
    return Audit(
        stack=stack,
        project=first.split("::")[1],
        time=datetime.now(UTC),
        source=source,
        pack=pack.called,
        configuration=pack.configuration,
        hides_secrets=locked or any(rule.unknown for rule in rules),
        program=program,
        version=__version__,
        resources=list(run.shown),
        rules=rules,
        exceptions=exceptions,
    )


def _rule(said: Mapping[str, Any], run: Run, exceptions: Sequence[Mapping[str, Any]]) -> Rule:
    name, types = said["name"], set(said["types"])
    without = {each["resource"] for each in exceptions if each["rule"] == name}
    looked_at = [urn for urn in run.shown if type_of(urn) in types and not said["off"]]
    mine = [(urn, text) for rule, urn, text in run.verdicts if rule == name]
    return Rule(
        **{
            key: said[key]
            for key in (
                *("name", "subject", "description", "why", "fix", "url", "severity", "level"),
                *("off", "whole_stack"),
            )
        },
        references=[(each["framework"], each["number"]) for each in said["references"]],
        resources=[urn for urn in looked_at if urn not in without],
        excepted=[urn for urn in looked_at if urn in without],
        findings=[
            Finding(urn, _message(text, said)) for urn, text in mine if not UNSEEN.search(text)
        ],
        unknown=[Finding(urn, _unseen(text)) for urn, text in mine if UNSEEN.search(text)],
    )


def _message(text: str, said: Mapping[str, Any]) -> str:
    """Without what the rule says of every resource: what it holds, and what to do."""
    lines = [line for line in text.splitlines() if line not in (said["description"], said["fix"])]
    return "\n".join(lines).strip() or said["description"]


def _unseen(text: str) -> str:
    found = UNSEEN_AT.search(text)
    return f"{found['path']} is {HIDDEN}" if found else f"A value is {HIDDEN}"
