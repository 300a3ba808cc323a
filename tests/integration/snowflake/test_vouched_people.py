"""People without an OAuth app: Cube Cloud, which is played here, signs a token for each of them."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_access.cli import main
from sandbox import Sandbox
from sandbox.snowflake.world import ADMIN, ALICE, BOB
from tests.cube.real import RealCube
from tests.helpers import nothing_unknown
from tests.integration.snowflake.identity_provider import IdentityProvider
from tests.integration.snowflake.test_keyless import ISSUER, ORDERS, client, refusal
from tools.snowflake_client import by_hand, service
from tools.stacks import PACK, Stack, enter

INTEGRATION = (
    "snowflake:index/externalOauthIntegration:ExternalOauthIntegration::cube-cube-cloud-integration"
)
AUDIENCE = "cube-people"
MINE = "SELECT CURRENT_USER() || '/' || CURRENT_ROLE() AS WHO FROM ANALYTICS.SALES.MY_ORDERS -- {}"
DEPLOYMENT = {"sub": "cube:deployment:42", "scp": "session:role:CUBE_DEV"}


@pytest.fixture(scope="module")
def applied(
    tmp_path_factory: pytest.TempPathFactory, base_config: dict[str, Any]
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("applied")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        by_hand().rows("GRANT ROLE ANALYST TO USER BOB")
        stack = Stack(running, folder / "project", "dev", base_config)
        stack.set(
            redirectUris=None,
            allowedRoles=None,
            oauthRole="ANALYST",
            cubeCloudSignIn={"tenant": "acme", "audience": AUDIENCE},
        )
        stack.apply()
        yield stack
        nothing_unknown(running)


@pytest.fixture(scope="module")
def cube_cloud(applied: Stack) -> IdentityProvider:
    return IdentityProvider(
        applied.sandbox,
        ISSUER,
        f"{ISSUER}/.well-known/jwks.json",
        aud=AUDIENCE,
        sub=ALICE,
        scp="session:role:ANALYST",
    )


@pytest.fixture(scope="module")
def outputs(applied: Stack) -> dict[str, Any]:
    return applied.outputs()


@pytest.fixture(scope="module")
def cube(applied: Stack, outputs: dict[str, Any]) -> Iterator[RealCube]:
    with RealCube(applied.sandbox.env) as running:
        running.start(outputs["cube_py"], outputs["cube_env"])
        yield running


def asks(person: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    """A request of a person, with what Cube Cloud resolved for them."""
    found = {"status": "active", "token": token, "expiresAt": time.time() + 3540, **more}
    security = {"cubeCloud": {"username": person, "oidcTokens": {"cube-dev": found}}}
    return {"securityContext": security}


def verify(stack: Stack, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    where = ["--cwd", str(stack.folder), "--stack", stack.name]
    code = main(["verify", *where, "--json", "-", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


def test_the_outputs_say_what_there_is_and_what_is_left_to_do(outputs: dict[str, Any]) -> None:
    assert outputs["cube_oauth_app"] == (
        "none: people sign in with Cube Cloud's own tokens, without an OAuth app"
    )
    assert outputs["cube_env"]["CUBE_ACCESS_USER_ROLE"] == "ANALYST"
    steps = outputs["next_steps"].splitlines()
    assert len(steps) == 2
    for part in (
        "the signed-in user, named cube-dev, with audience type Custom, audience cube-people,",
        "the subject claim format {user_email}",
        "the custom claim scp = session:role:ANALYST.",
        "the person's LOGIN_NAME in Snowflake",
    ):
        assert part in steps[1]
    assert "Authorize" not in outputs["next_steps"]
    assert "cubeCloud.oidcTokens" in outputs["cube_py"]


def test_each_person_queries_as_themselves_by_cubes_own_driver(
    cube: RealCube, cube_cloud: IdentityProvider
) -> None:
    tokens = {person: cube_cloud.token(sub=person) for person in (ALICE, BOB)}
    for number, (person, user) in enumerate({ALICE: "ALICE", BOB: "BOB"}.items()):
        got = cube.ask("query", context=asks(person, tokens[person]), sql=MINE.format(number))
        assert {row["WHO"] for row in got["rows"]} == {f"{user}/ANALYST"}
    count = ORDERS.replace("count(*)", "count(*) AS N")
    assert cube.ask("query", context={}, sql=count) == {"rows": [{"N": "4"}]}
    # Signed anew with another role, which the account does not let in: not the earlier session.
    anew = cube_cloud.token(sub=ALICE, scp="session:role:PUBLIC")
    refused = cube.ask("query", context=asks(ALICE, anew), sql=MINE.format(3))["error"]
    assert "was filtered" in refused
    for token in (*tokens.values(), anew):
        assert token not in refused
        assert token not in cube._log.read_text()


def test_whoever_has_no_usable_token_is_denied(
    cube: RealCube, cube_cloud: IdentityProvider
) -> None:
    token = cube_cloud.token()
    nobody = {"signedWithPlaygroundAuthSecret": False, "securityContext": {"sub": "customer-1"}}
    contexts = {
        "failed": asks(ALICE, status="error", error="no such attribute"),
        "ended": asks(ALICE, token, expiresAt=time.time() - 1),
        "no end": asks(ALICE, token, expiresAt=None),
        "missing": {"securityContext": {"cubeCloud": {"username": ALICE}}},
        "embedded": nobody,
    }
    for why, context in contexts.items():
        said = cube.ask("query", context=context, sql="SELECT 1")["error"]
        words = "names nobody" if why == "embedded" else "Cube Cloud signed no usable token for you"
        assert words in said, why
        assert token not in said


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"aud": "cube-others"}, "Invalid OAuth"),
        ({"iss": "https://other.cubecloud.dev"}, "Invalid OAuth"),
        ({"exp": 1}, "expired"),
        ({"scp": "session:role-any"}, "not listed"),
        ({"scp": ""}, "not listed"),
        # Whoever sets Cube Cloud up can have these signed.
        ({"sub": BOB, "scp": "session:role:ENGINEER"}, "was filtered"),
        ({"sub": ADMIN, "scp": "session:role:ACCOUNTADMIN"}, "was filtered"),
        ({"sub": "CUBE_DEV", "scp": "session:role:CUBE_DEV"}, "was filtered"),
        ({"scp": "session:role:CUBE_DEV"}, "was filtered"),
        (DEPLOYMENT, "Invalid OAuth"),
    ],
    ids=[
        *("audience", "issuer", "expired", "any role", "no role", "another role", "administrator"),
        *("service account", "its role", "deployment"),
    ],
)
def test_any_other_token_is_refused(
    cube_cloud: IdentityProvider, claims: dict[str, Any], words: str
) -> None:
    assert words in refusal(cube_cloud.token(**claims))


def test_verify_looks_at_the_integration_and_at_a_persons_token(
    applied: Stack,
    cube_cloud: IdentityProvider,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out = verify(applied, capsys, "--deployer")
    assert code == 0, out
    assert "integration CUBE_DEV_CUBE_CLOUD is as applied" in out
    token = cube_cloud.token()
    monkeypatch.setattr("sys.stdin", io.StringIO(token))
    code, out = verify(applied, capsys, "--person")
    assert code == 0, out
    assert "the token is of ALICE, and its role is ANALYST" in out
    assert token not in out
    change = "ALTER SECURITY INTEGRATION CUBE_DEV_CUBE_CLOUD SET EXTERNAL_OAUTH_{} = {}"
    for key, planted, made in (
        ("ALLOWED_ROLES_LIST", "('ANALYST', 'CUBE_DEV')", "('ANALYST')"),
        ("ANY_ROLE_MODE", "ENABLE", "DISABLE"),
    ):
        by_hand().rows(change.format(key, planted))
        try:
            code, out = verify(applied, capsys, "--deployer")
        finally:
            by_hand().rows(change.format(key, made))
        assert (code, f"EXTERNAL_OAUTH_{key} of integration CUBE_DEV_CUBE_CLOUD" in out) == (
            1,
            True,
        )


def test_its_preview_is_empty_even_after_a_refresh_and_passes_the_policies(
    applied: Stack,
) -> None:
    applied.must("refresh", "--yes", "--skip-preview")
    got = applied.preview(*PACK)
    assert (got.code, got.steps) == (0, {}), got.output


def test_the_service_account_shares_the_integration_and_neither_is_the_other(
    applied: Stack, cube_cloud: IdentityProvider, tmp_path: Path
) -> None:
    assert service().value(ORDERS) == 4
    applied.set(cubeCloudIdentity={"tenant": "acme", "deploymentId": 42})
    got = applied.preview()
    assert got.code == 0, got.output
    assert INTEGRATION in got.steps["update"]
    applied.apply()
    applied.unchanged("--refresh")
    (made,) = applied.sandbox.snowflake.integrations.all()
    url = "https://sandbox-analytics.snowflakecomputing.com"
    assert set(made.items("EXTERNAL_OAUTH_AUDIENCE_LIST")) == {AUDIENCE, url}
    assert set(made.items("EXTERNAL_OAUTH_ALLOWED_ROLES_LIST")) == {"ANALYST", "CUBE_DEV"}
    deployment = cube_cloud.token(aud=url, **DEPLOYMENT)
    assert client(deployment).value("SELECT CURRENT_USER()") == "CUBE_DEV"
    assert client(cube_cloud.token()).value("SELECT CURRENT_USER()") == "ALICE"
    for claims, role in (
        ({"scp": "session:role:CUBE_DEV"}, "CUBE_DEV"),
        ({"scp": "session:role:ANALYST,session:role:CUBE_DEV"}, "CUBE_DEV"),
        ({**DEPLOYMENT, "scp": "session:role:ANALYST"}, "ANALYST"),
    ):
        assert "not listed" in refusal(cube_cloud.token(**claims), role=role), claims
    outputs = applied.outputs()
    file = tmp_path / "token"
    file.write_text(deployment)
    env = {**outputs["cube_env"], "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": str(file)}
    with RealCube(applied.sandbox.env) as running:
        running.start(outputs["cube_py"], env)
        who = "SELECT CURRENT_USER() AS WHO"
        assert running.ask("query", context={}, sql=who) == {"rows": [{"WHO": "CUBE_DEV"}]}
        mine = asks(ALICE, cube_cloud.token())
        assert running.ask("query", context=mine, sql=f"{who} -- mine")["rows"] == [
            {"WHO": "ALICE"}
        ]
        # The file is the service account's: a person without a token must not get there by it.
        lapsed = asks(ALICE, status="error")
        refused = running.ask("query", context=lapsed, sql=f"{who} -- lapsed")
        assert "Cube Cloud signed no usable token for you" in refused["error"]
