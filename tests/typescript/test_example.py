"""examples/typescript, type-checked against the SDK that the package's schema gives. It is not run:
the engine's Node.js host cannot be had from package registries.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.engine import gen_sdk
from tools.engine.cache import ROOT, cache_folder
from tools.engine.setup import TYPESCRIPT, node_folder

pytestmark = pytest.mark.integration
SCHEMA = ROOT / "components/cube_access/plugin/schema.json"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, with the SDK where `pulumi package add` puts it."""
    folder = tmp_path_factory.mktemp("typescript")
    for file in (ROOT / "examples/typescript").iterdir():
        shutil.copy(file, folder)
    sdk = folder / "sdks/cube-access"
    gen_sdk.generate("nodejs", SCHEMA.read_text(), sdk)
    installed = node_folder(cache_folder(), TYPESCRIPT) / "node_modules"
    scope = folder / "node_modules/@pulumi"
    scope.mkdir(parents=True)
    (scope / "cube-access").symlink_to(sdk)
    (scope / "pulumi").symlink_to(installed / "@pulumi/pulumi")
    (folder / "node_modules/@types").symlink_to(installed / "@types")
    return folder


def check(program: Path) -> subprocess.CompletedProcess[str]:
    tsc = node_folder(cache_folder(), TYPESCRIPT) / "node_modules/.bin/tsc"
    return subprocess.run(
        [tsc, "-p", "."], cwd=program, capture_output=True, text=True, check=False
    )


def test_the_example_fits_the_schema(program: Path) -> None:
    done = check(program)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('schemas: ["ANALYTICS.SALES"]', "schemas: 1", "is not assignable to type"),
        ("    account:", "    acount:", "does not exist in type 'SnowflakeAccessArgs'"),
        ("cube.secretArn", "cube.secretARN", "does not exist on type 'SnowflakeAccess'"),
    ],
)
def test_a_mistake_is_found(program: Path, right: str, wrong: str, said: str) -> None:
    index = program / "index.ts"
    text = index.read_text()
    assert right in text
    index.write_text(text.replace(right, wrong))
    done = check(program)
    index.write_text(text)
    assert done.returncode != 0
    assert said in done.stdout
