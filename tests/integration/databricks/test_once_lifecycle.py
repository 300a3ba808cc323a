"""What is ours and what is others', judged on what the account lists. No engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from databricks.sdk import AccountClient
from databricks.sdk.service.settings import TokenInfo

from cube_access.databricks.leftovers import Things
from cube_access.databricks.once import INTENT, SETTLED, IntentLifecycle, SettledLifecycle
from cube_access.provider.lifecycle import ProviderError, Values
from cube_access.provider.values import UNKNOWN
from cube_access.verify.databricks.doubles import doubles
from sandbox import Sandbox
from sandbox.databricks.directory import Principal
from sandbox.databricks.world import ACCOUNT_ID, ALICE
from tests.helpers import Heard

CONSOLE = "accounts.cloud.databricks.com"
SETTINGS = {
    "name": "cube-dev",
    "redirect_urls": ["https://example.cubecloud.dev/oauth/callback"],
    "scopes": ["sql", "offline_access"],
    "confidential": True,
}


@pytest.fixture
def said() -> Heard:
    return Heard()


def place(kind: str, **more: Any) -> Values:
    given = {"kind": kind, "host": CONSOLE, "accountId": ACCOUNT_ID, "name": "cube-dev"}
    return {**given, **more}


def intend(said: Heard, kind: str, **more: Any) -> Values:
    return IntentLifecycle(voice=said).create(place(kind, **more))[1]


def settle(said: Heard, intent: Values, identifier: str, **more: Any) -> list[str]:
    kept = {key: value for key, value in intent.items() if key != "confidential"}
    _, made = SettledLifecycle(voice=said).create({**kept, "identifier": identifier, **more})
    return list(made["removed"])


def deployer(sandbox: Sandbox) -> Principal:
    return next(p for p in sandbox.databricks.directory.principals.values() if p.account_admin)


def app(sandbox: Sandbox, by: Principal | None = None, **changes: Any) -> str:
    made = sandbox.databricks.access.create_integration(
        {**SETTINGS, **changes}, by or deployer(sandbox)
    )
    return made.id


def apps(sandbox: Sandbox) -> set[str]:
    return set(sandbox.databricks.access.integrations)


class TestAnApp:
    def test_a_double_of_ours_goes_and_every_other_one_stays(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        before = app(sandbox)
        intent = intend(said, "app", confidential=True)
        person = sandbox.databricks.directory.named(ALICE)
        lost, own = app(sandbox), app(sandbox)
        others = {
            before,
            app(sandbox, name="cube-prod"),
            app(sandbox, by=person),
            app(sandbox, redirect_urls=["https://other.cubecloud.dev/oauth/callback"]),
            app(sandbox, scopes=["sql"]),
            app(sandbox, confidential=False),
        }
        assert settle(said, intent, own) == [lost]
        assert apps(sandbox) == {own, *others}
        assert len(said.warnings) == 1
        assert lost in said.warnings[0]

    def test_one_of_another_stack_of_this_name_stays(self, sandbox: Sandbox, said: Heard) -> None:
        """One run is killed; the other stack makes its app; then the first one goes on."""
        intent = intend(said, "app")
        lost = app(sandbox)
        sandbox.databricks.advance(seconds=10 * 60)
        theirs, own = app(sandbox), app(sandbox)
        assert settle(said, intent, own) == [lost]
        assert apps(sandbox) == {theirs, own}
        stays = next(text for text in said.warnings if theirs in text)
        assert f"oauth2/custom-app-integrations/{theirs}`" in stays
        assert "and stays" in stays

    def test_a_mark_of_an_older_state_has_no_time_and_so_nothing_is_sure(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        intent = {**intend(said, "app"), "mark": "cube-access:0123456789abcdef"}
        lost, own = app(sandbox), app(sandbox)
        assert settle(said, intent, own) == []
        assert apps(sandbox) == {lost, own}
        assert lost in said.warnings[0]

    def test_one_that_is_made_after_ours_was_lost_is_named_and_stays(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        intent = intend(said, "app")
        olds = {**intent, "identifier": app(sandbox), "removed": []}
        sandbox.databricks.access.delete_integration(olds["identifier"])
        by_hand, new = app(sandbox), app(sandbox)
        news = {**intent, "identifier": new}
        assert SettledLifecycle(voice=said).update("app", olds, news)["removed"] == []
        assert apps(sandbox) == {by_hand, new}
        assert f"databricks api delete /api/2.0/accounts/{ACCOUNT_ID}/oauth2" in said.warnings[0]
        assert by_hand in said.warnings[0]

    def test_the_one_that_a_change_replaces_is_left_to_the_engine(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        old = app(sandbox)
        olds = {**intend(said, "app", confidential=True), "identifier": old, "removed": []}
        lifecycle = IntentLifecycle(voice=said)
        intent = lifecycle.update("app", olds, place("app", confidential=False))
        lost, new = (app(sandbox, confidential=False) for _ in range(2))
        news = {**intent, "identifier": new}
        assert SettledLifecycle(voice=said).update("app", olds, news)["removed"] == [lost]
        assert apps(sandbox) == {old, new}

    def test_a_destroy_leaves_it_and_says_how_it_goes(self, sandbox: Sandbox, said: Heard) -> None:
        """Only a run can tell, by ours, that it is a double."""
        before = app(sandbox)
        intent = intend(said, "app")
        cut_off = app(sandbox)
        IntentLifecycle(voice=said).delete("app", intent)
        assert apps(sandbox) == {before, cut_off}
        assert len(said.warnings) == 1
        assert cut_off in said.warnings[0]


def principal(sandbox: Sandbox, mark: str = "") -> str:
    made = sandbox.databricks.directory.add("service_principal", "cube-dev")
    made.external_id = mark or None
    return str(made.id)


def principals(sandbox: Sandbox) -> set[str]:
    every = sandbox.databricks.directory.principals.values()
    return {str(each.id) for each in every if each.display_name == "cube-dev"}


class TestAPrincipal:
    def test_what_has_our_mark_goes(self, sandbox: Sandbox, said: Heard) -> None:
        intent = intend(said, "principal")
        other = principal(sandbox, "cube-access:of-another-stack")
        by_hand, lost = principal(sandbox), principal(sandbox, intent["mark"])
        own = principal(sandbox, intent["mark"])
        assert settle(said, intent, own) == [lost]
        assert principals(sandbox) == {own, other, by_hand}

    def test_a_destroy_takes_what_a_run_that_was_cut_off_has_made(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        intent = intend(said, "principal")
        other, lost = principal(sandbox), principal(sandbox, intent["mark"])
        IntentLifecycle(voice=said).delete("principal", intent)
        assert principals(sandbox) == {other}
        assert lost in said.warnings[0]


class TestASecret:
    def test_one_of_before_and_one_with_another_lifetime_stay(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        id_ = principal(sandbox)
        account = AccountClient(host=f"https://{CONSOLE}", account_id=ACCOUNT_ID)

        def secret(days: int) -> str:
            made = account.service_principal_secrets.create(id_, lifetime=f"{days * 86_400}s")
            return str(made.id)

        first = secret(90)
        intent = intend(said, "secret", principalId=id_)
        lost, own, rotated = secret(90), secret(90), secret(30)
        assert settle(said, intent, own) == [lost]
        left = {str(each.id) for each in account.service_principal_secrets.list(id_)}
        assert left == {first, own, rotated}
        IntentLifecycle(voice=said).delete("secret", intent)
        assert {str(each.id) for each in account.service_principal_secrets.list(id_)} == left

    def test_another_labels_one_stays_when_the_first_is_made_anew(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        """`up --refresh` after the first was removed by hand: its intent is of the first `up`."""
        id_ = principal(sandbox)
        secrets = AccountClient(
            host=f"https://{CONSOLE}", account_id=ACCOUNT_ID
        ).service_principal_secrets

        def secret() -> str:
            return str(secrets.create(id_, lifetime="7776000s").id)

        intent = intend(said, "secret", principalId=id_)
        lost, live = secret(), secret()
        secrets.delete(id_, lost)
        anew = secret()
        olds, news = ({**intent, "identifier": each} for each in (lost, anew))
        assert SettledLifecycle(voice=said).update("secret", olds, news)["removed"] == []
        assert {str(each.id) for each in secrets.list(id_)} == {live, anew}
        assert live in said.warnings[0]
        assert "databricks api delete" not in said.warnings[0]

    def test_after_a_new_look_a_double_goes_and_the_live_one_stays(
        self, sandbox: Sandbox, said: Heard
    ) -> None:
        id_ = principal(sandbox)
        secrets = AccountClient(
            host=f"https://{CONSOLE}", account_id=ACCOUNT_ID
        ).service_principal_secrets

        def secret() -> str:
            return str(secrets.create(id_, lifetime="7776000s").id)

        olds = intend(said, "secret", principalId=id_)
        own, live = secret(), secret()
        changed = place("secret", principalId=id_, name="cube-renamed")
        intent = IntentLifecycle(voice=said).update("secret", olds, changed)
        lost, anew = secret(), secret()
        before = {**olds, "identifier": own}
        news = {**intent, "identifier": anew}
        assert SettledLifecycle(voice=said).update("secret", before, news)["removed"] == [lost]
        assert {str(each.id) for each in secrets.list(id_)} == {own, live, anew}


class TestAToken:
    def test_is_known_by_its_own_comment_after_the_name_was_changed(
        self, said: Heard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The engine ignores a change of the comment: a token keeps the one it was made with."""
        listed = [
            TokenInfo(token_id=id_, owner_id=int(owner), comment=comment)
            for id_, owner, comment in (
                ("own", "7", "cube-dev v1"),
                ("lost", "7", "cube-dev v1"),
                ("live", "7", "cube-dev v2"),
                ("other", "8", "cube-dev v1"),
            )
        ]
        gone: list[str] = []
        tokens = SimpleNamespace(list=lambda: listed, delete=gone.append)
        workspace = SimpleNamespace(token_management=tokens)
        monkeypatch.setattr(Things, "_workspace", lambda self: workspace)
        intent = {**place("token", principalId="7", name="cube-new v1"), "mark": "m", "before": []}
        assert settle(said, intent, "own") == ["lost"]
        assert gone == ["lost"]


