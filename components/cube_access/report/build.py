"""Makes the report of one preview of the real environment, or of two offline ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from cube_access.declared import COMPONENT_TYPES
from cube_access.report import access as graph
from cube_access.report import databricks, own, role_privileges, settings, snowflake, unknown
from cube_access.report.change import Change, called, value_of
from cube_access.report.meaning import TYPES
from cube_access.report.model import Disruption, Privilege, Reach, Report, Status, Verdict
from cube_access.report.preview import Preview, Resource

COMPUTE = frozenset({"SQL warehouse", "warehouse"})
REPLACED = frozenset({"replace", "create-replacement", "delete-replaced"})
DIFF_LINES = 400


def from_live(preview: Preview, stack: str, source: str) -> Report:
    """Of a preview of the real stack, which has both sides in it."""
    change = Change(outputs=preview.outputs, components=preview.components)
    for urn, step in preview.steps.items():
        if step.before:
            change.before[urn] = step.before.as_found()
            was = preview.stored.get(urn)
            change.stored[urn] = was.as_found() if was else change.before[urn]
        if step.after and step.op != "delete":
            change.after[urn] = role_privileges.staying(step.before, step.after)
        if step.op in REPLACED:
            change.replaced[urn] = step.replaced_by
            # Of its three steps only the one that deletes has no new state.
            change.after.setdefault(urn, step.resource)
        change.changes[urn] = step.changes
    report = Report(stack, source)
    names = graph.Names([*change.before.values(), *change.after.values()])
    change.looked_at = role_privileges.looked_at(preview, names)
    _fill(report, change)
    report.drift += role_privileges.differences(preview, names)
    report.unknown += role_privileges.not_seen(preview, names)
    _said(report, preview)
    if not preview.shows_sames:
        report.unknown.insert(
            0,
            "What is kept: the preview was made without --show-sames, so only changes are listed.",
        )
    if not preview.has_events:
        report.unknown.insert(
            0,
            "The policy pack's verdicts and cube.py: they are not in the preview's JSON. Give its "
            "event log, too (docs/report.md).",
        )
    report.unknown.append(
        "What drifted since the stack's state was written, unless the preview was made with "
        "--refresh."
    )
    return report


def from_offline(base: Preview | None, head: Preview | None, stack: str, compared: str) -> Report:
    """Of two revisions' offline previews; None where the stack's file is not there."""
    report = Report(stack, compared)
    change = Change()
    if base and base.errors and not _whole(base):
        report.warnings.append(
            f"What it is compared with cannot be previewed, so all is new here: {base.errors[0]}"
        )
        base = None
    if base:
        change.before = {urn: each.resource for urn, each in base.steps.items()}
    if head:
        change.after = {urn: each.resource for urn, each in head.steps.items()}
    change.outputs = (base.outputs[1] if base else {}, head.outputs[1] if head else {})
    for index, side in enumerate((base, head)):
        for urn, (_, outputs) in (side.components if side else {}).items():
            both = [*change.components.get(urn, ({}, {}))]
            both[index] = outputs
            change.components[urn] = (both[0], both[1])
    for urn in change.before.keys() & change.after.keys():
        if keys := _replacing(change.before[urn], change.after[urn]):
            change.replaced[urn] = keys
    if head and head.errors and not _whole(head):
        # What is missing was not reached: it is not what goes.
        report.unknown.append("What would change: the program stops before it has said all of it.")
    else:
        _fill(report, change)
        settings.configuration(report, base.config if base else {}, head.config if head else {})
        settings.declared(report, change)
        report.stops += _guarded(change)
    if head:
        _said(report, head)
    report.unknown.append(unknown.OFFLINE)
    return report


def by_the_former_pack(report: Report, judged: Preview | None) -> None:
    """What a change of the policy pack, or of its configuration, lets through.

    Args:
        judged: what is proposed, previewed with the policy pack of before; None: it is the same.
    """
    if judged is None:
        return
    if not judged.judged:
        report.unknown.append(
            "What the policy pack as it was would say: it does not run with this program."
        )
    refused = {(each.rule, each.resource) for each in report.violations}
    report.let_through = sorted(
        Verdict(each.rule, each.level, each.message, each.resource)
        for each in judged.verdicts
        if each.level == "mandatory" and (each.rule, each.resource) not in refused
    )


def _whole(preview: Preview) -> bool:
    """Whether the program came to the end of what is ours: a component's outputs come last. Without
    a component it is the stack's, of which a program may say some before it stops.
    """
    parts = [each for each in preview.steps.values() if each.resource.type in COMPONENT_TYPES]
    said = all(each.resource.urn in preview.components for each in parts)
    return said if parts else bool(preview.outputs[1])


def _said(report: Report, preview: Preview) -> None:
    report.stops += preview.errors
    report.judged = preview.judged
    report.warnings += preview.warnings
    for each in preview.verdicts:
        report.verdicts.append(Verdict(each.rule, each.level, each.message, each.resource))
    report.verdicts.sort(key=lambda each: (each.level != "mandatory", each.rule, each.resource))


def _fill(report: Report, change: Change) -> None:
    names = graph.Names([*change.before.values(), *change.after.values()])
    _access(report, change, names)
    _what_is_hit(report, change)
    report.disruptions += role_privileges.revoked_after(change, names)
    settings.credentials_and_settings(report, change)
    _resources(report, change)
    _cube_py(report, change)
    report.unknown += unknown.always(change, stops=bool(report.stops))


# Access


class _Side:
    """One moment's access, of every warehouse in it."""

    def __init__(self, names: graph.Names, resources: Iterable[Resource]) -> None:
        self.rows: set[graph.Row] = set()
        self.reach: set[tuple[graph.Identity, str]] = set()
        self.not_read: set[tuple[str, str]] = set()
        listed = list(resources)
        for package, readers, reach in (
            ("databricks:", databricks.READERS, databricks.reach),
            ("snowflake:", snowflake.READERS, snowflake.reach),
        ):
            own = [each for each in listed if each.kind.startswith(package)]
            access = graph.read(own, readers, names)
            self.rows |= graph.rows(access)
            self.reach |= reach(access)
            self.not_read |= access.not_read


