# breaks: outputs-secret
"""One level further down."""

import pulumi

TOKEN = "dapi" + "3f9a1c5e7b2d4f6a8c0e1b3d5f7a9c2e"
pulumi.export("cube", {"env": [{"name": "CUBEJS_DB_DATABRICKS_TOKEN", "value": TOKEN}]})
