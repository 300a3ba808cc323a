"""What the plugin's process loads, and when."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields

import pytest
from pydantic.alias_generators import to_camel

from cube_access.aws.secret_store import SecretArgs
from cube_access.offline import VARIABLE
from cube_access.provider.definition import camel

HEAVY = ("boto3", "databricks.sdk", "pydantic", "snowflake.connector")


def loaded(code: str, **environment: str) -> list[str]:
    """The heavy packages that a new process has loaded after this."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import json, sys, threading\n{code}\n"
            f"print(json.dumps([each for each in {HEAVY!r} if each in sys.modules]))",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), **environment},
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_it_starts_without_what_only_a_program_or_a_sign_in_needs() -> None:
    assert loaded("import cube_access.plugin.registry, cube_access.plugin.servicer") == []


@pytest.mark.parametrize(
    ("environment", "connector"),
    [
        ({"SNOWFLAKE_ACCOUNT_NAME": "analytics"}, True),
        ({"DATABRICKS_HOST": "https://dbc-1.cloud.databricks.com"}, False),
        ({"SNOWFLAKE_ACCOUNT_NAME": "analytics", VARIABLE: "1"}, False),
    ],
    ids=["snowflake", "databricks", "offline"],
)
def test_the_connector_is_loaded_in_advance_where_the_environment_signs_in(
    environment: dict[str, str], connector: bool
) -> None:
    found = loaded(
        "from cube_access.snowflake.session import preload\n"
        "preload()\n"
        "for each in threading.enumerate():\n"
        "    if each is not threading.main_thread():\n"
        "        each.join()",
        **environment,
    )
    assert ("snowflake.connector" in found) is connector


def test_what_is_not_installed_is_not_complained_about_in_advance() -> None:
    code = (
        "sys.modules['snowflake.connector'] = None\n"
        "from cube_access.snowflake.session import preload\n"
        "said = []\n"
        "threading.excepthook = said.append\n"
        "preload()\n"
        "for each in threading.enumerate():\n"
        "    if each is not threading.main_thread():\n"
        "        each.join()\n"
        "assert not said"
    )
    loaded(code, SNOWFLAKE_ACCOUNT_NAME="analytics")


def test_names_are_written_as_the_settings_write_them() -> None:
    names = [each.name for each in fields(SecretArgs)]
    assert names
    assert [camel(each) for each in names] == [to_camel(each) for each in names]
