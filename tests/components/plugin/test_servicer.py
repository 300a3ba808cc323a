"""What the engine gets from the plugin: errors, secrets, unknown values, cancellation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import status_pb2

from cube_access import __version__
from cube_access.plugin.servicer import Servicer
from cube_access.provider.lifecycle import ProviderError
from cube_access.provider.values import UNKNOWN, from_wire, secret_keys, to_wire
from tests.components.plugin.conftest import ASK, PLANTED, TOKEN, Thing, component

URN = f"urn:pulumi:dev::p::{TOKEN}::thing"
Fails = Callable[[Callable[[], Any]], Any]


def inputs(mode: str = "good", **more: Any) -> Any:
    return to_wire({"mode": mode, "password": PLANTED, **more}, {"password"})


def state(mode: str = "good", **more: Any) -> Any:
    made = {"mode": mode, "password": PLANTED, "token": "made", "number": "1", **more}
    return to_wire(made, {"password", "token"})


def create(plugin: Any, mode: str, *, preview: bool = False) -> Any:
    request = messages.CreateRequest(urn=URN, properties=inputs(mode), preview=preview)
    return plugin.Create(request, timeout=20)


def test_it_says_its_version_and_its_schema(plugin: Any) -> None:
    assert plugin.GetPluginInfo(empty_pb2.Empty()).version == (__version__)
    schema = json.loads(plugin.GetSchema(messages.GetSchemaRequest()).schema)
    assert schema["version"] == __version__
    assert "cube-access:aws:Secret" in schema["resources"]


class TestSecrets:
    def test_each_answer_marks_them(self, plugin: Any) -> None:
        checked = plugin.Check(messages.CheckRequest(urn=URN, news=inputs()))
        assert secret_keys(checked.inputs) == {"password"}
        assert secret_keys(create(plugin, "good").properties) == {"password", "token"}
        assert secret_keys(create(plugin, "good", preview=True).properties) >= {"password"}
        read = plugin.Read(messages.ReadRequest(urn=URN, id="t-1", properties=state()))
        assert secret_keys(read.properties) == {"password", "token"}
        update = messages.UpdateRequest(urn=URN, id="t-1", olds=state(), news=inputs())
        assert secret_keys(plugin.Update(update).properties) >= {"password"}

    def test_one_that_came_in_as_a_secret_stays_one(self, plugin: Any) -> None:
        news = to_wire({"mode": "good", "place": "hidden"}, {"place"})
        checked = plugin.Check(messages.CheckRequest(urn=URN, news=news))
        assert secret_keys(checked.inputs) == {"place"}
        made = plugin.Create(messages.CreateRequest(urn=URN, properties=news))
        assert "place" in secret_keys(made.properties)

    def test_one_that_came_in_plain_becomes_one(self, plugin: Any) -> None:
        news = to_wire({"mode": "good", "password": PLANTED})
        checked = plugin.Check(messages.CheckRequest(urn=URN, news=news))
        assert secret_keys(checked.inputs) == {"password"}

    @pytest.mark.parametrize("marked", [True, False])
    @pytest.mark.parametrize("mode", ["explained", "half", "bug"])
    def test_no_error_says_one(
        self, plugin: Any, fails: Fails, capfd: pytest.CaptureFixture[str], mode: str, marked: bool
    ) -> None:
        properties = to_wire({"mode": mode, "password": PLANTED}, {"password"} if marked else set())
        request = messages.CreateRequest(urn=URN, properties=properties)
        error = fails(lambda: plugin.Create(request))
        printed = capfd.readouterr()
        assert "[secret]" in error.details()
        assert PLANTED not in error.details() + printed.out + printed.err


class TestErrors:
    def test_an_error_of_ours_is_one_clear_text(
        self, plugin: Any, fails: Fails, capfd: pytest.CaptureFixture[str]
    ) -> None:
        error = fails(lambda: create(plugin, "explained"))
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert error.details() == "cannot be, because of [secret]"
        assert capfd.readouterr().err == ""

    def test_an_unexpected_one_keeps_its_trace_for_a_developer(
        self, plugin: Any, fails: Fails, capfd: pytest.CaptureFixture[str]
    ) -> None:
        error = fails(lambda: create(plugin, "bug"))
        assert error.code() is grpc.StatusCode.INTERNAL
        assert error.details().startswith(f"unexpected KeyError at create of {TOKEN}: ")
        assert "Traceback" not in error.details()
        assert "conftest.py" in capfd.readouterr().err

    def test_what_a_half_done_operation_did_is_kept(self, plugin: Any, fails: Fails) -> None:
        error = fails(lambda: create(plugin, "half"))
        (packed,) = [v for k, v in error.trailing_metadata() if k == "grpc-status-details-bin"]
        (detail,) = status_pb2.Status.FromString(packed).details
        kept = messages.ErrorResourceInitFailed()
        assert detail.Unpack(kept)
        assert (kept.id, list(kept.reasons)) == ("t-1", ["stopped at [secret]"])
        assert from_wire(kept.properties)["token"] == "half"
        assert secret_keys(kept.properties) == {"password", "token"}

    def test_a_resource_that_there_is_not(self, plugin: Any, fails: Fails) -> None:
        other = "cube-access:index:Other"
        urn = f"urn:pulumi:dev::p::{other}::x"
        error = fails(lambda: plugin.Create(messages.CreateRequest(urn=urn)))
        assert (
            error.details() == f"cube-access {__version__} has no resource cube-access:index:Other"
        )

    def test_inputs_that_there_are_not_or_that_are_missing(self, plugin: Any) -> None:
        news = to_wire({"moed": "good"})
        failures = plugin.Check(messages.CheckRequest(urn=URN, news=news)).failures
        assert [(f.property, f.reason) for f in failures] == [
            ("moed", f"{TOKEN} has no such input"),
            ("mode", f"is required by {TOKEN}"),
        ]

    def test_an_import_is_refused_with_the_reason(self, plugin: Any, fails: Fails) -> None:
        error = fails(lambda: plugin.Read(messages.ReadRequest(urn=URN, id="t-1")))
        assert "cannot be imported" in error.details()

    def test_a_component_that_fails_says_why(self, plugin: Any, fails: Fails) -> None:
        request = messages.ConstructRequest(type="cube-access:index:X", name="x", project="p")
        error = fails(lambda: plugin.Construct(request))
        assert "Traceback" not in error.details()


class TestDiff:
    def diff(self, plugin: Any, news: Any, **options: Any) -> Any:
        request = messages.DiffRequest(urn=URN, id="t-1", olds=state(), news=news, **options)
        return plugin.Diff(request)

    def test_nothing(self, plugin: Any) -> None:
        found = self.diff(plugin, inputs())
        assert found.changes == messages.DiffResponse.DIFF_NONE

    def test_an_update_and_a_replacement(self, plugin: Any) -> None:
        found = self.diff(plugin, inputs("other", place="here"))
        assert found.changes == messages.DiffResponse.DIFF_SOME
        assert list(found.replaces) == ["place"]
        kinds = {key: each.kind for key, each in found.detailedDiff.items()}
        assert kinds == {
            "mode": messages.PropertyDiff.UPDATE,
            "place": messages.PropertyDiff.ADD_REPLACE,
        }

    def test_what_is_unknown_is_never_no_change(self, plugin: Any) -> None:
        found = self.diff(plugin, inputs(UNKNOWN))  # type: ignore[arg-type]
        assert list(found.diffs) == ["mode"]

    def test_what_is_ignored_is_left_out(self, plugin: Any) -> None:
        found = self.diff(plugin, inputs("other"), ignoreChanges=["mode"])
        assert found.changes == messages.DiffResponse.DIFF_NONE


class TestPreview:
    def test_nothing_is_made_and_outputs_are_unknown(self, plugin: Any) -> None:
        planned = create(plugin, "bug", preview=True)
        assert planned.id == ""
        read = from_wire(planned.properties)
        assert read["token"] is UNKNOWN
        assert read["number"] is UNKNOWN

    def test_an_update_keeps_what_cannot_change(self, plugin: Any) -> None:
        request = messages.UpdateRequest(
            urn=URN, id="t-1", olds=state(), news=inputs("other"), preview=True
        )
        read = from_wire(plugin.Update(request).properties)
        assert (read["number"], read["mode"]) == ("1", "other")
        assert read["token"] is UNKNOWN


class TestOffline:
    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUBE_ACCESS_OFFLINE", "1")

    def test_a_refresh_asks_nobody(self, plugin: Any) -> None:
        request = messages.ReadRequest(urn=URN, id="t-1", properties=state("gone"))
        assert from_wire(plugin.Read(request).properties)["number"] == "1"

    def test_nothing_can_be_changed(self, plugin: Any, fails: Fails) -> None:
        properties, changes = state(), messages.UpdateRequest(urn=URN, olds=state(), news=inputs())
        for call in (
            lambda: create(plugin, "good"),
            lambda: plugin.Update(changes),
            lambda: plugin.Delete(messages.DeleteRequest(urn=URN, properties=properties)),
        ):
            assert "CUBE_ACCESS_OFFLINE" in fails(call).details()


class TestFunctions:
    def asked(self, plugin: Any, **arguments: Any) -> Any:
        given = to_wire({"password": PLANTED, **arguments}, {"password"})
        return plugin.Invoke(messages.InvokeRequest(tok=ASK, args=given))

    def test_one_answers(self, plugin: Any) -> None:
        found = self.asked(plugin, mode="good", names=[["a", 'b"']])
        assert from_wire(getattr(found, "return")) == {"user": "", "names": [["a", 'b"']]}

    @pytest.mark.parametrize("mode", ["explained", "bug"])
    def test_an_error_is_one_text_without_the_secret(
        self, plugin: Any, fails: Fails, mode: str
    ) -> None:
        error = fails(lambda: self.asked(plugin, mode=mode))
        assert PLANTED not in error.details()
        assert "[secret]" in error.details()
        explained = error.code() == grpc.StatusCode.FAILED_PRECONDITION
        assert explained == (mode == "explained")

    def test_one_that_there_is_not_is_named(self, plugin: Any, fails: Fails) -> None:
        request = messages.InvokeRequest(tok="cube-access:index:none")
        assert "has no function" in fails(lambda: plugin.Invoke(request)).details()


def test_parts_of_a_property_are_compared_with_the_state(plugin: Any) -> None:
    found = plugin.Diff(messages.DiffRequest(urn=URN, id="t-1", olds=state(), news=inputs("parts")))
    kinds = messages.PropertyDiff
    assert dict(found.detailedDiff) == {
        'mode["a.\\"b"]': kinds(kind=kinds.ADD),
        "mode[1]": kinds(kind=kinds.DELETE),
    }
    assert list(found.diffs) == ["mode"]


def test_a_call_that_waits_stops_no_other(plugin: Any) -> None:
    Thing.entered.clear()
    Thing.release.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(create, plugin, "wait")
        assert Thing.entered.wait(20)
        assert create(plugin, "good").id == "t-1"
        Thing.release.set()
        assert waiting.result(20).id == "t-1"


def test_what_is_gone_is_reported_as_gone(plugin: Any) -> None:
    request = messages.ReadRequest(urn=URN, id="t-1", properties=state("gone"))
    assert plugin.Read(request).id == ""


def test_what_is_cancelled_stops_between_calls() -> None:
    """A call that waits is told so; the next one does not begin."""

    async def cancel() -> tuple[bool, str]:
        servicer = Servicer({TOKEN: Thing}, component, "127.0.0.1:1")
        await servicer.Cancel(empty_pb2.Empty(), None)
        kind = Thing(cancelled=servicer._cancelled)
        try:
            await servicer._call(kind.create, {"mode": "good"})
        except ProviderError as error:
            return kind.cancelled.is_set(), str(error)
        return False, ""

    told, said = asyncio.run(cancel())
    assert told
    assert said == "cancelled before it began: nothing was changed"
