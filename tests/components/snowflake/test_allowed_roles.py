"""The only roles that people may consent to: set, read back, taken away, and not known."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from cube_access.provider.lifecycle import SignIn, Values
from cube_access.provider.values import UNKNOWN
from cube_access.snowflake.allowed_roles import AllowedRolesLifecycle
from cube_access.snowflake.integrations import look
from cube_access.snowflake.session import SnowflakeError, session
from tests.components.snowflake.conftest import Account
from tests.components.snowflake.role_world import Heard

CLIENT = (
    "CREATE SECURITY INTEGRATION {} TYPE = OAUTH OAUTH_CLIENT = CUSTOM ENABLED = TRUE "
    "OAUTH_CLIENT_TYPE = 'CONFIDENTIAL' OAUTH_REDIRECT_URI = 'https://x.example.com/{}'"
)
SET = "ALTER SECURITY INTEGRATION CUBE SET ALLOWED_ROLES_LIST = "


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def allowed(account: Account, heard: Heard) -> AllowedRolesLifecycle:
    """Of an account with the integration."""
    listener: Any = heard
    account.by_hand(CLIENT.format("CUBE", "cube"), 'CREATE ROLE "it\'s \\ one"')
    return AllowedRolesLifecycle(voice=listener)


def inputs(*roles: str, integration: str = "CUBE") -> Values:
    return {
        "account": "SANDBOX-ANALYTICS",
        "role": "ACCOUNTADMIN",
        "integration": integration,
        "roles": list(roles),
        "blocked": ["SYSADMIN", "USERADMIN"],
    }


def live(account: Account) -> tuple[str, ...]:
    found = account.state.integrations.get("CUBE")
    assert found
    return found.allowed_roles


def test_they_are_set_exactly_and_read_back(
    account: Account, allowed: AllowedRolesLifecycle
) -> None:
    wanted = inputs("ANALYST", "it's \\ one")
    assert allowed.check({}, wanted) == []
    assert allowed.create(wanted) == ("CUBE", wanted)
    assert live(account) == ("ANALYST", "it's \\ one")
    assert allowed.read("CUBE", wanted) == wanted


@pytest.mark.parametrize("by_hand", ["()", "('ENGINEER')", "('ANALYST', 'ENGINEER')"])
def test_a_change_by_hand_is_found_and_put_back(
    account: Account, allowed: AllowedRolesLifecycle, by_hand: str
) -> None:
    _, made = allowed.create(inputs("ANALYST"))
    account.by_hand(SET + by_hand)
    seen = allowed.read("CUBE", made)
    assert seen
    assert allowed.diff("CUBE", seen, made).changed == ["roles"]
    allowed.update("CUBE", seen, made)
    assert live(account) == ("ANALYST",)


def test_another_order_is_no_change(account: Account, allowed: AllowedRolesLifecycle) -> None:
    _, made = allowed.create(inputs("ANALYST", "ENGINEER"))
    account.by_hand(SET + "('ENGINEER', 'ANALYST')")
    assert allowed.read("CUBE", made) == made


def test_an_integration_that_is_gone_takes_the_list_with_it(
    account: Account, allowed: AllowedRolesLifecycle
) -> None:
    _, made = allowed.create(inputs("ANALYST"))
    account.by_hand("DROP INTEGRATION CUBE")
    assert allowed.read("CUBE", made) is None
    allowed.delete("CUBE", made)


def test_our_list_goes_and_somebody_elses_stays(
    account: Account, allowed: AllowedRolesLifecycle, heard: Heard
) -> None:
    _, made = allowed.create(inputs("ANALYST"))
    allowed.delete("CUBE", made)
    assert (live(account), heard.warnings) == ((), [])
    account.by_hand(SET + "('ENGINEER')")
    allowed.delete("CUBE", made)
    assert live(account) == ("ENGINEER",)
    (warning,) = heard.warnings
    assert "it is ENGINEER by now, which is not this stack's" in warning


def test_a_role_whose_name_cannot_be_told_from_two_is_refused(
    allowed: AllowedRolesLifecycle,
) -> None:
    (failure,) = allowed.check({}, inputs("A,B"))
    assert '"A,B" has a comma' in failure.reason


def knows(client: str) -> bool:
    asked = session("SANDBOX-ANALYTICS", "ACCOUNTADMIN", SignIn(), Event())
    given = {"client": client, "bounds": True, "trust": "", "issuer": ""}
    return look(asked, given).knows_allowed_roles


class TestAnAccountThatDoesNotKnowTheProperty:
    @pytest.fixture(autouse=True)
    def _older(self, account: Account) -> None:
        account.state.newest = False

    @pytest.mark.parametrize("name", ["CUBE", "NOT_THERE_YET"])
    def test_any_client_of_its_shows_it(self, account: Account, name: str) -> None:
        account.by_hand(CLIENT.format("CUBE", "cube"))
        assert not knows(name)
        account.state.newest = True
        assert knows(name)

    def test_an_up_that_could_not_know_goes_through_and_says_so(
        self, account: Account, allowed: AllowedRolesLifecycle, heard: Heard
    ) -> None:
        account.by_hand("DROP INTEGRATION CUBE")
        assert knows("CUBE")  # as far as can be seen: there is no client
        account.by_hand(CLIENT.format("CUBE", "cube"))
        assert allowed.create(inputs("ANALYST")) == ("CUBE", inputs())
        (warning,) = heard.warnings
        assert "The next preview stops at this" in warning
        assert allowed.read("CUBE", inputs()) == inputs()

    def test_the_way_out_asks_nothing_of_it(
        self, account: Account, allowed: AllowedRolesLifecycle, heard: Heard
    ) -> None:
        account.statements.clear()
        allowed.delete("CUBE", inputs())
        assert heard.warnings == []
        assert not any("SET" in each for each in account.statements)


def test_a_role_is_not_blocked_before_it_is_allowed_no_more(
    account: Account, allowed: AllowedRolesLifecycle
) -> None:
    """Also where a previewer does not see the integration: by the state."""
    _, made = allowed.create(inputs("ANALYST", "ENGINEER"))
    (failure,) = allowed.check(made, inputs("ANALYST") | {"blocked": ["ENGINEER", "SYSADMIN"]})
    assert failure.reason.startswith("ENGINEER may be used until now")
    assert allowed.check(made, inputs("ANALYST") | {"blocked": UNKNOWN}) == []
    # One that was no allowed role is blocked at once, which is the integration's own change.
    wanted = made | {"blocked": ["AUDITOR", "SYSADMIN"]}
    assert allowed.check(made, wanted) == []
    assert allowed.diff("CUBE", made, wanted).changed == []


def test_another_refusal_stays_one(account: Account, allowed: AllowedRolesLifecycle) -> None:
    with pytest.raises(SnowflakeError):
        allowed.create(inputs("NOBODY"))
    assert live(account) == ()


def test_a_preview_asks_nothing_here(account: Account, allowed: AllowedRolesLifecycle) -> None:
    account.statements.clear()
    assert allowed.check({}, inputs("ANALYST") | {"account": UNKNOWN, "roles": UNKNOWN}) == []
    assert allowed.check(inputs(), inputs("ANALYST")) == []
    assert allowed.diff("CUBE", inputs(), inputs("ANALYST")).changed == ["roles"]
    assert allowed.diff("CUBE", inputs("ANALYST"), inputs("ANALYST")).changed == []
    assert account.statements == []
