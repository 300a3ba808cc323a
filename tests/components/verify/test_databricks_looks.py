"""How each look on Databricks ends: seen to its last page, not there, or unseen with the reason;
and why a service account cannot sign in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cube_access.verify import run
from cube_access.verify.databricks.verification import NOTHING_TRIED, ONLY_THE_DEPLOYER_SEES
from cube_access.verify.deployed import CannotCheckError
from cube_access.verify.findings import DEPLOYER, Report
from cube_access.verify.show import table
from sandbox.databricks.world import ADMIN, WAREHOUSE_ID
from tests.components.verify.conftest import World
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_clouds import OTHER_WAREHOUSE, carry_out


def many_tables(world: World) -> None:
    for number in range(230):
        world.clouds.unity.add("table", f"main.sales.t{number:03}", ADMIN)
        world.clouds.state.statements.load(f'CREATE TABLE "main.sales".t{number:03} (id INT)')


class TestLimits:
    @pytest.mark.parametrize("as_deployer", [False, True])
    def test_the_last_of_many_tables_counts(self, world: World, as_deployer: bool) -> None:
        many_tables(world)
        world.clouds.unity.grant("table", "main.sales.t228", world.clouds.me.name, "MODIFY")
        lines = world.look(as_deployer=as_deployer)
        extras = [each for each in lines if each.verdict == "extra"]
        assert [each.what for each in extras] == ["MODIFY ON TABLE main.sales.t228"]
        assert not any("nothing to write" in each.what for each in lines)
        assert world.exit_code(lines) == 1

    def test_what_a_missing_page_could_hold_is_not_promised(self, world: World) -> None:
        many_tables(world)
        world.sandbox.faults.add(path="/unity-catalog/tables$", status=403, skip=1)
        lines = world.look(as_deployer=False)
        assert [each.what for each in lines if each.verdict == "unseen"] == [
            "the tables of main.sales: refused (sandbox: injected fault)",
            ONLY_THE_DEPLOYER_SEES,
        ]
        assert not any("nothing to write" in each.what for each in lines)
        assert world.exit_code(lines) == 2


REFUSED = (
    {
        f"/permissions/warehouses/{WAREHOUSE_ID}": "the permissions of SQL warehouse Shared BI",
        f"/permissions/warehouses/{OTHER_WAREHOUSE}": (
            "the permissions of SQL warehouse Finance only"
        ),
        "5004080000000001/permissionassignments$": "who is assigned to the workspace",
        r"/accounts/[^/]+/workspaces$": "other workspaces",
        "/credentials/secrets": "OAuth secrets",
        "/token-management/tokens": "personal access tokens",
        "/authorization/tokens": "who may use tokens",
        "/rule-sets": "who has roles on it",
        "/servicePrincipals/[^/]+/federationPolicies": "federation policies",
        "/workspace-conf": "IP access lists",
        r"/accounts/[^/]+/scim/v2/Groups": "the groups of the account",
        "effective-permissions/schema/main.hr": "effective permissions on SCHEMA main.hr",
        "/external-locations": "external locations",
        "/functions": "the functions of raw.events",
    },
    {
        "/sql/warehouses$": "SQL warehouses",
        r"/accounts/[^/]+/federationPolicies": "federation policies",
        "custom-app-integrations": "the OAuth app",
        r"/accounts/[^/]+/scim/v2/ServicePrincipals/": "its roles in the account",
    },
)
"""Paths, and what is said of a look there that is refused."""


class TestRefusedLooks:
    @pytest.fixture
    def world(self, make: Callable[..., World]) -> World:
        world = make()
        world.clouds.prepare()
        return world

    @pytest.mark.parametrize("paths", REFUSED, ids=["most", "what is before them"])
    def test_each_refusal_is_unseen(self, world: World, paths: dict[str, str]) -> None:
        for path in paths:
            world.sandbox.faults.add(path=path, status=403, times=99)
        lines = world.look()
        unseen = [each.what for each in findings(lines)]
        for said in paths.values():
            assert f"{said}: refused (sandbox: injected fault)" in unseen
        assert {each.verdict for each in findings(lines)} == {"unseen"}
        assert world.exit_code(lines) == 2

    def test_a_warehouse_that_is_gone_is_lacking(self, world: World) -> None:
        path = f"/permissions/warehouses/{WAREHOUSE_ID}"
        world.sandbox.faults.add(path=path, status=404, times=9)
        (line,) = findings(world.look())
        assert (line.verdict, line.what) == ("lack", "SQL warehouse Shared BI is gone")

    def test_another_that_is_gone_meanwhile_is_nothing(self, world: World) -> None:
        path = f"/permissions/warehouses/{OTHER_WAREHOUSE}"
        world.sandbox.faults.add(path=path, status=404, times=9)
        assert findings(world.look()) == []

    def test_too_many_calls_end_the_looks_and_keep_what_was_found(self, world: World) -> None:
        world.clouds.state.access.create_secret(world.clouds.me, None)
        world.sandbox.faults.add(path="/token-management/tokens", status=429, times=999)
        lines = world.look()
        assert [each.what[:27] for each in lines if each.verdict == "extra"] == [
            "another OAuth secret signs "
        ]
        unseen = [each.what for each in lines if each.verdict == "unseen"]
        assert unseen[0].startswith("personal access tokens: ")
        assert all("not looked at, after " in each for each in unseen[1:])
        assert world.exit_code(lines) == 1

    def test_a_lost_connection_is_unseen(self, world: World) -> None:
        world.sandbox.faults.add(path="/workspace-conf", after_effect=True, times=99)
        unseen = findings(world.look())
        assert unseen[0].what.startswith("IP access lists: ")
        assert {each.verdict for each in unseen} == {"unseen"}

    def test_a_message_is_one_line_without_the_clients_own_settings(self, world: World) -> None:
        world.sandbox.faults.add(path="/rule-sets", status=401, times=9)
        unseen = findings(world.look())
        for each in unseen:
            assert "\n" not in each.what
            assert "Config:" not in each.what
            assert "client_id" not in each.what


def _expired(world: World) -> None:
    (secret,) = world.clouds.state.access.secrets[world.clouds.me.id]
    secret.expires = secret.created - 1


def _gone(world: World) -> None:
    world.clouds.state.access.secrets[world.clouds.me.id].clear()


def _deleted(world: World) -> None:
    world.clouds.state.delete_principal(world.clouds.me)


def _deactivated(world: World) -> None:
    world.clouds.me.active = False


def _unassigned(world: World) -> None:
    world.clouds.state.leave_workspace(world.clouds.me, world.clouds.workspace)


WHY: dict[str, tuple[Callable[[World], None], str]] = {
    "expired": (_expired, r"expired at "),
    "gone": (_gone, r"its OAuth secret [0-9a-f-]+ is gone"),
    "deleted": (_deleted, r"the service principal [0-9a-f-]+ is deleted"),
    "deactivated": (_deactivated, "the service principal is deactivated"),
    "unassigned": (_unassigned, "it is not assigned to workspace 5004080000000001"),
}


class TestSignIn:
    @pytest.mark.parametrize("why", WHY)
    def test_the_deployer_says_why(self, world: World, why: str) -> None:
        break_it, said = WHY[why]
        break_it(world)
        lines = world.look()
        first = lines[0]
        assert first.verdict == "lack"
        assert first.what.startswith("cannot sign in: ")
        assert sum(each.what.startswith("cannot sign in") for each in lines) == 1

        assert re.search(said, first.what), first.what
        assert first.fix
        assert "what it can read, and is refused, was not tried" in lines[1].what
        assert world.exit_code(lines) == 1
        assert not any(each.what.startswith("OAuth secret ") for each in lines), "said once"

    def test_the_report_says_who_signed_in(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "read", lambda *_, **__: world.deployed)

        def report() -> Report:
            asked = run.Asked(deployer=True)
            return run.verify("dev", Path(), lambda _: None, asked=asked)

        before = report()
        assert (before.signed_in, before.limits, before.exit_code) == (True, "", 0)
        _expired(world)
        after = report()
        assert (after.signed_in, after.limits) == (False, NOTHING_TRIED)
        assert " signed in" not in table(after, colour=False)

    def test_what_activates_it_is_all_that_it_takes(self, world: World) -> None:
        before = world.clouds.everything()
        _deactivated(world)
        carry_out(world.look()[0].fix)
        assert world.clouds.everything() == before
        assert findings(world.look()) == []

    def test_alone_it_says_what_may_be(self, world: World) -> None:
        _expired(world)
        with pytest.raises(CannotCheckError) as error:
            world.look(as_deployer=False)
        text = str(error.value)
        assert "invalid_client" in text
        assert "`--deployer` looks which" in text
        assert world.deployed.credential["clientSecret"] not in text

    def test_the_deployer_looks_at_the_rest(self, world: World) -> None:
        _expired(world)
        world.clouds.unity.grant("schema", "main.hr", world.clouds.me.name, "SELECT")
        assert "SELECT ON SCHEMA main.hr" in [each.what for each in world.look()]


class TestWithoutTheDeployer:
    def test_what_only_the_deployer_sees_is_not_promised(self, world: World) -> None:
        lines = world.look(as_deployer=False)
        (line,) = findings(lines)
        assert (line.verdict, line.what) == ("unseen", ONLY_THE_DEPLOYER_SEES)
        assert line.fix == "cube-access verify --stack dev --deployer"
        assert world.exit_code(lines) == 2


class TestWithoutASignIn:
    """The deployer's look alone: no credential was read."""

    @pytest.fixture
    def world(self, world: World) -> World:
        world.deployed = replace(world.deployed, credential={})
        return world

    def test_nothing_is_found_and_nothing_was_tried(self, world: World) -> None:
        lines = world.look()
        assert findings(lines) == []
        assert not any(each.shown == "tried" for each in lines)
        assert {each.by for each in lines} == {DEPLOYER}

    def test_what_is_held_is_found(self, world: World) -> None:
        world.clouds.unity.grant("schema", "main.hr", world.clouds.me.name, "SELECT")
        assert [each.what for each in findings(world.look())] == ["SELECT ON SCHEMA main.hr"]

    def test_a_principal_that_the_workspace_does_not_know_is_lacking(self, world: World) -> None:
        _unassigned(world)
        assert [each.verdict for each in findings(world.look())] == ["lack", "unseen"]


def test_what_was_found_is_kept_when_a_look_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is Databricks' own, in one place, says nothing of the others."""
    world.sandbox.faults.add(path="custom-app-integrations/", status=500, times=9)
    world.clouds.state.access.federate("https://token.example.com", "theirs", world.clouds.me)
    lines = findings(world.look())
    assert [each.verdict for each in lines if "federat" in each.what or "tokens of" in each.what]
    assert any(each.verdict == "extra" for each in lines)
    assert any(each.what.startswith("the OAuth app: ") for each in lines)
