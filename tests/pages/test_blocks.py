"""Every line of every block of the pages is typed by a test, or stands in a list of those that
cannot be, with the reason. tests/integration/test_pages.py types them.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable

import jsonschema
import pytest
import yaml

from tests.pages import journeys
from tests.pages.blocks import ROOT, Block, block, blocks, read

# What is in a block and is no line to type, by page and first line; and how it is judged.
SHOWN = {
    (CUBE := "docs/cube.md", "from cube import config"): "python",
    (CUBE, "accessPolicy: ["): "",
    ("docs/environments.md", "dev ──► staging"): "",
    ("docs/package.md", "from cube_access import"): "python",
    ("docs/package.md", "resources:"): "yaml",
    ("docs/package.md", "sign_in=SnowflakeSignInArgs"): "",
    ("docs/policies.md", '{ "oauth-pkce"'): "policies",
    ("docs/policies.md", '{ "exceptions-listed"'): "policies",
    ("docs/policies.md", '{ "writers-listed"'): "policies",
    ("docs/report.md", "Not as declared"): "",
    ("docs/sandbox.md", "from sandbox import"): "python",
    ("docs/snowflake.md", "~ privileges: {"): "",
    ("docs/verify.md", "EXTRA"): "",
    ("policies/README.md", '{ "oauth-redirects-known"'): "policies",
}
PACK = json.loads((ROOT / "policies/config/schema.json").read_text(encoding="utf-8"))


def _configures_the_pack(text: str) -> None:
    jsonschema.validate(json.loads(text), PACK)


JUDGED: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "yaml": yaml.safe_load,
    "policies": _configures_the_pack,
    "": str,
}


def typed() -> set[str]:
    steps = (*journeys.SNOWFLAKE, *journeys.DATABRICKS)
    found = {line for each in journeys.reads(steps) for line in block(each.page, each.begin).lines}
    return {line for line in found if not journeys.cannot(line)}


def shown(found: Block) -> bool:
    return any(found.page == page and found.lines[0].startswith(begin) for page, begin in SHOWN)


def lines() -> set[str]:
    return {line for each in blocks() if not shown(each) for line in each.lines}


def test_each_line_is_typed_or_is_listed_with_the_reason() -> None:
    open_ = {line for line in lines() - typed() if not journeys.cannot(line)}
    assert not open_, "on no way of tests/pages/journeys.py, nor in its CANNOT:\n" + "\n".join(
        sorted(open_)
    )


def test_no_reason_is_left_of_a_line_that_is_gone() -> None:
    assert journeys.CANNOT.keys() <= lines()
    assert all(any(line.startswith(each) for line in lines()) for each in journeys.MEASURE)


@pytest.mark.parametrize(("page", "begin"), SHOWN, ids=lambda each: each[:40])
def test_what_is_shown_is_there_and_is_what_it_seems(page: str, begin: str) -> None:
    JUDGED[SHOWN[page, begin]](block(page, begin).text)


def test_a_new_block_is_seen_wherever_it_stands() -> None:
    page = "Text:\n\n    cube-access new --stack prod \\\n        --flag   # why\n\n- an entry\n\n"
    page += "  ```\n  pulumi new\n  ```\n"
    assert [each.lines for each in read("x.md", page)] == [
        ["cube-access new --stack prod --flag"],
        ["pulumi new"],
    ]
