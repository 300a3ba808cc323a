"""One environment: settings -> components -> outputs.

Wiring only, and the only reader of the stack's configuration.
"""

from __future__ import annotations

import gc
import json
import os

import pulumi

from cube_access import settings as stack_settings
from cube_access.aws.secret_store import Secret, SecretArgs
from cube_access.cube import cube_py, env
from cube_access.declared import declaration
from cube_access.guard import Guard
from cube_access.provider.resource import Provider
from cube_access.settings import (
    DatabricksSettings,
    ExternalSettings,
    SettingsError,
    SnowflakeSettings,
)

encrypted = json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
try:
    settings = stack_settings.load(pulumi.runtime.get_config_env(), pulumi.get_stack(), encrypted)
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

# A warehouse's SDK makes some hundred thousand objects that stay: without the collector's looks at
# them it loads in four fifths of the time, and a program as short as this one needs none after.
gc.disable()

own = Provider("cube")
plugin = pulumi.ResourceOptions(providers=[own])

# Imported late: the other warehouse's SDK would cost every preview a second. Named "cube", not
# settings.name: a new logical name would make everything anew instead of renaming it.
environment: databricks.Environment | snowflake.Environment | external.Environment
match settings:
    case DatabricksSettings():
        from cube_access.databricks import environment as databricks

        environment = databricks.Environment("cube", settings, plugin)
    case SnowflakeSettings():
        from cube_access.snowflake import environment as snowflake

        environment = snowflake.Environment("cube", settings, plugin)
    case ExternalSettings():
        from cube_access.external import environment as external

        environment = external.Environment("cube", settings, plugin)
connection = environment.connection

secret: Secret | None = None
if connection.stored_secret is not None:
    secret = Secret(
        "cube-secret",
        SecretArgs(
            name=settings.secret_name,
            value=connection.stored_secret,
            type=connection.stored_secret_type,
            description=f"Service account {settings.name} of Cube, written by cube-access",
            owner=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}",
            service_account=connection.service_account_key,
            tags=settings.tags,
            kms_key_id=settings.secret_kms_key_id,
            policy=settings.secret_policy,
            recovery_days=settings.secret_recovery_days,
            on_destroy=settings.secret_on_destroy,
            adopt=settings.adopt_secret,
            region=settings.aws_region,
            profile=settings.aws_profile,
        ),
        pulumi.ResourceOptions(provider=own),
    )
Guard(
    "cube-guard",
    what="this environment",
    protect=settings.protect,
    opts=pulumi.ResourceOptions(
        provider=own,
        protect=settings.protect,
        depends_on=[environment, *([secret] if secret else [])],
    ),
)

app = connection.oauth_app
others = settings.other_data_sources
cube_env = pulumi.Output.secret(
    env.environment(connection, data_source=settings.data_source, others=others)
)
cube_py_text = cube_py.render(
    connection.driver,
    source=settings.source_name,
    fallback=settings.fallback,
    data_source=settings.data_source,
    others=others,
)
next_steps = [
    "Cube Cloud > Admin > Integrations > OAuth apps: create one with the fields of "
    "cube_oauth_app (pulumi stack output cube_oauth_app --show-secrets).",
    f"Name its key under userCredentials {settings.source_name}.",
    "Set cube_env as the deployment's environment variables, and deploy cube_py as cube.py "
    f"(cube-access env --stack {pulumi.get_stack()}, and cube-access cube-py).",
    *connection.steps,
    "Each person presses Authorize once in Cube Cloud.",
]
environment.register_outputs(
    {
        "cubeEnv": cube_env,
        "cubePy": cube_py_text,
        "oauthApp": {
            "name": app.name,
            "authUrl": app.auth_url,
            "tokenUrl": app.token_url,
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "scopes": list(app.scopes),
            "redirectUri": app.redirect_uris[0],
        },
        "serviceAccount": {
            "name": connection.service_account_name,
            "id": connection.service_account_id,
            "privileges": list(connection.privileges),
            "credentialExpires": connection.credential_expires,
        },
        "secretArn": secret.arn if secret else "",
        "nextSteps": next_steps,
        "declaration": declaration(
            settings, {key.removeprefix("cube-access:") for key in encrypted}
        ),
    }
)
pulumi.export("cube_env", cube_env)
pulumi.export("cube_py", cube_py_text)
pulumi.export(
    "cube_oauth_app",
    {
        "name": app.name,
        "auth_url": app.auth_url,
        "token_url": app.token_url,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "scopes": list(app.scopes),
        "redirect_uri": app.redirect_uris[0],
    },
)
pulumi.export(
    "service_account",
    {
        "name": connection.service_account_name,
        "id": connection.service_account_id,
        "privileges": list(connection.privileges),
        "credential_expires": connection.credential_expires,
    },
)
pulumi.export("secret_arn", secret.arn if secret else "none: there is nothing to store")
pulumi.export("next_steps", next_steps)
