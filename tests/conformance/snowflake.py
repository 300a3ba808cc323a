"""What we assume of Snowflake's users, roles and grants, each beside what of ours stands on it."""

import json

from tests.conformance.probe import CannotLookError, Probes
from tests.conformance.snowflake_account import ACCEPTED, SnowflakeAccount

probe = Probes[SnowflakeAccount]()

TABLE = "(X INT)"


@probe(
    "A user without DEFAULT_SECONDARY_ROLES has ALL of them",
    why="the service account is made with (), which would be needless otherwise",
    expected=["ALL"],
)
def secondary_roles_are_on_by_default(at: SnowflakeAccount) -> object:
    user = at.make("USER", "U", "TYPE = SERVICE")
    return json.loads(at.described(f"USER {user}")["DEFAULT_SECONDARY_ROLES"])


@probe(
    "DEFAULT_SECONDARY_ROLES = () switches them off, and DESCRIBE says so",
    why="verify reads it there",
    expected=[],
)
def secondary_roles_can_be_off(at: SnowflakeAccount) -> object:
    user = at.make("USER", "U", "TYPE = SERVICE DEFAULT_SECONDARY_ROLES = ()")
    return json.loads(at.described(f"USER {user}")["DEFAULT_SECONDARY_ROLES"])


@probe(
    "DEFAULT_SECONDARY_ROLES takes no single role",
    why="verify and the pack know only ALL and none",
    expected=False,
)
def secondary_roles_are_not_named(at: SnowflakeAccount) -> object:
    rest = "TYPE = SERVICE DEFAULT_SECONDARY_ROLES = ('PUBLIC')"
    return at.refused("USER", "U", rest) == ACCEPTED


@probe(
    "A user of TYPE = SERVICE can have no password",
    why="the service account has one way in",
    expected=False,
)
def a_service_user_has_no_password(at: SnowflakeAccount) -> object:
    user = at.make("USER", "U", "TYPE = SERVICE")
    word = "-".join(("Conformance", "password", "2025"))
    return at.outcome(f"ALTER USER {user} SET PASSWORD = '{word}'") == ACCEPTED


@probe(
    "A password of seven characters is refused",
    why="docs advise no password anywhere; the sandbox judges them alike",
    expected=False,
)
def a_short_password_is_refused(at: SnowflakeAccount) -> object:
    return at.refused("USER", "U", "PASSWORD = 'Abc-123'") == ACCEPTED


@probe(
    "A public key that is none is refused when it is set",
    why="a key pair that cannot sign in would be found out by Cube only",
    expected=False,
)
def a_wrong_public_key_is_refused(at: SnowflakeAccount) -> object:
    user = at.make("USER", "U", "TYPE = SERVICE")
    return at.outcome(f"ALTER USER {user} SET RSA_PUBLIC_KEY = 'MIIBIjANBg'") == ACCEPTED


@probe(
    "A schema's future grants hide its database's, for one kind of object",
    why="the preview stops where ours would take others' away",
    expected={"on the schema": True, "on the database": False},
)
def future_grants_shadow_each_other(at: SnowflakeAccount) -> object:
    schema = at.schema()
    mine, theirs = at.make("ROLE", "MINE"), at.make("ROLE", "THEIRS")
    database = schema.partition(".")[0]
    at.run(f"GRANT SELECT ON FUTURE TABLES IN DATABASE {database} TO ROLE {theirs}")
    at.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {schema} TO ROLE {mine}")
    at.run(f"CREATE TABLE {schema}.T {TABLE}")
    return {
        "on the schema": at.holds(mine, "SELECT", f"{schema}.T"),
        "on the database": at.holds(theirs, "SELECT", f"{schema}.T"),
    }


@probe(
    "A grant on a table goes when the table is replaced",
    why="every preview warns of single tables",
    expected=(True, False),
)
def a_tables_grant_goes_with_a_rebuild(at: SnowflakeAccount) -> object:
    schema = at.schema()
    role = at.reader(schema)
    at.run(f"CREATE TABLE {schema}.T {TABLE}")
    at.run(f"GRANT SELECT ON TABLE {schema}.T TO ROLE {role}")
    before = at.reads(role, f"{schema}.T")
    at.run(f"CREATE OR REPLACE TABLE {schema}.T {TABLE}")
    return before, at.holds(role, "SELECT", f"{schema}.T")


@probe(
    "A future grant reaches a table that is replaced",
    why="docs promise it of `schemas`, as dbt rebuilds",
    expected=True,
)
def a_future_grant_survives_a_rebuild(at: SnowflakeAccount) -> object:
    schema = at.schema()
    role = at.reader(schema)
    at.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {schema} TO ROLE {role}")
    at.run(f"CREATE TABLE {schema}.T {TABLE}")
    at.run(f"CREATE OR REPLACE TABLE {schema}.T {TABLE}")
    return at.reads(role, f"{schema}.T")


