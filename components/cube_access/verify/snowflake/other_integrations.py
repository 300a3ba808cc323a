"""The integrations that this stack did not make, and by which the service account could sign in, or
people into another Cube.

Owns what these may not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from cube_access.facts.identifiers import items, plain, quoted
from cube_access.facts.principals import (
    ACCOUNTADMIN,
    BLOCKING_PARAMETERS,
    MUST_BE_BLOCKED,
    SNOWFLAKE_ADMINISTRATORS,
)
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.mark import MADE
from cube_access.verify.findings import Line
from cube_access.verify.looks import line
from cube_access.verify.snowflake.compare import Declared
from cube_access.verify.snowflake.eyes import Eyes, seen
from cube_access.verify.snowflake.integrations import described, own_integrations, parameter, texts

NOT_VISIBLE = "other-integrations"
"""By which a team accepts that its deployer does not see them all: only ACCOUNTADMIN does."""
OAUTH, EXTERNAL, SCIM = "OAUTH", "EXTERNAL_OAUTH", "SCIM"
MARKED = re.compile(re.escape(MADE).replace(re.escape("{}"), "[0-9a-f]{16}"))
"""The mark of any stack, in a comment."""


def others(
    eyes: Eyes, declared: Declared, settings: SnowflakeSettings, *, only_own_way: bool
) -> Iterator[Line]:
    """Integrations that this stack did not make, and that could sign the service account in, or
    people into another Cube.

    Args:
        only_own_way: whether the authentication policy was seen to keep their tokens out.
    """
    keyless = settings.keyless
    own = {*own_integrations(settings), keyless and keyless.integration}
    rows = [
        row
        for row in eyes.integrations.rows("SHOW SECURITY INTEGRATIONS")
        if str(row["name"]) not in own and str(row["type"]).startswith((OAUTH, EXTERNAL, SCIM))
    ]
    lines = list[Line]()
    for row in rows:
        name = str(row["name"])
        what = f"integration {plain(name)}, by which others may sign in"
        if str(row["type"]).startswith(EXTERNAL):
            if only_own_way:
                continue
            look = partial(_another_issuer, eyes, name, declared)
        elif str(row["type"]).startswith(SCIM):
            look = partial(_provisioner, eyes, name, declared)
        else:
            look = partial(
                _another_client, eyes, name, str(row["comment"] or ""), declared, settings
            )
        lines += seen(what, eyes.by, look, shown="settings")
    yield from lines
    role = str(eyes.integrations.rows("SELECT CURRENT_ROLE()")[0]["current_role()"])
    if role != ACCOUNTADMIN:
        yield Line(
            verdict="unseen",
            what=f"integrations that role {plain(role)} does not see, and that could sign the "
            "service account in, or people into another Cube",
            shown="settings",
            by=eyes.by,
            name=NOT_VISIBLE,
        )
    elif not any(each.verdict in ("extra", "unseen") for each in lines):
        what = f"no other integration signs the service account in; {len(rows)} looked at"
        yield Line(verdict="ok", what=what, shown="settings", by=eyes.by)


def _another_issuer(eyes: Eyes, name: str, declared: Declared) -> Iterator[Line]:
    """Whoever signs its tokens could sign one for the service account's name."""
    found = described(eyes, name)
    role = declared.role.name[0]
    blocked, allowed = (
        frozenset(items(found.get(key, "")))
        for key in ("EXTERNAL_OAUTH_BLOCKED_ROLES_LIST", "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST")
    )
    if found.get("ENABLED", "").lower() != "true" or role in blocked:
        return
    if allowed and role not in allowed:
        return
    integration = f"ALTER SECURITY INTEGRATION {quoted(name)}"
    if rest := sorted(allowed - {role}):
        fix = f"{integration} SET EXTERNAL_OAUTH_ALLOWED_ROLES_LIST = ({texts(rest)});"
    elif allowed:
        fix = f"{integration} SET ENABLED = FALSE;"
    else:
        added = parameter(eyes, BLOCKING_PARAMETERS[1])
        kept = blocked - (SNOWFLAKE_ADMINISTRATORS - MUST_BE_BLOCKED if added else set())
        listed = texts(sorted({*kept, role}))
        fix = f"{integration} SET EXTERNAL_OAUTH_BLOCKED_ROLES_LIST = ({listed});"
    yield Line(
        verdict="extra",
        what=f"{found.get('EXTERNAL_OAUTH_ISSUER')}, which integration {plain(name)} trusts, can "
        f"sign in as user {plain(declared.user)} in role {plain(role)}",
        shown="settings",
        by=eyes.by,
        holder=f"integration {plain(name)}",
        fix=fix,
    )


def _provisioner(eyes: Eyes, name: str, declared: Declared) -> Iterator[Line]:
    """Whoever has its token changes the users of the role that it runs as, and gives out the roles.

    https://docs.snowflake.com/en/sql-reference/sql/create-security-integration-scim
    """
    role = described(eyes, name).get("RUN_AS_ROLE", "")
    what = f"integration {plain(name)}, by which an identity provider writes users and roles"
    if not role:
        yield line("unseen", f"{what}: Snowflake does not show as which role", eyes.by)
        return
    owners = {declared.owners.of(kind) for kind in ("USER", "ROLE", "")}
    if role in {*owners, *SNOWFLAKE_ADMINISTRATORS}:
        what += f", runs as role {plain(role)}: it can change the service account, and give itself "
        what += "its role"
        # Snowflake says that to disable one has no effect, and has no statement for its role.
        hint = (
            "Drop it, and make it again to run as a role which owns what it has made, and nothing "
            "else."
        )
        holder = f"integration {plain(name)}"
        yield line("extra", what, eyes.by, holder=holder, hint=hint)


def _another_client(
    eyes: Eyes, name: str, comment: str, declared: Declared, settings: SnowflakeSettings
) -> Iterator[Line]:
    """Another client of people's that looks like this one. The service account cannot consent."""
    found = described(eyes, name)
    alike = name.startswith(settings.object_name)
    same = found.get("OAUTH_REDIRECT_URI", "") in settings.redirect_uris
    if found.get("ENABLED", "").lower() != "true" or not (alike or same):
        return
    what = f"integration {plain(name)} is a second OAuth app "
    what += "of Cube's redirect address" if same else "of this one's name"
    if MARKED.search(comment) and not (declared.mark and MADE.format(declared.mark) in comment):
        # Of another environment, which its own verification looks at.
        note = f"{what}; by the mark in its comment another stack of cube-access made it"
        yield Line(verdict="note", what=note, shown="settings", by=eyes.by)
        return
    yield Line(
        verdict="extra",
        what=f"{what}: people who consent to it may take it for this one",
        shown="settings",
        by=eyes.by,
        holder=f"integration {plain(name)}",
        fix=f"ALTER SECURITY INTEGRATION {quoted(name)} SET ENABLED = FALSE;",
    )
