"""Plants by hand what nobody declared, and takes away what was: verify finds each, and says what
undoes it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.catalog import MetastoresAPI

from components.settings import DatabricksSettings
from sandbox import Sandbox
from sandbox.databricks.directory import ACCOUNT_USERS, Principal
from sandbox.databricks.world import ACCOUNT_ID, ADMIN, METASTORE_ID, WAREHOUSE_ID, WORKSPACE_HOST
from tests.integration.conftest import Stack
from tests.integration.verify.conftest import findings
from tools.verify.databricks import identity, securables, verification
from tools.verify.databricks.client import Client
from tools.verify.databricks.securables import Found
from tools.verify.databricks.verification import verify
from tools.verify.deployed import CannotCheckError, Deployed, read
from tools.verify.findings import EVERYBODY, Line

OTHER_WAREHOUSE = "5a4d0000000000b2"
HISTORY = (
    ("catalog", "system"),
    ("schema", "system.ai"),
    ("schema", "system.access"),
    ("table", "system.access.audit"),
)
Look = Callable[..., list[Line]]


class Clouds:
    """The sandbox's clouds, and our principal in them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.state = sandbox.databricks
        self.unity, self.directory = self.state.unity, self.state.directory
        self.workspace, self.warehouses = self.state.workspace, self.state.warehouses.all
        (self.me,) = [p for p in self.directory.principals.values() if p.display_name == "cube-dev"]

    def named(self, name: str) -> Principal:
        found = self.directory.named(name)
        assert found
        return found

    def entitle(self, who: Principal, *more: str) -> None:
        known = self.workspace.entitlements.get(who.id, set())
        self.workspace.entitlements[who.id] = known | set(more)

    def everything(self) -> object:
        """All that a plant and what undoes it can change."""
        places = [self.unity.metastore, *self.unity.securables.values()]
        return deepcopy(
            (
                {(one.kind, one.full_name): (one.owner, one.grants) for one in places},
                {p.name: (p.members, p.account_admin) for p in self.directory.principals.values()},
                {who: member.permission for who, member in self.workspace.members.items()},
                self.workspace.entitlements,
                self.workspace.token_acl,
                {one.id: one.acl for one in self.warehouses.values()},
                {who: {s.id for s in own} for who, own in self.state.access.secrets.items()},
                {token.pat_id for token in self.state.access.tokens.values() if token.pat_id},
            )
        )


@pytest.fixture(scope="module")
def clouds(applied: Stack) -> Clouds:
    found = Clouds(applied.sandbox)
    settings = {"name": "Finance only"}
    found.state.warehouses.add(found.workspace, settings, ADMIN, OTHER_WAREHOUSE)
    found.unity.grant("schema", "raw.landing", "finance", "SELECT", "MODIFY")
    for kind, name in HISTORY:
        found.unity.add(kind, name, ADMIN)
    found.unity.grant("schema", "system.ai", ACCOUNT_USERS, "EXECUTE")  # as it is everywhere
    return found


@pytest.fixture(scope="module")
def look(applied: Stack, clouds: Clouds) -> Look:
    deployed: Deployed = read(applied.name, applied.folder)
    settings = deployed.settings
    assert isinstance(settings, DatabricksSettings)

    def run(*, as_deployer: bool) -> list[Line]:
        return verify(deployed, settings, as_deployer=as_deployer, step=lambda _: None)

    return run


def carry_out(fix: str) -> None:
    """As the deployer would: SQL on the warehouse, the rest by the command line's generic call."""
    workspace = WorkspaceClient(host=f"https://{WORKSPACE_HOST}")
    if not fix.startswith("databricks api "):
        answer = workspace.statement_execution.execute_statement(fix, WAREHOUSE_ID)
        assert answer.status
        assert answer.status.error is None, f"{fix}: {answer.status.error}"
        return
    verb, path, *rest = shlex.split(fix)[2:]
    body = json.loads(rest[1]) if rest else None
    account = AccountClient(host="https://accounts.cloud.databricks.com", account_id=ACCOUNT_ID)
    client = account if "/accounts/" in path else workspace
    client.api_client.do(verb.upper(), path, body=body)


@pytest.mark.parametrize("as_deployer", [False, True])
def test_a_clean_environment_gives_no_alarm(look: Look, as_deployer: bool) -> None:
    lines = look(as_deployer=as_deployer)
    assert findings(lines) == []
    said = "\n".join(line.what for line in lines)
    assert "5 privileges in Unity Catalog are declared" in said
    assert "reads 2 of 2 in main.sales" in said
    assert "nothing to write, create or grant with" in said
    seen = 4 if as_deployer else 1
    assert f"refused to read {seen} of {seen} tried" in said
    assert ("secrets and tokens are of this stack" in said) is as_deployer


