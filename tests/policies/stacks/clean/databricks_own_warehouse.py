# breaks: nothing
"""A SQL warehouse of one's own, which the service principal may use."""

import pulumi_databricks as databricks

warehouse = databricks.SqlEndpoint("cube", name="cube", cluster_size="2X-Small")
databricks.Permissions(
    "cube",
    sql_endpoint_id=warehouse.id,
    access_controls=[
        databricks.PermissionsAccessControlArgs(
            service_principal_name="3d6f0b52-5a4e-4f9c-9a56-111111111111",
            permission_level="CAN_USE",
        )
    ],
)
