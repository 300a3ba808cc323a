"""Snowflake's grants: present and future objects, roles in roles, and who may pass what on."""

import pytest

from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

SALES = '"ANALYTICS"."SALES"'


@pytest.fixture
def state() -> Snowflake:
    return Snowflake()


@pytest.fixture
def deployer(state):
    return Person(state, "DEPLOYER", "ACCOUNTADMIN", database="ANALYTICS", schema="SALES")


@pytest.fixture
def robot(state, deployer):
    """A service user whose role can use a warehouse and see schemas, and nothing more."""
    for text in (
        "CREATE ROLE CUBE",
        "CREATE USER ROBOT TYPE = SERVICE DEFAULT_ROLE = CUBE DEFAULT_SECONDARY_ROLES = ()",
        "GRANT ROLE CUBE TO USER ROBOT",
        "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE",
        "GRANT USAGE ON DATABASE ANALYTICS TO ROLE CUBE",
        f"GRANT USAGE ON SCHEMA {SALES} TO ROLE CUBE",
    ):
        deployer.ask(text)
    return Person(state, "ROBOT", "CUBE", database="ANALYTICS", schema="SALES")


def held(deployer, role="CUBE") -> set[tuple[str, ...]]:
    rows = deployer.rows(f"SHOW GRANTS TO ROLE {role}")
    return {(row[1], row[2], row[3]) for row in rows}


def test_all_means_what_is_there_and_future_what_comes(deployer, robot):
    deployer.ask(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SALES} TO ROLE CUBE")
    deployer.ask("CREATE TABLE later AS SELECT 1 AS a")
    assert len(robot.rows("SELECT * FROM orders")) == 4
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM later")
    deployer.ask(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {SALES} TO ROLE CUBE")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM later")
    deployer.ask("CREATE TABLE much_later AS SELECT 1 AS a")
    assert robot.rows("SELECT * FROM much_later") == [["1"]]
    deployer.ask("CREATE VIEW a_view AS SELECT 1 AS a")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM a_view")


def test_a_schemas_future_grants_hide_the_databases(deployer, robot):
    deployer.ask("GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO ROLE CUBE")
    deployer.ask("CREATE TABLE one AS SELECT 1 AS a")
    assert robot.rows("SELECT * FROM one") == [["1"]]
    deployer.ask(f"GRANT INSERT ON FUTURE TABLES IN SCHEMA {SALES} TO ROLE ENGINEER")
    deployer.ask("CREATE TABLE two AS SELECT 1 AS a")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM two")


def test_a_schema_gets_the_databases_future_grants(deployer, robot):
    deployer.ask("GRANT USAGE, CREATE TABLE ON FUTURE SCHEMAS IN DATABASE ANALYTICS TO ROLE CUBE")
    deployer.ask("CREATE SCHEMA ANALYTICS.MINE")
    robot.ask("CREATE TABLE ANALYTICS.MINE.T AS SELECT 1 AS a")
    assert robot.rows("SELECT * FROM ANALYTICS.MINE.T") == [["1"]]
    assert "Insufficient privileges" in robot.refusal("CREATE TABLE T (a INT)")


