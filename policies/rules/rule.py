"""What a rule is: one function, and what is said about it.

A check reads what the SDK hands it and reports what is wrong. Reading what is not known at preview
raises: the SDK turns that into a note, and `up` asks again. What is known is judged all the same,
by `Judged.known` and `Judged.later`. Exceptions and
limits are taken care of here, so that no rule can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyResource,
    PolicyResourceOptions,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from . import writers
from .exceptions import excepted
from .kinds import kind_of
from .writers import Writer

MANDATORY = EnforcementLevel.MANDATORY
ADVISORY = EnforcementLevel.ADVISORY
DISABLED = EnforcementLevel.DISABLED
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

Props = Mapping[str, Any]
Report = Callable[[str], None]
ReportOn = Callable[[str, str | None], None]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One resource, about to be made or changed."""

    kind: str
    """As in kinds.py: the same for every spelling of a type."""
    type_name: str
    props: Props
    """Its inputs. A secret string is a `values.SecretText`."""
    name: str
    opts: PolicyResourceOptions
    host: Props
    """The inputs of its provider."""
    limits: Props
    writers: Sequence[Writer] = ()
    """Roles that may write, each in one schema."""
    missing: list[UnknownValueError] = field(default_factory=list)

    @contextmanager
    def later(self) -> Iterator[None]:
        """What is not known in here is said once the rest is judged."""
        try:
            yield
        except UnknownValueError as error:
            self.missing.append(error)

    def not_known(self, path: str) -> None:
        """What stands there is said once the rest is judged."""
        self.missing.append(UnknownValueError(UNKNOWN_STRING_VALUE, [path]))

    def known(self, values: Any) -> list[Any]:
        """What is known of a list; the rest is said later."""
        found = []
        for index in range(len(values or ())):
            with self.later():
                found.append(values[index])
        return found


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Every resource of a stack, with its outputs."""

    resources: Sequence[PolicyResource]
    limits: Props
    missing: list[UnknownValueError] = field(default_factory=list)
    """What could not be judged, said once the rest is."""


Check = Callable[[Judged, Report], None]
StackCheck = Callable[[Stack, ReportOn], None]
Remedy = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""By kind and inputs: the inputs as they should be, or None where they are so."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    name: str
    description: str
    why: str
    """One sentence: what goes wrong without it."""
    fix: str
    """What to do about a violation; the last line of its message."""
    url: str
    """The vendor's page about it."""
    severity: Severity
    kinds: frozenset[str] | None = None
    """The resources it looks at, or of which one makes a stack worth a look; None: every one."""
    package: str = ""
    """The only one whose resources it looks at, where it has no kinds."""
    except_kinds: frozenset[str] = frozenset()
    """Of that package, those that another rule judges."""
    check: Check | None = None
    stack_check: StackCheck | None = None
    remedy: Remedy | None = None
    level: EnforcementLevel = MANDATORY
    limits: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """JSON schema of each limit, with its default."""
    references: Sequence[tuple[str, str]] = ()
    """(framework, its number), where it truly asks for this."""

    @property
    def subject(self) -> str:
        """The module or package that holds it."""
        return (self.check or self.stack_check).__module__.split("rules.")[-1].split(".")[0]

    def limits_from(self, config: Props) -> dict[str, Any]:
        defaults = {name: schema["default"] for name, schema in self.limits.items()}
        return {**defaults, **{name: config[name] for name in defaults if name in config}}

    def policy(self) -> Policy:
        """The SDK's policy. A new one each time: it keeps no state."""
        framework = None
        if self.references:
            name, number = self.references[0]
            framework = PolicyComplianceFramework(name=name, reference=number)
        said: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "enforcement_level": self.level,
            "severity": self.severity,
            "remediation_steps": self.fix,
            "url": self.url,
            "tags": [self.subject, *(f"{name} {number}" for name, number in self.references)],
            "framework": framework,
            "config_schema": PolicyConfigSchema(dict(self.limits)) if self.limits else None,
        }
        if self.stack_check:
            return StackValidationPolicy(validate=self._judge_stack, **said)
        return ResourceValidationPolicy(
            validate=self._judge, remediate=self._mend if self.remedy else None, **said
        )

    def applies_to(self, resource_type: str) -> bool:
        return self.looks_at({kind_of(resource_type)})

    def looks_at(self, kinds: Set[str]) -> bool:
        """Whether one of these resources is its business. The SDK unpacks a resource for each rule
        that is shown it, which takes longer than most rules do.
        """
        if self.package:
            mine = kinds - self.except_kinds
            return any(kind.startswith(f"{self.package}.") for kind in mine)
        return self.kinds is None or not self.kinds.isdisjoint(kinds)

    def _judge(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if self.check is None or not self.applies_to(args.resource_type):
            return
        config = args.get_config()
        if excepted(config, self.name, args.urn):
            return
        judged = Judged(
            kind=kind_of(args.resource_type),
            type_name=args.resource_type.rsplit(":", 1)[-1],
            props=args.props,
            name=args.name,
            opts=args.opts,
            host=args.provider.props if args.provider else {},
            limits=self.limits_from(config),
            writers=writers.applying(config),
        )

        def report(message: str) -> None:
            report_violation(f"{message}\n{self.fix}", None)

        try:
            self.check(judged, report)
        except UnknownValueError as error:
            judged.missing.append(error)
        except Exception as error:
            report(_stumbled(judged.type_name, error))
        if judged.missing:
            raise judged.missing[0]

    def _judge_stack(self, args: StackValidationArgs, report_violation: ReportViolation) -> None:
        if self.stack_check is None:
            return
        config = args.get_config()

        def report(message: str, urn: str | None) -> None:
            if not excepted(config, self.name, urn):
                report_violation(f"{message}\n{self.fix}".strip(), urn)

        stack = Stack(resources=args.resources, limits=self.limits_from(config))
        try:
            self.stack_check(stack, report)
        except UnknownValueError:
            raise
        except Exception as error:
            report(_stumbled("A resource", error), None)
        if stack.missing:
            raise stack.missing[0]

    def _mend(self, args: ResourceValidationArgs) -> Any:
        if self.remedy is None or not self.applies_to(args.resource_type):
            return None
        if excepted(args.get_config(), self.name, args.urn):
            return None
        return self.remedy(kind_of(args.resource_type), _unwrapped(args.props))


def _stumbled(what: str, error: Exception) -> str:
    """What a rule stumbles over fails, with a word about it: an error would end the preview without
    one. Its text is not shown, it can hold a value.
    """
    return (
        f"{what} cannot be judged: an input is not of the type that it should have "
        f"({type(error).__name__})."
    )


def names(description: str, default: Sequence[str] = ()) -> dict[str, Any]:
    """The schema of a limit that is a list of names."""
    return {
        "type": "array",
        "items": {"type": "string"},
        "default": list(default),
        "description": description,
    }


def _unwrapped(value: Any) -> Any:
    """Without the SDK's proxies, which hide the marks of secrets: a remedy gives them back."""
    if isinstance(value, Mapping):
        inside = value if isinstance(value, dict) else value["__target"]
        return {key: _unwrapped(each) for key, each in inside.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        each_one: Any = value if isinstance(value, list) else value["__target"]  # type: ignore[call-overload]
        return [_unwrapped(each) for each in each_one]
    return value
