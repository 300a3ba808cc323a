# breaks: nothing
"""Things that neither grant nor sign in."""

import pulumi_databricks as databricks

databricks.Directory("cube", path="/Shared/cube")
databricks.Schema("cube", catalog_name="main", name="cube", comment="owner: analytics-platform")
