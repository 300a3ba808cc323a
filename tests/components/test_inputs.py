"""Values that a configuration could have by mistake or in bad faith: refused by name, with a cure,
and in one line each.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cube_access.component.arguments import ArgsError
from cube_access.component.caller import Caller
from cube_access.component.reader import Reader
from cube_access.databricks.args import DatabricksAccessArgs
from cube_access.facts.tags import OWN_TAGS
from cube_access.settings import PROJECT, SettingsError, load
from cube_access.settings.texts import MAX_LEVELS, MAX_SHOWN, shown
from tests.components import test_settings, test_snowflake_settings

REDIRECT = "https://example.cubecloud.dev/oauth/callback"
# As the engine hands over what YAML reads as a time: 2026-11-01 00:00:00 +0000 UTC.
DATE = "2026-11-01"
READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def problem(key: str, value: object, kind: Any = test_settings) -> str:
    """What is said of the one key that is wrong, in its one line."""
    text = value if isinstance(value, str) else json.dumps(value)
    lines = kind.error(**{key: text}).splitlines()
    assert lines[0].startswith("1 problem "), lines
    assert len(lines) == 3, "the problem is one line, whatever is in the value"
    assert lines[1].startswith(f"  - {PROJECT}:{key} = "), lines
    return str(lines[1])


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://example.com:99999/cb", "the port '99999': write one of 1 to 65535"),
        ("https://example.com:0/cb", "the port '0'"),
        ("https://example.com:abc/cb", "the port 'abc'"),
        ("https://example.com:/cb", "a colon without a port"),
        ("https://example.com:٤٤٣/cb", "which no URL has as it is"),
        ("https://localhost/cb", "loopback or private"),
        ("https://cube.localhost/cb", "loopback or private"),
        ("https://127.0.0.1/cb", "loopback or private"),
        ("https://127.1/cb", "browsers read as another address"),
        ("https://2130706433/cb", "browsers read as another address"),
        ("https://127.0.0.0x1/cb", "browsers read as another address"),
        ("https://0x7f000001/cb", "browsers read as another address"),
        ("https://010.0.0.1/cb", "browsers read as another address"),
        ("https://10.1.2.3/cb", "loopback or private"),
        ("https://172.16.0.1/cb", "loopback or private"),
        ("https://192.168.1.2:8443/cb", "loopback or private"),
        ("https://169.254.169.254/cb", "loopback or private"),
        ("https://[::1]/cb", "IPv6"),
    ],
)
def test_a_redirect_goes_to_a_place_that_is_the_same_for_everybody(uri: str, words: str) -> None:
    assert words in problem("redirectUris", [uri])


@pytest.mark.parametrize(
    "again",
    [REDIRECT, REDIRECT.replace("example", "EXAMPLE"), REDIRECT.replace("dev/", "dev:443/")],
)
def test_a_redirect_is_there_once(again: str) -> None:
    assert f"{again!r} is there twice" in problem("redirectUris", [REDIRECT, again])


def test_ports_and_public_addresses_are_fine() -> None:
    uris = (REDIRECT, "https://example.com:65535/cb", "https://example.com:8443/cb")
    assert test_settings.settings(redirectUris=json.dumps(uris)).redirect_uris == uris


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"Version": "2012-10-17"}, "no Statement"),
        ({"Version": "2012-10-17", "Statement": []}, "no Statement"),
        ({"statement": [{**READ, "Principal": "*"}]}, "'statement' in the policy: write Statement"),
        ({"Statement": [{**READ, "Effect": "allow", "Principal": "*"}]}, "the Effect 'allow'"),
        ({"Statement": [{**READ, "Effect": ["Allow"], "Principal": "*"}]}, "the Effect ['Allow']"),
        (
            {"Statement": [{**READ, "principal": "*"}]},
            "'principal' in a statement: write Principal",
        ),
        ({"Statement": [{**READ, "Principal": {"aws": "*"}}]}, "'aws' in a Principal: write AWS"),
        ({"Statement": [{**READ, "Principal": {"Service": ["*"]}}]}, "everybody"),
        ({"Statement": [{**READ, "Principal": {"AWS": "arn:aws:iam::*:root"}}]}, "everybody"),
        ({"Statement": [{**READ, "Principal": ["*"]}]}, "the Principal ['*']"),
        ({"Statement": [READ]}, "without a Principal"),
        ({"Statement": [{**READ, "Principal": {}}]}, "without a Principal"),
        ({"Statement": [{**READ, "Principal": {"AWS": 123456789012}}]}, "put it in quotes"),
        ({"Statement": [{**READ, "NotPrincipal": {"AWS": "123456789012"}}]}, "everybody"),
        ({"Statment": []}, "'Statment' in the policy: there is Version, Id, Statement"),
    ],
)
def test_a_policy_is_read_as_aws_reads_it_or_refused(policy: object, words: str) -> None:
    assert words in problem("secretPolicy", policy)


@pytest.mark.parametrize(
    "statement",
    [
        {**READ, "Principal": {"AWS": ["arn:aws:iam::123456789012:role/cube", "123456789012"]}},
        {**READ, "Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"a:b": "false"}}},
        {**READ, "Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}},
    ],
)
def test_a_policy_for_named_readers_is_taken(statement: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert test_settings.settings(secretPolicy=json.dumps(policy)).secret_policy == policy


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({f"tag{number}": "x" for number in range(60)}, "has 60 tags: AWS has 50 a secret, 2 of"),
        ({f"tag{number}": "x" for number in range(49)}, "has 49 tags"),
        ({"aws:owner": "me"}, "begin with aws: are AWS's own"),
        ({"AWS:owner": "me"}, "begin with aws: are AWS's own"),
        *(({each: "x"}, "by which cube-access knows its own secret") for each in OWN_TAGS),
        ({"": "x"}, "a tag without a name"),
        ({" ": "x"}, "a tag without a name"),
        ({"k" * 129: "x"}, "of 129 characters: AWS takes 128"),
        ({"key": "v" * 257}, "of 257 characters: AWS takes 256"),
        ({"cost;center": "x"}, "has ';' in the tag 'cost;center'"),
        ({"CostCenter": 4711}, "CostCenter is a number, not a text: put it in quotes"),
        ({"Paid": True}, "Paid is true or false, not a text: put it in quotes"),
        ({"Owner": None}, "Owner is empty, not a text"),
        ({"Since": f"{DATE} 00:00:00 +0000 UTC"}, f'was a date without quotes: write "{DATE}"'),
        ({"At": f"{DATE} 10:30:00 +0000 UTC"}, "At was a time without quotes: put it in quotes"),
    ],
)
def test_tags_are_such_as_aws_takes(tags: object, words: str) -> None:
    assert words in problem("tags", tags)


def test_a_time_in_quotes_is_a_text() -> None:
    tags = {"At": f"{DATE}T00:00:00Z"}
    assert test_settings.settings(tags=json.dumps(tags)).tags == tags


def test_as_many_tags_as_there_is_room_for() -> None:
    tags = {f"Ключ {number}": "Значение" for number in range(48)}
    assert test_settings.settings(tags=json.dumps(tags)).tags == tags


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1], "[0] is a number, not a text: put it in quotes"),
        (["v1", 2.5], "[1] is a number, not a text: put it in quotes"),
        ([f"{DATE} 00:00:00 +0000 UTC"], f'was a date without quotes: write "{DATE}"'),
        ([["v1"]], "[0] is not a text"),
    ],
)
def test_a_label_is_a_text(value: object, words: str) -> None:
    assert words in problem("credentialVersions", value)


@pytest.mark.parametrize(
    ("cidr", "words"),
    [
        ("203.0.113.0/255.255.255.0", "write 203.0.113.0/24"),
        ("203.0.113.0/0.0.0.255", "write 203.0.113.0/24"),
        ("203.0.113.0/024", "write 203.0.113.0/24"),
    ],
)
def test_a_network_has_the_length_of_its_prefix(cidr: str, words: str) -> None:
    assert words in problem("allowedCidrs", [cidr], test_snowflake_settings)


def test_a_network_is_there_once() -> None:
    twice = ["203.0.113.7", "203.0.113.7/32"]
    assert "'203.0.113.7/32' is there twice" in problem(
        "allowedCidrs", twice, test_snowflake_settings
    )


def test_an_integrations_network_policy_is_in_upper_case() -> None:
    said = problem("oauthNetworkPolicy", '"office"', test_snowflake_settings)
    assert 'is "office", but an integration takes this one name in upper case' in said
    assert "another policy, OFFICE, would be attached" in said
    got = test_snowflake_settings.settings(oauthNetworkPolicy='"OFFICE"')
    assert got.oauth_network_policy == "OFFICE"


def test_groups_that_differ_by_case_are_one_group() -> None:
    words = "names a group twice (Databricks tells no upper from lower case)"
    assert words in problem("userGroups", ["Analysts", "analysts"])


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        (test_settings, "userGroups", ["analysts\n  - all is well"]),
        (test_settings, "userGroups", ["analysts\u202e"]),
        (test_settings, "userGroups", ["analysts\ud800"]),
        (test_settings, "tags", {"team": "a\u2028b"}),
        (test_settings, "awsProfile", "pro\x1b[2Jfile"),
        (test_settings, "secretKmsKeyId", "alias/a\x00b"),
        (test_settings, "cubeCatalog", "ma\nin"),
        (test_snowflake_settings, "userRoles", ['"A\nB"']),
        (test_snowflake_settings, "schemas", ['DB."S\tT"']),
        (test_snowflake_settings, "oauthNetworkPolicy", '"A\nB"'),
        (test_snowflake_settings, "snowflakeWarehouse", '"A\rB"'),
    ],
)
def test_no_name_has_a_character_that_breaks_lines(kind: Any, key: str, value: object) -> None:
    said = problem(key, value, kind)
    assert "control character (U+" in said or "has '" in said
    assert said.isprintable()


def test_a_certificate_has_lines() -> None:
    text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    values = {"warehouse": "external", "externalSslCa": text}
    with pytest.raises(SettingsError) as raised:
        load({f"{PROJECT}:{key}": value for key, value in values.items()}, "dev")
    assert "externalSslCa" not in str(raised.value)


@pytest.mark.parametrize("levels", [MAX_LEVELS + 1, 1_000, 100_000])
@pytest.mark.parametrize("key", ["tags", "secretPolicy", "redirectUris", "schemas"])
def test_levels_without_end_are_refused(key: str, levels: int) -> None:
    said = problem(key, '{"a":' * levels + "1" + "}" * levels)
    assert f"more than {MAX_LEVELS} levels" in said
    assert len(said) < 3 * MAX_SHOWN + 200


@pytest.mark.parametrize("value", ["a\n" * 500, ["a\n"] * 500])
def test_what_is_shown_is_one_short_line(value: object) -> None:
    text = shown(value)
    assert text.startswith(("a\\na", '["a\\n"'))
    assert text.isprintable()
    assert text.endswith(" characters)")
    assert len(text) < 3 * MAX_SHOWN


@pytest.mark.parametrize("key", ["tags", "credentialVersions", "secretPolicy"])
def test_a_number_without_end_is_refused(key: str) -> None:
    said = problem(key, '{"a": ' + "9" * 5_000 + "}")
    assert "a number of 5000 digits: if it is a text, put it in quotes" in said


@pytest.mark.parametrize("key", ["accessTokenMinutes", "sqlWarehouseId", "name"])
def test_digits_without_end_are_refused(key: str) -> None:
    assert "(5000 characters): is" in problem(key, "9" * 5_000).replace("does not have", "is")


def test_digits_without_end_under_another_warehouses_key_are_refused() -> None:
    text = test_settings.error(snowflakeAccount="9" * 5_000)
    assert "is a key of warehouse snowflake only" in text


def test_what_json_has_no_word_for_is_refused() -> None:
    assert "has NaN" in problem("secretPolicy", '{"Statement": NaN}')


def test_a_secret_value_is_in_no_reason() -> None:
    values = {**test_settings.GOOD, "schemas": '["hunter2.b.c"]'}
    with pytest.raises(SettingsError) as raised:
        load(
            {f"{PROJECT}:{key}": value for key, value in values.items()},
            "dev",
            [f"{PROJECT}:schemas"],
        )
    assert "hunter2" not in str(raised.value)
    assert f"{PROJECT}:schemas = [secret]: does not fit (it is secret" in str(raised.value)


def read(**changes: Any) -> str:
    """What is said of args."""
    values: dict[str, Any] = {
        "account_id": test_settings.GOOD["databricksAccountId"],
        "workspace_host": test_settings.GOOD["databricksWorkspaceHost"],
        "workspace_id": test_settings.GOOD["databricksWorkspaceId"],
        "redirect_uris": [REDIRECT],
        "schemas": ["main.sales"],
    }
    with pytest.raises(ArgsError) as raised:
        Reader(DatabricksAccessArgs, Caller("databricks", "python"), "cube").read(
            {**values, **changes}
        )
    return str(raised.value)


def test_args_without_end_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(2_000):
        deep = {"a": deep}
    assert f"secret_policy: has more than {MAX_LEVELS} levels" in read(secret_policy=deep)


def test_a_date_among_args_is_named() -> None:
    said = read(tags={"Since": date(2026, 11, 1)})
    assert "Since is a date, not a text: put it in quotes" in said


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_number_that_is_none_is_named(number: float) -> None:
    assert "Share is a number, not a text" in read(tags={"Share": number})
