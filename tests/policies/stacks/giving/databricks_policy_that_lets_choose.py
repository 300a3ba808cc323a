# breaks: clusters-isolate
"""A cluster policy with which a cluster without isolation can be chosen."""

import json

import pulumi_databricks as databricks

databricks.ClusterPolicy(
    "small",
    name="small",
    definition=json.dumps(
        {"data_security_mode": {"type": "allowlist", "values": ["USER_ISOLATION", "NONE"]}}
    ),
)
