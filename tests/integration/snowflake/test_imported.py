"""A database that another account shares: all of it or nothing, and only where that is said."""

from __future__ import annotations

import re
from collections.abc import Callable

from cube_access.verify.run import Asked, verify
from sandbox import Sandbox
from tests.integration.verify.conftest import findings
from tools.snowflake_client import by_hand, service
from tools.stacks import PACK, Stack

ENTRY = 'IMPORTED PRIVILEGES ON DATABASE "RAW"'
CLICKS = "SELECT count(*) FROM RAW.EVENTS.CLICKS"


def test_an_imported_database_is_read_where_it_is_declared(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    sandbox.snowflake.catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
    stack = make_stack(schemas=["ANALYTICS.SALES", "RAW.EVENTS"])
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "RAW of account SANDBOX-ANALYTICS is an imported database" in got.output
    assert "list it in cube-access:importedDatabases" in got.output
    stack.set(schemas=["ANALYTICS.SALES"], importedDatabases=["RAW"])
    got = stack.pulumi("preview", "--diff", *PACK)
    assert got.code == 0, got.output
    assert ENTRY in got.output
    stack.apply()
    stack.unchanged("--refresh")
    assert service().value(CLICKS) == 2
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    report = verify(stack.name, stack.folder, lambda _: None, asked=Asked(deployer=True))
    assert findings(report.lines) == []
    assert any(re.fullmatch(r"reads \d of \d in RAW", line.what) for line in report.lines)

    # Taken away by hand, it comes back; what is not listed any more goes.
    by_hand().rows("REVOKE IMPORTED PRIVILEGES ON DATABASE RAW FROM ROLE CUBE_DEV")
    got = stack.pulumi("preview", "--refresh", "--diff")
    # First what the refresh found, then what the next `up` does.
    found, planned = (line.strip() for line in got.output.splitlines() if ENTRY in line)
    assert found.startswith("-")
    assert planned.startswith("+")
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert service().value(CLICKS) == 2
    stack.set(importedDatabases=None)
    stack.apply()
    stack.unchanged()
    assert service().refusal(CLICKS)
