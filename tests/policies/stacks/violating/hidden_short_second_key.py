# breaks: keys-strong
"""The first key is as it should be."""

import pulumi_snowflake as snowflake

PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0QKUP9HktjjZmlF/x7fFCizn8tRX"
    "ETr4NHNakau+FTBJzTUylltQtFGEDGV8gnLOrPR114rGKxrQ2L0+8HV7HLNJ1uTfgxsmWnLc"
    "V5vtQ+3iCGRWyK40AoxYc19JUAmrYsrah56AbkSzP9DokTp6h9kdImwKFcXR6UbRjB1pZzlO"
    "ck79MTjyFGjDXhf9yfx/WpZMfW/tjBtS6/4LmBym79figGKwuVg84HE5TJzCxwXhjeYEtnOw"
    "Gzsilpnw+PD9AaQsLJH0dJ4vr6OM+KsLmWIkHD2IYZkMkPb3VxDVSLtilsEB8SQ1kkSqhwDN"
    "lyjYHjULesyUvD0/CrU4vn6z4QIDAQAB"
)
SECOND_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDiUdlK4S8EbISPvKP/2+sCMvK/A8OiZEzd"
    "zG2AYkjLG2ajVPTswpoEsycXWMpW0a999qvW1GzqMqwkJyDQrxbKDGUWAhjJCAjq1qmIK6tt"
    "Z1rphCLKL/iqOUGDEQaDI32zIbqJbzYA82Ipxw3jXOZwQT4T9eIOPRbd8HaRU7hgbQIDAQAB"
)
snowflake.ServiceUser(
    "cube",
    name="CUBE_TWO_KEYS",
    comment="Cube's service account; owner: analytics-platform",
    default_role="CUBE",
    default_secondary_roles_option="NONE",
    default_warehouse="COMPUTE_WH",
    network_policy="CUBE",
    rsa_public_key=PUBLIC_KEY,
    rsa_public_key2=SECOND_KEY,
)