def test_what_the_deployer_cannot_list_the_service_account_sees(
    look: Look, clouds: Clouds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an administrator of the metastore lists every catalog."""

    def narrow(client: Client, names: Collection[str], *, only: str = "") -> Found:
        found = securables.look(client, names, only=only)
        if not only:
            found.assigned = {one for one in found.assigned if "raw" not in one.on.name}
            found.securables = {key: one for key, one in found.securables.items() if
                                "raw" not in one.name}  # fmt: skip
        return found

    monkeypatch.setattr(verification, "look", narrow)
    clouds.unity.grant("catalog", "raw", clouds.me.name, "SELECT")
    try:
        (line,) = findings(look(as_deployer=True))
    finally:
        clouds.unity.revoke("catalog", "raw", clouds.me.name, "SELECT")
    assert line.what == "SELECT ON CATALOG raw"


def test_a_metastore_that_the_deployer_may_not_look_at_is_said(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise PermissionDenied("only for administrators")

    monkeypatch.setattr(MetastoresAPI, "summary", refused)
    assert findings(look(as_deployer=False)) == []
    (line,) = findings(look(as_deployer=True))
    assert (line.verdict, line.what) == (
        "unseen",
        "effective permissions on METASTORE: only for administrators",
    )


def test_what_breaks_it_off_is_no_finding(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabricksError("out of order")

    monkeypatch.setattr(identity, "workspace", broken)
    with pytest.raises(CannotCheckError, match="Databricks broke it off: out of order"):
        look(as_deployer=False)


@dataclass(frozen=True)
class Plant:
    what: str
    by_hand: Callable[[Clouds], Any]
    found: str
    """What the line says, as a pattern."""
    through: str = ""
    service_account_sees_it: bool = True


def grant(kind: str, name: str, *privileges: str, to: str = "") -> Callable[[Clouds], None]:
    return lambda c: c.unity.grant(kind, name, to or c.me.name, *privileges)


def own(kind: str, name: str) -> Callable[[Clouds], None]:
    return lambda c: setattr(c.unity.get(kind, name), "owner", c.me.name)


EXTRAS = [
    Plant(
        "a table of another schema",
        grant("table", "main.hr.salaries", "SELECT"),
        r"SELECT ON TABLE main\.hr\.salaries",
    ),
    Plant(
        "writes where it reads",
        grant("schema", "main.sales", "MODIFY"),
        r"MODIFY ON SCHEMA main\.sales",
    ),
    Plant(
        "new tables",
        grant("schema", "main.hr", "CREATE_TABLE"),
        r"CREATE_TABLE ON SCHEMA main\.hr",
    ),
    Plant(
        "a whole catalog",
        grant("catalog", "raw", "ALL_PRIVILEGES"),
        r"ALL_PRIVILEGES ON CATALOG raw",
    ),
    Plant(
        "the account's history",
        grant("schema", "system.access", "SELECT"),
        r"SELECT ON SCHEMA system\.access",
    ),
    Plant(
        "the right to grant",
        grant("table", "main.sales.orders", "MANAGE"),
        r"MANAGE ON TABLE main\.sales\.orders",
    ),
    Plant(
        "a table of its own",
        own("table", "main.sales.customers"),
        r"OWNER ON TABLE main\.sales\.customers",
    ),
    Plant(
        "new catalogs",
        grant("metastore", METASTORE_ID, "CREATE_CATALOG"),
        r"CREATE_CATALOG ON METASTORE",
    ),
    Plant(
        "data for everybody",
        grant("schema", "raw.events", "SELECT", to=ACCOUNT_USERS),
        r"SELECT ON SCHEMA raw\.events",
        through=ACCOUNT_USERS,
        service_account_sees_it=False,
    ),
    Plant(
        "a group's rights",
        lambda c: c.named("finance").members.add(c.me.id),
        r"is in group finance; it brings ",
        through="finance",
    ),
    Plant(
        "the workspace",
        lambda c: setattr(c.workspace.members[c.me.id], "permission", "ADMIN"),
        r"is an administrator of the workspace",
    ),
    Plant(
        "the account",
        lambda c: setattr(c.me, "account_admin", True),
        r"role account_admin in the account",
        service_account_sees_it=False,
    ),
    Plant(
        "clusters",
        lambda c: c.entitle(c.me, "allow-cluster-create"),
        r"entitlement allow-cluster-create",
    ),
    Plant(
        "clusters for everybody",
        lambda c: c.entitle(c.named("users"), "allow-cluster-create"),
        r"entitlement allow-cluster-create",
        through="users",
        service_account_sees_it=False,
    ),
    Plant(
        "its SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.update({c.me.name: "CAN_MANAGE"}),
        r"CAN_MANAGE on SQL warehouse Shared BI",
    ),
    Plant(
        "another SQL warehouse",
        lambda c: c.warehouses[OTHER_WAREHOUSE].acl.update({c.me.name: "CAN_USE"}),
        r"CAN_USE on SQL warehouse Finance only",
    ),
    Plant(
        "a second secret",
        lambda c: c.state.access.create_secret(c.me, None),
        r"another OAuth secret signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "a token",
        lambda c: c.state.access.create_pat(c.me, c.workspace, 60, "theirs", c.named(ADMIN)),
        r"another personal access token signs in",
        service_account_sees_it=False,
    ),
    Plant(
        "more tokens",
        lambda c: c.workspace.token_acl.update({c.me.name: "CAN_USE"}),
        r"CAN_USE of personal access tokens",
        service_account_sees_it=False,
    ),
]


@pytest.fixture(scope="class", params=["service account", "deployer"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="class")
def extra(who: str, clouds: Clouds, look: Look) -> Iterator[list[Line]]:
    """What is found of everything planted at once; undone by what the report says."""
    before = clouds.everything()
    for plant in EXTRAS:
        plant.by_hand(clouds)
    found = findings(look(as_deployer=who == "deployer"))
    yield found
    # Some is for the deployer only to see.
    for line in found if who == "deployer" else findings(look(as_deployer=True)):
        carry_out(line.fix)
    assert clouds.everything() == before, "the fixes undo the plants, and nothing else"


class TestExcesses:
    @pytest.mark.parametrize("plant", EXTRAS, ids=[each.what for each in EXTRAS])
    def test_an_excess_is_found(self, extra: list[Line], plant: Plant, who: str) -> None:
        found = [
            line
            for line in extra
            if re.match(plant.found, line.what) and line.through == plant.through
        ]
        if who == "service account" and not plant.service_account_sees_it:
            assert found == [], "docs/verify.md says who sees what"
            return
        (line,) = found
        assert line.verdict == "extra"
        assert line.fix
        assert (line.through in EVERYBODY) == ("everybody" in plant.what)

    def test_nothing_else_is_found(self, extra: list[Line], who: str) -> None:
        seen = [plant for plant in EXTRAS if who == "deployer" or plant.service_account_sees_it]
        # Data for everybody is read by trying, too; whence, the service account cannot see.
        tried = [line for line in extra if line.shown == "tried"]
        assert len(tried) <= (who == "service account")
        assert len(extra) - len(tried) == len(seen), "\n".join(line.what for line in extra)


LACKS = [
    Plant(
        "a catalog",
        lambda c: c.unity.revoke("catalog", "main", c.me.name, "USE_CATALOG"),
        "USE_CATALOG ON main",
    ),
    Plant(
        "a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "USE_SCHEMA"),
        "USE_SCHEMA ON main.sales",
    ),
    Plant(
        "the tables of a schema",
        lambda c: c.unity.revoke("schema", "main.sales", c.me.name, "SELECT"),
        "SELECT ON main.sales",
    ),
    Plant(
        "a single table",
        lambda c: c.unity.revoke("table", "main.reference.countries", c.me.name, "SELECT"),
        "SELECT ON main.reference.countries",
    ),
    Plant(
        "the SQL warehouse",
        lambda c: c.warehouses[WAREHOUSE_ID].acl.pop(c.me.name),
        "CAN_USE on SQL warehouse Shared BI",
    ),
    Plant(
        "the entitlement",
        lambda c: c.workspace.entitlements[c.me.id].clear(),
        "entitlement databricks-sql-access",
    ),
]


@pytest.fixture(scope="class")
def lack(applied: Stack, clouds: Clouds, look: Look) -> Iterator[list[Line]]:
    """The same of what was taken away."""
    before = clouds.everything()
    for plant in LACKS:
        plant.by_hand(clouds)
    yield findings(look(as_deployer=True))
    applied.must("up", "--refresh", "--yes", "--skip-preview")
    assert clouds.everything() == before, "what every line says brings it back"


class TestLacks:
    @pytest.mark.parametrize("plant", LACKS, ids=[each.what for each in LACKS])
    def test_a_lack_is_found(self, lack: list[Line], plant: Plant) -> None:
        (line,) = [each for each in lack if each.what == plant.found]
        assert (line.verdict, line.fix) == ("lack", "pulumi up --refresh")

    def test_what_is_lacking_cannot_be_read(self, lack: list[Line]) -> None:
        tried = [line for line in lack if "cannot be read" in line.what]
        assert {line.what.split()[0] for line in tried} == {
            "main.reference.countries",
            "main.sales.customers",
            "main.sales.orders",
        }