def test_revoking_a_future_grant_leaves_what_it_gave(deployer, robot):
    deployer.ask(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {SALES} TO ROLE CUBE")
    deployer.ask("CREATE TABLE one AS SELECT 1 AS a")
    shown = deployer.rows(f"SHOW FUTURE GRANTS IN SCHEMA {SALES}")
    assert [row[1:6] for row in shown] == [
        ["SELECT", "TABLE", "ANALYTICS.SALES.<TABLE>", "ROLE", "CUBE"]
    ]
    deployer.ask(f"REVOKE SELECT ON FUTURE TABLES IN SCHEMA {SALES} FROM ROLE CUBE")
    assert deployer.rows(f"SHOW FUTURE GRANTS IN SCHEMA {SALES}") == []
    assert robot.rows("SELECT * FROM one") == [["1"]]
    deployer.ask(f"REVOKE SELECT ON ALL TABLES IN SCHEMA {SALES} FROM ROLE CUBE")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM one")


def test_replacing_a_table_loses_its_grants_and_gets_the_future_ones(deployer, robot):
    deployer.ask("CREATE TABLE t AS SELECT 1 AS a")
    deployer.ask("GRANT SELECT ON TABLE t TO ROLE CUBE")
    deployer.ask("CREATE OR REPLACE TABLE t COPY GRANTS AS SELECT 2 AS a")
    assert robot.rows("SELECT * FROM t") == [["2"]]
    deployer.ask("CREATE OR REPLACE TABLE t AS SELECT 3 AS a")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM t")
    deployer.ask(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {SALES} TO ROLE CUBE")
    deployer.ask("CREATE OR REPLACE TABLE t AS SELECT 4 AS a")
    assert robot.rows("SELECT * FROM t") == [["4"]]


def test_usage_is_needed_on_the_way_to_a_table(deployer, robot):
    deployer.ask("GRANT SELECT ON TABLE orders TO ROLE CUBE")
    for place in ("SCHEMA ANALYTICS.SALES", "DATABASE ANALYTICS"):
        deployer.ask(f"REVOKE USAGE ON {place} FROM ROLE CUBE")
        assert "does not exist or not authorized" in robot.refusal("SELECT * FROM orders")
        deployer.ask(f"GRANT USAGE ON {place} TO ROLE CUBE")
    assert len(robot.rows("SELECT * FROM orders")) == 4


def test_grants_are_shown_by_object_by_role_and_by_member(deployer, robot):
    deployer.ask("GRANT SELECT, REFERENCES ON TABLE orders TO ROLE CUBE")
    on = deployer.ask("SHOW GRANTS ON TABLE ANALYTICS.SALES.ORDERS")
    assert [c.name for c in on.columns] == [
        "created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name",
        "grant_option", "granted_by", "is_inherited", "inherited_from",
        "inherited_from_database", "inherited_from_schema",
    ]  # fmt: skip
    assert on.rows[0][1:8] == [
        "OWNERSHIP", "TABLE", "ANALYTICS.SALES.ORDERS", "ROLE", "SYSADMIN", "true", "SYSADMIN",
    ]  # fmt: skip
    mine = [row[1:8] for row in on.rows if row[5] == "CUBE"]
    assert [
        "SELECT",
        "TABLE",
        "ANALYTICS.SALES.ORDERS",
        "ROLE",
        "CUBE",
        "false",
        "SYSADMIN",
    ] in mine
    assert held(deployer) == {
        ("USAGE", "WAREHOUSE", "COMPUTE_WH"), ("USAGE", "DATABASE", "ANALYTICS"),
        ("USAGE", "SCHEMA", "ANALYTICS.SALES"), ("SELECT", "TABLE", "ANALYTICS.SALES.ORDERS"),
        ("REFERENCES", "TABLE", "ANALYTICS.SALES.ORDERS"),
    }  # fmt: skip
    of = deployer.rows("SHOW GRANTS OF ROLE CUBE")
    assert [row[1:] for row in of] == [["CUBE", "USER", "ROBOT", "ACCOUNTADMIN"]]
    assert [row[4] for row in deployer.rows("SHOW GRANTS TO USER ROBOT")] == ["CUBE"]
    awkward = 'GRANT SELECT ON TABLE "web data"."Page.Views""2024" TO ROLE CUBE'
    deployer.ask(awkward)
    name = 'ANALYTICS."web data"."Page.Views""2024"'
    assert ("SELECT", "TABLE", name) in held(deployer)


def test_a_grant_is_held_once_and_its_option_can_be_taken_alone(deployer, robot):
    for _ in range(2):
        deployer.ask("GRANT SELECT ON TABLE orders TO ROLE CUBE WITH GRANT OPTION")
    shown = deployer.rows("SHOW GRANTS ON TABLE ANALYTICS.SALES.ORDERS")
    assert [row[6] for row in shown if row[5] == "CUBE"] == ["true"]
    robot.ask("GRANT SELECT ON TABLE orders TO ROLE ENGINEER")
    shown = deployer.rows("SHOW GRANTS ON TABLE ANALYTICS.SALES.ORDERS")
    assert [row[7] for row in shown if row[5] == "ENGINEER"] == ["CUBE"]
    deployer.ask("REVOKE GRANT OPTION FOR SELECT ON TABLE orders FROM ROLE CUBE CASCADE")
    assert "Insufficient privileges" in robot.refusal(
        "GRANT SELECT ON TABLE orders TO ROLE ENGINEER"
    )
    assert len(robot.rows("SELECT * FROM orders")) == 4
    assert "ENGINEER" not in str(deployer.rows("SHOW GRANTS ON TABLE ANALYTICS.SALES.ORDERS"))


@pytest.mark.parametrize(
    "text",
    [
        "GRANT SELECT ON TABLE orders TO ROLE PUBLIC",
        "GRANT ROLE SYSADMIN TO ROLE CUBE",
        "GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES TO ROLE CUBE",
        "GRANT CREATE USER ON ACCOUNT TO ROLE CUBE",
        "REVOKE SELECT ON TABLE orders FROM ROLE ANALYST",
        "GRANT OWNERSHIP ON TABLE orders TO ROLE CUBE",
    ],
)
def test_a_reader_may_not_grant(deployer, robot, text):
    deployer.ask("GRANT SELECT ON TABLE orders TO ROLE CUBE")
    assert "nsufficient privileges" in robot.refusal(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("GRANT SELECT ON TABLE orders TO ROLE NOPE", "Role 'NOPE' does not exist"),
        ("GRANT SELECT ON TABLE nope TO ROLE ANALYST", "does not exist or not authorized"),
        ("GRANT SELECT ON WAREHOUSE COMPUTE_WH TO ROLE ANALYST", "Invalid privilege 'SELECT'"),
        ("GRANT ROLE SYSADMIN TO ROLE ANALYST", "cycle"),
    ],
)
def test_a_wrong_grant_is_refused(deployer, text, why):
    assert why in deployer.refusal(text)


def test_everybody_has_public_and_inherits_downwards(state, deployer, robot):
    deployer.ask("GRANT SELECT ON TABLE orders TO ROLE PUBLIC")
    assert len(robot.rows("SELECT * FROM orders")) == 4
    deployer.ask("GRANT ROLE ENGINEER TO ROLE CUBE")
    assert len(robot.rows("SELECT * FROM RAW.EVENTS.CLICKS")) == 2
    assert state.roles.may_use(robot.session.user, "ENGINEER")
    deployer.ask("DROP ROLE ENGINEER")
    assert "Database 'RAW'" in robot.refusal("SELECT * FROM RAW.EVENTS.CLICKS")


def test_ownership_moves_and_gives_everything(deployer, robot):
    deployer.ask("CREATE TABLE mine AS SELECT 1 AS a")
    deployer.ask("GRANT OWNERSHIP ON TABLE mine TO ROLE CUBE COPY CURRENT GRANTS")
    robot.ask("INSERT INTO mine VALUES (2)")
    robot.ask("DROP TABLE mine")
    assert "Dependent grant" in deployer.refusal("GRANT OWNERSHIP ON TABLE orders TO ROLE CUBE")


def test_a_dropped_roles_objects_go_to_who_dropped_it(deployer, robot):
    deployer.ask("CREATE TABLE mine AS SELECT 1 AS a")
    deployer.ask("GRANT OWNERSHIP ON TABLE mine TO ROLE CUBE COPY CURRENT GRANTS")
    deployer.ask("DROP ROLE CUBE")
    assert deployer.rows("SHOW TABLES LIKE 'mine'")[0][9] == "ACCOUNTADMIN"
    assert "CUBE" not in str(deployer.rows("SHOW GRANTS ON WAREHOUSE COMPUTE_WH"))
    assert "Insufficient privileges" in deployer.refusal("DROP ROLE SYSADMIN")


def test_database_roles_carry_privileges_into_roles(deployer, robot):
    for text in (
        "CREATE DATABASE ROLE ANALYTICS.READERS COMMENT = 'read'",
        'GRANT SELECT ON ALL TABLES IN SCHEMA SALES TO DATABASE ROLE "ANALYTICS"."READERS"',
        "GRANT DATABASE ROLE ANALYTICS.READERS TO ROLE CUBE",
    ):
        deployer.ask(text)
    assert len(robot.rows("SELECT * FROM orders")) == 4
    assert [
        row[1:4] for row in deployer.rows("SHOW GRANTS OF DATABASE ROLE ANALYTICS.READERS")
    ] == [["ANALYTICS.READERS", "ROLE", "CUBE"]]
    on = deployer.rows("SHOW GRANTS ON TABLE ANALYTICS.SALES.ORDERS")
    assert ["DATABASE_ROLE", "READERS"] in [row[4:6] for row in on]
    shown = deployer.rows("SHOW DATABASE ROLES LIKE 'READERS' IN DATABASE ANALYTICS")
    assert shown[0][5] == "1"
    assert "cannot be granted to users" in deployer.refusal(
        "GRANT DATABASE ROLE ANALYTICS.READERS TO USER ROBOT"
    )
    deployer.ask("DROP DATABASE ROLE ANALYTICS.READERS")
    assert "does not exist or not authorized" in robot.refusal("SELECT * FROM orders")


def test_in_a_managed_schema_owners_of_tables_do_not_grant(state, deployer, robot):
    deployer.ask("CREATE SCHEMA ANALYTICS.MANAGED WITH MANAGED ACCESS")
    deployer.ask("GRANT USAGE, CREATE TABLE ON SCHEMA ANALYTICS.MANAGED TO ROLE CUBE")
    robot.ask("CREATE TABLE ANALYTICS.MANAGED.T (a INT)")
    text = "GRANT SELECT ON TABLE ANALYTICS.MANAGED.T TO ROLE ANALYST"
    assert "Insufficient privileges" in robot.refusal(text)
    deployer.ask("ALTER SCHEMA ANALYTICS.MANAGED DISABLE MANAGED ACCESS")
    robot.ask(text)


class TestInheritedGrants:
    @pytest.fixture(autouse=True)
    def opted_in(self, deployer):
        deployer.ask("ALTER ACCOUNT SET FEATURE_RBAC_INHERITED_GRANTS = 'ENABLED'")

    def test_one_reaches_present_and_future_objects_of_its_kind(self, deployer, robot):
        deployer.ask(f"GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA {SALES} TO ROLE CUBE")
        assert len(robot.rows("SELECT * FROM orders")) == 4
        deployer.ask("CREATE TABLE later AS SELECT 1 AS a")
        deployer.ask("CREATE VIEW a_view AS SELECT 1 AS a")
        assert robot.rows("SELECT * FROM later") == [["1"]]
        assert "does not exist or not authorized" in robot.refusal("SELECT * FROM a_view")
        # A grant on one object, or none, does not change it; nor does REVOKE ... ON ALL.
        deployer.ask(f"REVOKE SELECT ON ALL TABLES IN SCHEMA {SALES} FROM ROLE CUBE")
        assert robot.rows("SELECT * FROM later") == [["1"]]
        deployer.ask(f"REVOKE INHERITED SELECT ON ALL TABLES IN SCHEMA {SALES} FROM ROLE CUBE")
        assert "does not exist or not authorized" in robot.refusal("SELECT * FROM later")

    def test_usage_on_schemas_is_inherited_from_their_database(self, deployer, robot):
        for privilege, kind in (("USAGE", "SCHEMAS"), ("SELECT", "TABLES")):
            deployer.ask(
                f"GRANT INHERITED {privilege} ON ALL {kind} IN DATABASE ANALYTICS TO ROLE CUBE"
            )
        assert robot.rows("SELECT count(*) FROM ANALYTICS.HR.SALARIES") == [["2"]]
        deployer.ask("CREATE SCHEMA ANALYTICS.LATER")
        deployer.ask("CREATE TABLE ANALYTICS.LATER.T AS SELECT 1 AS a")
        assert robot.rows("SELECT * FROM ANALYTICS.LATER.T") == [["1"]]

    def test_they_are_shown_without_a_name_on_a_role(self, deployer, robot):
        deployer.ask(f"GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA {SALES} TO ROLE CUBE")
        (row,) = (r for r in deployer.rows("SHOW GRANTS TO ROLE CUBE") if r[8] == "true")
        assert row[1:4] == ["SELECT", "TABLE", ""]
        assert row[8:] == ["true", "SCHEMA", "ANALYTICS", "SALES"]
        assert deployer.rows(f"SHOW INHERITED GRANTS IN SCHEMA {SALES}") == [row]
        assert deployer.rows("SHOW INHERITED GRANTS IN DATABASE ANALYTICS") == []
        on = [r for r in deployer.rows("SHOW GRANTS ON TABLE ORDERS") if r[8] == "true"]
        assert [r[3] for r in on] == ["ANALYTICS.SALES.ORDERS"]

    def test_they_go_with_the_role(self, deployer, robot):
        deployer.ask(f"GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA {SALES} TO ROLE CUBE")
        deployer.ask("DROP ROLE CUBE")
        assert deployer.rows(f"SHOW INHERITED GRANTS IN SCHEMA {SALES}") == []

    @pytest.mark.parametrize(
        ("role", "rest", "words"),
        [
            ("SYSADMIN", "SELECT ON ALL TABLES IN SCHEMA {} TO ROLE CUBE", "Insufficient"),
            ("ACCOUNTADMIN", "SELECT ON TABLE ORDERS TO ROLE CUBE", "syntax error"),
            ("ACCOUNTADMIN", "OWNERSHIP ON ALL TABLES IN SCHEMA {} TO ROLE CUBE", "inherited"),
            (
                "ACCOUNTADMIN",
                "SELECT ON ALL TABLES IN SCHEMA {} TO ROLE CUBE WITH GRANT OPTION",
                "syntax error",
            ),
        ],
        ids=["owner only", "one object", "ownership", "grant option"],
    )
    def test_what_cannot_be_inherited(self, state, robot, role, rest, words):
        person = Person(state, "DEPLOYER", role, database="ANALYTICS", schema="SALES")
        assert words in person.refusal(f"GRANT INHERITED {rest.format(SALES)}")

    def test_an_account_that_has_not_opted_in_does_not_know_the_word(self, deployer, robot):
        deployer.ask("ALTER ACCOUNT UNSET FEATURE_RBAC_INHERITED_GRANTS")
        text = f"GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA {SALES} TO ROLE CUBE"
        assert "syntax error" in deployer.refusal(text)


def test_what_another_account_shares_is_granted_as_a_whole(state, deployer, robot):
    state.catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
    state.catalog.get("SCHEMA", ("RAW", "EVENTS")).grants.clear()
    row = next(each for each in deployer.rows("SHOW DATABASES") if each[1] == "RAW")
    assert (row[4], row[9]) == ("ACME.WEATHER", "IMPORTED DATABASE")
    for one in ("USAGE ON DATABASE RAW", "SELECT ON ALL TABLES IN DATABASE RAW"):
        assert "is not allowed" in deployer.refusal(f"GRANT {one} TO ROLE CUBE")
    imported = "GRANT IMPORTED PRIVILEGES ON DATABASE {} TO ROLE CUBE"
    assert "is not an imported" in deployer.refusal(imported.format("ANALYTICS"))
    assert robot.refusal("SELECT * FROM RAW.EVENTS.CLICKS")
    deployer.ask(imported.format("RAW"))
    assert len(robot.rows("SELECT * FROM RAW.EVENTS.CLICKS")) == 2
    assert ("USAGE", "DATABASE", "RAW") in held(deployer)
    assert "Revoking individual" in deployer.refusal("REVOKE USAGE ON DATABASE RAW FROM ROLE CUBE")
    deployer.ask("REVOKE IMPORTED PRIVILEGES ON DATABASE RAW FROM ROLE CUBE")
    assert robot.refusal("SELECT * FROM RAW.EVENTS.CLICKS")


def test_future_grants_of_a_dropped_role_are_gone(deployer, robot):
    deployer.ask(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {SALES} TO ROLE CUBE")
    deployer.ask("DROP ROLE CUBE")
    assert deployer.rows(f"SHOW FUTURE GRANTS IN SCHEMA {SALES}") == []
    deployer.ask("CREATE ROLE CUBE")
    assert deployer.rows("SHOW FUTURE GRANTS TO ROLE CUBE") == []


def test_schemas_of_the_account_are_listed_at_once(deployer):
    found = {(row[4], row[1]) for row in deployer.rows("SHOW SCHEMAS IN ACCOUNT")}
    assert {("ANALYTICS", "SALES"), ("RAW", "EVENTS")} <= found


class TestPrivilegesOfUsers:
    """https://docs.snowflake.com/en/sql-reference/sql/grant-privilege-user"""

    def test_they_count_with_all_secondary_roles_only(self, deployer, robot):
        deployer.ask("GRANT SELECT ON TABLE ORDERS TO USER ROBOT")
        assert "does not exist or not authorized" in robot.refusal("SELECT * FROM orders")
        robot.ask("USE SECONDARY ROLES ALL")
        assert len(robot.rows("SELECT * FROM orders")) == 4
        deployer.ask("REVOKE SELECT ON TABLE ORDERS FROM USER ROBOT")
        assert "does not exist or not authorized" in robot.refusal("SELECT * FROM orders")

    def test_those_of_the_account_count_the_same_way(self, deployer, robot):
        deployer.ask("GRANT MANAGE GRANTS ON ACCOUNT TO USER ROBOT")
        statement = "GRANT USAGE ON WAREHOUSE REPORTING_WH TO ROLE CUBE"
        assert "not authorized" in robot.refusal(statement)
        robot.ask("USE SECONDARY ROLES ALL")
        robot.ask(statement)
        assert ("USAGE", "WAREHOUSE", "REPORTING_WH") in held(deployer)

    def test_they_are_shown_beside_the_roles(self, deployer, robot):
        deployer.ask("GRANT SELECT ON TABLE ORDERS TO USER ROBOT")
        rows = deployer.rows("SHOW GRANTS TO USER ROBOT")
        assert sorted(row[1:8] for row in rows) == [
            ["SELECT", "TABLE", "ANALYTICS.SALES.ORDERS", None, "USER", "ROBOT", "false"],
            ["USAGE", "ROLE", "CUBE", "CUBE", "USER", "ROBOT", "false"],
        ]
        (row,) = [row for row in deployer.rows("SHOW GRANTS ON TABLE ORDERS") if row[4] == "USER"]
        assert row[1:6] == ["SELECT", "TABLE", "ANALYTICS.SALES.ORDERS", "USER", "ROBOT"]

    def test_before_the_bundle_there_are_roles_only(self, state, deployer, robot):
        state.newest = False
        (row,) = deployer.rows("SHOW GRANTS TO USER ROBOT")
        assert row[1:4] == ["CUBE", "USER", "ROBOT"]

    @pytest.mark.parametrize(
        "statement",
        [
            f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {SALES} TO USER ROBOT",
            "GRANT OWNERSHIP ON TABLE ORDERS TO USER ROBOT",
        ],
    )
    def test_what_is_not_documented_is_not_emulated(self, deployer, robot, statement):
        with pytest.raises(NotImplementedError):
            deployer.ask(statement)
