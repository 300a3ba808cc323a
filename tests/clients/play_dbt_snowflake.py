"""dbt on Snowflake: `dbt debug`, and `dbt run` of two models, as a person with the rights."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = ["dbt-core==1.11.16", "dbt-snowflake==1.11.6"]

PROJECT = """\
name: play
version: "1.0"
profile: play
models: {play: {+materialized: table}}
"""
PROFILE = """\
play:
  target: dev
  outputs:
    dev:
      type: snowflake
      account: "{{ env_var('PLAY_SNOWFLAKE_ACCOUNT') }}"
      user: "{{ env_var('PLAY_ADMIN') }}"
      password: "{{ env_var('PLAY_ADMIN_PASSWORD') }}"
      role: ACCOUNTADMIN
      warehouse: COMPUTE_WH
      database: ANALYTICS
      schema: DBT
      threads: 1
"""
MODELS = {
    "big_orders.sql": "select id, amount from ANALYTICS.SALES.ORDERS where amount > 10",
    "totals.sql": (
        "{{ config(materialized='view') }} select sum(amount) as total from {{ ref('big_orders') }}"
    ),
}

with tempfile.TemporaryDirectory() as folder:
    home = Path(folder)
    (home / "models").mkdir()
    (home / "dbt_project.yml").write_text(PROJECT)
    (home / "profiles.yml").write_text(PROFILE)
    for name, text in MODELS.items():
        (home / "models" / name).write_text(text)
    dbt = Path(sys.executable).with_name("dbt")
    env = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    # Twice: the second run finds what the first has made.
    for command in (["debug"], ["run"], ["run"]):
        done = subprocess.run(
            [dbt, *command, "--project-dir", home, "--profiles-dir", home],
            env=env, cwd=home, capture_output=True, text=True,
        )  # fmt: skip
        print(done.stdout[-3000:], done.stderr[-1000:])
        assert done.returncode == 0, command
    assert "PASS=2" in done.stdout
