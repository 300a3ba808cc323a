// Generates a package's SDK from its schema, with the engine's own generators: what the official
// language hosts do, without them.
//
// Usage: pulumi-gen-sdk LANGUAGE SCHEMA OUT [LOADER]
// LOADER is the engine's address for the schemas of other packages; without it a schema that refers to
// one is refused.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "pulumi-gen-sdk"

// alone knows no other package.
type alone struct{}

func (alone) refuse(name string) error {
	return fmt.Errorf("the schema refers to the package %q, and there is no engine to ask for its schema", name)
}

func (l alone) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, l.refuse(name)
}

func (l alone) LoadPackageV2(_ context.Context, d *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, l.refuse(d.Name)
}

func (l alone) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, l.refuse(name)
}

func (l alone) LoadPackageReferenceV2(_ context.Context, d *schema.PackageDescriptor) (schema.PackageReference, error) {
	return nil, l.refuse(d.Name)
}

func generate(language, file, out, address string) error {
	var loader schema.ReferenceLoader = alone{}
	if address != "" {
		client, err := schema.NewLoaderClient(address)
		if err != nil {
			return err
		}
		defer client.Close()
		loader = client
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("%s is no schema: %w", file, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	var files map[string][]byte
	switch language {
	case "nodejs":
		files, err = nodejs.GeneratePackage(tool, pkg, nil, nil, false, loader)
	case "python":
		files, err = python.GeneratePackage(tool, pkg, nil, loader)
	default:
		err = fmt.Errorf("no SDK is generated for %q: nodejs or python", language)
	}
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintf(os.Stderr, "usage: %s LANGUAGE SCHEMA OUT [LOADER]\n", tool)
		os.Exit(2)
	}
	address := ""
	if len(os.Args) > 4 {
		address = os.Args[4]
	}
	if err := generate(os.Args[1], os.Args[2], os.Args[3], address); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", tool, err)
		os.Exit(1)
	}
}
