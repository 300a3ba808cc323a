"""What a report cannot know, whatever changes: said at its end, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cube_access.facts.principals import ACCOUNT_USERS, PUBLIC, USERS
from cube_access.report import databricks, own, snowflake
from cube_access.report.access import Access, Names, may_give_access, read
from cube_access.report.change import Change
from cube_access.report.meaning import TYPES
from cube_access.report.preview import Resource

# Our own of no warehouse, which give nobody access.
OWN = frozenset({"cube-access:Guard", "cube-access:Secret"})
READERS = databricks.READERS | snowflake.READERS
NAMED = 5

OUT_OF_BAND = (
    "What somebody granted without Pulumi, to {whom}: neither the engine nor its plugins see it. "
    "Only a look at the warehouse itself shows it (docs/verify.md)."
)
ELSEWHERE = (
    "Who can do what in the warehouse: nothing is made or granted in it here. Whoever looks after "
    "it answers for that."
)
WHO = "Who is in the groups and who has the roles that are named here."
EVERYBODY = {
    "databricks": f"What everybody has through the groups {ACCOUNT_USERS} and {USERS}.",
    "snowflake": f"What every role has through {PUBLIC}.",
}
NOT_READ_BACK = (
    "What somebody revoked of a grant on ALL that is a resource of its own: the plugin does not "
    "read that back."
)
OFFLINE = (
    "The environment as it is: two revisions are compared, and none with what is there. Drift is "
    "not in it, nor what encrypted configuration says, for which a placeholder stands; and whether "
    "a single object is a table or a view."
)


def always(change: Change, *, stops: bool) -> Iterator[str]:
    """Of any comparison.

    Args:
        stops: whether what is proposed cannot be applied.
    """
    every = [*change.before.values(), *change.after.values()]
    packages = {each.kind.partition(":")[0] for each in every}
    if not packages & EVERYBODY.keys() and not stops:
        yield ELSEWHERE
    yield from _not_read(change)
    others = f"others than {' and '.join(change.looked_at)}"
    yield OUT_OF_BAND.format(whom=others if change.looked_at else "these identities or to others")
    yield WHO
    yield from (text for package, text in EVERYBODY.items() if package in packages)
    single = [each for each in every if each.kind in snowflake.GRANTS]
    found = read(single, snowflake.READERS, Names(every)) if single else Access()
    if any(each.scope.startswith(("all ", "inherited ")) for each in found.grants):
        yield NOT_READ_BACK


def _not_read(change: Change) -> Iterable[str]:
    """A view, an owner, a policy of AWS or a script can give access, too: one line a kind."""
    kinds: dict[str, list[str]] = {}
    for resource in {**change.before, **change.after}.values():
        if not (is_nothing(resource) or resource.kind in OWN or _is_read(resource)):
            kinds.setdefault(resource.kind, []).append(resource.name)
    for kind, names in sorted(kinds.items()):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield (
            f"What {kind} {', '.join(sorted(names)[:NAMED])}{more} may give: this report does not "
            "read it. Read it yourself."
        )


def is_nothing(resource: Resource) -> bool:
    """Whether it is a component of ours, or the engine's own: the stack, a provider."""
    return own.is_component(resource.type) or resource.type.startswith("pulumi:")


def _is_read(resource: Resource) -> bool:
    """Whether the matrix or the settings have it, or it is named as a grant in a strange form."""
    package, _, _ = resource.kind.partition(":")
    if package not in EVERYBODY:
        return False
    return resource.kind in READERS or resource.kind in TYPES or may_give_access(resource)
