"""Grants as SQL statements, for what the plugin's resources for grants cannot carry: inherited
grants, and names with a double quote inside.

Owns how such a grant is written. What is granted is `grants.py`'s.
"""

from __future__ import annotations

import pulumi
import pulumi_snowflake as snowflake


def grant_by_statement(
    name: str,
    privilege: str,
    *,
    on: pulumi.Input[str],
    to: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """A preview shows the statement as it will be run, and the one that will undo it.

    The plugin reads nothing back: what somebody revokes by hand stays revoked, as with its own
    grants on ALL. Nothing else than the role may be different in a statement of the same name: the
    engine runs the new one before it undoes the old one.

    Args:
        privilege: with INHERITED before it, perhaps.
        on: what, as SQL writes it, from its kind on.
        to: ROLE or DATABASE ROLE and its name in quotes.
    """
    snowflake.Execute(
        name,
        execute=pulumi.Output.format("GRANT {0} ON {1} TO {2}", privilege, on, to),
        revert=pulumi.Output.format("REVOKE {0} ON {1} FROM {2}", privilege, on, to),
        opts=opts,
    )
