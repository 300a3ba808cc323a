"""The service account without a key: Cube Cloud, which is played here, signs its token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import snowflake.connector

from cube_access.cli import main
from sandbox import Sandbox
from sandbox.snowflake.world import ALICE
from tests.cube.real import RealCube
from tests.helpers import nothing_unknown
from tests.integration.snowflake.identity_provider import IdentityProvider
from tools.authorize import authorize
from tools.snowflake_client import Client, by_hand
from tools.stacks import PACK, Stack, enter

ISSUER = "https://acme.cubecloud.dev"
ACCOUNT_URL = "https://sandbox-analytics.snowflakecomputing.com"
IDENTITY = {"tenant": "acme", "deploymentId": 42}
ORDERS = "SELECT count(*) FROM ANALYTICS.SALES.ORDERS"


def cube_cloud(sandbox: Sandbox) -> IdentityProvider:
    return IdentityProvider(
        sandbox,
        ISSUER,
        f"{ISSUER}/.well-known/jwks.json",
        aud=ACCOUNT_URL,
        sub="cube:deployment:42",
        scp="session:role:CUBE_DEV",
    )


def client(token: str, **how: Any) -> Client:
    return Client(authenticator="oauth", token=token, **how)


def refusal(token: str, **how: Any) -> str:
    with pytest.raises(snowflake.connector.errors.DatabaseError) as refused:
        client(token, **how)
    return str(refused.value)


@pytest.fixture(scope="module")
def applied(
    tmp_path_factory: pytest.TempPathFactory, base_config: dict[str, Any]
) -> Iterator[Stack]:
    """Keyless, and confined to that way in."""
    folder = tmp_path_factory.mktemp("applied")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        admin = by_hand()
        admin.rows("CREATE DATABASE SECURITY")
        for grant in (
            "USAGE ON DATABASE SECURITY",
            "USAGE ON SCHEMA SECURITY.PUBLIC",
            "CREATE AUTHENTICATION POLICY ON SCHEMA SECURITY.PUBLIC",
            "APPLY AUTHENTICATION POLICY ON ACCOUNT",
        ):
            admin.rows(f"GRANT {grant} TO ROLE SECURITYADMIN")
        stack = Stack(running, folder / "project", "dev", base_config)
        stack.set(cubeCloudIdentity=IDENTITY, authenticationPolicySchema="SECURITY.PUBLIC")
        stack.apply()
        yield stack
        nothing_unknown(running)


@pytest.fixture(scope="module")
def cube(applied: Stack) -> IdentityProvider:
    return cube_cloud(applied.sandbox)


@pytest.fixture(scope="module")
def outputs(applied: Stack) -> dict[str, Any]:
    return applied.outputs()


def test_nothing_is_kept_and_the_outputs_say_what_is_left_to_do(
    applied: Stack, outputs: dict[str, Any]
) -> None:
    env = outputs["cube_env"]
    assert env["CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR"] == "OAUTH"
    assert env["CUBE_SERVICE_SNOWFLAKE_ROLE"] == "CUBE_DEV"
    assert not {name for name in env if "KEY" in name or "USER" in name or "TOKEN" in name}
    assert outputs["secret_arn"] == "none: there is nothing to store"
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    assert "PRIVATE KEY" not in applied.export("--show-secrets")
    assert "nothing is kept" in outputs["service_account"]["credential_expires"]
    step = next(step for step in outputs["next_steps"].splitlines() if "OIDC" in step)
    for part in (
        f"audience {ACCOUNT_URL}",
        "gives cube:deployment:42",
        "scp = session:role:CUBE_DEV",
        "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH",
    ):
        assert part in step


def test_the_deployer_verifies_it_and_says_what_stays_unproven(
    applied: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        where = ["--cwd", str(applied.folder), "--stack", applied.name]
        code = main(["verify", *where, "--json", "-", *arguments])
        out, err = capsys.readouterr()
        return code, out + err

    code, out = run()
    assert (code, "Let the deployer look: add --deployer" in out) == (2, True)
    code, out = run("--deployer")
    assert code == 0, out
    for said in (
        "it signs in by OAUTH only (SECURITY.PUBLIC.CUBE_DEV)",
        "integration CUBE_DEV_CUBE_CLOUD is as applied",
        "not proven: that it can sign in with Cube Cloud's token",
    ):
        assert said in out
    issuer = "EXTERNAL_OAUTH_ISSUER of integration CUBE_DEV_CUBE_CLOUD is https://eve.example.com"
    change = "ALTER SECURITY INTEGRATION CUBE_DEV_CUBE_CLOUD SET EXTERNAL_OAUTH_ISSUER = '{}'"
    by_hand().rows(change.format("https://eve.example.com"))
    try:
        code, out = run("--deployer")
    finally:
        by_hand().rows(change.format(ISSUER))
    assert (code, issuer in out) == (1, True)


def test_the_deployments_token_reads_what_is_granted(
    applied: Stack, cube: IdentityProvider
) -> None:
    robot = client(cube.token())
    assert robot.value(ORDERS) == 4
    assert robot.value("SELECT CURRENT_USER() || '/' || CURRENT_ROLE()") == "CUBE_DEV/CUBE_DEV"
    for statement in (
        "SELECT * FROM ANALYTICS.HR.SALARIES",
        "INSERT INTO ANALYTICS.SALES.CUSTOMERS VALUES (9, 'x', 'DE')",
        "USE ROLE PUBLIC",
        "USE SECONDARY ROLES ALL",
    ):
        assert robot.refusal(statement), statement


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"sub": "cube:deployment:43"}, "Invalid OAuth"),
        ({"aud": "https://other.snowflakecomputing.com"}, "Invalid OAuth"),
        ({"iss": "https://other.cubecloud.dev"}, "Invalid OAuth"),
        ({"exp": 1}, "expired"),
        ({"scp": "session:role:PUBLIC"}, "not listed"),
        ({"scp": "session:role-any"}, "not listed"),
        # A person's login name: whoever sets Cube Cloud up can have it signed.
        ({"sub": ALICE, "scp": "session:role:ANALYST"}, "was filtered"),
    ],
    ids=["deployment", "audience", "issuer", "expired", "role", "any-role", "person"],
)
def test_any_other_token_is_refused(
    cube: IdentityProvider, claims: dict[str, Any], words: str
) -> None:
    assert words in refusal(cube.token(**claims))


def test_a_key_that_it_is_given_by_hand_does_not_sign_it_in(applied: Stack) -> None:
    """The authentication policy names the one way in."""
    user = applied.sandbox.snowflake.users.get("CUBE_DEV")
    assert user is not None
    assert (user.type, user.rsa_public_key, user.password) == ("SERVICE", "", None)
    policy = user.authentication_policy
    assert policy is not None
    assert policy.items("AUTHENTICATION_METHODS") == ("OAUTH",)
    assert policy.items("SECURITY_INTEGRATIONS") == ("CUBE_DEV_CUBE_CLOUD",)


def test_people_sign_in_as_ever(outputs: dict[str, Any]) -> None:
    alice = client(authorize(outputs, ALICE)["access_token"], warehouse="COMPUTE_WH")
    assert alice.rows("SELECT SALES_REP FROM ANALYTICS.SALES.MY_ORDERS") == [("ALICE",)] * 2


def test_cubes_own_driver_reads_the_token_from_the_file_that_cube_cloud_names(
    applied: Stack, outputs: dict[str, Any], cube: IdentityProvider, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(cube.token())
    env = {**outputs["cube_env"], "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": str(file)}
    with RealCube(applied.sandbox.env) as running:
        running.start(outputs["cube_py"], env)
        count = ORDERS.replace("count(*)", "count(*) AS N")
        assert running.ask("query", context={}, sql=count) == {"rows": [{"N": "4"}]}
        # The file is the service account's: a person without a token must not get there by it.
        person = {"securityContext": {"cubeCloud": {"username": ALICE, "userCredentials": {}}}}
        refused = running.ask("query", context=person, sql="SELECT 1")
        assert "authorize in Cube" in refused["error"]


def test_its_preview_is_empty_even_after_a_refresh_and_passes_the_policies(
    applied: Stack,
) -> None:
    applied.must("refresh", "--yes", "--skip-preview")
    got = applied.preview(*PACK)
    assert (got.code, got.steps) == (0, {}), got.output


def test_a_second_environment_uses_the_integration_of_the_first(
    applied: Stack, cube: IdentityProvider, base_config: dict[str, Any]
) -> None:
    """An account has one for an issuer."""
    second = Stack(applied.sandbox, applied.folder, "two", base_config)
    second.set(cubeCloudIdentity={"tenant": "acme", "deploymentId": 43})
    got = second.pulumi("preview")
    assert got.code != 0
    assert f"integration CUBE_DEV_CUBE_CLOUD of account SANDBOX-ANALYTICS trusts {ISSUER}" in (
        got.output
    )
    second.set(
        cubeCloudIdentity={
            "tenant": "acme",
            "deploymentId": 43,
            "integration": "cube_dev_cube_cloud",
        }
    )
    second.apply()
    its = {"sub": "cube:deployment:43", "scp": "session:role:CUBE_TWO"}
    assert "was filtered" in refusal(cube.token(**its)), "the first has not agreed"
    applied.set(cubeCloudIdentity={**IDENTITY, "allowedRoles": ["cube_two"]})
    applied.apply()
    assert client(cube.token(**its)).value(ORDERS) == 4
    assert client(cube.token()).value(ORDERS) == 4
