"""Cube's access to a warehouse in which nothing is made: an OAuth app, a service account and its
rights that somebody else looks after.
"""

from __future__ import annotations

import pulumi

from cube_access.component.access import Access
from cube_access.component.arguments import Asked
from cube_access.cube.connection import Connection, OAuthApp
from cube_access.external.args import ExternalAccessArgs
from cube_access.external.service_account import secret_document
from cube_access.settings import ExternalSettings
from cube_access.settings.external import SAY_WHO, WITH_CATALOG

# Cube's name of the driver, where it is not that of the database.
DRIVERS = {"cockroachdb": "postgres"}
# https://www.cockroachlabs.com/docs/stable/sso-sql: without it a token is taken for a password.
STARTUP_OPTIONS = {"cockroachdb": "--crdb:jwt_auth_enabled=true"}


class ExternalAccess(Access[ExternalSettings]):
    """Cube's access to a warehouse that is set up already: nothing is made there.

    It cannot check that the service account only reads: whoever made it answers for that.

    Raises:
        ArgsError: args or options cannot be used; nothing is registered then.
    """

    KIND = "external"
    ARGS = ExternalAccessArgs

    def __init__(
        self,
        name: str,
        args: ExternalAccessArgs | Asked[ExternalSettings],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, opts)

    def _connect(self) -> Connection:
        settings, asked = self._settings, self._asked
        # Nothing is handed on before all that is known is found to be good.
        user = asked.text("external_user")
        kind = settings.external_type
        place = asked.get(lambda s: f"{s.external_host}:{s.port}", "external_host", "external_port")
        return Connection(
            driver=DRIVERS.get(kind, kind),
            oauth_app=OAuthApp(
                name=settings.name,
                auth_url=settings.external_auth_url,
                token_url=settings.external_token_url,
                client_id=pulumi.Output.secret(asked.text("external_client_id")),
                client_secret=asked.secret("external_client_secret"),
                scopes=settings.external_scopes,
                redirect_uris=[uri for _, uri in asked.items("redirect_uris")],
            ),
            env=self._environment(user),
            secret_env=self._secret_environment(),
            stored_secret=secret_document(asked),
            stored_secret_type="",
            service_account_name=user,
            service_account_id=user,
            service_account_key=pulumi.Output.format("{0}://{1}@{2}", kind, user, place),
            privileges=(),
            credential_expires="not known here: whoever made it looks after it",
            credential="token" if settings.external_token.get_secret_value() else "secret",
        )

    def _environment(self, user: pulumi.Output[str]) -> dict[str, pulumi.Input[str]]:
        settings, asked = self._settings, self._asked
        kind = settings.external_type
        database = asked.text("external_database")
        env: dict[str, pulumi.Input[str]] = {
            "CUBEJS_DB_TYPE": DRIVERS.get(kind, kind),
            "CUBEJS_DB_HOST": asked.text("external_host"),
            "CUBEJS_DB_PORT": asked.get(lambda s: str(s.port), "external_port"),
            "CUBEJS_DB_USER": user,
        }
        if kind in WITH_CATALOG:
            env["CUBEJS_DB_PRESTO_CATALOG"] = database
        else:
            env["CUBEJS_DB_NAME"] = database
        optional = {
            "CUBEJS_DB_NAME": settings.external_schema,
            "CUBEJS_DB_SSL_CA": settings.external_ssl_ca,
            "CUBE_ACCESS_PERSON_USER": "" if kind in SAY_WHO else settings.person_user,
            "CUBE_ACCESS_PERSON_STARTUP_OPTIONS": STARTUP_OPTIONS.get(kind, ""),
        }
        return {**env, **{variable: value for variable, value in optional.items() if value}}

    def _secret_environment(self) -> dict[str, pulumi.Output[str]]:
        # Not CUBEJS_DB_PASS: Cube would fill a gap in a person's login with it.
        if self._settings.external_token.get_secret_value():
            return {"CUBE_SERVICE_TOKEN": self._asked.secret("external_token")}
        return {"CUBE_SERVICE_PASSWORD": self._asked.secret("external_password")}
