"""What a preview asks an account, and what the answers are taken to mean."""

from __future__ import annotations

import asyncio
from threading import Event
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from snowflake.connector import errors

from cube_access.facts.principals import MUST_BE_BLOCKED
from cube_access.lookup import Name
from cube_access.provider.lifecycle import ProviderError, SignIn, Values
from cube_access.snowflake import holdings, lookup, preflight, session
from cube_access.snowflake.grants import reading
from cube_access.snowflake.lookup import ABSENT, like, look_up
from tests.components.harness import NOTHING_WRONG
from tests.components.snowflake.conftest import Account

SHOWN = "SHOW "


def asked(*scopes: tuple[str, ...], named: Any = (), **changes: Any) -> Values:
    wanted = reading(scopes, ["TABLES", "VIEWS"])

    def lists(names: Any) -> list[list[str]]:
        return [list(name) for name in names]

    return {
        "account": "SANDBOX-ANALYTICS",
        "grantRole": "SECURITYADMIN",
        "integrationRole": "ACCOUNTADMIN",
        "named": [list(each) for each in named],
        "databases": lists(wanted.databases),
        "schemas": lists(wanted.schemas),
        "objects": lists(wanted.objects),
        "wholeSchemas": lists(wanted.whole_schemas),
        "wholeDatabases": lists(wanted.whole_databases),
        "kinds": list(wanted.kinds),
        "readers": ['ROLE "CUBE_DEV"'],
        "imported": lists(wanted.imported),
        "inherited": False,
        "client": "",
        "bounds": False,
        "trust": "",
        "issuer": "",
        **changes,
    }


def ask(arguments: Values) -> Values:
    return look_up(arguments, SignIn(), Event())


SALES, COUNTRIES = ("ANALYTICS", "SALES"), ("ANALYTICS", "REFERENCE", "COUNTRIES")
NAMED = [("WAREHOUSE", "COMPUTE_WH"), ("ROLE", "ANALYST"), ("NETWORK POLICY", "P"),
         ("INTEGRATION", "I")]  # fmt: skip


