"""Where our plugin finds its sign-in to Snowflake: where the Snowflake plugin does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cube_access.provider.lifecycle import ProviderError, SignIn
from cube_access.snowflake.sign_in import connect_arguments

PASSPHRASE = "-".join(("planted", "passphrase"))


def pem(passphrase: str = "") -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    how: Any = serialization.NoEncryption()
    if passphrase:
        how = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
    ).decode()


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [each for each in os.environ if each.startswith("SNOWFLAKE_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "config"
    monkeypatch.setenv("SNOWFLAKE_CONFIG_PATH", str(path))
    return path


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ME")
    monkeypatch.setenv("SNOWFLAKE_AUTHENTICATOR", "SNOWFLAKE_JWT")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", pem(PASSPHRASE))
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("SNOWFLAKE_INSECURE_MODE", "true")
    found = connect_arguments(SignIn(), 'odd "role"')
    assert isinstance(found.pop("private_key"), bytes)
    assert found == {
        "user": "ME",
        "authenticator": "SNOWFLAKE_JWT",
        "disable_ocsp_checks": True,
        "role": '"odd ""role"""',
    }


@pytest.mark.parametrize("spelling", ["private_key_passphrase", "privatekeypassphrase"])
def test_a_profile_in_both_spellings(
    monkeypatch: pytest.MonkeyPatch, nothing_said: Path, spelling: str
) -> None:
    key = "private_key" if "_" in spelling else "privatekey"
    nothing_said.write_text(
        f'[work]\nuser = "ME"\n{key} = """{pem(PASSPHRASE)}"""\n{spelling} = "{PASSPHRASE}"\n'
        '[default]\nuser = "YOU"\npassword = "x"\n'
    )
    found = connect_arguments(SignIn(snowflake_profile="work"), "")
    assert (found["user"], found["authenticator"]) == ("ME", "SNOWFLAKE_JWT")
    assert connect_arguments(SignIn(), "")["user"] == "YOU"
    monkeypatch.setenv("SNOWFLAKE_USER", "ENVIRONMENT")
    assert connect_arguments(SignIn(), "")["user"] == "ENVIRONMENT", "variables come first"
    monkeypatch.setenv("SNOWFLAKE_PROFILE", "none")
    with pytest.raises(ProviderError, match="there is no profile none"):
        connect_arguments(SignIn(), "")


def test_a_programs_own_key_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ENVIRONMENT")
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "t")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "of another key")
    found = connect_arguments(SignIn(snowflake_user="ME", snowflake_private_key=pem()), "")
    assert found.keys() == {"user", "authenticator", "private_key"}
    assert found["user"] == "ME"


def test_other_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "t")
    assert connect_arguments(SignIn(), "")["authenticator"] == "oauth"
    monkeypatch.setenv("SNOWFLAKE_AUTHENTICATOR", "Okta")
    monkeypatch.setenv("SNOWFLAKE_OKTA_URL", "https://x.okta.com")
    assert connect_arguments(SignIn(), "")["authenticator"] == "https://x.okta.com"
    monkeypatch.setenv("SNOWFLAKE_AUTHENTICATOR", "TokenAccessor")
    with pytest.raises(ProviderError, match="TOKENACCESSOR"):
        connect_arguments(SignIn(), "")


@pytest.mark.parametrize("key", ["no key", pem(PASSPHRASE)])
def test_a_key_that_cannot_be_read_says_nothing_of_itself(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", key)
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "wrong-one")
    with pytest.raises(ProviderError, match="cannot be read") as raised:
        connect_arguments(SignIn(), "")
    assert "wrong-one" not in str(raised.value)
    assert key not in str(raised.value)


def test_secrets_are_not_in_a_sign_ins_text() -> None:
    given = SignIn(snowflake_private_key=PASSPHRASE, snowflake_private_key_passphrase=PASSPHRASE)
    assert PASSPHRASE not in repr(given)
