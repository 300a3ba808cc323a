"""Previews of role sets and of plugin grants, as the engine writes them, of any size."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

URN = "urn:pulumi:dev::cube-access::"
SET = "cube-access:snowflake:RolePrivileges"
COMPONENT = "cube-access:index:SnowflakeAccess"
GRANT = "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole"
PARENT = f"{URN}{COMPONENT}::cube"
ROLE = "CUBE_DEV"
Values = Mapping[str, str]
Step = dict[str, Any]


def granted(*texts: str) -> Values:
    return dict.fromkeys(texts, "granted")


def inputs(wanted: Values, **more: Any) -> dict[str, Any]:
    return {
        "account": "SANDBOX-ANALYTICS",
        "role": ROLE,
        "roleKind": "ROLE",
        "privileges": dict(wanted),
        "extraPrivileges": "revoke",
        **more,
    }


def state(
    kind: str, name: str, given: Mapping[str, Any], outputs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "urn": f"{URN}{kind}::{name}",
        "type": kind,
        "id": name,
        "parent": PARENT,
        "inputs": dict(given),
        "outputs": dict(given if outputs is None else outputs),
    }


def of_set(
    declared: Values,
    found: Values | None = None,
    name: str = "cube-service-privileges",
    **more: Any,
) -> dict[str, Any]:
    """A set in the state.

    Args:
        declared: as the last `up` asked for.
        found: as it was read last; without it, as declared.
        more: `extra` and `notSeen`, and inputs.
    """
    told = {key: more.pop(key, []) for key in ("extra", "notSeen")}
    given = inputs(declared, **more)
    privileges = dict(declared if found is None else found)
    return state(SET, name, given, {**given, "privileges": privileges, **told})


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Step:
    urn = (new or old or {})["urn"]
    return {"op": op, "urn": urn, **{k: v for k, v in (("oldState", old), ("newState", new)) if v}}


def member() -> dict[str, Any]:
    """The service account has the role."""
    kind = "snowflake:index/grantAccountRole:GrantAccountRole"
    return state(kind, "cube-role-of-user", {"roleName": ROLE, "userName": ROLE})


def digest(*steps: Step) -> tuple[str, str]:
    """A name and the text of `pulumi preview --json --show-sames`."""
    own = member()
    return "synthetic", json.dumps({"steps": [step("same", own, own), *steps]})


def schemas(count: int) -> list[str]:
    """Entries of so many whole schemas, in ten databases."""
    found = [f'USAGE ON DATABASE "DB{number}"' for number in range(10)]
    for number in range(count):
        name = f'"DB{number % 10}"."SCHEMA_{number:04}"'
        found += [
            f"USAGE ON SCHEMA {name}",
            f"SELECT ON ALL AND FUTURE TABLES IN SCHEMA {name}",
            f"SELECT ON ALL AND FUTURE VIEWS IN SCHEMA {name}",
        ]
    return found


def grants(count: int) -> Sequence[dict[str, Any]]:
    """The same as resources of the plugin's, one for each statement."""
    found = []

    def grant(label: str, privilege: str, **on: Any) -> None:
        given = {"accountRoleName": ROLE, "privileges": [privilege], **on}
        found.append(state(GRANT, f"cube-{label}", given))

    for number in range(10):
        on = {"objectType": "DATABASE", "objectName": f"DB{number}"}
        grant(f"usage-{number}", "USAGE", onAccountObject=on)
    for number in range(count):
        name = f'"DB{number % 10}"."SCHEMA_{number:04}"'
        grant(f"usage-{name}", "USAGE", onSchema={"schemaName": name})
        for which in ("all", "future"):
            for kind in ("TABLES", "VIEWS"):
                inside = {"objectTypePlural": kind, "inSchema": name}
                grant(f"{which}-{kind}-{name}", "SELECT", onSchemaObject={which: inside})
    return found
