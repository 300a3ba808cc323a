# breaks: access-lists-additive
"""CAN_USE on the shared SQL warehouse; everybody else loses theirs."""

import pulumi_databricks as databricks

databricks.Permissions(
    "cube",
    sql_endpoint_id="5a4d0000000000b1",
    access_controls=[
        databricks.PermissionsAccessControlArgs(
            service_principal_name="3d6f0b52-5a4e-4f9c-9a56-111111111111",
            permission_level="CAN_USE",
        )
    ],
)
