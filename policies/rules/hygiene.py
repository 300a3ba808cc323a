"""Names, labels, environments that stay apart, and what must not be deleted by mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from . import grants
from .kinds import (
    CUSTOM_OAUTH,
    EXTERNAL_OAUTH,
    OAUTH_APP,
    OTHER_USERS,
    PRINCIPAL,
    ROLE_PRIVILEGES,
    SECRET,
    SERVICE_USER,
    STATEMENTS,
    databricks,
    snowflake,
)
from .rule import DISABLED, HIGH, LOW, MEDIUM, Judged, Report, Rule, names
from .values import UNKNOWN, SecretText, is_unknown, leaves

CUTS_OFF = OAUTH_APP | CUSTOM_OAUTH | EXTERNAL_OAUTH | PRINCIPAL | SERVICE_USER
NAMED = {
    **dict.fromkeys(
        CUSTOM_OAUTH
        | EXTERNAL_OAUTH
        | SERVICE_USER
        | OTHER_USERS
        | snowflake("AccountRole", "Role", "DatabaseRole", "Warehouse", "NetworkPolicy"),
        "name",
    ),
    **dict.fromkeys(OAUTH_APP | databricks("SqlEndpoint"), "name"),
    **dict.fromkeys(PRINCIPAL | databricks("Group"), "displayName"),
    SECRET: "name",
    "aws.secret": "name",
}
COMMENTED = (
    CUSTOM_OAUTH
    | EXTERNAL_OAUTH
    | SERVICE_USER
    | snowflake("AccountRole", "DatabaseRole", "Warehouse", "NetworkPolicy")
)
TAGGED = databricks("SqlEndpoint") | {SECRET, "aws.secret"}
# Properties that refer to what an environment is made of.
REFERENCES = frozenset(
    {
        "account",
        "accountname",
        "accountrolename",
        "allschemasindatabase",
        "catalog",
        "database",
        "databasename",
        "databaserolename",
        "defaultrole",
        "defaultwarehouse",
        "futureschemasindatabase",
        "host",
        "indatabase",
        "inschema",
        "objectname",
        "ondatabase",
        "parentrolename",
        "principal",
        "rolename",
        "schema",
        "schemaname",
        "table",
        "username",
        "view",
        "volume",
        "warehouse",
    }
)
HOSTS = ("host", "hostname")
TOP_LEVEL = re.compile(r"(\.[a-z]+)?\.[a-z]+$")
PARTS = re.compile(r'[."/:\s,;()]+')


def _names_by_pattern(judged: Judged, report: Report) -> None:
    name = judged.props.get(NAMED[judged.kind])
    pattern = judged.limits["pattern"]
    if name and not re.fullmatch(pattern, name):
        report(f"{name} does not match {pattern}.")


def _labels_present(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in COMMENTED:
        comment = props.get("comment") or ""
        if not re.search(judged.limits["comment"], comment):
            report(f"The comment {comment!r} does not match {judged.limits['comment']}.")
    if judged.kind in TAGGED:
        tags = props.get("tags") or {}
        custom = tags.get("customTags")
        there = set(tags) if custom is None else {tag["key"] for tag in custom}
        lacking = [tag for tag in judged.limits["tags"] if tag not in there]
        if lacking:
            report(f"The tags lack {', '.join(lacking)}.")


def _references(judged: Judged) -> Iterator[tuple[str, str]]:
    for props, owner in ((judged.props, ""), (judged.host, "its provider's ")):
        for path, key, value in leaves(props):
            statement = judged.kind in STATEMENTS and path in ("execute", "revert", "query")
            named = key.replace("_", "").lower() in REFERENCES or statement
            if named and value is not UNKNOWN and isinstance(value, str):
                yield f"{owner}{path}", value

    if judged.kind == ROLE_PRIVILEGES:
        if not is_unknown(judged.props, "role"):
            yield "role", judged.props.get("role") or ""
        held = () if is_unknown(judged.props, "privileges") else grants.entries(judged.props)
        for text, entry in held:  # names are in the keys
            name = ".".join(entry.name) if entry else text
            yield "privileges", SecretText(name) if isinstance(text, SecretText) else name


def _environments_apart(judged: Judged, report: Report) -> None:
    foreign = [pattern.lower() for pattern in judged.limits["foreign"]]
    for path, value in _references(judged) if foreign else ():
        # The domain of somebody's mail is no environment, and the end of a host's name is none.
        whole = TOP_LEVEL.sub("", value.lower()) if path.endswith(HOSTS) else value.lower()
        parts = [value.lower(), *([] if "@" in value else PARTS.split(whole))]
        hit = next((p for part in parts for p in foreign if part and fnmatchcase(part, p)), None)
        if hit:
            shown = value if isinstance(value, SecretText) else repr(value)
            where = "a statement" if judged.kind in STATEMENTS and "." not in path else shown
            report(f"{path} refers to {where}, and {hit} is of another environment.")


def _users_not_cut_off(judged: Judged, report: Report) -> None:
    if not judged.opts.protect:
        report(
            f"{judged.type_name} is not protected: one mistaken `up` replaces or deletes it, and "
            "its credentials with it."
        )


RULES = [
    Rule(
        name="names-by-pattern",
        description="Names follow the environment's pattern.",
        why="By its name, whoever finds it knows whose it is.",
        fix="Rename it.",
        url="https://docs.snowflake.com/en/sql-reference/identifiers",
        severity=LOW,
        level=DISABLED,
        kinds=frozenset(NAMED),
        check=_names_by_pattern,
        limits={
            "pattern": {
                "type": "string",
                "default": ".+",
                "description": "Regular expression for the whole name.",
            }
        },
    ),
    Rule(
        name="labels-present",
        description="What is made says by whom and for whom, in tags and comments.",
        why="What nobody owns, nobody takes away.",
        fix="Add them.",
        url="https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
        severity=LOW,
        level=DISABLED,
        kinds=frozenset(COMMENTED | TAGGED),
        check=_labels_present,
        limits={
            "tags": names("Keys that must be there, where a resource has tags."),
            "comment": {
                "type": "string",
                "default": ".",
                "description": "Regular expression that is found in the comment.",
            },
        },
    ),
    Rule(
        name="environments-apart",
        description="An environment refers to nothing of another one.",
        why="A dev service that reads prod, or the reverse, is found when it is too late.",
        fix="Name the catalog, database, schema, host or account of this environment, or change "
        "`foreign`.",
        url="https://docs.databricks.com/aws/en/data-governance/unity-catalog/best-practices",
        severity=HIGH,
        check=_environments_apart,
        limits={
            "foreign": names(
                "Names of other environments' things, * for a part; a part of a qualified name "
                "counts."
            ),
        },
    ),
    Rule(
        name="users-not-cut-off",
        description="What would cut people or Cube off is protected.",
        why="A new integration or principal has new credentials: everybody is signed out.",
        fix="Set the resource option protect to true.",
        url="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
        severity=MEDIUM,
        kinds=CUTS_OFF,
        check=_users_not_cut_off,
    ),
]
