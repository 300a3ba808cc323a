# breaks: memberships-visible
"""The service principal could not see a table, and admins can."""

import pulumi_databricks as databricks

principal = databricks.ServicePrincipal("cube", display_name="cube")
admins = databricks.get_group_output(display_name="admins")
databricks.GroupMember("cube", group_id=admins.id, member_id=principal.id)
