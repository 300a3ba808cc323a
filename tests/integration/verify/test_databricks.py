"""Plants by hand what nobody declared, and takes away what was: verify finds each, and says what
undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import pytest
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.catalog import MetastoresAPI

from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks import identity, verification, walk
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.securables import Found
from cube_access.verify.databricks.verification import verify
from cube_access.verify.deployed import CannotCheckError, Deployed, read
from cube_access.verify.findings import EVERYBODY, REFRESH, Line
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_clouds import Clouds, Plant, carry_out
from tests.integration.verify.databricks_plants import EXTRAS, LACKS
from tools.stacks import Stack

BESIDE = [each for each in EXTRAS if each.beside]
Look = Callable[..., list[Line]]


@pytest.fixture(scope="module")
def clouds(applied: Stack) -> Clouds:
    found = Clouds(applied.sandbox)
    found.prepare()
    return found


@pytest.fixture(scope="module")
def look(applied: Stack, clouds: Clouds) -> Look:
    deployed: Deployed = read(applied.name, applied.folder)
    settings = deployed.settings
    assert isinstance(settings, DatabricksSettings)

    def run(*, as_deployer: bool) -> list[Line]:
        lines, _ = verify(deployed, settings, as_deployer=as_deployer, step=lambda _: None)
        return lines

    return run


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(look: Look, as_deployer: bool) -> None:
    lines = look(as_deployer=as_deployer)
    wanted = [] if as_deployer else [verification.ONLY_THE_DEPLOYER_SEES]
    assert [line.what for line in findings(lines)] == wanted
    said = "\n".join(line.what for line in lines)
    assert "5 privileges in Unity Catalog are declared" in said
    assert "reads 2 of 2 in main.sales" in said
    assert "nothing to write, create or grant with" in said
    seen = 4 if as_deployer else 1
    assert f"refused to read {seen} of {seen} tried" in said
    assert ("OAuth secrets are of this stack" in said) is as_deployer


def test_what_the_deployer_cannot_list_the_service_account_sees(
    look: Look, clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an administrator of the metastore lists every catalog."""

    def narrow(client: Client, names: Collection[str], *, only: str = "") -> Found:
        found = walk.look(client, names, only=only)
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
    (line,) = findings(look(as_deployer=False))
    assert line.what == verification.ONLY_THE_DEPLOYER_SEES
    (line,) = findings(look(as_deployer=True))
    assert (line.verdict, line.what) == (
        "unseen",
        "effective permissions on METASTORE: refused (only for administrators)",
    )


def test_what_breaks_it_off_is_no_finding(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabricksError("out of order")

    monkeypatch.setattr(identity, "workspace", broken)
    with pytest.raises(
        CannotCheckError, match=r"Databricks broke it off: an error \(out of order\)"
    ):
        look(as_deployer=False)


@pytest.fixture(scope="class", params=["service account", "deployer"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="class")
def extra(who: str, clouds: Clouds, look: Look) -> Iterator[list[Line]]:
    """What is found of everything planted at once; undone by what the report says."""
    before = clouds.everything()
    for plant in BESIDE:
        plant.by_hand(clouds)
    found = [line for line in findings(look(as_deployer=who == "deployer")) if
             line.what != verification.ONLY_THE_DEPLOYER_SEES]  # fmt: skip
    yield found
    # Some is for the deployer only to see.
    all_of_it = found if who == "deployer" else findings(look(as_deployer=True))
    for fix in dict.fromkeys(line.fix for line in all_of_it):
        carry_out(fix)
    assert clouds.everything() == before, "the fixes undo the plants, and nothing else"


class TestExcesses:
    @pytest.mark.parametrize("plant", BESIDE, ids=[each.what for each in BESIDE])
    def test_an_excess_is_found(self, extra: list[Line], plant: Plant, who: str) -> None:
        if who == "service account" and not plant.service_account_sees_it:
            assert plant.lines(extra) == [], "docs/verify.md says who sees what"
            return
        line, *more = plant.lines(extra)
        assert len(more) == plant.further(who)
        assert line.verdict == "extra"
        assert line.fix
        assert (line.through in EVERYBODY) == ("everybody" in plant.what)

    def test_nothing_else_is_found(self, extra: list[Line], who: str) -> None:
        seen = [p for p in BESIDE if who == "deployer" or p.service_account_sees_it]
        # Data for everybody is read by trying, too; whence, the service account cannot see.
        tried = [line for line in extra if line.shown == "tried"]
        assert len(tried) <= (who == "service account")
        wanted = sum(1 + plant.further(who) for plant in seen)
        assert len(extra) - len(tried) == wanted, "\n".join(line.what for line in extra)


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
        assert (line.verdict, line.fix) == ("lack", REFRESH)


def _unassigned(clouds: Clouds) -> None:
    clouds.state.leave_workspace(clouds.me, clouds.workspace)


def _without_secret(clouds: Clouds) -> None:
    clouds.state.access.secrets[clouds.me.id].clear()


def _deleted(clouds: Clouds) -> None:
    clouds.state.delete_principal(clouds.me)


@pytest.mark.parametrize("break_it", [_unassigned, _without_secret, _deleted])
def test_what_is_proposed_brings_the_sign_in_back(
    applied: Stack, clouds: Clouds, break_it: Callable[[Clouds], None]
) -> None:
    def look() -> list[Line]:
        deployed = read(applied.name, applied.folder)
        assert isinstance(deployed.settings, DatabricksSettings)
        lines, _ = verify(deployed, deployed.settings, as_deployer=True, step=lambda _: None)
        return lines

    assert findings(look()) == []
    break_it(clouds)
    first = look()[0]
    assert first.what.startswith("cannot sign in: ")
    for command in first.fix.splitlines():
        if command == REFRESH:
            applied.must("up", "--refresh", "--yes", "--skip-preview")
        else:
            carry_out(command)
    assert findings(look()) == []
