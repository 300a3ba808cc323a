"""Seconds that the policy pack adds to a preview, on the sandbox.

Usage: python -m tools.bench.policies [--rounds N] [--write]; with --write, into docs/policies.md.

The resources are grants, the commonest thing that the pack judges, in a program of its own. The
ways take turns, and the shortest of several previews counts: the rest is the machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from sandbox import Sandbox
from tools.blocks import write_block
from tools.policy_stacks import PACK, ROOT, WAREHOUSES

SIZES = {10: 9, 100: 7, 1_000: 5}
"""Resources, and how often each is previewed in each way."""
PROGRAM = """\
import pulumi_snowflake as snowflake

for number in range({size}):
    snowflake.GrantPrivilegesToAccountRole(
        f"table-{{number}}",
        account_role_name="CUBE",
        privileges=["SELECT"],
        on_schema_object={{
            "object_type": "TABLE",
            "object_name": f"ANALYTICS.SALES.T{{number}}",
        }},
    )
"""


# What any pack costs: it starts a server, and the engine asks it about each resource.
EMPTY = {
    "PulumiPolicy.yaml": "runtime: python\nversion: 0.0.1\n",
    "__main__.py": """\
from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack(
    "empty",
    policies=[ResourceValidationPolicy("nothing", "Holds nothing.", lambda args, report: None)],
)
""",
}


def measure(size: int, times: int, project: Path, environment: dict[str, str]) -> tuple[float, ...]:
    """Seconds of a preview without a pack, with an empty one and with ours."""
    (project / "__main__.py").write_text(PROGRAM.format(size=size))
    empty = project.parent / "empty"
    empty.mkdir(exist_ok=True)
    for name, text in EMPTY.items():
        (empty / name).write_text(text)
    pack = [
        "--policy-pack",
        str(PACK),
        "--policy-pack-config",
        str(PACK / "starts/development.json"),
    ]
    ways: tuple[list[str], ...] = ([], ["--policy-pack", str(empty)], pack)
    best = [float("inf")] * len(ways)
    # In turns, so that a busy moment meets all. The first round writes the pack's bytecode.
    for turn in range(times):
        for which, arguments in sorted(enumerate(ways), reverse=bool(turn % 2)):
            started = time.monotonic()
            subprocess.run(
                ["pulumi", "preview", "--stack", "dev", "--non-interactive", *arguments],
                cwd=project,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            best[which] = min(best[which], time.monotonic() - started)
    return tuple(best)


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds that the policy pack adds.")
    parser.add_argument("--rounds", type=int, help="previews of each way, for every size")
    parser.add_argument("--write", action="store_true", help="the table, into docs/policies.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "sandbox")) as sandbox:
        project = Path(folder, "project")
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        environment = {
            # Python keeps the pack's bytecode, unless it is told not to.
            **{k: v for k, v in sandbox.env.items() if k != "PYTHONDONTWRITEBYTECODE"},
            **WAREHOUSES,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{sandbox.env['PATH']}",
        }
        subprocess.run(
            ["pulumi", "stack", "init", "dev", "--non-interactive"],
            cwd=project,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        lines = [
            "| resources | preview | with an empty pack | with this one | adds to the empty one |",
            "|---:|---:|---:|---:|---:|",
        ]
        print(*lines, sep="\n", flush=True)
        for size, times in SIZES.items():
            without, empty, judged = measure(size, arguments.rounds or times, project, environment)
            added = judged - empty
            lines.append(
                f"| {size:,} | {without:.1f} s | {empty:.1f} s | {judged:.1f} s "
                f"| {added:.1f} s, {added / empty:.0%} |"
            )
            print(lines[-1], flush=True)
        if arguments.write:
            write_block("policies.md", "cost", lines)


if __name__ == "__main__":
    main()
