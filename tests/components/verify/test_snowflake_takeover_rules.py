"""Who administers, by the word of who verifies, and what that does not cover."""

from __future__ import annotations

from cube_access.snowflake.grants import reading
from cube_access.verify.findings import Line, Report
from cube_access.verify.snowflake.compare import compare
from cube_access.verify.snowflake.held import Held, Role
from cube_access.verify.snowflake.takeover import members
from tests.components.verify.snowflake_by_hand import OURS, Known, declared, eyes

WANTED = declared(reading([("D", "S")], ["TABLES"]))


def report(*lines: Line) -> Report:
    return Report(
        stack="prod",
        component="cube",
        warehouse="snowflake",
        account="MYORG-PROD",
        identity="CUBE",
        deployer="DEPLOYER",
        verified_at="2026-01-02T03:04:05Z",
        lines=lines,
        accepted=["role PLATFORM"],
    )


def test_a_role_that_administers_may_have_ours_but_ours_may_not_have_it() -> None:
    given = [{"granted_to": "ROLE", "grantee_name": "PLATFORM"}]
    looker = eyes({'SHOW GRANTS OF ROLE "CUBE"': given}).security
    (line,) = members(WANTED, looker, "deployer")
    assert (line.through, line.holder) == ("", "role PLATFORM")
    assert report(line).exit_code == 0
    for to in (Role("USER", ("CUBE",)), OURS):
        held = Known(Held("USAGE", "ROLE", ("PLATFORM",), to))
        lines = compare(WANTED, held, [], "deployer")
        (line,) = [each for each in lines if "PLATFORM" in each.what]
        assert (line.verdict, line.through, line.holder) == ("extra", "role PLATFORM", "")
        assert report(line).exit_code == 1
