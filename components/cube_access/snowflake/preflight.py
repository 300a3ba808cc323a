"""Stops a preview that names what the account does not have, or that would take away from others,
before anything is changed.

Owns what the account's answers mean and what is said about them; `lookup.py` asks, in our plugin's
process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from cube_access.component.arguments import Asked
from cube_access.facts.identifiers import plain
from cube_access.facts.principals import BLOCKING_PARAMETERS, MUST_BE_BLOCKED
from cube_access.lookup import Name, reason
from cube_access.offline import offline
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.allowed_roles import NOT_KNOWN, PROPERTY
from cube_access.snowflake.grants import Reading
from cube_access.snowflake.lookup import TOKEN
from cube_access.snowflake.oauth import blocked_list

PARAMETER, EXTERNAL_PARAMETER = BLOCKING_PARAMETERS
INHERITED_GRANTS = "FEATURE_RBAC_INHERITED_GRANTS"
WHAT_TO_DO = {
    "sign-in": "Check cube-access:snowflakeAccount, integrationRole and grantAdminRole, and the "
    "sign-in in SNOWFLAKE_* (docs/accounts.md).",
    "denied": "Give integrationRole and grantAdminRole what they need (docs/accounts.md).",
    "throttled": "The account answers that it is asked too much: wait, and run the same again.",
    "transport": "The account was not reached: check cube-access:snowflakeAccount and the network "
    "(docs/accounts.md), and run the same again.",
}
"""By the reason of a refusal, in the configuration's words."""


@dataclass(frozen=True)
class Found:
    """What the account answered."""

    object_types: Mapping[str, str]
    """TABLE, VIEW, … of each single object, by its plain name."""
    blocked_roles: Sequence[str]
    """The privileged roles that must be listed, because nothing else blocks them."""


def _privileged_roles(answer: Mapping[str, Any], parameter: str) -> list[str]:
    if str(answer["parameters"].get(parameter, "")).lower() == "true":
        return sorted(MUST_BE_BLOCKED)
    # A role that an account does not have cannot be listed.
    return list(answer["administrators"])


def _shadows(
    answer: Mapping[str, Any], wanted: Reading, allowed: bool
) -> tuple[list[str], list[str]]:
    """Errors and warnings about future grants. For one kind of object, Snowflake ignores a
    database's future grants in every schema that has future grants of its own, without a word.
    """
    errors: list[str] = []
    warnings: list[str] = []
    below = {(tuple(name), kind): who for name, kind, who in answer["below"]}
    for (database,), kind, who in answer["above"]:
        for schema in (each for each in wanted.whole_schemas if each[0] == database):
            effect = (
                f"the future grants on {kind} of database {plain(database)} (to {', '.join(who)})"
                f" in schema {plain(*schema)}"
            )
            if (schema, kind) in below:
                warnings.append(f"Snowflake ignores {effect}: the schema has its own.")
            elif allowed:
                warnings.append(f"From this apply on, Snowflake ignores {effect}.")
            else:
                errors.append(
                    f"\n  - {plain(*schema)}: Snowflake would ignore {effect} from then on"
                )
    for (schema, kind), who in below.items():
        if schema[:1] in wanted.whole_databases:
            warnings.append(
                f"new {kind} in {plain(*schema)} will not be readable: the schema "
                f"has future grants of its own (to {', '.join(who)}), so "
                "Snowflake ignores the database's there."
            )
    return errors, warnings


Named = tuple[str, pulumi.Output[str]]


def named(asked: Asked[SnowflakeSettings]) -> list[Named]:
    """What the args name and the component does not make, besides what is read: its kind, and its
    name.
    """
    settings, keyless = asked.settings, asked.settings.keyless
    found: list[Named] = []
    if settings.snowflake_warehouse:
        found.append(("WAREHOUSE", asked.text("snowflake_warehouse")))
    if settings.oauth_network_policy:
        found.append(("NETWORK POLICY", asked.text("oauth_network_policy")))
    every = [each for each in (keyless, settings.vouched_people) if each]
    found += [
        ("INTEGRATION", pulumi.Output.from_input(each.integration))
        for each in every
        if each.integration
    ]
    roles = [
        role
        for each in ("user_roles", "allowed_roles", "blocked_roles", "pre_authorized_roles")
        for _, role in asked.items(each)
    ]
    if settings.oauth_role:
        roles.append(asked.text("oauth_role"))
    roles += [pulumi.Output.from_input(role) for each in every for role in each.allowed_roles]
    found += [("ROLE", role) for role in roles]
    return found


async def _known(every: Iterable[Named]) -> list[tuple[str, Name]]:
    """Those whose names are known, each once."""
    names = [(kind, await Name.of(output)) for kind, output in every]
    known = {(kind, name.text): name for kind, name in names if name.text is not None}
    return [(kind, name) for (kind, _), name in known.items()]


def found_or_unknown(answer: Found | None) -> pulumi.Input[Found]:
    """What nobody could be asked yet is not known in a preview."""
    unknown: Any = pulumi.UNKNOWN
    return pulumi.Output.from_input(unknown) if answer is None else answer


