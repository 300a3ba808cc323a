"""The keys of an environment in whose warehouse nothing is made: OAuth app and service account are
there already, and the configuration says what they are.
"""

from __future__ import annotations

import ipaddress
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from cube_access.settings.addresses import url_problem
from cube_access.settings.common import Settings, Strings, encrypted

PORTS = {
    "trino": 443,
    "prestodb": 443,
    "postgres": 5432,
    "cockroachdb": 26257,
    "questdb": 8812,
    "mssql": 1433,
    "mysql": 3306,
    "pinot": 443,
}
WITH_CATALOG = ("trino", "prestodb")
TAKE_TOKENS = (*WITH_CATALOG, "pinot")
"""Of a service account, too."""
SAY_WHO = ("mssql", "pinot")
"""Whose tokens say by themselves who the person is."""
READ_NO_CA = ("mssql", "pinot")
"""Whose drivers take no authority's certificates from Cube's variables."""
BY_NAME = ("mysql",)
"""Whose driver checks no certificate against an IP address: mysql2 asks Node for none, which then
looks for `localhost` in it (`startTLS` in its lib/base/connection.js).
"""
PERSON_USERS = {"questdb": "_sso"}  # where the token says who it is
# What cannot take a person's token from Cube, and why.
REFUSED = {
    "athena": "Cube's driver signs in with AWS keys only, which a person's OAuth token is not",
    "bigquery": "Cube's driver takes a service account's key only, no person's access token",
    "clickhouse": "Cube's driver always sends user name and password in the header in which "
    "ClickHouse takes a token",
    "crate": "CrateDB takes tokens over HTTP only, and Cube's driver speaks PostgreSQL's protocol",
    "redshift": "Redshift takes a token from the plugins of its own drivers only, never as a "
    "password",
}


