"""An address that is unsafe for codes is refused by the configuration and by the pack alike."""

from __future__ import annotations

import pytest

from cube_access.facts.addresses import is_loopback, unsafe
from cube_access.settings.addresses import redirect_problem, url_problem
from tests.policies.cases.types import APP, APP_GOOD
from tests.policies.harness import Resource, judge, rules_of

UNSAFE = [
    "http://a.example/cb",
    "https:callback",
    "https://*.a.example/cb",
    "https://a.example/cb#x",
    "https://me@a.example/cb",
    "https://@a.example/cb",
    "https://a.example\\.b.example/cb",
    "https://2130706433/cb",
    "https://0x7f000001/cb",
    "https://127.1/cb",
    "ftp://a.example/cb",
    "a.example/cb",
    "",
]
# Nobody else gets a code there. An environment of ours still wants a name that is the same for
# everybody; another program may know better.
OWN = ["https://10.1.2.3/cb", "https://cube/cb", "https://[2001:db8::1]/cb", "https://localhost/"]
SAFE = ["https://a.example/cb", "https://a.example:8443/cb?x=1"]


def judged(uri: str, config: dict[str, object] | None = None) -> set[str]:
    props = {**APP_GOOD, "redirectUrls": [uri]}
    rules = {"oauth-redirects-https": config} if config else None
    return rules_of(judge(Resource(type=APP, props=props), rules)) & {"oauth-redirects-https"}


@pytest.mark.parametrize("uri", UNSAFE)
def test_what_is_unsafe_is_so_to_both_in_the_same_words(uri: str) -> None:
    problem = unsafe(uri)
    assert problem
    assert redirect_problem(uri) == url_problem(uri) == problem
    assert judged(uri)
    said = judge(Resource(type=APP, props={**APP_GOOD, "redirectUrls": [uri]}))
    assert any(problem in each.message for each in said)


@pytest.mark.parametrize("uri", SAFE)
def test_what_is_safe_is_so_to_both(uri: str) -> None:
    assert unsafe(uri) == redirect_problem(uri) == url_problem(uri) == ""
    assert not judged(uri)


@pytest.mark.parametrize("uri", OWN)
def test_the_configuration_asks_for_more_than_the_pack(uri: str) -> None:
    assert redirect_problem(uri)
    assert not judged(uri)


@pytest.mark.parametrize("host", ["localhost", "cube.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_itself_to_both(host: str) -> None:
    assert is_loopback(host)
    shown = f"[{host}]" if ":" in host else host
    assert redirect_problem(f"https://{shown}/cb")
    assert judged(f"http://{shown}/cb")
    assert not judged(f"http://{shown}/cb", {"localhost": True})


def test_an_address_that_cannot_be_read_is_none() -> None:
    assert redirect_problem("https://[") == url_problem("https://[") == "is not a URL"
    assert judged("https://[")
