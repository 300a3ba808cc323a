# breaks: outputs-secret
"""The token as an output, to paste it into Cube."""

import pulumi
import pulumi_databricks as databricks

scope = databricks.SecretScope("cube", name="cube")
pulumi.export("cube_token", "dapi" + "0" * 30 + "ab")
