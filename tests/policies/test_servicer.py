"""What stands between the engine and the SDK: marks of secrets, types, configuration."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.rules import unpacked
from policies.rules.catalogue import RULES
from policies.rules.rule import LOW, Judged, Report, Rule
from policies.rules.servicer import serving
from policies.rules.unpacked import deserialize_with_marks
from policies.rules.values import SecretText
from tests.policies.cases.grants import ROLE_OF
from tests.policies.cases.secrets import ELSEWHERE, TOKEN
from tests.policies.cases.types import (
    OAUTH,
    OAUTH_GOOD,
    ROLE_GRANT,
    ROLE_GRANT_GOOD,
    databricks,
)
from tests.policies.harness import Resource, judge, judge_stack, remediate, rules_of, secret, server
from tools import policy_catalogue

sdk: Any = import_module("pulumi_policy.policy")


def rule(name: str, check: Any, **more: Any) -> Rule:
    text = "x"
    return Rule(
        name=name, description=text, why=text, fix=text, url=text, severity=LOW, check=check, **more
    )


def test_a_secret_reads_as_what_it_is_and_prints_as_nothing() -> None:
    text = SecretText("planted")
    assert text == "planted"
    assert text.startswith("plan")
    assert f"{text} {text!r} {text:>20}" == "[secret] [secret] [secret]"
    assert str(text) == "[secret]"


def test_marks_are_kept_at_any_depth() -> None:
    props = deserialize_with_marks(
        {
            "a": secret("planted"),
            "b": [{"c": secret({"d": ["planted", 1.0]})}],
            "plain": "text",
            "asset": {SPECIAL_SIG_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "x"},
        }
    )
    assert isinstance(props["a"], SecretText)
    assert isinstance(props["b"][0]["c"]["d"][0], SecretText)
    assert props["b"][0]["c"]["d"][1] == 1.0
    assert type(props["plain"]) is str
    assert props["asset"].text == "x"


def test_a_secret_that_is_not_known_is_still_not_known() -> None:
    seen: list[Any] = []
    unknown = rule("reads", lambda judged, _report: seen.append(judged.props["password"]))
    request = Resource(type=ELSEWHERE, props={"password": secret(UNKNOWN_STRING_VALUE)}).fields()
    with serving([unknown]):
        response = server({}, [unknown]).Analyze(
            sdk.json_format.ParseDict(request, sdk.proto.AnalyzeRequest()),
            None,
        )
    assert seen == []
    assert "can't be known during preview" in response.diagnostics[0].message


def test_a_resource_is_shown_only_to_the_rules_that_look_at_its_type() -> None:
    seen: list[str] = []

    def look(judged: Judged, _report: Report) -> None:
        seen.append(judged.kind)

    one = rule("one", look, kinds=frozenset({"random.anything"}))
    other = rule("other", look, kinds=frozenset({"random.else"}))
    everything = rule("everything", look)
    served = server({}, [one, other, everything])
    request = sdk.json_format.ParseDict(
        Resource(type=ELSEWHERE).fields(),
        sdk.proto.AnalyzeRequest(),
    )
    served.Analyze(request, None)
    assert seen == ["random.anything"] * 2


def test_a_stack_is_shown_only_to_the_rules_that_look_for_what_is_in_it() -> None:
    seen: list[str] = []

    def looking(name: str, kinds: frozenset[str] | None) -> Rule:
        made = rule(name, None, kinds=kinds)
        return replace(made, stack_check=lambda _stack, _report: seen.append(name))

    rules = [
        looking("there", frozenset({"random.anything"})),
        looking("not-there", frozenset({"random.else"})),
        looking("always", None),
    ]
    request = sdk.proto.AnalyzeStackRequest()
    sdk.json_format.ParseDict(Resource(type=ELSEWHERE).fields(), request.resources.add())
    server({}, rules).AnalyzeStack(request, None)
    assert seen == ["there", "always"]


def test_a_resource_is_unpacked_once_for_all_rules_and_anew_for_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, seen = list[Any](), list[Any]()
    deserialize = unpacked.deserialize_with_marks

    def counted(props: dict[str, Any], proxy_secrets: bool = False) -> dict[str, Any]:
        made.append(props)
        return deserialize(props, proxy_secrets)

    monkeypatch.setattr(unpacked, "deserialize_with_marks", counted)
    rules = [rule(name, lambda judged, _report: seen.append(judged.props)) for name in "abc"]
    rules += [
        replace(
            rule(name, None), stack_check=lambda stack, _: seen.append(stack.resources[0].props)
        )
        for name in "de"
    ]
    with serving(rules):
        served = server({}, rules)
        for text in ("one", "two"):
            given = Resource(type=ELSEWHERE, props={"prefix": text}, provider={"url": text})
            request = sdk.json_format.ParseDict(given.fields(), sdk.proto.AnalyzeRequest())
            served.Analyze(request, None)
        assert made == [{"prefix": "one"}, {"url": "one"}, {"prefix": "two"}, {"url": "two"}]
        assert [each["prefix"] for each in seen] == ["one"] * 3 + ["two"] * 3
        made.clear()
        seen.clear()
        stack = sdk.proto.AnalyzeStackRequest()
        sdk.json_format.ParseDict(given.fields(), stack.resources.add())
        served.AnalyzeStack(stack, None)
    assert made == [{"prefix": "two"}, {"url": "two"}]
    assert [each["prefix"] for each in seen] == ["two"] * 2


@pytest.mark.parametrize(
    "spelling",
    [
        "snowflake:index/grantAccountRole:GrantAccountRole",
        "snowflake:index/grantaccountrole:GrantAccountRole",
        "snowflake:index:GrantAccountRole",
        "snowflake:roles/grantAccountRole:Grantaccountrole",
    ],
)
def test_every_spelling_of_a_type_is_judged(spelling: str) -> None:
    said = judge(Resource(type=spelling, props={"roleName": "ACCOUNTADMIN", "userName": "U"}))
    assert rules_of(said) == {"admin-roles-ungranted"}


def test_a_level_and_a_limit_are_configured_by_environment() -> None:
    broken = Resource(type=OAUTH, props={**OAUTH_GOOD, "oauthEnforcePkce": "false"})
    assert [each.level for each in judge(broken)] == ["advisory"]
    assert [each.level for each in judge(broken, {"oauth-pkce": "mandatory"})] == ["mandatory"]
    assert judge(broken, {"oauth-pkce": "disabled"}) == []


def test_a_name_that_is_no_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="oauth-pkse is no rule here"):
        server({"oauth-pkse": "disabled"})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"credentials-expire": {"day": 90}}, "has no limit day. The nearest is days."),
        ({"grants-settle": {"days": 90}}, "grants-settle has no limit days. It has none."),
        ({"credentials-expire": {"days": "90"}}, "days is '90', and must be of type number"),
        ({"credentials-expire": {"days": True}}, "days is True, and must be of type number"),
        ({"credentials-expire": {"days": 1e12}}, "days is 1e+12, and must be from 1 to 730"),
        ({"network-bounded": {"prefix": 0}}, "prefix is 0, and must be from 8 to 32"),
        ({"network-bounded": {"prefix": -5}}, "prefix is -5, and must be from 8 to 32"),
        ({"oauth-redirects-known": {"hosts": "a.example"}}, "must be of type array"),
        ({"oauth-redirects-known": {"hosts": [1]}}, "an entry 1 that is 1.0, and must be of type"),
        ({"writers-listed": {"writers": [{"role": "R"}]}}, "which has no schema"),
        ({"writers-listed": {"writers": [{"role": 1, "schema": "A.B"}]}}, "a role that is 1.0"),
        (
            {"writers-listed": {"writers": [{"role": "R", "schema": "A.B", "shema": "x"}]}},
            "has shema, which means nothing here. The nearest is schema.",
        ),
        ({"all": {"days": 1}}, "all takes a level only, no days."),
        (
            {"exceptions-listed": {"exceptions": [{"rule": "grants-read-onyl"}]}},
            "grants-read-onyl, which is no rule here. The nearest is grants-read-only.",
        ),
    ],
)
def test_a_mistake_in_a_limit_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        server(config)


def test_a_level_for_all_rules_is_taken_as_the_schema_says() -> None:
    server({"all": "advisory"})
    jsonschema.validate({"all": "advisory"}, policy_catalogue.schema())


def test_a_writer_writes_in_its_schema_and_nowhere_else() -> None:
    config = {"writers-listed": {"writers": [{"role": "DBT", "schema": "A.DBT"}]}}
    grant = {"accountRoleName": "DBT", "privileges": ["CREATE TABLE"]}
    own = Resource(type=ROLE_GRANT, props={**grant, "onSchema": {"schemaName": '"A"."DBT"'}})
    other = Resource(type=ROLE_GRANT, props={**grant, "onSchema": {"schemaName": "A.HR"}})
    assert judge(own, config) == []
    assert rules_of(judge(other, config)) == {"grants-read-only"}
    unlisted = {"writers-listed": {"enforcementLevel": "disabled", **config["writers-listed"]}}
    with pytest.raises(ValueError, match="there are writers, and writers-listed is disabled"):
        server(unlisted)


@pytest.mark.parametrize(
    ("writer", "role", "schema", "writes"),
    [
        (("DBT", "A.DBT"), "DBT", "A.DBT", True),
        (("dbt", "a.dbt"), "DBT", '"A"."DBT"', True),
        (("dbt", "A.DBT"), "dbt", "A.DBT", True),
        (('"dbt"', "A.DBT"), "dbt", "A.DBT", True),
        (("DBT", "A.DBT"), '"dbt"', "A.DBT", False),
        (('"dbt"', "A.DBT"), "DBT", "A.DBT", False),
        (("DBT", "A.B"), "DBT", '"a"."b"', False),
        (("DBT", "A.B"), "DBT", '"A.B"."C"', False),
    ],
)
def test_a_name_with_quotes_is_another_one(
    writer: tuple[str, str], role: str, schema: str, writes: bool
) -> None:
    named = {"role": writer[0], "schema": writer[1]}
    grant = {
        "accountRoleName": role,
        "privileges": ["CREATE TABLE"],
        "onSchema": {"schemaName": schema},
    }
    said = judge(Resource(type=ROLE_GRANT, props=grant), {"writers-listed": {"writers": [named]}})
    assert (rules_of(said) == set()) == writes


def test_an_exception_leaves_one_resource_alone() -> None:
    excepted = Resource(type=ROLE_OF, props={"roleName": "SYSADMIN", "userName": "A"}, name="a")
    other = Resource(type=ROLE_OF, props={"roleName": "SYSADMIN", "userName": "B"}, name="b")
    entry = {
        "rule": "admin-roles-ungranted",
        "resource": excepted.urn,
        "reason": "break-glass account, see runbook 7",
        "owner": "platform@example.com",
        "expires": str(datetime.now(UTC).date() + timedelta(days=30)),
    }
    config = {"exceptions-listed": {"exceptions": [entry]}}
    assert judge(excepted, config) == []
    assert rules_of(judge(other, config)) == {"admin-roles-ungranted"}
    over = {"exceptions-listed": {"exceptions": [{**entry, "expires": "2020-01-31"}]}}
    assert rules_of(judge(excepted, over)) == {"admin-roles-ungranted"}


def test_exceptions_that_no_run_lists_are_refused() -> None:
    unlisted = {"enforcementLevel": "disabled", "exceptions": [{"rule": "oauth-pkce"}]}
    with pytest.raises(ValueError, match="exceptions-listed is disabled"):
        server({"exceptions-listed": unlisted})


def test_what_is_wrong_is_said_although_a_part_is_not_known() -> None:
    privileges = [UNKNOWN_STRING_VALUE, "DELETE"]
    said = judge(Resource(type=ROLE_GRANT, props={**ROLE_GRANT_GOOD, "privileges": privileges}))
    assert [each.level for each in said] == ["mandatory", "advisory"]
    assert rules_of(said) == {"grants-read-only"}


def test_what_an_export_does_not_show_is_not_judged() -> None:
    """Without the stack's passphrase every secret of an export is the same words."""
    for hidden in ("[secret]", secret("[secret]"), secret("")):
        said = judge(Resource(type=OAUTH, props={**OAUTH_GOOD, "oauthRedirectUri": hidden}))
        assert {each.level for each in said} == {"advisory"}, hidden
        assert all("can't be known" in each.message for each in said)
    for runs_as in (secret("[secret]"), "[secret]", {"userName": secret("[secret]")}):
        job = Resource(type=databricks("Job"), props={"runAs": runs_as})
        said = [each for each in judge_stack([job]) if each.rule == "runs-as-own-identity"]
        assert {each.level for each in said} == {"advisory"}, runs_as
    assert judge(Resource(type=ELSEWHERE, props={"password": "[secret]"})) == []


