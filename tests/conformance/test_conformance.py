"""The probes on the sandbox: each holds, each sees the opposite, and none leaves anything."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Sandbox
from tests.conformance.__main__ import VENDORS, in_sandbox, main, sandboxed
from tests.conformance.inversions import INVERSIONS
from tests.conformance.probe import (
    DIFFERS,
    HOLDS,
    UNSEEN,
    Account,
    CannotLookError,
    LeftBehindError,
    Probe,
    ask,
)

Accounts = dict[str, Any]
MOST_REAL_ONLY = 10
EVERY = [(vendor, probe) for vendor, probes in VENDORS.items() for probe in probes]
HERE = [pytest.param(v, p, id=f"{v}-{p.name}") for v, p in EVERY if not p.real_only]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandboxed() as box:
        yield box


@pytest.fixture(scope="module")
def accounts(box: Sandbox) -> Accounts:
    return {vendor: in_sandbox(vendor) for vendor in VENDORS}


def known(box: Sandbox) -> dict[str, object]:
    """What there is in both clouds."""
    databricks, snowflake = box.databricks, box.snowflake
    return {
        "Snowflake": {(o.kind, o.name) for o in snowflake.catalog.everything()},
        "grants": sorted(
            (g.privilege, str(o), str(g.to))
            for o in snowflake.catalog.everything()
            for g in o.grants
        ),
        "principals": set(databricks.directory.principals),
        "apps": set(databricks.access.integrations),
        "members": set(databricks.workspace.members),
        "Unity Catalog": {n: dict(s.grants) for n, s in databricks.unity.securables.items()},
        "warehouses": {i: dict(w.acl) for i, w in databricks.warehouses.all.items()},
        "tokens": {t.pat_id for t in databricks.access.pats(databricks.workspace)},
    }


@pytest.mark.parametrize(("vendor", "probe"), HERE)
def test_the_sandbox_behaves_as_is_assumed(
    box: Sandbox, accounts: Accounts, vendor: str, probe: Probe[Any]
) -> None:
    before = known(box)
    outcome = ask(probe, accounts[vendor])
    assert (outcome.result, outcome.detail) == (HOLDS, "")
    assert known(box) == before, "nothing is left"


@pytest.mark.parametrize(("vendor", "probe"), HERE)
def test_a_probe_sees_the_opposite(
    box: Sandbox,
    accounts: Accounts,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
    probe: Probe[Any],
) -> None:
    before = known(box)
    with monkeypatch.context() as patch:
        INVERSIONS[vendor][probe.name](patch, box)
        outcome = ask(probe, accounts[vendor])
    assert outcome.result == DIFFERS
    assert known(box) == before, "nothing is left"


def test_every_probe_has_its_opposite_and_few_are_for_real_accounts_only() -> None:
    for vendor, probes in VENDORS.items():
        names = [p.name for p in probes]
        assert len(names) == len(set(names))
        assert INVERSIONS[vendor].keys() == {p.name for p in probes if not p.real_only}
    assert len([p for _, p in EVERY if p.real_only]) <= MOST_REAL_ONLY
    assert all(p.assumption and p.why for _, p in EVERY)


def test_ctrl_c_takes_away_what_was_made(box: Sandbox, accounts: Accounts) -> None:
    def look(at: Any) -> object:
        at.afterwards("a second signal", lambda: os.kill(os.getpid(), signal.SIGINT))
        at.make("USER", "U", "TYPE = SERVICE")
        raise KeyboardInterrupt

    before = known(box)
    with pytest.raises(KeyboardInterrupt):
        ask(Probe("x", "x", "x", look, None), accounts["snowflake"])
    assert known(box) == before


def test_what_cannot_be_removed_is_named(box: Sandbox, accounts: Accounts) -> None:
    def look(at: Account) -> object:
        at.afterwards("a thing", lambda: 1 / 0)
        return None

    with pytest.raises(LeftBehindError, match=r"a thing \(division by zero\)"):
        ask(Probe("x", "x", "x", look, None), accounts["snowflake"])


def test_what_cannot_be_seen_is_no_result() -> None:
    def look(at: Account) -> object:
        raise CannotLookError("not in this edition")

    outcome = ask(Probe("x", "x", "x", look, None), Account())
    assert (outcome.result, outcome.detail) == (UNSEEN, "not in this edition")


def test_a_real_account_needs_its_variables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.startswith(("SNOWFLAKE_", "DATABRICKS_"))]:
        monkeypatch.delenv(name)
    assert main(["--real"]) == 2
    said = capsys.readouterr().out
    assert "set DATABRICKS_HOST, DATABRICKS_ACCOUNT_ID, CONFORMANCE_WAREHOUSE_ID" in said
    assert "SNOWFLAKE_ACCOUNT" in said