def _status(key: Any, before: set[Any], after: set[Any]) -> Status:
    if key in before:
        return "kept" if key in after else "removed"
    return "added"


def _access(report: Report, change: Change, names: graph.Names) -> None:
    if change.stored != change.before:
        _drift(report, change, names)
    sides = [_Side(names, resources.values()) for resources in (change.before, change.after)]
    before, after = (side.rows for side in sides)
    report.privileges = [
        Privilege(
            identity=str(row.identity),
            via=tuple(map(str, row.via)),
            kind=row.kind,
            securable=row.securable,
            privilege=row.privilege,
            scope=row.scope,
            option=row.option,
            status=_status(row, before, after),
        )
        for row in sorted(before | after)
    ]
    was, will = (side.reach for side in sides)
    report.reach = [
        Reach(str(identity), text, _status((identity, text), was, will))
        for identity, text in sorted(was | will)
    ]
    for kind, name in sorted(sides[0].not_read | sides[1].not_read):
        report.unknown.append(
            f"What {kind} {name} gives: it is not a grant that this report reads. Read it yourself."
        )


def _drift(report: Report, change: Change, names: graph.Names) -> None:
    # Of a role's set the state itself says what differs.
    stored, found, wanted = (
        _Side(names, [one for one in each.values() if one.kind != own.ROLE_PRIVILEGES]).rows
        for each in (change.stored, change.before, change.after)
    )
    for row in sorted(stored ^ found):
        what = f"{row.privilege} on {row.kind} {row.securable}"
        if row in found:
            ends = "keeps it" if row in wanted else "takes it away"
            report.drift.append(
                f"{row.identity} has {what}, which nothing here gave. This apply {ends}."
            )
        else:
            ends = "gives it back" if row in wanted else "leaves it so"
            report.drift.append(f"{row.identity} has lost {what}. This apply {ends}.")


# What somebody notices


def _replacing(before: Resource, after: Resource) -> tuple[str, ...]:
    meaning = TYPES.get(after.kind)
    fixed = {*(meaning.fixed if meaning else ()), *own.fixed(after.kind), *after.replaced_on}
    keys = fixed - set(after.ignored)
    return tuple(sorted(key for key in keys if value_of(before, key) != value_of(after, key)))


