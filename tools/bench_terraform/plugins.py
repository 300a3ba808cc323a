"""The provider plugins that Terraform runs: the provider code that tools/engine pins, built with
the same pins and the same replacements, and served to Terraform instead of Pulumi.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tools.engine import build
from tools.engine.cache import SetupError, digest, locked

MODULE = build.ENGINE / "plugins"
MAINS = Path(__file__).with_name("plugins")
SOURCES = {"databricks": "databricks/databricks", "snowflake": "snowflakedb/snowflake"}
"""Each provider's address in Terraform's registry, as the programs name it."""


def terraform() -> str:
    """The path of the `terraform` on PATH.

    Raises:
        SetupError: there is none.
    """
    found = shutil.which("terraform")
    if found is None:
        raise SetupError(
            "no `terraform` on PATH: install it (developer.hashicorp.com/terraform/install), then "
            "run again"
        )
    return found


def version(path: str) -> str:
    """Of a `terraform`."""
    done = subprocess.run([path, "version", "-json"], capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["terraform_version"])


def built(cache: Path) -> Path:
    """A folder in the cache with the plugins, built when first asked for."""
    mains = sorted(MAINS.glob("*.go"))
    folder = cache / f"terraform-{digest(MODULE / 'go.mod', MODULE / 'go.sum', *mains)}"
    with locked(cache):
        folder.mkdir(exist_ok=True)
        for main in mains:
            plugin = folder / f"terraform-provider-{main.stem}"
            if not plugin.exists():
                # Databricks' provider is internal to its own path, below which the module pretends
                # to be: to Go, each main lies in a folder of that module.
                package = MODULE / f"terraform-{main.stem}"
                overlay = folder / f"{main.stem}.json"
                replaced = {str(package / "main.go"): str(main)}
                overlay.write_text(json.dumps({"Replace": replaced}))
                build.go_build(MODULE, f"./{package.name}", plugin, "", overlay=overlay)
    return folder


def cli_configuration(folder: Path) -> str:
    """Terraform's, in which the plugins come from a folder and nothing is downloaded.

    With it there is no `terraform init`, and no plugin's checksum is looked at, which with 130 MB
    would count against Terraform.
    """
    overrides = "".join(
        f"    {json.dumps(source)} = {json.dumps(str(folder))}\n" for source in SOURCES.values()
    )
    return f"provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n}}\n"
