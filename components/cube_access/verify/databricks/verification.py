"""One verification on Databricks: who looks at what, in which order.

Owns the two sign-ins. The service account looks and reads; the deployer, if asked for, only looks:
at what other principals' privileges and permissions are not for everybody to see, and at why the
service account cannot sign in, if so.
"""

from __future__ import annotations

from collections.abc import Iterator

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound

from cube_access.databricks.grants import reading, sentences
from cube_access.facts import unity
from cube_access.facts.principals import ACCOUNT_USERS
from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks import groups, identity, securables, sign_in, ways
from cube_access.verify.databricks.app import app, live
from cube_access.verify.databricks.client import (
    Client,
    SignInError,
    Step,
    deployer,
    service_account,
)
from cube_access.verify.databricks.doubles import doubles
from cube_access.verify.databricks.looks import TROUBLE, reason, seen
from cube_access.verify.databricks.securables import Declared, Found, Securable, compare
from cube_access.verify.databricks.walk import look
from cube_access.verify.databricks.warehouses import Looked, Ours, warehouses
from cube_access.verify.deployed import CannotCheckError, Deployed, require_applied
from cube_access.verify.findings import DEPLOYER, REFRESH, SERVICE_ACCOUNT, Line, Verdict
from cube_access.verify.looks import line
from cube_access.verify.sampling import sample

PER_PLACE, OTHERS = 5, 20
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
PERMISSION = "cube-access:databricks:Permission"
SECRETS, TOKENS = CREDENTIALS = ("OAuth secrets", "personal access tokens")
NOTHING_TRIED = "nothing was tried: what it reads, and is refused, is judged from privileges"
"""What the deployer's look alone leaves unproven."""
ONLY_THE_DEPLOYER_SEES = (
    "what only the deployer's look shows was not looked at (--deployer): who else may become the "
    "service account, the OAuth app, what others hold, and the metastore"
)


def verify(
    deployed: Deployed, settings: DatabricksSettings, *, as_deployer: bool, step: Step
) -> tuple[list[Line], bool]:
    """Every line of the report, and whether the service account signed in.

    Without a credential the deployer looks alone; and if the service account cannot sign in, and a
    deployer was asked for, says why, too.

    Raises:
        CannotCheckError: the service account, with no deployer to look, or a deployer who was asked
            for, cannot sign in.
    """
    privileges = reading(settings.schemas, settings.tables)
    require_applied(deployed, sentences(privileges))
    declared = Declared(principal=deployed.service_account, privileges=privileges)
    me, refusal = None, ""
    try:
        if deployed.credential:
            client = service_account(settings, deployed.credential, step)
            who, me = identity.whoami(client), client
    except SignInError as error:
        if not as_deployer:
            raise CannotCheckError(f"{error}. {sign_in.ASK_THE_DEPLOYER}") from None
        refusal = error.said
    except TROUBLE as error:
        raise CannotCheckError(f"Databricks broke it off: {reason(error)}") from None
    if me and who.application_id != declared.principal:
        raise CannotCheckError(
            f"the stored credential signs in as {who.application_id}, not as "
            f"{declared.principal}: run `pulumi up --refresh`."
        )
    run = _Run(deployed, settings, declared, step)
    try:
        if me is None:
            return list(run.without_sign_in(refusal)), False
        return list(run.all(me, who, as_deployer=as_deployer)), True
    except TROUBLE as error:
        raise CannotCheckError(f"Databricks broke it off: {reason(error)}") from None


