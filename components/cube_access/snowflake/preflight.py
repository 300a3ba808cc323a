"""Stops a preview that names what the account does not have, or that would take away from others,
before anything is changed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_snowflake as snowflake

from cube_access.arguments import Asked
from cube_access.lookup import Name, look_up, reason
from cube_access.offline import offline
from cube_access.settings import SnowflakeSettings
from cube_access.settings.identity import PRIVILEGED_ROLES
from cube_access.snowflake.grants import Name as Parts
from cube_access.snowflake.grants import Reading
from cube_access.snowflake.identifiers import parse, plain, quoted, speakable

# While it is TRUE (the default), Snowflake blocks these by itself, and listing some but not all of
# those that an account has is refused.
PARAMETER = "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
EXTERNAL_PARAMETER = f"EXTERNAL_{PARAMETER}"  # the same, for an identity provider's tokens
ADDED_BY_PARAMETER = frozenset({"ACCOUNTADMIN", "GLOBALORGADMIN", "ORGADMIN", "SECURITYADMIN"})
INHERITED_GRANTS = "FEATURE_RBAC_INHERITED_GRANTS"
# The plugin's name for the data source that reads the parameter.
PREVIEW_FEATURE = "snowflake_parameters_datasource"


@dataclass(frozen=True)
class Found:
    """What the account answered."""

    object_types: Mapping[str, str]
    """TABLE, VIEW, … of each single object, by its plain name."""
    blocked_roles: Sequence[str]
    """The privileged roles that must be listed, because nothing else blocks them."""


class _Account:
    """Asks the account through the plugin, as the engine does at every preview."""

    def __init__(self, provider: snowflake.Provider) -> None:
        self._provider = provider

    async def ask(self, function: str, **arguments: Any) -> dict[str, Any]:
        return await look_up("snowflake", function, arguments, self._provider)

    async def grants(self, **arguments: Any) -> list[dict[str, Any]]:
        return list((await self.ask("getGrants", **arguments)).get("grants") or [])

    async def exists(self, kind: str, *name: str) -> str:
        """Why it cannot be used; empty if it can. Everything has an owner, so it has a grant."""
        try:
            if speakable(*name):
                await self.grants(grantsOn={"objectType": kind, "objectName": quoted(*name)})
                return ""
            found = await (self.databases() if kind == "DATABASE" else self.schemas(name[0]))
            # Nowhere is nothing: an empty answer is one of an account that was not asked.
            missing = "does not exist or not authorized" if found and name[-1] not in found else ""
        except Exception as error:
            missing = reason(error)
        return f"\n  - {kind.lower()} {plain(*name)}: {missing}" if missing else ""

    async def has(self, kind: str, name: Name) -> str:
        """As `exists`, of a name that may be secret."""
        problem = await self.exists(kind, str(name.text))
        return (
            f"\n  - {kind.lower()} [secret]: it cannot be used"
            if problem and name.is_secret
            else problem
        )

    async def object_type(self, name: Parts) -> tuple[str, str]:
        """What kind of object it is, or why that cannot be told."""
        if not speakable(*name):
            # No data source that is the same in every plugin lists tables: `up` finds out.
            try:
                return ("VIEW" if name in await self.views(name[0]) else "TABLE"), ""
            except Exception as error:
                return "", f"\n  - table or view {plain(*name)}: {reason(error)}"
        problem = ""
        for kind in ("TABLE", "VIEW"):
            try:
                on = {"objectType": kind, "objectName": quoted(*name)}
                rows = await self.grants(grantsOn=on)
            except Exception as error:
                problem = f"\n  - table or view {plain(*name)}: {reason(error)}"
            else:
                # Rows of inherited grants have no name: they are of what the object is in.
                own = [str(row["grantedOn"]).replace("_", " ") for row in rows if row["name"]]
                return (own[0] if own else kind), ""
        return "", problem

    async def future_kinds(self, container: str, *name: str) -> dict[str, set[str]]:
        """Kinds of object, in the plural, with who is granted something on future ones. Of what
        the plugin cannot be told: none.
        """
        if not speakable(*name):
            return {}
        rows = await self.grants(futureGrantsIn={container: quoted(*name)})
        found: dict[str, set[str]] = {}
        for row in rows:
            # The plugin leaves grantedOn empty here; the kind stands in the name: "DB"."<TABLE>".
            kind = re.search(r"<([^>]+)>", str(row["name"]))
            if kind:
                plural = f"{kind[1].replace('_', ' ')}S"
                found.setdefault(plural, set()).add(plain(*parse(str(row["granteeName"]))))
        return found

    async def databases(self) -> list[str]:
        rows = await self._listed("getDatabases", "databases", withParameters=False)
        return [row["name"] for row in rows]

    async def schemas(self, database: str) -> list[str]:
        where = self._inside(database)
        rows = await self._listed("getSchemas", "schemas", withParameters=False, **where)
        names = [row["name"] for row in rows if row["databaseName"] == database]
        return sorted(name for name in names if name != "INFORMATION_SCHEMA")

    async def views(self, database: str) -> list[Parts]:
        rows = await self._listed("getViews", "views", **self._inside(database))
        return [(row["databaseName"], row["schemaName"], row["name"]) for row in rows]

    def _inside(self, database: str) -> dict[str, Any]:
        place = {"database": quoted(database)} if speakable(database) else {"account": True}
        return {"in": place}

    async def _listed(self, function: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
        answer = await self.ask(function, withDescribe=False, **arguments)
        return [each["showOutputs"][0] for each in answer.get(key) or []]

    async def answers(self) -> bool:
        """Whether anybody is asked: a plugin that is not configured, as in an offline preview
        (docs/report.md), gives nothing, not even that it found none.
        """
        return bool(await self.ask("getParameters", parameterType="ACCOUNT", pattern=PARAMETER))

    async def parameter(self, name: str) -> str:
        """An account's parameter; empty if it has none of this name."""
        asked = {"parameterType": "ACCOUNT", "pattern": name}
        rows = (await self.ask("getParameters", **asked)).get("parameters")
        return str(rows[0]["value"]) if rows else ""


