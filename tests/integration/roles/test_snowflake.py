"""The scripts that are written for Snowflake, run as they are: an environment with everything that
adds a right lives as its deployer, and as its previewer nothing can be changed.

Each right taken away is tried on what the deployer said to Snowflake in `up` and rotation: the
recorded statements run again in a fresh account without it. One of them is tried as a whole `up`,
too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cube_access.roles import aws, snowflake
from cube_access.settings import SnowflakeSettings
from sandbox import Sandbox
from sandbox.snowflake import Snowflake
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.session import Session
from sandbox.snowflake.world import DEPLOYER
from tests.components.roles.test_files import load
from tests.helpers import nothing_unknown
from tools.snowflake_client import by_hand, key_pair
from tools.stacks import Stack, enter, example

# Each of these adds to what the deployer needs.
CONFIG = {
    **example("sandbox-snowflake"),
    "cube-access:deployerRole": "sign-in",
    "cube-access:allowedCidrs": ["127.0.0.0/8"],
    "cube-access:authenticationPolicySchema": "ANALYTICS.PUBLIC",
    "cube-access:grantTo": "database-role",
}
CHANGE = re.compile(r"\s*(CREATE|ALTER|DROP|GRANT|REVOKE)\b", re.IGNORECASE)
SIGN_IN = re.compile(r"\s*(SELECT CURRENT_|SELECT 1|ALTER SESSION)", re.IGNORECASE)


def settings(stack: str = "dev", **changes: Any) -> SnowflakeSettings:
    """Of the stack as its file has them."""
    config = {**CONFIG, **{f"cube-access:{key}": value for key, value in changes.items()}}
    found = load(config, stack)
    assert isinstance(found, SnowflakeSettings)
    return found


def write(folder: Path, stack: str, config: dict[str, Any]) -> None:
    kept = {key: value for key, value in config.items() if value is not None}
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": kept}))


def statements(script: str) -> list[str]:
    """Of a written file, without its comments: what a worksheet would run."""
    code = "\n".join(line.partition("--")[0] for line in script.splitlines())
    return [each.strip() for each in code.split(";") if each.strip()]


def new_key() -> tuple[str, str]:
    """The public half as ALTER USER takes it, and the private one as PEM."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return "".join(public.decode().splitlines()[1:-1]), private.decode()


def introduce(script: str, user: str) -> str:
    """Runs a script as ACCOUNTADMIN would, and gives the user its key. The private one."""
    admin, (public, private) = by_hand("ACCOUNTADMIN"), new_key()
    for statement in statements(script):
        admin.rows(statement)
    admin.rows(f"ALTER USER \"{user}\" SET RSA_PUBLIC_KEY = '{public}'")
    return private


def sign_in_as(stack: Stack, user: str, private: str) -> None:
    stack.environment |= {"SNOWFLAKE_USER": user, "SNOWFLAKE_PRIVATE_KEY": private}


@dataclass
class Life:
    said: list[str]
    """The deployer's statements, in order."""
    baseline: list[str]
    """What of it a fresh account refuses to a deployer with every right."""
    stack: Stack
    deployer: str
    previewer: str
    """Both: the private key."""
    previews: dict[str, tuple[int, dict[str, list[str]], str]]


def recorded(sandbox: Sandbox, user: str) -> list[str]:
    found = [
        call.body["sqlText"]
        for call in sandbox.journal.calls(path="/queries/v1/query-request")
        if call.identity == user
    ]
    return [text for text in found if not SIGN_IN.match(text)]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """One environment from `up` to `destroy`, with its warehouse made and then swapped."""
    folder = tmp_path_factory.mktemp("life")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        chosen = settings(snowflakeWarehouse=None)
        user = snowflake.deployer_name(chosen)
        key = introduce(snowflake.deployer_script(chosen), user)
        running.aws.iam.restrict("sandbox", aws.deployer(chosen))
        stack = Stack(running, folder / "project", "dev", CONFIG)
        stack.set(snowflakeWarehouse=None)
        sign_in_as(stack, user, key)
        stack.apply()

        name = snowflake.previewer_name(chosen)
        previewer = introduce(snowflake.previewer_script(chosen), name)
        sign_in_as(stack, name, previewer)
        running.aws.iam.restrict("sandbox", {"Statement": []})
        previews = {"unchanged": stack.preview()}
        stack.set(schemas=["ANALYTICS.SALES", "ANALYTICS.HR"])
        previews["another schema"] = stack.preview()

        sign_in_as(stack, user, key)
        running.aws.iam.restrict("sandbox", aws.deployer(chosen))
        stack.set(
            schemas=CONFIG["cube-access:schemas"],
            credentialVersions=["v1", "v2"],
            oauthSecretVersion=2,
        )
        stack.must("up", "--yes", "--skip-preview", "--refresh")
        said = recorded(running, user)
        seen = {what: (got.code, got.steps, got.output) for what, got in previews.items()}
        baseline = refused(said, snowflake.deployer_grants(chosen))
        yield Life(said, baseline, stack, key, previewer, seen)
        nothing_unknown(running)


