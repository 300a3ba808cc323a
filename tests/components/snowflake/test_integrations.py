"""What a preview finds of an account's integrations, and what stops it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any

import pulumi
import pytest

from cube_access.lookup import Name
from cube_access.provider.lifecycle import SignIn
from cube_access.snowflake import preflight
from cube_access.snowflake.integrations import Integrations, look
from cube_access.snowflake.session import SnowflakeError, session
from tests.components.harness import NOTHING_WRONG
from tests.components.snowflake.conftest import Account
from tests.components.snowflake.test_allowed_roles import CLIENT, SET

ISSUER = "https://acme.cubecloud.dev"
TRUST = (
    "CREATE SECURITY INTEGRATION {} TYPE = EXTERNAL_OAUTH ENABLED = TRUE "
    "EXTERNAL_OAUTH_TYPE = CUSTOM EXTERNAL_OAUTH_ISSUER = '{}' "
    "EXTERNAL_OAUTH_JWS_KEYS_URL = 'https://x.example.com/jwks.json' "
    "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = 'sub' "
    "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'LOGIN_NAME'"
)


def ask(**changes: Any) -> Integrations:
    asked = session("SANDBOX-ANALYTICS", "ACCOUNTADMIN", SignIn(), Event())
    return look(asked, {"client": "", "bounds": False, "trust": "", "issuer": "", **changes})


class TestAllowedRoles:
    def stop(self, found: Integrations, *blocked: Name) -> None:
        answer = {**NOTHING_WRONG, "allowedRoles": found.allowed_roles}
        preflight._require_blockable(answer, ["SYSADMIN"], blocked, Name("A"), str)

    @pytest.mark.parametrize("bounds", [True, False])
    def test_a_role_is_not_blocked_before_it_is_allowed_no_more(
        self, account: Account, bounds: bool
    ) -> None:
        """Also where the list goes away, or was made by hand: `up` would stop half-way for good."""
        account.by_hand(CLIENT.format("CUBE", "cube"), SET + "('ANALYST', 'ENGINEER')")
        found = ask(client="CUBE", bounds=bounds)
        assert account.statements == ['DESCRIBE SECURITY INTEGRATION "CUBE"']
        with pytest.raises(pulumi.RunError, match="ENGINEER may be used through Cube") as raised:
            self.stop(found, Name("ENGINEER"), Name("AUDITOR"))
        assert "AUDITOR" not in str(raised.value)
        assert "cube-access:allowedRoles" in str(raised.value)
        with pytest.raises(pulumi.RunError) as raised:
            self.stop(found, Name("ENGINEER", is_secret=True))
        assert "ENGINEER" not in str(raised.value)
        self.stop(found, Name("AUDITOR"), Name(None))
        account.by_hand(SET + "('ANALYST')")
        self.stop(ask(client="CUBE", bounds=bounds), Name("ENGINEER"))

    def test_a_client_that_is_not_there_allows_none(self, account: Account) -> None:
        assert ask(client="CUBE") == ask(client="CUBE", bounds=True) == Integrations()

    def test_without_a_client_nothing_is_asked(self, account: Account) -> None:
        assert ask() == Integrations()
        assert account.statements == []

    def test_what_could_not_be_asked_is_not_taken_for_missing(self, account: Account) -> None:
        account.refusals["DESCRIBE"] = (290429, "")
        with pytest.raises(SnowflakeError):
            ask(client="CUBE")


class TestIssuer:
    @pytest.fixture(autouse=True)
    def _others(self, account: Account) -> None:
        account.by_hand(
            TRUST.format("OTHERS", "https://other.cubecloud.dev"), CLIENT.format("CUBE", "cube")
        )

    def test_one_that_another_trusts_stops_the_preview(self, account: Account) -> None:
        assert ask(trust="CUBE_CUBE_CLOUD", issuer=ISSUER).trusting == ""
        account.by_hand(TRUST.format("THEIRS", ISSUER))
        account.statements.clear()
        found = ask(trust="CUBE_CUBE_CLOUD", issuer=ISSUER)
        assert self.described(account) == ["CUBE_CUBE_CLOUD", "OTHERS", "THEIRS"]
        answer = {**NOTHING_WRONG, "trusting": found.trusting}
        with pytest.raises(pulumi.RunError, match=f"THEIRS of account A trusts {ISSUER}") as raised:
            preflight._require_trustable(answer, ISSUER, Name("A"), str)
        assert "Name it as integration in cube-access:cubeCloudIdentity" in str(raised.value)
        preflight._require_trustable(NOTHING_WRONG, ISSUER, Name("A"), str)

    def test_where_ours_trusts_it_nothing_else_is_asked(self, account: Account) -> None:
        account.by_hand(TRUST.format("CUBE_CUBE_CLOUD", ISSUER))
        assert ask(trust="CUBE_CUBE_CLOUD", issuer=ISSUER).trusting == ""
        assert account.statements == ['DESCRIBE SECURITY INTEGRATION "CUBE_CUBE_CLOUD"']

    def test_another_issuer_of_ours_may_be_anothers(self, account: Account) -> None:
        account.by_hand(TRUST.format("CUBE_CUBE_CLOUD", ISSUER))
        found = ask(trust="CUBE_CUBE_CLOUD", issuer="https://other.cubecloud.dev")
        assert found.trusting == "OTHERS"

    def described(self, account: Account) -> Sequence[str]:
        names = (each.partition('"')[2].rstrip('"') for each in account.statements)
        return [name for name in names if name]
