"""Plants by hand what nobody declared, and takes away what was: verify finds each, and says what
undoes it.
"""

from __future__ import annotations

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
from sandbox import Sandbox
from tests.integration.verify.conftest import findings
from tests.integration.verify.snowflake_plants import EXTRAS, KEY, LACKS, Plant
from tools.snowflake_client import Client, by_hand, stored
from tools.stacks import Stack, example

ROLE, USER = "CUBE_DEV", "CUBE_DEV"
BEFORE = (
    "CREATE ROLE HELPERS",
    "GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO ROLE HELPERS",
    "CREATE DATABASE ROLE ANALYTICS.PAYROLL",
    "GRANT SELECT ON TABLE ANALYTICS.HR.SALARIES TO DATABASE ROLE ANALYTICS.PAYROLL",
    "CREATE SCHEMA ANALYTICS.STAGING",
)


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


def everything(sandbox: Sandbox) -> set[tuple[object, ...]]:
    """All that grants and revokes can change."""
    state, found = sandbox.snowflake, set[tuple[object, ...]]()
    for one in [state.account, *state.catalog.everything()]:
        found.add((str(one), one.kind, "owner", one.owner and one.owner.simple_name))
        for g in one.grants:
            found.add((str(one), one.kind, g.privilege, str(g.to), g.to.kind, g.option))
        for f in one.future:
            found.add((str(one), f.kind, f.privilege, str(f.to), f.option, "future"))
    user = state.users.get(USER)
    assert user
    set_ = {key: value for key, value in user.settings.items() if value}
    return found | {(USER, *each) for each in set_.items()}


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(look: Look, admin: Client, as_deployer: bool) -> None:
    lines = look(as_deployer=as_deployer)
    assert findings(lines) == []
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
    found = findings(look(as_deployer=request.param == "deployer"))
    yield found
    for line in found:
        admin.rows(line.fix.removesuffix(";"))
    assert everything(applied.sandbox) == before, "the fixes undo the plants, and nothing else"


class TestExcesses:
    @pytest.mark.parametrize("plant", EXTRAS, ids=[each.what for each in EXTRAS])
    def test_an_excess_is_found(self, extra: list[Line], plant: Plant) -> None:
        (line,) = [each for each in extra if each.what.startswith(plant.found)]
        assert (line.verdict, line.through) == ("extra", plant.through)
        assert (line.through in EVERYBODY) == ("everybody" in plant.what)

    def test_nothing_else_is_found(self, extra: list[Line]) -> None:
        assert len(extra) == len(EXTRAS), "\n".join(line.what for line in extra)


@pytest.fixture(scope="class")
def lack(applied: Stack, admin: Client, look: Look) -> Iterator[list[Line]]:
    """The same of what was taken away."""
    admin.rows("CREATE TABLE ANALYTICS.STAGING.LATE (ID INT)")
    before = everything(applied.sandbox)
    for plant in LACKS:
        admin.rows(plant.statement)
    found = findings(look(as_deployer=True))
    yield found
    applied.must("up", "--refresh", "--yes", "--skip-preview")
    for fix in {line.fix for line in found if line.fix.startswith("GRANT ")}:
        admin.rows(fix.removesuffix(";"))
    assert findings(look(as_deployer=True)) == []
    admin.rows("ALTER TABLE ANALYTICS.SALES.LATE RENAME TO ANALYTICS.STAGING.LATE")
    admin.rows("REVOKE SELECT ON TABLE ANALYTICS.STAGING.LATE FROM ROLE CUBE_DEV")
    assert everything(applied.sandbox) == before


class TestLacks:
    @pytest.mark.parametrize("plant", LACKS, ids=[each.what for each in LACKS])
    def test_a_lack_is_found(self, lack: list[Line], plant: Plant) -> None:
        (line,) = [each for each in lack if each.what == plant.found]
        assert line.verdict == "lack"
        assert line.fix == "pulumi up --refresh" or line.fix.startswith("GRANT SELECT ON TABLE")

    def test_what_is_lacking_cannot_be_read(self, lack: list[Line]) -> None:
        tried = {line.what.split()[0] for line in lack if "cannot be read" in line.what}
        assert tried >= {"ANALYTICS.SALES.CUSTOMERS", "ANALYTICS.REFERENCE.COUNTRIES"}
        assert all(line.shown == "tried" for line in lack if line.verdict == "unseen"), (
            "without a warehouse some tries prove nothing, and say so"
        )
        assert {line.verdict for line in lack} == {"lack", "unseen"}


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
            code, out, _ = self.run(applied, capsys)
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
