"""What the engine makes of the pack besides a plain preview: its configuration, exceptions,
remediation, values that only `up` knows, secrets, and states that exist already.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi
import pulumi_snowflake as snowflake
import pytest

from sandbox import Sandbox
from tools.policy_stacks import ENVIRONMENTS, PACK, ROOT, Court, Outcome, Program, programs
from tools.snowflake_client import by_hand

PLANTED = "".join(("dapi", "5b1e9c7a3d2f4e6a8b0c", "1d3f5a7b9c2e"))
TODAY = datetime.now(UTC).date()


def program(name: str) -> Program:
    return next(each for each in programs() if each.path.stem == name)


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., Path]:
    """The pack's configuration for dev, with changes."""

    def write(**changes: Any) -> Path:
        config = json.loads(ENVIRONMENTS["dev"].read_text())
        config |= {rule.replace("_", "-"): change for rule, change in changes.items()}
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        return path

    return write


@pytest.fixture
def own_court(court: Court, tmp_path: Path) -> Court:
    """For what is applied: the others' stack stays empty."""
    return Court(tmp_path / "applied")


def told(outcome: Outcome, rule: str) -> str:
    """What the rule said."""
    return "\n".join(each.message for each in outcome.violations if each.rule == rule)


# Our own stacks.


@pytest.mark.parametrize("stack", ["sandbox-databricks", "sandbox-snowflake"])
def test_our_own_stacks_pass_without_a_word(court: Court, stack: str) -> None:
    got = court.own(stack)
    assert (got.failed, got.violations, got.errors) == (False, (), ()), got.output


def test_our_own_stack_passes_as_production(court: Court) -> None:
    changes = {"protect": True, "secretRecoveryDays": 30, "secretKmsKeyId": "alias/cube"}
    got = court.own("sandbox-databricks", "prod", **changes)
    assert (got.failed, got.violations, got.errors) == (False, (), ()), got.output


def test_production_can_be_rehearsed_on_the_sandbox(court: Court) -> None:
    by_hand().rows("CREATE NETWORK POLICY CUBE_OAUTH ALLOWED_IP_LIST = ('203.0.113.0/24')")
    changes = {"protect": True, "secretRecoveryDays": 30, "secretKmsKeyId": "alias/cube"}
    changes |= {"allowedCidrs": ["203.0.113.0/24"], "oauthNetworkPolicy": "CUBE_OAUTH"}
    got = court.own("sandbox-snowflake", "prod", **changes)
    assert (got.failed, got.violations, got.errors) == (False, (), ()), got.output


# Exceptions and configuration.


def exception(court: Court, **changes: str) -> dict[str, str]:
    """For the grant of databricks_grant_modify."""
    entry = {
        "rule": "grants-read-only",
        "resource": f"urn:pulumi:dev::{court.project}::databricks:index/grant:Grant::cube",
        "reason": "Cube writes its pre-aggregations here until the migration ends",
        "owner": "analytics-platform",
        "expires": str(TODAY + timedelta(days=30)),
    }
    return entry | changes


def test_an_exception_lets_one_resource_pass_and_is_listed(
    court: Court, configure: Callable[..., Path]
) -> None:
    entry = exception(court)
    config = configure(exceptions_listed={"exceptions": [entry]})
    got = court.judge(program("databricks_grant_modify").run, config)
    assert (got.failed, got.rules) == (False, {"exceptions-listed"}), got.output
    for part in ("rule", "reason", "owner", "expires"):
        assert entry[part] in told(got, "exceptions-listed")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires": str(TODAY - timedelta(days=1))}, "expired"),
        ({"owner": ""}, "has no owner"),
        ({"rule": "grants-to-somebody"}, "grants-to-somebody"),
    ],
    ids=["over", "without an owner", "for another rule"],
)
def test_an_exception_that_does_not_apply_excepts_nothing_and_is_listed(
    court: Court, configure: Callable[..., Path], change: dict[str, str], said: str
) -> None:
    config = configure(exceptions_listed={"exceptions": [exception(court, **change)]})
    got = court.judge(program("databricks_grant_modify").run, config)
    assert got.failed
    assert got.rules == {"grants-read-only", "exceptions-listed"}, got.output
    assert said in told(got, "exceptions-listed")


def test_an_excepted_edge_does_not_hide_the_hierarchy_behind_it(
    court: Court, configure: Callable[..., Path]
) -> None:
    """The platform's role may have SECURITYADMIN; that Cube reaches it is another matter."""
    edge = "snowflake:index/grantAccountRole:GrantAccountRole::SECURITYADMIN-to-PLATFORM"
    urn = f"urn:pulumi:dev::{court.project}::{edge}"
    entry = exception(court, rule="admin-roles-ungranted", resource=urn)
    # The program's roles are only named: that is another rule's.
    config = configure(exceptions_listed={"exceptions": [entry]}, roles_visible="disabled")
    got = court.judge(program("snowflake_hierarchy_of_depth_three").run, config)
    assert got.failed
    assert got.rules == {"admin-roles-unreachable", "exceptions-listed"}, got.output


