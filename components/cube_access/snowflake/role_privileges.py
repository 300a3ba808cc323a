"""All privileges of one role that is entirely ours, as one resource.

It compares what is wanted with what the role holds, and does only what differs: what is new is
granted before what goes is revoked. A privilege that somebody else gave to the role is shown by a
preview with a refresh and revoked by the `up` after it; never before it was shown. Nothing of any
other role is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pulumi

from cube_access.facts.identifiers import quoted
from cube_access.facts.principals import PUBLIC, SNOWFLAKE_ADMINISTRATORS
from cube_access.provider.definition import TEXT, TEXTS, Definition, Property, map_of
from cube_access.provider.lifecycle import (
    Diff,
    Failure,
    HalfDoneError,
    Lifecycle,
    ProviderError,
    Values,
    differing,
)
from cube_access.provider.resource import Resource
from cube_access.provider.values import UNKNOWN
from cube_access.snowflake.changes import plan
from cube_access.snowflake.closer import read_closely
from cube_access.snowflake.holdings import (
    Held,
    Present,
    Wanted,
    extras,
    look,
    state,
    undeclared,
)
from cube_access.snowflake.lookup import like
from cube_access.snowflake.outcome import Outcome, run, staying
from cube_access.snowflake.privileges import (
    ACCOUNT_ROLE,
    ALL,
    DATABASE_ROLE,
    GRANTED,
    LACKS,
    NOT_DECLARED,
    Entry,
    grantee,
)
from cube_access.snowflake.session import Session, SnowflakeError, session

REVOKE, REPORT = "revoke", "report"
MOST_FAILURES = 20
"""That an error lists; the rest is counted."""

DEFINITION = Definition(
    module="snowflake",
    name="RolePrivileges",
    description="All privileges of one role of the stack's own: reading, and USAGE.",
    inputs={
        "account": Property(
            description="The account, as <organization>-<account name>.", replaces=True
        ),
        "role": Property(
            description='An account role\'s exact name, or a database role as "DB"."ROLE".',
            replaces=True,
        ),
        "roleKind": Property(description="ROLE or DATABASE ROLE.", replaces=True),
        "privileges": Property(
            description="Each privilege as SQL writes it between GRANT and TO, and `granted`; as "
            "output, what was read back: `granted`, what it lacks, or `not declared`.",
            type=map_of(TEXT),
        ),
        "extraPrivileges": Property(
            description="What becomes of privileges that the role holds besides: `revoke` or "
            "`report`."
        ),
        "signInRole": Property(
            description="Role in which the deployer grants. Default: the deployer's own.",
            optional=True,
        ),
    },
    outputs={
        "extra": Property(
            description="Privileges held besides that are reported, and not revoked.",
            type=TEXTS,
            tells_of="privileges",
        ),
        "notSeen": Property(
            description="What could not be looked at, in sentences.",
            type=TEXTS,
            tells_of="privileges",
        ),
    },
)


class RolePrivilegesLifecycle(Lifecycle):
    """Reads SHOW GRANTS, and runs GRANT and REVOKE."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        failures = []
        if news["roleKind"] not in (ACCOUNT_ROLE, DATABASE_ROLE, UNKNOWN):
            failures.append(Failure("roleKind", f"is {ACCOUNT_ROLE} or {DATABASE_ROLE}"))
        if news["extraPrivileges"] not in (REVOKE, REPORT):
            failures.append(Failure("extraPrivileges", f"is {REVOKE} or {REPORT}"))
        if news["role"] in {*SNOWFLAKE_ADMINISTRATORS, PUBLIC}:
            failures.append(
                Failure("role", f"{news['role']} is Snowflake's own: name a role of the stack's")
            )
        given = news["privileges"]
        if given is UNKNOWN:
            return failures
        for text, value in given.items():
            try:
                problem = Entry.of(text).problem()
            except ValueError as error:
                problem = str(error)
            if not problem and value not in (GRANTED, UNKNOWN):
                problem = f"its value is {value!r}: it can only be {GRANTED!r}"
            if problem:
                failures.append(Failure("privileges", f"{text}: {problem}"))
        return failures

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        changed = differing(olds, news, self.definition.inputs)
        before, after = olds.get("privileges") or {}, news["privileges"]
        if news["extraPrivileges"] == REPORT:
            before = {text: each for text, each in before.items() if each != NOT_DECLARED}
        if after == before and "privileges" in changed:
            changed.remove("privileges")
        detailed: dict[str, str] = {}
        if "privileges" in changed and after is not UNKNOWN:
            for text in sorted({*before, *after}):
                if before.get(text) != after.get(text):
                    word = "ADD" if text not in before else "UPDATE" if text in after else "DELETE"
                    detailed[f"privileges[{_path(text)}]"] = word
        replaces = [key for key in changed if self._replaces(key)]
        return Diff(changed=changed, replaces=replaces, detailed=detailed)

    def create(self, inputs: Values) -> tuple[str, Values]:
        identifier = _who(inputs)
        return identifier, self._apply(identifier, {}, inputs)

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        return self._apply(identifier, olds.get("privileges") or {}, news)

    def read(self, identifier: str, outputs: Values) -> Values | None:
        found = self._session(outputs)
        # An entry that was wholly away is among the inputs only, and one that a half-done `up` was
        # to revoke among the outputs only.
        declared = [*_wanted(self.inputs or outputs).entries, *_wanted(outputs).entries]
        wanted = Wanted(declared)
        try:
            held = read_closely(found, _who(outputs), wanted.entries)
            present = look(found, wanted.entries)
        except SnowflakeError as error:
            if error.reason == "missing" and not _listed(found, outputs):
                return None
            if error.reason not in ("missing", "denied"):
                raise
            said = f"what {identifier} holds was not looked at: {error}"
            self.voice.warn(said)
            return {**outputs, "notSeen": [said]}
        return self._seen(outputs, wanted, held, present)

    def delete(self, identifier: str, outputs: Values) -> None:
        nothing = {**outputs, "privileges": {}}
        try:
            self._apply(identifier, outputs.get("privileges") or {}, nothing, leaving=True)
        except SnowflakeError as error:
            if error.reason != "missing":
                raise
        except HalfDoneError as error:
            raise ProviderError(str(error)) from None

    def _session(self, values: Values) -> Session:
        role = str(values.get("signInRole") or "")
        return session(str(values["account"]), role, self.sign_in, self.cancelled)

    def _apply(
        self, identifier: str, before: Mapping[str, str], news: Values, *, leaving: bool = False
    ) -> Values:
        """Makes the role hold what is wanted; gives what was read back.

        Args:
            before: what the last preview has shown: nothing else is taken away.
            leaving: the role goes: what it holds besides is nobody's concern any more.

        Raises:
            HalfDoneError: some statements failed; the state gets what was read back.
            SnowflakeError: nothing was changed: what it holds could not be read.
        """
        found, wanted, who = self._session(news), _wanted(news), _who(news)
        was = Wanted(Entry.of(text) for text, each in before.items() if each != NOT_DECLARED)
        shown = {text for text, each in before.items() if each == NOT_DECLARED}
        revokes_extras = news["extraPrivileges"] == REVOKE

        def revocable(entry: Entry) -> bool:
            if entry.grant_option and wanted.covering(entry):
                return revokes_extras and entry.text in shown
            return was.covering(entry) is not None or (revokes_extras and entry.text in shown)

        both = [*wanted.entries, *was.entries]
        try:
            held = read_closely(found, who, both)
        except SnowflakeError as error:
            if error.reason == "missing" and not leaving:
                raise SnowflakeError(
                    f"{identifier} is not there, or not for the deployer: {error}\n  Run `pulumi "
                    "up --refresh`, which makes what is gone anew.",
                    "missing",
                ) from None
            raise
        settled = {Entry.of(text) for text, each in before.items() if each == GRANTED}
        todo = plan(wanted, held, who=who, settled=settled, gone=was, revocable=revocable)
        outcomes = run(found, todo, self.voice.progress)
        if todo.size:
            held = read_closely(found, who, both, always=True)
        if any(each.failed for each in outcomes):
            # What was to go is still ours to take away, by the next `up`.
            wanted = Wanted(both)
        return self._read_back(identifier, news, wanted, held, outcomes, leaving=leaving)

    def _read_back(
        self,
        identifier: str,
        news: Values,
        wanted: Wanted,
        held: Held,
        outcomes: Sequence[Outcome],
        *,
        leaving: bool,
    ) -> Values:
        stays = staying(outcomes, held.entries)
        outputs = self._seen(news, wanted, held, None, stays)
        now = outputs["privileges"]
        # What was to be revoked and is not held any more went with its object.
        failed = [
            each
            for each in outcomes
            if each.failed
            and (
                not each.change.statement.startswith("REVOKE")
                or each.change.entry in held.entries
                or each.change.entry.reach == ALL
            )
        ]
        for each in failed:
            text = each.change.entry.text
            if each.change.statement.startswith("GRANT") and now.get(text) == GRANTED:
                now[text] = f"{LACKS} what is there: it could not be granted"
        if not leaving and (stays or not failed):
            self._tell(identifier, outputs, stays)
        if not failed:
            return outputs
        listed = [f"{each.change.statement}: {each.error}" for each in failed]
        more = len(listed) - MOST_FAILURES
        shown = "".join(f"\n  - {each}" for each in listed[:MOST_FAILURES])
        shown += f"\n  - and {more} more" if more > 0 else ""
        raise HalfDoneError(
            f"{len(failed)} of the statements for {identifier} failed:{shown}\n  The state has "
            "what is done; the next `pulumi up` does the rest.",
            identifier=identifier,
            outputs=outputs,
        )

    def _seen(
        self,
        values: Values,
        wanted: Wanted,
        held: Held,
        present: Present | None,
        stays: Collection[str] = (),
    ) -> Values:
        """The outputs of what was read."""
        more = extras(wanted, held)
        privileges, reported = state(wanted, held, present), []
        for entry in more:
            revokes = values["extraPrivileges"] == REVOKE and entry.text not in stays
            if revokes and undeclared([entry]):
                privileges |= undeclared([entry])
            else:
                reported.append(entry.text)
        not_seen = list(present.not_seen) if present else []
        if held.cut_short:
            not_seen.append(
                "which objects the role's privileges are on was not looked at, nor all that it "
                "holds besides: it holds more than an answer of SHOW GRANTS has rows"
            )
            if unknown := sorted(each.text for each in held.not_seen.intersection(wanted.entries)):
                not_seen.append(f"whether the role holds this was not seen: {'; '.join(unknown)}")
        if present:
            self._tell(_who(values), {"extra": reported, "notSeen": not_seen, "privileges": {}})
        return {**values, "privileges": privileges, "extra": reported, "notSeen": not_seen}

    def _tell(
        self, identifier: str, outputs: Values, stays: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Warns of what nobody asked for.

        Args:
            stays: why something that was to be revoked is there, by its text.
        """
        for said in outputs["notSeen"]:
            self.voice.warn(said)
        for text in outputs["extra"]:
            owned = text.startswith("OWNERSHIP")
            why = (
                "ownership cannot be revoked: give it to another role, by GRANT OWNERSHIP … COPY "
                "CURRENT GRANTS"
                if owned
                else stays.get(text, "extraPrivileges is report, so it stays")
            )
            self.voice.warn(f"{identifier} also holds {text}: {why}.")
        found = [text for text, each in outputs["privileges"].items() if each == NOT_DECLARED]
        if found:
            self.voice.warn(
                f"{identifier} also holds what is not declared: {'; '.join(found)}. The next "
                "preview shows it, and the `pulumi up` after it revokes it."
            )


def _wanted(values: Values) -> Wanted:
    """What is declared, as inputs or outputs have it."""
    privileges = values["privileges"]
    return Wanted(Entry.of(text) for text, each in privileges.items() if each != NOT_DECLARED)


def _who(values: Values) -> str:
    return grantee(str(values["role"]), str(values["roleKind"]))


def _path(text: str) -> str:
    """A key of a map in the engine's property paths."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(found: Session, values: Values) -> bool:
    """Whether the role is there, although this session may not look into it."""
    name = str(values["role"])
    if values["roleKind"] == ACCOUNT_ROLE:
        # Not the whole list, which ends at 10,000.
        return any(row["name"] == name for row in found.rows(f"SHOW ROLES LIKE {like(name)}"))
    parts = Entry.of(f"USAGE ON {DATABASE_ROLE} {name}").name
    try:
        place = f"IN DATABASE {quoted(*parts[:1])}"
        rows = found.rows(f"SHOW DATABASE ROLES LIKE {like(parts[1])} {place}")
    except SnowflakeError as error:
        if error.reason != "missing":
            raise
        return False
    return any(row["name"] == parts[1] for row in rows)


class RolePrivileges(Resource):
    """All privileges of one role of the stack's own."""

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        account: pulumi.Input[str],
        role: pulumi.Input[str],
        role_kind: str = ACCOUNT_ROLE,
        privileges: pulumi.Input[Mapping[str, str]],
        extra_privileges: str,
        sign_in_role: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        properties: dict[str, Any] = {
            "account": account,
            "role": role,
            "roleKind": role_kind,
            "privileges": privileges,
            "extraPrivileges": extra_privileges,
        }
        if sign_in_role is not None:
            properties["signInRole"] = sign_in_role
        super().__init__(name, properties, opts)
