# breaks: secondary-roles-off
"""The user should have all of its roles in every session."""

import pulumi_snowflake as snowflake

PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0QKUP9HktjjZmlF/x7fFCizn8tRX"
    "ETr4NHNakau+FTBJzTUylltQtFGEDGV8gnLOrPR114rGKxrQ2L0+8HV7HLNJ1uTfgxsmWnLc"
    "V5vtQ+3iCGRWyK40AoxYc19JUAmrYsrah56AbkSzP9DokTp6h9kdImwKFcXR6UbRjB1pZzlO"
    "ck79MTjyFGjDXhf9yfx/WpZMfW/tjBtS6/4LmBym79figGKwuVg84HE5TJzCxwXhjeYEtnOw"
    "Gzsilpnw+PD9AaQsLJH0dJ4vr6OM+KsLmWIkHD2IYZkMkPb3VxDVSLtilsEB8SQ1kkSqhwDN"
    "lyjYHjULesyUvD0/CrU4vn6z4QIDAQAB"
)
snowflake.ServiceUser(
    "cube",
    name="CUBE_SECONDARY",
    comment="Cube's service account; owner: analytics-platform",
    default_role="CUBE",
    default_secondary_roles_option="ALL",
    default_warehouse="COMPUTE_WH",
    network_policy="CUBE",
    rsa_public_key=PUBLIC_KEY,
)
