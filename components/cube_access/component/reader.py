"""Args of a component, read as settings.

The settings' models are the one validator. The value of an Output is checked by them as soon as it
is known, and before anything is made of it. Until then a stand-in of the right form holds its
place, which no resource sees.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Collection, Mapping, Sequence
from inspect import isawaitable
from math import isfinite
from typing import Any, cast

import pulumi
from pulumi.output import Unknown
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from cube_access.component.arguments import ArgsError, Asked, Checked, Given, Path, is_secret
from cube_access.component.caller import Caller, fields
from cube_access.component.shapes import Args, Place, Shape, SignInArgs, shapes
from cube_access.settings import WAREHOUSES, Settings, defaults, listed
from cube_access.settings.texts import MAX_LEVELS, shown, what_is_wrong

# By the number of the Output. For what is not here, any word will do.
STAND_INS = {
    "databricks_account_id": "00000000-0000-4000-8000-{:012d}",
    "databricks_workspace_host": "stand-in-{}.cloud.databricks.com",
    "databricks_workspace_id": "1000000000{:04d}",
    "sql_warehouse_id": "{:016x}",
    "snowflake_account": "STANDIN-ACCOUNT{}",
    "redirect_uris": "https://stand-in-{}.example.com/callback",
    "external_host": "stand-in-{}.example.com",
    "external_port": "{}",
}
ANY_WORD = "STAND_IN_{}"
FURTHER = "All args: docs/package.md"


def by_arg(args: Args | SignInArgs) -> dict[str, Any]:
    """The args that are set. Nested ones are maps, with the keys that YAML has for them."""
    found = {}
    for each in dataclasses.fields(args):
        value = getattr(args, each.name)
        if isinstance(value, Args | SignInArgs):
            value = {to_camel(key): inner for key, inner in by_arg(value).items()}
        if value is not None:
            found[each.name] = value
    return found


class Reader:
    """Reads the args of one component.

    Args:
        args: their class.
        name: the component's, in the program.
    """

    def __init__(self, args: type[Args], caller: Caller, name: str) -> None:
        self._caller, self._name = caller, name
        self._component = args.__name__.removesuffix("Args")
        self._model = WAREHOUSES[caller.kind]
        self._shapes = shapes(args)
        self._fields = fields(caller.kind)
        self._given: list[Given] = []
        self._problems: list[str] = []
        # Whether an `up` may have made what the Outputs are of.
        self._late = False

    def read(self, values: Mapping[str, Any], problems: Sequence[str] = ()) -> Asked[Any]:
        """Settings.

        Args:
            values: what is set, by arg, as `by_arg` gives it.
            problems: what the caller has found wrong already.

        Raises:
            ArgsError: with all that is wrong, as far as it is known.
        """
        self._problems = list(problems)
        standing = {
            field: self._look(values[arg], self._shapes[arg], (field,))
            for arg, field in self._fields.items()
            if arg in values
        }
        sign_in = self._sign_in(values["sign_in"]) if "sign_in" in values else {}
        settings = self._validated(standing, hidden={each.path[0] for each in self._given})
        return Asked(
            settings,
            self._caller,
            given=self._given,
            checked=pulumi.Output.from_input(self._check(standing)) if self._given else None,
            sign_in=sign_in,
        )

    def _look(self, value: Any, shape: Shape, path: Path) -> Any:
        """The value with stand-ins for Outputs, each of which is kept with its place."""
        if _is_output(value):
            if shape.place == "value":
                return self._stand_in(pulumi.Output.from_input(value), str(path[0]), path)
            self._refuse(path, shape)
            return None
        if len(path) > MAX_LEVELS:
            levels = f"has more than {MAX_LEVELS} levels of lists and maps in each other"
            self._problems.append(f"{self._caller.name(str(path[0]))}: {levels}")
            return None
        if isinstance(value, Mapping):
            texts = shape.place == "values"
            inner = dataclasses.replace(
                shape, place="value" if texts else "nowhere", kind=str if texts else object
            )
            nested = {to_camel(name): each for name, each in shape.nested.items()}
            return {
                key: self._look(each, nested.get(key, inner), (*path, key))
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            place: Place = "value" if shape.place == "items" else "nowhere"
            kind = str if shape.kind is list else shape.kind
            inner = dataclasses.replace(shape, place=place, kind=kind)
            return [self._look(each, inner, (*path, at)) for at, each in enumerate(value)]
        return _as_text(value) if shape.kind is str else value

    def _stand_in(self, output: pulumi.Output[Any], field: str, path: Path) -> str:
        self._given.append(Given(path, output))
        return STAND_INS.get(field, ANY_WORD).format(len(self._given))

    def _refuse(self, path: Path, shape: Shape) -> None:
        if shape.place in ("items", "values"):
            what = "list" if shape.place == "items" else "map"
            why = f"is an Output of a whole {what}: write the {what}, with Outputs in it"
        else:
            why = "is an Output, and has to be known when the program runs"
        self._problems.append(f"{self._called(path)}: {why}. Write: {self._advice(str(path[0]))}")

    def _called(self, path: Path) -> str:
        """An arg or a part of it, in the caller's words."""
        name = self._caller.name(str(path[0]))
        for part in path[1:]:
            name += f"[{part}]" if isinstance(part, int) else f".{self._caller.say(part)}"
        return name

    def _advice(self, field: str) -> str:
        return self._caller.say(self._model.model_fields[field].description or "")

    def _sign_in(self, values: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
        shape = self._shapes["sign_in"]
        called = self._caller.own
        given = {name: values[to_camel(name)] for name in shape.nested if to_camel(name) in values}
        for name, value in given.items():
            if _is_output(value) and shape.nested[name].place == "nowhere":
                self._problems.append(
                    f"{called('sign_in')}.{called(name)}: is an Output, and has to be known when "
                    "the program runs"
                )
            elif not _is_output(value) and not (isinstance(value, str) and value):
                self._problems.append(f"{called('sign_in')}.{called(name)}: is not a text")
        kind = cast("type[SignInArgs]", shape.kind)
        if not any({*way} <= {*given} <= {*way, *kind.BESIDES} for way in kind.WAYS):
            ways = " or ".join(" and ".join(map(called, way)) for way in kind.WAYS)
            has = ", ".join(map(called, given)) or "none of them"
            self._problems.append(f"{called('sign_in')}: needs {ways}, and has {has}")
        return {
            name: pulumi.Output.secret(value) if shape.nested[name].secret else value
            for name, value in given.items()
        }

    def _validated(
        self,
        values: Mapping[str, Any],
        *,
        hidden: Collection[str | int],
        secrets: Collection[str] = (),
    ) -> Settings:
        """The settings.

        Args:
            values: by setting.
            hidden: settings whose values are not shown.
            secrets: texts that no message may have.

        Raises:
            ArgsError: with what was found before, too.
        """
        kind = self._caller.kind
        by_key = {to_camel(field): value for field, value in values.items()}
        base = f"{self._name}-{pulumi.get_stack()}"
        given = {**defaults(kind, by_key, base), **by_key, "warehouse": kind}
        sealed = [
            to_camel(name) for name in self._model.model_fields if is_secret(self._model, name)
        ]
        try:
            settings = self._model.model_validate(given, context=sealed)
        except ValidationError as error:
            for detail in error.errors():
                self._problems.append(
                    self._problem(dict(detail), values, hidden=hidden, secrets=secrets)
                )
        if self._problems:
            where = f"the args of {self._component} {self._name}"
            text = listed(self._problems, where, FURTHER, nothing_changed=not self._late)
            raise ArgsError(text) from None
        return settings

    def _problem(
        self,
        detail: Mapping[str, Any],
        values: Mapping[str, Any],
        *,
        hidden: Collection[str | int],
        secrets: Collection[str],
    ) -> str:
        key = str(detail["loc"][0])
        field = next(name for name in self._model.model_fields if key in (name, to_camel(name)))
        name = self._caller.name(field)
        shows = field in values and field not in hidden and self._model.model_fields[field].repr
        value = f" = {shown(values[field])}" if shows else ""
        what = self._caller.say(what_is_wrong(detail))
        if any(secret in what or secret in value for secret in secrets):
            value, what = "", "does not fit (a value is secret, and not shown)"
        return f"{name}{value}: {what}. Write: {self._advice(field)}"

    async def _check(self, standing: Mapping[str, Any]) -> Checked[Any]:
        """Looks at every value that is known by now.

        Raises:
            ArgsError: one is wrong.
        """
        self._late = not pulumi.runtime.is_dry_run()
        values = copy.deepcopy(dict(standing))
        hidden, unknown, secrets = set(), set(), set()
        for each in self._given:
            field = str(each.path[0])
            found = await each.output.future()
            secret = await each.output.is_secret() or is_secret(self._model, field)
            if secret and not is_secret(self._model, field):
                hidden.add(field)
            if not await each.output.is_known():
                unknown.add(field)
                continue
            if found in (None, ""):
                self._problems.append(
                    f"{self._called(each.path)}: is an Output that turned out to be empty. "
                    f"Write: {self._advice(field)}"
                )
                continue
            _put(values, each.path, _as_text(found))
            if secret:
                secrets.add(str(found))
        settings = self._validated(values, hidden=hidden | unknown, secrets=secrets)
        return Checked(settings, frozenset(map(to_camel, hidden)))


def _is_output(value: Any) -> bool:
    return isinstance(value, pulumi.Output | Unknown) or isawaitable(value)


def _as_text(value: Any) -> Any:
    """A number as a text: ids are numbers to some, and every number has a fraction on the wire."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return value
    return str(int(value)) if value == int(value) else str(value)


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    place: Any = values
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
