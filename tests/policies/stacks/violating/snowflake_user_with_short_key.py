# breaks: keys-strong
"""An old key of 1024 bits was still lying around."""

import pulumi_snowflake as snowflake

PUBLIC_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDiUdlK4S8EbISPvKP/2+sCMvK/A8OiZEzd"
    "zG2AYkjLG2ajVPTswpoEsycXWMpW0a999qvW1GzqMqwkJyDQrxbKDGUWAhjJCAjq1qmIK6tt"
    "Z1rphCLKL/iqOUGDEQaDI32zIbqJbzYA82Ipxw3jXOZwQT4T9eIOPRbd8HaRU7hgbQIDAQAB"
)
snowflake.ServiceUser(
    "cube",
    name="CUBE",
    comment="Cube's service account; owner: analytics-platform",
    default_role="CUBE",
    default_secondary_roles_option="NONE",
    default_warehouse="COMPUTE_WH",
    network_policy="CUBE",
    rsa_public_key=PUBLIC_KEY,
)
