# breaks: grants-read-only
"""Whatever has the tag may be changed."""

import pulumi_databricks as databricks

databricks.PolicyInfo(
    "writers",
    name="writers",
    policy_type="POLICY_TYPE_GRANT",
    for_securable_type="TABLE",
    on_securable_type="SCHEMA",
    on_securable_fullname="main.sales",
    to_principals=["3d6f0b52-5a4e-4f9c-9a56-111111111111"],
    grant=databricks.PolicyInfoGrantArgs(privileges=["MODIFY"]),
)
