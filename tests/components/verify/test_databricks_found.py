"""What each look on Databricks finds beside the plants, and what it proposes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from databricks.sdk.service.catalog import Dependency

from cube_access.verify.databricks import verification
from cube_access.verify.databricks.securables import (
    Assigned,
    Declared,
    Found,
    Securable,
    compare,
    revoke,
    views,
)
from cube_access.verify.databricks.verification import ONLY_THE_DEPLOYER_SEES
from cube_access.verify.databricks.walk import _dependency
from cube_access.verify.databricks.warehouses import Ours
from cube_access.verify.databricks.warehouses import _Warehouse as Warehouse
from cube_access.verify.findings import REFRESH
from sandbox.databricks.access import MANAGER
from sandbox.databricks.world import ADMIN, BOB
from tests.components.verify.conftest import World
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_clouds import carry_out


class TestViews:
    def view(self, world: World, text: str) -> None:
        admin = world.clouds.named(ADMIN)
        world.clouds.unity.grant("schema", "main.sales", ADMIN, "CREATE_TABLE")
        done = world.clouds.state.statements.submit(admin, text)
        assert done.answer["status"]["state"] == "SUCCEEDED", done.answer

    @pytest.mark.parametrize("as_deployer", [False, True])
    def test_a_view_on_what_is_not_declared_is_mentioned(
        self, world: World, as_deployer: bool
    ) -> None:
        self.view(world, "CREATE VIEW main.sales.pay AS SELECT * FROM main.hr.salaries")
        self.view(world, "CREATE VIEW main.sales.mine AS SELECT * FROM main.sales.orders")
        lines = world.look(as_deployer=as_deployer)
        wanted = [] if as_deployer else [ONLY_THE_DEPLOYER_SEES]
        first, *others = findings(lines)
        assert [each.what for each in others] == wanted
        assert (first.verdict, first.name) == ("unseen", "main.sales.pay")
        assert first.what == (
            "view main.sales.pay of platform-admin@example.com gives, with its owner's rights, "
            "what it reads in main.hr.salaries, which is not declared"
        )

    def test_a_view_that_nothing_is_told_of_is_mentioned(self, world: World) -> None:
        self.view(world, "CREATE VIEW main.sales.pay AS SELECT * FROM main.hr.salaries")
        world.clouds.unity.get("table", "main.sales.pay").untold = True
        (line,) = findings(world.look())
        assert (line.verdict, line.name) == ("unseen", "main.sales.pay")
        assert line.what.endswith("was not seen: Databricks does not say what it reads")
        self.view(world, "CREATE VIEW main.sales.more AS SELECT * FROM main.hr.salaries")
        world.clouds.unity.get("table", "main.sales.more").untold = True
        (line,) = findings(world.look())
        assert (line.verdict, line.name) == ("unseen", "main.sales")
        assert line.what == (
            "what 2 views of main.sales show was not seen: Databricks does not say what they read "
            "(main.sales.more, main.sales.pay)"
        )

    def test_a_function_in_a_view_reads_with_its_owners_rights(self) -> None:
        told = {"function": {"function_full_name": "main.sales.pay"}}
        name = _dependency(Dependency.from_dict(told))
        found = Found()
        found.add(Securable("table", "main.sales.v", ADMIN, is_view=True, reads=(name,)))
        rules = Declared(principal="me", privileges={"main.sales": ("SELECT",)})
        (line,) = views(rules, found, "deployer")
        assert (line.verdict, "main.sales.pay(), which is not" in line.what) == ("unseen", True)
        other = _dependency(Dependency.from_dict({"connection": {"connection_name": "erp"}}))
        assert not rules.covers(other)


class TestOwnWarehouse:
    """That a stack made: who has something there, and was not declared."""

    @pytest.fixture
    def world(self, make: Callable[..., World]) -> World:
        return make(sqlWarehouseId=None)

    def test_nothing_is_found(self, world: World) -> None:
        assert findings(world.look()) == []

    @pytest.mark.parametrize("level", ["CAN_USE", "CAN_MANAGE", "IS_OWNER"])
    def test_another_ones_permission_is_found_and_taken_away(
        self, world: World, level: str
    ) -> None:
        (ours,) = [w for w in world.clouds.warehouses.values() if w.settings["name"] == "cube-dev"]
        before = world.clouds.everything()
        entry = {"user_name": BOB, "permission_level": level}
        world.clouds.state.warehouses.patch(ours, [entry])
        found = findings(world.look())
        assert f"{BOB} has {level} on SQL warehouse cube-dev, which is not declared" in [
            each.what for each in found
        ]
        carry_out(found[-1].fix)
        assert world.clouds.everything() == before

    def test_a_group_of_people_without_it_is_lacking(self, world: World) -> None:
        (ours,) = [w for w in world.clouds.warehouses.values() if w.settings["name"] == "cube-dev"]
        del ours.acl["finance"]
        (line,) = findings(world.look())
        assert line.what == "finance lacks CAN_USE on SQL warehouse cube-dev"


class TestOAuthApp:
    def test_what_it_lacks_is_brought_back(self, world: World) -> None:
        before, app = world.clouds.everything(), world.clouds.app
        app.settings["redirect_urls"] = []
        app.settings["scopes"] = ["sql"]
        app.settings["token_access_policy"] = {
            **app.settings["token_access_policy"], "access_token_ttl_in_minutes": 5,
        }  # fmt: skip
        found = findings(world.look())
        assert [(each.verdict, each.what) for each in found] == [
            (
                "lack",
                "the OAuth app does not send codes to https://example.cubecloud.dev/oauth/callback",
            ),
            ("lack", "the OAuth app gives no tokens of scope offline_access"),
            ("lack", "access tokens of the OAuth app live 5 minutes, not 60"),
        ]
        for each in found:
            carry_out(each.fix)
        assert world.clouds.everything() == before

    def test_one_that_is_gone_is_lacking(self, world: World) -> None:
        app = world.clouds.app
        del world.clouds.state.access.integrations[app.id]
        maker, line = findings(world.look())
        assert maker.what.endswith("Databricks names no maker of the OAuth app")
        what = f"the app {app.id} is not listed in the account: people cannot sign in"
        assert (line.verdict, line.what) == ("lack", what)

    def test_so_is_one_whose_intent_the_state_does_not_hold(self, world: World) -> None:
        app = world.clouds.app
        del world.clouds.state.access.integrations[app.id]
        resources = world.deployed.resources
        kept = [each for each in resources if "databricks:Intent" not in each["type"]]
        world.deployed = replace(world.deployed, resources=kept)
        maker, line = findings(world.look())
        assert maker.what.endswith("Databricks names no maker of the OAuth app")
        what = f"the app {app.id} is not listed in the account: people cannot sign in"
        assert (line.verdict, line.what, line.fix) == ("lack", what, REFRESH)


class TestWarehousesWithoutAMaker:
    @pytest.mark.parametrize("creator", ["", BOB, "ours"])
    def test_no_owner_is_guessed(self, creator: str) -> None:
        me = "me"
        ours = Ours(identifier="a", made_here=False, principal=me, names=frozenset({me}), groups=())
        entries = [("service_principal_name", me, "IS_OWNER"), ("user_name", ADMIN, "CAN_MANAGE")]
        of = me if creator == "ours" else creator
        assert Warehouse("b", "SQL warehouse B", entries, of, ours).cleaned() == ""
        made = Warehouse("b", "SQL warehouse B", entries, ADMIN, ours).cleaned()
        assert ADMIN in made
        assert "IS_OWNER" in made


class TestWays:
    def test_an_issuer_of_the_account_is_not_accepted_with_everybody(self, world: World) -> None:
        world.clouds.state.access.federate("https://idp.example.com")
        (line,) = findings(world.look())
        assert (line.verdict, line.through) == ("extra", "")

    @pytest.mark.parametrize("status", [None, 404])
    def test_only_workspaces_that_were_looked_at_count(
        self, world: World, status: int | None
    ) -> None:
        world.clouds.prepare()
        if status:
            path = "5004080000000002/permissionassignments$"
            world.sandbox.faults.add(path=path, status=status, times=9)
        lines = world.look()
        said = [each.what for each in lines]
        other = "workspace dbc-5a4d80x0-0002 (5004080000000002)"
        skipped = f"who is assigned to {other}: the account does not tell"
        unseen = [(each.what, each.name) for each in findings(lines)]
        assert unseen == ([(skipped, "workspace:5004080000000002")] if status else [])
        assert f"was looked for in {0 if status else 1} other workspaces" in said


class TestManagers:
    """Who looks may be the one who made itself a manager."""

    @pytest.mark.parametrize(
        ("creator", "named"), [(ADMIN, f"{ADMIN} as the maker"), ("", "no maker")]
    )
    def test_who_looks_is_not_taken_for_the_maker(
        self, world: World, monkeypatch: pytest.MonkeyPatch, creator: str, named: str
    ) -> None:
        (rules,) = world.clouds.state.access.rule_sets.values()
        (me,) = rules[MANAGER]
        rules[MANAGER].append(f"users/{BOB}")
        told = SimpleNamespace(creator_username=creator)
        monkeypatch.setattr(verification, "live", lambda *_: told)
        unseen, other = findings(world.look())
        assert (unseen.verdict, unseen.fix, unseen.name) == ("unseen", "", f"manager:{me}")
        assert unseen.what == (
            f"{me}, the sign-in that looks, manages the service account; whether it should was "
            f"not seen: Databricks names {named} of the OAuth app"
        )
        assert other.what.startswith(f"users/{BOB} may give others roles on the service account")
        carry_out(other.fix)
        assert rules[MANAGER] == [me], "what is not known to be wrong stays"

    def test_who_made_the_app_is_the_maker(self, world: World) -> None:
        (ok,) = [each for each in world.look() if "made the OAuth app" in each.what]
        assert ok.verdict == "ok"


class TestOwners:
    def test_a_catalog_is_given_to_who_administers_the_metastore_anyway(self, world: World) -> None:
        """And what is in it, owned too, not to ourselves."""
        unity, me = world.clouds.unity, world.clouds.me.name
        for kind, name in (("catalog", "raw"), ("schema", "raw.landing")):
            unity.get(kind, name).owner = me
        found = findings(world.look())
        assert [each.what for each in found] == [
            "OWNER ON CATALOG raw",
            "OWNER ON SCHEMA raw.landing",
        ]
        for each in found:
            carry_out(each.fix)
        owners = {unity.get("catalog", "raw").owner, unity.get("schema", "raw.landing").owner}
        assert owners == {"metastore-admins"}
        assert findings(world.look()) == []

    def test_a_view_is_given_away_as_a_view(self, world: World) -> None:
        unity, me = world.clouds.unity, world.clouds.me.name
        view = unity.add("table", "main.sales.pay", ADMIN)
        view.reads, view.owner = ["main.sales.orders"], me
        (line,) = [each for each in findings(world.look()) if each.what.startswith("OWNER ON")]
        assert line.fix.startswith("ALTER VIEW `main`.`sales`.`pay` OWNER TO ")
        carry_out(line.fix)
        assert view.owner != me

    def test_a_name_with_a_backtick_is_one_name(self) -> None:
        found, lake = Found(), Securable("external_location", "a`b", "me")
        for one in (lake, Securable("metastore", "", "the `owners`")):
            found.add(one)
        owned, held = Assigned("me", "OWNER", lake), Assigned("x`y", "READ_FILES", lake)
        assert revoke(owned, found) == ("ALTER EXTERNAL LOCATION `a``b` OWNER TO `the ``owners```;")
        assert revoke(held, found) == "REVOKE READ FILES ON EXTERNAL LOCATION `a``b` FROM `x``y`;"

    def test_an_owner_that_is_not_to_be_seen_is_not_guessed(self) -> None:
        found, raw = Found(), Securable("catalog", "raw", "me")
        found.add(raw)
        found.assigned.add(Assigned("me", "OWNER", raw))
        extra = next(compare(Declared(principal="me", privileges={}), found, "service account"))
        assert extra.fix == ""
        assert extra.what.endswith("who should own it is the deployer's to see (--deployer)")

    def test_a_metastore_without_an_administrator_gets_nothing(self) -> None:
        found, raw = Found(), Securable("catalog", "raw", "me")
        for one in (raw, Securable("metastore", "", "System user")):
            found.add(one)
        assert revoke(Assigned("me", "OWNER", raw), found) == ""

    def test_whoever_shares_is_not_chosen_here(self) -> None:
        found, share = Found(), Securable("share", "main", "me")
        for one in (share, Securable("metastore", "", "owners")):
            found.add(one)
        found.assigned.add(Assigned("me", "OWNER", share))
        extra = next(compare(Declared(principal="me", privileges={}), found, "deployer"))
        assert (extra.verdict, extra.fix) == ("extra", "")
        assert extra.what == (
            "OWNER ON SHARE main; its recipients lose what its next owner has no SELECT on"
        )
        assert not found.explains_reading(Securable("table", "main.hr.pay", "")), "no catalog"
        found.problems.append("catalogs: refused")
        assert found.hides("main"), "the catalog of that name was not seen"


class TestTokens:
    @pytest.fixture
    def world(self, make: Callable[..., World]) -> World:
        return make(credential="pat")

    def test_one_of_ours_that_has_expired_is_lacking_without_a_sign_in(self, world: World) -> None:
        world.deployed = replace(world.deployed, credential={})
        (token,) = [each for each in world.clouds.state.access.tokens.values() if each.pat_id]
        token.expires = 1
        (line,) = findings(world.look())
        assert (line.verdict, line.what) == (
            "lack",
            f"personal access token {token.pat_id} has expired",
        )

    def test_only_what_is_of_this_stack_is_said_to_be(self, make: Callable[..., World]) -> None:
        world = make()
        access, me = world.clouds.state.access, world.clouds.me
        access.create_pat(me, world.clouds.workspace, 60, "theirs", world.clouds.named(ADMIN))
        lines = [each for each in world.look() if "personal access token" in each.what]
        assert [each.verdict for each in lines] == ["extra"]
