"""Seconds that the policy pack adds to a preview, on the sandbox.

Usage: python -m tools.bench.policies [--rounds N] [--write]; with --write, into docs/policies.md.

The resources are grants, the commonest thing that the pack judges, in a program of its own. The
ways take turns. What the pack adds is the median, over the turns, of the difference to the preview
beside it: a slow minute of the machine is in both of them. The engine waits for the pack, so that
the share of the pack's own process in a preview's time says the same, whatever the machine's speed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sandbox import Sandbox
from tools.bench_terraform import process
from tools.blocks import write_block
from tools.policy_stacks import PACK, ROOT, WAREHOUSES

SIZES = {10: 9, 100: 9, 1_000: 7}
"""Resources, and how often each is previewed in each way."""
SERVER = "pulumi.policy"
"""In the command line of the process that serves a pack."""
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


@dataclass(frozen=True)
class Turn:
    """One preview of each way: without a pack, with an empty one, with ours."""

    without: process.Usage
    empty: process.Usage
    ours: process.Usage


def measure(size: int, times: int, project: Path, environment: dict[str, str]) -> list[Turn]:
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
    said = project.parent / "said"
    turns = []
    for turn in range(times):
        usages = {}
        for which, arguments in sorted(enumerate(ways), reverse=bool(turn % 2)):
            command = ["pulumi", "preview", "--stack", "dev", "--non-interactive", *arguments]
            usages[which] = process.run(command, project, environment, said)
            if usages[which].code:
                sys.exit(f"bench: stopped: {' '.join(command)}\n{said.read_text()}")
        turns.append(Turn(usages[0], usages[1], usages[2]))
    return turns


def share(usage: process.Usage) -> float:
    """Of a preview's time, the processor time of the process that serves a policy pack."""
    return sum(cpu for name, cpu in usage.cpu_by.items() if SERVER in name) / usage.seconds


def line(size: int, turns: Sequence[Turn]) -> str:
    """Of the table."""
    without = median(turn.without.seconds for turn in turns)
    empty = median(turn.empty.seconds for turn in turns)
    ours = median(turn.ours.seconds for turn in turns)
    added = median(turn.ours.seconds - turn.empty.seconds for turn in turns)
    own = median(share(turn.ours) - share(turn.empty) for turn in turns)
    return (
        f"| {size:,} | {without:.1f} s | {empty:.1f} s | {ours:.1f} s "
        f"| {added:.2f} s, {added / empty:.0%} | {own:.1%} |"
    )


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
            "| resources | preview | with an empty pack | with this one | adds to the empty one "
            "| the pack's process, more of the time |",
            "|---:|---:|---:|---:|---:|---:|",
        ]
        print(*lines, sep="\n", flush=True)
        for size, times in SIZES.items():
            turns = measure(size, arguments.rounds or times, project, environment)
            lines.append(line(size, turns))
            print(lines[-1], flush=True)
        if arguments.write:
            write_block("policies.md", "cost", lines)


if __name__ == "__main__":
    main()
