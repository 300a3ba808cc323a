"""A team's own program: a SQL warehouse, Cube's access to it and to a Snowflake account, and a
grant that builds on the second.
"""

import pulumi
import pulumi_databricks as databricks
import pulumi_snowflake as snowflake

from cube_access import (
    DatabricksAccess,
    DatabricksAccessArgs,
    SnowflakeAccess,
    SnowflakeAccessArgs,
    SnowflakeSignInArgs,
)

config = pulumi.Config()
redirect_uri = config.require("redirectUri")

# Databricks: the deployer is whom DATABRICKS_* variables or a profile name.
workspace = databricks.Provider("workspace", host=f"https://{config.require('databricksHost')}")
warehouse = databricks.SqlEndpoint(
    "cube-and-dashboards",
    name="Cube and dashboards",
    cluster_size="2X-Small",
    max_num_clusters=1,
    auto_stop_mins=10,
    warehouse_type="PRO",
    enable_serverless_compute=True,
    opts=pulumi.ResourceOptions(provider=workspace),
)
sales = DatabricksAccess(
    "sales",
    DatabricksAccessArgs(
        redirect_uris=[redirect_uri],
        account_id=config.require("databricksAccountId"),
        workspace_host=config.require("databricksHost"),
        workspace_id=config.require("databricksWorkspaceId"),
        sql_warehouse_id=warehouse.id,  # not known before the first `pulumi up`
        schemas=["main.sales"],
        user_groups=["analysts"],
        protect=False,  # so that `pulumi destroy` is complete; leave it away for people
        secret_recovery_days=0,
    ),
)

# Snowflake: the deployer is named here, and the key is a secret of the stack's configuration.
user, key = config.require("snowflakeUser"), config.require_secret("snowflakePrivateKey")
account = config.require("snowflakeAccount")
finance = SnowflakeAccess(
    "finance",
    SnowflakeAccessArgs(
        redirect_uris=[redirect_uri],
        account=account,
        warehouse="COMPUTE_WH",
        schemas=["ANALYTICS.SALES"],
        user_roles=["ANALYST"],
        sign_in=SnowflakeSignInArgs(user=user, private_key=key),
        protect=False,
        secret_recovery_days=0,
    ),
)

# Engineers may do what the service account may, to see what Cube sees.
organization, _, name = account.partition("-")
roles = snowflake.Provider(
    "roles",
    organization_name=organization,
    account_name=name,
    user=user,
    authenticator="SNOWFLAKE_JWT",
    private_key=key,
    role="USERADMIN",
)
snowflake.GrantAccountRole(
    "engineers-see-what-cube-sees",
    role_name=finance.service_account["name"],
    parent_role_name="ENGINEER",
    opts=pulumi.ResourceOptions(provider=roles, depends_on=[finance]),
)

pulumi.export("salesEnv", sales.cube_env)
pulumi.export("financeEnv", finance.cube_env)
pulumi.export("financeSteps", finance.next_steps)
