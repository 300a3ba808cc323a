"""Asks the pack as the engine does: through its own server, in this process, with the messages that
the engine sends. Unknown and secret values travel as they do there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies.rules.catalogue import RULES
from policies.rules.rule import Rule
from policies.rules.servicer import serving

sdk: Any = import_module("pulumi_policy.policy")
Config = Mapping[str, Any]
STACK_URN = "urn:pulumi:test::cube-access::pulumi:pulumi:Stack::cube-access-test"


def secret(value: Any) -> dict[str, Any]:
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


@dataclass(frozen=True)
class Said:
    """One line of a run."""

    rule: str
    level: str
    message: str
    urn: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    type: str
    props: Mapping[str, Any] = field(default_factory=dict)
    name: str = "cube"
    protect: bool = True
    secret_outputs: Sequence[str] = ()
    provider: Mapping[str, Any] | None = None
    made_of: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    """By property: the resources that its value comes from."""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::cube-access::{self.type}::{self.name}"

    def fields(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "type": self.type,
            "urn": self.urn,
            "name": self.name,
            "properties": dict(self.props),
            "options": {
                "protect": self.protect,
                "additionalSecretOutputs": list(self.secret_outputs),
            },
        }
        if self.provider is not None:
            given["provider"] = {"type": "pulumi:providers:x", "properties": dict(self.provider)}
        return given


def settings(config: Config, rules: Sequence[Rule]) -> proto.ConfigureAnalyzerRequest:
    """As the engine makes it: the defaults of every rule, and over them what is configured."""
    levels = {level: getattr(proto, level.name) for level in EnforcementLevel}
    request = proto.ConfigureAnalyzerRequest()
    given = {rule.name: rule.level for rule in rules} | dict.fromkeys(config)
    for name in given:
        rule = next((each for each in rules if each.name == name), None)
        defaults = {key: schema["default"] for key, schema in rule.limits.items()} if rule else {}
        said = config.get(name, {})
        said = {"enforcementLevel": said} if isinstance(said, str) else dict(said)
        level = said.pop("enforcementLevel", rule.level.value if rule else "mandatory")
        request.policyConfig[name].enforcementLevel = levels[EnforcementLevel(level)]
        request.policyConfig[name].properties.update({**defaults, **said})
    return request


def server(config: Config | None = None, rules: Sequence[Rule] | None = None) -> Any:
    served = list(RULES) if rules is None else list(rules)
    with serving(served):
        made = sdk._PolicyAnalyzerServicer(
            "cube-access",
            "0.1.0",
            [rule.policy() for rule in served],
            EnforcementLevel.MANDATORY,
        )
    made.Configure(settings(config or {}, served), None)
    return made


@cache
def _server_for(_rules: tuple[int, ...]) -> Any:
    return server()


def _default_server() -> Any:
    """Made once; and anew where somebody has changed a rule of the catalogue."""
    return _server_for(tuple(map(id, RULES)))


def _said(response: Any) -> list[Said]:
    return [
        Said(
            each.policyName,
            proto.EnforcementLevel.Name(each.enforcementLevel).lower(),
            each.message,
            each.urn,
        )
        for each in response.diagnostics
    ]


def judge(resource: Resource, config: Config | None = None) -> list[Said]:
    """What the resource rules say of it."""
    request = json_format.ParseDict(resource.fields(), proto.AnalyzeRequest())
    served = _default_server() if config is None else server(config)
    with serving(RULES):
        return _said(served.Analyze(request, None))


def judge_stack(resources: Sequence[Resource], config: Config | None = None) -> list[Said]:
    """What the stack rules say of them all."""
    request = proto.AnalyzeStackRequest()
    for resource in resources:
        each = json_format.ParseDict(resource.fields(), request.resources.add())
        for key, made in resource.made_of.items():
            each.propertyDependencies[key].urns.extend(other.urn for other in made)
            each.dependencies.extend(other.urn for other in made)
    served = _default_server() if config is None else server(config)
    with serving(RULES):
        return _said(served.AnalyzeStack(request, None))


def remediate(resource: Resource, rule: str) -> dict[str, Any] | None:
    """The inputs that a rule makes of it, as it goes back to the engine."""
    request = json_format.ParseDict(resource.fields(), proto.AnalyzeRequest())
    served = server({rule: "remediate"})
    with serving(RULES):
        made = served.Remediate(request, None).remediations
    return json_format.MessageToDict(made[-1].properties) if made else None


def rules_of(said: Sequence[Said], *levels: str) -> set[str]:
    return {each.rule for each in said if not levels or each.level in levels}
