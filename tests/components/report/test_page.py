"""The page in a real browser: it is drawn, nothing sticks out, it can be read, nothing runs."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cube_access.report import page
from cube_access.report.model import Report
from tests.components.report.record import names, recorded
from tests.components.report.test_safe import HOSTILE, everything, report_of, step
from tools.engine import browser

DARK, LIGHT = 0, 1
POLICY = re.compile(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>")
# Looks at the page as a reader would, and leaves what it saw where --dump-dom shows it.
MEASURE = """<script>
const luminance = colour => {
  const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(v => {
    v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
const style = (element, what) => getComputedStyle(element)[what];
const solid = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = style(e, "backgroundColor");
    if (!colour.endsWith(", 0)")) return colour;
  }
  return "rgb(255, 255, 255)";
};
const ground = style(document.body, "backgroundColor");
const found = { ground, nodes: 0, edges: 0, out: [], dim: [] };
for (const node of document.querySelectorAll("svg .node")) {
  found.nodes++;
  const box = node.querySelector("rect").getBoundingClientRect();
  for (const text of node.querySelectorAll("text")) {
    const own = text.getBoundingClientRect();
    if (own.right > box.right || own.bottom > box.bottom) found.out.push(text.textContent);
    const ratio = contrast(style(text, "fill"), style(node.querySelector("rect"), "fill"));
    if (ratio < 4.5) found.dim.push([text.textContent, ratio]);
  }
}
found.edges = document.querySelectorAll("svg .edge").length;
for (const element of document.querySelectorAll("h1, h2, h3, li, td, th, p, summary, pre span")) {
  const ratio = contrast(style(element, "color"), solid(element));
  if (element.textContent.trim() && ratio < 4.5) found.dim.push([element.textContent, ratio]);
}
found.wide = document.documentElement.scrollWidth > window.innerWidth;
// A name may go on in the next line between its parts, not inside one.
found.broken = [];
for (const code of document.querySelectorAll("code")) {
  for (const node of code.childNodes) {
    if (node.nodeType !== Node.TEXT_NODE) continue;
    const word = /\\w+/g;
    for (let match; (match = word.exec(node.data)); ) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) {
        found.broken.push(match[0]);
      }
    }
  }
}
found.hint = [...document.querySelectorAll(".hint")].some(e => style(e, "display") !== "none");
document.body.setAttribute("data-found", JSON.stringify(found));
</script>"""
# As narrow as a telephone, which a browser's window cannot be.
FRAME = """<iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"
onload="document.body.dataset.found = this.contentDocument.body.dataset.found"></iframe>"""
PHONE, TABLET, DESK = 375, 768, 1200


def look(file: Path, *arguments: str, scheme: int = LIGHT) -> str:
    """The page's document, once the browser has drawn it."""
    program = browser.found()
    assert program, browser.MISSING
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={file.parent / 'profile'}", "--window-size=1200,900"]
    command += [f"--blink-settings=preferredColorScheme={scheme}", *arguments, file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def measured(report: Report, folder: Path, scheme: int, width: int = DESK) -> dict[str, Any]:
    text, count = POLICY.subn("", page.render(report))  # it would forbid our own script, too
    assert count == 1
    file = folder / "report.html"
    text = text.replace("</body>", f"{MEASURE}</body>")
    file.write_text(FRAME.format(width=width, page=html.escape(text)))
    found = re.search(r'data-found="([^"]*)"', look(file, "--dump-dom", scheme=scheme))
    assert found
    return dict(json.loads(html.unescape(found[1])))


def of_schemas(count: int) -> Report:
    """An environment that reads so many schemas; the last ones are new, the first ones go."""
    steps = []
    for number in range(count):
        grant = step("databricks:index/grant:Grant", f"g{number}", op="same", principal="cube-prod",
                     privileges=["SELECT", "USE_SCHEMA"],
                     schema=f"{'main' if number % 3 else 'a_catalog_with_a_long_name'}."
                            f"schema_with_a_rather_long_name_{number}")  # fmt: skip
        if number > 0:
            grant["oldState"] = grant["newState"]
        if number == 1:
            grant |= {"op": "delete"}
            grant.pop("newState")
        steps.append(grant)
    for group in ("analysts", "everybody in the finance department of the north"):
        steps.append(
            step("pulumi-python:dynamic/databricks:Permission", group, kind="group_name",
                 object_type="warehouses", object_id="5a4d0000000000b1", principal=group)
        )  # fmt: skip
    return report_of(*steps)


@pytest.mark.parametrize(("scheme", "dark"), [(LIGHT, False), (DARK, True)])
@pytest.mark.parametrize("width", [PHONE, TABLET, DESK])
@pytest.mark.parametrize("schemas", [3, 300])
def test_the_page_can_be_read(
    tmp_path: Path, schemas: int, width: int, scheme: int, dark: bool
) -> None:
    found = measured(of_schemas(schemas), tmp_path, scheme, width)
    assert found["broken"] == [], "names are broken inside a word"
    assert found["hint"] is (width < 800), "of a picture that is wider than the screen"
    assert found["out"] == [], "texts stick out of their nodes"
    assert found["dim"] == [], "less contrast than WCAG AA asks for"
    assert not found["wide"], "one has to scroll sideways"
    assert (found["ground"] != "rgb(255, 255, 255)") is dark
    assert 6 <= found["nodes"] <= 30, "as many as a page has room for"
    assert found["edges"] >= 5


def test_roles_stand_between_people_and_what_they_reach(tmp_path: Path) -> None:
    found = measured(recorded("snowflake-schema-added"), tmp_path, LIGHT)
    assert (found["nodes"], found["edges"]) == (10, 9)
    assert found["out"] == []


def test_nothing_of_a_hostile_preview_runs_or_loads(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page.render(everything(HOSTILE)))
    drawn = look(file, "--dump-dom")
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "Access report: <code>dev</code>" in drawn
    # Even if something got in, the page's own policy stops it.
    file.write_text(page.render(report_of()).replace("<main>", "<script>document.title=1</script>"))
    assert "<title>Access report: dev</title>" in look(file, "--dump-dom")


def test_a_picture_of_the_page_is_not_blank(tmp_path: Path) -> None:
    file, shot = tmp_path / "report.html", tmp_path / "shot.png"
    file.write_text(page.render(recorded("databricks-widened-by-hand")))
    look(file, f"--screenshot={shot}")
    assert shot.stat().st_size > 20_000


def test_every_table_says_what_it_lists_and_which_cells_are_headings() -> None:
    for name in names():
        for table in re.findall(r"<table>.*?</table>", page.render(recorded(name)), re.S):
            assert re.match(r'<table><caption class="unseen">[^<]+</caption><thead>', table)
            rows = re.findall(r"<tr>", table)
            assert table.count('scope="row"') == len(rows) - 1
            assert "<th>" not in table


@pytest.mark.parametrize(
    ("name", "tones"),
    [
        ("databricks-nothing-changed", set()),
        ("databricks-schema-added", {"change"}),
        ("databricks-app-replaced", {"change", "warn"}),
    ],
)
def test_what_asks_for_attention_does_not_look_like_what_does_not(
    name: str, tones: set[str]
) -> None:
    chips = re.findall(r'<li class="(\w*)">', page.render(recorded(name)))
    assert set(chips) - {""} == tones


def test_a_broken_rule_is_a_red_chip() -> None:
    report = everything(HOSTILE)
    report.judged = True
    assert report.violations
    assert '<li class="bad">policy pack: ' in page.render(report)


def test_what_changes_stands_open_above_what_is_kept() -> None:
    text = page.render(recorded("databricks-schema-added"))
    matrix = text.partition("<h2>Privileges</h2>")[2]
    assert "main.<wbr>hr" in matrix.partition("kept</summary>")[0]
    assert "main.<wbr>reference" not in matrix.partition("kept</summary>")[0]


def test_the_picture_shows_which_privilege_changes() -> None:
    text = page.render(recorded("databricks-widened-by-hand"))
    assert '<tspan class="removed">\u2212MODIFY</tspan>, <tspan class="kept">SELECT</tspan>' in text
