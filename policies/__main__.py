"""The policy pack: a list of rules, nothing else. Making a PolicyPack starts a server, so only
here.
"""

from pulumi_policy import EnforcementLevel, PolicyPack
from rules.databricks import RULES as DATABRICKS
from rules.snowflake import RULES as SNOWFLAKE

PolicyPack(
    "cube-access",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[*DATABRICKS, *SNOWFLAKE],
)
