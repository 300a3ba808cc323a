"""The network's end, the journal and the faults."""

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from sandbox import Sandbox


def test_an_unknown_host_gets_a_502_and_no_connection_leaves_the_machine(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    dialled: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        dialled.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    answers = [requests.get(f"{s}://example.com/x", timeout=10) for s in ("http", "https")]
    assert [a.status_code for a in answers] == [502, 502]
    text = "sandbox: example.com is not emulated; nothing leaves this machine"
    assert {a.text for a in answers} == {text}
    assert {address[0] for address in dialled} == {"127.0.0.1"}


def test_a_tunnel_without_tls_is_not_carried_to_the_real_host(sandbox: Sandbox):
    """What mitmproxy cannot read as HTTP it would pass on: the last line of defence must hold."""
    port = int(sandbox.env["HTTPS_PROXY"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(1)
        target = f"127.0.0.1:{upstream.getsockname()[1]}"
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            client.recv(1000)
            client.sendall(b"\x00\x01not http, not tls\r\n\r\n")
            with pytest.raises(TimeoutError):
                upstream.accept()


def test_an_unknown_workspace_is_an_unknown_host(sandbox: Sandbox):
    url = "https://dbc-00000000-0000.cloud.databricks.com/api/2.0/clusters/list"
    assert requests.get(url, timeout=10).status_code == 502


@pytest.mark.parametrize("host", ["accounts.gcp.databricks.com", "accounts.azuredatabricks.net"])
def test_the_account_answers_on_every_clouds_host(sandbox: Sandbox, host: str):
    assert requests.get(f"https://{host}/.well-known/databricks-config", timeout=10).ok


def test_an_unknown_route_gets_a_501_and_is_recorded(sandbox: Sandbox, workspace_url: str):
    answer = requests.get(f"{workspace_url}/api/2.1/jobs/list?limit=1", timeout=10)
    assert answer.status_code == 501
    assert answer.json() == {
        "error_code": "NOT_IMPLEMENTED",
        "message": "sandbox: GET /api/2.1/jobs/list is not emulated",
    }
    (unknown,) = sandbox.journal.unknown
    assert (unknown.path, unknown.query) == ("/api/2.1/jobs/list", {"limit": "1"})


def test_a_body_may_come_in_chunks(sandbox: Sandbox, account_url, deployer_headers):
    url = f"{account_url}/oauth2/custom-app-integrations"
    chunks = iter([b'{"name": ', b'"cube"}'])
    assert requests.post(url, data=chunks, headers=deployer_headers, timeout=10).ok


def test_the_journal_finds_calls_by_host_method_and_path_and_names_the_caller(
    sandbox: Sandbox, workspace, workspace_url: str
):
    workspace.current_user.me()
    host = workspace_url.removeprefix("https://")
    (call,) = sandbox.journal.calls(host=host, method="get", path=r"/Me$")
    assert (call.status, call.identity) == (200, sandbox.env["DATABRICKS_CLIENT_ID"])
    sandbox.journal.clear()
    assert len(sandbox.journal) == 0


def test_requests_are_served_concurrently(sandbox: Sandbox, workspace_url: str):
    sandbox.faults.add(path="slow", hang=0.5, status=404, times=8)
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: requests.get(f"{workspace_url}/slow/{n}"), range(8)))  # noqa: S113 - it hangs for half a second
    assert {a.status_code for a in answers} == {404}
    assert time.monotonic() - start < 3, "eight delays of 0.5 s must overlap"


def test_the_journal_file_holds_no_secret(home: Path, tmp_path: Path, monkeypatch):
    file = tmp_path / "journal.jsonl"
    with Sandbox(home, file) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        boto3.client("secretsmanager").create_secret(Name="cube/dev", SecretString="hush-aws")
        form = {"client_id": "x", "client_secret": "hush-form", "code": "hush-code"}
        form |= {"grant_type": "refresh_token", "refresh_token": "hush-refresh"}
        host = "https://accounts.cloud.databricks.com"
        requests.post(f"{host}/oidc/accounts/a/v1/token", data=form, timeout=10)
        requests.post(f"{host}/x", json={"a": [{"password": "hush"}]}, timeout=10)
        in_memory = [str(r.body) for r in sandbox.journal]
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[0])["path"] == "/secretsmanager.CreateSecret"
    assert "hush" not in file.read_text()
    assert all("hush" in body for body in in_memory), "assertions may look at values in memory"