def test_limits_and_levels_are_the_configurations(
    court: Court, configure: Callable[..., Path]
) -> None:
    config = configure(grants_read_only="advisory", oauth_scopes_narrow={"scopes": ["all-apis"]})
    got = court.judge(program("databricks_grant_modify").run, config)
    assert (got.failed, got.rules) == (False, {"grants-read-only"}), got.output
    got = court.judge(program("databricks_oauth_all_apis").run, config)
    assert "offline_access" in told(got, "oauth-scopes-narrow"), got.output
    assert "all-apis," not in told(got, "oauth-scopes-narrow").splitlines()[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grant_read_only": "advisory"}, "grant-read-only"),
        ({"oauth_scopes_narrow": {"scopes": "sql"}}, "scopes"),
    ],
    ids=["no such rule", "not as the schema says"],
)
def test_a_wrong_configuration_stops_the_preview(
    court: Court, configure: Callable[..., Path], changes: dict[str, Any], said: str
) -> None:
    got = court.judge(program("databricks_reading").run, configure(**changes))
    assert got.failed
    assert said in got.output


# Remediation.


def integration() -> None:
    snowflake.OauthIntegrationForCustomClients(
        "cube",
        name="REMEDIED",
        enabled="true",
        oauth_client_type="CONFIDENTIAL",
        oauth_redirect_uri="https://acme.cubecloud.dev/oauth/callback",
        oauth_enforce_pkce="true",
        oauth_refresh_token_validity=604_800,
        blocked_roles_lists=["ENGINEER"],
    )


def test_remediation_adds_what_is_missing_and_says_so(
    own_court: Court, shared_sandbox: Sandbox, configure: Callable[..., Path]
) -> None:
    config = configure(oauth_admin_roles_blocked="remediate")
    got = own_court.judge(integration, config, "up")
    assert not got.failed, got.output
    assert "oauth-admin-roles-blocked" in got.output, "the run names what it changed"
    made = shared_sandbox.snowflake.catalog.find("INTEGRATION", ("REMEDIED",))
    assert made
    blocked = str(made.settings["BLOCKED_ROLES_LIST"])
    assert "SYSADMIN" in blocked
    assert "USERADMIN" in blocked
    assert "ENGINEER" in blocked, "what was there stays"


# What only `up` knows.


def unknown_privileges() -> None:
    """The list comes from what is about to be made: its comment."""
    role = snowflake.AccountRole("cube", name="UNKNOWN_ONE", comment="SELECT,INSERT")
    wanted: pulumi.Output[Any] = role.show_outputs.apply(
        lambda rows: str(rows[0].comment).split(",")
    )
    snowflake.GrantPrivilegesToAccountRole(
        "cube",
        account_role_name=role.name,
        privileges=wanted,
        on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
    )


def test_what_a_preview_cannot_know_is_said_and_refused_by_up(
    own_court: Court, shared_sandbox: Sandbox
) -> None:
    got = own_court.judge(unknown_privileges)
    assert not got.failed, got.output
    assert {each.level for each in got.violations} == {"advisory"}
    assert ".privileges can't be known" in told(got, "grants-read-only")
    got = own_court.judge(unknown_privileges, command="up")
    assert got.failed
    assert "grants-read-only" in got.rules, got.output
    assert "INSERT" in told(got, "grants-read-only")
    sent = [each.body for each in shared_sandbox.journal if "INSERT" in str(each.body)]
    assert not [body for body in sent if "GRANT" in str(body)], "nothing was granted"


# Secrets.


def secrets_in_wrong_places() -> None:
    snowflake.AccountRole("comment", name="CUBE", comment=f"token {PLANTED}")
    snowflake.Execute(
        "sql", execute=pulumi.Output.secret(f"SELECT '{PLANTED}'"), revert="DROP TABLE X"
    )
    pulumi.export("token", pulumi.Output.secret(PLANTED))


def test_no_rule_prints_the_secret_that_it_read(court: Court) -> None:
    got = court.judge(secrets_in_wrong_places)
    assert got.failed
    assert {"secrets-not-in-text", "statements-known"} <= got.rules, got.output
    for violation in got.violations:
        assert PLANTED not in violation.message, violation.rule
        assert PLANTED[:12] not in violation.message, "nor a part of it"


# States that exist already.


def analyze(court: Court, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As docs/policies.md says."""
    state = folder / "state.json"
    deployment = court.stack.export_stack()
    state.write_text(
        json.dumps({"version": deployment.version, "deployment": deployment.deployment})
    )
    return subprocess.run(
        [
            *("pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", str(PACK)),
            *("--policy-pack-config", str(ENVIRONMENTS["dev"]), "--color", "never"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def written_before_the_pack() -> None:
    role = snowflake.AccountRole("cube", name="OLD_CUBE")
    snowflake.GrantPrivilegesToAccountRole(
        "cube",
        account_role_name=role.name,
        privileges=["SELECT", "UPDATE"],
        on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
    )


def test_a_state_from_before_the_pack_is_audited(own_court: Court, tmp_path: Path) -> None:
    own_court.stack.up(program=written_before_the_pack)
    got = analyze(own_court, tmp_path)
    assert got.returncode != 0
    assert "grants-read-only" in got.stdout
    assert "UPDATE" in got.stdout
    own_court.stack.destroy()
    assert analyze(own_court, tmp_path).returncode == 0
