"""Everything by which somebody becomes the service account, or loosens how it and people sign in:
the deployer's look names each, and its statements, run alone, undo it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from cube_access.cli import main
from cube_access.settings import SnowflakeSettings
from cube_access.verify.deployed import Deployed, read
from cube_access.verify.findings import DEPLOYER, Line
from cube_access.verify.snowflake import integrations, other_integrations
from cube_access.verify.snowflake.eyes import Eyes, owners
from cube_access.verify.snowflake.session import deployers
from cube_access.verify.snowflake.sessions import Sessions
from cube_access.verify.snowflake.takeover import takeover
from cube_access.verify.snowflake.verification import declare, look
from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tests.integration.verify.conftest import everything, findings
from tests.integration.verify.snowflake_takeovers import BEFORE, CONFIG, WAYS, Way
from tools.snowflake_client import Client, by_hand
from tools.stacks import Stack, enter, example

ABOVE = {
    0: [
        "role SYSADMIN has role ENGINEER, and so can become the service account or loosen how it "
        "signs in"
    ]
}
"""Of a turn: who is above one of whom a plant makes powerful. It goes with the plant."""
TURNS = sorted({way.turn for way in WAYS})
ISSUER = (
    "CREATE SECURITY INTEGRATION PORTAL TYPE = EXTERNAL_OAUTH ENABLED = TRUE "
    "EXTERNAL_OAUTH_TYPE = CUSTOM EXTERNAL_OAUTH_ISSUER = 'https://eve.example.com' "
    "EXTERNAL_OAUTH_JWS_KEYS_URL = 'https://eve.example.com/keys' "
    "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM = 'sub' "
    "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE = 'LOGIN_NAME'"
)


@dataclass
class World:
    """One strict environment, and the deployer who looks at it by the same two sign-ins."""

    stack: Stack
    admin: Client
    deployed: Deployed
    settings: SnowflakeSettings
    eyes: Eyes

    def look(self) -> list[Line]:
        whose = owners(self.settings, "SECURITYADMIN")
        declared = declare(self.deployed, self.settings, whose)
        return list(look(self.deployed, self.settings, declared, None, self.eyes, []))

    def run(self, *statements: str) -> None:
        for each in statements:
            self.admin.rows(each.format(redirect=self.settings.redirect_uris[0]))

    def everything(self) -> set[tuple[object, ...]]:
        return everything(self.stack.sandbox)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("strict")
    with (
        Sandbox(folder / "sandbox") as running,
        pytest.MonkeyPatch.context() as patch,
        ExitStack() as sessions,
    ):
        enter(running, patch)
        admin = by_hand()
        for statement in BEFORE:
            admin.rows(statement)
        stack = Stack(running, folder / "project", "dev", example("sandbox-snowflake"))
        stack.set(**CONFIG)
        stack.apply()
        deployed = read(stack.name, stack.folder, credential=False)
        settings = deployed.settings
        assert isinstance(settings, SnowflakeSettings)

        def looking(role: str) -> Sessions:
            account = settings.snowflake_account
            one = Sessions(lambda: deployers(account, role, lambda _: None), most=1)
            return sessions.enter_context(one)

        eyes = Eyes(looking("SECURITYADMIN"), looking("ACCOUNTADMIN"), DEPLOYER)
        yield World(stack, admin, deployed, settings, eyes)
        nothing_unknown(running)


def test_a_clean_strict_environment_gives_no_alarm_and_says_what_is_not_proven(
    world: World,
) -> None:
    lines = world.look()
    assert findings(lines) == []
    said = "\n".join(line.what for line in lines)
    assert "each belongs to the deployer's role" in said
    assert "network policy CUBE_DEV lets in 127.0.0.1/32 only" in said
    assert "it signs in by KEYPAIR only" in said
    assert "integration CUBE_DEV is as applied" in said
    assert said.count("not proven: ") == 3


@dataclass
class Told:
    """What was said of one way, and what its statements undid."""

    lines: list[Line]
    planted: set[tuple[object, ...]]
    undone: set[tuple[object, ...]]


@pytest.fixture(scope="module")
def told(world: World) -> Mapping[str, Told]:
    """All ways of a turn at once; then one line's statements after another."""
    found: dict[str, Told] = {}
    for turn in TURNS:
        clean = state = world.everything()
        ways = [way for way in WAYS if way.turn == turn]
        for way in ways:
            world.run(*way.statements)
            found[_key(way)] = Told([], state ^ (state := world.everything()), set())
        lines = findings(world.look())
        for way in ways:
            one = found[_key(way)]
            one.lines = [each for each in lines if each.what.startswith(way.found)]
            before = world.everything()
            world.run(*(each.removesuffix(";") for each in _fix(one.lines)), *way.after)
            one.undone = before ^ world.everything()
        others = [each.what for each in lines if not any(each in t.lines for t in found.values())]
        assert others == ABOVE.get(turn, []), "nothing else is said"
        assert findings(world.look()) == [], "their statements leave nothing to be said"
        assert world.everything() == clean, "and nobody is better or worse off than before"
    return found


