"""Grants of privileges, on both warehouses: what they give, to whom, and for how long a preview
stays quiet about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import grants, sql
from ..kinds import (
    ACCOUNT_ROLE_OF,
    DATABASE_ROLE_OF,
    DATABRICKS_GRANT,
    LEGACY_GRANTS,
    LEGACY_ROLE_OF,
    PERMISSION,
    ROLE_NAME,
    ROLE_PRIVILEGES,
    SHARE_GRANT,
    STATEMENTS,
    databricks,
    on_snowflake,
    snowflake,
)
from ..ours import allowed, normal
from ..principals import DATABRICKS_EVERYBODY, PUBLIC
from ..rule import CRITICAL, DISABLED, HIGH, LOW, Judged, Report, Rule
from ..unity import privilege
from ..values import identifier, is_set, is_unknown, is_word, listed
from .owners import OWNED

# Where one grantee stands. Only something that this stack is about to make is unknown there:
# `unknowns-named` tells of any other, and `up` checks again with its name.
GRANTEE = {
    **dict.fromkeys(DATABRICKS_GRANT, "principal"),
    PERMISSION: "principal",
    ROLE_PRIVILEGES: "role",
    **ROLE_NAME,
    **dict.fromkeys(ACCOUNT_ROLE_OF | DATABASE_ROLE_OF, "parentRoleName"),
    **dict.fromkeys(snowflake("GrantApplicationRole"), "parentAccountRoleName"),
    **dict.fromkeys(OWNED, "owner"),
    **dict.fromkeys(databricks("SecretAcl"), "principal"),
    **dict.fromkeys(databricks("SecretScope"), "initialManagePrincipal"),
    **dict.fromkeys(databricks("PermissionAssignment"), "groupName"),
}
# Where many stand: the list, and the name in each entry.
LISTED = {
    **dict.fromkeys(databricks("Permissions"), ("accessControls", "groupName")),
    **{kind: (key, "principal") for kind, key in grants.DATABRICKS_LISTS.items()},
}
# Of roles on objects of the account: each entry names its principals with their kind in front.
RULE_SETS = databricks("AccessControlRuleSet")
KIND_IN_FRONT = re.compile("^(groups|users|servicePrincipals)/")
# Where others read what is given, by the properties that say so.
SHARED = {
    **dict.fromkeys(DATABASE_ROLE_OF | SHARE_GRANT, ("toShare", "shareName")),
    **dict.fromkeys(LEGACY_GRANTS, ("shares",)),
    **dict.fromkeys(databricks("Grant", "Grants"), ("share",)),
    **dict.fromkeys(snowflake("Share"), ("accounts",)),
}
NIST = ("NIST 800-53", "AC-6")


def _grants_read_only(judged: Judged, report: Report) -> None:
    kind = judged.kind
    for grant in grants.grants(judged):
        role = normal(grant.grantee or "", kind)
        mine = [each for each in judged.writers if role in allowed([each.role], kind)]
        creates = any(grant.database in allowed([w.database], kind) for w in mine if w.database)
        writes = creates or any(grant.schema in allowed([w.schema], kind) for w in mine if w.schema)
        # Its own schema, perhaps, which is about to be made: `up` judges it by its name.
        may_write = grant.schema == grants.NOT_KNOWN and bool(mine)
        wrong = grant.beyond_reading(writes or may_write, creates)
        if may_write and grant.beyond_reading():
            judged.not_known("schema")
        where = "" if grant.target == grants.IN_DATABRICKS else f" on {grant.target}"
        whom = grant.grantee or "one that is not known yet"
        if wrong:
            report(f"Grants {listed(wrong)}{where} to {whom}, which is more than reading.")


def _grants_not_passed_on(judged: Judged, report: Report) -> None:
    passed_on = is_word(judged.props.get("withGrantOption"), "true")
    if judged.kind in STATEMENTS:
        said = [each for _, each in grants.statements(judged)]
        passed_on = any(isinstance(each, sql.Privileges) and each.passed_on for each in said)
    elif judged.kind == ROLE_PRIVILEGES:
        passed_on = any(entry and entry.grant_option for _, entry in grants.entries(judged.props))
    if passed_on:
        report("WITH GRANT OPTION: the role could give to others what it may read.")


def _grants_to_somebody(judged: Judged, report: Report) -> None:
    everybody = {PUBLIC.lower()} if on_snowflake(judged.kind) else DATABRICKS_EVERYBODY
    given = judged.kind in DATABRICKS_GRANT and not is_unknown(judged.props, "privileges")
    what = judged.known(judged.props.get("privileges")) if given else ()
    if {privilege(each) for each in what} == {"BROWSE"}:
        return  # Databricks asks for it on a catalog, so that people find what they may ask for
    for name in _grantees(judged):
        if name and identifier(KIND_IN_FRONT.sub("", name)).lower() in everybody:
            report(f"Grants to {name}, which is everybody.")
    shared = [key for key in SHARED.get(judged.kind, ()) if is_set(judged.props, key)]
    shared += ["TO SHARE" for said in _given(judged) if said.grantee_kind == "SHARE"]
    for key in shared:
        report(f"Grants to a share ({key}), which other accounts read.")


def _given(judged: Judged) -> Iterator[sql.Privileges | sql.RoleOf]:
    """What the statements of an Execute give to somebody."""
    for _, said in grants.statements(judged) if judged.kind in STATEMENTS else ():
        if isinstance(said, sql.GIVES) and not said.revokes:
            yield said


def _grantees(judged: Judged) -> Iterator[Any]:
    props = judged.props
    key = GRANTEE.get(judged.kind)
    if key and not is_unknown(props, key):
        yield props.get(key)
    elif judged.kind in STATEMENTS:
        for said in _given(judged):
            yield said.grantee
    elif judged.kind in LEGACY_GRANTS | LEGACY_ROLE_OF:
        yield from judged.known(props.get("roles"))
    elif judged.kind in grants.DATABRICKS_POLICY and props.get("grant"):
        yield from judged.known(props.get("toPrincipals"))
    elif judged.kind in RULE_SETS:
        for entry in judged.known(props.get("grantRules")):
            with judged.later():
                yield from judged.known(entry.get("principals"))
    elif judged.kind in LISTED:
        entries, name = LISTED[judged.kind]
        for entry in judged.known(props.get(entries)):
            with judged.later():
                yield entry.get(name)


def _grants_settle(judged: Judged, report: Report) -> None:
    if is_word(judged.props.get("alwaysApply"), "true"):
        report("alwaysApply is true: every preview shows a change, and real ones are overlooked.")


def _reads_schemas_only(judged: Judged, report: Report) -> None:
    for grant in grants.grants(judged):
        if grant.whole_catalog and any(p.upper() == "SELECT" for p in grant.privileges):
            report("Grants SELECT on a whole catalog or database, with every schema to come.")


RULES = [
    Rule(
        name="grants-read-only",
        description="Grants give reading only.",
        why="A role that may write, or manage grants, can change data or widen its own access.",
        fix="Grant only USE_CATALOG, USE_SCHEMA, SELECT and BROWSE; on Snowflake USAGE on a "
        "database, schema, warehouse or function, and SELECT on tables and views. A role that "
        "writes in a schema of its own is named in the `writers` of `writers-listed`.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-privileges",
        severity=CRITICAL,
        kinds=frozenset(grants.KINDS),
        check=_grants_read_only,
        references=[NIST],
    ),
    Rule(
        name="grants-not-passed-on",
        description="Nobody may pass on what was granted.",
        why="With the grant option the reader decides who else reads.",
        fix="Leave the grant option out.",
        url="https://docs.snowflake.com/en/sql-reference/sql/grant-privilege",
        severity=HIGH,
        kinds=frozenset(grants.ROLE_GRANTS | LEGACY_GRANTS | STATEMENTS | {ROLE_PRIVILEGES}),
        check=_grants_not_passed_on,
        references=[NIST],
    ),
    Rule(
        name="grants-to-somebody",
        description="Nothing is granted to everybody.",
        why="What PUBLIC or `account users` may read, every user and every other service may.",
        fix="Name a service principal, a group or a role.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-overview",
        severity=CRITICAL,
        kinds=frozenset(GRANTEE)
        | STATEMENTS
        | LEGACY_GRANTS
        | LEGACY_ROLE_OF
        | RULE_SETS
        | grants.DATABRICKS_POLICY
        | set(SHARED)
        | set(LISTED),
        check=_grants_to_somebody,
        references=[NIST],
    ),
    Rule(
        name="grants-settle",
        description="A grant that is made shows no change in the next preview.",
        why="Reviewers stop reading previews that always show a change.",
        fix="Leave it out, and grant on all and on future objects.",
        url="https://www.pulumi.com/registry/packages/snowflake/api-docs/"
        "grantprivilegestoaccountrole/",
        severity=LOW,
        kinds=grants.ROLE_GRANTS,
        check=_grants_settle,
    ),
    Rule(
        name="reads-schemas-only",
        description="Reading is granted on schemas and tables, not on whole catalogs.",
        why="A schema that is added later would be readable without anybody's decision.",
        fix="Grant SELECT on the schemas that are needed.",
        url="https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/",
        severity=HIGH,
        level=DISABLED,
        kinds=frozenset(grants.KINDS),
        check=_reads_schemas_only,
        references=[NIST],
    ),
]
