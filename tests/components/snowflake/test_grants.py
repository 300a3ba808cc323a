"""What reading takes, as resources and as statements."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_snowflake as snowflake
import pytest

from cube_access.snowflake.grants import Reading, grant_read, reading


class Recorder(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.made: dict[str, pulumi.runtime.MockResourceArgs] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made[args.name] = args
        return args.name, dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


def made(
    wanted: Reading, database_role: str | None = None
) -> dict[str, pulumi.runtime.MockResourceArgs]:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder)

    @pulumi.runtime.test  # type: ignore[untyped-decorator] # the SDK's has no types
    def run() -> None:
        grant_read(
            "x",
            role="R",
            database_role=database_role,
            wanted=wanted,
            object_types=pulumi.Output.from_input({'D."s""1".T': "VIEW"}),
            opts=pulumi.ResourceOptions(provider=snowflake.Provider("p")),
        )

    run()
    return {name: args for name, args in recorder.made.items() if name != "p"}


def statements(wanted: Reading, database_role: str | None = None) -> dict[str, tuple[str, str]]:
    """The grants by statement, by their names; what the plugin grants itself is left out."""
    return {
        name: (args.inputs["execute"], args.inputs["revert"])
        for name, args in made(wanted, database_role).items()
        if args.typ == "snowflake:index/execute:Execute"
    }


@pytest.mark.parametrize("database_role", [None, '"D"."R"'])
def test_ordinary_grants_are_left_to_the_plugin_and_settle(database_role: str | None) -> None:
    """Nothing is applied again and again, nothing can be passed on, and reading is all."""
    got = made(reading([("D",), ("E", "S")], ["TABLES"]), database_role)
    assert len(got) == 9
    for args in got.values():
        assert args.typ.startswith("snowflake:index/grantPrivilegesTo")
        assert not {"alwaysApply", "allPrivileges", "withGrantOption"} & set(args.inputs)
        assert args.inputs["privileges"] in (["USAGE"], ["SELECT"])


@pytest.mark.parametrize("database_role", [None, '"D"."R"'])
def test_inherited_grants_are_one_statement_for_a_kind(database_role: str | None) -> None:
    who = f"DATABASE ROLE {database_role}" if database_role else 'ROLE "R"'
    got = statements(reading([("D",), ("D", "S")], ["TABLES"], inherited=True), database_role)
    usage, select = "INHERITED USAGE ON ALL SCHEMAS", "INHERITED SELECT ON ALL TABLES"
    assert got == {
        "x-usage-inherited-D": (
            f'GRANT {usage} IN DATABASE "D" TO {who}',
            f'REVOKE {usage} IN DATABASE "D" FROM {who}',
        ),
        "x-select-inherited-tables-D": (
            f'GRANT {select} IN DATABASE "D" TO {who}',
            f'REVOKE {select} IN DATABASE "D" FROM {who}',
        ),
        "x-select-inherited-tables-D.S": (
            f'GRANT {select} IN SCHEMA "D"."S" TO {who}',
            f'REVOKE {select} IN SCHEMA "D"."S" FROM {who}',
        ),
    }


def test_only_what_the_plugin_cannot_name_is_a_statement() -> None:
    got = statements(reading([('d"',), ("D", 's"1'), ("D", 's"1', "T")], ["VIEWS"]))
    assert {name: execute for name, (execute, _) in got.items()} == {
        'x-usage-"d"""': 'GRANT USAGE ON DATABASE "d""" TO ROLE "R"',
        'x-usage-D."s""1"': 'GRANT USAGE ON SCHEMA "D"."s""1" TO ROLE "R"',
        'x-usage-all-"d"""': 'GRANT USAGE ON ALL SCHEMAS IN DATABASE "d""" TO ROLE "R"',
        'x-usage-future-"d"""': 'GRANT USAGE ON FUTURE SCHEMAS IN DATABASE "d""" TO ROLE "R"',
        'x-select-all-views-"d"""': 'GRANT SELECT ON ALL VIEWS IN DATABASE "d""" TO ROLE "R"',
        'x-select-future-views-"d"""': 'GRANT SELECT ON FUTURE VIEWS IN DATABASE "d""" TO ROLE "R"',
        'x-select-all-views-D."s""1"': (
            'GRANT SELECT ON ALL VIEWS IN SCHEMA "D"."s""1" TO ROLE "R"'
        ),
        'x-select-future-views-D."s""1"': (
            'GRANT SELECT ON FUTURE VIEWS IN SCHEMA "D"."s""1" TO ROLE "R"'
        ),
        'x-select-D."s""1".T': 'GRANT SELECT ON VIEW "D"."s""1"."T" TO ROLE "R"',
    }


def test_a_statement_reads_and_does_no_more() -> None:
    scopes = [('d"',), ('e"', "S"), ('f"', "S", "T")]
    for inherited in (False, True):
        wanted = reading(scopes[:2], ["TABLES", "DYNAMIC TABLES"], inherited=inherited)
        for execute, _ in statements(wanted).values():
            assert execute.startswith(
                ("GRANT USAGE ON ", "GRANT SELECT ON ", "GRANT INHERITED USAGE ON ",
                 "GRANT INHERITED SELECT ON ")
            )  # fmt: skip
            assert execute.endswith(' TO ROLE "R"')
