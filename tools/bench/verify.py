"""Seconds and statements of a verification on Snowflake, by schemas and by how late answers come.

Usage: python -m tools.bench.verify [schemas, 300] [milliseconds a call, 300]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cube_access.settings import SnowflakeSettings, load
from cube_access.snowflake.grants import USES_WAREHOUSE
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import Report
from cube_access.verify.snowflake.verification import declare, verify
from sandbox import Sandbox
from sandbox.snowflake.session import Session
from sandbox.snowflake.world import DEPLOYER

ROOT = Path(__file__).resolve().parents[2]
TABLES = 3  # of each schema
ROLE = "CUBE_DEV"


def settings(schemas: int) -> SnowflakeSettings:
    """Of the example, with so many schemas and nothing else."""
    text = (ROOT / "Pulumi.sandbox-snowflake.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    config["cube-access:schemas"] = [f"ANALYTICS.S{number:04}" for number in range(schemas)]
    config.pop("cube-access:tables", None)
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }
    found = load(texts, "dev")
    if not isinstance(found, SnowflakeSettings):
        raise TypeError(found)
    return found


def seed(sandbox: Sandbox, schemas: int) -> str:
    """What an `up` would have made; the service account's private key, in PEM."""
    state = sandbox.snowflake
    deployer = state.users.get(DEPLOYER)
    if deployer is None:
        raise LookupError(DEPLOYER)
    admin = Session(0, deployer, "ACCOUNTADMIN")
    owner = state.catalog.get("ROLE", ("SYSADMIN",))
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = "".join(public.decode().splitlines()[1:-1])
    run = [
        f"CREATE ROLE {ROLE}",
        f"CREATE USER {ROLE} TYPE = SERVICE DEFAULT_ROLE = {ROLE} DEFAULT_WAREHOUSE = COMPUTE_WH "
        f"DEFAULT_SECONDARY_ROLES = () RSA_PUBLIC_KEY = '{body}'",
        f"GRANT ROLE {ROLE} TO USER {ROLE}",
        f"GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE {ROLE}",
        f"GRANT USAGE ON DATABASE ANALYTICS TO ROLE {ROLE}",
    ]
    for number in range(schemas):
        schema = ("ANALYTICS", f"S{number:04}")
        state.catalog.add("SCHEMA", schema, owner)
        for table in range(TABLES):
            name = (*schema, f"T{table}")
            state.catalog.add("TABLE", name, owner)
            state.statements.queries.load(name, '"ID" INTEGER', "(1)")
        place = f"SCHEMA {'.'.join(schema)}"
        run.append(f"GRANT USAGE ON {place} TO ROLE {ROLE}")
        for reach in ("ALL", "FUTURE"):
            for kind in ("TABLES", "VIEWS"):
                run.append(f"GRANT SELECT ON {reach} {kind} IN {place} TO ROLE {ROLE}")
    for statement in run:
        state.statements.run(admin, statement)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def bench(schemas: int, milliseconds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "sandbox")) as sandbox:
        os.environ.update(sandbox.env)
        wanted = settings(schemas)
        deployed = Deployed(
            stack="dev",
            component="cube",
            settings=wanted,
            service_account=ROLE,
            privileges=frozenset(),
            resources=[],
            credential={"user": ROLE, "privateKey": seed(sandbox, schemas)},
        )
        lines = [*declare(deployed, wanted).reading.lines(), USES_WAREHOUSE]
        object.__setattr__(deployed, "privileges", frozenset(lines))
        if milliseconds:
            late = milliseconds / 1_000
            sandbox.faults.add(path=".", hang=late, times=sys.maxsize)
        for as_deployer in (False, True):
            sandbox.journal.clear()
            started, used = time.monotonic(), time.process_time()
            found = verify(deployed, wanted, as_deployer=as_deployer, step=lambda _: None)
            seconds, processor = time.monotonic() - started, time.process_time() - used
            report = Report(
                stack="dev",
                component="cube",
                warehouse="snowflake",
                account="",
                identity=ROLE,
                deployer="",
                verified_at="",
                lines=found,
            )
            calls = Counter(
                "sign-ins" if "login" in call.path else "statements"
                for call in sandbox.journal
                if "/session" not in call.path.partition(" ")[0] or "login" in call.path
            )
            who = "and the deployer" if as_deployer else "service account"
            print(
                f"{schemas} schemas, {milliseconds} ms a call, {who}: {seconds:.1f} s "
                f"({processor:.1f} s of processor, the sandbox's included); "
                f"{dict(calls)}; {report.summary()}",
                flush=True,
            )


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    bench(*(given + [300, 300][len(given) :]))
