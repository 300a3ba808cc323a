"""What the tests of verify share."""

from __future__ import annotations

from collections.abc import Sequence

from cube_access.verify.findings import Line
from sandbox import Sandbox


def findings(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.verdict in ("extra", "lack", "unseen")]


def everything(sandbox: Sandbox) -> set[tuple[object, ...]]:
    """All on Snowflake that grants, revokes and settings can change: who could do what."""
    state, found = sandbox.snowflake, set[tuple[object, ...]]()
    for one in [state.account, *state.catalog.everything()]:
        key = (str(one), one.kind)
        found.add((*key, "owner", one.owner and one.owner.simple_name))
        for g in one.grants:
            found.add((*key, g.privilege, str(g.to), g.to.kind, g.option))
        for f in one.future:
            found.add((*key, f.kind, f.privilege, str(f.to), f.option, "future"))
        for name, value in one.settings.items():
            if value and name not in ("STATE", "TEXT"):
                # Of a list the order says nothing.
                told = sorted(value) if isinstance(value, tuple) else value
                found.add((*key, name, str(told)))
    for user in state.users.all():
        found.add((str(user), "policy", str(user.authentication_policy)))
        found |= {(str(user), "token", name) for name in user.access_tokens}
    return found
