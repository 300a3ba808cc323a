# breaks: data-not-published
"""A partner reads along."""

import pulumi_databricks as databricks

databricks.Recipient("partner", name="partner", authentication_type="TOKEN")
