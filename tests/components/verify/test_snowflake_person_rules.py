"""Whose rights a person's session has, and what a refused sign-in says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import snowflake.connector
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from snowflake.connector.errors import DatabaseError, ProgrammingError

from cube_access.settings import SnowflakeSettings
from cube_access.verify.deployed import CannotCheckError, Deployed
from cube_access.verify.findings import Line
from cube_access.verify.snowflake import person
from cube_access.verify.snowflake.held import Holdings, Role
from cube_access.verify.snowflake.session import Row, persons, sign_in
from cube_access.verify.snowflake.sessions import Sessions
from cube_access.verify.snowflake.tries import secondary_roles
from tests.components import samples
from tests.components.verify.snowflake_by_hand import Account
from tests.components.verify.test_snowflake_integration_rules import settings

SETTINGS = settings(blockedRoles='["AUDITOR"]')
TO_ANALYST = 'SHOW GRANTS TO ROLE "ANALYST"'
TABLES = "SHOW TABLES IN ACCOUNT LIMIT 10000"
READ = 'SELECT 1 FROM "D"."S"."T" LIMIT 1'
VOUCHED = {"redirectUris": "", "cubeCloudSignIn": '{"tenant": "acme"}'}
ELSEWHERE = {"externalOauth": samples.IDENTITY_PROVIDER, "oauthClientType": "public"}
WHO = {"current_role": "ANALYST", "current_secondary_roles": ""}


class Person(Account):
    """Refuses every switch and read that is not written down, and hides what roles hold."""

    def __init__(self, answers: Mapping[str, Sequence[Row]], hidden: str = "") -> None:
        super().__init__(answers)
        self.hidden, self.sent = hidden, list[str]()

    def rows(self, statement: str) -> list[Row]:
        self.sent.append(statement)
        is_tried = statement.startswith(("USE ", "SELECT 1"))
        is_hidden = self.hidden and statement.endswith(f'TO ROLE "{self.hidden}"')
        if is_hidden or (is_tried and statement not in self.answers):
            raise ProgrammingError("Insufficient privileges", sqlstate="42501")
        return super().rows(statement)


def held(privilege: str, kind: str, name: str) -> Row:
    return {"privilege": privilege, "granted_on": kind, "name": name, "grant_option": "false"}


def role(session: Person, whose: SnowflakeSettings = SETTINGS) -> list[Line]:
    them = Sessions(lambda: session, most=1)
    return list(person._role(whose, Holdings(them), "ANALYST", {"CUBE"}))


def rights(session: Person) -> list[Line]:
    them = Sessions(lambda: session, most=1)
    return list(person._rights(them, Holdings(them), "ANALYST"))


@pytest.mark.parametrize("inherited", ["SECURITYADMIN", "AUDITOR", "CUBE"])
def test_a_role_that_has_a_blocked_one_is_found(inherited: str) -> None:
    (line,) = role(Person({TO_ANALYST: [held("USAGE", "ROLE", inherited)]}))
    assert (line.verdict, line.what.partition(",")[0]) == (
        "extra",
        f"role ANALYST has {inherited}",
    )


def test_a_role_that_has_other_peoples_only_is_none_that_administers() -> None:
    (line,) = role(Person({TO_ANALYST: [held("USAGE", "ROLE", "HELPERS")]}))
    assert (line.verdict, line.what) == (
        "ok",
        "role ANALYST is no administrator's, and is not blocked",
    )
    (line,) = role(Person({TO_ANALYST: [held("USAGE", "ROLE", "HELPERS")]}, hidden="HELPERS"))
    assert line.verdict == "unseen"


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({"userRoles": '["ENGINEER"]'}, "extra"),
        ({"userRoles": '["ENGINEER"]', "preAuthorizedRoles": '["ANALYST"]'}, "ok"),
        ({"userRoles": '["ENGINEER"]', "oauthAnyRole": "true"}, "ok"),
        ({"oauthRole": "ENGINEER"}, "extra"),
        ({"oauthRole": "ENGINEER", "allowedRoles": '["ANALYST"]'}, "ok"),
        ({"oauthRole": "ENGINEER", "allowedRoles": '["OTHER"]'}, "extra"),
        ({"oauthRole": "ENGINEER", "oauthAnyRole": "true"}, "lack"),
        ({}, "ok"),
    ],
)
def test_a_role_that_people_may_not_use_through_cube_is_found(
    more: dict[str, str], verdict: str
) -> None:
    (line,) = role(Person({}), settings(**more))
    assert line.verdict == verdict
    if verdict == "extra":
        assert "none that people may have, which are " in line.what
        assert "ENGINEER" in line.what


def test_what_a_read_comes_from_is_said_only_where_it_was_seen() -> None:
    seen = {
        TABLES: [{"database_name": "D", "schema_name": "S", "name": "T"}],
        READ: [],
        TO_ANALYST: [held("USAGE", "ROLE", "HELPERS")],
    }
    extra, note = rights(Person(seen))
    assert (extra.verdict, note.verdict) == ("extra", "note")
    assert "by the grants of" not in note.what
    unseen, note = rights(Person(seen, hidden="HELPERS"))
    assert (unseen.verdict, note.verdict) == ("unseen", "note")
    (ok,) = rights(Person({**seen, TO_ANALYST: [held("SELECT", "TABLE", "D.S.T")]}))
    assert (ok.verdict, ok.what.endswith("by the grants of role ANALYST")) == ("ok", True)


def test_nothing_is_tried_after_a_switch_that_works() -> None:
    session = Person({'USE ROLE "GLOBALORGADMIN"': []})
    them = Sessions(lambda: session, most=1)
    (line,) = person._one_role(SETTINGS, them, WHO, Role("ROLE", ("CUBE",)))
    assert (line.verdict, line.what) == (
        "extra",
        'the session takes another role: USE ROLE "GLOBALORGADMIN"',
    )
    assert session.sent[-1] == 'USE ROLE "GLOBALORGADMIN"'


def test_other_roles_that_are_told_otherwise_were_not_seen() -> None:
    for answer in ("no json", "[]", '{"value": "ALL"}'):
        them = Sessions(lambda: Person({}), most=1)
        who = {**WHO, "current_secondary_roles": answer}
        (line,) = person._one_role(SETTINGS, them, who, Role("ROLE", ("CUBE",)))
        assert line.verdict == "unseen"
        assert line.what.endswith(f"Snowflake tells {answer!r}, which has another form")
    assert secondary_roles('{"roles":"A,B","value":"ALL"}') == {"A", "B"}
    assert secondary_roles("") == secondary_roles('{"roles":"","value":""}') == set()


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"oauthRole": "ENGINEER"}, None),
        ({**VOUCHED, "oauthRole": "ENGINEER"}, '"ENGINEER"'),
        ({**VOUCHED, "userRoles": '["ENGINEER"]'}, None),
        ({**ELSEWHERE, "oauthRole": "ENGINEER"}, '"ENGINEER"'),
    ],
)
def test_a_session_asks_for_the_role_that_cube_asks_for(
    more: dict[str, str], asked: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By External OAuth it would have the person's default role, which the token may lack. By an
    OAuth app it has the token's.
    """
    given: dict[str, Any] = {}

    def refused(**arguments: Any) -> None:
        given.update(arguments)
        raise DatabaseError("no")

    monkeypatch.setattr(snowflake.connector, "connect", refused)
    whose = settings(**more)
    deployed = Deployed(
        stack="dev",
        component="cube",
        settings=whose,
        service_account="CUBE",
        privileges=frozenset(),
        resources=(),
        credential={},
    )
    with pytest.raises(CannotCheckError, match="cannot sign in"):
        person.verify(deployed, whose, SecretStr("a-token"), lambda _: None)
    assert given["authenticator"] == "oauth"
    assert given.get("role") == asked


def test_only_who_has_another_way_is_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> None:
        raise DatabaseError("IP 192.0.2.1 is not allowed to access Snowflake. Contact yours.")

    monkeypatch.setattr(snowflake.connector, "connect", refused)
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(CannotCheckError, match="let the deployer look alone: --without-sign-in"):
        sign_in("MYORG-PROD", "CUBE", key.decode(), lambda _: None)
    with pytest.raises(CannotCheckError) as raised:
        persons("MYORG-PROD", SecretStr("a-token"), lambda _: None)
    said = str(raised.value)
    assert "Verify from an address" in said
    assert "--without-sign-in" not in said
    assert "ten minutes" not in said
