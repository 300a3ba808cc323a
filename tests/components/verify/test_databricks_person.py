"""A person's token from the OAuth app, by a real authorize on the sandbox, gives that person's
rights; one that gives others is found.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cube_access.verify import run
from cube_access.verify.databricks.person import claims_of, look_as_person
from cube_access.verify.deployed import CannotCheckError
from cube_access.verify.findings import Line
from sandbox import Sandbox
from sandbox.databricks import web
from sandbox.databricks.world import ADMIN, ALICE, BOB, WORKSPACE_HOST
from tests.components.roles.test_files import settings as settings_of
from tests.components.verify.databricks_by_hand import apply
from tests.helpers import nothing_unknown
from tests.integration.verify.conftest import findings
from tests.integration.verify.databricks_clouds import Clouds
from tools.authorize import authorize
from tools.stacks import enter


class World:
    def __init__(self, sandbox: Sandbox) -> None:
        self.deployed, self.settings = apply(sandbox)
        self.clouds = Clouds(sandbox)
        # As a real world has them: whoever uses Cube has SQL.
        for each in (ALICE, BOB, ADMIN):
            self.clouds.entitle(self.clouds.named(each), "databricks-sql-access")

        self.limits = self.person = ""

    def token(self, person: str) -> str:
        app = self.clouds.app
        fields = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": app.settings["redirect_urls"][0],
            "scopes": app.settings["scopes"],
            "auth_url": f"https://{WORKSPACE_HOST}/oidc/v1/authorize",
            "token_url": f"https://{WORKSPACE_HOST}/oidc/v1/token",
        }
        return str(authorize({"cube_oauth_app": fields}, person)["access_token"])

    def look(self, token: str, *, as_deployer: bool = True) -> list[Line]:
        lines, self.limits, self.person = look_as_person(
            self.deployed, self.settings, SecretStr(token), lambda _: None, as_deployer=as_deployer
        )
        return lines


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as box, pytest.MonkeyPatch.context() as patch:
        enter(box, patch)
        yield World(box)
        nothing_unknown(box)


def said(lines: list[Line]) -> list[str]:
    return [each.what for each in lines]


@pytest.mark.parametrize(
    ("person", "count"), [(ALICE, "3 of 6"), (BOB, "3 of 6")], ids=["alice", "bob"]
)
def test_a_persons_token_gives_that_persons_rights(world: World, person: str, count: str) -> None:
    lines = world.look(world.token(person))
    assert findings(lines) == []
    assert f"is {person}, in SQL too" in said(lines)
    assert f"{person} is no administrator of the workspace" in said(lines)
    assert "the token opens SQL, and is refused at /api/2.0/token/list" in said(lines)
    assert f"reads what {person} may: {count} tried, and is refused the others" in said(lines)


def test_an_administrator_is_mentioned(world: World) -> None:
    lines = world.look(world.token(ADMIN))
    (note,) = [each for each in lines if "is an administrator of the workspace" in each.what]
    assert note.verdict == "note"


def test_a_token_that_opens_every_api_is_found(world: World) -> None:
    app = world.clouds.app
    scopes = app.settings["scopes"]
    app.settings["scopes"] = [*scopes, "all-apis"]
    try:
        found = findings(world.look(world.token(ALICE)))
    finally:
        app.settings["scopes"] = scopes
    assert said(found) == [
        "the token opens more of Databricks than SQL (scope all-apis)",
        "the OAuth app gives tokens of scope all-apis",
    ]


def test_the_service_accounts_token_is_no_persons(world: World) -> None:
    state = world.clouds.state
    token = state.access.create_pat(
        world.clouds.me, world.clouds.workspace, 60, "x", world.clouds.me
    )
    (first, *_) = findings(world.look(token.value, as_deployer=False))
    assert (
        first.what
        == "the token is the service account's: each person would query as the service account"
    )
    assert first.verdict == "extra"


def test_rights_that_were_not_compared_are_not_promised(world: World) -> None:
    lines = world.look(world.token(ALICE), as_deployer=False)
    assert findings(lines) == []
    assert not any("reads what" in each for each in said(lines))
    assert world.limits.endswith("is the deployer's to see (--deployer)")
    assert world.person == ALICE


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_token_that_the_api_tells_nothing_is_judged_by_sql(
    world: World, monkeypatch: pytest.MonkeyPatch, as_deployer: bool
) -> None:
    """As a token of scope sql is told, where the API wants a scope of its own for it."""
    token = world.token(ALICE)
    monkeypatch.setattr(web, "ANY_SCOPE", ())
    lines = world.look(token, as_deployer=as_deployer)
    assert findings(lines) == []
    assert world.person == ALICE
    assert f"is {ALICE} in SQL; the API does not say whose token it is" in said(lines)
    (note,) = [each for each in lines if "administers the workspace" in each.what]
    assert note.verdict == "note"
    assert any("reads what" in each for each in said(lines)) is as_deployer


def test_the_report_names_the_person_and_the_deployer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "read", lambda *_, **__: world.deployed)
    asked = run.Asked(deployer=True, person=SecretStr(world.token(ALICE)))
    report = run.verify("dev", Path(), lambda _: None, asked=asked)
    assert (report.identity, report.signed_in, report.limits) == (ALICE, True, "")
    assert report.deployer
    assert report.exit_code == 0


def test_on_snowflake_the_deployer_does_not_look_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = replace(world.deployed, settings=settings_of("sandbox-snowflake"))
    monkeypatch.setattr(run, "read", lambda *_, **__: theirs)
    asked = run.Asked(deployer=True, person=SecretStr("a-token"))
    with pytest.raises(CannotCheckError, match="leave --deployer out"):
        run.verify("dev", Path(), lambda _: None, asked=asked)


def test_a_token_that_has_ended_is_said_without_it(world: World) -> None:
    token = world.token(ALICE)
    del world.clouds.state.access.tokens[token]
    with pytest.raises(CannotCheckError, match="does not sign in") as error:
        world.look(token)
    assert token not in str(error.value)


def jwt(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


def test_a_token_says_whose_it_is() -> None:
    assert claims_of(jwt(client_id="a", exp=3600, iat=0)) == {
        "client_id": "a",
        "exp": 3600,
        "iat": 0,
    }


@pytest.mark.parametrize("token", ["dapi123", "a.b.c", "a.!.c", "e30.W10.c2ln"])
def test_what_is_no_jwt_says_nothing(token: str) -> None:
    assert claims_of(token) == {}
