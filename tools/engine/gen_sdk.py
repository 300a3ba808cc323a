"""Generates an SDK from a package's schema, with the engine's own generators.

Usage: python -m tools.engine.gen_sdk {nodejs,python} SCHEMA OUT

SCHEMA is a JSON file, as `pulumi package get-schema` writes it; OUT is made, or is empty. A schema
that refers to other packages is refused: only the engine could find those. The generator is built
once with the engine's pins, and kept in the cache folder; it needs Go.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.engine import build
from tools.engine.cache import SetupError, cache_folder

LANGUAGES = ("nodejs", "python")


def generate(language: str, schema: str, out: Path, loader: str = "") -> None:
    """Writes the SDK of a schema (its text) to a folder.

    `loader` is the address at which the engine serves other packages' schemas. Raises `SetupError`
    where the generator cannot be built, or refuses the schema.
    """
    cache = cache_folder()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "schema.json")
        file.write_text(schema)
        command = [str(build.sdk_generator(cache)), language, str(file), str(out)]
        command += [loader] if loader else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(done.stderr.strip())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="gen_sdk", description="Generates an SDK from a schema.")
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("schema", type=Path, help="a JSON file")
    parser.add_argument("out", type=Path, help="the folder to make")
    given = parser.parse_args(arguments)
    try:
        text = given.schema.read_text()
        if given.out.exists() and any(given.out.iterdir()):
            raise SetupError(f"{given.out} is not empty: remove it, or name another folder")
        generate(given.language, text, given.out)
    except (SetupError, OSError) as error:
        print(f"gen_sdk: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
