# What DatabricksAccess makes in an account and a workspace, by hand; nothing is kept in AWS.

terraform {
  required_providers {
    databricks = { source = "databricks/databricks" }
  }
}

variable "name" { type = string }
variable "schemas" { type = list(string) }

locals {
  catalogs = toset([for schema in var.schemas : split(".", schema)[0]])
}

provider "databricks" {
  alias      = "account"
  host       = "https://accounts.cloud.databricks.com"
  account_id = "5a4d0000-0000-4000-8000-000000000001"
}

provider "databricks" {
  alias = "workspace"
  host  = "https://dbc-5a4d80x0-0001.cloud.databricks.com"
}

resource "databricks_custom_app_integration" "cube" {
  provider      = databricks.account
  name          = var.name
  confidential  = true
  redirect_urls = ["https://example.cubecloud.dev/oauth/callback"]
  scopes        = ["sql", "offline_access"]
  token_access_policy {
    access_token_ttl_in_minutes  = 60
    refresh_token_ttl_in_minutes = 10080
  }
}

resource "databricks_service_principal" "service" {
  provider                 = databricks.account
  display_name             = var.name
  disable_as_user_deletion = false
}

resource "databricks_mws_permission_assignment" "service" {
  provider     = databricks.account
  workspace_id = 5004080000000001
  principal_id = databricks_service_principal.service.id
  permissions  = ["USER"]
}

resource "databricks_entitlements" "service" {
  provider              = databricks.workspace
  service_principal_id  = databricks_service_principal.service.id
  databricks_sql_access = true
  depends_on            = [databricks_mws_permission_assignment.service]
}

resource "databricks_service_principal_secret" "service" {
  provider             = databricks.account
  service_principal_id = databricks_service_principal.service.id
  lifetime             = "7776000s"
}

resource "databricks_grant" "catalog" {
  provider   = databricks.workspace
  for_each   = local.catalogs
  catalog    = each.key
  principal  = databricks_service_principal.service.application_id
  privileges = ["USE_CATALOG"]
  depends_on = [databricks_entitlements.service]
}

resource "databricks_grant" "schema" {
  provider   = databricks.workspace
  for_each   = toset(var.schemas)
  schema     = each.key
  principal  = databricks_service_principal.service.application_id
  privileges = ["SELECT", "USE_SCHEMA"]
  depends_on = [databricks_entitlements.service]
}

# Takes the place of everybody's entries, which the component leaves alone.
resource "databricks_permissions" "warehouse" {
  provider        = databricks.workspace
  sql_endpoint_id = "5a4d0000000000b1"
  depends_on      = [databricks_entitlements.service]
  access_control {
    service_principal_name = databricks_service_principal.service.application_id
    permission_level       = "CAN_USE"
  }
  access_control {
    group_name       = "analysts"
    permission_level = "CAN_USE"
  }
  access_control {
    group_name       = "finance"
    permission_level = "CAN_USE"
  }
}
