"""The roles that people may consent to, in accounts of both ages."""

from __future__ import annotations

from sandbox import Sandbox
from sandbox.snowflake.world import ALICE, BOB
from tools.authorize import authorize
from tools.snowflake_client import by_hand
from tools.stacks import Stack


def test_an_account_without_the_list_says_so_and_gets_it_once_it_knows_it(
    stack: Stack, sandbox: Sandbox
) -> None:
    account = sandbox.snowflake
    account.newest = False
    # There is no OAuth client that would show it.
    got = stack.up()
    assert got.code == 0, got.output
    assert "the account does not know ALLOWED_ROLES_LIST" in got.output
    assert "The next preview stops at this" in got.output
    assert authorize(stack.outputs(), BOB)["username"] == "BOB"
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "does not know ALLOWED_ROLES_LIST" in got.output
    assert "nothing was changed. Set cube-access:oauthAnyRole to true" in got.output
    assert "Traceback" not in got.output

    stack.set(oauthAnyRole=True, allowedRoles=None)
    stack.apply()
    stack.unchanged()

    account.newest = True
    by_hand("ACCOUNTADMIN").rows(
        "ALTER SECURITY INTEGRATION CUBE_DEV SET ALLOWED_ROLES_LIST = ('ENGINEER')"
    )
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    made = account.integrations.get("CUBE_DEV")
    assert made
    assert made.allowed_roles == ("ENGINEER",), "what was made by hand bounds more, and stays"

    stack.set(oauthAnyRole=None)
    stack.apply()
    stack.unchanged("--refresh")
    assert made.allowed_roles == ("ANALYST",), "the one of userRoles"
    assert authorize(stack.outputs(), ALICE)["username"] == "ALICE"
    assert "not an allowed one" in authorize(stack.outputs(), BOB)["error_description"]