def refused(said: list[str], grants: list[snowflake.Grant]) -> list[str]:
    """What of it a fresh account refuses to a deployer with these rights."""
    account, chosen = Snowflake(), settings(snowflakeWarehouse=None)
    admin = account.users.get(DEPLOYER)
    assert admin
    session = Session(1, admin, "ACCOUNTADMIN")
    given = {each.statement for each in grants}
    for statement in statements(snowflake.deployer_script(chosen)):
        if not statement.startswith("GRANT") or statement in given or " TO USER " in statement:
            account.statements.run(session, statement)
    deployer = account.users.get(snowflake.deployer_name(chosen))
    assert deployer
    session = Session(2, deployer, deployer.default_role)
    found = []
    for statement in said:
        try:
            account.statements.run(session, statement)
        except SqlError as error:
            found.append(f"{statement[:80]}: {error.message}")
    return found


GRANTS = snowflake.deployer_grants(settings(snowflakeWarehouse=None))


class TestDeployer:
    def test_it_lives_and_what_it_says_can_be_said_again(self, life: Life) -> None:
        changes = [text for text in life.said if CHANGE.match(text)]
        assert len(changes) > 20
        assert not [text for text in life.baseline if CHANGE.match(text)], life.baseline

    @pytest.mark.parametrize("missing", GRANTS, ids=lambda grant: grant.privilege)
    def test_each_right_taken_away_breaks_it(self, life: Life, missing: snowflake.Grant) -> None:
        less = [grant for grant in GRANTS if grant is not missing]
        more = set(refused(life.said, less)) - set(life.baseline)
        assert more, f"{missing.privilege} is not needed"

    def test_a_whole_up_without_one_fails_before_it_changes_anything(self, life: Life) -> None:
        user = snowflake.deployer_name(settings())
        by_hand().rows(f'REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE "{user}"')
        life.stack.sandbox.journal.clear()
        got = life.stack.up()
        by_hand().rows(f'GRANT MANAGE GRANTS ON ACCOUNT TO ROLE "{user}"')
        assert got.code != 0
        assert "the deployer cannot see in account SANDBOX-ANALYTICS" in got.output
        said = recorded(life.stack.sandbox, user)
        assert not [text for text in said if CHANGE.match(text)]

    def test_it_administers_nothing_else(self, life: Life) -> None:
        """It owns what it made, and no role of the account's administrators."""
        rows = by_hand().rows(f'SHOW GRANTS TO USER "{snowflake.deployer_name(settings())}"')
        assert [row[4] for row in rows] == [snowflake.deployer_name(settings())]

    def test_a_role_in_the_environment_would_get_into_the_state_and_is_refused(
        self, life: Life
    ) -> None:
        role = snowflake.deployer_name(settings())
        got = life.stack.up(SNOWFLAKE_ROLE=role)
        assert got.code != 0
        assert "SNOWFLAKE_ROLE is set, but with cube-access:deployerRole = sign-in" in got.output


class TestPreviewer:
    def test_its_preview_of_the_unchanged_environment_is_empty(self, life: Life) -> None:
        assert life.previews["unchanged"][:2] == (0, {}), life.previews["unchanged"]

    def test_it_sees_what_a_pull_request_adds(self, life: Life) -> None:
        code, steps, output = life.previews["another schema"]
        assert code == 0, output
        assert steps["update"] == ["cube-access:snowflake:RolePrivileges::cube-read-privileges"]

    def test_every_kind_of_change_is_refused(self, life: Life) -> None:
        """Each statement by which the deployer changed something, said by the previewer."""
        name = snowflake.previewer_name(settings())
        client = key_pair(name, life.previewer)
        changes = [text for text in life.said if CHANGE.match(text)]
        kinds = {tuple(text.split()[:2]) for text in changes}
        assert len(kinds) > 8, kinds
        assert not [text for text in changes if not client.refusal(text)]

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM ANALYTICS.SALES.ORDERS",
            "SELECT * FROM ANALYTICS.REFERENCE.COUNTRIES",
            "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('CUBE_DEV')",
            "DESCRIBE USER CUBE_DEV",
            "USE WAREHOUSE COMPUTE_WH",
        ],
    )
    def test_it_reads_no_row_and_no_secret(self, life: Life, statement: str) -> None:
        client = key_pair(snowflake.previewer_name(settings()), life.previewer)
        assert client.refusal(statement)

    def test_its_up_fails_and_leaves_everything_as_it_was(self, life: Life) -> None:
        sign_in_as(life.stack, snowflake.previewer_name(settings()), life.previewer)
        life.stack.set(schemas=["ANALYTICS.HR"])
        got = life.stack.up()
        assert got.code != 0
        assert "Insufficient privileges" in got.output
        assert by_hand().rows("SHOW USERS LIKE 'CUBE_DEV'")


def test_the_deployer_takes_it_all_away_again(life: Life) -> None:
    """Last: the other tests look at what is there."""
    sign_in_as(life.stack, snowflake.deployer_name(settings()), life.deployer)
    life.stack.must("destroy", "--yes", "--skip-preview")
    admin = by_hand()
    for kind in ("SECURITY INTEGRATIONS", "NETWORK POLICIES", "WAREHOUSES", "USERS", "ROLES"):
        left = [row[0] if kind != "ROLES" else row[1] for row in admin.rows(f"SHOW {kind}")]
        assert not [name for name in left if name in ("CUBE_DEV", "CUBE_DEV_PEOPLE")], kind
