"""Stands in for the Databricks CLI where the emitted scripts run: `api METHOD --profile P PATH
--json TEXT`, nothing else. The request goes to the sandbox as an administrator's.
"""

from __future__ import annotations

import json
import sys

import requests

from sandbox.databricks.world import ACCOUNT_ID, DEPLOYER_ID, DEPLOYER_SECRET, WORKSPACE_HOST

HOSTS = {"ACCOUNT": "accounts.cloud.databricks.com", "WORKSPACE": WORKSPACE_HOST}


def main(arguments: list[str]) -> None:
    api, method, flag, profile, path, body_flag, text = arguments
    if (api, flag, body_flag) != ("api", "--profile", "--json"):
        sys.exit(f"not a call of databricks api: {arguments}")
    where = f"/accounts/{ACCOUNT_ID}" if profile == "ACCOUNT" else ""
    token = requests.post(
        f"https://{HOSTS[profile]}/oidc{where}/v1/token",
        data={"grant_type": "client_credentials", "scope": "all-apis"},
        auth=(DEPLOYER_ID, DEPLOYER_SECRET),
        timeout=10,
    ).json()["access_token"]
    done = requests.request(
        method.upper(),
        f"https://{HOSTS[profile]}{path}",
        json=json.loads(text),
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    if not done.ok:
        sys.exit(done.text)


if __name__ == "__main__":
    main(sys.argv[1:])
