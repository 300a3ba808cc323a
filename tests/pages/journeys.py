"""The ways that a reader goes through the pages, typing their lines as they stand: from a checkout
to a green `up`, and on to what the other pages have.

What is not a line to type is played here, each with the sentence of the page that asks for it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from sandbox import Sandbox
from tests.integration.roles import databricks_cli
from tests.integration.roles.test_snowflake import statements
from tests.pages.blocks import ROOT, block
from tests.pages.shell import Shell
from tools.snowflake_client import by_hand

README, ACCOUNTS, COMMANDS, CUBE = (
    "README.md",
    "docs/accounts.md",
    "docs/commands.md",
    "docs/cube.md",
)
ENVIRONMENTS, SNOWFLAKE_PAGE = "docs/environments.md", "docs/snowflake.md"
# These only look: the same line is not typed twice on one way.
LOOKS = ("cube-access verify", "cube-access report", "cube-access doctor", "pulumi preview")
SQL = ("CREATE ",)
ASKS = "cube-access init"

SECRET = "planted-" + "secret"

# Lines that no way has, and why. `tests/pages/test_blocks.py` holds that there is no other.
CANNOT = {
    "make demo": "the demo itself, a minute on each warehouse; tests/tools/test_demo_cube.py has "
    "its parts",
    "make test": "what runs this",
    "pip install './components[snowflake]'": "asks a package index; TestInstalled in "
    "tests/integration/test_other_programs.py installs the same folder with the same extra",
    "pip install pulumi-policy cryptography": "asks a package index",
    "pulumi new ./templates/yaml-snowflake --dir bi-access": "needs the official host of YAML; "
    "tests/integration/test_init.py does it with --generate-only",
    "_CUBE_ACCESS_COMPLETE=fish_source cube-access | source": "is fish's",
    "pulumi stack --show-urns": "tests/integration/snowflake/test_adoption.py, with an object that "
    "is there before",
    "pulumi import snowflake:index/accountRole:AccountRole cube-service-role CUBE_PROD --parent "
    "'parent=urn:…::cube-service' --provider 'provider=urn:…::cube-users' --protect=false": "the "
    "same test fills in its URNs, and runs it",
    "cube-access recover --stack prod --take-over cube-service-role=CUBE_PROD --yes": "tests/"
    "integration/snowflake/test_once.py, with an object that is there before",
    "SNOWFLAKE_ACCOUNT=myorg-test make conformance VENDOR=snowflake REAL=1": "needs an account; "
    "tests/conformance runs on the sandbox without REAL",
    "pulumi package add ../../components": "needs the host of Node.js; tests/typescript generates "
    "the same SDK and checks the example's types against it",
    "cube-access verify --stack prod --person < token": "needs a person's token; TestPerson in "
    "tests/integration/verify/test_snowflake.py gets one",
    "npm install": "of that example, asks npm for its packages; tests/typescript installs them",
}
# "The other keys alike".
AZURE = {
    "issuer": "https://sts.windows.net/0a1b2c3d-0000-4000-8000-00000000c0be/",
    "jwsKeysUrl": "https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-00000000c0be/keys",
    "userMappingClaim": "upn",
    "authUrl": "https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-00000000c0be/authorize",
    "tokenUrl": "https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-00000000c0be/token",
    "clientId": "0a1b2c3d-0000-4000-8000-00000000cafe",
    "scopes": ["session:role:ANALYST"],
}
# Commands of hours or minutes, each of which has tests of its own.
MEASURE = (
    "make bench",
    "make faults",
    "make policies",
    "python -m tests.policies",
)


@dataclass(frozen=True)
class Read:
    """A block, by its page and the beginning of its first line."""

    page: str
    begin: str
    apart: bool = False
    """Its lines are alternatives: each is typed in a checkout that has nothing yet."""


@dataclass
class Reader:
    sandbox: Sandbox
    folder: Path
    """The checkout."""
    shell: Shell
    answers: dict[str, str]
    ends: Mapping[str, int]
    """The exit codes of lines that do not end with 0."""
    typed: list[str] = field(default_factory=list)
    secret: str = SECRET
    """What is pasted where a line asks for one."""
    told: str = ""
    """By the block that was read last."""

    def read(self, what: Read) -> None:
        self.told = ""
        for number, line in enumerate(block(what.page, what.begin).lines):
            if cannot(line) or (line.startswith(LOOKS) and line in self.typed):
                continue
            self.typed.append(line)
            if line.startswith(SQL):
                by_hand().rows(line.partition("--")[0].strip().rstrip(";"))
            elif what.apart:
                fresh = self.folder.with_name(f"apart-{number}")
                shutil.copytree(ROOT / "policies", fresh / "policies")
                shutil.copy(ROOT / "Pulumi.yaml", fresh)
                self.told += self.shell.type(line, folder=fresh)
            elif line.startswith(ASKS) and "--no-ask" not in line:
                self.told += self.shell.converse(line, self.answers)
            else:
                code = self.ends.get(line, 0)
                self.told += self.shell.type(line, said=f"{self.secret}\n", code=code)

    @property
    def stack_file(self) -> Path:
        return self.folder / "Pulumi.prod.yaml"

    def roles(self, name: str) -> str:
        return (self.folder / "roles/prod" / name).read_text()


def cannot(line: str) -> bool:
    return line in CANNOT or line.startswith(MEASURE)


@dataclass(frozen=True)
class Kept:
    """Steps that change the configuration: the program takes it, and then it is as it was."""

    steps: Sequence[Step]
    config: Mapping[str, object] = field(default_factory=dict)
    """What the page has in words; None removes a key."""

    def __call__(self, reader: Reader) -> None:
        before = reader.stack_file.read_text()
        found = yaml.safe_load(before)
        for key, value in self.config.items():
            found["config"][f"cube-access:{key}"] = value
            if value is None:
                del found["config"][f"cube-access:{key}"]
        started = yaml.safe_dump(found)
        reader.stack_file.write_text(started)
        go(reader, self.steps)
        assert yaml.safe_load(reader.stack_file.read_text()) != yaml.safe_load(started)
        reader.shell.type("cube-access report --stack prod")
        reader.stack_file.write_text(before)


Step = Read | Kept | Callable[[Reader], None]


def reads(steps: Sequence[Step]) -> Iterator[Read]:
    """Every block that is read on the way."""
    for step in steps:
        if isinstance(step, Read):
            yield step
        elif isinstance(step, Kept):
            yield from reads(step.steps)


def rights_in_snowflake(reader: Reader) -> None:
    """ "An ACCOUNTADMIN runs `roles/prod/snowflake-deployer.sql` in a worksheet, and then its last
    line with the public half in it": the key was shown by the block before.
    """
    public = reader.told.partition("-----BEGIN PUBLIC KEY-----")[2].partition("-----END")[0]
    script = reader.roles("snowflake-deployer.sql")
    _, alter, setting = script.splitlines()[-1].partition("ALTER USER")
    admin = by_hand()
    for statement in statements(script):
        admin.rows(statement)
    assert "'MIIB…'" in setting
    admin.rows(alter + setting.replace("MIIB…", "".join(public.split())))


def rights_in_databricks(reader: Reader) -> None:
    """ "Make the service principal first; the script's own lines say how": in the account console,
    so it is played; and the script runs with a stand-in for the Databricks CLI.
    """
    name = "DATABRICKS_CLIENT_ID="
    line = next(each for each in block(ACCOUNTS, "read -rs").lines if name in each)
    clouds = reader.sandbox.databricks
    who = clouds.directory.add("service_principal", "deploys", line.partition(name)[2])
    clouds.directory.consistency_lag = 0  # the person has a cup of coffee
    clouds.access.create_secret(who, None)
    reader.secret = clouds.access.secrets[who.id][0].value
    cli = reader.folder.with_name("bin") / "databricks"
    cli.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec "{sys.executable}" -m {databricks_cli.__name__} "$@"\n'
    )
    cli.chmod(0o755)
    ids = f"PRINCIPAL_ID={who.id} APPLICATION_ID={who.name}"
    reader.shell.type(f"{ids} sh roles/prod/databricks-deployer.sh")


def rights_in_aws(reader: Reader) -> None:
    """ "As their identity policies"."""
    reader.sandbox.aws.iam.restrict("sandbox", json.loads(reader.roles("aws-deployer.json")))


def hooks(reader: Reader) -> None:
    """ "What your team has for it besides goes into a Python file of yours"."""
    text = block(CUBE, "from cube import config").text
    (reader.folder / "cube_hooks.py").write_text(text)


def a_client_secret(reader: Reader) -> None:
    """ "Its addresses, id and secret (`externalOauthClientSecret`, set with `--secret`)"."""
    reader.shell.type("pulumi config set --secret externalOauthClientSecret", said=SECRET)


def a_schema(reader: Reader) -> None:
    """For want of `pulumi package get-schema` in a stand-in."""
    source = ROOT / "components/cube_access/plugin/schema.json"
    shutil.copy(source, reader.folder / "schema.json")


def a_state(reader: Reader) -> None:
    """ "What `pulumi stack export` wrote", of any project."""
    reader.shell.type("pulumi stack export --stack prod --file exported.json")


def another_stack(reader: Reader) -> None:
    """For what is external."""
    reader.shell.type("pulumi stack init partner")


def external_is_taken(reader: Reader) -> None:
    """The program takes what the page's lines have set: its preview goes through."""
    reader.shell.type("cube-access report --stack partner")
    assert (reader.folder / "report/partner.json").is_file()
    reader.shell.type("pulumi stack select prod")


