"""Outputs in the args: what may be one, what is known of it when, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from pydantic.alias_generators import to_camel

import cube_access
from cube_access.component.arguments import ArgsError
from cube_access.component.reader import ANY_WORD, STAND_INS
from cube_access.component.shapes import shapes
from cube_access.plugin.construct import COMPONENTS, component, construct
from tests.components import samples
from tests.components.harness import Engine, built, run, running
from tests.components.test_same_resources import comparable

STANDS_IN = [text.split("{")[0] for text in (*STAND_INS.values(), ANY_WORD) if text[0] != "{"]
STANDS_IN.append("000000000000000")
LABELS = ("use-", "people-")  # in the names of what is made for an entry of a list


def with_outputs(kind: Any, given: dict[str, Any], make: Any) -> dict[str, Any]:
    """The same values, each as an Output where one may stand."""
    found = dict(given)
    known = shapes(getattr(cube_access, f"{COMPONENTS[kind]}Args"))
    for arg, value in given.items():
        place = known[arg].place
        if place == "value":
            found[arg] = make(value)
        elif place == "items":
            found[arg] = [make(each) for each in value]
        elif place == "values":
            found[arg] = {key: make(each) for key, each in value.items()}
    return found


def unlabelled(engine: Engine) -> dict[str, Any]:
    """Without the names of what is made for one entry, which an Output cannot give."""
    every = comparable(engine)
    return {
        key: inputs
        for key, inputs in every.items()
        if not any(f"cube-{label}" in key for label in LABELS)
    }


@pytest.mark.parametrize("shape", samples.SHAPES)
def test_known_outputs_ask_for_the_same_as_plain_values(shape: str) -> None:
    config = samples.SHAPES[shape]
    kind: Any = config["warehouse"]
    given = samples.values(config)
    plain = built(lambda: component(kind)("cube", samples.args(kind, given)))

    def outputs() -> Any:
        return samples.args(kind, with_outputs(kind, given, pulumi.Output.from_input))

    of_outputs = built(lambda: component(kind)("cube", outputs()))
    assert unlabelled(of_outputs) == unlabelled(plain)
    assert len(of_outputs.urns) == len(plain.urns)
    assert sorted(map(str, of_outputs.looked_up)) == sorted(map(str, plain.looked_up))


@pytest.mark.parametrize("shape", samples.SHAPES)
def test_what_is_not_known_in_a_preview_stays_unknown(shape: str) -> None:
    config = samples.SHAPES[shape]
    kind: Any = config["warehouse"]
    given = samples.values(config)

    def make() -> Any:
        unknown = with_outputs(kind, given, lambda _: pulumi.Output.from_input(pulumi.UNKNOWN))
        return component(kind)("cube", samples.args(kind, unknown))

    engine = built(make, preview=True)
    plain = built(lambda: component(kind)("cube", samples.args(kind, given)), preview=True)
    assert not [text for text in STANDS_IN if text in engine.sent], "a stand-in was sent"
    assert len(engine.urns) == len(plain.urns), "nothing is left out"
    asked_for = str(engine.looked_up)
    assert not [text for text in (*STANDS_IN, "None") if text in asked_for]


def test_what_is_known_is_looked_up_and_the_rest_is_not() -> None:
    given = samples.values(samples.DATABRICKS)
    given["user_groups"] = ["analysts", "later"]

    def make() -> Any:
        later = pulumi.Output.from_input(pulumi.UNKNOWN)
        args = {**given, "sql_warehouse_id": later, "user_groups": ["analysts", later]}
        return cube_access.DatabricksAccess("cube", samples.args("databricks", args))

    engine = built(make, preview=True)
    assert {token.rpartition(":")[2] for token, _ in engine.looked_up} == {
        "getCatalog",
        "getSchema",
        "getTable",
        "getGroup",
    }
    assert [args for token, args in engine.looked_up if token.endswith("getGroup")] == [
        {"displayName": "analysts", "recursive": False}
    ]


def refused(kind: Any, **changes: Any) -> str:
    """The error of a Python program, under a mock engine."""
    config = {"databricks": samples.DATABRICKS, "snowflake": samples.SNOWFLAKE}.get(
        kind, samples.EXTERNAL
    )
    given = {**samples.values(config), **changes}
    with pytest.raises(ArgsError) as raised:
        component(kind)("cube", samples.args(kind, given))
    return str(raised.value)


async def _later() -> str:
    return "x"


@pytest.mark.parametrize("kind", COMPONENTS)
def test_an_output_elsewhere_is_refused_by_the_name_of_its_arg(kind: Any) -> None:
    known = shapes(getattr(cube_access, f"{COMPONENTS[kind]}Args"))
    with running():
        output = pulumi.Output.from_input("x")
        for arg, shape in known.items():
            if shape.place == "nowhere" and not shape.nested:
                text = refused(kind, **{arg: output})
                assert f"- {arg}: is an Output, and has to be known when the program runs" in text
            elif shape.place == "items":
                text = refused(kind, **{arg: output})
                assert f"- {arg}: is an Output of a whole list: write the list" in text


def test_an_output_in_a_plain_list_is_refused_by_its_place() -> None:
    with running():
        text = refused("databricks", schemas=["main.sales", pulumi.Output.from_input("main.x")])
    assert "- schemas[1]: is an Output, and has to be known when the program runs" in text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"workspace_host": "https://dbc-1.cloud.databricks.com"},
            "workspace_host = https://dbc-1.cloud.databricks.com: does not have the right form",
        ),
        ({"user_groups": ["analysts", "users"]}, 'user_groups = ["analysts", "users"]: \'users\''),
        ({"sql_warehouse_id": ""}, "sql_warehouse_id: is an Output that turned out to be empty"),
        ({"redirect_uris": ["http://x.example.com/cb"]}, "is not https"),
    ],
)
def test_the_value_of_an_output_is_checked_when_it_is_known(
    changes: dict[str, Any], text: str
) -> None:
    """And nothing is asked of the workspace then."""
    engine: Engine
    given = {**samples.values(samples.DATABRICKS), **changes}

    def make() -> Any:
        args = with_outputs("databricks", given, pulumi.Output.from_input)
        return cube_access.DatabricksAccess("cube", samples.args("databricks", args)).secret_arn

    with running() as engine, pytest.raises(Exception, match="problem") as raised:
        run(make)
    assert text in str(raised.value)
    made = {each.type for each in engine.registrations}
    assert not [kind for kind in made if kind.startswith("databricks:")]
    assert "cube-access:aws:Secret" not in made


def test_a_secret_value_is_in_no_error() -> None:
    planted = "-".join(("planted", "group"))
    given = samples.values(samples.SNOWFLAKE)

    def make() -> Any:
        role = pulumi.Output.secret(f"{planted} with a space")
        args = samples.args("snowflake", {**given, "user_roles": [role]})
        return cube_access.SnowflakeAccess("cube", args).secret_arn

    with running(), pytest.raises(Exception, match="problem") as raised:
        run(make)
    assert planted not in str(raised.value)
    assert "- user_roles: does not fit (a value is secret, and not shown)" in str(raised.value)


def test_a_number_is_taken_for_an_id() -> None:
    given = samples.values(samples.DATABRICKS)
    given["workspace_id"] = 1234567890123456.0
    wire = {to_camel(key): value for key, value in given.items()}
    engine = built(lambda: construct("databricks", "cube", wire)[0])
    known = engine.inputs["cube-access:databricks:WorkspaceIdentity::cube-workspace-id"]
    assert known["workspaceId"] == "1234567890123456"


def test_what_the_engine_does_not_know_yet_is_an_output_of_another_language() -> None:
    given = {to_camel(key): value for key, value in samples.values(samples.DATABRICKS).items()}
    wire = {**given, "sqlWarehouseId": pulumi.UNKNOWN, "userGroups": ["analysts", pulumi.UNKNOWN]}
    engine = built(lambda: construct("databricks", "cube", wire)[0], preview=True)
    names = {each.name for each in engine.registrations}
    assert {"cube-use-analysts", "cube-use-output-1"} <= names
    assert "cube-warehouse" not in names, "one that is not known is there"
    assert not [text for text in STANDS_IN if text in engine.sent]


def test_an_awaitable_is_an_input_too() -> None:
    given = samples.values(samples.DATABRICKS)

    def make() -> Any:
        args = {**given, "secret_name": _later()}
        return cube_access.DatabricksAccess("cube", samples.args("databricks", args))

    assert built(make).inputs["cube-access:aws:Secret::cube-secret"]["name"] == "x"
    assert asyncio.run(_later()) == "x"