def test_a_fault_refuses_without_the_effect(sandbox: Sandbox, account_url, deployer_headers):
    url = f"{account_url}/oauth2/custom-app-integrations"
    sandbox.faults.add(method="POST", path="custom-app-integrations", status=429, times=2)
    sent = {"name": "cube", "redirect_urls": ["https://x.example.com"], "confidential": True}
    codes = [
        requests.post(url, json=sent, headers=deployer_headers, timeout=10).status_code
        for _ in range(3)
    ]
    assert codes == [429, 429, 200]
    assert len(sandbox.databricks.access.integrations) == 1


@pytest.mark.parametrize("status", [None, 503])
def test_a_fault_can_lose_the_answer_after_the_effect(
    sandbox: Sandbox, account_url, deployer_headers, status
):
    url = f"{account_url}/oauth2/custom-app-integrations"
    sandbox.faults.add(path="custom-app-integrations", status=status, after_effect=True)
    sent = {"name": "cube", "redirect_urls": ["https://x.example.com"]}
    if status:
        answer = requests.post(url, json=sent, headers=deployer_headers, timeout=10)
        assert answer.status_code == status
    else:
        with pytest.raises(requests.ConnectionError):
            requests.post(url, json=sent, headers=deployer_headers, timeout=10)
    assert len(sandbox.databricks.access.integrations) == 1
    assert sandbox.journal.calls(method="POST", path="integrations$")[0].status == (status or 0)


def test_the_sdk_retries_through_a_storm(sandbox: Sandbox, workspace):
    sandbox.faults.add(path="/Me$", status=503)
    assert workspace.current_user.me().user_name == sandbox.env["DATABRICKS_CLIENT_ID"]
    assert [r.status for r in sandbox.journal.calls(path="/Me$")] == [503, 200]


def test_a_fault_that_does_nothing_is_refused(sandbox: Sandbox):
    with pytest.raises(ValueError, match="needs a status"):
        sandbox.faults.add(path="x")


def test_the_environment_holds_no_real_account(monkeypatch, home: Path):
    for name in ("AWS_PROFILE", "DATABRICKS_HOST", "SNOWFLAKE_USER", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "real")
    with Sandbox(home) as sandbox:
        assert "real" not in sandbox.env.values()
        assert not [n for n in sandbox.env if re.match("CUBE_ACCESS|SANDBOX", n)]
        assert Path(sandbox.env["SSL_CERT_FILE"]).read_text().startswith("-----BEGIN CERT")


def test_the_users_plugins_are_found_but_its_pulumi_home_is_not_used(
    monkeypatch, tmp_path: Path, home: Path
):
    plugins = tmp_path / "real" / "plugins"
    plugins.mkdir(parents=True)
    monkeypatch.setenv("PULUMI_HOME", str(plugins.parent))
    with Sandbox(tmp_path / "home") as sandbox:
        inside = Path(sandbox.env["PULUMI_HOME"])
        assert inside != plugins.parent
        assert (inside / "plugins").resolve() == plugins


def test_a_temporary_home_is_removed():
    with Sandbox() as sandbox:
        assert sandbox.home.is_dir()
    assert not sandbox.home.exists()


def test_a_process_has_one_sandbox_at_a_time(sandbox: Sandbox, home: Path):
    """A second one would answer in the first one's place, with a certificate nobody trusts."""
    with pytest.raises(RuntimeError, match="already runs in this process"):
        Sandbox(home).__enter__()
    sandbox.faults.add(path="x", status=418)
    assert requests.get("https://accounts.cloud.databricks.com/x", timeout=10).status_code == 418
