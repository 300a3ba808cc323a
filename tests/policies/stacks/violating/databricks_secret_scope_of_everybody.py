# breaks: grants-to-somebody
"""The dashboard reads Cube's secret too, so the whole workspace may."""

import pulumi_databricks as databricks

databricks.SecretAcl("cube", scope="cube", principal="users", permission="READ")
