"""What `cube-access recover --take-over` takes, and what the error that offers it says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from cube_access.recover import RecoverError, taking_over
from cube_access.snowflake.once import SETTLED, TYPES, Thing, _Look, has_had
from cube_access.snowflake.taken import INDEX, TAKEN, ending_of

OTHERS = {"there": "others", "owner": "SYSADMIN", "since": "2026-11-01", "comment": "theirs"}


def refusal(resource: str, monkeypatch: pytest.MonkeyPatch, place: Sequence[str] = ()) -> str:
    async def asked(*_: Any, **__: Any) -> dict[str, str]:
        return OTHERS

    monkeypatch.setattr(_Look, "_ask", asked)
    once: Any = SimpleNamespace(parent=None)
    role: Any = None
    ending = ending_of(resource)
    kind = TYPES[TAKEN[ending].type] if ending else "ROLE"
    look = _Look(resource, kind, once, role, place)
    given: Any = SimpleNamespace(new_inputs={"name": "CUBE_DEV"})
    with pytest.raises(pulumi.RunError) as raised:
        asyncio.run(look.before(given))
    return str(raised.value)


def test_only_types_that_are_looked_for_are_taken_over() -> None:
    assert {each.type for each in TAKEN.values()} == TYPES.keys()


@pytest.mark.parametrize("ending", TAKEN)
def test_what_can_be_taken_over_is_offered(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ending_of(f"cube{ending}") == ending
    assert f"--take-over cube{ending}=CUBE_DEV" in refusal(f"cube{ending}", monkeypatch)


def test_what_is_in_a_place_is_taken_over_by_all_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the plugin imports it."""
    said = refusal("cube-read-database-role", monkeypatch, ["ANALYTICS"])
    assert "the database role ANALYTICS.CUBE_DEV already exists" in said
    assert """--take-over 'cube-read-database-role="ANALYTICS"."CUBE_DEV"'`""" in said


def test_of_a_resource_monitor_it_is_said_that_nothing_tells_whose_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refusal("cube-monitor", monkeypatch)
    assert "has no comment that would tell whose it is (owner SYSADMIN, since 2026-11-01)" in said
    assert "--take-over cube-monitor=CUBE_DEV" in said
    assert "is not this stack's" not in said


def test_cube_clouds_integration_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal("cube-cube-cloud-integration", monkeypatch)
    assert "name CUBE_DEV as `integration` in cube-access:cubeCloudIdentity" in said
    assert "recover" not in said


def test_what_recover_would_refuse_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ending_of("cube-something") == ""
    said = refusal("cube-something", monkeypatch)
    assert "recover" not in said
    assert "pulumi import" in said


URN = "urn:pulumi:dev::p::x::"


def state(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "urn": f"{URN}{name}", **more}


@pytest.mark.parametrize(
    ("wanted", "beside", "provider"),
    [
        ("cube-warehouse=CUBE_DEV", [], "cube-warehouses"),
        ("cube-warehouse=CUBE_DEV", ["resourceMonitor:ResourceMonitor cube-monitor"],
         "cube-integrations"),
        ("cube-monitor=CUBE_DEV", [], "cube-integrations"),
        ("cube-service-user=CUBE_DEV", [], "cube-users"),
        ("cube-service-user=CUBE_DEV", ["networkPolicy:NetworkPolicy cube-network"],
         "cube-security"),
        ('cube-read-database-role="DB"."CUBE_DEV"', [], "cube-warehouses"),
        ('cube-sign-in-policy="DB"."S"."CUBE_DEV"', [], "cube-security"),
    ],
)  # fmt: skip
def test_it_is_taken_over_by_the_role_that_would_make_it(
    wanted: str, beside: list[str], provider: str
) -> None:
    states = [state(f"{INDEX}/{kind}", name) for each in beside for kind, name in [each.split(" ")]]
    states += [
        state(f"cube-access:index:{each}", name)
        for each, name in (("SnowflakeAccess", "cube"), ("ServiceAccount", "cube-service"))
    ]
    tasks = ("integrations", "users", "security", "warehouses")
    states += [state("pulumi:providers:snowflake", f"cube-{task}") for task in tasks]
    arguments = taking_over(states, wanted)
    assert arguments[2:4] == [*wanted.split("=")]
    assert f"provider={URN}{provider}" in arguments


ROLE = Thing(kind="ROLE", name="CUBE_DEV")
ROLE_TYPE = TAKEN["-service-role"].type


def settled(**things: list[str]) -> dict[str, Any]:
    return state(SETTLED.token, "cube-settled", outputs={"things": things})


class TestWhatAStateHasHad:
    def test_is_in_use(self) -> None:
        states = [settled(role=["ROLE", "CUBE_DEV"])]
        assert has_had(states, "role", ROLE)
        assert not has_had(states, "people", ROLE)
        assert not has_had([state(SETTLED.token, "cube-settled")], "role", ROLE)

    def test_under_another_name_was_another_object(self) -> None:
        """A change of the name that was cut off after CREATE."""
        assert not has_had([settled(role=["ROLE", "CUBE_OLD"])], "role", ROLE)
        inside = Thing(kind="DATABASE ROLE", name="CUBE_DEV", place=["OTHER"])
        assert not has_had([settled(role=["DATABASE ROLE", "DB", "CUBE_DEV"])], "role", inside)

    def test_and_the_engine_has_deleted_to_make_it_anew_is_gone(self) -> None:
        gone = state(ROLE_TYPE, "role", pendingReplacement=True)
        assert not has_had([settled(role=["ROLE", "CUBE_DEV"]), gone], "role", ROLE)

    @pytest.mark.parametrize("mark", ["delete", "pendingReplacement"])
    def test_and_replaced_does_not_stop_recover(self, mark: str) -> None:
        states = [
            state("cube-access:index:SnowflakeAccess", "cube-service"),
            state("pulumi:providers:snowflake", "cube-users"),
            state(ROLE_TYPE, "cube-service-role", **{mark: True}),
        ]
        assert taking_over(states, "cube-service-role=CUBE_DEV")[0] == "import"
        del states[2][mark]
        with pytest.raises(RecoverError, match="is in the state already"):
            taking_over(states, "cube-service-role=CUBE_DEV")
