"""What the SDK's server does not do, and the pack needs: a resource is shown only to the rules that
look at its type, and unpacked once for them all; exceptions reach the rules they name.

cube-access's docs/adr/0010-stand-between-the-engine-and-the-sdk.md says why it is done here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar

from google.protobuf import json_format
from pulumi_policy import Policy

from . import exceptions, strict, writers
from .kinds import kind_of
from .rule import Rule
from .unpacked import IN_PLACE_OF_THE_SDKS, once

# Through the back door: these names are not for import, and their absence must be loud.
sdk: Any = import_module("pulumi_policy.policy")
_SdkServicer: Any = sdk._PolicyAnalyzerServicer


class _Looking(_SdkServicer):  # type: ignore[misc] # it has no types
    """The SDK's, for rules that look at the same kinds of resource."""

    def _configure_runtime_settings(self) -> None:
        """Nothing: a rule reads what it is shown and nothing of pulumi.runtime, which the SDK sets
        up before each resource. That takes a tenth of the time of judging one.
        """


class Servicer(_SdkServicer):  # type: ignore[misc] # it has no types
    """Has a servicer for each set of rules that look at the same kinds of resource."""

    rules: ClassVar[Sequence[Rule]] = ()

    def __init__(self, name: str, version: str, policies: list[Policy], *rest: Any) -> None:
        super().__init__(name, version, policies, *rest)
        self._make: Any = lambda some: _Looking(name, version, some, *rest)
        self._configuration: Any = None
        self._stack: Any = None
        self._mends = False
        self._made: dict[tuple[frozenset[str], bool], Any] = {}

    def Analyze(self, request: Any, context: Any) -> Any:
        looking = self._looking_at({kind_of(request.type)}, at_stack=False)
        with once():
            return looking.Analyze(request, context) if looking else sdk.proto.AnalyzeResponse()

    def Remediate(self, request: Any, context: Any) -> Any:
        if not self._mends:  # the SDK would take the resource apart before it finds that out
            return sdk.proto.RemediateResponse()
        looking = self._looking_at({kind_of(request.type)}, at_stack=False)
        return looking.Remediate(request, context) if looking else sdk.proto.RemediateResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        kinds = {kind_of(resource.type) for resource in request.resources}
        looking = self._looking_at(kinds, at_stack=True)
        with once():
            return (
                looking.AnalyzeStack(request, context) if looking else sdk.proto.AnalyzeResponse()
            )

    def Configure(self, request: Any, context: Any) -> Any:
        names = {rule.name for rule in self.rules}
        given = {
            name: json_format.MessageToDict(one.properties)
            for name, one in request.policyConfig.items()
        }
        wrong = strict.problems(given, self.rules)
        for entry in exceptions.given(given.get(exceptions.LIST, {})):
            if entry.rule and entry.rule not in names:
                close = strict.nearest(entry.rule, names)
                wrong.append(f"An exception is for {entry.rule}, which is no rule here.{close}")
        if wrong:
            raise ValueError(f"the policy pack's configuration is wrong. {' '.join(wrong)}")
        for listed, key in ((exceptions.LIST, exceptions.KEY), (writers.LIST, writers.KEY)):
            entries = given.get(listed, {}).get(key)
            if not entries:
                continue
            if request.policyConfig[listed].enforcementLevel == sdk.proto.DISABLED:
                raise ValueError(
                    f"there are {key}, and {listed} is disabled. What no run shows is a hole: "
                    "take them out, or let them be listed."
                )
            for name in names:
                request.policyConfig[name].properties[key] = entries
        self._configuration = request
        levels = {one.enforcementLevel for one in request.policyConfig.values()}
        self._mends = sdk.proto.REMEDIATE in levels
        self._made = {}
        made: Any = super().Configure(request, context)
        return made

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        self._stack = request
        self._made = {}
        made: Any = super().ConfigureStack(request, context)
        return made

    def _looking_at(self, kinds: Set[str], *, at_stack: bool) -> Any:
        key = (frozenset(kinds), at_stack)
        if key not in self._made:
            some = [
                rule.policy()
                for rule in self.rules
                if bool(rule.stack_check) == at_stack and rule.looks_at(kinds)
            ]
            made = self._make(some) if some else None
            if made and self._configuration is not None:
                made.Configure(self._configuration, None)
            if made and self._stack is not None:
                made.ConfigureStack(self._stack, None)
            self._made[key] = made
        return self._made[key]


@contextmanager
def serving(rules: Sequence[Rule]) -> Iterator[None]:
    """While it lasts, the SDK serves these rules with what is above."""
    changed = {
        "_PolicyAnalyzerServicer": type("Servicer", (Servicer,), {"rules": rules}),
        **IN_PLACE_OF_THE_SDKS,
    }
    before = {name: getattr(sdk, name) for name in changed}
    vars(sdk).update(changed)
    try:
        yield
    finally:
        vars(sdk).update(before)
