"""A component's args, as a program that is not this project's writes them: such a program reads no
key of `cube-access:`.
"""

from __future__ import annotations

from typing import Any, cast

import yaml
from pydantic.alias_generators import to_camel, to_snake

from cube_access.component.caller import Caller, Kind, fields
from cube_access.component.shapes import shapes
from cube_access.init.answers import Answers, value_of
from cube_access.init.errors import InitError
from cube_access.plugin.construct import COMPONENTS, args_of

PYTHON = """import pulumi
from cube_access import {component}, {component}Args

config = pulumi.Config()
access = {component}(
    "cube",
    {component}Args(
{args}
    ),
)
pulumi.export("nextSteps", access.next_steps)
"""


def lines(answers: Answers, runtime: str) -> str:
    """The component in Python, or in YAML for every other runtime.

    Secrets are what the program's own configuration has, by the same key.

    Raises:
        InitError: an arg is a class of its own.
    """
    kind = cast(Kind, answers.warehouse)
    python = runtime == "python"
    caller = Caller(kind, "python" if python else "wire")
    secrets = answers.secrets_to_set()
    keys = {to_camel(name): caller.name(name) for name in fields(kind).values()}
    nested = {arg for arg, shape in shapes(args_of(kind)).items() if shape.nested}
    if apart := [key for key in answers.values if to_snake(key) in nested]:
        raise InitError(
            f"{', '.join(apart)}: has args of its own in a program. Leave it away here, and write "
            "it there: docs/package.md, Args."
        )
    args = {
        keys[key]: value_of(answers.fields[key], text)
        for key, text in answers.values.items()
        if text and key in keys
    }
    if python:
        said = [f"        {arg}={value!r}," for arg, value in args.items()]
        said += [f"        {keys[key]}=config.require_secret({key!r})," for key in secrets]
        return PYTHON.format(component=COMPONENTS[kind], args="\n".join(said))
    args |= {keys[key]: f"${{{key}}}" for key in secrets}
    component = {"type": f"cube-access:{COMPONENTS[kind]}", "properties": args}
    program: dict[str, Any] = {"resources": {"cube": component}}
    if secrets:
        asked = {key: {"type": "string", "secret": True} for key in secrets}
        program = {"config": asked, **program}
    text: str = yaml.safe_dump(program, sort_keys=False, allow_unicode=True)
    return text
