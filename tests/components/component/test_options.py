"""Each resource option on a component is honoured or refused with words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_databricks as databricks
import pulumi_snowflake as snowflake
import pytest

import cube_access
from cube_access.component.arguments import ArgsError
from cube_access.component.options import HONOURED, REFUSED
from tests.components import samples
from tests.components.harness import Engine, built, running

GIVEN = samples.values(samples.DATABRICKS)
ANYTHING: dict[str, Any] = {
    "additional_secret_outputs": ["x"],
    "delete_before_replace": False,
    "env_var_mappings": {"A": "B"},
    "hide_diffs": ["x"],
    "id": "x",
    "ignore_changes": ["x"],
    "import_": "x",
    "plugin_download_url": "https://example.com",
    "replace_on_changes": ["x"],
    "replace_with": [],
    "replacement_trigger": "x",
    "state_migrations": [],
    "urn": "urn:pulumi:dev::p::t::n",
    "version": "1.0.0",
}


def of(engine: Engine, *, custom: bool = True) -> list[Any]:
    """What was made by the component; not what the test made."""
    return [
        each
        for each in engine.registrations
        if each.custom == custom and "DatabricksAccess" in each.parent
    ]


def access(opts: pulumi.ResourceOptions, **changes: Any) -> cube_access.DatabricksAccess:
    args = samples.args("databricks", {**GIVEN, **changes})
    return cube_access.DatabricksAccess("cube", args, opts)


def refused(opts: pulumi.ResourceOptions, **changes: Any) -> str:
    with pytest.raises(ArgsError) as raised:
        access(opts, **changes)
    return str(raised.value)


def test_there_is_an_answer_for_every_option() -> None:
    every = set(inspect.signature(pulumi.ResourceOptions).parameters)
    assert {*HONOURED, *REFUSED} == every
    assert not {*HONOURED} & {*REFUSED}
    assert set(REFUSED) == {*ANYTHING, "deleted_with"}


@pytest.mark.parametrize("name", sorted(ANYTHING))
def test_what_would_do_nothing_is_refused_before_anything_is_registered(name: str) -> None:
    with running() as engine:
        text = refused(pulumi.ResourceOptions(**{name: ANYTHING[name]}))
        assert f"- the option {name} is not for a component: {REFUSED[name]}" in text
    assert engine.registrations == []


class Thing(pulumi.ComponentResource):
    """A component of the consumer's own."""

    def __init__(self, name: str = "thing") -> None:
        super().__init__("test:index:Thing", name)
        self.inner = databricks.Group(f"{name}-inner", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def test_deleted_with_is_refused() -> None:
    def make() -> Any:
        assert "the option deleted_with is not" in refused(
            pulumi.ResourceOptions(deleted_with=Thing())
        )
        return access(pulumi.ResourceOptions())

    built(make)


def test_a_parent_is_a_parent() -> None:
    engine = built(lambda: access(pulumi.ResourceOptions(parent=Thing())))
    assert "test:index:Thing$cube-access:index:DatabricksAccess::cube" in engine.urns


@pytest.mark.parametrize("make", [lambda: Thing(), lambda: [Thing(), Thing("other")]])
def test_everything_waits_for_what_it_depends_on(make: Callable[[], Any]) -> None:
    engine = built(lambda: access(pulumi.ResourceOptions(depends_on=make())))
    assert of(engine)
    for each in of(engine):
        assert any("test:index:Thing$" in urn for urn in each.dependencies), each.name


class Late(Engine):
    """In a preview, what is to be made has no id."""

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        made, state = super().new_resource(args)
        return ("" if args.typ.endswith(":Group") else made), state


def test_nothing_is_looked_up_before_what_it_depends_on_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.components import harness

    monkeypatch.setattr(harness, "Engine", Late)
    engine = built(lambda: access(pulumi.ResourceOptions(depends_on=Thing())), preview=True)
    assert engine.looked_up == []
    monkeypatch.undo()
    engine = built(lambda: access(pulumi.ResourceOptions(depends_on=Thing())), preview=True)
    assert engine.looked_up != []


def test_protection_is_inherited_by_everything() -> None:
    engine = built(lambda: access(pulumi.ResourceOptions(protect=True)))
    assert all(each.protect for each in of(engine))


@pytest.mark.parametrize("option", [True, False])
def test_protection_and_the_arg_must_agree(option: bool) -> None:
    with running():
        text = refused(pulumi.ResourceOptions(protect=option), protect=not option)
    assert f"the option protect is {option}, and the arg protect is {not option}" in text


def test_retention_and_timeouts_are_of_everything_that_is_made() -> None:
    timeouts = pulumi.CustomTimeouts(create="7m")
    opts = pulumi.ResourceOptions(retain_on_delete=True, custom_timeouts=timeouts)
    engine = built(lambda: access(opts))
    for each in of(engine):
        if not each.type.startswith("pulumi:providers:"):
            assert each.retainOnDelete, each.name
            assert each.customTimeouts.create == "7m"


def test_aliases_are_the_components() -> None:
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="before")])
    engine = built(lambda: access(opts))
    (component,) = (each for each in engine.registrations if each.name == "cube")
    assert "before" in str(component.aliases) or "before" in str(component.aliasURNs)


def test_transformations_see_the_component_and_what_it_makes() -> None:
    seen: list[str] = []

    def look(args: pulumi.ResourceTransformationArgs) -> None:
        seen.append(args.type_)

    engine = built(lambda: access(pulumi.ResourceOptions(transformations=[look])))
    assert len(seen) == len(engine.registrations)


def test_hooks_are_the_components() -> None:
    def make() -> Any:
        hook = pulumi.ResourceHook("told", lambda _: None)
        return access(
            pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook]))
        )

    engine = built(make)
    hooked = [each.name for each in engine.registrations if "told" in each.hooks.before_create]
    assert hooked == ["cube"]


def test_transforms_reach_the_engine() -> None:
    def change(args: pulumi.ResourceTransformArgs) -> None:
        return None

    with running():
        opts = pulumi.ResourceOptions(transforms=[change])
        assert access(opts) is not None


@pytest.mark.parametrize("field", ["provider", "providers"])
@pytest.mark.parametrize("package", [databricks, snowflake])
def test_a_provider_of_a_warehouse_is_refused(field: str, package: Any) -> None:
    def make() -> Any:
        provider: Any = package.Provider("mine")
        given: Any = {field: provider if field == "provider" else [provider]}
        opts = pulumi.ResourceOptions(**given)
        assert "say who signs in by sign_in" in refused(opts)
        return access(pulumi.ResourceOptions())

    built(make)


def test_a_provider_of_ours_is_taken_where_nobody_signs_in_by_args() -> None:
    sign_in = cube_access.DatabricksSignInArgs(profile="other")

    def make() -> Any:
        ours = pulumi.ProviderResource("cube-access", "ours", {})
        opts = pulumi.ResourceOptions(providers=[ours])
        assert "use one" in refused(opts, sign_in=sign_in)
        return access(opts)

    built(make)
