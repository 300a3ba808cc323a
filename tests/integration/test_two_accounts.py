"""Two environments in one program, in two accounts: each is signed in to as its args say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import Sandbox
from sandbox.snowflake import Snowflake, SnowflakeHosts
from sandbox.snowflake.world import DEPLOYER
from tests.helpers import nothing_unknown
from tools.stacks import Stack, enter

PROGRAM = """
import pulumi
from cube_access import SnowflakeAccess, SnowflakeAccessArgs, SnowflakeSignInArgs

common = dict(
    redirect_uris=["https://example.cubecloud.dev/oauth/callback"],
    schemas=["ANALYTICS.SALES"],
    warehouse="COMPUTE_WH",
    protect=False,
    secret_recovery_days=0,
)
key = pulumi.Config().require_secret("key")
SnowflakeAccess("analytics", SnowflakeAccessArgs(account="SANDBOX-ANALYTICS", **common))
SnowflakeAccess(
    "finance",
    SnowflakeAccessArgs(
        account="SANDBOX-FINANCE",
        sign_in=SnowflakeSignInArgs(user="FINANCE_DEPLOYER", private_key=key),
        **common,
    ),
)
"""
USER = "FINANCE_DEPLOYER"


class OtherAccount(SnowflakeHosts):
    def serves(self, host: str) -> bool:
        return host.lower() == "sandbox-finance.snowflakecomputing.com"


def key_pair() -> tuple[str, str]:
    """A private and a public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def finance() -> Snowflake:
    """The other account, in which the deployer of the first one is nobody."""
    account = Snowflake()
    account.account_name = "FINANCE"
    deployer = account.users.get(DEPLOYER)
    assert deployer
    deployer.settings |= {"LOGIN_NAME": USER}
    return account


@pytest.fixture(scope="module")
def program(
    finance: Snowflake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, str]]:
    """The program, applied, and the key that signs in to the other account."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "main").mkdir()
    (folder / "main/__main__.py").write_text(PROGRAM)
    (folder / "main/Pulumi.yaml").write_text(
        "name: two\nruntime: {name: python, options: {virtualenv: .venv, toolchain: pip}}\n"
    )
    private, public = key_pair()
    deployer = finance.users.get(DEPLOYER)
    assert deployer
    deployer.settings["RSA_PUBLIC_KEY"] = public
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        running.serve(OtherAccount(finance))
        enter(running, patch)
        files = {name: folder / "main" / name for name in ("Pulumi.yaml", "__main__.py")}
        stack = Stack(running, folder / "project", "dev", {}, project=files)
        command = ["pulumi", "config", "set", "--secret", "key", "--stack", "dev"]
        subprocess.run(
            command, cwd=stack.folder, env=stack.environment, input=private, text=True, check=True
        )
        stack.apply()
        yield stack, private
        nothing_unknown(running)


def roles(account: Snowflake) -> set[str]:
    found = {
        name: account.catalog.find("ROLE", (name,)) for name in ("ANALYTICS_DEV", "FINANCE_DEV")
    }
    return {name for name, role in found.items() if role}


def test_each_environment_is_in_its_account(program: tuple[Stack, str], finance: Snowflake) -> None:
    stack, _ = program
    assert roles(stack.sandbox.snowflake) == {"ANALYTICS_DEV"}
    assert roles(finance) == {"FINANCE_DEV"}


def test_the_unchanged_program_has_no_changes(program: tuple[Stack, str]) -> None:
    program[0].unchanged()


def test_the_key_stands_nowhere_readable(program: tuple[Stack, str]) -> None:
    stack, private = program
    text = stack.export()
    for line in private.splitlines()[1:-1]:
        assert line not in text
    resources: list[dict[str, Any]] = json.loads(text)["deployment"]["resources"]
    providers = [each for each in resources if each["urn"].endswith("::finance-users")]
    assert [each["inputs"]["user"] for each in providers] == [USER]


def test_destroy_takes_both(program: tuple[Stack, str], finance: Snowflake) -> None:
    stack, _ = program
    stack.must("destroy", "--yes", "--skip-preview")
    assert roles(stack.sandbox.snowflake) == roles(finance) == set()
