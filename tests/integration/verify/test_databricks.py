"""Plants by hand what nobody declared, and takes away what was: verify finds each, and says what
undoes it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator

import pytest
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.catalog import MetastoresAPI

from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks import identity, securables, verification
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.securables import Found
from cube_access.verify.databricks.verification import verify
from cube_access.verify.deployed import CannotCheckError, Deployed, read
from cube_access.verify.findings import EVERYBODY, Line
from sandbox.databricks.directory import ACCOUNT_USERS
from sandbox.databricks.world import ACCOUNT_ID, ADMIN, WAREHOUSE_ID, WORKSPACE_HOST
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_plants import (
    EXTRAS,
    LACKS,
    OTHER_WAREHOUSE,
    Clouds,
    Plant,
)
from tools.stacks import Stack

HISTORY = (
    ("catalog", "system"),
    ("schema", "system.ai"),
    ("schema", "system.access"),
    ("table", "system.access.audit"),
)
Look = Callable[..., list[Line]]


@pytest.fixture(scope="module")
def clouds(applied: Stack) -> Clouds:
    found = Clouds(applied.sandbox)
    settings = {"name": "Finance only"}
    found.state.warehouses.add(found.workspace, settings, ADMIN, OTHER_WAREHOUSE)
    found.unity.grant("schema", "raw.landing", "finance", "SELECT", "MODIFY")
    for kind, name in HISTORY:
        found.unity.add(kind, name, ADMIN)
    found.unity.grant("schema", "system.ai", ACCOUNT_USERS, "EXECUTE")  # as it is everywhere
    return found


@pytest.fixture(scope="module")
def look(applied: Stack, clouds: Clouds) -> Look:
    deployed: Deployed = read(applied.name, applied.folder)
    settings = deployed.settings
    assert isinstance(settings, DatabricksSettings)

    def run(*, as_deployer: bool) -> list[Line]:
        return verify(deployed, settings, as_deployer=as_deployer, step=lambda _: None)

    return run


def carry_out(fix: str) -> None:
    """As the deployer would: SQL on the warehouse, the rest by the command line's generic call."""
    workspace = WorkspaceClient(host=f"https://{WORKSPACE_HOST}")
    if not fix.startswith("databricks api "):
        answer = workspace.statement_execution.execute_statement(fix, WAREHOUSE_ID)
        assert answer.status
        assert answer.status.error is None, f"{fix}: {answer.status.error}"
        return
    verb, path, *rest = shlex.split(fix)[2:]
    body = json.loads(rest[1]) if rest else None
    account = AccountClient(host="https://accounts.cloud.databricks.com", account_id=ACCOUNT_ID)
    client = account if "/accounts/" in path else workspace
    client.api_client.do(verb.upper(), path, body=body)


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(look: Look, as_deployer: bool) -> None:
    lines = look(as_deployer=as_deployer)
    assert findings(lines) == []
    said = "\n".join(line.what for line in lines)
    assert "5 privileges in Unity Catalog are declared" in said
    assert "reads 2 of 2 in main.sales" in said
    assert "nothing to write, create or grant with" in said
    seen = 4 if as_deployer else 1
    assert f"refused to read {seen} of {seen} tried" in said
    assert ("secrets and tokens are of this stack" in said) is as_deployer


def test_what_the_deployer_cannot_list_the_service_account_sees(
    look: Look, clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an administrator of the metastore lists every catalog."""

    def narrow(client: Client, names: Collection[str], *, only: str = "") -> Found:
        found = securables.look(client, names, only=only)
        if not only:
            found.assigned = {one for one in found.assigned if "raw" not in one.on.name}
            found.securables = {key: one for key, one in found.securables.items() if
                                "raw" not in one.name}  # fmt: skip
        return found

    monkeypatch.setattr(verification, "look", narrow)
    clouds.unity.grant("catalog", "raw", clouds.me.name, "SELECT")
    try:
        (line,) = findings(look(as_deployer=True))
    finally:
        clouds.unity.revoke("catalog", "raw", clouds.me.name, "SELECT")
    assert line.what == "SELECT ON CATALOG raw"


def test_a_metastore_that_the_deployer_may_not_look_at_is_said(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise PermissionDenied("only for administrators")

    monkeypatch.setattr(MetastoresAPI, "summary", refused)
    assert findings(look(as_deployer=False)) == []
    (line,) = findings(look(as_deployer=True))
    assert (line.verdict, line.what) == (
        "unseen",
        "effective permissions on METASTORE: only for administrators",
    )


def test_what_breaks_it_off_is_no_finding(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabricksError("out of order")

    monkeypatch.setattr(identity, "workspace", broken)
    with pytest.raises(CannotCheckError, match="Databricks broke it off: out of order"):
        look(as_deployer=False)


@pytest.fixture(scope="class", params=["service account", "deployer"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="class")
def extra(who: str, clouds: Clouds, look: Look) -> Iterator[list[Line]]:
    """What is found of everything planted at once; undone by what the report says."""
    before = clouds.everything()
    for plant in EXTRAS:
        plant.by_hand(clouds)
    found = findings(look(as_deployer=who == "deployer"))
    yield found
    # Some is for the deployer only to see.
    for line in found if who == "deployer" else findings(look(as_deployer=True)):
        carry_out(line.fix)
    assert clouds.everything() == before, "the fixes undo the plants, and nothing else"


class TestExcesses:
    @pytest.mark.parametrize("plant", EXTRAS, ids=[each.what for each in EXTRAS])
    def test_an_excess_is_found(self, extra: list[Line], plant: Plant, who: str) -> None:
        found = [
            line
            for line in extra
            if re.match(plant.found, line.what) and line.through == plant.through
        ]
        if who == "service account" and not plant.service_account_sees_it:
            assert found == [], "docs/verify.md says who sees what"
            return
        (line,) = found
        assert line.verdict == "extra"
        assert line.fix
        assert (line.through in EVERYBODY) == ("everybody" in plant.what)

    def test_nothing_else_is_found(self, extra: list[Line], who: str) -> None:
        seen = [plant for plant in EXTRAS if who == "deployer" or plant.service_account_sees_it]
        # Data for everybody is read by trying, too; whence, the service account cannot see.
        tried = [line for line in extra if line.shown == "tried"]
        assert len(tried) <= (who == "service account")
        assert len(extra) - len(tried) == len(seen), "\n".join(line.what for line in extra)


@pytest.fixture(scope="class")
def lack(applied: Stack, clouds: Clouds, look: Look) -> Iterator[list[Line]]:
    """The same of what was taken away."""
    before = clouds.everything()
    for plant in LACKS:
        plant.by_hand(clouds)
    yield findings(look(as_deployer=True))
    applied.must("up", "--refresh", "--yes", "--skip-preview")
    assert clouds.everything() == before, "what every line says brings it back"


class TestLacks:
    @pytest.mark.parametrize("plant", LACKS, ids=[each.what for each in LACKS])
    def test_a_lack_is_found(self, lack: list[Line], plant: Plant) -> None:
        (line,) = [each for each in lack if each.what == plant.found]
        assert (line.verdict, line.fix) == ("lack", "pulumi up --refresh")

    def test_what_is_lacking_cannot_be_read(self, lack: list[Line]) -> None:
        tried = [line for line in lack if "cannot be read" in line.what]
        assert {line.what.split()[0] for line in tried} == {
            "main.reference.countries",
            "main.sales.customers",
            "main.sales.orders",
        }