def _what_is_hit(report: Report, change: Change) -> None:
    for urn, resource in {**change.after, **change.before}.items():
        meaning = TYPES.get(resource.kind)
        if meaning is None:
            continue
        name, protected = called(resource, meaning), resource.protect
        if urn in change.replaced and meaning.hit:
            because = change.replaced[urn]
            report.disruptions.append(Disruption(name, "replaced", meaning.hit, because, protected))
        elif urn not in change.after and (meaning.gone or meaning.hit):
            hit = meaning.gone or meaning.hit
            report.disruptions.append(Disruption(name, "removed", hit, (), protected))
    order = {name: index for index, name in enumerate(TYPES)}
    ranks = {meaning.what: order[kind] for kind, meaning in TYPES.items()}
    report.disruptions.sort(
        key=lambda each: (
            min((rank for what, rank in ranks.items() if each.what.startswith(what)), default=99),
            each.what,
        )
    )
    gone = {each.what.partition(" ")[2] for each in report.disruptions}
    stays = {
        (each.identity, each.securable) for each in report.privileges if each.status != "removed"
    }
    left = {identity for identity, _ in stays}
    lost = {
        (each.identity, each.securable)
        for each in report.privileges
        if each.status == "removed"
        and each.kind in COMPUTE
        # The service account itself, replaced or gone, has a line of its own.
        and (each.identity in left or not each.identity.startswith(("user ", "service principal ")))
    } - stays
    swapped = any(each.status == "added" and each.kind in COMPUTE for each in report.privileges)
    remedy = " Cube must be deployed with the new cube_env, which names the other one."
    for warehouse in sorted({warehouse for _, warehouse in lost} - gone):
        who = " and ".join(sorted(identity for identity, each in lost if each == warehouse))
        report.disruptions.append(
            Disruption(
                f"use of warehouse {warehouse}",
                "removed",
                f"Queries of {who} fail there.{remedy if swapped else ''}",
            )
        )


def _guarded(change: Change) -> list[str]:
    """What our guards would say, which compare with the state that an offline preview has not."""
    stops = []
    for urn in change.before.keys() & change.after.keys():
        old, new = change.before[urn].inputs, change.after[urn].inputs
        kind = change.after[urn].kind
        if kind == "cube-access:Guard":
            was, now = old.get("fixed") or {}, new.get("fixed") or {}
            changed = [
                f"{key} ({was[key]} -> {now.get(key)})" for key in was if was[key] != now.get(key)
            ]
            if changed and new.get("protect"):
                stops.append(
                    f"{', '.join(changed)}: it replaces {new.get('what')}. "
                    f"{new.get('consequence')} {new.get('remedy')}"
                )
    return stops


# The rest


def _resources(report: Report, change: Change) -> None:
    happens: dict[str, list[str]] = {}
    for urn, resource in {**change.before, **change.after}.items():
        if unknown.is_nothing(resource):
            continue
        before, after = change.before.get(urn), change.after.get(urn)
        name = f"{resource.kind} {resource.name}"
        if after is None:
            happens.setdefault("deleted", []).append(name)
        elif before is None:
            happens.setdefault("created", []).append(name)
        elif urn in change.replaced:
            happens.setdefault("replaced", []).append(name)
        elif changed := _changed(before, after, change.changes.get(urn, ())):
            happens.setdefault("updated", []).append(f"{name} ({', '.join(changed)})")
    report.resources = {key: sorted(names) for key, names in sorted(happens.items())}


def _changed(before: Resource, after: Resource, said: Iterable[str]) -> list[str]:
    """Names of inputs; never values, of which nobody has judged whether they are secret."""
    keys = (before.inputs.keys() | after.inputs.keys()) - set(after.ignored)
    differ = {key for key in keys if before.inputs.get(key) != after.inputs.get(key)}
    # Of secrets only the plugin knows that they differ. It also names what follows from the rest.
    named = {re.split(r"[.\[]", each)[0] for each in said}
    return sorted(differ | named & keys) or sorted(named)


def _cube_py(report: Report, change: Change) -> None:
    texts = change.cube_py()
    for component, (was, now) in sorted(texts.items()):
        of = f"of {component}: " if len(texts) > 1 else ""
        if now and not was:
            report.cube_py.append(f"{of}new, {len(now.splitlines())} lines")
        elif was and not now:
            report.cube_py.append(f"{of}gone with the stack's outputs")
        elif was != now:
            names = (f"{of}cube.py, before", f"{of}cube.py, after")
            lines = difflib.unified_diff(was.splitlines(), now.splitlines(), *names, lineterm="")
            report.cube_py += lines
