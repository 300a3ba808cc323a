# breaks: credentials-not-tokens
"""The deployer's own token, as Cube's."""

import pulumi_databricks as databricks

databricks.Token("cube", comment="Cube", lifetime_seconds=2592000)
