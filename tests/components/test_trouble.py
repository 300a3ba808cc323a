"""Errors of the clouds' own clients and plugins: each is of the kind that it is, and says what to
do. The texts of plugins are theirs, word for word.
"""

from __future__ import annotations

import botocore.exceptions as boto
import pytest
import requests
from databricks.sdk import errors as databricks
from snowflake.connector import errors as snowflake

from cube_access.trouble import Kind, cure, explained, told, trouble


def client_error(code: str, message: str = "no") -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeSecret")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (databricks.Unauthenticated("Credential was not sent"), "sign-in"),
        (
            databricks.PermissionDenied("User does not have USE CATALOG on Catalog 'main'."),
            "rights",
        ),
        (databricks.NotFound("Catalog 'mian' does not exist."), "not there"),
        (databricks.ResourceDoesNotExist("Group not found"), "not there"),
        (databricks.TooManyRequests("Current request has to be retried"), "rate"),
        (databricks.RequestLimitExceeded("slow down"), "rate"),
        (databricks.TemporarilyUnavailable("try later"), "transport"),
        (databricks.InvalidParameterValue("no such value fits"), "not there"),
        (ValueError("default auth: cannot configure default credentials, please check"), "sign-in"),
        (
            ValueError("validate: more than one authorization method used: azure and oauth"),
            "sign-in",
        ),
        (requests.exceptions.ConnectionError("Failed to establish a new connection"), "transport"),
        (requests.exceptions.ReadTimeout("Read timed out."), "transport"),
        (requests.exceptions.HTTPError("401 Client Error: invalid_client"), "sign-in"),
        (TimeoutError("Timed out after 0:02:00"), "transport"),
        (boto.NoCredentialsError(), "sign-in"),
        (boto.PartialCredentialsError(provider="env", cred_var="secret"), "sign-in"),
        (boto.ProfileNotFound(profile="prd"), "sign-in"),
        (boto.NoRegionError(), "sign-in"),
        (boto.InvalidRegionError(region_name="eu central"), "sign-in"),
        (boto.UnauthorizedSSOTokenError(), "sign-in"),
        (boto.EndpointConnectionError(endpoint_url="https://secretsmanager"), "transport"),
        (boto.ReadTimeoutError(endpoint_url="https://secretsmanager"), "transport"),
        (boto.SSLError(endpoint_url="https://secretsmanager", error="self-signed"), "transport"),
        (client_error("ExpiredTokenException"), "sign-in"),
        (client_error("UnrecognizedClientException"), "sign-in"),
        (client_error("AccessDeniedException", "is not authorized to perform"), "rights"),
        (client_error("ThrottlingException"), "rate"),
        (client_error("ResourceNotFoundException"), "not there"),
        (client_error("NotFoundException", "Alias arn:… is not found."), "not there"),
        (client_error("LimitExceededException", "more secrets than allowed"), "other"),
        (snowflake.ProgrammingError("does not exist or not authorized.", errno=2003), "not there"),
        (snowflake.ProgrammingError("Insufficient privileges", errno=3001), "rights"),
        (snowflake.DatabaseError("Incorrect username or password", errno=390100), "sign-in"),
        (snowflake.DatabaseError("JWT token is invalid. [1-2]", errno=390144), "sign-in"),
        (
            snowflake.OperationalError("Could not connect: Name not known", errno=250003),
            "transport",
        ),
        (snowflake.ServiceUnavailableError(), "transport"),
    ],
)
def test_an_error_of_a_client_is_of_its_kind(error: Exception, kind: Kind) -> None:
    assert trouble(error).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cannot read catalog: Catalog 'mian' does not exist.", "not there"),
        ("cannot read group: cannot find group: Analysts", "not there"),
        (
            "cannot read catalog: cannot configure default credentials, please check "
            "https://docs.databricks.com/en/dev-tools/auth.html. Config: host=https://dbc-1",
            "sign-in",
        ),
        (
            "cannot read schema: validate: more than one authorization method used: azure and "
            "oauth. Config: host=https://dbc-1.cloud.databricks.com, azure_client_id=x",
            "sign-in",
        ),
        (
            "oauth-m2m auth: oidc: fetch .well-known: unable to parse response. "
            "This is likely a bug in the Databricks SDK. Response: HTTP 429 Too Many Requests",
            "rate",
        ),
        ("cannot read table: User does not have SELECT on Table 'main.hr.people'.", "rights"),
        (
            'Get "https://dbc-1.cloud.databricks.com/api/2.1/unity-catalog/catalogs/main": dial '
            "tcp: lookup dbc-1.cloud.databricks.com: no such host",
            "transport",
        ),
        ("read tcp 10.0.0.1:4->10.0.0.2:443: read: connection reset by peer", "transport"),
        (
            "003001 (42501): SQL access control error:\nInsufficient privileges to operate on "
            "account 'PROD'",
            "rights",
        ),
        (
            "002003 (02000): SQL compilation error:\nDatabase 'SALES' does not exist or not "
            "authorized.",
            "not there",
        ),
        ("390100 (08004): Incorrect username or password was specified.", "sign-in"),
        ("390144 (08004): JWT token is invalid. [8b2a]", "sign-in"),
        (
            "390422 (08001): Incoming request with IP/Token 198.51.100.7 is not allowed to access "
            "Snowflake.",
            "sign-in",
        ),
        ("260000: account is empty", "sign-in"),
        ("the moon is in the wrong house", "other"),
    ],
)
def test_a_plugins_text_is_of_its_kind(text: str, kind: Kind) -> None:
    assert trouble(Exception(text)).kind == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("validate: more than one authorization method used: azure and oauth", "unset them"),
        ("390422 (08001): IP 1.2.3.4 is not allowed to access Snowflake", "network policy"),
        ("390144 (08004): JWT token is invalid", "RSA_PUBLIC_KEY"),
    ],
)
def test_a_sign_in_that_fails_for_a_known_reason_says_it(text: str, words: str) -> None:
    assert words in cure("Snowflake", trouble(Exception(text)))


