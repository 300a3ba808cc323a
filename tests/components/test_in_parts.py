"""A warehouse's SDK in parts: what is not used is not loaded, and what is used is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SDKS = ("pulumi_databricks", "pulumi_snowflake")


def python(code: str) -> Any:
    """What a new process prints, as JSON: an SDK is loaded once in a process."""
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("warehouse", ["databricks", "snowflake"])
def test_a_component_loads_few_of_the_modules_of_its_sdk(warehouse: str) -> None:
    loaded = python(
        "from cube_access import in_parts\n"
        "from cube_access.plugin.construct import component\n"
        f"in_parts.find('pulumi_{warehouse}')\n"
        f"component('{warehouse}')\n"
        f"print(json.dumps([m for m in sys.modules if m.startswith('pulumi_{warehouse}')]))"
    )
    assert len(loaded) < 10


def test_a_class_is_the_one_of_its_module() -> None:
    assert python(
        "from cube_access import in_parts\n"
        "in_parts.find('pulumi_snowflake')\n"
        "import pulumi_snowflake as snowflake\n"
        "from pulumi_snowflake.service_user import ServiceUser\n"
        "same = snowflake.ServiceUser is ServiceUser\n"
        "print(json.dumps([same, 'pulumi_snowflake.alert' in sys.modules]))"
    ) == [True, False]


@pytest.mark.parametrize(
    "name", ["SqlEndpointTagsArgs", "CustomAppIntegrationTokenAccessPolicyArgs"]
)
def test_a_map_of_a_resource_is_found(name: str) -> None:
    assert python(
        "from cube_access import in_parts\n"
        "in_parts.find('pulumi_databricks')\n"
        "import pulumi_databricks as databricks\n"
        f"got = databricks.{name}.__name__\n"
        "print(json.dumps([got, 'pulumi_databricks.alert' in sys.modules]))"
    ) == [name, False]


@pytest.mark.parametrize("sdk", SDKS)
def test_whatever_else_is_asked_for_loads_all_of_it(sdk: str) -> None:
    assert python(
        "from cube_access import in_parts\n"
        f"in_parts.find('{sdk}')\n"
        f"import {sdk} as sdk\n"
        "before = sdk.Provider\n"
        "called = callable(sdk.get_views)\n"
        f"loaded = sum(m.startswith('{sdk}.') for m in sys.modules)\n"
        "print(json.dumps([called, before is sdk.Provider, loaded > 200]))"
    ) == [True, True, True]


def test_what_the_sdk_does_not_have_is_an_attribute_error() -> None:
    assert python(
        "from cube_access import in_parts\n"
        "in_parts.find('pulumi_snowflake')\n"
        "import pulumi_snowflake\n"
        "print(json.dumps([hasattr(pulumi_snowflake, n) for n in ('Nothing', 'nothing')]))"
    ) == [False, False]


def test_an_sdk_that_is_loaded_already_stays_as_it_is() -> None:
    assert python(
        "from cube_access import in_parts\n"
        "import pulumi_snowflake as before\n"
        "in_parts.find('pulumi_snowflake')\n"
        "import pulumi_snowflake as after\n"
        "print(json.dumps(before is after))"
    )


def test_an_sdk_that_is_not_installed_is_missed_at_its_import() -> None:
    assert (
        python(
            "from cube_access import in_parts\n"
            "in_parts.find('pulumi_nothing')\n"
            "try:\n    import pulumi_nothing\n"
            "except ModuleNotFoundError as error:\n    print(json.dumps(error.name))"
        )
        == "pulumi_nothing"
    )