def check(
    wanted: Reading,
    *,
    named: Iterable[Named],
    policy_schema: tuple[str, ...],
    account_name: pulumi.Output[str],
    shadow_future_grants: bool,
    blocked_roles_parameter: str,
    readers: Sequence[str],
    client: str,
    bounds: bool,
    blocked: Iterable[pulumi.Output[str]],
    trust: str,
    issuer: str,
    grant_role: pulumi.Output[str],
    integration_role: pulumi.Output[str],
    ready: pulumi.Output[object],
    say: Callable[[str], str],
    resource: pulumi.Resource,
) -> pulumi.Output[Found | None]:
    """Looks everything up; one error lists all that is wrong. What is not known yet is not looked
    for. None: nothing could be asked, because the account is not known yet.

    What is made from the answer waits for it: an `up` without a preview makes nothing, either.

    Args:
        named: what else there has to be.
        policy_schema: a schema that there has to be, too, if it has parts.
        blocked_roles_parameter: the account's, which adds the administrators to blocked roles.
        readers: our own roles that read or may have read, as statements name them; the one that
            reads comes first.
        client: our own OAuth client; empty: there is none.
        bounds: whether it is to have a list of allowed roles.
        blocked: the roles that it is to block besides the administrators'.
        trust: our own integration that trusts Cube Cloud; empty: there is none.
        issuer: the one that it trusts.
        grant_role: the role that asks; empty: the deployer's own.
        integration_role: the role that asks for the account's parameters.
        ready: known once there is something to look at.
        say: puts the configuration's keys into the caller's words.
        resource: the one that warnings are shown at, and whose provider asks.
    """

    async def look_up_all() -> Found | None:
        if offline():
            # Nobody is asked, and the preview is to show something: what is so in most accounts.
            tables = {plain(*name): "TABLE" for name in wanted.objects}
            return Found(tables, sorted(MUST_BE_BLOCKED))
        where = await Name.of(account_name)
        roles = [await Name.of(role) for role in (grant_role, integration_role)]
        if not await ready.is_known() or None in (where.text, *(role.text for role in roles)):
            return None
        known = await _known(named)
        schemas = [*wanted.schemas, *([policy_schema] if policy_schema else [])]
        answer = await _asked(
            {
                "account": where.text,
                "grantRole": roles[0].text,
                "integrationRole": roles[1].text,
                "named": [[kind, name.text] for kind, name in known],
                "databases": _lists(wanted.databases),
                "schemas": _lists(schemas),
                "objects": _lists(wanted.objects),
                "wholeSchemas": _lists(wanted.whole_schemas),
                "wholeDatabases": _lists(wanted.whole_databases),
                "imported": _lists(wanted.imported),
                "kinds": list(wanted.kinds),
                "readers": list(readers),
                "client": client,
                "bounds": bounds,
                "trust": trust,
                "issuer": issuer,
                "inherited": wanted.inherited,
            },
            resource,
            [where, *roles, *(name for _, name in known)],
        )
        if not answer:
            return None  # how to sign in is not known yet
        if refused := answer.get("refused"):
            why = WHAT_TO_DO.get(refused["reason"], WHAT_TO_DO["sign-in"])
            text = _hidden(refused["text"], [where, *roles])
            raise pulumi.RunError(
                f"account {where.shown} does not let the deployer look; nothing was changed: "
                f"{text}\n  {say(why)}"
            )
        # First: of a database that cannot be read so, the schemas may be hidden, too.
        _require_possible(answer, wanted, where, say)
        _require_all(answer, known, where)
        if not answer["knowsAllowedRoles"]:
            raise pulumi.RunError(
                f"account {where.shown} {NOT_KNOWN}; nothing was changed. "
                + say(
                    "Set cube-access:oauthAnyRole to true if that is meant, until the account has "
                    "it (docs/snowflake.md)."
                )
            )
        required = _privileged_roles(answer, blocked_roles_parameter)
        _require_blockable(answer, required, [await Name.of(role) for role in blocked], where, say)
        _require_trustable(answer, issuer, where, say)
        errors, warnings = _shadows(answer, wanted, shadow_future_grants)
        if errors:
            raise pulumi.RunError(
                "this would take future grants away from others; nothing was changed:"
                f"{''.join(errors)}\n  "
                + say(
                    "Read the whole database (cube-access:databases), or have those grants made on "
                    "the schemas too, or accept it with cube-access:shadowFutureGrants = true."
                )
            )
        for warning in warnings:
            pulumi.log.warn(warning, resource)
        for name in wanted.objects:
            pulumi.log.warn(
                f"the grant on {plain(*name)} goes when the table is rebuilt (CREATE OR REPLACE, "
                "as dbt does): run `pulumi up --refresh` then, or list its schema instead.",
                resource,
            )
        types = {plain(*name): kind for name, kind in answer["objectTypes"]}
        return Found(types, required)

    found: pulumi.Input[Found | None] = look_up_all()
    return pulumi.Output.from_input(found)


def _hidden(text: str, names: Iterable[Name]) -> str:
    """A text without those of the names that are secret."""
    for name in names:
        text = name.hide(text)
    return text


