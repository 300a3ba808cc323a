"""What an account holds, without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cube_access.snowflake.grants import Reading
from cube_access.verify.findings import DEPLOYER
from cube_access.verify.snowflake.compare import Declared
from cube_access.verify.snowflake.eyes import Eyes, Owners
from cube_access.verify.snowflake.held import Held, Holdings, Role
from cube_access.verify.snowflake.session import Row, Session
from cube_access.verify.snowflake.sessions import Sessions

OURS = Role("ROLE", ("CUBE",))


def row(**more: object) -> Row:
    return {"privilege": "SELECT", "granted_on": "TABLE", "name": "D.S.T", "grant_option": "false",
            **more}  # fmt: skip


class Known(Holdings):
    """What was asked before; the database WEATHER is another account's."""

    def __init__(self, *held: Held) -> None:
        user = Role("USER", ("CUBE",))
        self._known = {user: [Held("USAGE", "ROLE", ("CUBE",), user)]}
        for each in held:
            self._known.setdefault(each.role, []).append(each)
        self._imported = {("WEATHER",): True, ("D",): False, ("GONE",): None}
        self.cut_short = set()
        self.refused = {}

    def learn(self, roles: Iterable[Role]) -> None:
        """All is known."""

    def of(self, role: Role) -> list[Held]:
        return self._known.get(role, [])


def declared(wanted: Reading) -> Declared:
    return Declared(
        reading=wanted,
        user="CUBE",
        role=OURS,
        database_role=None,
        warehouse="WH",
        object_kinds={},
        owners=Owners("USERADMIN", "SECURITYADMIN", "ACCOUNTADMIN", "SYSADMIN", has_policy=False),
    )


class Account(Session):
    """Answers each statement by what is written down, and others with no row."""

    def __init__(self, answers: Mapping[str, Sequence[Row]]) -> None:
        self.answers = answers

    def rows(self, statement: str) -> list[Row]:
        return list(self.answers.get(statement, ()))


def eyes(answers: Mapping[str, Sequence[Row]]) -> Eyes:
    one = Sessions(lambda: Account(answers), most=1)
    return Eyes(one, one, DEPLOYER)
