"""The audit as one HTML file, of the same make as the access report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from cube_access.audit.model import (
    EXCEPTED,
    NOT_JUDGED,
    NOTHING,
    OFF,
    PASSED,
    TOLD,
    VIOLATED,
    Audit,
    Finding,
    Rule,
)
from cube_access.report.html import bullets, code, document, header, section, table
from cube_access.report.matrix import plural

HEAD = (
    *("rule", "came of it", "judged", "passed", "violated", "could not judge"),
    *("excepted", "level", "asked for by"),
)
LIMITS = (
    "What was changed in a cloud by hand: a state says what the last `pulumi up` applied.",
    "What other stacks and other people gave to the same identities.",
    "What a cloud answered about a resource: a rule about one resource reads its inputs.",
    "Resources that no rule looks at. unknowns-named tells which of them could give something.",
)


def render(audit: Audit) -> str:
    body = [
        _header(audit),
        _alarms(audit),
        *_subjects(audit.rules),
        _findings("Violations", audit.rules, VIOLATED),
        _findings("About the run", audit.rules, TOLD),
        _unknown(audit.rules),
        _exceptions(audit),
        bullets("What this audit cannot know", LIMITS, standing=True),
    ]
    return document(f"Audit: {audit.stack}", "".join(body))


def chips(audit: Audit) -> list[tuple[str, str]]:
    """The audit in a few words, each with its tone."""
    binding, unsure = len(audit.violations), len(audit.open)
    advice, unseen, left = len(audit.advice), audit.unseen, audit.left_out
    found = [
        ("bad", f"{plural(binding, 'rule')} violated" if binding else ""),
        ("warn", f"{plural(advice, 'advisory rule')} violated" if advice else ""),
        ("warn", f"{plural(unsure, 'rule')} could not judge all" if unsure else ""),
        ("warn", f"{plural(unseen, 'resource')} that no rule judges in full" if unseen else ""),
        ("warn", f"{plural(left, 'resource')} that no rule was shown" if left else ""),
        ("warn", "" if audit.binds else "no rule is mandatory"),
        ("", f"{audit.count(PASSED)} passed"),
        ("", f"{excepted} excepted" if (excepted := audit.count(EXCEPTED)) else ""),
        ("", f"{audit.count(NOTHING)} had nothing to judge"),
        ("", f"{off} off" if (off := audit.count(OFF)) else ""),
    ]
    return [(tone, text) for tone, text in found if text]


def _header(audit: Audit) -> str:
    unsure = any(tone == "warn" for tone, _ in chips(audit))
    tone = "bad" if audit.violations else "warn" if unsure else "good"
    configured = audit.configuration or "the pack's own defaults"
    source = (
        f"{audit.source}, project {audit.project}: {plural(len(audit.resources), 'resource')}. "
        f"{audit.time:%Y-%m-%d %H:%M} UTC. Policy pack {audit.pack}, configured by {configured}. "
        f"cube-access {audit.version}."
    )
    if audit.left_out:
        source += (
            f" {plural(audit.left_out, 'resource')} more: to be deleted after a replacement, or "
            "under way when a run ended. No rule is shown these."
        )
    if audit.hides_secrets:
        source += " What is secret was hidden from the rules."
    elif any(rule.unknown for rule in audit.rules):
        source += " Some values were hidden or not known."
    return header(f"Audit: {code(audit.stack)}", tone, chips(audit), source)


def _alarms(audit: Audit) -> str:
    items = "".join(
        f"<li><b>{code(rule.name)} is violated</b> by {plural(rule.violated, 'resource')}. "
        f"{escape(rule.why)}</li>"
        for rule in audit.violations
    )
    if not items:
        return ""
    return f'<section class="alarm" aria-label="To look at first"><ul>{items}</ul></section>\n'


def _subjects(rules: Sequence[Rule]) -> Iterable[str]:
    for subject, group in groupby(rules, key=lambda rule: rule.subject):
        rows = [
            [
                f'<a href="{escape(rule.url)}">{code(rule.name)}</a><br>{escape(rule.description)}',
                escape(rule.status),
                *map(str, _counts(rule)),
                escape(rule.level),
                "<br>".join(map(escape, rule.asked_for_by)),
            ]
            for rule in group
        ]
        title = f"Rules: {subject}"
        yield section(escape(title), table(title, HEAD, rows), count=plural(len(rows), "rule"))


def _counts(rule: Rule) -> tuple[int, ...]:
    judged = (len(rule.resources), rule.passed, rule.violated, rule.not_judged)
    return (*judged, len(rule.excepted))


def _findings(title: str, rules: Iterable[Rule], status: str) -> str:
    found = [rule for rule in rules if rule.status == status]
    parts = [
        f"<h3>{code(rule.name)}</h3>\n<p>{escape(rule.why)} {escape(rule.fix)}</p>\n"
        f"{_list(rule.name, rule.findings)}"
        for rule in found
    ]
    count = sum(len(rule.findings) for rule in found)
    return section(title, "".join(parts), count=f"{count}") if parts else ""


def _list(name: str, findings: Iterable[Finding]) -> str:
    rows = [[code(each.resource), _lines(each.message)] for each in findings]
    return table(name, ("resource", "what"), rows)


def _lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))


def _unknown(rules: Iterable[Rule]) -> str:
    rows = [
        [code(rule.name), code(each.resource), _lines(each.message)]
        for rule in rules
        for each in rule.unknown
    ]
    if not rows:
        return ""
    head = ("rule", "resource", "why")
    caption = "What could not be judged: of each rule and resource the first value, no others"
    body = table(caption, head, rows)
    return section("What could not be judged", body, count=f"{len(rows)}")


def _exceptions(audit: Audit) -> str:
    keys = ("rule", "resource", "reason", "owner", "expires")
    rows = [[escape(f"{each.get(key, '')}") for key in keys] for each in audit.exceptions]
    if not rows:
        return ""
    return section("Exceptions that apply", table("Exceptions", keys, rows), count=f"{len(rows)}")


def summary(audit: Audit, files: Iterable[object]) -> str:
    """The audit in a few lines, for a terminal."""
    said = [f"audit: {audit.stack}: {', '.join(text for _, text in chips(audit))}"]
    for rule in audit.rules:
        if rule.status in (VIOLATED, NOT_JUDGED) or rule.unknown:
            what = f"{rule.violated} violate, " if rule.violated else ""
            said.append(
                f"  {rule.name} ({rule.level}): of {plural(len(rule.resources), 'resource')} "
                f"{what}{rule.passed} passed, {rule.not_judged} could not be judged"
            )
        elif rule.status == TOLD:
            said.append(
                f"  {rule.name} ({rule.level}): tells of {plural(rule.violated, 'resource')}"
            )
    return "\n".join([*said, f"  {', '.join(map(str, files))}"])
