// Command terraform-provider-databricks serves to Terraform what pulumi-resource-databricks serves to Pulumi.
package main

import (
	"github.com/databricks/terraform-provider-databricks/internal/providers/sdkv2"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: func() *schema.Provider { return sdkv2.DatabricksProvider() }})
}
