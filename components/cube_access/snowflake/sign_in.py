"""How our plugin signs in to Snowflake: as the provider plugin does, from the same places.

First what a program said, then SNOWFLAKE_* variables, then a profile of the plugin's configuration
file; `default` is the profile that nobody has to name. Both generations of the plugin are read:
their variables, and their two spellings of a profile's keys.
https://registry.terraform.io/providers/snowflakedb/snowflake/latest/docs#schema lists them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cube_access.facts.identifiers import quoted
from cube_access.provider.lifecycle import ProviderError, SignIn

# The connector's argument for each of the plugin's keys, as a profile has them without underscores.
KEYS = {
    "user": "user",
    "username": "user",
    "password": "password",
    "authenticator": "authenticator",
    "privatekey": "private_key",
    "privatekeypassphrase": "private_key_passphrase",
    "token": "token",
    "passcode": "passcode",
    "passcodeinpassword": "passcode_in_password",
    "oktaurl": "okta_url",
    "host": "host",
    "port": "port",
    "protocol": "protocol",
    "role": "role",
    "insecuremode": "disable_ocsp_checks",
    "disableocspchecks": "disable_ocsp_checks",
    "ocspfailopen": "ocsp_fail_open",
    "clientrequestmfatoken": "client_request_mfa_token",
    "clientstoretemporarycredential": "client_store_temporary_credential",
    "oauthclientid": "oauth_client_id",
    "oauthclientsecret": "oauth_client_secret",
    "oauthtokenrequesturl": "oauth_token_request_url",
    "oauthauthorizationurl": "oauth_authorization_url",
    "oauthredirecturi": "oauth_redirect_uri",
    "oauthscope": "oauth_scope",
    "workloadidentityprovider": "workload_identity_provider",
    "workloadidentityentraresource": "workload_identity_entra_resource",
}
TRUTHS = (
    "passcode_in_password",
    "disable_ocsp_checks",
    "ocsp_fail_open",
    "client_request_mfa_token",
    "client_store_temporary_credential",
)
PREFIX = "SNOWFLAKE_"
# What the plugin calls a way to sign in, where the connector's name is another one.
AUTHENTICATORS = {"USERNAMEPASSWORDMFA": "username_password_mfa"}


def connect_arguments(sign_in: SignIn, role: str) -> dict[str, Any]:
    """The connector's arguments, without the account.

    Args:
        role: of the session; empty: the role of the environment or the profile, or else the user's
            default.

    Raises:
        ProviderError: a profile is not there, the key cannot be read, or the plugin's way to sign
            in is one that the connector does not have.
    """
    given = _given(sign_in)
    if role:
        # Quoted: the connector would take it as SQL does.
        given["role"] = quoted(role)
    okta = given.pop("okta_url", None)
    way = str(given.get("authenticator") or "").upper()
    if way == "TOKENACCESSOR":
        raise ProviderError(
            "authenticator TOKENACCESSOR signs the Snowflake plugin in, but not cube-access's own "
            "look: use a key pair (SNOWFLAKE_JWT), or a token in SNOWFLAKE_TOKEN."
        )
    if way == "OKTA":
        given["authenticator"] = okta
    elif way in AUTHENTICATORS:
        given["authenticator"] = AUTHENTICATORS[way]
    if given.get("token") and way in ("", "SNOWFLAKE"):
        given["authenticator"] = "oauth"  # as the plugin takes a token without a word
    passphrase = given.pop("private_key_passphrase", None)
    if pem := given.get("private_key"):
        given["private_key"] = _key(str(pem), str(passphrase or ""))
        given.setdefault("authenticator", "SNOWFLAKE_JWT")
    for key in TRUTHS:
        if key in given:
            given[key] = str(given[key]).lower() in ("true", "1")
    if "port" in given:
        given["port"] = int(given["port"])
    return given


def _given(sign_in: SignIn) -> dict[str, Any]:
    """What was said, by the connector's names; the first to say it wins."""
    environment = {
        KEYS[name]: value
        for key, value in os.environ.items()
        if key.startswith(PREFIX)
        and value
        and (name := key.removeprefix(PREFIX).lower().replace("_", "")) in KEYS
    }
    profile = sign_in.snowflake_profile or os.environ.get("SNOWFLAKE_PROFILE", "")
    found = {**_profile(profile), **environment}
    if sign_in.snowflake_private_key:
        # As the plugin is told: what the environment says besides is not in the way.
        found["authenticator"] = "SNOWFLAKE_JWT"
        found["private_key"] = sign_in.snowflake_private_key
        found["private_key_passphrase"] = sign_in.snowflake_private_key_passphrase
        for key in ("password", "token", "passcode"):
            found.pop(key, None)
    if sign_in.snowflake_user:
        found["user"] = sign_in.snowflake_user
    return found


def _profile(name: str) -> dict[str, Any]:
    """Of the plugin's configuration file; nothing if there is no `default` in it."""
    given = os.environ.get("SNOWFLAKE_CONFIG_PATH")
    path = Path(given) if given else Path.home() / ".snowflake" / "config"
    try:
        profiles = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        profiles = {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        if not name:
            return {}  # as the plugin has it: a file that nobody named is not needed
        reason = error.strerror if isinstance(error, OSError) else "it is not TOML"
        raise ProviderError(f"profile {name}: {path} cannot be read: {reason}") from None
    found = profiles.get(name or "default")
    if not isinstance(found, Mapping):
        if name and name != "default":
            raise ProviderError(f"there is no profile {name} in {path}")
        return {}
    plain = {str(key).replace("_", "").lower(): value for key, value in found.items()}
    return {KEYS[key]: value for key, value in plain.items() if key in KEYS and value != ""}


def _key(pem: str, passphrase: str) -> bytes:
    """The private key as the connector takes it."""
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_pem_private_key(pem.encode(), passphrase.encode() or None)
    except (ValueError, TypeError):
        raise ProviderError(
            "the deployer's private key cannot be read: it is no PEM key, or its passphrase is "
            "missing or wrong."
        ) from None
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
