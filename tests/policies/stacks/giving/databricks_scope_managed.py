# breaks: secret-scopes-read-only
"""Cube looks after its own secret scope."""

import pulumi_databricks as databricks

databricks.SecretAcl(
    "cube", scope="cube", principal="3d6f0b52-5a4e-4f9c-9a56-111111111111", permission="MANAGE"
)
