"""Each plant alone: what verify says of it, and that the command it proposes undoes it and makes
nobody else better off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

import pytest

from cube_access.verify.databricks import verification, walk
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.securables import Found
from cube_access.verify.databricks.verification import ONLY_THE_DEPLOYER_SEES, verify
from cube_access.verify.findings import Line
from sandbox import Sandbox
from tests.components.verify.databricks_by_hand import apply
from tests.helpers import nothing_unknown
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_clouds import Clouds, Plant, carry_out
from tests.integration.verify.databricks_plants import EXTRAS, HIDDEN
from tools.stacks import enter

Fact = tuple[object, ...]
Facts = frozenset[Fact]


class World:
    """One sandbox with a stack in it."""

    def __init__(self, sandbox: Sandbox, **changes: Any) -> None:
        self.sandbox = sandbox
        self.deployed, self.settings = apply(sandbox, **changes)
        self.clouds = Clouds(sandbox)
        self.clouds.prepare()

    def look(self, *, as_deployer: bool = True) -> list[Line]:
        lines, _ = verify(
            self.deployed, self.settings, as_deployer=as_deployer, step=lambda _: None
        )
        return lines


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as box, pytest.MonkeyPatch.context() as patch:
        enter(box, patch)
        yield World(box)
        nothing_unknown(box)


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(world: World, as_deployer: bool) -> None:
    found = findings(world.look(as_deployer=as_deployer))
    wanted = [] if as_deployer else [ONLY_THE_DEPLOYER_SEES]
    assert [each.what for each in found] == wanted


BESIDE = [each for each in EXTRAS if each.beside]
ALONE = [*(each for each in EXTRAS if not each.beside), *HIDDEN]


class Proposed:
    """What one look found of all plants. Each is undone once, whichever tests a worker plays."""

    def __init__(self, found: list[Line]) -> None:
        self.found = found
        self._left = list(BESIDE)

    def undo(self, plant: Plant) -> None:
        self._left.remove(plant)
        for fix in dict.fromkeys(each.fix for each in plant.lines(self.found)):
            carry_out(fix)

    def undo_the_rest(self) -> None:
        for plant in list(self._left):
            self.undo(plant)


class TestBesideOthers:
    """One look at all of them; what it proposes is carried out one by one."""

    @pytest.fixture(scope="class")
    def clean(self, world: World) -> frozenset[Fact]:
        return world.clouds.everything()

    @pytest.fixture(scope="class")
    def changed(self, world: World, clean: frozenset[Fact]) -> dict[str, tuple[Facts, Facts]]:
        """What each plant adds, and takes away."""
        changes, before = {}, clean
        for plant in BESIDE:
            plant.by_hand(world.clouds)
            after = world.clouds.everything()
            changes[plant.what] = (after - before, before - after)
            before = after
        return changes

    @pytest.fixture(scope="class")
    def proposed(self, world: World, changed: object) -> Iterator[Proposed]:
        proposed = Proposed(findings(world.look()))
        yield proposed
        proposed.undo_the_rest()

    def test_nothing_else_is_found(self, proposed: Proposed) -> None:
        count = sum(1 + each.more for each in BESIDE)
        assert len(proposed.found) == count, "\n".join(each.what for each in proposed.found)

    @pytest.mark.parametrize("plant", BESIDE, ids=lambda each: each.what)
    def test_what_is_proposed_undoes_it(
        self,
        world: World,
        clean: Facts,
        changed: dict[str, tuple[Facts, Facts]],
        proposed: Proposed,
        plant: Plant,
    ) -> None:
        added, taken = changed[plant.what]
        before, line = world.clouds.everything(), plant.line(proposed.found)
        assert line.verdict == "extra"
        proposed.undo(plant)
        after = world.clouds.everything()
        assert not added & after
        assert taken <= after
        assert after - before <= clean, "nobody has what they did not have before the plants"
        assert before - after <= added, "nobody loses what was not planted"

    def test_then_all_is_as_it_was(self, world: World, clean: Facts, proposed: Proposed) -> None:
        proposed.undo_the_rest()
        assert world.clouds.everything() == clean


class TestAlone:
    """What is proposed names what others hold, too: a look each."""

    @pytest.fixture(scope="class")
    def walked(self, world: World) -> dict[str, Found]:
        """Unity Catalog, where nothing is planted here, by who looks."""
        found = dict[str, Found]()

        def keep(client: Client, names: Collection[str], *, only: str = "") -> Found:
            found[only] = walk.look(client, names, only=only)
            return found[only]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(verification, "look", keep)
            assert findings(world.look()) == []
        return found

    @pytest.mark.parametrize("plant", ALONE, ids=lambda each: each.what)
    def test_what_is_proposed_undoes_it(
        self,
        world: World,
        plant: Plant,
        walked: dict[str, Found],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(verification, "look", lambda *_, only="": deepcopy(walked[only]))
        before = world.clouds.everything()
        plant.by_hand(world.clouds)
        found = findings(world.look())
        assert len(found) == 1 + plant.more, "\n".join(each.what for each in found)
        assert plant.line(found).verdict == "extra"
        for fix in dict.fromkeys(each.fix for each in found):
            carry_out(fix)
        assert world.clouds.everything() == before, "undoes the plant, and nothing else"
