"""The corpora of the policy pack: hostile stacks, of which each must be caught by the rule that it
names, and normal ones, of which none may be. As small recorded states, in tests/policies/corpus/.

Owns how a file is read. Judges nothing: the pack does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests/policies/corpus"
PROJECT, STACK = "cube-access", "test"


class Secret(str):
    """In a file `!secret text`: a Pulumi secret."""

    __slots__ = ()


class Unknown:
    """In a file `!unknown`: what a preview cannot know."""


@dataclass(frozen=True)
class Recorded:
    """One resource, as it stands in a state."""

    name: str
    type: str
    props: Mapping[str, Any]
    comes_from: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By property: the names of the resources that its value comes from."""
    protect: bool = True

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{STACK}::{PROJECT}::{self.type}::{self.name}"


@dataclass(frozen=True)
class Recording:
    """A stack: what somebody would do, and the rule that must say so; a normal one has none."""

    name: str
    kind: str
    """The file that it is in."""
    rule: str
    resources: tuple[Recorded, ...]
    config: Mapping[str, Any]
    """Besides the environment's: limits that a team would set, with the reason in the file."""


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!secret", lambda loader, node: Secret(loader.construct_scalar(node)))  # type: ignore[no-untyped-call, arg-type]
_Loader.add_constructor("!unknown", lambda *_: Unknown())  # type: ignore[no-untyped-call]


def token(short: str) -> str:
    """The type's token: databricks.Grant, aws.iam.Role, or written in full."""
    if ":" in short:
        return short
    package, *module, name = short.split(".")
    path = [*(module or ["index"]), f"{name[0].lower()}{name[1:]}"]
    return f"{package}:{'/'.join(path)}:{name}"


def recordings(folder: str) -> list[Recording]:
    """All of hostile/ or normal/, by file."""
    return [
        found for path in sorted((CORPUS / folder).glob("*.yaml")) for found in _read(path, folder)
    ]


def _read(path: Path, folder: str) -> Iterator[Recording]:
    content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    given = content.get("given", {})
    for number, case in enumerate(content["cases"]):
        for index, changed in enumerate(case.get("each", [{}])):
            name = f"{path.stem}/{case.get('name', case.get('rule', number))}"
            if "each" in case:
                name += f" {index + 1}"
            made = [_resource(key, given[key], {}) for key in case.get("with", ())]
            if "make" in case:
                made.append(_resource("it", case, changed))
            made += [_resource(f"also-{n}", one, {}) for n, one in enumerate(case.get("also", ()))]
            rule = case.get("rule", "") if folder == "hostile" else ""
            yield Recording(name, path.stem, rule, tuple(made), case.get("config", {}))


def _resource(name: str, said: Mapping[str, Any], changed: Mapping[str, Any]) -> Recorded:
    props = {**said.get("props", {}), **changed}
    sources = {key: tuple(of) for key, of in said.get("from", {}).items()}
    return Recorded(
        said.get("called", name), token(said["make"]), props, sources, said.get("protect", True)
    )


def deployment(recordings: Sequence[Recording]) -> dict[str, Any]:
    """Stacks as one state, in the engine's own format. Names are kept apart by a number; what is
    secret or not known has no place in it.
    """
    resources: list[dict[str, Any]] = []
    for number, recording in enumerate(recordings):
        urns = {each.name: numbered(each, number).urn for each in recording.resources}
        for each in recording.resources:
            sources = {
                key: [urns[name] for name in names] for key, names in each.comes_from.items()
            }
            resources.append(
                {
                    "urn": urns[each.name],
                    "type": each.type,
                    "custom": True,
                    "id": f"{each.name}-{number}",
                    "inputs": dict(each.props),
                    "outputs": dict(each.props),
                    "protect": each.protect,
                    "dependencies": sorted({urn for of in sources.values() for urn in of}),
                    "propertyDependencies": sources,
                }
            )
    return {"version": 3, "deployment": {"manifest": {}, "resources": resources}}


def urns(recording: Recording, number: int) -> list[str]:
    """What its resources are called in such a state."""
    return [numbered(each, number).urn for each in recording.resources]


def is_plain(recording: Recording) -> bool:
    """Whether nothing in it is secret or not known."""
    return all(_plain(each.props) for each in recording.resources)


def numbered(each: Recorded, number: int) -> Recorded:
    """The resource as it is called in such a state."""
    return replace(each, name=f"{each.name}-{number}")


def _plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_plain(inside) for inside in value.values())
    if isinstance(value, list):
        return all(_plain(inside) for inside in value)
    return not isinstance(value, Secret | Unknown)
