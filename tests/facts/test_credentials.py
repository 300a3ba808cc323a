"""What the pack accuses of being a credential, the report hides, and more."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_access.facts.credentials import SHAPES, hidden
from cube_access.report import preview
from policies.rules import looks

# One of each shape, put together so that no file holds one.
EXAMPLES = {
    "a private key": "-----BEGIN EC " + "PRIVATE KEY-----\nplanted\n-----END EC PRIVATE KEY-----",
    "a Databricks token": "dapi" + "0123456789abcdef" * 2 + "-2",
    "a Databricks OAuth secret": "dose" + "0123456789abcdef" * 2,
    "an AWS access key": "ASIA" + "ABCDEFGH01234567",
    "a signed token": ".".join(["eyJ" + "hbGciOiJS", "eyJ" + "zdWIiOiIx", "c2lnbmF0"]),
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a Pulumi access token": "pul-" + "0123456789" * 4,
    "a password in a URL": "postgres://cube:" + "planted@db.example/x",
    "a password in a connection string": "jdbc:db://db.example/x;UID=cube;" + "PWD=planted",
    "a password in a header": "Authorization: Basic " + "Y3ViZTpwbGFudGVk",
    "a signed address": "https://x.example/?a=1&X-Amz-" + "Signature=0123456789abcdef",
}


def test_every_shape_has_its_example() -> None:
    assert EXAMPLES.keys() == SHAPES.keys()


@pytest.mark.parametrize(("words", "text"), EXAMPLES.items(), ids=list(EXAMPLES))
def test_what_the_pack_accuses_the_report_hides(words: str, text: str) -> None:
    assert looks.shape(f"see {text}") == words
    shown = preview.text_of(f"see {text}")
    assert preview.SECRET in shown
    assert looks.shape(shown) == ""
    assert "planted" not in shown
    assert shown.startswith("see ")
    inside = preview.shown({"a": [text]})
    assert looks.shape(inside) == ""
    assert json.loads(inside)["a"] == [preview.text_of(text)]


@pytest.mark.parametrize(("words", "text"), EXAMPLES.items(), ids=list(EXAMPLES))
def test_one_that_was_cut_off_is_no_finding_and_is_hidden(words: str, text: str) -> None:
    if words == "a private key":
        cut = text.partition("-----END")[0]
    elif words.startswith("a password in a"):
        return  # a cut one cannot be told from a whole one, or from none
    else:
        cut = text[:-4]
        assert looks.shape(cut, "id") == ""
    assert preview.SECRET in preview.text_of(cut)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SHAPES)).flatmap(lambda words: st.from_regex(SHAPES[words])))
def test_hiding_is_wider_than_accusing(text: str) -> None:
    assert not any(shape.search(hidden(text, "[secret]")) for shape in SHAPES.values())


@pytest.mark.parametrize(
    "text",
    ["urn:pulumi:dev::p::t::n", "https://x.example:443/a@b", "SELECT ON ALL TABLES", "tokens=1"],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert hidden(text, "[secret]") == text
    assert not re.search("secret", looks.shape(text))
