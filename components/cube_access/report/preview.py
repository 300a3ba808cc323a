"""Reads what the engine wrote of a preview: the digest of `--json`, and the event log, which alone
has the policy pack's verdicts and the stack's outputs.

Either may come from somebody else's pull request: nothing in it is believed to have its right
shape, and nothing is run or unpickled. Secrets are `[secret]` already; this keeps them so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cube_access.declared import COMPONENT_TYPES
from cube_access.facts import credentials
from cube_access.report import own
from cube_access.report.errors import ReportError

UNKNOWN = "[not known yet]"
SECRET = "[secret]"  # noqa: S105 - what stands for one
PLACEHOLDER = "not-known-offline"
"""What an offline preview has in place of an encrypted value."""
LIMIT = 100_000_000  # characters; a preview of 10,000 resources has a tenth of it

# The engine's sentinels for what is not known yet, one for each type of value.
_UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of one
# What the engine puts before the words of our own guards.
_GUARD = re.compile(
    r"^(?:pulumi-python:dynamic/|cube-access:)\S+ resource '[^']*': property (.*?) value "
    r"\{<nil>\} has a problem: "
)
# Of the equipment, not of the change.
_NOISE = re.compile(
    r"using pulumi-resource-\S+ from \$PATH|resource plugin \S+ is expected to have version|"
    r"^error: preview failed$|Program exited with non-zero exit code"
)


@dataclass(frozen=True)
class Resource:
    """A resource as it is, or as it would be."""

    urn: str
    type: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    id: str = ""
    parent: str = ""
    protect: bool = False
    retained: bool = False
    """Whether it stays where it is when the stack no longer has it."""
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each input the URNs that its value is made of."""
    ignored: tuple[str, ...] = ()
    replaced_on: tuple[str, ...] = ()

    def as_found(self) -> Resource:
        """With the privileges that the last look at the warehouse found, not those asked for."""
        # Of a plugin's an empty list says nothing; a role may hold nothing any more.
        ours = self.kind == own.ROLE_PRIVILEGES
        found = {
            key: self.outputs[key]
            for key in ("privileges", "grants", *(("extra",) if ours else ()))
            if self.outputs.get(key) or (ours and key in self.outputs)
        }
        return replace(self, inputs={**self.inputs, **found})

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @cached_property
    def kind(self) -> str:
        """Package and type, without what tokens carry along: `snowflake:ServiceUser`."""
        package, _, rest = self.type.partition(":")
        if ours := own.kind_of(self.type):
            return ours
        if package == "pulumi-python":
            return rest.removeprefix("dynamic/")
        return f"{package}:{rest.rpartition(':')[2]}"


@dataclass(frozen=True)
class Step:
    """What would happen to one resource."""

    op: str
    before: Resource | None
    after: Resource | None
    replaced_by: tuple[str, ...] = ()
    """Properties whose change is why it would be replaced."""
    changes: tuple[str, ...] = ()
    """Properties that the plugin says would change."""

    @property
    def resource(self) -> Resource:
        found = self.after or self.before
        assert found  # noqa: S101 - _step makes none without
        return found


@dataclass(frozen=True)
class Verdict:
    """One policy's, on one resource or on the stack."""

    rule: str
    level: str
    message: str
    resource: str


@dataclass
class Preview:
    """All that was read."""

    steps: dict[str, Step] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)
    outputs: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})
    """The stack's, before and after."""
    stored: dict[str, Resource] = field(default_factory=dict)
    """What a refresh looked at, as the stack's state had it before."""
    components: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=dict)
    """The outputs of our components, before and after, by their URNs."""
    shows_sames: bool = False
    judged: bool = False
    """Whether a policy pack looked on."""
    has_events: bool = False


def read(texts: Iterable[tuple[str, str]]) -> Preview:
    """One preview from its files.

    Args:
        texts: a name for errors and the content, each a digest or an event log.

    Raises:
        ReportError: one is neither.
    """
    preview = Preview()
    for name, text in texts:
        if len(text) > LIMIT:
            raise ReportError(f"{name} is larger than any preview ({LIMIT:,} characters)")
        found = _documents(name, text)
        events = [each for each in found if "sequence" in each]
        try:
            for each in found:
                if "sequence" not in each:
                    _digest(preview, each)
            if events:
                _events(preview, events)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ReportError(_not_a_preview(name)) from error
    return preview


def _not_a_preview(name: str) -> str:
    return (
        f"{name} is not what `pulumi preview --json` or `--event-log` writes. Make it anew: see "
        "docs/report.md."
    )


def _documents(name: str, text: str) -> list[dict[str, Any]]:
    # The engine may say something before the digest.
    start = text.find("{")
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    try:
        while 0 <= start < len(text):
            document, end = decoder.raw_decode(text, start)
            found.append(document)
            start = text.find("{", end)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReportError(_not_a_preview(name)) from error
    if not found:
        raise ReportError(_not_a_preview(name))
    return found


def _digest(preview: Preview, document: Mapping[str, Any]) -> None:
    if not document.keys() & {"steps", "diagnostics", "changeSummary"}:
        raise ValueError
    preview.config = {str(key): shown(each) for key, each in document.get("config", {}).items()}
    for each in document.get("steps") or []:
        changes = each.get("detailedDiff") or each.get("diffReasons")
        states = each.get("oldState"), each.get("newState")
        step = _step(each["op"], *states, each.get("replaceReasons"), changes)
        preview.shows_sames |= step.op == "same"
        _keep(preview, step)
    for each in document.get("diagnostics") or []:
        _diagnostic(preview, each.get("severity"), each.get("message"))


