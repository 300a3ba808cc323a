# breaks: owners-not-services
"""Cube owns the schema that it reads, so that nobody has to grant."""

import pulumi_databricks as databricks

cube = databricks.ServicePrincipal("cube", display_name="cube")
databricks.Schema("sales", catalog_name="main", name="sales", owner=cube.application_id)
