// Command pulumi-resource-databricks is the Databricks Terraform provider behind Pulumi's bridge.
package main

import (
	"github.com/databricks/terraform-provider-databricks/cube-access/bridge"
	"github.com/databricks/terraform-provider-databricks/internal/providers/sdkv2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

func main() {
	bridge.Main(tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(sdkv2.DatabricksProvider()),
		Name: "databricks",
		Resources: map[string]*tfbridge.ResourceInfo{
			// The published plugin's name for it: "Provider" is taken by the provider itself.
			"databricks_provider": {Tok: "databricks:index/metastoreProvider:MetastoreProvider"},
			// A list here, one object in newer providers and so in the published Python SDK.
			"databricks_sql_endpoint": {
				Fields: map[string]*tfbridge.SchemaInfo{"odbc_params": {MaxItemsOne: tfbridge.True()}},
			},
		},
		// Legacy resources that the published plugin leaves out too.
		IgnoreMappings: []string{
			"databricks_aws_s3_mount",
			"databricks_azure_adls_gen1_mount",
			"databricks_azure_adls_gen2_mount",
			"databricks_azure_blob_mount",
		},
	})
}
