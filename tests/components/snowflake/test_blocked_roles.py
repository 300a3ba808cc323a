"""Blocked roles: what is always blocked is not said in part."""

from __future__ import annotations

import pytest

from cube_access.snowflake.oauth import blocked_list


@pytest.mark.parametrize(
    ("required", "chosen", "sent"),
    [
        # The account adds ACCOUNTADMIN and its like by itself: then those are not said at all.
        (("SYSADMIN", "USERADMIN"), ("ACCOUNTADMIN", "SECURITYADMIN"), ["SYSADMIN", "USERADMIN"]),
        (("SYSADMIN",), ("INTERN", "SYSADMIN"), ["INTERN", "SYSADMIN"]),
        # It does not: then all that there are have to be said.
        (
            ("ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN"),
            ("ACCOUNTADMIN",),
            ["ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN"],
        ),
        ((), ("PUBLIC",), ["PUBLIC"]),
    ],
)
def test_no_list_has_some_of_the_administrators(
    required: tuple[str, ...], chosen: tuple[str, ...], sent: list[str]
) -> None:
    assert blocked_list(required, chosen) == sent
