"""The components in the package's schema: made from the types of the args and from the settings'
descriptions, so that nothing is written twice.

https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ says what a schema has.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pydantic.alias_generators import to_camel

from cube_access.component.arguments import is_secret
from cube_access.component.caller import Caller, Kind, fields
from cube_access.component.shapes import Shape, shapes
from cube_access.plugin.construct import args_of
from cube_access.settings import WAREHOUSES

Schema = dict[str, Any]
NAMES = {str: "string", int: "integer", bool: "boolean"}
ANY = {"$ref": "pulumi.json#/Any"}
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
OAUTH_APP, SERVICE_ACCOUNT = "cube-access:index:OauthApp", "cube-access:index:ServiceAccount"
DESCRIPTIONS = {
    "databricks": "Everything that Cube's access to a Databricks workspace takes: the OAuth "
    "integration, the service account, its grants and its secret.",
    "snowflake": "Everything that Cube's access to a Snowflake account takes: the OAuth "
    "integration, the service account, its grants and its secret.",
    "external": "Cube's access to a warehouse that is set up already: nothing is made there, and "
    "the service account's secret is stored.",
}


def resource_schema(kind: Kind) -> Schema:
    """The entry of a component among the schema's resources."""
    return {
        "isComponent": True,
        "description": DESCRIPTIONS[kind],
        **input_schema(kind),
        **output_schema(kind),
    }


def input_schema(kind: Kind) -> Schema:
    """inputProperties and requiredInputs."""
    known = shapes(args_of(kind))
    return {
        "inputProperties": {
            to_camel(arg): _input(kind, arg, shape) for arg, shape in known.items()
        },
        "requiredInputs": sorted(to_camel(arg) for arg, shape in known.items() if shape.required),
    }


def output_schema(kind: Kind) -> Schema:
    """properties and required; the same for each kind."""
    properties: Schema = {
        "cubeEnv": {
            "type": "object",
            "additionalProperties": TEXT,
            "secret": True,
            "description": "Cube's environment variables.",
        },
        "cubePy": {**TEXT, "description": "The text of cube.py."},
        "oauthApp": {
            "$ref": f"#/types/{OAUTH_APP}",
            "description": "The fields of Cube Cloud's OAuth-app form.",
        },
        "serviceAccount": {
            "$ref": f"#/types/{SERVICE_ACCOUNT}",
            "description": "The service account, and what it may do.",
        },
        "secretArn": {
            **TEXT,
            "description": "The service account's secret in AWS Secrets Manager; empty where "
            "nothing is stored.",
        },
        "nextSteps": {**TEXTS, "description": "What is left for people to do."},
        "declaration": {
            "type": "object",
            "additionalProperties": ANY,
            "description": "What was asked for, with the defaults filled in; secrets by name only.",
        },
    }
    return {"properties": properties, "required": sorted(properties)}


def type_schemas(kind: Kind) -> dict[str, Schema]:
    """The types that a component's properties refer to, by token."""
    app: Schema = {
        name: TEXT for name in ("name", "authUrl", "tokenUrl", "clientId", "redirectUri")
    }
    app["clientSecret"] = {**TEXT, "secret": True, "description": "Empty for a public client."}
    app["scopes"] = TEXTS
    account: Schema = {
        "name": TEXT,
        "id": TEXT,
        "privileges": {**TEXTS, "description": "One, and its securable, a line."},
        "credentialExpires": {**TEXT, "description": "RFC 3339, or a sentence."},
    }
    found = {
        OAUTH_APP: {"type": "object", "properties": app, "required": sorted(app)},
        SERVICE_ACCOUNT: {"type": "object", "properties": account, "required": sorted(account)},
    }
    for shape in shapes(args_of(kind)).values():
        if shape.nested:
            found[_token(shape)] = _nested(kind, shape)
    return found


def _input(kind: Kind, arg: str, shape: Shape) -> Schema:
    field = fields(kind).get(arg)
    model = WAREHOUSES[kind]
    schema = _type(shape)
    if field:
        schema["description"] = Caller(kind, "wire").say(
            model.model_fields[field].description or ""
        )
    else:
        schema["description"] = (
            "Who makes it all, instead of whom the environment's variables and profiles name."
        )
    if field and is_secret(model, field):
        schema["secret"] = True
    return schema


def _type(shape: Shape) -> Schema:
    if shape.nested:
        # What is plain is so all the way down, and a secret in it could not be an Output.
        plain = all(inner.place == "nowhere" for inner in shape.nested.values())
        return {"$ref": f"#/types/{_token(shape)}", **({"plain": True} if plain else {})}
    element = {"type": NAMES[shape.element]} if shape.element in NAMES else ANY
    if shape.kind is list:
        schema: Schema = {"type": "array", "items": element}
    elif shape.kind is dict:
        schema = {"type": "object", "additionalProperties": element}
    else:
        schema = dict(element)
    return {**schema, "plain": True} if shape.place == "nowhere" else schema


def _nested(kind: Kind, shape: Shape) -> Schema:
    described = {each.name: each.metadata for each in dataclasses.fields(shape.kind)}
    properties = {}
    for arg, inner in shape.nested.items():
        properties[to_camel(arg)] = _type(inner)
        if text := described[arg].get("description"):
            properties[to_camel(arg)]["description"] = text
        if inner.secret:
            properties[to_camel(arg)]["secret"] = True
    return {
        "type": "object",
        "description": " ".join((shape.kind.__doc__ or "").split()),
        "properties": properties,
        "required": sorted(to_camel(arg) for arg, inner in shape.nested.items() if inner.required),
    }


def _token(shape: Shape) -> str:
    return f"cube-access:index:{shape.kind.__name__.removesuffix('Args')}"
