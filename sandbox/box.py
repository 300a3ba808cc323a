"""The Sandbox: its life cycle and the environment that puts a child process inside it.

Owns the home folder and the environment variables. It does not start the child: the caller does.
"""

import os
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.aws import Aws
from sandbox.databricks import Databricks, DatabricksHosts
from sandbox.databricks.world import DEPLOYER_ID, DEPLOYER_SECRET
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.proxy import Host, Proxy
from sandbox.snowflake import Snowflake, SnowflakeHosts
from sandbox.snowflake import world as snowflake_world

# Everything by which a client could find a real account, or a way around the proxy.
DROPPED = ("AWS_", "DATABRICKS_", "SNOWFLAKE_", "ARM_", "AZURE_", "GOOGLE_")
DROPPED_NAMES = {
    "ALL_PROXY", "all_proxy", "SSL_CERT_DIR", "PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL",
    "PULUMI_HOME", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE",
}  # fmt: skip

AGES = ("built", "newest")
"""Of provider plugins: those that `make setup` builds from modules, and the official ones."""
# The older one knows only the first, and the newer one warns of it in every command.
OCSP_OFF = {
    "built": "SNOWFLAKE_INSECURE_MODE",
    "newest": "SNOWFLAKE_DISABLE_OCSP_CHECKS",
}

_running = threading.Lock()


class Sandbox:
    """A context manager; `env` is complete once it has been entered.

    A process has one at a time: mitmproxy finds its certificates and its addons, and moto its
    state, through globals, so a second one would answer in the first one's place.

    With `home`, the CA, Pulumi's home and the state backend outlive the sandbox. The clouds do not:
    they start from the seeded world every time.

    `age` is one of AGES: whose plugins the clouds' answers and the environment suit. Without it the
    answers are the newest ones, which both ages read, and the environment is by what is installed.
    """

    def __init__(
        self, home: Path | None = None, journal_file: Path | None = None, age: str = ""
    ) -> None:
        self._temporary = home is None
        self.home = Path(tempfile.mkdtemp(prefix="sandbox-")) if home is None else home.absolute()
        self.env: dict[str, str] = {}
        self.journal = Journal(journal_file)
        self.faults = Faults()
        self.databricks = Databricks()
        self.snowflake = Snowflake()
        self.aws = Aws()
        self._age = age
        self.databricks.newest = self.snowflake.newest = age != "built"
        hosts: list[Host] = [
            DatabricksHosts(self.databricks), SnowflakeHosts(self.snowflake), self.aws,
        ]  # fmt: skip
        self._proxy = Proxy(self.home / "ca", hosts, self.journal, self.faults)

    def __enter__(self) -> Self:
        """Raises RuntimeError while another sandbox runs in this process."""
        if not _running.acquire(blocking=False):
            raise RuntimeError(
                "a sandbox already runs in this process: leave it before you enter another, "
                "or start one with `python -m sandbox run`"
            )
        try:
            for folder in ("ca", "state", "pulumi"):
                (self.home / folder).mkdir(parents=True, exist_ok=True)
            for empty in ("aws-config", "aws-credentials", "databrickscfg", "snowflake-config"):
                (self.home / empty).touch()
            self._link_plugins()
            self.env = self._environment(self._proxy.start())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._proxy.stop()
        _running.release()
        if self._temporary:
            shutil.rmtree(self.home, ignore_errors=True)

    def serve(self, host: Host) -> None:
        """One host more, such as another account's."""
        self._proxy.serve(host)

    def _link_plugins(self) -> None:
        """Let the engine find the plugins the user has, without touching the user's Pulumi home."""
        real = Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi")) / "plugins"
        link = self.home / "pulumi" / "plugins"
        if real.is_dir() and not link.exists() and real != link:
            link.unlink(missing_ok=True)
            link.symlink_to(real.absolute(), target_is_directory=True)

    def _installed(self) -> str:
        """The age of the Snowflake plugin that the engine will find."""
        official = (self.home / "pulumi" / "plugins").glob("resource-snowflake-v2.*")
        return "newest" if any(official) else "built"

    def _deployer_key(self) -> str:
        """A key pair for Snowflake's deployer, new each time; the private half as PEM."""
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        deployer = self.snowflake.users.get(snowflake_world.DEPLOYER)
        assert deployer  # noqa: S101 - it is of the seeded world
        deployer.settings["RSA_PUBLIC_KEY"] = public.decode()
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return private.decode()

    def _environment(self, port: int) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(DROPPED) and name not in DROPPED_NAMES
        }
        proxy, local, ca = f"http://127.0.0.1:{port}", "127.0.0.1,localhost", str(self._proxy.ca)
        return kept | {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            "NO_PROXY": local,
            "no_proxy": local,
            "SSL_CERT_FILE": ca,
            "AWS_CA_BUNDLE": ca,
            "REQUESTS_CA_BUNDLE": ca,
            "CURL_CA_BUNDLE": ca,
            "NODE_EXTRA_CA_CERTS": ca,
            "DATABRICKS_CLIENT_ID": DEPLOYER_ID,
            "DATABRICKS_CLIENT_SECRET": DEPLOYER_SECRET,
            "DATABRICKS_CONFIG_FILE": str(self.home / "databrickscfg"),
            "SNOWFLAKE_USER": snowflake_world.DEPLOYER,
            "SNOWFLAKE_AUTHENTICATOR": "SNOWFLAKE_JWT",
            "SNOWFLAKE_PRIVATE_KEY": self._deployer_key(),
            "SNOWFLAKE_CONFIG_PATH": str(self.home / "snowflake-config"),
            "SNOWFLAKE_DISABLE_TELEMETRY": "true",
            # The proxy's certificate names no server that could be asked whether it was revoked.
            OCSP_OFF[self._age or self._installed()]: "true",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox-aws-secret-key",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.home / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "aws-credentials"),
            "PULUMI_HOME": str(self.home / "pulumi"),
            # Without metadata beside the state: it is not written in one step, and an engine
            # that is killed in between leaves "failed to load checkpoint: EOF" for ever.
            "PULUMI_BACKEND_URL": f"file://{self.home / 'state'}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
