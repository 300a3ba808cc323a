# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/principals.py: change it there.

"""Who is everybody, and who administers: names that the warehouses and AWS have for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ACCOUNTADMIN, SECURITYADMIN = "ACCOUNTADMIN", "SECURITYADMIN"
"""Snowflake's roles that may all, and that may grant all."""
# Roles of every account of Snowflake, or of an organization's, that administer. SYSADMIN and
# USERADMIN too: they own what others made, and can give it away.
# https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles
SNOWFLAKE_ADMINISTRATORS = frozenset(
    {"ACCOUNTADMIN", "GLOBALORGADMIN", "ORGADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"}
)
BLOCKING_PARAMETERS = (
    "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
    "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
)
"""Of an account: for an integration of its own, and for an identity provider's tokens. While one is
TRUE, the default, Snowflake adds to the blocked roles all administrators but these two.
"""
MUST_BE_BLOCKED = frozenset({"SYSADMIN", "USERADMIN"})
"""Administrators that nothing blocks but an integration's own list. To name one of the others there
that an account does not have is an error.
"""

PUBLIC = "PUBLIC"
"""Snowflake's role that every user and every role has."""
ACCOUNT_USERS, USERS = "account users", "users"
"""Databricks' groups of all identities of the account, and of the workspace."""
DATABRICKS_ADMINS = "admins"
"""Databricks' group of a workspace's administrators."""
DATABRICKS_EVERYBODY = frozenset({ACCOUNT_USERS, USERS})


def lets_anybody_in(statement: Mapping[str, Any]) -> bool:
    """Whether a statement of an AWS resource policy allows every account, conditions aside: its
    principal has a wildcard, or is all but some.
    """
    if statement.get("Effect") != "Allow":
        return False
    return "NotPrincipal" in statement or any("*" in name for name in principals(statement))


def principals(statement: Mapping[str, Any]) -> Iterator[str]:
    """Whom a statement of an AWS resource policy is for, of whichever kind."""
    principal = statement.get("Principal")
    for names in principal.values() if isinstance(principal, Mapping) else [principal]:
        # Each one, or a list of them.
        for name in [names] if isinstance(names, str) else names or ():
            yield name if isinstance(name, str) else str(name)  # a secret stays one
