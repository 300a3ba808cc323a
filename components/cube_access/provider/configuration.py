"""The plugin's own configuration: how it signs in where the environment shall not decide."""

from __future__ import annotations

from cube_access.provider.definition import Property
from cube_access.provider.lifecycle import Failure, SignIn, Values
from cube_access.provider.values import UNKNOWN

PROPERTIES = {
    "databricksClientId": Property(
        description="Application id of the service principal that signs in to Databricks. Default: "
        "DATABRICKS_CLIENT_ID, or a profile, as the Databricks SDK finds it.",
        optional=True,
    ),
    "databricksClientSecret": Property(
        description="Its OAuth secret. Default: DATABRICKS_CLIENT_SECRET.",
        secret=True,
        optional=True,
    ),
    "databricksProfile": Property(
        description="Profile of the Databricks configuration file. Default: "
        "DATABRICKS_CONFIG_PROFILE.",
        optional=True,
    ),
    "snowflakeUser": Property(
        description="User that signs in to Snowflake. Default: SNOWFLAKE_USER, or a profile, as "
        "the Snowflake plugin finds it.",
        optional=True,
    ),
    "snowflakePrivateKey": Property(
        description="Its private key: PKCS #8, PEM. Default: SNOWFLAKE_PRIVATE_KEY.",
        secret=True,
        optional=True,
    ),
    "snowflakePrivateKeyPassphrase": Property(
        description="What the private key is encrypted with. Default: "
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE.",
        secret=True,
        optional=True,
    ),
    "snowflakeProfile": Property(
        description="Profile of the Snowflake plugin's configuration file. Default: "
        "SNOWFLAKE_PROFILE.",
        optional=True,
    ),
}
SECRETS = frozenset(name for name, each in PROPERTIES.items() if each.secret)
# The engine's own keys among a provider's inputs.
ENGINES = frozenset({"version", "pluginDownloadURL", "__internal"})


def check(inputs: Values) -> list[Failure]:
    """What is wrong with a provider's inputs."""
    failures = [
        Failure(key, f"cube-access has no such configuration; there is {', '.join(PROPERTIES)}")
        for key in inputs
        if key not in PROPERTIES and key not in ENGINES
    ]
    for profile, *pair in (
        ("databricksProfile", "databricksClientId", "databricksClientSecret"),
        ("snowflakeProfile", "snowflakeUser", "snowflakePrivateKey"),
    ):
        if len(given := [key for key in pair if inputs.get(key) not in (None, "")]) == 1:
            other = next(key for key in pair if key not in given)
            failures.append(Failure(other, f"is missing: {given[0]} is set"))
        if given and inputs.get(profile) not in (None, ""):
            failures.append(Failure(profile, f"does not go with {given[0]}: set one of the two"))
    return failures


def changed(olds: Values, news: Values) -> list[str]:
    """The keys of our configuration that differ."""
    return [key for key in PROPERTIES if olds.get(key) != news.get(key)]


def sign_in(inputs: Values) -> SignIn:
    """How to sign in. What a preview does not know yet counts as not set."""

    def text(key: str) -> str:
        value = inputs.get(key)
        return "" if value is None or value is UNKNOWN else str(value)

    return SignIn(
        databricks_client_id=text("databricksClientId"),
        databricks_client_secret=text("databricksClientSecret"),
        databricks_profile=text("databricksProfile"),
        snowflake_profile=text("snowflakeProfile"),
        snowflake_user=text("snowflakeUser"),
        snowflake_private_key=text("snowflakePrivateKey"),
        snowflake_private_key_passphrase=text("snowflakePrivateKeyPassphrase"),
    )
