"""What was applied is read in the state's sets of privileges."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.provider.sdk import SECRET_SIGNATURE, SIGNATURE_KEY
from cube_access.snowflake.grants import Name, membership, reading, use
from cube_access.snowflake.privileges import Entry, granted
from cube_access.verify.deployed import CannotCheckError, Deployed
from cube_access.verify.snowflake.applied import SET, entries, reading_of
from cube_access.verify.snowflake.held import Role
from cube_access.verify.snowflake.verification import declare, verify
from tests.components.roles.test_files import settings

ROLE = Role("ROLE", ("CUBE_DEV",))
IN_DATABASE = Role("DATABASE_ROLE", ("D", "CUBE_DEV"))


def state(role: str, kind: str, *held: Entry) -> dict[str, Any]:
    given = {"role": role, "roleKind": kind, "privileges": granted(*held)}
    return {"type": SET, "inputs": given, "outputs": {**given, "privileges": {}}}


def deployed(*resources: dict[str, Any], privileges: tuple[str, ...] = ()) -> Deployed:
    return Deployed(
        stack="dev",
        component="cube",
        settings=settings("sandbox-snowflake"),
        service_account="CUBE_DEV",
        privileges=frozenset(privileges),
        resources=resources,
        credential={},
    )


@pytest.mark.parametrize("inherited", [False, True])
@pytest.mark.parametrize(
    "scopes", [[("D",)], [("D", "S"), ("E", "s t")], [("D", "S", 'a "b"')], [("D",), ("E", "S")]]
)
def test_entries_read_what_made_them(scopes: list[Name], inherited: bool) -> None:
    wanted = reading(scopes, ["TABLES", "VIEWS"], inherited=inherited, imported=["SHARED"])
    types = {'D.S."a ""b"""': "VIEW"}
    found = reading_of(
        [*wanted.on_databases(), *wanted.inside(types), use("WH"), membership('"D"."CUBE_DEV"')]
    )
    kinds = ["TABLES", "VIEWS"] if found.kinds else []
    again = reading(scopes, kinds, inherited=inherited, imported=["SHARED"])
    assert found.lines() == again.lines()
    assert found.inherited == (inherited and bool(found.kinds))


def test_only_sets_of_our_own_roles_count_and_what_was_declared_in_them() -> None:
    one, other = Entry("USAGE", "DATABASE", ("D",)), Entry("USAGE", "SCHEMA", ("D", "S"))
    found = deployed(
        state("CUBE_DEV", "ROLE", one),
        state('"D"."CUBE_DEV"', "DATABASE ROLE", other),
        state("CUBE_DEV_PEOPLE", "ROLE", use("WH")),
        {"type": "snowflake:index/accountRole:AccountRole", "inputs": {"name": "CUBE_DEV"}},
    )
    assert entries(found, [ROLE]) == [one]
    assert entries(found, [ROLE, IN_DATABASE]) == [one, other]


def test_secret_privileges_cannot_be_verified_and_that_is_said() -> None:
    encrypted = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:planted"}
    given = {"role": "CUBE_DEV", "roleKind": "ROLE", "privileges": encrypted}
    with pytest.raises(CannotCheckError, match="without --secret") as raised:
        entries(deployed({"type": SET, "inputs": given}), [ROLE])
    assert "planted" not in str(raised.value)


def test_a_state_of_a_version_before_is_read_by_its_settings() -> None:
    found = settings("sandbox-snowflake")
    assert declare(deployed(), found).reading.whole_schemas == [("ANALYTICS", "SALES")]


def test_an_up_that_did_not_come_to_its_end_is_not_verified() -> None:
    found = settings("sandbox-snowflake")
    lines = (*declare(deployed(), found).reading.lines(), "USAGE ON WAREHOUSE")
    half = deployed(
        state(found.object_name, "ROLE", Entry("USAGE", "DATABASE", ("ANALYTICS",))),
        privileges=lines,
    )
    with pytest.raises(CannotCheckError, match="- SELECT ON ALL AND FUTURE TABLES"):
        verify(half, found, as_deployer=False, step=lambda _: None)
