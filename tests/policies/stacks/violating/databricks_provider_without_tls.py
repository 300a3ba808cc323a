# breaks: providers-verify
"""The company's proxy has a certificate of its own, and checking it was in the way."""

import pulumi
import pulumi_databricks as databricks

workspace = databricks.Provider("workspace", skip_verify=True)
databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    schema="main.sales",
    privileges=["SELECT"],
    opts=pulumi.ResourceOptions(provider=workspace),
)
