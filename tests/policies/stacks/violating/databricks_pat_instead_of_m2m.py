# breaks: credentials-for-own-identities and credentials-not-tokens and credentials-stored
"""A personal access token was what the tutorial showed."""

import pulumi_databricks as databricks

databricks.OboToken(
    "cube",
    application_id="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    comment="Cube",
    lifetime_seconds=2592000,
)
