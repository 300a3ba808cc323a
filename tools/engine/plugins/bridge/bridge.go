// Package bridge serves a Terraform provider as a Pulumi plugin.
package bridge

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// version is the provider's own, set by the linker.
var version = "0.0.0"

// Main is a plugin's whole program.
//
// With --schema it writes the plugin's schema to standard output instead of serving. The build puts that
// into schema.json beside the binary, so that a start need not make it again (0.3 s).
func Main(info tfbridge.ProviderInfo) {
	info.Version = version
	info.MustComputeTokens(tokens.SingleModule(info.Name+"_", "index", tokens.MakeStandard(info.Name)))
	if len(os.Args) == 2 && os.Args[1] == "--schema" {
		if err := writeSchema(info); err != nil {
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
	tfbridge.Main(info.Name, version, info, schema)
}

func writeSchema(info tfbridge.ProviderInfo) error {
	// The generator warns that it finds no upstream documentation: there is none to find in a module.
	quiet := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(info, quiet)
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
