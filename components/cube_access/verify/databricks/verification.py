"""One verification on Databricks: who looks at what, in which order.

Owns the two sign-ins. The service account looks and reads; the deployer, if asked for, only looks:
at what other principals' privileges and permissions are not for everybody to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from databricks.sdk.errors.base import DatabricksError

from cube_access.databricks.grants import reading, sentences
from cube_access.facts import unity
from cube_access.facts.principals import ACCOUNT_USERS
from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks import identity
from cube_access.verify.databricks.client import Client, Step, deployer, service_account
from cube_access.verify.databricks.doubles import doubles
from cube_access.verify.databricks.securables import (
    Declared,
    Found,
    Securable,
    brings,
    compare,
    look,
)
from cube_access.verify.deployed import CannotCheckError, Deployed, require_applied
from cube_access.verify.findings import DEPLOYER, SERVICE_ACCOUNT, Line, Verdict
from cube_access.verify.sampling import sample

PER_PLACE, OTHERS = 5, 20


def verify(
    deployed: Deployed, settings: DatabricksSettings, *, as_deployer: bool, step: Step
) -> list[Line]:
    """Every line of the report.

    Raises:
        CannotCheckError: the service account, or a deployer who was asked for, cannot sign in.
    """
    privileges = reading(settings.schemas, settings.tables)
    require_applied(deployed, sentences(privileges))
    declared = Declared(principal=deployed.service_account, privileges=privileges)
    me = service_account(settings, deployed.credential, step)
    who = identity.whoami(me)
    if who.application_id != declared.principal:
        raise CannotCheckError(
            f"the stored credential signs in as {who.application_id}, not as "
            f"{declared.principal}: run `pulumi up --refresh`."
        )
    try:
        return list(_all(deployed, settings, declared, me, who, as_deployer=as_deployer))
    except DatabricksError as error:
        raise CannotCheckError(f"Databricks broke it off: {error}") from None


def _all(
    deployed: Deployed,
    settings: DatabricksSettings,
    declared: Declared,
    me: Client,
    who: identity.Identity,
    *,
    as_deployer: bool,
) -> Iterator[Line]:
    names = {*who.names, ACCOUNT_USERS}
    warehouse = _warehouse(deployed, settings)
    seen = look(me, names, only=who.application_id)
    looker, by = me, SERVICE_ACCOUNT
    if as_deployer:
        looker, account = deployer(settings, me.step)
        by = DEPLOYER
        # A catalog that the deployer may not even list is where an extra would go unseen.
        seen = look(looker, names).with_what_only(seen)
    yield from compare(declared, seen, by)
    yield from identity.workspace(who, settings, lambda group: brings(seen, group), SERVICE_ACCOUNT)
    yield from identity.unless_refused(
        "SQL warehouses", by, lambda: identity.warehouses(looker, who, warehouse, by)
    )
    if as_deployer:
        yield from identity.unless_refused(
            "what users are entitled to", by, lambda: identity.users_entitlements(looker)
        )
        yield from identity.unless_refused(
            "credentials",
            by,
            lambda: identity.credentials(looker, account, deployed, settings, who),
        )
        yield from identity.unless_refused(
            "what is there twice", by, lambda: doubles(deployed.resources, me.step)
        )
        yield from identity.unless_refused(
            "who may use tokens", by, lambda: identity.token_use(looker, who, settings)
        )
    yield from _reads(me, declared, seen.tables(), warehouse)
    yield from _refusals(me, declared, seen, warehouse)
    held = {one.privilege for one in seen.assigned if not one.is_everybodys_anyway}
    if held and held <= unity.READING:
        words = ", ".join(sorted(held))
        what = f"nothing to write, create or grant with in a catalog: holds {words} only"
        yield Line(verdict="ok", what=what, shown="effective permissions", by=by)


def _warehouse(deployed: Deployed, settings: DatabricksSettings) -> str:
    if settings.sql_warehouse_id:
        return settings.sql_warehouse_id
    made = deployed.of_type("databricks:index/sqlEndpoint:SqlEndpoint")
    if not made:
        raise CannotCheckError(f"stack {deployed.stack} has no SQL warehouse: run `pulumi up`.")
    return str(made[0]["id"])


def _reads(
    me: Client, declared: Declared, tables: Sequence[Securable], warehouse: str
) -> Iterator[Line]:
    for place, privileges in declared.privileges.items():
        if "SELECT" not in privileges:
            continue
        inside = [
            one
            for one in tables
            if one.name.lower() == place.lower() or one.name.lower().startswith(f"{place.lower()}.")
        ]
        if not inside and place.count(".") == 2:
            inside = [Securable("table", place, "")]
        tried, failed = sample(inside, PER_PLACE), 0
        for one in tried:
            answer = me.reads(one.name, "VIEW" if one.is_view else "TABLE", warehouse)
            if not answer.read:
                failed += 1
                what = f"{one.name} cannot be read: {answer.reason}"
                fix = "pulumi up --refresh" if answer.refused else ""
                yield _tried("lack", what, fix)
        if not inside:
            yield _tried("ok", f"nothing to read in {place} yet")
        elif not failed:
            yield _tried("ok", f"reads {len(tried)} of {len(inside)} in {place}")


def _refusals(me: Client, declared: Declared, seen: Found, warehouse: str) -> Iterator[Line]:
    """Of what is not declared and has a name that somebody saw."""
    others = [one for one in seen.tables() if not declared.covers(one.name)]
    tried, refused = sample(others, OTHERS), 0
    for one in tried:
        answer = me.reads(one.name, "VIEW" if one.is_view else "TABLE", warehouse)
        if answer.refused:
            refused += 1
        elif not answer.read:
            yield _tried("unseen", f"reading {one.name}: {answer.reason}")
        elif not seen.explains_reading(one):
            what = f"reads {one.name}, and no privilege that was seen says why"
            yield _tried("extra", what, f"SHOW GRANTS ON {one.sql()};")
    yield _tried(
        "ok", f"refused to read {refused} of {len(tried)} tried, of {len(others)} others seen"
    )


def _tried(verdict: Verdict, what: str, fix: str = "") -> Line:
    return Line(verdict=verdict, what=what, shown="tried", by=SERVICE_ACCOUNT, fix=fix)
