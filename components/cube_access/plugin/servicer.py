"""The engine's calls, answered by the lifecycles of our resources and by our components.

Owns what the engine sees: clean errors, secrets marked in every answer, unknown values kept
unknown. What a call does stands in the lifecycles. Components are built by the SDK's own servicer,
which this one is a subclass of: it has no calls for resources, and shows an error as a traceback.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.provider import Provider
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as messages

from cube_access import __version__
from cube_access.offline import offline
from cube_access.plugin.answers import (
    check_failures,
    diff_response,
    half_done,
    kept_of,
    outputs_of,
    secret_of,
    shape_failures,
    text_of,
)
from cube_access.provider import configuration
from cube_access.provider.lifecycle import (
    Diff,
    HalfDoneError,
    Lifecycle,
    ProviderError,
    SignIn,
    Values,
)
from cube_access.provider.sdk import (
    ProviderServicer,
    build_component,
    construct_options,
    inherit_nothing,
)
from cube_access.provider.values import (
    UNKNOWN,
    from_wire,
    secret_keys,
    secret_texts,
    to_wire,
    without_secrets,
)
from cube_access.provider.voice import Voice

SCHEMA = Path(__file__).with_name("schema.json")
# The calls that a warehouse or AWS answers at the same time, at most.
THREADS = 16
# Errors of the clouds' own clients, which say all there is to know.
EXPLAINED = ("botocore.", "databricks.")

# Of the components, in the schema.
SECRET_OUTPUTS = frozenset({"cubeEnv"})
EMPTY_IF_UNSET = (
    "aliases",
    "depends_on",
    "ignore_changes",
    "providers",
    "replace_on_changes",
    "replace_with",
    "retain_on_delete",
)

Context = Any  # grpc.aio.ServicerContext, whose generics the SDK's stubs do not name
Kinds = Mapping[str, type[Lifecycle]]
Functions = Mapping[str, Callable[[Values, SignIn, Event], Values]]
Construct = Callable[[str, str, Mapping[str, Any], pulumi.ResourceOptions], Any]


class Servicer(ProviderServicer):
    """Serves one engine process.

    Args:
        kinds: the resources' tokens and lifecycles.
        functions: what a program can ask, by tokens; each gets its arguments, how to sign in and
            what is set by a cancel.
        construct: builds a component of ours from its type, its name, its inputs and its options.
    """

    def __init__(
        self,
        kinds: Kinds,
        construct: Construct,
        engine_address: str,
        functions: Functions | None = None,
    ) -> None:
        super().__init__(_Components(construct), [], engine_address)
        self._kinds, self._functions, self._engine = kinds, functions or {}, engine_address
        self._sign_in = configuration.sign_in({})
        self._hidden: set[str] = set()
        self._cancelled = Event()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="call")

    # Of the plugin

    async def GetPluginInfo(self, request: Any, context: Context) -> Any:
        return plugin_pb2.PluginInfo(version=__version__)

    async def GetSchema(self, request: Any, context: Context) -> Any:
        return messages.GetSchemaResponse(schema=SCHEMA.read_text(encoding="utf-8"))

    async def CheckConfig(self, request: Any, context: Context) -> Any:
        news = from_wire(request.news)
        failures = configuration.check(news)
        secret = configuration.SECRETS | secret_keys(request.news)
        return messages.CheckResponse(
            inputs=to_wire(news, secret), failures=check_failures(failures)
        )

    async def DiffConfig(self, request: Any, context: Context) -> Any:
        changed = configuration.changed(from_wire(request.olds), from_wire(request.news))
        # Never a replacement: that would make every resource of the provider anew.
        return diff_response(Diff(changed=changed), {}, {})

    async def Configure(self, request: Any, context: Context) -> Any:
        given = from_wire(request.args)
        self._sign_in = configuration.sign_in(given)
        self._hidden = secret_texts(to_wire(given, configuration.SECRETS))
        return messages.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True
        )

    async def Cancel(self, request: Any, context: Context) -> Any:
        self._cancelled.set()
        return empty_pb2.Empty()

    # Of functions

    async def Invoke(self, request: Any, context: Context) -> Any:
        if request.tok not in self._functions:
            text = f"cube-access {__version__} has no function {request.tok}"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        hidden = self._hidden | secret_texts(request.args)
        function, arguments = self._functions[request.tok], from_wire(request.args)
        try:
            found = await self._call(function, arguments, self._sign_in, self._cancelled)
            return messages.InvokeResponse(**{"return": to_wire(found)})
        except ProviderError as error:
            text = without_secrets(str(error), hidden)
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
        except Exception as error:
            await _unexpected("Invoke", request.tok, error, hidden, context)

    # Of components

    async def Construct(self, request: Any, context: Context) -> Any:
        try:
            return await build_component(self, request, context)
        except (pulumi.RunError, pulumi.InputPropertiesError, ProviderError) as error:
            text = text_of(error)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        except Exception as error:
            await _unexpected(
                "Construct", request.type, error, secret_texts(request.inputs), context
            )

    @staticmethod
    def _construct_options(request: Any) -> pulumi.ResourceOptions:
        """What the program said, and None for what it did not: a component refuses options that
        would do nothing. The SDK's own reading drops time-outs and the last two.
        """
        options = construct_options(request)
        for name in EMPTY_IF_UNSET:
            if not getattr(options, name):
                setattr(options, name, None)
        if not request.HasField("protect"):
            options.protect = None
            if options.parent is not None:
                inherit_nothing(options.parent)
        if not any(request.resource_hooks.ListFields()):
            options.hooks = None
        if request.HasField("customTimeouts"):
            given = request.customTimeouts
            options.custom_timeouts = pulumi.CustomTimeouts(
                **{key: getattr(given, key) or None for key in ("create", "update", "delete")}
            )
        # SDKs add what the schema says to what the program does.
        more = [each for each in request.additionalSecretOutputs if each not in SECRET_OUTPUTS]
        options.additional_secret_outputs = more or None
        if request.HasField("deleteBeforeReplace"):
            options.delete_before_replace = request.deleteBeforeReplace
        return options

    # Of resources

    async def Check(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            olds, news = from_wire(request.olds), from_wire(request.news)
            failures = shape_failures(kind, news) or await self._call(kind.check, olds, news)
            inputs = to_wire(news, secret_of(kind, request.news))
            hidden = self._hidden_in(kind, request.olds, request.news)
            listed = check_failures(failures, hidden)
            return messages.CheckResponse(inputs=inputs, failures=listed)

        return await self._serve("check", answer, request, context, request.olds, request.news)

    async def Diff(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            olds, news = from_wire(request.olds), from_wire(request.news)
            found = await self._call(kind.diff, request.id, olds, news)
            ignored = set(request.ignoreChanges)
            # The paths into a secret map are its keys.
            secret = secret_of(kind, request.olds, request.news)
            detailed = {
                path: word
                for path, word in found.detailed.items()
                if path.partition("[")[0] not in secret
            }
            found = Diff(
                changed=[key for key in found.changed if key not in ignored],
                replaces=[key for key in found.replaces if key not in ignored],
                detailed=detailed if not ignored else {},
            )
            return diff_response(found, olds, news)

        return await self._serve("diff", answer, request, context, request.olds, request.news)

    async def Create(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            inputs = from_wire(request.properties)
            if request.preview:
                planned = {
                    **kept_of(kind, inputs),
                    **dict.fromkeys(kind.definition.outputs, UNKNOWN),
                }
                return messages.CreateResponse(
                    properties=outputs_of(kind, planned, request.properties)
                )
            _refuse_offline()
            identifier, made = await self._call(kind.create, inputs)
            properties = outputs_of(kind, kept_of(kind, made), request.properties)
            return messages.CreateResponse(id=identifier, properties=properties)

        return await self._serve("create", answer, request, context, request.properties)

    async def Read(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            outputs = from_wire(request.properties)
            if not outputs:
                raise ProviderError(
                    f"{kind.definition.token} cannot be imported: what it is stands in the stack's "
                    "state only."
                )
            kind.inputs = from_wire(request.inputs)
            read = outputs if offline() else await self._call(kind.read, request.id, outputs)
            if read is None:
                return messages.ReadResponse()
            properties = outputs_of(kind, kept_of(kind, read), request.properties)
            return messages.ReadResponse(
                id=request.id, properties=properties, inputs=request.inputs
            )

        return await self._serve(
            "read", answer, request, context, request.properties, request.inputs
        )

    async def Update(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            olds, news = from_wire(request.olds), from_wire(request.news)
            if request.preview:
                known = {key: olds.get(key) for key in kind.definition.kept}
                later = dict.fromkeys(kind.definition.outputs, UNKNOWN)
                planned = {**kept_of(kind, news), **later, **known}
            else:
                _refuse_offline()
                planned = kept_of(kind, await self._call(kind.update, request.id, olds, news))
            properties = outputs_of(kind, planned, request.olds, request.news)
            return messages.UpdateResponse(properties=properties)

        return await self._serve("update", answer, request, context, request.olds, request.news)

    async def Delete(self, request: Any, context: Context) -> Any:
        async def answer(kind: Lifecycle) -> Any:
            _refuse_offline()
            await self._call(kind.delete, request.id, from_wire(request.properties))
            return empty_pb2.Empty()

        return await self._serve("delete", answer, request, context, request.properties)

    async def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """A lifecycle's method, off the server's loop: it may wait for a cloud."""
        if self._cancelled.is_set():
            raise ProviderError("cancelled before it began: nothing was changed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, method, *arguments)

    def _hidden_in(
        self, kind: Lifecycle | type[Lifecycle], *given: struct_pb2.Struct
    ) -> Collection[str]:
        """What no message may say: secret by its mark, or by what the property is."""
        marked = [to_wire(from_wire(each), kind.definition.secrets) for each in given]
        return self._hidden | secret_texts(*given, *marked)

    async def _serve(
        self,
        call: str,
        answer: Callable[[Lifecycle], Awaitable[Any]],
        request: Any,
        context: Context,
        *given: struct_pb2.Struct,
    ) -> Any:
        """Answers, or ends the call with one clear text."""
        token = request.type or request.urn.split("::")[2].split("$")[-1]
        if token not in self._kinds:
            text = f"cube-access {__version__} has no resource {token}"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        hidden = self._hidden_in(self._kinds[token], *given)
        voice = Voice(self._engine, request.urn, hidden)
        kind = self._kinds[token](self._sign_in, self._cancelled, voice)
        try:
            return await answer(kind)
        except HalfDoneError as error:
            await context.abort_with_status(half_done(kind, error, hidden, *given))
        except Exception as error:
            explained = isinstance(error, ProviderError)
            if explained or type(error).__module__.startswith(EXPLAINED):
                text = without_secrets(text_of(error), hidden)
                await context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
            await _unexpected(call, token, error, hidden, context)


class _Components(Provider):
    """What the SDK's servicer asks for a component."""

    def __init__(self, construct: Construct) -> None:
        super().__init__(__version__)
        self._build = construct

    def construct(
        self, name: str, resource_type: str, inputs: Mapping[str, Any], options: Any = None
    ) -> Any:
        return self._build(resource_type, name, inputs, options)


def _refuse_offline() -> None:
    if offline():
        raise ProviderError(
            "CUBE_ACCESS_OFFLINE is set: no cloud is asked, and nothing was changed. Unset it."
        )


async def _unexpected(
    call: str, token: str, error: Exception, hidden: Collection[str], context: Context
) -> None:
    """An error of ours that no user can mend: its trace goes to standard error, which the engine
    shows beside the resource's own message.
    """
    trace = "".join(traceback.format_exception(error))
    print(without_secrets(trace, hidden), file=sys.stderr, flush=True)
    said = without_secrets(str(error), hidden)
    text = f"unexpected {type(error).__name__} at {call} of {token}: {said}"
    await context.abort(grpc.StatusCode.INTERNAL, text)
