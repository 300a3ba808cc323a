"""What of the bench beside Terraform needs no Terraform: its table, its judgement of a report, its
configuration, and what it measures of a process.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools import blocks
from tools.bench_terraform import __main__ as bench
from tools.bench_terraform import plugins, process
from tools.bench_terraform.lane import Course, Measurement, unreported
from tools.bench_terraform.makers import PHASES, Ours, Terraform
from tools.bench_terraform.table import table
from tools.engine.cache import SetupError

TRACES = ["usage.*S0001", "future.*S0002", "planted by hand"]
REPORT = [
    "+ snowflake:index/grant: (create) [urn=urn:pulumi::usage-ANALYTICS.S0001]",
    "~ snowflake:index/grant: (update) [urn=urn:pulumi::select-FUTURE-views-ANALYTICS.S0002]",
    """  ~ comment: "planted by hand" => "Cube's service account" """,
]


def measured(seconds: float, calls: int = 10) -> Measurement:
    return Measurement(seconds, cpu=2 * seconds, peak=250_000_000, calls=calls, sign_ins=3)


def test_the_table_has_medians_and_our_ratio_to_each_of_the_others() -> None:
    got = table(
        Course("snowflake", 1_000, 300),
        {
            ("ours", "plan"): [measured(9.0), measured(3.0, 1_489), measured(1.0, 1_490)],
            ("Terraform", "plan"): [measured(6.0), measured(2.0), measured(8.0)],
        },
    ).splitlines()
    assert got[0] == "Snowflake, 1,000 schemas, 300 ms a call (3 rounds)"
    rows = {row.split(" | ")[0].removeprefix("| "): row.split(" | ")[1:] for row in got[4:]}
    assert len(got[2].split(" | ")) - 1 == len(PHASES)
    assert rows["ours, seconds"][0] == "3.0"
    assert rows["Terraform, seconds"][0] == "6.0"
    assert rows["ours / Terraform, seconds"][0] == "**0.50**"
    assert rows["ours / Terraform, processor seconds"][0] == "**0.50**"
    assert rows["ours, calls"][0] == "1,489"
    assert rows["ours, sign-ins"][0] == "3"
    assert rows["ours, peak memory, MB"][0] == "250"
    # What was not measured is empty, not 0.
    assert rows["ours, seconds"][1] == ""


def test_a_report_of_all_three_changes_and_of_nothing_else_is_one() -> None:
    assert unreported(REPORT, TRACES, "S0003") == []


@pytest.mark.parametrize("number", range(3))
def test_a_change_that_is_not_reported_is_missed(number: int) -> None:
    without = REPORT[:number] + REPORT[number + 1 :]
    assert unreported(without, TRACES, "S0003") == [f"no line matches {TRACES[number]!r}"]


def test_a_report_of_what_nobody_changed_is_none() -> None:
    told = unreported([*REPORT, "USAGE ON SCHEMA ANALYTICS.S0003"], TRACES, "S0003")
    assert told == ["a line matches 'S0003', where nothing was changed"]


def test_two_lines_are_no_report_of_what_one_would_be() -> None:
    assert unreported(["usage", "S0001"], TRACES[:1], "") != []


def test_terraform_naming_what_it_looks_at_is_no_report() -> None:
    # As Terraform 1.11 says it.
    said = (
        'snowflake_grant.usage["ANALYTICS.S0001"]: Refreshing state... [id=1]\n'
        '  # snowflake_grant.usage["ANALYTICS.S0002"] will be updated in-place'
    )
    report = Terraform.report(said)
    assert unreported(report, ["usage.*S0001"], "") == ["no line matches 'usage.*S0001'"]
    assert unreported(report, ["usage.*S0002"], "") == []


def test_an_entry_beside_a_changed_one_is_no_report() -> None:
    # As the engine shows a map.
    said = '~ privileges: {\n  - USAGE ON SCHEMA "S0001"\n    USAGE ON SCHEMA "S0003"\n}'
    report = Ours.report(said)
    assert unreported(report, ["usage.*S0001"], "S0003") == []
    assert unreported(report, ["usage.*S0003"], "") != []


def test_terraform_takes_both_plugins_from_the_folder_and_downloads_nothing() -> None:
    assert plugins.cli_configuration(Path('/a "b"')) == (
        "provider_installation {\n"
        "  dev_overrides {\n"
        '    "databricks/databricks" = "/a \\"b\\""\n'
        '    "snowflakedb/snowflake" = "/a \\"b\\""\n'
        "  }\n"
        "}\n"
    )


def test_without_terraform_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match="no `terraform` on PATH: install it"):
        plugins.terraform()
    assert bench.main([]) == 1
    assert "no `terraform` on PATH" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--schemas", "0"], ["--latency", "-1"], ["--rounds", "0"]])
def test_numbers_that_mean_nothing_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(wrong)
    assert ended.value.code == 2


def test_a_command_is_measured_with_what_it_starts(tmp_path: Path) -> None:
    # A child that holds 60 MB and works for a third of a second, which its parent waits for.
    child = "import time; held = b'x' * 60_000_000\nwhile time.process_time() < 0.3: pass"
    parent = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)\n"
        "print('said'); sys.exit(3)"
    )
    output = tmp_path / "output"
    got = process.run([sys.executable, "-c", parent], tmp_path, os.environ, output)
    assert (got.code, output.read_text()) == (3, "said\n")
    assert got.cpu >= 0.3
    assert got.seconds >= 0.3
    assert got.peak >= 60_000_000


def test_the_tables_go_into_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(
        "before\n<!-- terraform-snowflake -->\nold\n<!-- /terraform-snowflake -->\n"
        "<!-- terraform-databricks -->\nkept\n<!-- /terraform-databricks -->\n"
    )
    monkeypatch.setattr(blocks, "DOCS", tmp_path)
    monkeypatch.setattr(bench, "measure", lambda *given: {("ours", "plan"): [measured(3.0)]})
    given = ["--makers", "ours", "--schemas", "10", "20", "--latency", "0", "--write"]
    assert bench.main(given) == 0
    text = page.read_text()
    assert text.startswith(
        "before\n<!-- terraform-snowflake -->\nSnowflake, 10 schemas, 0 ms a call (1 round)"
    )
    assert "\n\nSnowflake, 20 schemas, 0 ms a call (1 round)\n" in text
    assert f"On {os.cpu_count()} cores" in text
    # The other warehouse was not measured.
    assert text.endswith("<!-- terraform-databricks -->\nkept\n<!-- /terraform-databricks -->\n")
    assert "old" not in text
