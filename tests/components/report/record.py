"""Records the previews that the report's tests read, from the real engine on the sandbox:

    .venv/bin/python -m tests.components.report.record             # previews/, then:
    .venv/bin/python -m tests.components.report.record --expected  # the expected comments

A recording is the digest of `pulumi preview --json` and, of the event log, what the report reads
there; without what differs from run to run and says nothing (stack traces, times).
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_access.report import build, markdown, preview
from cube_access.report.model import Report
from sandbox import Sandbox
from sandbox.snowflake.session import Session
from sandbox.snowflake.world import DEPLOYER
from tools.stacks import ROOT, Stack, enter, example

HERE = Path(__file__).parent
PREVIEWS, EXPECTED = HERE / "previews", HERE / "expected"
KEPT_STATE = {
    "urn", "type", "id", "inputs", "outputs", "protect", "propertyDependencies", "ignoreChanges",
    "replaceOnChanges", "retainOnDelete",
}  # fmt: skip
KEPT_OUTPUTS = {"applicationId", "privileges", "grants", "extra", "notSeen"}
KEPT_EVENTS = ("policyEvent", "policyLoadEvent")

# A grant that somebody adds to the program without us, on Snowflake.
WIDENED = """
import pulumi_snowflake
pulumi_snowflake.GrantPrivilegesToAccountRole(
    "by-hand", account_role_name="CUBE_DEV", privileges=["SELECT", "INSERT"],
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": '"ANALYTICS"."HR"'}},
    opts=pulumi.ResourceOptions(provider=pulumi_snowflake.Provider(
        "by-hand", organization_name="SANDBOX", account_name="ANALYTICS", role="SECURITYADMIN")),
)
"""

EXCEPTION = {
    "rule": "grants-read-only",
    "resource": "urn:pulumi:dev::cube-access::snowflake:index/grantPrivilegesToAccountRole:"
    "GrantPrivilegesToAccountRole::by-hand",
    "reason": "Corrections are written back by the nightly job until it has its own user.",
    "owner": "data-platform",
    "expires": "2099-12-31",
}


def run(stack: Stack, *arguments: str, command: tuple[str, ...] = ("preview",)) -> str:
    """One preview, recorded."""
    log = stack.folder / "events"
    done = subprocess.run(
        ["pulumi", *command, "--json", "--event-log", str(log), "--non-interactive",
         "--stack", stack.name, *arguments],
        cwd=stack.folder,
        env={**stack.environment, "PULUMI_DEBUG_COMMANDS": "true"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    start = done.stdout.find("{\n")
    assert start >= 0, done.stderr or done.stdout
    documents = [_digest(json.loads(done.stdout[start:]))]
    documents += [
        event for line in log.read_text().splitlines() if (event := _event(json.loads(line)))
    ]
    return "".join(f"{json.dumps(each, separators=(',', ':'))}\n" for each in documents)


def _digest(document: dict[str, Any]) -> dict[str, Any]:
    for step in document.get("steps", []):
        for name in ("oldState", "newState"):
            if state := step.get(name):
                step[name] = _state(state)
    document.pop("duration", None)
    return document


def _state(state: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in state.items() if key in KEPT_STATE}
    if state["type"] != "pulumi:pulumi:Stack":
        outputs = kept.get("outputs") or {}
        kept["outputs"] = {key: outputs[key] for key in KEPT_OUTPUTS & outputs.keys()}
    inputs = kept.get("inputs") or {}
    kept["inputs"] = {key: value for key, value in inputs.items() if not key.startswith("__")}
    return kept


def _event(event: dict[str, Any]) -> dict[str, Any] | None:
    outputs = event.get("resOutputsEvent", {}).get("metadata", {})
    if outputs.get("type") == "pulumi:pulumi:Stack" and (outputs["new"] or {}).get("outputs"):
        return event
    if outputs.get("type") == "pulumi:pulumi:Stack" and outputs["op"] == "delete":
        return event
    return event if any(key in event for key in KEPT_EVENTS) else None


Scenario = tuple[str, Callable[[Stack], str]]
CONFIG = ROOT / "policies/starts/development.json"
SEEN = ("--show-sames", "--policy-pack", "policies", "--policy-pack-config", str(CONFIG))


def changed(**settings: Any) -> Callable[[Stack], str]:
    """A preview with other settings, which are put back."""

    def record(stack: Stack) -> str:
        before = dict(stack.config)
        stack.set(**settings)
        try:
            return run(stack, *SEEN)
        finally:
            stack.config = before
            stack.write_config()

    return record


def destroyed(stack: Stack) -> str:
    return run(stack, command=("destroy", "--preview-only"))


def widened_on_databricks(stack: Stack) -> str:
    """Somebody grants to our principal in SQL; a refresh sees it."""
    unity = stack.sandbox.databricks.unity
    given = ("schema", "main.sales", stack.outputs()["service_account"]["id"], "MODIFY")
    unity.grant(*given)
    try:
        return run(stack, *SEEN, "--refresh")
    finally:
        unity.revoke(*given)


def held_by_hand(stack: Stack) -> str:
    """Somebody gives our role more, and takes from it, in SQL; a refresh sees both."""
    state = stack.sandbox.snowflake
    deployer = state.users.get(DEPLOYER)
    assert deployer
    admin = Session(0, deployer, "ACCOUNTADMIN")
    changes = (
        ("GRANT", "OPERATE ON WAREHOUSE COMPUTE_WH"),
        ("REVOKE", "SELECT ON TABLE ANALYTICS.SALES.CUSTOMERS"),
        ("REVOKE", "USAGE ON SCHEMA ANALYTICS.REFERENCE"),
    )

    def say(word: str, what: str) -> None:
        to = "TO" if word == "GRANT" else "FROM"
        state.statements.run(admin, f"{word} {what} {to} ROLE CUBE_DEV")

    for word, what in changes:
        say(word, what)
    try:
        return run(stack, *SEEN, "--refresh")
    finally:
        for word, what in changes:
            say("REVOKE" if word == "GRANT" else "GRANT", what)


def excepted(stack: Stack) -> str:
    """The same grant by hand, which an exception allows."""
    config = json.loads(CONFIG.read_text())
    config["exceptions-listed"] = {"exceptions": [EXCEPTION]}
    file = stack.folder / "with-exception.json"
    file.write_text(json.dumps(config))
    return widened_on_snowflake(stack, *SEEN[:-1], str(file))


def widened_on_snowflake(stack: Stack, *arguments: str) -> str:
    program = stack.folder / "__main__.py"
    program.unlink()
    program.write_text((ROOT / "__main__.py").read_text() + WIDENED)
    try:
        return run(stack, *(arguments or SEEN))
    finally:
        program.unlink()
        program.symlink_to(ROOT / "__main__.py")


DATABRICKS: list[Scenario] = [
    ("nothing-changed", changed()),
    ("schema-added", changed(schemas=["main.sales", "main.hr"])),
    ("schema-removed", changed(tables=[])),
    ("rotation", changed(credentialVersions=["v1", "v2"])),
    ("rotation-ends", changed(credentialVersions=["v2"])),
    ("warehouse-swapped", changed(sqlWarehouseId=None)),
    ("redirect-changed", changed(redirectUris=["https://other.cubecloud.dev/cb"])),
    ("app-replaced", changed(oauthClientType="public")),
    ("app-protected", changed(oauthClientType="public", protect=True)),
    ("widened-by-hand", widened_on_databricks),
    ("destroyed", destroyed),
]
SNOWFLAKE: list[Scenario] = [
    ("nothing-changed", changed()),
    ("schema-added", changed(schemas=["ANALYTICS.SALES", "ANALYTICS.HR"])),
    ("schema-removed", changed(tables=[])),
    ("rotation", changed(credentialVersions=["v1", "v2"], oauthSecretVersion=2)),
    ("warehouse-swapped", changed(snowflakeWarehouse="REPORTING_WH")),
    ("redirect-changed", changed(redirectUris=["https://other.cubecloud.dev/cb"])),
    ("app-replaced", changed(oauthClientType="public")),
    ("widened-by-hand", widened_on_snowflake),
    ("exception-used", excepted),
    ("held-by-hand", held_by_hand),
    ("destroyed", destroyed),
]
WAREHOUSES = {
    "databricks": ("sandbox-databricks", DATABRICKS),
    "snowflake": ("sandbox-snowflake", SNOWFLAKE),
}


def recordings(warehouse: str) -> Iterator[tuple[str, str]]:
    """All previews of one warehouse, by name."""
    config, scenarios = WAREHOUSES[warehouse]
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        Sandbox(Path(folder, "sandbox")) as sandbox,
    ):
        enter(sandbox, patch)
        stack = Stack(sandbox, Path(folder, "project"), "dev", example(config))
        yield "first-up", run(stack, *SEEN)
        stack.apply()
        for name, record in scenarios:
            yield name, record(stack)


def recorded(name: str) -> Report:
    """The report of a recorded preview."""
    found = preview.read([recording(name)])
    return build.from_live(found, "dev", "A preview of the real stack")


def recording(name: str) -> tuple[str, str]:
    """Its name and its text."""
    return name, gzip.decompress((PREVIEWS / f"{name}.jsonl.gz").read_bytes()).decode()


def names() -> list[str]:
    return sorted(file.name.removesuffix(".jsonl.gz") for file in PREVIEWS.glob("*.jsonl.gz"))


def main(arguments: list[str]) -> None:
    for warehouse in [] if "--expected" in arguments else WAREHOUSES:
        for name, text in recordings(warehouse):
            file = PREVIEWS / f"{warehouse}-{name}.jsonl.gz"
            file.write_bytes(gzip.compress(text.encode(), mtime=0))
            print(f"{warehouse}-{name}: {len(text) // 1000} kB", flush=True)
    for name in names():
        (EXPECTED / f"{name}.md").write_text(markdown.render(recorded(name)))


if __name__ == "__main__":
    main(sys.argv[1:])