def test_a_variable_that_cannot_be_used_is_no_refusal_of_the_accounts(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUBE_ACCESS_SNOWFLAKE_STATEMENTS", "many")
    with pytest.raises(ProviderError, match="is 'many': it is a number from 1 to 32"):
        ask(asked(SALES))


@pytest.mark.parametrize("count", [3, 60])
def test_it_takes_the_same_few_statements_at_any_number_of_schemas(
    account: Account, count: int
) -> None:
    names = [f"S{number}" for number in range(count)]
    account.by_hand(*(f"CREATE SCHEMA RAW.{name}" for name in names), role="SYSADMIN")
    scopes = [SALES, COUNTRIES, *(("RAW", name) for name in names)]
    found = ask(asked(*scopes, named=NAMED))
    assert found["missing"] == [["INTEGRATION", ["I"], ABSENT],
                                ["NETWORK POLICY", ["P"], ABSENT]]  # fmt: skip
    assert len(account.statements) == 12
    assert sorted(account.sign_ins) == ["ACCOUNTADMIN", "SECURITYADMIN"]
    ask(asked(*scopes, named=NAMED))
    assert len(account.sign_ins) == 2, "nobody signs in twice"
    assert all(each.startswith(SHOWN) for each in account.statements)


def test_whatever_is_not_there_is_named_and_nothing_else(account: Account) -> None:
    account.by_hand('CREATE SCHEMA ANALYTICS."the ""best|one."', role="SYSADMIN")
    scopes = [SALES, ("ANALYTICS", "NOPE"), ("ANALYTICS", 'the "best|one.'), ("GONE", "S"),
              ("ANALYTICS", "HR", "NONE"), COUNTRIES, ("ANALYTICS", "SALES", "MY_ORDERS"),
              ("ANALYTICS", "sales")]  # fmt: skip
    named = [("ROLE", "NOBODY"), ("ROLE", "ENGINEER"), ("WAREHOUSE", "compute_wh")]
    found = ask(asked(*scopes, named=named))
    missing = {(kind, tuple(name)) for kind, name, _ in found["missing"]}
    assert missing == {
        ("SCHEMA", ("ANALYTICS", "NOPE")),
        ("SCHEMA", ("ANALYTICS", "sales")),
        ("DATABASE", ("GONE",)),
        ("SCHEMA", ("GONE", "S")),
        ("TABLE OR VIEW", ("ANALYTICS", "HR", "NONE")),
        ("ROLE", ("NOBODY",)),
        ("WAREHOUSE", ("compute_wh",)),
    }
    assert sorted(kind for _, kind in found["objectTypes"]) == ["TABLE", "VIEW"]


def test_one_place_is_asked_about_alone(account: Account) -> None:
    ask(asked(COUNTRIES))
    assert 'SHOW TABLES IN SCHEMA "ANALYTICS"."REFERENCE"' in account.statements
    assert 'SHOW SCHEMAS IN DATABASE "ANALYTICS"' in account.statements
    account.statements.clear()
    found = ask(asked(("NO", "S", "T")))
    assert [each[0] for each in found["missing"]] == ["DATABASE", "SCHEMA", "TABLE OR VIEW"]


def test_lists_that_may_be_cut_off_are_asked_by_name(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = len(account.run("SHOW ROLES", "").rows)
    account.by_hand('CREATE ROLE "a_%\'\\b"', role="USERADMIN")
    monkeypatch.setattr(holdings, "MOST_ROWS", roles + 1)
    named = [("ROLE", "a_%'\\b"), ("ROLE", "NOBODY")]
    assert [each[1] for each in ask(asked(SALES, named=named))["missing"]] == [["NOBODY"]]
    assert f"SHOW ROLES LIKE {like('NOBODY')}" in account.statements


def test_administrators_that_a_cut_list_lacks_are_asked_by_name(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are there have to stand among the blocked roles."""
    whole = ask(asked(SALES))["administrators"]
    assert whole

    def cut(statement: str, role: str) -> Any:
        found = Account.run(account, statement, role)
        if statement == "SHOW ROLES":
            return SimpleNamespace(columns=found.columns, rows=found.rows[:1])
        return found

    monkeypatch.setattr(account, "run", cut)
    monkeypatch.setattr(holdings, "MOST_ROWS", 1)
    assert ask(asked(SALES))["administrators"] == whole


def test_an_imported_database_is_refused_with_the_reason(account: Account) -> None:
    account.state.catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
    found = ask(asked(("RAW", "EVENTS"), SALES))
    assert found["imported"] == ["RAW"]
    with pytest.raises(pulumi.RunError, match="RAW of account A is an imported database") as raised:
        preflight._require_possible(found, reading([SALES], []), Name("A"), str)
    assert "list it in cube-access:importedDatabases" in str(raised.value)


def test_a_database_is_imported_where_that_is_said_and_so(account: Account) -> None:
    account.state.catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
    said = ask(asked(SALES, imported=[["RAW"]]))
    assert (said["missing"], said["imported"], said["notImported"]) == ([], [], [])
    assert not any("RAW" in each for each in account.statements), "nothing else is asked of it"
    found = ask(asked(SALES, imported=[["HR"], ["RAW"]]))
    assert found["missing"] == [["DATABASE", ["HR"], ABSENT]]
    found = ask(asked(imported=[["ANALYTICS"], ["RAW"]]))
    assert found["notImported"] == ["ANALYTICS"]
    with pytest.raises(pulumi.RunError, match="no other account shares it") as raised:
        preflight._require_possible(found, reading([], []), Name("A"), str)
    assert "ANALYTICS of account A is in cube-access:importedDatabases" in str(raised.value)


@pytest.mark.parametrize("kind", ["APPLICATION", "APPLICATION PACKAGE"])
def test_a_database_of_an_application_is_refused_with_the_reason(kind: str) -> None:
    found = lookup.Found()
    wanted = lookup.Asked.of(asked(SALES))
    lookup._databases(found, wanted, [{"name": "ANALYTICS", "kind": kind}])
    assert found.values()["applications"] == ["ANALYTICS"]
    with pytest.raises(pulumi.RunError, match="ANALYTICS of account A is an application") as raised:
        preflight._require_possible(found.values(), reading([SALES], []), Name("A"), str)
    assert "the application's own roles" in str(raised.value)


def test_a_secret_role_is_in_no_refusal() -> None:
    names = [Name("", is_secret=True), Name("HIDDEN_ADMIN", is_secret=True), Name("SHOWN")]
    said = preflight._hidden("cannot sign in in role HIDDEN_ADMIN, as SHOWN", names)
    assert said == "cannot sign in in role [secret], as SHOWN"


@pytest.mark.parametrize("refused", [True, False])
def test_no_refusal_of_a_preview_says_a_secret_role(
    monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    async def answer(*_: Any) -> Any:
        text = "cannot sign in in role HIDDEN_ADMIN: no"
        if refused:
            return {"refused": {"reason": "sign-in", "text": text}}
        raise RuntimeError(text)

    monkeypatch.setattr("pulumi.runtime.invoke_async", answer)

    async def run() -> Any:
        found = preflight.check(
            reading([SALES], []),
            named=(),
            policy_schema=(),
            account_name=pulumi.Output.from_input("A"),
            shadow_future_grants=False,
            blocked_roles_parameter=preflight.PARAMETER,
            readers=(),
            client="",
            bounds=False,
            blocked=(),
            trust="",
            issuer="",
            grant_role=pulumi.Output.secret("HIDDEN_ADMIN"),
            integration_role=pulumi.Output.from_input("SHOWN"),
            ready=pulumi.Output.from_input(True),
            say=str,
            resource=None,  # type: ignore[arg-type]
        )
        return await found.future()

    with pytest.raises(pulumi.RunError, match=r"role \[secret\]: no") as raised:
        asyncio.run(run())
    assert "HIDDEN_ADMIN" not in str(raised.value)


def test_a_secret_name_is_in_no_error() -> None:
    answer = {"missing": [["ROLE", ["HIDDEN"], ABSENT], ["ROLE", ["SHOWN"], ABSENT]]}
    known = [("ROLE", Name("HIDDEN", is_secret=True)), ("ROLE", Name("SHOWN"))]
    with pytest.raises(pulumi.RunError) as raised:
        preflight._require_all(answer, known, Name("ACCOUNT", is_secret=True))
    said = str(raised.value)
    assert "role [secret]: it cannot be used" in said
    assert "role SHOWN: does not exist" in said
    assert "HIDDEN" not in said
    assert "ACCOUNT" not in said


class TestFutureGrants:
    ABOVE = "GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO ROLE ENGINEER"

    def shadows(self, account: Account, *scopes: tuple[str, ...], allowed: bool = False) -> Any:
        found = ask(asked(*scopes))
        return preflight._shadows(found, reading(scopes, ["TABLES", "VIEWS"]), allowed)

    def test_anothers_are_not_taken_away_unasked(self, account: Account) -> None:
        assert self.shadows(account, SALES) == ([], [])
        account.by_hand(self.ABOVE)
        (error,), warnings = self.shadows(account, SALES)
        assert "on TABLES of database ANALYTICS (to ENGINEER) in schema ANALYTICS.SALES" in error
        assert warnings == []
        errors, (warning,) = self.shadows(account, SALES, allowed=True)
        assert errors == []
        assert "From this apply on" in warning

    def test_where_a_schema_has_its_own_already_nothing_is_taken(self, account: Account) -> None:
        account.by_hand(self.ABOVE)
        account.by_hand("GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES TO ROLE ANALYST")
        errors, (warning,) = self.shadows(account, SALES)
        assert errors == []
        assert "the schema has its own" in warning

    def test_our_own_are_nobody_elses(self, account: Account) -> None:
        account.by_hand("CREATE ROLE CUBE_DEV", role="USERADMIN")
        account.by_hand(self.ABOVE.replace("ENGINEER", "CUBE_DEV"))
        assert self.shadows(account, SALES) == ([], []), "a whole database is made narrower"
        account.by_hand(self.ABOVE)
        account.by_hand("GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES TO ROLE CUBE_DEV")
        account.statements.clear()
        assert self.shadows(account, SALES)[0] == []
        assert not any("GRANTS IN SCHEMA" in each for each in account.statements)

    @pytest.mark.parametrize("to_database_role", [True, False])
    def test_those_of_the_role_that_read_until_now_are_nobody_elses(
        self, account: Account, to_database_role: bool
    ) -> None:
        """`grantTo` is changed, and less is read, in one step."""
        account.by_hand("CREATE ROLE CUBE_DEV", role="USERADMIN")
        account.by_hand("CREATE DATABASE ROLE ANALYTICS.CUBE_DEV", role="SYSADMIN")
        roles = ['DATABASE ROLE "ANALYTICS"."CUBE_DEV"', 'ROLE "CUBE_DEV"']
        reads, read = roles if to_database_role else roles[::-1]
        account.by_hand(f"GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO {read}")
        found = ask(asked(SALES, readers=[reads, read]))
        assert (found["above"], found["below"]) == ([], [])
        # Another's above are lost to the schema already, where one of ours has its own there.
        account.by_hand(self.ABOVE)
        account.by_hand(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES TO {read}")
        found = ask(asked(SALES, readers=[reads, read]))
        assert found["below"] == [[list(SALES), "TABLES", []]]
        errors, _ = preflight._shadows(found, reading([SALES], ["TABLES"]), False)
        assert errors == []
        # A schema of ours that becomes a whole database is no other's either.
        whole = ask(asked(("ANALYTICS",), readers=[reads, read]))
        assert whole["below"] == []

    def test_an_account_role_of_that_name_elsewhere_is_anothers(self, account: Account) -> None:
        account.by_hand("CREATE DATABASE ROLE ANALYTICS.OTHER", role="SYSADMIN")
        account.by_hand(
            "GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO DATABASE ROLE ANALYTICS.OTHER"
        )
        readers = ['ROLE "OTHER"', 'DATABASE ROLE "ANALYTICS"."CUBE_DEV"']
        found = ask(asked(SALES, readers=readers))
        assert found["above"] == [[["ANALYTICS"], "TABLES", ["OTHER"]]]

    def test_a_schema_of_a_whole_database_that_has_its_own_is_warned_of(
        self, account: Account
    ) -> None:
        account.by_hand("GRANT SELECT ON FUTURE VIEWS IN SCHEMA ANALYTICS.HR TO ROLE ENGINEER")
        errors, (warning,) = self.shadows(account, ("ANALYTICS",))
        assert errors == []
        assert "new VIEWS in ANALYTICS.HR will not be readable" in warning


@pytest.mark.parametrize(
    ("number", "state", "reason"),
    [(3001, "42501", "denied"), (290429, "", "throttled"), (1234, "XX000", "other")],
)
def test_what_could_not_be_asked_is_not_taken_for_missing(
    account: Account, number: int, state: str, reason: str
) -> None:
    account.refusals["SHOW SCHEMAS"] = (number, state)
    assert ask(asked(SALES))["refused"]["reason"] == reason


def test_errors_of_the_connector_are_told_apart() -> None:
    def reason(error: Any) -> str:
        return session.explained(error).reason

    assert reason(errors.TooManyRequests(msg="429")) == "throttled"
    assert reason(errors.OperationalError(msg="no route", errno=250003)) == "transport"
    assert reason(errors.ServiceUnavailableError(msg="503")) == "transport"
    assert reason(errors.ProgrammingError(msg="x", errno=2003, sqlstate="02000")) == "missing"
    assert reason(errors.ProgrammingError(msg="x", errno=3001, sqlstate="42501")) == "denied"
    assert reason(errors.DatabaseError(msg="JWT token is invalid.", errno=250001)) == "other"


def test_a_refused_sign_in_is_an_answer(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise session.SnowflakeError("cannot sign in in role X: no", "sign-in")

    monkeypatch.setattr(session, "_connect", refuse)
    assert ask(asked(SALES))["refused"] == {
        "reason": "sign-in",
        "text": "cannot sign in in role X: no",
    }


def test_privileged_roles_are_listed_where_the_account_does_not_add_them() -> None:
    parameter = preflight.PARAMETER
    answer = {**NOTHING_WRONG, "administrators": ["ACCOUNTADMIN", "SYSADMIN"]}
    assert preflight._privileged_roles(answer, parameter) == ["ACCOUNTADMIN", "SYSADMIN"]
    added = preflight._privileged_roles({**answer, "parameters": {parameter: "true"}}, parameter)
    assert added == sorted(MUST_BE_BLOCKED)