class _Run:
    """One verification of one stack."""

    def __init__(
        self, deployed: Deployed, settings: DatabricksSettings, declared: Declared, step: Step
    ) -> None:
        self.deployed, self.settings, self.declared = deployed, settings, declared
        self.step = step
        self.accounts = f"/api/2.0/accounts/{settings.databricks_account_id}"
        self.warehouse = warehouse_of(deployed, settings)
        self.refused = False
        """Whether the sign-in was: then what is wrong with the credential is said already."""

    def all(self, me: Client, who: identity.Identity, *, as_deployer: bool) -> Iterator[Line]:
        names = {who.application_id, ACCOUNT_USERS, *(name for _, name in who.groups)}
        if not as_deployer:
            joined = self._groups(me, None, who)
            found = look(me, names, only=who.application_id)
            yield from self._looked(me, None, who, joined, found, SERVICE_ACCOUNT)
            fix = f"cube-access verify --stack {self.deployed.stack} --deployer"
            yield line("unseen", ONLY_THE_DEPLOYER_SEES, SERVICE_ACCOUNT, fix)
        else:
            looker, account = deployer(self.settings, self.step)
            joined = self._groups(looker, account, who)
            names |= {group.name for group in joined.found.values()}
            # A catalog that the deployer may not even list is where an extra would go unseen.
            own = look(me, names, only=who.application_id)
            found = look(looker, names).with_what_only(own)
            yield from self._looked(looker, account, who, joined, found, DEPLOYER)
        warehouse = me.usable(self.warehouse)
        if warehouse:
            yield _tried("unseen", f"reading, and being refused, was not tried: {warehouse}")
            return
        yield from _reads(me, self.declared, found, self.warehouse)
        yield from _refusals(me, self.declared, found, self.warehouse)

    def without_sign_in(self, refusal: str) -> Iterator[Line]:
        """The deployer's look alone.

        Args:
            refusal: of a sign-in that was tried; empty if none was.
        """
        looker, account = deployer(self.settings, self.step)
        made = self.deployed.of_type(PRINCIPAL)
        who = identity.Identity(
            application_id=self.declared.principal,
            numeric_id=str(made[0]["id"]) if made else "",
            groups=(),
            entitlements=None,
        )
        if refusal:
            self.refused = True
            yield from seen(
                looker,
                "why it cannot sign in",
                DEPLOYER,
                lambda: sign_in.why(looker, account, self.deployed, self.settings, who, refusal),
            )
            what = "what it can read, and is refused, was not tried: it cannot sign in"
            yield line("unseen", what, DEPLOYER, shown="tried")
        try:
            who = identity.told(looker, who.application_id, who.numeric_id)
        except NotFound:
            if not refusal:
                fix = f"{identity.assignment(who, self.settings)}\n{REFRESH}"
                what = "the workspace does not know the service principal"
                yield line("lack", what, DEPLOYER, fix)
            what = "nothing else was looked at: the workspace does not know the service principal"
            yield line("unseen", what, DEPLOYER)
            return
        except TROUBLE as error:
            looker.note(error)
            yield line("unseen", f"who it is in the workspace: {reason(error)}", DEPLOYER)
        joined = self._groups(looker, account, who)
        names = {who.application_id, ACCOUNT_USERS, *(g.name for g in joined.found.values())}
        found = look(looker, names)
        yield from self._looked(looker, account, who, joined, found, DEPLOYER)

    def _groups(
        self, looker: Client, account: AccountClient | None, who: identity.Identity
    ) -> groups.Groups:
        return groups.groups(
            looker,
            account,
            own_id=who.numeric_id,
            account_id=self.settings.databricks_account_id,
            known=who.groups,
        )

    def _looked(
        self,
        looker: Client,
        account: AccountClient | None,
        who: identity.Identity,
        joined: groups.Groups,
        found: Found,
        by: str,
    ) -> Iterator[Line]:
        """All that is seen without trying."""
        yield from compare(self.declared, found, by)
        yield from securables.views(self.declared, found, by)
        held = {one.privilege for one in found.assigned if not one.is_everybodys_anyway}
        # What was not shown could be a right to write.
        if held and held <= unity.READING and not found.problems:
            words = ", ".join(sorted(held))
            # What comes through groups is shown to the deployer only.
            whose = "" if account else "of itself it has "
            what = f"{whose}nothing to write, create or grant with in a catalog: holds {words} only"
            yield line("ok", what, by, shown="effective permissions")
        looked = Looked()
        names = frozenset({who.application_id, *(g.name for g in joined.found.values())})
        yield from seen(
            looker,
            "SQL warehouses",
            by,
            lambda: warehouses(looker, self._ours(names), looked, by),
            shown="grants",
        )
        brought, unsure = looked.brought, bool(looked.problems or found.problems)
        for group in names - {who.application_id}:
            brought[group] = [*securables.held_by(found, group), *brought.get(group, [])]
        yield from identity.workspace(who, by)
        if account is None:
            yield from identity.administers(who, self.settings, joined)
        else:
            for each in self._as_deployer(looker, account, who, joined, brought):
                unsure = unsure or each.verdict == "unseen"
                yield each
        yield from groups.lines(joined, brought, sure=account is not None and not unsure, by=by)
        if not joined.found and not joined.problems:
            yield line("ok", "is in no group but users", by)

    def _as_deployer(
        self,
        looker: Client,
        account: AccountClient,
        who: identity.Identity,
        joined: groups.Groups,
        brought: dict[str, list[str]],
    ) -> Iterator[Line]:
        """What the service account's own look does not show."""
        deployed, settings, accounts = self.deployed, self.settings, self.accounts

        def made_by() -> Iterator[Line]:
            """Databricks names who made the app, and the principal is of the same `up`."""
            made = live(account, deployed)
            maker = str(made.creator_username or "") if made else ""
            me = str(looker.api.current_user.me().user_name)
            yield from ways.roles_on_it(looker, account, who, settings, maker, me)

        def entitled() -> Iterator[Line]:
            identity.groups_bring(looker, joined, brought)
            yield from ()

        looks = {
            "who is assigned to the workspace": lambda: identity.assigned(
                account, who, settings, joined, brought
            ),
            "what its groups are entitled to": entitled,
            "what users are entitled to": lambda: identity.users_entitlements(looker),
            SECRETS: lambda: ways.secrets(looker, account, deployed, who, accounts),
            TOKENS: lambda: ways.tokens(looker, deployed, who),
            "who may use tokens": lambda: ways.token_use(looker, who, settings),
            "its roles in the account": lambda: ways.roles(looker, account, who, accounts),
            "who has roles on it": made_by,
            "federation policies": lambda: ways.federation(looker, account, who, accounts),
            "other workspaces": lambda: ways.other_workspaces(
                looker, account, who, settings, accounts
            ),
            "IP access lists": lambda: ways.addresses(looker),
            "the OAuth app": lambda: app(looker, account, deployed, settings),
            "what is there twice": lambda: doubles(deployed.resources, looker.step),
        }
        for what, one in looks.items():
            for each in seen(looker, what, DEPLOYER, one):
                if not (self.refused and each.verdict == "lack" and what in CREDENTIALS):
                    yield each

    def _ours(self, names: frozenset[str]) -> Ours:
        declared = self.settings.user_groups
        entries = self.deployed.of_type(PERMISSION)
        return Ours(
            identifier=self.warehouse,
            made_here=not self.settings.sql_warehouse_id,
            principal=self.declared.principal,
            names=names,
            groups=declared,
            added=frozenset(str(each["principal"]) for each in entries if each.get("ours")),
        )


