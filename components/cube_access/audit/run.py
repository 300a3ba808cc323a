"""Lets the engine show a stack's state to the policy pack, and puts together what came of it.

Nothing is changed, and no cloud is asked: `pulumi policy analyze` reads the state. Its events say
what is violated; what was looked at stands in the state. Nothing counts before the engine has come
to its end.
"""

from __future__ import annotations

import json
import re
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
from cube_access.stack import StackError, pulumi, run

# The SDK's words for a rule that met a value which it is not shown. A violation begins with what
# the rule holds, so that nothing in a resource can make one read so.
UNSEEN = re.compile(r"can't run policy '[\w-]+' from policy pack '[^']+' during preview: ")
UNSEEN_AT = re.compile(r"value at \.(?P<path>\S+) can't be known")
# The engine's words, where a state's secrets cannot be decrypted, and where all that is wrong are
# violations.
LOCKED = re.compile(r"passphrase|decrypt|secrets? (manager|provider)", re.IGNORECASE)
URN = re.compile(r"urn:pulumi:[^:]+::[^:]+::")
VIOLATIONS = "mandatory policy violations were found"
HIDDEN = "hidden, or not known"


@dataclass
class Run:
    """What the engine said of one analysis."""

    shown: Sequence[str]
    """URNs of the resources that the pack was shown, in the state's order."""
    verdicts: list[tuple[str, str, str]] = field(default_factory=list)
    """Rule, URN and message."""
    ended: bool = False
    """Whether the engine came to its end with a pack."""


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
    name = "" if state else stack.rpartition("/")[2]
    text = _text(state) if state else _exported(stack, folder)
    shown = resources(text, f"--state {state}" if state else f"the stack {stack}")
    if not shown:
        raise AuditError(f"{state or stack} has no resources: nothing was looked at.")
    left = left_out(text)
    name = name or shown[0].split(":")[2]
    found = packs.find(folder, name, pack, policy_config)
    step("the engine shows the state to the policy pack")
    if state:
        run, locked = _file(state, folder, found, shown)
    else:
        run, locked = _live(stack, folder, found, shown, text)
    return build(
        run,
        packs.described(found, sorted(set(map(type_of, run.shown)))),
        found,
        stack=stack or name,
        source=f"The file {state.name}" if state else f"The state of the stack {stack}",
        program=_program(folder) or (state.name if state else "Pulumi.yaml"),
        locked=locked,
        left_out=left,
    )


def _text(state: Path) -> str:
    try:
        return state.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"--state {state} cannot be read: {error}") from None


def _exported(stack: str, folder: Path) -> str:
    """With what is secret encrypted, as the state has it."""
    try:
        return pulumi(folder, "stack", "export", "--stack", stack)
    except StackError as error:
        raise AuditError(f"{error}") from None


def resources(text: str, what: str) -> list[str]:
    """URNs of a state's resources, but for what a replacement has left to be deleted.

    Raises:
        AuditError: it is no exported state.
    """
    try:
        found = json.loads(text)["deployment"].get("resources") or []
        urns = [str(each["urn"]) for each in found if not each.get("delete")]
        if not all(map(URN.match, urns)):
            raise ValueError
        return urns
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AuditError(
            f"{what} is no exported state: `pulumi stack export --file FILE` writes one."
        ) from None


def left_out(text: str) -> int:
    """How much of a state the engine shows to no pack: what a replacement has left to be deleted,
    and what was under way when a run ended.
    """
    state = json.loads(text)["deployment"]
    leaving = [each for each in state.get("resources") or () if each.get("delete")]
    return len(leaving) + len(state.get("pending_operations") or ())


def _program(folder: Path) -> str:
    """The program's file, as its repository names it; empty where there is none."""
    if not (folder / "Pulumi.yaml").is_file():
        return ""
    for above in (folder.resolve(), *folder.resolve().parents):
        if (above / ".git").exists():
            return (folder.resolve() / "Pulumi.yaml").relative_to(above).as_posix()
    return "Pulumi.yaml"


def _file(state: Path, folder: Path, pack: Pack, shown: Sequence[str]) -> tuple[Run, bool]:
    """And whether the engine could not decrypt what is secret there."""
    code, out, error = _analyze(folder, pack, "--file", str(state.resolve()))
    return _checked(code, out, error, shown, f"--state {state}"), bool(LOCKED.search(error))


def _live(
    stack: str, folder: Path, pack: Pack, shown: Sequence[str], text: str
) -> tuple[Run, bool]:
    code, out, error = _analyze(folder, pack, "--stack", stack)
    if not code or VIOLATIONS in error or not LOCKED.search(error):
        return _checked(code, out, error, shown, f"the stack {stack}"), False
    # What is secret stays encrypted in an export, and hidden from the rules: they say so.
    with tempfile.TemporaryDirectory() as private:
        state = Path(private, "state.json")
        state.write_text(text, encoding="utf-8")
        code, out, error = _analyze(folder, pack, "--file", str(state))
    return _checked(code, out, error, shown, f"the stack {stack}"), True


def _analyze(folder: Path, pack: Pack, *what: str) -> tuple[int, str, str]:
    config = ["--policy-pack-config", str(pack.config.resolve())] if pack.config else []
    judged_by = ("--policy-pack", str(pack.folder.resolve()), *config)
    done = run(folder, "policy", "analyze", "--json", *what, *judged_by)
    return done.returncode, done.stdout, done.stderr


def _checked(code: int, out: str, error: str, shown: Sequence[str], what: str) -> Run:
    """An analysis that came to its end: the engine's exit code is that of a violation, too."""
    run = read(out, shown)
    said = [line for line in (*_errors(out), *error.splitlines()) if line.strip()]
    wrong = [line for line in said if VIOLATIONS not in line]
    if not run.ended or (code and VIOLATIONS not in error):
        why = text_of(wrong[-1]).strip() if wrong else "it gave no reason"
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


def read(out: str, shown: Sequence[str]) -> Run:
    """The engine's events, one JSON object a line."""
    run = Run(shown)
    for event in _events(out):
        if summary := event.get("summaryEvent"):
            run.ended = bool(summary.get("PolicyPacks"))
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
    left_out: int,
) -> Audit:
    """The audit, of what the engine and the pack said."""
    exceptions = list(described["exceptions"])
    rules = [_rule(said, run, exceptions) for said in described["rules"]]
    return Audit(
        stack=stack,
        project=run.shown[0].split("::")[1],
        time=datetime.now(UTC),
        source=source,
        pack=pack.called,
        configuration=pack.configuration,
        hides_secrets=locked,
        left_out=left_out,
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
            Finding(urn, _message(text, said)) for urn, text in mine if not UNSEEN.match(text)
        ],
        unknown=[Finding(urn, _unseen(text)) for urn, text in mine if UNSEEN.match(text)],
    )


def _message(text: str, said: Mapping[str, Any]) -> str:
    """Without what the rule says of every resource: what it holds, and what to do."""
    lines = [line for line in text.splitlines() if line not in (said["description"], said["fix"])]
    return "\n".join(lines).strip() or said["description"]


def _unseen(text: str) -> str:
    found = UNSEEN_AT.search(text)
    return f"{found['path']} is {HIDDEN}" if found else f"A value is {HIDDEN}"
