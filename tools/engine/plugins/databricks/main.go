// Command pulumi-resource-databricks is the Databricks Terraform provider behind Pulumi's bridge.
//
// With --schema it writes the plugin's schema to standard output instead of serving. The build puts that
// into schema.json beside the binary, so that a start need not make it again (0.3 s).
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/databricks/terraform-provider-databricks/internal/providers/sdkv2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

const name = "databricks"

// version is the provider's own, set by the linker.
var version = "0.0.0"

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(sdkv2.DatabricksProvider()),
		Name:    name,
		Version: version,
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
	}
	info.MustComputeTokens(tokens.SingleModule(name+"_", "index", tokens.MakeStandard(name)))
	return info
}

func writeSchema() error {
	// The generator warns that it finds no upstream documentation: there is none to find in a module.
	quiet := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(provider(), quiet)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(spec)
}

func readSchema() ([]byte, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	binary, err = filepath.EvalSymlinks(binary)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(binary + ".schema.json")
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--schema" {
		if err := writeSchema(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	schema, err := readSchema()
	if err != nil {
		fmt.Fprintln(os.Stderr, "no schema beside the plugin:", err)
		os.Exit(1)
	}
	tfbridge.Main(name, version, provider(), schema)
}
