"""The service account's credential as Secrets Manager keeps it."""

from __future__ import annotations

import json

import pulumi

from cube_access.component.arguments import Asked
from cube_access.settings import ExternalSettings

# AWS's names; what it has no name for, its rotation functions do not know either.
ENGINES = {"postgres": "postgres", "mssql": "sqlserver"}


def secret_document(asked: Asked[ExternalSettings]) -> pulumi.Output[str]:
    """In the shape of AWS's database secrets, which its rotation functions read. Secret.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    lists the fields.
    """
    fields = ("host", "port", "database", "user", "token", "password")
    document = asked.get(_document, *(f"external_{field}" for field in fields))
    return pulumi.Output.secret(document)


def _document(settings: ExternalSettings) -> str:
    token = settings.external_token.get_secret_value()
    credential = (
        {"token": token} if token else {"password": settings.external_password.get_secret_value()}
    )
    return json.dumps(
        {
            "engine": ENGINES.get(settings.external_type, settings.external_type),
            "host": settings.external_host,
            "port": settings.port,
            "dbname": settings.external_database,
            "username": settings.external_user,
            **credential,
        }
    )