@probe(
    "GRANT … ON ALL reaches what is there, and nothing that comes",
    why="ours are granted as ALL AND FUTURE",
    expected=(True, False),
)
def a_grant_on_all_is_of_the_moment(at: SnowflakeAccount) -> object:
    schema = at.schema()
    role = at.reader(schema)
    at.run(f"CREATE TABLE {schema}.NOW {TABLE}")
    at.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO ROLE {role}")
    at.run(f"CREATE TABLE {schema}.LATER {TABLE}")
    return tuple(at.holds(role, "SELECT", f"{schema}.{name}") for name in ("NOW", "LATER"))


@probe(
    "Taking a future grant back leaves what it has granted",
    why="what is no longer declared is revoked on ALL, too",
    expected=True,
)
def a_future_grant_leaves_what_it_granted(at: SnowflakeAccount) -> object:
    schema = at.schema()
    role = at.reader(schema)
    at.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {schema} TO ROLE {role}")
    at.run(f"CREATE TABLE {schema}.T {TABLE}")
    at.run(f"REVOKE SELECT ON FUTURE TABLES IN SCHEMA {schema} FROM ROLE {role}")
    return at.holds(role, "SELECT", f"{schema}.T")


@probe(
    "Granting what is held, and revoking what is not, is no error",
    why="an `up` after one that was cut off runs its statements again",
    expected=(ACCEPTED, ACCEPTED),
)
def grants_can_be_repeated(at: SnowflakeAccount) -> object:
    schema = at.schema()
    role = at.reader(schema)
    again = at.outcome(f"GRANT USAGE ON SCHEMA {schema} TO ROLE {role}")
    return again, at.outcome(f"REVOKE MONITOR ON SCHEMA {schema} FROM ROLE {role}")


@probe(
    "SHOW GRANTS writes a role's name bare, and an object's with quotes where it needs them",
    why="names are compared with it exactly",
    expected=True,
)
def grants_are_shown_with_exact_names(at: SnowflakeAccount) -> object:
    database = at.make("DATABASE", "DB")
    role = f'"{at.prefix}a.b@c"'
    at.afterwards(f"ROLE {role}", lambda: at.run(f"DROP ROLE IF EXISTS {role}"))
    at.run(f"CREATE ROLE {role}")
    at.run(f'CREATE SCHEMA {database}."web data"')
    at.run(f'GRANT USAGE ON SCHEMA {database}."web data" TO ROLE {role}')
    found = at.run(f"SHOW GRANTS TO ROLE {role}")
    return [(r["name"], r["grantee_name"]) for r in found] == [
        (f'{database}."web data"', role.strip('"'))
    ]


@probe(
    "A database role is granted to roles only, never to a user",
    why="`grantTo: database-role` goes through the account role",
    expected=False,
)
def a_database_role_is_not_for_users(at: SnowflakeAccount) -> object:
    database = at.make("DATABASE", "DB")
    user = at.make("USER", "U", "TYPE = SERVICE")
    at.run(f"CREATE DATABASE ROLE {database}.R")
    return at.outcome(f"GRANT DATABASE ROLE {database}.R TO USER {user}") == ACCEPTED


@probe(
    "A user's own privilege is a row of SHOW GRANTS TO USER, beside those of its roles",
    why="verify finds there what was given to the service account past its role",
    expected=["ROLE", "TABLE"],
)
def a_users_own_privileges_are_shown(at: SnowflakeAccount) -> object:
    schema = at.schema()
    user, role = at.make("USER", "U", "TYPE = SERVICE"), at.make("ROLE", "R")
    at.run(f"GRANT ROLE {role} TO USER {user}")
    at.run(f"CREATE TABLE {schema}.T {TABLE}")
    at.run(f"GRANT SELECT ON TABLE {schema}.T TO USER {user}")
    found = at.run(f"SHOW GRANTS TO USER {user}")
    return sorted(str(row.get("granted_on")) for row in found)


@probe(
    "What PUBLIC holds comes to every role",
    why="verify lists it as the service account's",
    expected=True,
)
def what_public_holds_comes_to_every_role(at: SnowflakeAccount) -> object:
    database = at.make("DATABASE", "DB")
    role = at.make("ROLE", "R")
    at.run(f"GRANT ROLE {role} TO USER {at.me}")
    at.run(f"GRANT USAGE ON DATABASE {database} TO ROLE PUBLIC")
    at.run(f"USE ROLE {role}")
    try:
        return at.outcome(f"USE DATABASE {database}") == ACCEPTED
    finally:
        at.run(f'USE ROLE "{at.role}"')


