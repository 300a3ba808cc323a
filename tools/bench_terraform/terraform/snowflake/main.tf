# What SnowflakeAccess makes in an account, by hand. The key pair is the caller's, and nothing is kept in AWS.

terraform {
  required_providers {
    snowflake = { source = "snowflakedb/snowflake" }
  }
}

variable "name" { type = string }
variable "schemas" { type = list(string) }
variable "public_key" { type = string }

locals {
  account   = { organization = "SANDBOX", name = "ANALYTICS" }
  warehouse = "COMPUTE_WH"
  databases = toset([for schema in var.schemas : split(".", schema)[0]])
  quoted    = { for schema in var.schemas : schema => format("\"%s\"", join("\".\"", split(".", schema))) }
  objects = {
    for pair in setproduct(var.schemas, ["TABLES", "VIEWS"]) :
    "${pair[0]}.${pair[1]}" => { schema = local.quoted[pair[0]], kind = pair[1] }
  }
}

provider "snowflake" {
  alias             = "integrations"
  organization_name = local.account.organization
  account_name      = local.account.name
  role              = "ACCOUNTADMIN"
}

provider "snowflake" {
  alias             = "users"
  organization_name = local.account.organization
  account_name      = local.account.name
  role              = "USERADMIN"
}

provider "snowflake" {
  alias             = "security"
  organization_name = local.account.organization
  account_name      = local.account.name
  role              = "SECURITYADMIN"
}

resource "snowflake_oauth_integration_for_custom_clients" "cube" {
  provider                         = snowflake.integrations
  name                             = var.name
  comment                          = "Cube's sign-in"
  enabled                          = "true"
  oauth_client_type                = "CONFIDENTIAL"
  oauth_redirect_uri               = "https://example.cubecloud.dev/oauth/callback"
  oauth_allow_non_tls_redirect_uri = "false"
  oauth_enforce_pkce               = "true"
  oauth_issue_refresh_tokens       = "true"
  oauth_refresh_token_validity     = 604800
  oauth_use_secondary_roles        = "NONE"
  blocked_roles_list               = ["SYSADMIN", "USERADMIN"]
}

resource "snowflake_execute" "secrets" {
  provider = snowflake.integrations
  execute  = "DESCRIBE SECURITY INTEGRATION \"${snowflake_oauth_integration_for_custom_clients.cube.name}\""
  revert   = "SELECT 1"
  query    = "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('${snowflake_oauth_integration_for_custom_clients.cube.name}') AS SECRETS"
}

resource "snowflake_account_role" "service" {
  provider = snowflake.users
  name     = var.name
  comment  = "What Cube's service account may read"
}

resource "snowflake_service_user" "service" {
  provider                       = snowflake.users
  name                           = var.name
  comment                        = "Cube's service account"
  login_name                     = var.name
  default_role                   = snowflake_account_role.service.name
  default_secondary_roles_option = "NONE"
  default_warehouse              = local.warehouse
  rsa_public_key                 = var.public_key
  statement_timeout_in_seconds   = 600
}

resource "snowflake_grant_account_role" "service" {
  provider  = snowflake.users
  role_name = snowflake_account_role.service.name
  user_name = snowflake_service_user.service.name
}

resource "snowflake_account_role" "people" {
  provider = snowflake.users
  name     = "${var.name}_PEOPLE"
  comment  = "The warehouse of people who use Cube"
}

resource "snowflake_grant_account_role" "people" {
  provider         = snowflake.users
  role_name        = snowflake_account_role.people.name
  parent_role_name = "ANALYST"
}

resource "snowflake_grant_privileges_to_account_role" "usage_database" {
  provider          = snowflake.security
  for_each          = local.databases
  account_role_name = snowflake_account_role.service.name
  privileges        = ["USAGE"]
  on_account_object {
    object_type = "DATABASE"
    object_name = each.key
  }
}

resource "snowflake_grant_privileges_to_account_role" "usage" {
  provider          = snowflake.security
  for_each          = local.quoted
  account_role_name = snowflake_account_role.service.name
  privileges        = ["USAGE"]
  on_schema {
    schema_name = each.value
  }
}

resource "snowflake_grant_privileges_to_account_role" "all" {
  provider          = snowflake.security
  for_each          = local.objects
  account_role_name = snowflake_account_role.service.name
  privileges        = ["SELECT"]
  on_schema_object {
    all {
      object_type_plural = each.value.kind
      in_schema          = each.value.schema
    }
  }
}

resource "snowflake_grant_privileges_to_account_role" "future" {
  provider          = snowflake.security
  for_each          = local.objects
  account_role_name = snowflake_account_role.service.name
  privileges        = ["SELECT"]
  on_schema_object {
    future {
      object_type_plural = each.value.kind
      in_schema          = each.value.schema
    }
  }
}

resource "snowflake_grant_privileges_to_account_role" "warehouse" {
  provider          = snowflake.security
  for_each          = { service = snowflake_account_role.service.name, people = snowflake_account_role.people.name }
  account_role_name = each.value
  privileges        = ["USAGE"]
  on_account_object {
    object_type = "WAREHOUSE"
    object_name = local.warehouse
  }
}