def test_trouble_on_the_way_is_said_once_and_is_no_wrong_name() -> None:
    away = trouble(ValueError("default auth: cannot configure default credentials"))
    missing = trouble(Exception("Catalog 'mian' does not exist."))
    found = [("catalog main", away), ("schema main.sales", away), ("catalog mian", missing)]
    text = explained("Databricks", found, not_there="Correct.", nothing_changed=False)
    assert text == (
        "Databricks: the deployer cannot sign in (default auth: cannot configure default "
        "credentials). Set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or "
        "DATABRICKS_CONFIG_PROFILE (docs/accounts.md)."
    )


def test_wrong_names_and_missing_rights_are_told_apart() -> None:
    found = [
        ("catalog mian", trouble(Exception("Catalog 'mian' does not exist."))),
        ("schema hr.pay", trouble(Exception("User does not have USE SCHEMA on Schema 'hr.pay'."))),
    ]
    text = explained("Databricks", found, not_there="Correct the names.", nothing_changed=True)
    rights, names = text.split("the configuration names what")
    assert "Databricks refuses the deployer:\n  - schema hr.pay" in rights
    assert "cube-access roles" in rights
    assert "catalog mian" in names
    assert "hr.pay" not in names
    assert names.endswith("Correct the names. Nothing was changed.")


def test_one_question_is_told_in_one_line() -> None:
    denied = trouble(client_error("AccessDeniedException", "is not authorized to perform x"))
    text = told("AWS", denied, "the secret cube-access/dev")
    assert text.startswith("the secret cube-access/dev: the deployer lacks a right (An error")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("text", "asked", "kind"),
    [
        ("cannot find group: Team 401", "Team 401", "not there"),
        ("Schema 'main.timeout' does not exist.", "main.timeout", "not there"),
        ("cannot find group: 429", "429", "not there"),
        ("cannot read group: 401 Unauthorized", "1", "sign-in"),
        ("cannot read group: connection refused", "", "transport"),
    ],
)
def test_the_name_that_was_asked_for_says_nothing_of_the_kind(
    text: str, asked: str, kind: Kind
) -> None:
    found = trouble(Exception(text), asked)
    assert (found.kind, found.said) == (kind, text)
