"""`python -m tests.conformance [--vendor NAME] [--only REGEXP] [--real]`: a table of assumptions.

On the sandbox, unless `--real` says that it is a real account: then from the environment's
credentials, with objects of a random prefix, which are removed even after Ctrl-C.

Exit codes: 0 each one that was looked at holds; 1 one differs; 2 the command or the environment is
wrong, and nothing was looked at; 3 something was left behind; 130 interrupted.
"""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, WAREHOUSE_ID, WORKSPACE_HOST
from tests.conformance import databricks, snowflake, snowflake_sign_in
from tests.conformance.databricks_account import DatabricksAccount
from tests.conformance.probe import (
    DIFFERS,
    HOLDS,
    UNSEEN,
    Account,
    LeftBehindError,
    Outcome,
    Probe,
    ask,
)
from tests.conformance.snowflake_account import SnowflakeAccount

VENDORS: dict[str, Sequence[Probe[Any]]] = {
    "databricks": databricks.probe.all,
    "snowflake": [*snowflake.probe.all, *snowflake_sign_in.probe.all],
}
ACCOUNTS_HOST = "https://accounts.cloud.databricks.com"
NEEDED = {
    "databricks": (
        "DATABRICKS_HOST", "DATABRICKS_ACCOUNT_ID", "CONFORMANCE_WAREHOUSE_ID",
        "CONFORMANCE_CATALOG",
    ),
    "snowflake": ("SNOWFLAKE_ACCOUNT",),
}  # fmt: skip
"""Variables of a real account, besides those that sign in."""


@contextmanager
def sandboxed() -> Iterator[Sandbox]:
    """A sandbox around this process, with what a probe needs an account to have opted in to."""
    before = dict(os.environ)
    with Sandbox() as box:
        os.environ.clear()
        os.environ.update(box.env)
        box.snowflake.account.settings["FEATURE_RBAC_INHERITED_GRANTS"] = "ENABLED"
        try:
            yield box
        finally:
            os.environ.clear()
            os.environ.update(before)


def in_sandbox(vendor: str) -> Account:
    if vendor == "snowflake":
        return SnowflakeAccount("sandbox-analytics", "ACCOUNTADMIN")
    host = f"https://{WORKSPACE_HOST}"
    return DatabricksAccount(ACCOUNTS_HOST, ACCOUNT_ID, host, WAREHOUSE_ID, "main")


def real(vendor: str) -> Account:
    env = os.environ
    if vendor == "snowflake":
        role = env.get("SNOWFLAKE_ROLE", "ACCOUNTADMIN")
        return SnowflakeAccount(env["SNOWFLAKE_ACCOUNT"], role)
    return DatabricksAccount(
        env.get("CONFORMANCE_ACCOUNTS_HOST", ACCOUNTS_HOST),
        env["DATABRICKS_ACCOUNT_ID"],
        env["DATABRICKS_HOST"].rstrip("/"),
        env["CONFORMANCE_WAREHOUSE_ID"],
        env["CONFORMANCE_CATALOG"],
    )


def run(vendor: str, account: Account, only: str, *, is_real: bool) -> list[Outcome]:
    found = []
    for probe in VENDORS[vendor]:
        if not re.search(only, probe.name):
            continue
        if probe.real_only and not is_real:
            outcome = Outcome(probe.name, probe.assumption, UNSEEN, probe.real_only)
        else:
            outcome = ask(probe, account)
        print(f"{outcome.result:14}{outcome.assumption}", flush=True)
        if outcome.detail:
            print(f"{'':14}({outcome.detail}; {probe.name})", flush=True)
        if outcome.result == DIFFERS:
            print(f"{'':14}wrong then: {probe.why}", flush=True)
        found.append(outcome)
    return found


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("--vendor", choices=VENDORS, help="one of them; both otherwise")
    parser.add_argument(
        "--only", default="", help="probes whose name this regular expression is in"
    )
    parser.add_argument(
        "--real", action="store_true",
        help="a real account, by the credentials in the environment; makes objects with a random "
        "prefix and removes them",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    vendors = [options.vendor] if options.vendor else list(VENDORS)
    missing = [name for v in vendors for name in NEEDED[v] if not os.environ.get(name)]
    if options.real and missing:
        print(f"conformance: stopped: set {', '.join(missing)}; see docs/sandbox.md")
        return 2

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        if options.real:
            return report(vendors, real, options.only, is_real=True)
        with sandboxed():
            return report(vendors, in_sandbox, options.only, is_real=False)
    except LeftBehindError as error:
        print(f"conformance: left behind, remove by hand: {error}")
        return 3
    except KeyboardInterrupt:
        print("conformance: interrupted; what was made has been removed")
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)


def report(
    vendors: Sequence[str], connect: Callable[[str], Account], only: str, *, is_real: bool
) -> int:
    found: list[Outcome] = []
    for vendor in vendors:
        account = connect(vendor)
        where = "a real account" if is_real else "the sandbox"
        print(f"{vendor}, {where}; what is made is called {account.prefix}…")
        found += run(vendor, account, only, is_real=is_real)
    if not found:
        print(f"conformance: stopped: no probe's name has {only!r} in it")
        return 2
    counts = {kind: sum(o.result == kind for o in found) for kind in (HOLDS, DIFFERS, UNSEEN)}
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()))
    return 1 if counts[DIFFERS] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
