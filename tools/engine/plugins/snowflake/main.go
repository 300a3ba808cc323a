// Command pulumi-resource-snowflake is the Snowflake Terraform provider behind Pulumi's bridge.
package main

import (
	"github.com/Snowflake-Labs/terraform-provider-snowflake/pkg/provider"
	"github.com/databricks/terraform-provider-databricks/cube-access/bridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

func main() {
	bridge.Main(tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(provider.Provider()),
		Name: "snowflake",
		Config: map[string]*tfbridge.SchemaInfo{
			// The bridge would add an s for a list.
			"preview_features_enabled": {Name: "previewFeaturesEnabled"},
		},
	})
}
