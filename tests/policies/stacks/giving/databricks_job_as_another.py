# breaks: runs-as-own-identity
"""A job of this stack runs as the principal of another."""

import pulumi_databricks as databricks

databricks.Job(
    "nightly",
    name="nightly",
    run_as=databricks.JobRunAsArgs(service_principal_name="3d6f0b52-5a4e-4f9c-9a56-111111111111"),
)
