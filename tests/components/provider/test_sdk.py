"""The private names of Pulumi's SDK that the plugin stands on: an upgrade that moves one of them
fails here, by name.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import rpc

from cube_access.provider import sdk
from cube_access.provider.values import UNKNOWN, to_wire

PACKAGE = Path(inspect.getfile(sdk)).parents[1]


def test_pulumi_is_pinned_exactly() -> None:
    (pin,) = re.findall(r'"pulumi==([^"]+)"', (PACKAGE.parent / "pyproject.toml").read_text())
    assert metadata.version("pulumi") == pin


@pytest.mark.parametrize("name", sdk.__all__)
def test_what_is_taken_from_the_sdk_is_there(name: str) -> None:
    assert getattr(sdk, name)


def test_the_sdk_reads_what_we_write() -> None:
    sent = to_wire({"hidden": "x", "nested": {"deep": ["y"]}, "later": UNKNOWN}, {"hidden"})
    read = rpc.deserialize_properties(sent, keep_unknowns=True)
    assert rpc.is_rpc_secret(read["hidden"])
    assert rpc.unwrap_rpc_secret(read["hidden"]) == "x"
    assert read["nested"] == {"deep": ["y"]}
    assert rpc.contains_unknowns(read["later"])


def test_the_sdks_servicer_builds_components_as_ours_expects() -> None:
    build = inspect.signature(ProviderServicer._construct)
    assert list(build.parameters) == ["self", "request", "context"]
    # Called on the servicer by that name, which ours replaces.
    assert "self._construct_options(request)" in inspect.getsource(ProviderServicer._construct)
    made = inspect.signature(ProviderServicer.__init__)
    assert list(made.parameters) == ["self", "provider", "args", "engine_address"]


def others() -> Iterator[tuple[str, ast.AST]]:
    """Each node of each module but the one that may."""
    for file in PACKAGE.rglob("*.py"):
        if file != Path(inspect.getfile(sdk)):
            for node in ast.walk(ast.parse(file.read_text())):
                yield str(file.relative_to(PACKAGE)), node


def test_no_other_module_imports_a_private_name_of_the_sdk() -> None:
    for file, node in others():
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi"):
            names = [*(node.module or "").split("."), *(each.name for each in node.names)]
            private = [name for name in names if name.startswith("_")]
            assert not private, f"{file}: {private}"


def test_no_other_module_reads_a_private_attribute_of_another_object() -> None:
    """Of any library's: those of the SDK cannot be told from others' by their text."""
    found = [
        f"{file}:{node.lineno}: {ast.unparse(node)}"
        for file, node in others()
        if isinstance(node, ast.Attribute)
        and re.match("_[^_]", node.attr)
        and ast.unparse(node.value) not in ("self", "cls")
        and ast.unparse(node) != "os._exit"
    ]
    assert not found