def _events(preview: Preview, documents: Iterable[Mapping[str, Any]]) -> None:
    from_digest = dict(preview.steps)
    known = bool(from_digest)
    for event in documents:
        if "resourcePreEvent" in event or "resOutputsEvent" in event:
            metadata = (event.get("resourcePreEvent") or event["resOutputsEvent"])["metadata"]
            changes = metadata.get("detailedDiff") or metadata.get("diffs")
            states = metadata.get("old"), metadata.get("new")
            step = _step(metadata["op"], *states, metadata.get("keys"), changes)
            if "resOutputsEvent" in event:
                before, after = (each.outputs if each else {} for each in (step.before, step.after))
                if step.resource.type == "pulumi:pulumi:Stack":
                    preview.outputs = (before, after)
                elif step.resource.type in COMPONENT_TYPES:
                    preview.components[step.resource.urn] = (before, after)
            drifted = "resOutputsEvent" in event and step.op in {"update", "delete"}
            # The digest knows what inputs are made of, which the event log does not.
            if step.resource.urn not in from_digest and ("resourcePreEvent" in event or drifted):
                _keep(preview, step)
        elif "policyLoadEvent" in event:
            preview.judged = True
        elif policy := event.get("policyEvent"):
            preview.verdicts.append(
                Verdict(
                    rule=text_of(policy["policyName"]),
                    level=text_of(policy["enforcementLevel"]),
                    message=text_of(policy["message"]),
                    resource=text_of(policy.get("resourceUrn")).rpartition("::")[2],
                )
            )
        elif prelude := event.get("preludeEvent"):
            config = prelude.get("config") or {}
            preview.config = {str(key): shown(each) for key, each in config.items()}
        elif (said := event.get("diagnosticEvent")) and not known and not said.get("ephemeral"):
            message = f"{said.get('prefix') or ''}{said.get('message')}"
            _diagnostic(preview, said.get("severity"), message)
    preview.has_events = preview.shows_sames = True


def _keep(preview: Preview, step: Step) -> None:
    """The last step of a resource says what becomes of it, but a replacement is one of three."""
    urn = step.resource.urn
    if step.op == "refresh" and step.before:
        preview.stored.setdefault(urn, step.before)
    if not (step.op in {"create-replacement", "delete-replaced"} and urn in preview.steps):
        preview.steps[urn] = step


def _diagnostic(preview: Preview, severity: object, message: object) -> None:
    text = re.sub(r"<\{%.*?%\}>", "", text_of(message)).strip()
    where = {"error": preview.errors, "warning": preview.warnings}.get(str(severity))
    if where is not None and text and not _NOISE.search(text):
        plain = _GUARD.sub(r"\1: ", re.sub(r"^(error|warning): ", "", text))
        if plain not in where:
            where.append(plain)


def _step(op: object, old: Any, new: Any, keys: Any, changes: Any) -> Step:
    before, after = (_resource(each) if each else None for each in (old, new))
    if before is None and after is None:
        raise ValueError
    token = str((new or old)["type"])
    return Step(str(op), before, after, _names(token, keys), _names(token, changes))


def _names(token: str, keys: Iterable[object] | None) -> tuple[str, ...]:
    found = [text_of(key) for key in keys or ()]
    return tuple(own.renamed(found).values()) if own.kind_of(token) else tuple(found)


def _resource(state: Mapping[str, Any]) -> Resource:
    depends = {
        str(key): tuple(str(urn) for urn in urns or ())
        for key, urns in (state.get("propertyDependencies") or {}).items()
    }
    token = text_of(state["type"])
    inputs = dict(_plain(state.get("inputs") or {}))
    outputs = dict(_plain(state.get("outputs") or {}))
    if own.kind_of(token):
        inputs, outputs, depends = (
            {name: each[key] for key, name in own.renamed(each).items()}
            for each in (inputs, outputs, depends)
        )
    return Resource(
        urn=text_of(state["urn"]),
        type=token,
        inputs=inputs,
        outputs=outputs,
        id=text_of(state.get("id")),
        parent=text_of(state.get("parent")),
        protect=state.get("protect") is True,
        retained=state.get("retainOnDelete") is True,
        depends=depends,
        ignored=tuple(str(each) for each in state.get("ignoreChanges") or ()),
        replaced_on=tuple(str(each) for each in state.get("replaceOnChanges") or ()),
    )


def _plain(value: Any) -> Any:
    """Without the engine's wrappings and its notes to itself (`__defaults`, `__provider`)."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return SECRET if value[_SIGNATURE] == _SECRET_SIGNATURE else UNKNOWN
        return {text_of(k): _plain(v) for k, v in value.items() if not str(k).startswith("__")}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN else text_of(value)
    return value


def text_of(value: object) -> str:
    """A text without what looks like a credential and without control characters."""
    text = "" if value is None else str(value)
    text = credentials.hidden(text, SECRET).replace(PLACEHOLDER, SECRET)
    if text.isprintable():
        return text
    # What ends a line to some readers does so here, or a comment would hide what follows it.
    text = "\n".join(text.splitlines())
    return "".join(each for each in text if each in "\n\t" or each.isprintable())


def shown(value: object) -> str:
    """A value as one line."""
    if isinstance(value, dict) and _SIGNATURE in value:
        return SECRET
    if isinstance(value, (dict, list)):
        value = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(text_of(value).split())