def _key(way: Way) -> str:
    return f"{way.turn} {way.what} {way.found}"


def _fix(lines: list[Line]) -> list[str]:
    return [statement for line in lines for statement in line.fix.splitlines()]


class TestWaysIn:
    @pytest.mark.parametrize("way", WAYS, ids=[each.what for each in WAYS])
    def test_it_is_named_and_undone_by_its_own_statements_alone(
        self, told: Mapping[str, Told], way: Way
    ) -> None:
        one = told[_key(way)]
        assert [line.verdict for line in one.lines] == [way.verdict]
        assert one.undone == one.planted, "its statements undo this, and nothing else"


def test_a_person_with_a_password_becomes_a_service_again(world: World) -> None:
    """TYPE cannot go back before the password has gone: the one line's statements do both."""
    before = world.everything()
    world.run(
        "ALTER USER CUBE_DEV SET TYPE = PERSON",
        "ALTER USER CUBE_DEV SET PASSWORD = 'Planted-by-hand-1' FIRST_NAME = 'Eve'",
    )
    kind, password = findings(world.look())
    assert (kind.what, password.what) == (
        "user CUBE_DEV is of TYPE PERSON, not SERVICE",
        "user CUBE_DEV has a password",
    )
    world.run(*(each.removesuffix(";") for each in kind.fix.splitlines()))
    assert findings(world.look()) == []
    assert world.everything() == before


OWNED = [
    ("USER CUBE_DEV", "SECURITYADMIN", "OWNERSHIP ON USER CUBE_DEV"),
    ("ROLE CUBE_DEV_PEOPLE", "USERADMIN", "OWNERSHIP ON ROLE CUBE_DEV_PEOPLE"),
    ("INTEGRATION CUBE_DEV", "ACCOUNTADMIN", "OWNERSHIP ON INTEGRATION CUBE_DEV"),
    ("ROLE ANALYST", "SECURITYADMIN", "OWNERSHIP ON ROLE ANALYST: who owned it before is not told"),
    ("TABLE ANALYTICS.HR.SALARIES", "SECURITYADMIN", "OWNERSHIP ON TABLE ANALYTICS.HR.SALARIES: "),
    ("WAREHOUSE REPORTING_WH", "SECURITYADMIN", "OWNERSHIP ON WAREHOUSE REPORTING_WH: "),
]


@pytest.mark.parametrize(("thing", "heir", "words"), OWNED)
def test_what_the_service_account_owns_goes_to_a_role_that_gains_nothing(
    world: World, thing: str, heir: str, words: str
) -> None:
    """Of the stack's own the owner is known. Of others' the role that may grant everything gets it:
    to give it to SYSADMIN, say, would let SYSADMIN set a key, or read payroll.
    """
    before = world.everything()
    kind, _, name = thing.partition(" ")
    owner = next(each for each in before if each[:3] == (name, kind, "owner"))[3]
    world.run(f"GRANT OWNERSHIP ON {thing} TO ROLE CUBE_DEV COPY CURRENT GRANTS")
    (line,) = findings(world.look())
    assert line.what.startswith(words)
    world.run(line.fix.removesuffix(";"))
    assert findings(world.look()) == []
    gained = world.everything() - before
    assert gained <= {(name, kind, "owner", heir)}
    world.run(f"GRANT OWNERSHIP ON {thing} TO ROLE {owner} COPY CURRENT GRANTS")
    assert world.everything() == before


@pytest.mark.parametrize(
    ("roles", "fix"),
    [
        ("", "SET EXTERNAL_OAUTH_BLOCKED_ROLES_LIST = ('CUBE_DEV');"),
        ("BLOCKED:'AUDITOR'", "SET EXTERNAL_OAUTH_BLOCKED_ROLES_LIST = ('AUDITOR', 'CUBE_DEV');"),
        ("ALLOWED:'CUBE_DEV','ANALYST'", "SET EXTERNAL_OAUTH_ALLOWED_ROLES_LIST = ('ANALYST');"),
        ("ALLOWED:'CUBE_DEV'", "SET ENABLED = FALSE;"),
    ],
)
def test_an_issuer_that_could_sign_the_service_account_in_is_named(
    world: World, roles: str, fix: str
) -> None:
    """Unless the authentication policy keeps its tokens out."""
    which, _, listed = roles.partition(":")
    world.run(ISSUER + (f" EXTERNAL_OAUTH_{which}_ROLES_LIST = ({listed})" if which else ""))
    try:
        assert findings(world.look()) == []
        declared = declare(world.deployed, world.settings)
        (line,) = other_integrations.others(
            world.eyes, declared, world.settings, only_own_way=False
        )
        assert line.what == (
            "https://eve.example.com, which integration PORTAL trusts, can sign in as user "
            "CUBE_DEV in role CUBE_DEV"
        )
        assert line.fix == f'ALTER SECURITY INTEGRATION "PORTAL" {fix}'
        world.run(line.fix.removesuffix(";"))
        (line,) = other_integrations.others(
            world.eyes, declared, world.settings, only_own_way=False
        )
        assert line.verdict == "ok"
    finally:
        world.run("DROP SECURITY INTEGRATION PORTAL")


