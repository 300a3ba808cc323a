"""What has our name already is somebody else's, until a person takes it over with the commands of
docs/snowflake.md.
"""

from __future__ import annotations

import re
import shlex

from sandbox import Sandbox
from tools.snowflake_client import by_hand, service
from tools.stacks import ROOT, Run, Stack

PAGE = (ROOT / "docs/snowflake.md").read_text()
SECTION = PAGE.partition("## What has our name already")[2].partition("\n## ")[0]


def documented(what: str) -> list[str]:
    """The page's `pulumi import`, for one row of its table."""
    block = "\n".join(re.findall(r"^    (.*)$", SECTION, re.MULTILINE)).replace("\\\n", "")
    command = next(line for line in block.splitlines() if line.startswith("pulumi import"))
    rows = {
        cells[0]: cells[1:]
        for line in SECTION.splitlines()
        if len(cells := [cell.strip(" `") for cell in line.strip("|").split("|")]) == 5
    }
    for example, wanted in zip(rows["role"], rows[what], strict=True):
        command = command.replace(example, wanted.partition("`")[0])
    return shlex.split(command.replace("CUBE_PROD", "CUBE_DEV"))[1:]


def take_over(stack: Stack, what: str) -> Run:
    """With the URNs filled in, as the page says to find them."""
    shown = stack.must("stack", "--show-urns").output
    arguments = [
        re.sub(
            r"urn:…(::[\w-]+)",
            lambda gap: next(u for u in re.findall(r"urn:\S+", shown) if u.endswith(gap[1])),
            argument,
        )
        for argument in documented(what)
    ]
    return stack.must(*arguments, "--yes", "--skip-preview", "--generate-code=false")


def state_of(sandbox: Sandbox, *kinds: str) -> dict[str, dict[str, object]]:
    """What is called like us, of these kinds: the rest an `up` may have made before it stopped."""
    return {
        one.kind: dict(one.settings)
        for one in sandbox.snowflake.catalog.everything()
        if one.simple_name == "CUBE_DEV" and one.kind in kinds
    }


def refused(stack: Stack) -> None:
    got = stack.up()
    assert got.code != 0
    assert "CUBE_DEV" in got.output
    assert "already exists" in got.output


def test_an_integration_of_our_name_is_not_taken_over(stack: Stack, sandbox: Sandbox) -> None:
    by_hand().rows(
        "CREATE SECURITY INTEGRATION CUBE_DEV TYPE = OAUTH OAUTH_CLIENT = CUSTOM "
        "OAUTH_CLIENT_TYPE = 'PUBLIC' OAUTH_REDIRECT_URI = 'https://theirs.example.com/cb'"
    )
    before = state_of(sandbox, "INTEGRATION")
    refused(stack)
    stack.must("destroy", "--yes", "--skip-preview")
    assert state_of(sandbox, "INTEGRATION") == before, "what was there stays as it was"


def test_a_role_and_a_user_are_taken_over_when_told_to(stack: Stack, sandbox: Sandbox) -> None:
    admin = by_hand("USERADMIN")
    admin.rows("CREATE ROLE CUBE_DEV COMMENT = 'theirs'")
    admin.rows("CREATE USER CUBE_DEV TYPE = SERVICE DEFAULT_ROLE = PUBLIC COMMENT = 'theirs'")
    before = state_of(sandbox, "ROLE", "USER")
    refused(stack)
    assert state_of(sandbox, "ROLE", "USER") == before
    take_over(stack, "role")
    refused(stack)
    assert state_of(sandbox, "USER")["USER"] == before["USER"], "one is not the other"
    take_over(stack, "user")
    stack.apply()
    stack.unchanged()
    after = state_of(sandbox, "ROLE", "USER")
    assert "written by cube-access" in str(after["ROLE"]["COMMENT"])
    assert after["USER"]["DEFAULT_ROLE"] == "CUBE_DEV"
    assert after["USER"]["DEFAULT_SECONDARY_ROLES"] == ()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
