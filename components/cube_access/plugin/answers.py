"""What the servicer answers with: values with their secrets marked, differences, refusals.

Owns how an answer reads on the engine's wire, and what is cut out of a text. Asks nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import grpc
import pulumi
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import status_pb2

from cube_access.provider.lifecycle import Diff, Failure, HalfDoneError, Lifecycle, Values
from cube_access.provider.values import secret_keys, to_wire, without_secrets


def secret_of(kind: Lifecycle, *given: struct_pb2.Struct) -> Collection[str]:
    """What is secret by its definition, what came in as a secret, and what tells of that."""
    found = kind.definition.secrets.union(*(secret_keys(each) for each in given))
    telling = kind.definition.outputs.items()
    return found.union(name for name, each in telling if each.tells_of in found)


def outputs_of(kind: Lifecycle, values: Values, *given: struct_pb2.Struct) -> struct_pb2.Struct:
    return to_wire(values, secret_of(kind, *given))


def kept_of(kind: Lifecycle, values: Values) -> Values:
    return {key: value for key, value in values.items() if key not in kind.definition.dropped}


def shape_failures(kind: Lifecycle, news: Values) -> list[Failure]:
    """Inputs that there are not, or that are missing."""
    inputs, token = kind.definition.inputs, kind.definition.token
    wrong = [Failure(key, f"{token} has no such input") for key in news if key not in inputs]
    missing = [k for k, each in inputs.items() if not each.optional and news.get(k) is None]
    return wrong + [Failure(key, f"is required by {token}") for key in missing]


def check_failures(failures: Collection[Failure], hidden: Collection[str] = ()) -> list[Any]:
    return [
        messages.CheckFailure(property=f.property, reason=without_secrets(f.reason, hidden))
        for f in failures
    ]


def diff_response(found: Diff, olds: Values, news: Values) -> Any:
    kinds = messages.PropertyDiff
    detailed = {path: kinds(kind=kinds.Kind.Value(word)) for path, word in found.detailed.items()}
    shown = {path.partition("[")[0] for path in found.detailed}
    for key in found.changed:
        if key in shown:
            continue
        word = "ADD" if olds.get(key) is None else "DELETE" if news.get(key) is None else "UPDATE"
        word += "_REPLACE" * (key in found.replaces)
        detailed[key] = kinds(kind=kinds.Kind.Value(word), inputDiff=True)
    some = found.changed or found.replaces
    return messages.DiffResponse(
        changes=messages.DiffResponse.DIFF_SOME if some else messages.DiffResponse.DIFF_NONE,
        replaces=found.replaces,
        diffs=found.changed,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def text_of(error: Exception) -> str:
    if isinstance(error, pulumi.InputPropertiesError):
        listed = [f"{each['property_path']}: {each['reason']}" for each in error.errors or ()]
        return "\n".join([error.message, *listed]).strip()
    return str(error)


def half_done(
    kind: Lifecycle, error: HalfDoneError, hidden: Collection[str], *given: struct_pb2.Struct
) -> Any:
    reason = without_secrets(str(error), hidden)
    detail = messages.ErrorResourceInitFailed(
        id=error.identifier,
        properties=outputs_of(kind, error.outputs, *given),
        reasons=[reason],
        inputs=given[-1],
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=reason, details=[packed])
    answer = grpc.Status()
    answer.code, answer.details = code, reason
    answer.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)
    return answer
