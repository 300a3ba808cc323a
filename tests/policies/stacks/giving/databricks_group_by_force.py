# breaks: nothing-adopted
"""The group is there already, with members and rights of its own."""

import pulumi_databricks as databricks

databricks.Group("finance", display_name="finance-all-access", force=True)
