"""What other people change by hand, and what is theirs to keep."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3

from sandbox import Sandbox
from sandbox.snowflake.securables import Grant, Securable
from tests.integration.leaks import LOGS, kept, nothing_readable
from tools.snowflake_client import by_hand, service, stored
from tools.stacks import Stack


def refreshed(stack: Stack) -> dict[str, list[str]]:
    """What a preview finds once it has looked at the clouds, by operation and resource name."""
    stack.must("refresh", "--yes", "--skip-preview")
    got = stack.preview()
    assert got.code == 0, got.output
    return {op: sorted(name.split("::")[-1] for name in names) for op, names in got.steps.items()}


def grants_of_others(sandbox: Sandbox) -> dict[str, set[tuple[str, str]]]:
    """Who holds what, our own role left out."""
    found = {}
    for one in sandbox.snowflake.catalog.everything():
        if not one.simple_name.startswith("CUBE_"):
            held = {(g.privilege, g.to.simple_name) for g in one.grants}
            found[f"{one.kind} {one}"] = {each for each in held if not each[1].startswith("CUBE_")}
    return found


def test_a_refresh_finds_what_was_changed_by_hand_and_up_mends_it(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    stack, admin = applied_copy, by_hand()
    client = boto3.client("secretsmanager")

    admin.rows("REVOKE USAGE ON SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV")
    admin.rows("ALTER SECURITY INTEGRATION CUBE_DEV SET OAUTH_ENFORCE_PKCE = FALSE")
    admin.rows("ALTER SECURITY INTEGRATION CUBE_DEV SET ALLOWED_ROLES_LIST = ()")
    admin.rows("ALTER USER CUBE_DEV UNSET DEFAULT_ROLE")
    client.put_secret_value(SecretId=stack.outputs()["secret_arn"], SecretString='{"by": "hand"}')
    assert refreshed(stack) == {
        "update": [
            "cube-oauth-allowed-roles",
            "cube-oauth-integration",
            "cube-secret",
            "cube-service-defaults",
            "cube-service-privileges",
        ]
    }
    stack.apply()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    integration = sandbox.snowflake.integrations.get("CUBE_DEV")
    assert integration is not None
    assert integration.enforce_pkce
    assert integration.allowed_roles == ("ANALYST", "ENGINEER")
    assert stored()["user"] == "CUBE_DEV"

    admin.rows("REVOKE SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV")
    admin.rows("ALTER USER CUBE_DEV UNSET DEFAULT_WAREHOUSE")
    admin.rows("ALTER USER CUBE_DEV SET DEFAULT_SECONDARY_ROLES = ('ALL')")
    assert refreshed(stack) == {
        "update": ["cube-service-defaults", "cube-service-privileges", "cube-service-user"]
    }
    stack.apply()
    assert service().rows("SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE()") == [
        ("CUBE_DEV", "COMPUTE_WH")
    ]
    user = sandbox.snowflake.users.get("CUBE_DEV")
    assert user is not None
    assert user.default_secondary_roles == ()

    # As dbt rebuilds a table: what was granted on it alone is gone.
    engineer = by_hand("SYSADMIN")
    engineer.rows("CREATE OR REPLACE TABLE ANALYTICS.REFERENCE.COUNTRIES AS SELECT 1 AS X")
    assert "goes when the table is rebuilt" in stack.pulumi("preview").output
    assert refreshed(stack) == {"update": ["cube-service-privileges"]}
    stack.apply()
    assert service().value("SELECT X FROM ANALYTICS.REFERENCE.COUNTRIES") == 1
    stack.unchanged()


def test_a_client_secret_that_cannot_be_read_is_kept(applied_copy: Stack, sandbox: Sandbox) -> None:
    """The plugin takes a failed query for an empty one, and says so in a warning only."""
    stack = applied_copy
    before = stack.outputs()["cube_oauth_app"]
    denied = {
        "success": False,
        "code": "003001",
        "message": "SQL access control error:\nInsufficient privileges",
        "data": {"sqlState": "42501"},
    }
    sandbox.faults.add(path="SHOW_OAUTH_CLIENT_SECRETS", status=200, body=denied, times=99)
    stack.must("refresh", "--yes", "--skip-preview")
    for arguments in (("preview",), ("up", "--yes", "--skip-preview")):
        got = stack.must(*arguments)
        assert "did not show the client id and secret of CUBE_DEV" in got.output
        assert "The last known ones are kept" in got.output
        assert "Traceback" not in got.output
    assert stack.outputs()["cube_oauth_app"] == before
    sandbox.faults.clear()
    assert "did not show" not in stack.must("preview").output, "it is asked once more"
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert stack.outputs()["cube_oauth_app"] == before
    stack.unchanged()


def test_the_secret_of_an_integration_that_was_made_anew_is_given_out(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    """A refresh finds nothing to read, and the `up` that makes it anew does not query again."""
    stack = applied_copy
    by_hand("ACCOUNTADMIN").rows("DROP SECURITY INTEGRATION CUBE_DEV")
    got = stack.must("up", "--yes", "--skip-preview", "--refresh", *LOGS)
    integration = sandbox.snowflake.integrations.get("CUBE_DEV")
    assert integration is not None
    secret = integration.client_secret
    app = stack.outputs()["cube_oauth_app"]
    assert (app["client_id"], app["client_secret"]) == (integration.client_id, secret)
    nothing_readable({"log of up": got.output, **kept(stack)}, {"client secret": secret})
    stack.unchanged()


def test_a_client_secret_that_the_first_up_could_not_read_is_asked_for_again(
    stack: Stack, sandbox: Sandbox
) -> None:
    failure = {
        "success": False,
        "code": "000603",
        "message": "SQL execution internal error",
        "data": {"sqlState": "XX000", "queryId": "", "errorCode": "000603"},
    }
    sandbox.faults.add(path="SHOW_OAUTH_CLIENT_SECRETS", status=200, body=failure, times=2)
    got = stack.up()
    assert got.code != 0
    assert "did not show the client id and secret of CUBE_DEV" in got.output
    stack.apply()
    stack.unchanged()
    app = stack.outputs()["cube_oauth_app"]
    assert app["client_id"]
    assert app["client_secret"]


def test_a_user_whose_type_is_not_seen_is_not_replaced(
    make_applied: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_applied(protect=True, secretName="cube-access/fixed")
    user = sandbox.snowflake.users.get("CUBE_DEV")
    assert user is not None
    user.settings["TYPE"] = ""
    stack.must("refresh", "--yes", "--skip-preview")
    got = stack.up()
    assert got.code != 0
    assert "cube-service-user" in got.output
    assert "protect" in got.output
    assert service().value("SELECT 1") == 1, "and its keys still work"


def test_others_grants_are_untouched_and_destroy_leaves_nothing(
    stack: Stack, sandbox: Sandbox
) -> None:
    def everything() -> set[str]:
        return {f"{one.kind} {one}" for one in sandbox.snowflake.catalog.everything()}

    def future() -> list[Securable]:
        places = sandbox.snowflake.catalog.everything()
        return [f.to for one in places for f in one.future if f.to.simple_name == "CUBE_DEV"]

    before, grants = everything(), grants_of_others(sandbox)
    stack.apply()
    assert future()
    assert grants_of_others(sandbox) == grants
    stack.must("destroy", "--yes", "--skip-preview")
    assert everything() == before
    assert grants_of_others(sandbox) == grants
    assert future() == []
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    assert json.loads(stack.export())["deployment"].get("resources", []) == []


def test_two_environments_in_one_account_do_not_meet(
    applied_copy: Stack, make_stack: Callable[..., Stack]
) -> None:
    first, second = applied_copy, make_stack("prod", userRoles=["ENGINEER"])
    second.apply()
    assert first.outputs()["secret_arn"] != second.outputs()["secret_arn"]
    first.must("destroy", "--yes", "--skip-preview")
    second.unchanged("--refresh")
    assert service().value("SELECT CURRENT_USER()") == "CUBE_PROD"


def test_rows_of_inherited_grants_break_nothing(stack: Stack, sandbox: Sandbox) -> None:
    """GRANT INHERITED, by somebody else: SHOW GRANTS has such rows too, and without a name."""
    catalog, now = sandbox.snowflake.catalog, sandbox.snowflake.clock()
    engineer = catalog.get("ROLE", ("ENGINEER",))
    for kind, *name in (
        ("DATABASE", "ANALYTICS"),
        ("SCHEMA", "ANALYTICS", "SALES"),
        ("SCHEMA", "ANALYTICS", "REFERENCE"),
        ("TABLE", "ANALYTICS", "REFERENCE", "COUNTRIES"),
        ("WAREHOUSE", "COMPUTE_WH"),
    ):
        nameless = Securable("DATABASE", (), None, now)
        one = catalog.get(kind, tuple(name))
        one.grants.insert(0, Grant("SELECT", nameless, engineer, False, "SECURITYADMIN", now))
    stack.apply()
    stack.unchanged("--refresh")
    assert service().value("SELECT count(*) FROM ANALYTICS.REFERENCE.COUNTRIES") == 3


class TestFutureGrants:
    """For one kind, Snowflake ignores a database's future grants in a schema that has its own."""

    def test_ours_never_shadow_anothers_unasked(self, stack: Stack) -> None:
        admin = by_hand("SECURITYADMIN")
        admin.rows("GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO ROLE ENGINEER")
        got = stack.up()
        assert got.code != 0
        assert "take future grants away from others; nothing was changed" in got.output
        assert "TABLES of database ANALYTICS (to ENGINEER) in schema ANALYTICS.SALES" in got.output
        assert "Traceback" not in got.output
        stack.set(shadowFutureGrants=True)
        got = stack.apply()
        assert "From this apply on, Snowflake ignores the future grants on TABLES" in got.output

    def test_later_ones_of_others_are_warned_of(self, applied_copy: Stack) -> None:
        admin = by_hand("SECURITYADMIN")
        admin.rows("GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO ROLE ENGINEER")
        got = applied_copy.pulumi("preview")
        assert got.code == 0
        assert "Snowflake ignores the future grants on TABLES" in got.output
        assert "the schema has its own" in got.output

    def test_a_schema_of_a_whole_database_that_has_its_own_is_warned_of(
        self, make_stack: Callable[..., Stack]
    ) -> None:
        admin = by_hand("SECURITYADMIN")
        admin.rows("GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.HR TO ROLE ENGINEER")
        stack = make_stack(databases=["ANALYTICS"], schemas=[], tables=[])
        got = stack.apply()
        warning = "new TABLES in ANALYTICS.HR will not be readable"
        assert warning in got.output
        by_hand("SYSADMIN").rows("CREATE TABLE ANALYTICS.HR.LATER AS SELECT 1 AS X")
        assert service().refusal("SELECT * FROM ANALYTICS.HR.LATER"), "the warning is true"
