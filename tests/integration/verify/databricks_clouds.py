"""The sandbox's Databricks with others' things in it, and what somebody there has, fact by fact."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient

from cube_access.verify.findings import Line
from sandbox import Sandbox
from sandbox.databricks.access import Integration
from sandbox.databricks.directory import (
    ACCOUNT_USERS,
    IpList,
    Membership,
    Principal,
    Workspace,
)
from sandbox.databricks.world import (
    ACCOUNT_ID,
    ADMIN,
    WAREHOUSE_ID,
    WORKSPACE_HOST,
    WORKSPACE_ID,
)

OTHER_WAREHOUSE = "5a4d0000000000b2"
OTHER_HOST = "dbc-5a4d80x0-0002.cloud.databricks.com"


class Clouds:
    """The sandbox's clouds, and our principal in them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.state = sandbox.databricks
        self.unity, self.directory = self.state.unity, self.state.directory
        self.workspace, self.warehouses = self.state.workspace, self.state.warehouses.all
        (self.me,) = [p for p in self.directory.principals.values() if p.display_name == "cube-dev"]

    @property
    def app(self) -> Integration:
        """Ours: the first of its name."""
        apps = self.state.access.integrations.values()
        return next(each for each in apps if each.settings["name"] == "cube-dev")

    def prepare(self) -> None:
        """What others have there, whatever we do."""
        self.state.warehouses.add(self.workspace, {"name": "Finance only"}, ADMIN, OTHER_WAREHOUSE)
        self.unity.grant("schema", "raw.landing", "finance", "SELECT", "MODIFY")
        for kind, name in (
            ("catalog", "system"),
            ("schema", "system.ai"),
            ("schema", "system.access"),
            ("table", "system.access.audit"),
            ("volume", "raw.landing.inbox"),
            ("function", "main.hr.raise"),
            ("external_location", "lake-exports"),
            ("storage_credential", "lake"),
            ("connection", "erp"),
            ("credential", "mailer"),
            ("share", "partners"),
            ("provider", "weather"),
        ):
            self.unity.add(kind, name, ADMIN)
        self.unity.add("function", "main.hr.churn", ADMIN).model = True
        self.unity.add("recipient", "acme", self.unity.metastore.owner)
        self.unity.grant("schema", "system.ai", ACCOUNT_USERS, "EXECUTE")  # as it is everywhere
        platform = self.directory.add("group", "platform")
        self.workspace.members[platform.id] = Membership("ADMIN")
        curators = self.directory.add("group", "curators")
        self.workspace.members[curators.id] = Membership("USER")
        self.warehouses[OTHER_WAREHOUSE].acl["curators"] = "CAN_MANAGE"
        inner = self.directory.add("group", "inner")
        # Of the account only: no workspace tells of it.
        self.directory.add("group", "outer", members={inner.id}, account_admin=True)
        other = Workspace(WORKSPACE_ID + 1, OTHER_HOST)
        self.directory.workspaces[OTHER_HOST] = other
        self.workspace.ip_lists_on = True
        self.workspace.ip_lists["office"] = IpList("office", "office", ["203.0.113.0/24"])

    def named(self, name: str) -> Principal:
        found = self.directory.named(name)
        assert found
        return found

    def entitle(self, who: Principal, *more: str) -> None:
        known = self.workspace.entitlements.get(who.id, set())
        self.workspace.entitlements[who.id] = known | set(more)

    def everything(self) -> frozenset[tuple[object, ...]]:
        """All that a plant and what undoes it can change, fact by fact: who is better off shows
        here.
        """
        return frozenset(self._facts())

    def _facts(self) -> Iterator[tuple[object, ...]]:
        access = self.state.access
        for place in (self.unity.metastore, *self.unity.securables.values()):
            name = place.full_name
            yield "owner", place.kind, name, place.owner
            for who, held in place.grants.items():
                yield from (("grant", place.kind, name, who, each) for each in held)
        for one in self.directory.principals.values():
            yield "principal", one.id, one.display_name, one.active, one.account_admin
            yield from (("member", one.name, each) for each in one.members)
        for space in self.directory.workspaces.values():
            yield from (("assigned", space.id, i, m.permission) for i, m in space.members.items())
            for i, entitled in space.entitlements.items():
                yield from (("entitled", space.id, i, each) for each in entitled)
            yield from (("tokens", space.id, *each) for each in space.token_acl.items())
            yield from (("addresses", space.id, each) for each in space.ip_lists)
        for warehouse in self.warehouses.values():
            yield from (("warehouse", warehouse.id, *each) for each in warehouse.acl.items())
        for owner, secrets in access.secrets.items():
            yield from (("secret", owner, each.id) for each in secrets)
        yield from (("token", each.pat_id) for each in access.tokens.values() if each.pat_id)
        for app in access.integrations.values():
            yield from (("app", app.id, key, repr(each)) for key, each in app.settings.items())
        for of, rules in access.rule_sets.items():
            yield from (("rule", of, role, who) for role in rules for who in rules[role])
        yield from (("federation", each) for each in access.federations)


def carry_out(fix: str) -> None:
    """As the deployer would: SQL on the warehouse, the rest by the command line's generic call."""
    workspace = WorkspaceClient(host=f"https://{WORKSPACE_HOST}")
    account = AccountClient(host="https://accounts.cloud.databricks.com", account_id=ACCOUNT_ID)
    for command in fix.splitlines():
        if not command.startswith("databricks api "):
            answer = workspace.statement_execution.execute_statement(command, WAREHOUSE_ID)
            assert answer.status
            assert answer.status.error is None, f"{command}: {answer.status.error}"
            continue
        verb, path, *rest = shlex.split(command)[2:]
        body = json.loads(rest[1]) if rest else None
        client = account if "/accounts/" in path else workspace
        client.api_client.do(verb.upper(), path, body=body)


@dataclass(frozen=True)
class Plant:
    what: str
    by_hand: Callable[[Clouds], Any]
    found: str
    """What the line says, as a pattern."""
    through: str = ""
    service_account_sees_it: bool = True
    more: int = 0
    """Further lines of the same thing."""

    beside: bool = True
    """Whether what is proposed is the same while the others are there."""

    also: str = ""
    """What the further lines say, as a pattern."""

    deployer_sees_more: bool = False

    def further(self, who: str) -> int:
        """How many further lines somebody sees."""
        return 0 if self.deployer_sees_more and who == "service account" else self.more

    def lines(self, lines: Sequence[Line]) -> list[Line]:
        """All that tell of it, the one that it is known by first."""
        first = [
            each
            for each in lines
            if re.match(self.found, each.what) and each.through == self.through
        ]
        return first + [
            each
            for each in lines
            if self.also and re.match(self.also, each.what) and each not in first
        ]

    def line(self, lines: Sequence[Line]) -> Line:
        """The one that tells of it."""
        found = self.lines(lines)[0]
        return found