class TestAFirstPreview:
    def test_says_what_has_the_name(self, sandbox: Sandbox, said: Heard) -> None:
        theirs, other = app(sandbox), principal(sandbox)
        for kind in ("app", "principal"):
            assert IntentLifecycle(voice=said).check({}, place(kind)) == []
        assert [theirs in said.warnings[0], other in said.warnings[1]] == [True, True]
        assert "is not this stack's, and stays as it is" in said.warnings[0]

    def test_asks_nothing_where_the_state_knows_or_nobody_may_be_asked(
        self, sandbox: Sandbox, said: Heard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app(sandbox)
        lifecycle = IntentLifecycle(voice=said)
        lifecycle.check(place("app"), place("app"))
        lifecycle.check({}, {**place("app"), "name": UNKNOWN})
        monkeypatch.setenv("CUBE_ACCESS_OFFLINE", "1")
        lifecycle.check({}, place("app"))
        assert len(sandbox.journal) == 0
        assert said.warnings == []

    def test_goes_on_without_rights_in_the_account(self, sandbox: Sandbox, said: Heard) -> None:
        denied = {"error_code": "PERMISSION_DENIED", "message": "no admin"}
        sandbox.faults.add(path="/custom-app-integrations", status=403, body=denied)
        assert IntentLifecycle(voice=said).check({}, place("app")) == []


def test_verify_names_a_second_app_and_a_second_principal(sandbox: Sandbox, said: Heard) -> None:
    theirs = app(sandbox)
    states: list[Any] = []
    for kind, make in (("app", app), ("principal", principal)):
        intent = intend(said, kind)
        own = make(sandbox)
        if kind == "principal":
            sandbox.databricks.directory.get(own).external_id = intent["mark"]
        states += [
            {"type": INTENT.token, "outputs": intent},
            {"type": SETTLED.token, "outputs": {**intent, "identifier": own}},
        ]
    steps: list[str] = []
    assert [each.verdict for each in doubles(states, steps.append)] == ["note", "ok"]
    second = app(sandbox), principal(sandbox, states[2]["outputs"]["mark"])
    found = [each for each in doubles(states, steps.append) if each.verdict == "extra"]
    assert [one in each.what and one in each.fix for one, each in zip(second, found, strict=True)]
    assert all(theirs not in each.what for each in found)
    sandbox.databricks.access.delete_integration(states[1]["outputs"]["identifier"])
    assert "lack" in [each.verdict for each in doubles(states, steps.append)]


def test_a_list_that_lacks_what_was_just_made_proves_nothing(
    sandbox: Sandbox, said: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SettledLifecycle._with_own.__globals__, "WAIT_SECONDS", 0.4)
    lost = app(sandbox)
    with pytest.raises(ProviderError, match="one made twice would not be seen"):
        settle(said, {**place("app"), "mark": "m", "before": []}, "not-listed-yet")
    assert apps(sandbox) == {lost}
