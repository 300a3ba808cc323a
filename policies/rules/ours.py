"""What a stack makes itself. That a value was computed from a resource of the stack says nothing:
a known value counts only if it is what that resource is called; one that is not known yet, if it
comes from a resource of the right kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from .kinds import kind_of, on_snowflake, snowflake
from .rule import Stack
from .values import is_unseen, peek

# Properties that call a resource by what others refer to it by.
IDS = frozenset(
    {
        *("aclPrincipalId", "clusterId", "dashboardId", "endpointId", "id", "internalId"),
        *("networkPolicyId", "objectId", "pipelineId", "policyId", "projectId"),
        *("registeredModelId", "servingEndpointId"),
    }
)
CALLED = IDS | {
    *("applicationId", "arn", "displayName", "fullName", "fullyQualifiedName", "groupName"),
    *("name", "path", "userName", "username"),
}
SNOWFLAKE = frozenset({"fullyQualifiedName", "id", "name"})
# A label that anybody chooses is not what Databricks refers to an identity or an object by.
REFERRED = {
    **dict.fromkeys(("applicationId", "servicePrincipalName"), frozenset({"applicationId"})),
    "userName": frozenset({"userName"}),
    "runAsUserName": frozenset({"applicationId", "userName"}),
}
# Of these a name alone says nothing.
IN_A_DATABASE = snowflake(
    *("AuthenticationPolicy", "DatabaseRole", "NetworkRule", "PasswordPolicy", "SessionPolicy"),
)
CONTAINERS = (("catalogName", "schemaName"), ("database", "schema"))


def normal(value: Any, kind: str = "") -> str:
    """A name or an id as it is compared: numbers and texts alike, without quotes. Of Snowflake's
    kinds the case counts, which the plugin keeps; of others it does not.
    """
    text = f"{value:.0f}" if isinstance(value, float) else str.__str__(str(value))
    if isinstance(value, str):
        text = "".join(value)  # a secret, too, is compared by what it is
    bare = text.replace('"', "")
    return bare if on_snowflake(kind) else bare.casefold()


def allowed(names: Iterable[str], kind: str = "") -> set[str]:
    """The names in a limit as they are compared: of Snowflake, one without quotes is also that in
    capitals.
    """
    found = {normal(name, kind) for name in names}
    if on_snowflake(kind):
        found |= {normal(name.upper(), kind) for name in names if '"' not in name}
    return found


def _referred(key: str, kind: str) -> frozenset[str]:
    """The properties by which one refers to a resource of a kind."""
    if on_snowflake(kind):
        return SNOWFLAKE
    if not kind.startswith("databricks."):
        return CALLED
    return REFERRED.get(key) or (IDS if key.endswith("Id") or key == "id" else CALLED)


def called(resource: PolicyResource, by: Set[str] = CALLED) -> set[str]:
    """By what others can refer to it, as far as that is known.

    Args:
        by: the properties that count.
    """
    props, kind = resource.props, kind_of(resource.resource_type)
    known = [peek(props, key) for key in by]
    found = {normal(value, kind) for value in known if isinstance(value, str | float | int)}
    if kind in IN_A_DATABASE and isinstance(name := peek(props, "name"), str):
        found.discard(normal(name, kind))  # another database can have one of that name
    for containers in CONTAINERS if "name" in by else ():
        parts = [peek(props, key) for key in (*containers, "name")]
        there = [part for part in parts if part is not None]
        if len(there) > 1 and all(isinstance(part, str) and part for part in there):
            found.add(".".join(normal(part, kind) for part in there))
    return found - {"", UNKNOWN_STRING_VALUE}


class Ours:
    """The resources of a stack, by what they are called."""

    def __init__(self, stack: Stack) -> None:
        self._by_kind: dict[str, list[PolicyResource]] = {}
        self._missing = stack.missing
        for resource in stack.resources:
            self._by_kind.setdefault(kind_of(resource.resource_type), []).append(resource)
        self._called: dict[tuple[str, frozenset[str]], set[str]] = {}

    def names(self, kind: str, by: frozenset[str] = CALLED) -> set[str]:
        """What the stack's resources of a kind are called, by these properties."""
        if (kind, by) not in self._called:
            made = self._by_kind.get(kind, ())
            self._called[kind, by] = {name for each in made for name in called(each, by)}
        return self._called[kind, by]

    def of(self, kinds: Iterable[str]) -> list[PolicyResource]:
        """The stack's resources of these kinds."""
        return [each for kind in kinds for each in self._by_kind.get(kind, ())]

    def judgeable(self, value: Any, sources: Sequence[PolicyResource], key: str) -> bool:
        """Whether there is something to judge. What is left out the plugin fills in; of what an
        export hides nothing is known, and the run says so.
        """
        if value is None or value == "":
            return False
        if not sources and value == UNKNOWN_STRING_VALUE:
            self._missing.append(UnknownValueError(UNKNOWN_STRING_VALUE, [key]))
        return bool(sources) or not is_unseen(value)

    def has(
        self, value: Any, sources: Iterable[PolicyResource], kinds: Set[str], key: str = ""
    ) -> bool:
        """Whether a value is, or will be, that of a resource of these kinds of the stack.

        Args:
            value: as `values.peek` gives it.
            sources: the resources that its property comes from.
            key: the property that it stands in, which says what it refers by.
        """
        if is_unseen(value):
            return any(kind_of(each.resource_type) in kinds for each in sources)
        return any(normal(value, kind) in self.names(kind, _referred(key, kind)) for kind in kinds)


def sources(resource: PolicyResource, key: str) -> Sequence[PolicyResource]:
    made: Mapping[str, Sequence[PolicyResource]] = resource.property_dependencies
    return made.get(key, ())


def shown(value: Any) -> str:
    """For a message; a secret stays one."""
    if is_unseen(value):
        return "one that is not known yet"
    return f"{value:.0f}" if isinstance(value, float) else f"{value}"