def a_folder_for_cube(reader: Reader) -> None:
    """ "deploy/" is the reader's own."""
    (reader.folder / "deploy").mkdir()


SNOWFLAKE: Sequence[Step] = (
    Read(SNOWFLAKE_PAGE, "CREATE NETWORK POLICY"),
    Read(README, "make setup-deployment"),
    Read(ACCOUNTS, "(umask 077;"),
    rights_in_snowflake,
    rights_in_aws,
    Read(ACCOUNTS, "export SNOWFLAKE_USER="),
    Read(README, "cube-access doctor"),
    Read(README, "pulumi stack output"),
    a_folder_for_cube,
    Read(COMMANDS, "cube-access env"),
    Read(COMMANDS, "cube-access cube-py"),
    Read(COMMANDS, "cube-access doctor"),
    Read(COMMANDS, "cube-access verify"),
    Read("docs/verify.md", "cube-access verify"),
    Read("docs/report.md", "PULUMI_DEBUG_COMMANDS=true"),
    Read(COMMANDS, "eval"),
    a_schema,
    Read("docs/engine.md", "python -m tools.engine.gen_sdk"),
    Read(COMMANDS, "cube-access init --stack prod --no-ask", apart=True),
    Kept(
        [a_client_secret, Read(SNOWFLAKE_PAGE, "pulumi config set --path externalOauth")],
        {"externalOauth": AZURE, "oauthNetworkPolicy": None},
    ),
    Kept(
        [Read(SNOWFLAKE_PAGE, "pulumi config set --path cubeCloudIdentity")],
        {"secretKmsKeyId": None},
    ),
    Kept(
        [Read(SNOWFLAKE_PAGE, "pulumi config set --path cubeCloudSignIn")],
        {"redirectUris": None, "oauthNetworkPolicy": None},
    ),
    another_stack,
    Read("docs/external.md", "pulumi config set warehouse"),
    external_is_taken,
)
DATABRICKS: Sequence[Step] = (
    Read(README, "make setup-deployment"),
    rights_in_databricks,
    rights_in_aws,
    Read(ACCOUNTS, "read -rs"),
    Read(README, "cube-access doctor"),
    Read(README, "pulumi stack output"),
    Read("docs/policies.md", "pulumi preview"),
    Read(COMMANDS, "cube-access init --stack prod"),
    Read("docs/report.md", "cube-access report"),
    Read(ENVIRONMENTS, "pulumi preview"),
    Read(ENVIRONMENTS, "pulumi up"),
    Read("docs/upgrade.md", "cube-access report"),
    Read(COMMANDS, "cube-access recover"),
    Read("docs/policies.md", "pulumi stack export"),
    a_state,
    Read(COMMANDS, "cube-access audit"),
    Read("policies/README.md", "mkdir -p policies/config"),
    Read("policies/README.md", "pulumi policy analyze"),
    Kept(
        [
            hooks,
            Read(CUBE, "pulumi config set --path 'otherDataSources"),
            Read(CUBE, "pulumi config set cubeHooks"),
        ]
    ),
    Read(ENVIRONMENTS, "pulumi cancel"),
    Read("docs/destroy.md", "pulumi config set"),
)


def go(reader: Reader, steps: Sequence[Step]) -> None:
    for step in steps:
        if isinstance(step, Read):
            reader.read(step)
        else:
            step(reader)
