"""One environment in whose warehouse nothing is made: an OAuth app, a service account and its
rights that somebody else looks after.
"""

from __future__ import annotations

import pulumi

from cube_access.connection import Connection, OAuthApp
from cube_access.external.service_account import secret_document
from cube_access.settings import ExternalSettings
from cube_access.settings.external import WITH_CATALOG

# Cube's name of the driver, where it is not that of the database.
DRIVERS = {"cockroachdb": "postgres"}
# https://www.cockroachlabs.com/docs/stable/sso-sql: without it a token is taken for a password.
STARTUP_OPTIONS = {"cockroachdb": "--crdb:jwt_auth_enabled=true"}


class Environment(pulumi.ComponentResource):
    """Nothing in the cloud; `connection` is what Cube needs to know of what is there.

    It cannot check that the service account only reads: whoever made it answers for that.
    """

    connection: Connection

    def __init__(
        self, name: str, settings: ExternalSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cube-access:external:Environment", name, None, opts)
        kind = settings.external_type
        driver = DRIVERS.get(kind, kind)
        has_catalog = kind in WITH_CATALOG
        optional = {
            "CUBEJS_DB_NAME": settings.external_schema
            if has_catalog
            else settings.external_database,
            "CUBEJS_DB_PRESTO_CATALOG": settings.external_database if has_catalog else "",
            "CUBEJS_DB_SSL_CA": settings.external_ssl_ca,
            "CUBE_ACCESS_PERSON_USER": "" if kind == "mssql" else settings.person_user,
            "CUBE_ACCESS_PERSON_STARTUP_OPTIONS": STARTUP_OPTIONS.get(kind, ""),
        }
        env: dict[str, pulumi.Input[str]] = {
            "CUBEJS_DB_TYPE": driver,
            "CUBEJS_DB_HOST": settings.external_host,
            "CUBEJS_DB_PORT": str(settings.port),
            "CUBEJS_DB_USER": settings.external_user,
            **{variable: value for variable, value in optional.items() if value},
        }
        # Not CUBEJS_DB_PASS: Cube would fill a gap in a person's login with it.
        token = settings.external_token.get_secret_value()
        secret_env = (
            {"CUBE_SERVICE_TOKEN": pulumi.Output.secret(token)}
            if token
            else {
                "CUBE_SERVICE_PASSWORD": pulumi.Output.secret(
                    settings.external_password.get_secret_value()
                )
            }
        )
        place = f"{settings.external_host}:{settings.port}"
        user = pulumi.Output.from_input(settings.external_user)
        self.connection = Connection(
            driver=driver,
            oauth_app=OAuthApp(
                name=settings.name,
                auth_url=settings.external_auth_url,
                token_url=settings.external_token_url,
                client_id=pulumi.Output.secret(settings.external_client_id),
                client_secret=pulumi.Output.secret(
                    settings.external_client_secret.get_secret_value()
                ),
                scopes=settings.external_scopes,
                redirect_uris=settings.redirect_uris,
            ),
            env=env,
            secret_env=secret_env,
            stored_secret=pulumi.Output.secret(secret_document(settings)),
            stored_secret_type="",
            service_account_name=settings.external_user,
            service_account_id=user,
            service_account_key=pulumi.Output.format("{0}://{1}@{2}", kind, user, place),
            privileges=(),
            credential_expires="not known here: whoever made it looks after it",
        )
