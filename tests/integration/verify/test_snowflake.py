"""Plants by hand what nobody declared, and takes away what was: verify finds each, and says what
undoes it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector.errors import OperationalError

from cube_access.cli import main
from cube_access.settings import SnowflakeSettings
from cube_access.settings.snowflake_reading import OBJECT_KINDS
from cube_access.verify.deployed import Deployed, read
from cube_access.verify.findings import EVERYBODY, Line
from cube_access.verify.snowflake import tries
from cube_access.verify.snowflake.verification import verify
from sandbox.snowflake.world import ADMIN, ALICE
from tests.integration.verify.conftest import everything, findings
from tests.integration.verify.snowflake_plants import EXTRAS, KEY, LACKS, Plant
from tools.authorize import authorize
from tools.snowflake_client import Client, by_hand, stored
from tools.stacks import Stack, example

USER = "CUBE_DEV"
WITHOUT_THE_DEPLOYER = (
    "who owns its user, role and integration, who could loosen how it and people sign in, and what "
    "the integration says"
)
GIVEN_AWAY = ("ANALYTICS.HR.SALARIES", "TABLE", "owner")
"""Whose table it was before nobody can tell."""
BEFORE = (
    "CREATE ROLE HELPERS",
    "GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO ROLE HELPERS",
    "CREATE DATABASE ROLE ANALYTICS.PAYROLL",
    "GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO DATABASE ROLE ANALYTICS.PAYROLL",
    "CREATE SCHEMA ANALYTICS.STAGING",
    "CREATE DATABASE WEATHER FROM SHARE ACME.WEATHER",
    "CREATE DATABASE TRAFFIC FROM SHARE ACME.TRAFFIC",
)

ALLOWED = "ALTER SECURITY INTEGRATION CUBE_DEV SET ALLOWED_ROLES_LIST = ({})"


@pytest.fixture(scope="module")
def base_config() -> dict[str, Any]:
    return example("sandbox-snowflake")


@pytest.fixture(scope="module")
def admin(applied: Stack) -> Client:
    client = by_hand()
    for statement in BEFORE:
        client.rows(statement)
    return client


@pytest.fixture(scope="module")
def deployed(applied: Stack, admin: Client) -> Deployed:
    return read(applied.name, applied.folder)


Look = Callable[..., list[Line]]


@pytest.fixture(scope="module")
def look(deployed: Deployed) -> Look:
    def run(*, as_deployer: bool = True) -> list[Line]:
        settings = deployed.settings
        assert isinstance(settings, SnowflakeSettings)
        return verify(deployed, settings, as_deployer=as_deployer, step=lambda _: None)

    return run


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(look: Look, admin: Client, as_deployer: bool) -> None:
    lines = look(as_deployer=as_deployer)
    unseen = [] if as_deployer else [WITHOUT_THE_DEPLOYER]
    assert [line.what.partition(":")[0] for line in findings(lines)] == unseen
    said = "\n".join(line.what for line in lines)
    assert "reads 3 of 3 in ANALYTICS.SALES" in said
    assert "reads 1 of 1 in ANALYTICS.REFERENCE.COUNTRIES" in said
    assert "refused 9 of 9 writes tried on 3 tables" in said
    assert "nothing to create, alter, drop or grant with" in said
    if as_deployer:
        assert "refused to read 5 of 5 tried, of 5 others known" in said


@pytest.fixture(scope="class", params=["service account", "deployer"])
def extra(
    request: pytest.FixtureRequest, applied: Stack, admin: Client, look: Look
) -> Iterator[list[Line]]:
    """What is found of everything planted at once; undone by the statements of the report."""
    before = everything(applied.sandbox)
    for plant in EXTRAS:
        admin.rows(plant.statement)
    as_deployer = request.param == "deployer"
    found = [line for line in findings(look(as_deployer=as_deployer)) if line.verdict != "unseen"]
    yield found
    for line in found:
        if line.fix:
            admin.rows(line.fix.removesuffix(";"))
    now = everything(applied.sandbox)
    assert now - before == {(*GIVEN_AWAY, "SECURITYADMIN")}, "which gains nothing by it"
    assert before - now == {(*GIVEN_AWAY, "SYSADMIN")}, "the fixes undo the plants, nothing else"
    given = "ON TABLE ANALYTICS.HR.SALARIES TO ROLE SYSADMIN"
    admin.rows(f"GRANT OWNERSHIP {given} COPY CURRENT GRANTS")


class TestExcesses:
    @pytest.mark.parametrize("plant", EXTRAS, ids=[each.what for each in EXTRAS])
    def test_an_excess_is_found(self, extra: list[Line], plant: Plant) -> None:
        (line,) = [each for each in extra if each.what.startswith(plant.found)]
        assert line.verdict == "extra"
        assert (line.through, line.holder) == (plant.through, plant.holder)
        assert (line.through in EVERYBODY) == ("everybody" in plant.what)

    def test_nothing_else_is_found(self, extra: list[Line]) -> None:
        planted = [line for line in extra if line.fix]
        assert len(planted) == len(EXTRAS), "\n".join(line.what for line in extra)
        # What follows from two plants together: the role has SECURITYADMIN, and ANALYST the role.
        above = {line.what.partition(", and so can")[0] for line in extra if not line.fix}
        assert above <= {"role ANALYST has role CUBE_DEV", "role SYSADMIN has role ANALYST"}


IN_SALES = [f"ANALYTICS.SALES.{name}" for name in ("CUSTOMERS", "LATE", "MY_ORDERS", "ORDERS")]


@pytest.fixture(scope="class")
def lack(applied: Stack, admin: Client, look: Look) -> Iterator[list[Line]]:
    """The same of what was taken away."""
    admin.rows("CREATE TABLE ANALYTICS.STAGING.LATE (ID INT)")
    before = everything(applied.sandbox)
    for plant in LACKS:
        admin.rows(plant.statement)
    found = findings(look(as_deployer=True))
    yield found
    fixes = {line.fix.removesuffix(";") for line in found if line.verdict == "lack"}
    warehouse = next(each for each in fixes if " WAREHOUSE " in each)
    admin.rows(warehouse)
    (note,) = [each.what for each in look(as_deployer=True) if "cannot be read" in each.what]
    assert note.endswith("lacking: ANALYTICS.REFERENCE.COUNTRIES, " + ", ".join(IN_SALES))
    for fix in fixes - {warehouse}:
        admin.rows(fix)
    assert findings(look(as_deployer=True)) == []
    admin.rows("ALTER TABLE ANALYTICS.SALES.LATE RENAME TO ANALYTICS.STAGING.LATE")
    admin.rows("REVOKE SELECT ON TABLE ANALYTICS.STAGING.LATE FROM ROLE CUBE_DEV")
    assert everything(applied.sandbox) == before


class TestLacks:
    @pytest.mark.parametrize("plant", LACKS, ids=[each.what for each in LACKS])
    def test_a_lack_is_found(self, lack: list[Line], plant: Plant) -> None:
        (line,) = [each for each in lack if each.what == plant.found]
        assert line.verdict == "lack"
        assert line.fix.startswith("GRANT ")

    def test_without_a_warehouse_nothing_is_tried_and_that_is_said_once(
        self, lack: list[Line]
    ) -> None:
        (unseen,) = [line.what for line in lack if line.verdict == "unseen"]
        assert unseen.startswith("what it can do when it tries: its sessions cannot have warehouse")
        assert len(lack) == len(LACKS) + 1


@pytest.mark.parametrize("change", ["SET DEFAULT_ROLE = PUBLIC", "UNSET DEFAULT_WAREHOUSE"])
def test_a_wrong_default_is_said_once_and_all_else_is_tried(
    look: Look, admin: Client, change: str
) -> None:
    admin.rows(f"ALTER USER CUBE_DEV {change}")
    lines = look()
    (line,) = findings(lines)
    admin.rows(line.fix.removesuffix(";"))
    assert (line.verdict, line.what.split(" begin ")[0]) == ("lack", "its sessions")
    assert any(each.what.startswith("refused 9 of 9 writes") for each in lines)
    assert findings(look()) == []


def test_a_slot_that_waits_for_a_key_of_ours_is_for_no_other(applied: Stack, admin: Client) -> None:
    """The configuration speaks of a second key pair before `up` has made it."""
    applied.set(credentialVersions=["v1", "v2"])
    admin.rows(f"ALTER USER CUBE_DEV SET RSA_PUBLIC_KEY_2 = '{KEY}'")
    try:
        deployed = read(applied.name, applied.folder)
        assert isinstance(deployed.settings, SnowflakeSettings)
        found = verify(deployed, deployed.settings, as_deployer=True, step=lambda _: None)
    finally:
        applied.set(credentialVersions=None)
        admin.rows("ALTER USER CUBE_DEV UNSET RSA_PUBLIC_KEY_2")
    (line,) = findings(found)
    assert line.what.startswith("another key pair signs in (RSA_PUBLIC_KEY_2, SHA256:")


class TestCommand:
    """`cube-access verify`, with its exit codes."""

    def run(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], *arguments: str
    ) -> tuple[int, str, str]:
        code = main(["verify", "--cwd", str(stack.folder), "--stack", stack.name, *arguments])
        said = capsys.readouterr()
        key = stored()["privateKey"].splitlines()[1]
        assert key not in said.out + said.err, "the credential is shown nowhere"
        return code, said.out, said.err

    def test_a_clean_one_is_zero_and_its_report_is_for_machines(
        self, applied: Stack, admin: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, out, _ = self.run(applied, capsys, "--deployer", "--json", "-")
        got = json.loads(out)
        assert (code, got["result"], got["stack"]) == (0, "clean", applied.name)
        assert (got["account"], got["identity"]) == ("SANDBOX-ANALYTICS", USER)
        assert got["deployer"] == "DEPLOYER"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got["verified_at"])

    def test_a_finding_is_one_and_no_statement_has_changed_anything(
        self,
        applied: Stack,
        admin: Client,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        admin.rows("GRANT DELETE ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV")
        before = everything(applied.sandbox)
        applied.sandbox.journal.clear()
        path = tmp_path / "report.json"
        code, out, _ = self.run(applied, capsys, "--json", str(path))
        assert code == 1
        assert "EXTRA    DELETE ON TABLE ANALYTICS.SALES.ORDERS" in out
        fix = 'REVOKE DELETE ON TABLE "ANALYTICS"."SALES"."ORDERS" FROM ROLE "CUBE_DEV";'
        assert fix in out
        assert json.loads(path.read_text())["exit_code"] == 1
        assert everything(applied.sandbox) == before
        assert admin.value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
        sent = "\n".join(call.path for call in applied.sandbox.journal)
        assert "DELETE FROM" in sent, "the write was tried"
        assert not re.search(r"\b(GRANT|REVOKE|CREATE|DROP|ALTER|COMMIT) ", sent)
        admin.rows(fix.removesuffix(";"))

    def test_what_was_applied_counts_and_not_what_the_configuration_says_since(
        self, applied: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        applied.set(schemas=["ANALYTICS.SALES", "ANALYTICS.HR"], snowflakeAccount="not an account")
        try:
            code, out, _ = self.run(applied, capsys, "--deployer")
        finally:
            applied.set(schemas=["ANALYTICS.SALES"], snowflakeAccount="SANDBOX-ANALYTICS")
        assert code == 0, out
        assert "ANALYTICS.HR" not in out

    def test_another_version_that_grants_otherwise_is_two(
        self, applied: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(OBJECT_KINDS, "tables", OBJECT_KINDS["dynamic-tables"])
        code, out, err = self.run(applied, capsys)
        assert (code, out) == (2, "")
        assert "would grant otherwise than the one that applied stack dev" in err
        assert "+ SELECT ON ALL AND FUTURE DYNAMIC TABLES" in err

    def test_a_credential_that_cannot_sign_in_is_two(
        self, applied: Stack, admin: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        admin.rows("ALTER USER CUBE_DEV SET DISABLED = TRUE")
        try:
            code, _, err = self.run(applied, capsys)
        finally:
            admin.rows("ALTER USER CUBE_DEV SET DISABLED = FALSE")
        assert code == 2
        assert "CUBE_DEV cannot sign in to SANDBOX-ANALYTICS" in err

    def test_what_breaks_it_off_is_two(
        self, applied: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise OperationalError("the connection is gone")

        monkeypatch.setattr(tries, "refuses_roles", broken)
        code, out, err = self.run(applied, capsys)
        assert (code, out) == (2, "")
        assert "Snowflake broke it off: the connection is gone" in err

    def test_a_stack_that_is_not_there_is_two(
        self, applied: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["verify", "--cwd", str(applied.folder), "--stack", "nowhere"]) == 2
        assert "no stack named 'nowhere'" in capsys.readouterr().err


class TestPerson:
    """`--person`: a token from the OAuth app as it is configured live."""

    def run(
        self,
        stack: Stack,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        token: str,
    ) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
        where = ["--cwd", str(stack.folder), "--stack", stack.name]
        code = main(["verify", *where, "--person", "--json", "-"])
        said = capsys.readouterr()
        assert not token or token not in said.out + said.err, "the token is shown nowhere"
        return code, said.out, said.err

    def given(self, stack: Stack, person: str) -> str:
        return str(authorize(stack.outputs(), person)["access_token"])

    def test_it_gives_the_persons_rights_in_one_role(
        self, applied: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = self.given(applied, ALICE)
        code, out, _ = self.run(applied, capsys, monkeypatch, token)
        got = json.loads(out)
        assert (code, got["identity"], got["deployer"]) == (0, "ALICE", ""), out
        assert {line["by"] for line in got["lines"]} == {"person"}
        said = "\n".join(line["what"] for line in got["lines"])
        assert "the token is of ALICE, and its role is ANALYST" in said
        assert "role ANALYST is no administrator's, and is not blocked" in said
        assert re.search(r"one role: refused \d+ other roles, and secondary roles", said)
        assert "reads 4 and is refused 0 of 4 tried, of 4 that it sees" in said

    def test_secondary_roles_of_the_app_as_it_is_live_are_found(
        self,
        applied: Stack,
        admin: Client,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        admin.rows("GRANT ROLE HELPERS TO USER ALICE")
        live = "ALTER SECURITY INTEGRATION CUBE_DEV SET OAUTH_USE_SECONDARY_ROLES = {}"
        admin.rows(ALLOWED.format(""))  # Snowflake takes no list with other roles
        admin.rows(live.format("IMPLICIT"))
        try:
            token = self.given(applied, ALICE)
            code, out, _ = self.run(applied, capsys, monkeypatch, token)
        finally:
            admin.rows(live.format("NONE"))
            admin.rows(ALLOWED.format("'ANALYST', 'ENGINEER'"))
            admin.rows("REVOKE ROLE HELPERS FROM USER ALICE")
        found = [each for each in json.loads(out)["lines"] if each["counted"]]
        assert (code, found[0]["what"]) == (1, "the session has other roles, too: HELPERS")
        assert "SET OAUTH_USE_SECONDARY_ROLES = NONE" in found[0]["fix"]

    def test_an_administrator_gets_no_further(
        self,
        applied: Stack,
        admin: Client,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        live = "ALTER SECURITY INTEGRATION CUBE_DEV SET BLOCKED_ROLES_LIST = ({})"
        parameter = "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
        admin.rows(f"ALTER ACCOUNT SET {parameter} = FALSE")
        admin.rows(live.format(""))
        admin.rows(ALLOWED.format(""))
        try:
            token = self.given(applied, ADMIN)
            code, out, _ = self.run(applied, capsys, monkeypatch, token)
        finally:
            admin.rows(f"ALTER ACCOUNT UNSET {parameter}")
            admin.rows(live.format("'SYSADMIN', 'USERADMIN'"))
            admin.rows(ALLOWED.format("'ANALYST', 'ENGINEER'"))
        assert code == 1
        assert "role ACCOUNTADMIN is blocked for Cube, and the token has it" in out

    @pytest.mark.parametrize(
        ("token", "said"),
        [("", "has no token"), ("two words", "one word"), ("not-a-token", "cannot sign in")],
    )
    def test_what_is_no_token_is_said_without_it(
        self,
        applied: Stack,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        token: str,
        said: str,
    ) -> None:
        code, out, err = self.run(applied, capsys, monkeypatch, token)
        assert (code, out) == (2, "")
        assert said in err