async def _privileged_roles(account: _Account, parameter: str) -> list[str]:
    if (await account.parameter(parameter)).lower() == "true":
        return sorted(set(PRIVILEGED_ROLES) - ADDED_BY_PARAMETER)
    # A role that an account does not have cannot be listed.
    listed = (await account.ask("getAccountRoles", like="%ADMIN")).get("accountRoles") or []
    names = {each["showOutputs"][0]["name"] for each in listed}
    return sorted(names.intersection(PRIVILEGED_ROLES))


async def _shadows(
    account: _Account, wanted: Reading, allowed: bool
) -> tuple[list[str], list[str]]:
    """Errors and warnings about future grants. For one kind of object, Snowflake ignores a
    database's future grants in every schema that has future grants of its own, without a word.
    """
    errors: list[str] = []
    warnings: list[str] = []
    if wanted.inherited:
        return errors, warnings  # they are no future grants, and shadow none
    for database in sorted({schema[:1] for schema in wanted.whole_schemas}):
        above = await account.future_kinds("database", *database)
        for kind in sorted(above.keys() & set(wanted.kinds)):
            who = ", ".join(sorted(above[kind]))
            for schema in (each for each in wanted.whole_schemas if each[:1] == database):
                has = await account.future_kinds("schema", *schema)
                effect = (
                    f"the future grants on {kind} of database {plain(*database)} (to {who})"
                    f" in schema {plain(*schema)}"
                )
                if kind in has:
                    warnings.append(f"Snowflake ignores {effect}: the schema has its own.")
                elif allowed:
                    warnings.append(f"From this apply on, Snowflake ignores {effect}.")
                else:
                    errors.append(
                        f"\n  - {plain(*schema)}: Snowflake would ignore {effect} from then on"
                    )
    for database in wanted.whole_databases:
        names = await account.schemas(database[0])
        below = await asyncio.gather(
            *(account.future_kinds("schema", database[0], name) for name in names)
        )
        for name, kinds in zip(names, below, strict=True):
            for kind in sorted(kinds.keys() & set(wanted.kinds)):
                warnings.append(
                    f"new {kind} in {plain(database[0], name)} will not be readable: the schema "
                    f"has future grants of its own (to {', '.join(sorted(kinds[kind]))}), so "
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
    if keyless and keyless.integration:
        found.append(("INTEGRATION", pulumi.Output.from_input(keyless.integration)))
    roles = [
        role
        for each in ("user_roles", "blocked_roles", "pre_authorized_roles")
        for _, role in asked.items(each)
    ]
    if settings.oauth_role:
        roles.append(asked.text("oauth_role"))
    roles += [pulumi.Output.from_input(role) for role in (keyless.allowed_roles if keyless else ())]
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


def check_account(
    wanted: Reading,
    *,
    named: Iterable[Named],
    policy_schema: tuple[str, ...],
    account_name: pulumi.Output[str],
    shadow_future_grants: bool,
    blocked_roles_parameter: str,
    grant_admin: snowflake.Provider,
    integration_admin: snowflake.Provider,
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
        ready: known once there is something to look at.
        say: puts the configuration's keys into the caller's words.
        resource: the one that warnings are shown at.
    """
    account = _Account(grant_admin)

    async def look_up_all() -> Found | None:
        if not (offline() or await ready.is_known()):
            return None
        administrator = _Account(integration_admin)
        where = await Name.of(account_name)
        try:
            answered = await administrator.answers()
        except Exception as error:
            raise pulumi.RunError(
                f"account {where.shown} does not let the deployer look; nothing was changed: "
                f"{where.hide(reason(error))}\n  "
                + say(
                    "Check cube-access:snowflakeAccount and integrationRole, and the sign-in in "
                    "SNOWFLAKE_* (docs/accounts.md)."
                )
            ) from None
        if not answered and not offline():
            return None
        if not answered:
            # Nobody is asked, and the preview is to show something: what is so in most accounts.
            tables = {plain(*name): "TABLE" for name in wanted.objects}
            return Found(tables, sorted(set(PRIVILEGED_ROLES) - ADDED_BY_PARAMETER))
        names = [("DATABASE", *name) for name in wanted.databases]
        names += [("SCHEMA", *name) for name in wanted.schemas]
        names += [("SCHEMA", *policy_schema)] if policy_schema else []
        lookups = await asyncio.gather(*(account.exists(*name) for name in names))
        lookups += await asyncio.gather(
            *(account.has(kind, name) for kind, name in await _known(named))
        )
        types = await asyncio.gather(*(account.object_type(name) for name in wanted.objects))
        problems = "".join((*lookups, *(problem for _, problem in types)))
        if problems:
            raise pulumi.RunError(
                f"the configuration names what the deployer cannot see in account {where.shown}; "
                f"nothing was changed:{problems}\n  Correct the names where they are configured "
                "(quote what is not upper case), or give the deployer access (docs/accounts.md)."
            )
        if wanted.inherited:
            opted = await administrator.parameter(INHERITED_GRANTS)
            if opted and opted.upper() != "ENABLED":
                raise pulumi.RunError(
                    say(f"cube-access:inheritedGrants is true, but {INHERITED_GRANTS} of account ")
                    + f"{where.shown} is {opted}; nothing was changed. Let an ACCOUNTADMIN run "
                    + say(
                        f"ALTER ACCOUNT SET {INHERITED_GRANTS} = 'ENABLED', or set inheritedGrants "
                        "to false."
                    )
                )
        errors, warnings = await _shadows(account, wanted, shadow_future_grants)
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
        object_types = {
            plain(*name): kind for name, (kind, _) in zip(wanted.objects, types, strict=True)
        }
        privileged = await _privileged_roles(administrator, blocked_roles_parameter)
        return Found(object_types, privileged)

    found: pulumi.Input[Found | None] = look_up_all()
    return pulumi.Output.from_input(found)