def test_remedies_are_off_until_an_environment_asks() -> None:
    assert [rule.name for rule in RULES if rule.remedy] == [
        "nothing-adopted",
        "oauth-public-clients-pkce",
        "oauth-pkce",
        "oauth-admin-roles-blocked",
        "secrets-marked",
    ]
    assert not [rule for rule in RULES if rule.level.value == "remediate"]


def test_a_remedy_takes_over_nothing() -> None:
    forced = Resource(type=databricks("Group"), props={"displayName": "a", "force": True})
    assert remediate(forced, "nothing-adopted") == {"displayName": "a", "force": False}
    free = Resource(type=databricks("Group"), props={"displayName": "a"})
    assert remediate(free, "nothing-adopted") is None


def test_a_remedy_forces_pkce() -> None:
    broken = Resource(type=OAUTH, props={**OAUTH_GOOD, "oauthEnforcePkce": "false"})
    made = remediate(broken, "oauth-pkce")
    assert made == {**OAUTH_GOOD, "oauthEnforcePkce": "true"}
    assert remediate(Resource(type=OAUTH, props=OAUTH_GOOD), "oauth-pkce") is None


@pytest.mark.parametrize("given", [None, [], ["USERADMIN"], ["CUSTOM", UNKNOWN_STRING_VALUE]])
def test_a_remedy_blocks_the_roles_that_are_missing(given: list[str] | None) -> None:
    props = {**OAUTH_GOOD, "blockedRolesLists": given}
    made = remediate(Resource(type=OAUTH, props=props), "oauth-admin-roles-blocked")
    assert made is not None
    roles = made["blockedRolesLists"]
    assert roles[: len(given or [])] == (given or []), "what was there stays, known or not"
    assert {"SYSADMIN", "USERADMIN"} <= set(roles)
    assert {key: made[key] for key in OAUTH_GOOD if key != "blockedRolesLists"} == {
        key: value for key, value in OAUTH_GOOD.items() if key != "blockedRolesLists"
    }


def test_a_remedy_marks_what_is_secret_and_nothing_else() -> None:
    props = {
        "password": "planted",
        "deep": [{"token": "planted", "id": "x"}],
        "text": TOKEN,
        "other": secret("kept"),
        "unknown": UNKNOWN_STRING_VALUE,
        "number": 1.0,
    }
    made = remediate(Resource(type=ELSEWHERE, props=props), "secrets-marked")
    assert made == {
        **props,
        "password": secret("planted"),
        "deep": [{"token": secret("planted"), "id": "x"}],
        "text": secret(TOKEN),
    }
    assert made is not None
    assert judge(Resource(type=ELSEWHERE, props=made)) == []


def test_what_is_replaced_in_the_sdk_is_put_back() -> None:
    names = ("_PolicyAnalyzerServicer", *unpacked.IN_PLACE_OF_THE_SDKS)
    before = {name: getattr(sdk, name) for name in names}
    with serving(RULES):
        assert all(getattr(sdk, name) is not was for name, was in before.items())
    assert {name: getattr(sdk, name) for name in names} == before


def test_the_mark_of_a_secret_is_the_sdks() -> None:
    assert secret("x") == {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "x"}
