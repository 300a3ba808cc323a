# breaks: code-stays-inside
"""A function sends what it is given through an integration of others."""

import pulumi_snowflake as snowflake

snowflake.ExternalFunction(
    "send",
    name="SEND",
    database="ANALYTICS",
    schema="SALES",
    args=[snowflake.ExternalFunctionArgArgs(name="ROW", type="VARCHAR")],
    return_type="VARIANT",
    return_behavior="VOLATILE",
    api_integration="SOMEBODYS",
    url_of_proxy_and_resource="https://a.example/prod/send",
)
