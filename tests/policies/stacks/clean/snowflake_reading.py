# breaks: nothing
"""A role that reads one schema, and the user that has it."""

import pulumi_snowflake as snowflake

PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0QKUP9HktjjZmlF/x7fFCizn8tRX"
    "ETr4NHNakau+FTBJzTUylltQtFGEDGV8gnLOrPR114rGKxrQ2L0+8HV7HLNJ1uTfgxsmWnLc"
    "V5vtQ+3iCGRWyK40AoxYc19JUAmrYsrah56AbkSzP9DokTp6h9kdImwKFcXR6UbRjB1pZzlO"
    "ck79MTjyFGjDXhf9yfx/WpZMfW/tjBtS6/4LmBym79figGKwuVg84HE5TJzCxwXhjeYEtnOw"
    "Gzsilpnw+PD9AaQsLJH0dJ4vr6OM+KsLmWIkHD2IYZkMkPb3VxDVSLtilsEB8SQ1kkSqhwDN"
    "lyjYHjULesyUvD0/CrU4vn6z4QIDAQAB"
)

role = snowflake.AccountRole(
    "cube", name="CUBE", comment="What Cube may read; owner: analytics-platform"
)
user = snowflake.ServiceUser(
    "cube",
    name="CUBE",
    comment="Cube's service account; owner: analytics-platform",
    default_role=role.name,
    default_secondary_roles_option="NONE",
    default_warehouse="COMPUTE_WH",
    network_policy="CUBE",
    rsa_public_key=PUBLIC_KEY,
)
snowflake.GrantAccountRole("cube", role_name=role.name, user_name=user.name)
snowflake.GrantPrivilegesToAccountRole(
    "warehouse",
    account_role_name=role.name,
    privileges=["USAGE"],
    on_account_object={"object_type": "WAREHOUSE", "object_name": "COMPUTE_WH"},
)
snowflake.GrantPrivilegesToAccountRole(
    "database",
    account_role_name=role.name,
    privileges=["USAGE"],
    on_account_object={"object_type": "DATABASE", "object_name": "ANALYTICS"},
)
snowflake.GrantPrivilegesToAccountRole(
    "schema",
    account_role_name=role.name,
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
snowflake.GrantPrivilegesToAccountRole(
    "tables",
    account_role_name=role.name,
    privileges=["select"],
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
snowflake.GrantPrivilegesToAccountRole(
    "future-tables",
    account_role_name=role.name,
    privileges=["SELECT"],
    on_schema_object={"future": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
