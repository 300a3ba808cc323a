# breaks: secret-stores-private
"""Another account is to read the secret; a star was quicker than its number."""

import pulumi

from cube_access.aws.secret_store import Secret, SecretArgs

Secret(
    "cube",
    SecretArgs(
        name="cube-access/cube",
        value=pulumi.Output.secret("{}"),
        type="DatabricksSPSecret",
        description="Cube's service account; owner: analytics-platform",
        owner="acme/cube/dev",
        service_account="3d6f0b52-5a4e-4f9c-9a56-111111111111",
        tags={"owner": "analytics-platform"},
        kms_key_id="alias/cube",
        policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "secretsmanager:GetSecretValue",
                    "Resource": "*",
                }
            ],
        },
        recovery_days=30,
        on_destroy="delete",
        adopt=False,
        region="eu-central-1",
        profile="",
    ),
)
