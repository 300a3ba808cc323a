"""GRANT INHERITED, its REVOKE, and SHOW INHERITED GRANTS.

Owns the statements, for databases and schemas. That such a grant reaches what is in its container
is `catalog.py`'s.
"""

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError, compilation
from sandbox.snowflake.grants import (
    CURRENT,
    check_privilege,
    inherited_row,
    not_executed,
    read_plural,
    read_privileges,
    read_role,
)
from sandbox.snowflake.kinds import KINDS
from sandbox.snowflake.securables import Inherited, Securable
from sandbox.snowflake.session import Result, Session, listing, status
from sandbox.snowflake.syntax import Reader

FEATURE = "FEATURE_RBAC_INHERITED_GRANTS"


def grant_inherited(state: Account, session: Session, reader: Reader) -> Result:
    return change(state, session, reader, "TO")


def revoke_inherited(state: Account, session: Session, reader: Reader) -> Result:
    return change(state, session, reader, "FROM")


def change(state: Account, session: Session, reader: Reader, preposition: str) -> Result:
    if state.account.text(FEATURE) != "ENABLED":
        # The keyword is unknown to an account that has not opted in.
        raise compilation("syntax error line 1 at position 6 unexpected 'INHERITED'.")
    privileges = read_privileges(reader)
    reader.expect("ON ALL")
    kind = read_plural(reader)
    reader.expect("IN")
    place = read_place(state, session, reader)
    reader.expect(preposition)
    to = read_role(state, session, reader)
    reader.finish()  # neither WITH GRANT OPTION nor CASCADE
    if not state.roles.global_privilege(session, "MANAGE GRANTS"):
        raise SqlError(3001, "42501", not_executed())
    for privilege in privileges:
        if privilege.startswith(("ALL", "OWNERSHIP")):
            raise compilation(f"Privilege '{privilege}' cannot be inherited.", 3028, "42601")
        check_privilege(kind, privilege)
        known = [i for i in place.inherited if (i.privilege, i.kind, i.to) == (privilege, kind, to)]
        if preposition == "FROM":
            place.inherited = [i for i in place.inherited if i not in known]
        elif not known:
            by = place.owner.simple_name if place.owner else ""
            place.inherited.append(Inherited(privilege, kind, place, to, by, state.clock()))
    return status("Statement executed successfully.")


def read_place(state: Account, session: Session, reader: Reader) -> Securable:
    if reader.at("ACCOUNT"):
        raise NotImplementedError(reader.sql[:80])
    kind = reader.one_of("DATABASE", "SCHEMA")
    name = session.qualify(reader.name(), KINDS[kind].depth)
    return state.roles.get_visible(session, kind, name)


def show_inherited(state: Account, session: Session, reader: Reader) -> Result:
    reader.expect("IN")
    place = read_place(state, session, reader)
    reader.finish()
    return listing(CURRENT, [inherited_row(each) for each in place.inherited])