def _lists(names: Iterable[Sequence[str]]) -> list[list[str]]:
    return [list(name) for name in names]


async def _asked(
    arguments: dict[str, Any], resource: pulumi.Resource, names: Iterable[Name]
) -> dict[str, Any]:
    """What our plugin answers; empty where its sign-in is not known yet."""
    options = pulumi.InvokeOptions(parent=resource)
    try:
        return dict(await pulumi.runtime.invoke_async(TOKEN, arguments, options) or {})
    except Exception as error:
        said = f"the account was not asked; nothing was changed: {_hidden(reason(error), names)}"
        raise pulumi.RunError(said) from None


def _require_all(answer: Mapping[str, Any], known: Sequence[tuple[str, Name]], where: Name) -> None:
    """Raises pulumi.RunError, which lists what is not there."""
    secret = {(kind, name.text) for kind, name in known if name.is_secret}
    problems = "".join(
        f"\n  - {kind.lower()} [secret]: it cannot be used"
        if (kind, name[0]) in secret
        else f"\n  - {kind.lower()} {plain(*name)}: {why}"
        for kind, name, why in answer["missing"]
    )
    if problems:
        raise pulumi.RunError(
            f"the configuration names what the deployer cannot see in account {where.shown}; "
            f"nothing was changed:{problems}\n  Correct the names where they are configured "
            "(quote what is not upper case), or give the deployer access (docs/accounts.md)."
        )


def _require_possible(
    answer: Mapping[str, Any], wanted: Reading, where: Name, say: Callable[[str], str]
) -> None:
    """Raises pulumi.RunError for what the account has, and cannot be granted as asked."""
    if answer["imported"]:
        listed = ", ".join(plain(name) for name in answer["imported"])
        raise pulumi.RunError(
            f"{listed} of account {where.shown} is an imported database; nothing was changed. "
            "Snowflake grants all of such a database or nothing (IMPORTED PRIVILEGES): "
            + say(
                "list it in cube-access:importedDatabases, and nothing of it elsewhere, if the "
                "service account may read all of it. Else give the service account a view of what "
                "it may read, in a database of your own, and list that."
            )
        )
    if answer["notImported"]:
        listed = ", ".join(plain(name) for name in answer["notImported"])
        raise pulumi.RunError(
            f"{listed} of account {where.shown} is in "
            + say("cube-access:importedDatabases")
            + ", but no other account shares it; nothing was changed. "
            + say("List it in cube-access:databases, or its schemas in cube-access:schemas.")
        )
    if answer["applications"]:
        listed = ", ".join(plain(name) for name in answer["applications"])
        raise pulumi.RunError(
            f"{listed} of account {where.shown} is an application or an application package; "
            "nothing was changed. What is in it is read by the application's own roles, which no "
            "setting here grants: give the service account a view of what it may read, in a "
            "database of your own, and list that."
        )
    if wanted.inherited:
        opted = answer["parameters"].get(INHERITED_GRANTS, "")
        if opted and opted.upper() != "ENABLED":
            raise pulumi.RunError(
                say(f"cube-access:inheritedGrants is true, but {INHERITED_GRANTS} of account ")
                + f"{where.shown} is {opted}; nothing was changed. Let an ACCOUNTADMIN run "
                + say(
                    f"ALTER ACCOUNT SET {INHERITED_GRANTS} = 'ENABLED', or set inheritedGrants "
                    "to false."
                )
            )


def _require_blockable(
    answer: Mapping[str, Any],
    required: Sequence[str],
    chosen: Sequence[Name],
    where: Name,
    say: Callable[[str], str],
) -> None:
    """Raises pulumi.RunError for roles to be blocked that the client's list allows until now: the
    integration changes before its list does, and Snowflake takes no role in both.
    """
    blocked = blocked_list(required, [name.text for name in chosen if name.text is not None])
    if both := sorted({*blocked} & {*answer["allowedRoles"]}):
        secret = {name.text for name in chosen if name.is_secret}
        listed = ", ".join("[secret]" if each in secret else plain(each) for each in both)
        raise pulumi.RunError(
            f"{listed} may be used through Cube until now ({PROPERTY} of our own integration in "
            f"account {where.shown}), and Snowflake takes no role that is allowed and blocked; "
            "nothing was changed. "
            + say(
                "Take it out of what lets it in first (cube-access:allowedRoles, userRoles, "
                "oauthRole, preAuthorizedRoles), apply, and block it then. A role that was put "
                "into that list by hand has to be taken out by hand."
            )
        )


def _require_trustable(
    answer: Mapping[str, Any], issuer: str, where: Name, say: Callable[[str], str]
) -> None:
    """Raises pulumi.RunError for an issuer that another integration trusts."""
    if answer["trusting"]:
        raise pulumi.RunError(
            f"integration {plain(answer['trusting'])} of account {where.shown} trusts {issuer} "
            "already, and an account takes one for an issuer; nothing was changed. "
            + say(
                "Name it as integration in cube-access:cubeCloudIdentity or "
                "cube-access:cubeCloudSignIn, whichever there is, and list this environment's "
                "roles in allowedRoles where it is made (docs/snowflake.md)."
            )
        )