class ExternalSettings(Settings):
    """An environment in whose warehouse nothing is made."""

    external_type: Literal[
        "trino", "prestodb", "postgres", "cockroachdb", "questdb", "mssql", "mysql", "pinot"
    ] = Field(
        description=(
            "What it is: trino, prestodb, postgres, cockroachdb, questdb, mssql (SQL Server and "
            "Azure SQL), mysql, or pinot (Apache Pinot)."
        )
    )
    external_host: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        description=(
            "Its host name in lower case, without a scheme or a port; its certificate has it, too. "
            "For mysql, not an IP address."
        ),
    )
    external_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description=(
            "Its port. Default: 443 (trino, prestodb), 5432 (postgres), 26257 (cockroachdb), 8812 "
            "(questdb), 1433 (mssql), 3306 (mysql), 443 (pinot)."
        ),
    )
    external_database: str = Field(
        pattern=r"^[^\s;=]{1,128}$",
        description="The database; of Trino and Presto the catalog.",
    )
    external_schema: str = Field(
        default="",
        pattern=r"^[^\s;=]{0,128}$",
        description=(
            "Schema that Cube looks in when a table is named without one (trino and prestodb "
            "only). Default: none."
        ),
    )
    external_ssl_ca: str = Field(
        default="",
        pattern=r"^$|^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----$",
        repr=False,  # what stands here by mistake may be a key
        description=(
            "Certificates (PEM) of the authority that signs its own, where that is not one that "
            "everybody knows. Not for mssql and pinot: set NODE_EXTRA_CA_CERTS in Cube. Default: "
            "none."
        ),
    )
    external_user: str = Field(
        pattern=r"^[A-Za-z0-9_][\w.@-]{0,127}$",
        description="The service account's user name: one that may read, and nothing else.",
    )
    external_password: SecretStr = Field(
        default=SecretStr(""),
        repr=False,
        description=(
            "Its password, set with `pulumi config set --secret cube-access:externalPassword`. "
            "Default: none, for one with externalToken."
        ),
    )
    external_token: SecretStr = Field(
        default=SecretStr(""),
        repr=False,
        description=(
            "Its token instead (trino, prestodb and pinot only), set with `pulumi config set "
            "--secret cube-access:externalToken`; nothing renews it. Default: none."
        ),
    )
    external_person_user: str = Field(
        default="",
        pattern=r"^(|\{username\}|\{local-part\}|[A-Za-z0-9_][\w.@-]{0,127})$",
        description=(
            "The user name that goes with a person's token: {username} as Cube has it, "
            "{local-part} what is before its @, or one name for all (a group's). Not for mssql "
            "and pinot, where the token says it. Default: {username}; of questdb _sso."
        ),
    )
    external_client_secret: SecretStr = Field(
        default=SecretStr(""),
        repr=False,
        description=(
            "Cube's client secret at the identity provider, set with `pulumi config set --secret "
            "cube-access:externalClientSecret`. Default: none, of a public client."
        ),
    )
    external_client_id: str = Field(
        pattern=r"^[\x21-\x7e]{1,512}$", description="Cube's client id at the identity provider."
    )
    external_auth_url: str = Field(description="Where people sign in: an https URL.")
    external_token_url: str = Field(description="Where Cube gets tokens: an https URL.")
    external_scopes: Strings = Field(
        description=(
            "OAuth scopes that Cube asks for: what the database wants, and one that lets Cube "
            "refresh, such as offline_access."
        )
    )

    @field_validator("external_type", mode="before")
    @classmethod
    def _takes_a_persons_token(cls, kind: object) -> object:
        if isinstance(kind, str) and kind in REFUSED:
            raise ValueError(f"cannot be: {REFUSED[kind]}")
        return kind

    @field_validator("external_host")
    @classmethod
    def _driver_checks_the_host(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("external_type") in BY_NAME and _is_ip_address(host):
            raise ValueError(
                "is an IP address: Cube's driver for MySQL checks no certificate against one, so "
                "that anyone on the way could read tokens; give the name that the certificate has"
            )
        return host

    @field_validator("external_schema")
    @classmethod
    def _schema_is_of_a_catalog(cls, schema: str, info: ValidationInfo) -> str:
        if schema and info.data.get("external_type") not in (*WITH_CATALOG, None):
            raise ValueError("is for trino and prestodb: elsewhere externalDatabase says it all")
        return schema

    @field_validator("external_ssl_ca")
    @classmethod
    def _driver_reads_a_ca(cls, ca: str, info: ValidationInfo) -> str:
        if ca and info.data.get("external_type") in READ_NO_CA:
            raise ValueError("is not read by Cube's drivers for SQL Server and Pinot")
        if "PRIVATE KEY" in ca:
            raise ValueError("has a private key: treat it as compromised and rotate it")
        return ca

    @field_validator("external_password", "external_token", "external_client_secret")
    @classmethod
    def _is_encrypted(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        return encrypted(secret, info)

    @field_validator("external_token")
    @classmethod
    def _one_credential(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        password = info.data.get("external_password")
        if password is None:
            return token  # what is wrong with that is said already
        if bool(token.get_secret_value()) == bool(password.get_secret_value()):
            raise ValueError("and externalPassword are both set, or neither: set one of them")
        if token.get_secret_value() and info.data.get("external_type") not in (*TAKE_TOKENS, None):
            raise ValueError("is for trino, prestodb and pinot: elsewhere set externalPassword")
        return token

    @field_validator("external_person_user")
    @classmethod
    def _person_is_not_the_service_account(cls, user: str, info: ValidationInfo) -> str:
        if user and info.data.get("external_type") in SAY_WHO:
            raise ValueError("is not asked by SQL Server and Pinot, which read it in the token")
        if user and user == info.data.get("external_user"):
            raise ValueError("is the service account's own name")
        return user

    @field_validator("external_client_secret")
    @classmethod
    def _client_is_of_its_type(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        kind = info.data.get("oauth_client_type")
        if kind == "public" and secret.get_secret_value():
            raise ValueError("is of a confidential client, and oauthClientType is public")
        if kind == "confidential" and not secret.get_secret_value():
            raise ValueError("is missing, and oauthClientType is confidential")
        return secret

    @field_validator("external_auth_url", "external_token_url")
    @classmethod
    def _is_https(cls, url: str) -> str:
        if problem := url_problem(url):
            raise ValueError(problem)
        return url

    @field_validator("external_scopes")
    @classmethod
    def _scopes_are_words(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if not scopes or not all(scope and scope.isprintable() for scope in scopes):
            raise ValueError("is empty, or has an empty scope")
        if any(" " in scope for scope in scopes):
            raise ValueError("has a scope with a space: list each by itself")
        return scopes

    @property
    def port(self) -> int:
        return self.external_port or PORTS[self.external_type]

    @property
    def person_user(self) -> str:
        default = PERSON_USERS.get(self.external_type, "{username}")
        return self.external_person_user or default


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
