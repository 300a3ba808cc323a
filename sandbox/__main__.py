"""`python -m sandbox run [--home DIR] [--journal FILE] [--age built|newest] -- CMD ARGS...`

Owns the command line: one child, its signals and the exit code. Everything else is the Sandbox.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from sandbox import Sandbox
from sandbox.box import AGES

USAGE = (
    "usage: python -m sandbox run [--home DIR] [--journal FILE] [--age built|newest] -- CMD ARGS..."
)
UNKNOWN_ROUTES = 3


def parse(arguments: list[str]) -> tuple[Path | None, Path | None, str, list[str]]:
    """Home, journal file, age and command.

    By hand: argparse would claim the command's own options.
    """
    if "--" not in arguments or arguments[:1] != ["run"]:
        raise ValueError
    cut = arguments.index("--")
    options, command = arguments[1:cut], arguments[cut + 1 :]
    values = dict(zip(options[::2], options[1::2], strict=True))
    age = values.pop("--age", "")
    if not command or not values.keys() <= {"--home", "--journal"} or age not in ("", *AGES):
        raise ValueError
    paths = [Path(values[name]) if name in values else None for name in ("--home", "--journal")]
    return paths[0], paths[1], age, command


def run(command: list[str], env: dict[str, str]) -> int:
    """Run the child in its own process group, so that a signal reaches all of it exactly once.

    On a terminal the child must stay in the foreground group; there Ctrl-C reaches it anyway.
    """
    own_group = not sys.stdin.isatty()
    try:
        child = subprocess.Popen(command, env=env, start_new_session=own_group)
    except OSError as error:
        print(f"sandbox: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127

    def forward(number: int, frame: FrameType | None) -> None:
        if own_group:
            os.killpg(child.pid, number)
        elif number != signal.SIGINT:
            child.send_signal(number)

    before = {n: signal.signal(n, forward) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def main(arguments: list[str]) -> int:
    try:
        home, journal, age, command = parse(arguments)
    except ValueError:
        print(USAGE, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with Sandbox(home, journal, age) as sandbox:
        code = run(command, sandbox.env)
        unknown = sorted({f"{r.method} {r.host}{r.path}" for r in sandbox.journal.unknown})
    if unknown:
        print(f"sandbox: not emulated: {', '.join(unknown)}", file=sys.stderr)
        code = code or UNKNOWN_ROUTES
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