def test_an_integration_that_is_gone_is_a_lack(world: World) -> None:
    declared = declare(world.deployed, world.settings)
    elsewhere = world.settings.model_copy(update={"name": "cube-elsewhere"})
    (line,) = integrations.ours(world.eyes, declared, elsewhere)
    assert (line.verdict, line.fix) == ("lack", "pulumi up --refresh")


def test_who_is_not_the_deployer_cannot_tell_whose_it_ought_to_be(world: World) -> None:
    """With deployerRole = sign-in the owner is the deployer's role, and here another one looks."""
    one = world.settings.model_copy(update={"deployer_role": "sign-in"})
    whose = owners(one, "ENGINEER")
    declared = declare(world.deployed, one, whose)
    lines = [line for line in takeover(declared, one, world.eyes, whose) if " owns " in line.what]
    assert {line.verdict for line in lines} == {"unseen"}
    assert len(lines) == 6


def test_a_view_on_payroll_in_a_granted_schema_is_not_as_declared(world: World) -> None:
    world.run(
        'CREATE VIEW ANALYTICS.SALES.HARMLESS AS SELECT O."ID" FROM ANALYTICS.SALES.ORDERS O',
        "CREATE VIEW ANALYTICS.SALES.PAY AS SELECT * FROM HR.SALARIES",
    )
    try:
        unseen = findings(world.look())
    finally:
        world.run("DROP VIEW ANALYTICS.SALES.PAY", "DROP VIEW ANALYTICS.SALES.HARMLESS")
    assert [(line.verdict, line.name, line.what) for line in unseen] == [
        (
            "unseen",
            "ANALYTICS.SALES.PAY",
            "ANALYTICS.SALES.PAY is a view that names ANALYTICS.HR.SALARIES, which is not "
            "declared: what it shows of that is read",
        )
    ]


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        stack = world.stack
        code = main(["verify", "--cwd", str(stack.folder), "--stack", stack.name, *arguments])
        return code, *capsys.readouterr()

    return run


class TestCommand:
    def test_without_a_sign_in_the_deployer_looks_alone_and_that_is_said(
        self, world: World, command: Run
    ) -> None:
        """As where allowedCidrs has Cube's addresses, and not those of who verifies."""
        world.run("ALTER NETWORK POLICY CUBE_DEV SET ALLOWED_IP_LIST = ('192.0.2.1')")
        try:
            code, _, err = command("--deployer")
            assert (code, "is not allowed to access Snowflake" in err) == (2, True)
            assert "--without-sign-in" in err
        finally:
            world.run("ALTER NETWORK POLICY CUBE_DEV SET ALLOWED_IP_LIST = ('127.0.0.1/32')")
        code, out, _ = command("--without-sign-in")
        assert code == 0, out
        assert "DEPLOYER looked at CUBE_DEV of SANDBOX-ANALYTICS" in out
        assert "signed in" not in out
        assert out.rstrip().endswith("the deployer looked alone, and nothing was tried")

    def test_a_role_that_administers_is_accepted_by_name_only(
        self, world: World, command: Run
    ) -> None:
        world.run("GRANT MANAGE GRANTS ON ACCOUNT TO ROLE AUDITOR")
        try:
            assert command("--without-sign-in")[0] == 1
            assert command("--without-sign-in", "--administrator", "ENGINEER")[0] == 1
            code, out, _ = command("--without-sign-in", "--administrator", "auditor")
            assert (code, "[accepted]" in out) == (0, True), out
            code, _, err = command("--without-sign-in", "--administrator", "no name")
            assert (code, "'no name' is not a name" in err) == (2, True)
        finally:
            world.run("REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE AUDITOR")


def test_the_deployer_alone_needs_no_right_to_read_the_secret(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    assert read(world.stack.name, world.stack.folder, credential=False).credential == {}
