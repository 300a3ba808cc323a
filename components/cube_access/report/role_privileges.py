"""What the state knows of a role that holds otherwise than was declared.

A refresh reads a role's privileges back, one by one; the state then says which lack something and
which nobody declared. `up` writes there, too, what it read at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cube_access.report import snowflake
from cube_access.report.access import Names, read, texts
from cube_access.report.change import Change
from cube_access.report.matrix import plural
from cube_access.report.model import Disruption
from cube_access.report.own import ROLE_PRIVILEGES
from cube_access.report.preview import Preview, Resource, Step
from cube_access.report.snowflake import holder
from cube_access.snowflake.privileges import LACKS, NOT_DECLARED

REPORT = "report"
"""The setting `extraPrivileges` by which what is not declared is told and stays."""
NAMED = 5


def staying(before: Resource | None, after: Resource) -> Resource:
    """What a step leaves: what is declared, and what it does not revoke of the rest."""
    if not before or after.kind != ROLE_PRIVILEGES:
        return after
    stays = set(texts(before.outputs.get("extra")))
    if after.inputs.get("extraPrivileges") == REPORT:
        stays |= _undeclared(before)
    stays -= _map(after.inputs.get("privileges")).keys()
    return replace(after, inputs={**after.inputs, "extra": sorted(stays)})


def differences(preview: Preview, names: Names) -> Iterator[str]:
    """What was read otherwise than it had been declared, and what this apply makes of it."""
    for urn, before, step in _sets(preview):
        role, found = holder(step.resource, names), before.outputs.get("privileges")
        if not isinstance(found, Mapping):
            continue
        gone = step.after is None or step.op == "delete"
        after = None if gone else staying(before, step.resource)
        wanted = _map(after.inputs.get("privileges")) if after else {}
        left = texts(after.inputs.get("extra")) if after else []
        for text in sorted(_undeclared(before).union(texts(before.outputs.get("extra")))):
            ends = "leaves it" if text in left else "takes it away"
            ends = "keeps it, which is declared now" if text in wanted else ends
            yield f"{role} has {text}, which was there without being declared. This apply {ends}."
        for text, value in sorted(found.items()):
            if str(value).startswith(LACKS):
                ends = "puts it back" if text in wanted else "takes the rest away"
                yield f"{role}: {text} {value}. This apply {ends}."
        declared = _map(preview.stored.get(urn, before).inputs.get("privileges"))
        for text in sorted(declared.keys() - found.keys()):
            ends = "puts it back" if text in wanted else "leaves it so"
            yield f"{role} does not have {text}, which was declared. This apply {ends}."


def revoked_after(change: Change, names: Names) -> Iterator[Disruption]:
    """What single grants held that go, and a set declares: Snowflake keeps a privilege once, and
    the engine deletes last.
    """
    single = snowflake.GRANTS | {"snowflake:GrantDatabaseRole"}
    gone = [
        each
        for urn, each in change.before.items()
        if urn not in change.after and each.kind in single and not each.retained
    ]
    sets = [each for each in change.after.values() if each.kind == ROLE_PRIVILEGES]
    lost, wanted = (read(some, snowflake.READERS, names) for some in (gone, sets))
    holders = [str(each.holder) for each in lost.grants & wanted.grants]
    holders += [str(member) for member, _ in lost.members & wanted.members]
    for role, count in sorted(Counter(holders).items()):
        yield Disruption(
            f"{plural(count, 'privilege')} of {role}",
            "removed",
            "A set takes the place of single grants here, and their end revokes what it declares. "
            "Take the single grants out of the stack's state first (`pulumi state delete`), or run "
            "`pulumi up --refresh` right after this apply, which puts it back.",
        )


def not_seen(preview: Preview, names: Names) -> Iterator[str]:
    """What nobody knows of the live roles: of those that this preview did not read, all; of the
    others what could not be seen.
    """
    unread = []
    for urn, before, _ in _sets(preview):
        role = str(holder(before, names))
        if urn not in preview.stored:
            unread.append(role)
        yield from (f"{role}: {each}" for each in texts(before.outputs.get("notSeen")))
    if unread:
        yield (
            f"What {_listed(unread)} live: this preview was made without --refresh, and did not "
            "look. What somebody granted by hand, or took away, since the last `up` or refresh is "
            "not in it."
        )


def looked_at(preview: Preview, names: Names) -> list[str]:
    """The roles of which this preview read every privilege."""
    return sorted(
        str(holder(before, names))
        for urn, before, _ in _sets(preview)
        if urn in preview.stored and not before.outputs.get("notSeen")
    )


def _listed(roles: list[str]) -> str:
    more = [f"{len(roles) - NAMED} more"] if len(roles) > NAMED else []
    words = [*sorted(roles)[:NAMED], *more]
    many = f"{', '.join(words[:-1])} and {words[-1]} hold"
    return many if len(words) > 1 else f"{words[0]} holds"


def _sets(preview: Preview) -> Iterator[tuple[str, Resource, Step]]:
    """Those that the state has."""
    for urn, step in sorted(preview.steps.items()):
        if step.before and step.before.kind == ROLE_PRIVILEGES:
            yield urn, step.before, step


def _undeclared(before: Resource) -> set[str]:
    found = _map(before.outputs.get("privileges"))
    return {text for text, value in found.items() if value == NOT_DECLARED}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