@probe(
    "An inherited grant reaches a table that is renamed into the schema; a future grant does not",
    why="docs say so of `inheritedGrants`",
    expected={"inherited": True, "future": False},
)
def inherited_grants_reach_what_is_renamed(at: SnowflakeAccount) -> object:
    feature = "FEATURE_RBAC_INHERITED_GRANTS"
    if at.parameter(feature) != "ENABLED":
        raise CannotLookError(f"the account has not opted in ({feature})")
    schema = at.schema()
    inherits, future = at.make("ROLE", "INHERITS"), at.make("ROLE", "FUTURE")
    database = schema.partition(".")[0]
    at.run(f"GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA {schema} TO ROLE {inherits}")
    at.run(f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {schema} TO ROLE {future}")
    at.run(f"CREATE SCHEMA {database}.OTHER")
    at.run(f"CREATE TABLE {database}.OTHER.T {TABLE}")
    at.run(f"ALTER TABLE {database}.OTHER.T RENAME TO {schema}.T")
    return {
        "inherited": at.holds(inherits, "SELECT", f"{schema}.T"),
        "future": at.holds(future, "SELECT", f"{schema}.T"),
    }


@probe(
    "A schema with managed access takes the passing on from its tables' owners",
    why="verify says who can widen what the service account reads",
    expected=False,
)
def managed_access_takes_it_from_owners(at: SnowflakeAccount) -> object:
    database = at.make("DATABASE", "DB")
    owner, other = at.make("ROLE", "OWNER"), at.make("ROLE", "OTHER")
    at.run(f"CREATE SCHEMA {database}.M WITH MANAGED ACCESS")
    at.run(f"GRANT ROLE {owner} TO USER {at.me}")
    at.run(f"GRANT USAGE ON DATABASE {database} TO ROLE {owner}")
    at.run(f"GRANT USAGE, CREATE TABLE ON SCHEMA {database}.M TO ROLE {owner}")
    at.run(f"USE ROLE {owner}")
    try:
        at.run(f"CREATE TABLE {database}.M.T {TABLE}")
        return at.outcome(f"GRANT SELECT ON TABLE {database}.M.T TO ROLE {other}") == ACCEPTED
    finally:
        at.run(f'USE ROLE "{at.role}"')


@probe(
    "USAGE of a warehouse does not let one resume it",
    why="the service account gets USAGE and nothing else",
    expected=False,
)
def usage_of_a_warehouse_does_not_operate_it(at: SnowflakeAccount) -> object:
    warehouse = at.make("WAREHOUSE", "W", "INITIALLY_SUSPENDED = TRUE")
    role = at.make("ROLE", "R")
    at.run(f"GRANT ROLE {role} TO USER {at.me}")
    at.run(f"GRANT USAGE ON WAREHOUSE {warehouse} TO ROLE {role}")
    at.run(f"USE ROLE {role}")
    try:
        return at.outcome(f"ALTER WAREHOUSE {warehouse} RESUME") == ACCEPTED
    finally:
        at.run(f'USE ROLE "{at.role}"')


@probe(
    "A function that the account does not have is refused by number 002140 or 002141",
    why="the sandbox refuses so what it does not know",
    expected=True,
)
def an_unknown_function_has_its_number(at: SnowflakeAccount) -> object:
    return at.outcome(f"SELECT {at.prefix}NOPE(1)") in ("002140", "002141")


@probe(
    "A database that another account shares is granted as a whole only",
    why="the preview refuses imported databases",
    expected=False,
    real_only="the sandbox has no database SNOWFLAKE, which every account imports",
)
def a_shared_database_is_granted_as_a_whole(at: SnowflakeAccount) -> object:
    role = at.make("ROLE", "R")
    return at.outcome(f"GRANT USAGE ON DATABASE SNOWFLAKE TO ROLE {role}") == ACCEPTED


@probe(
    "SHOW GRANTS gives up to 10,000 rows, and a limit is not said in the answer",
    why="a refresh says what may have been cut off there",
    expected=10_000,
    real_only="the sandbox cuts nothing off; 10,001 grants would take it minutes",
)
def grants_are_cut_off_at_ten_thousand(at: SnowflakeAccount) -> object:
    rows = at.run(f'SHOW GRANTS TO ROLE "{at.role}"')
    if len(rows) < 10_000:
        raise CannotLookError(f"the role {at.role} holds {len(rows)} privileges")
    return len(rows)
