"""The table of what a resource means, held against what the plugins say of themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cube_access.report import own
from cube_access.report.meaning import TYPES
from tools.engine.packages import pinned_sdk
from tools.stacks import ROOT


def schema(plugin: str) -> dict[str, Any]:
    # Built here it lies beside the engine; otherwise the engine has it by name and version.
    script = (ROOT / ".venv/bin/pulumi").read_text()
    engine = re.search(r'exec "(.*)/pulumi"', script)
    assert engine
    built = Path(engine[1], f"pulumi-resource-{plugin}")
    version = pinned_sdk(f"pulumi-{plugin}")
    done = subprocess.run(
        [
            "pulumi",
            "package",
            "get-schema",
            str(built) if built.exists() else f"{plugin}@{version}",
        ],
        env={**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout)["resources"])


@pytest.mark.integration
@pytest.mark.parametrize("plugin", ["databricks", "snowflake"])
def test_what_replaces_is_what_the_plugin_says(plugin: str) -> None:
    resources = {token.rpartition(":")[2]: each for token, each in schema(plugin).items()}
    ours = set(own.RESOURCES.values())
    checked = 0
    for kind, meaning in TYPES.items():
        package, _, name = kind.partition(":")
        if package != plugin or kind in ours:
            continue
        inputs = resources[name]["inputProperties"]
        fixed = {key for key, each in inputs.items() if each.get("willReplaceOnChanges")}
        if meaning.hit:
            # Only newer plugins than the one that is built here have an `api`.
            assert set(meaning.fixed) - ({"api"} - inputs.keys()) == fixed, kind
            checked += 1
        shown = {path.partition(".")[0] for path in meaning.settings}
        newer = {"externalOauthAllowedRolesLists"}  # than the plugin that is built here
        assert shown - newer <= inputs.keys(), kind
    assert checked >= 5


def test_no_value_that_bears_a_credential_is_shown() -> None:
    words = ("secret", "token_value", "password", "privatekey", "value", "results")
    for kind, meaning in TYPES.items():
        for path in meaning.settings:
            assert not any(word in path.lower() for word in words) or path == "valueLists", (
                f"{kind}.{path}"
            )