def warehouse_of(deployed: Deployed, settings: DatabricksSettings) -> str:
    """The id of the stack's SQL warehouse.

    Raises:
        CannotCheckError: it has none.
    """
    if settings.sql_warehouse_id:
        return settings.sql_warehouse_id
    made = deployed.of_type("databricks:index/sqlEndpoint:SqlEndpoint")
    if not made:
        raise CannotCheckError(f"stack {deployed.stack} has no SQL warehouse: run `pulumi up`.")
    return str(made[0]["id"])


def _reads(me: Client, declared: Declared, found: Found, warehouse: str) -> Iterator[Line]:
    """Of what is declared; one line a place, whatever is there."""
    tables = found.tables()
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
        if not inside and found.hides(place):
            yield _tried("unseen", f"reading in {place}: what is there was not shown")
            continue
        tried = sample(inside, PER_PLACE)
        answers = {
            one.name: me.reads(one.name, "VIEW" if one.is_view else "TABLE", warehouse)
            for one in tried
        }
        refused = {name: each for name, each in answers.items() if each.refused}
        failed = {name: each for name, each in answers.items() if not each.read}
        if refused:
            first = next(iter(refused.values())).reason
            what = f"cannot read {', '.join(refused)}: {first}"
            yield _tried("lack", what, REFRESH if _lacks(declared, found, place) else "")
        for name in failed.keys() - refused.keys():
            yield _tried("unseen", f"reading {name}: {failed[name].reason}")
        if not inside:
            yield _tried("ok", f"nothing to read in {place} yet")
        elif not failed:
            yield _tried("ok", f"reads {len(tried)} of {len(inside)} in {place}")


def _lacks(declared: Declared, found: Found, place: str) -> bool:
    """Whether a privilege is gone, which an `up` brings back; else it is for another reason."""
    held = {(one.on.name.lower(), one.privilege) for one in found.assigned if one.principal ==
            declared.principal}  # fmt: skip
    parts = place.split(".")
    way = {".".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return any(
        (name.lower(), each) not in held
        for name, wanted in declared.privileges.items()
        if name in way
        for each in wanted
    )


def _refusals(me: Client, declared: Declared, found: Found, warehouse: str) -> Iterator[Line]:
    """Of what is not declared and has a name that was seen."""
    others = [one for one in found.tables() if not declared.covers(one.name)]
    tried, refused = sample(others, OTHERS), 0
    for one in tried:
        answer = me.reads(one.name, "VIEW" if one.is_view else "TABLE", warehouse)
        if answer.refused:
            refused += 1
        elif not answer.read:
            yield _tried("unseen", f"reading {one.name}: {answer.reason}")
        elif not found.explains_reading(one):
            what = (
                f"reads {one.name}, and no privilege that was seen says why: the deployer "
                f"(--deployer), or `SHOW GRANTS ON {one.sql()}`, may"
            )
            yield _tried("extra", what)
    if refused or not others:
        what = f"refused to read {refused} of {len(tried)} tried, of {len(others)} others seen"
        yield _tried("ok", what)


def _tried(verdict: Verdict, what: str, fix: str = "") -> Line:
    return line(verdict, what, SERVICE_ACCOUNT, fix, shown="tried")
