//go:build contract

package contract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
)

// spec is one of Adobe's OpenAPI files and where its paths hang on the host.
type spec struct {
	file, base string
	doc        *openapi3.T
}

// files are the OpenAPI files of the services that we call. The base of a
// file is the gateway's, since the files print it with variables or not at all.
var files = []struct{ name, base string }{
	{"sandbox.yaml", "/data/foundation"},
	{"profile.yaml", "/data/core"},
	{"identity-service.yaml", "/data/core"},
	{"segmentation.yaml", "/data/core/ups"},
	{"data-hygiene.yaml", "/data/core/hygiene"},
	{"catalog.yaml", "/data/foundation/catalog"},
	{"schema-registry.yaml", "/data/foundation/schemaregistry"},
}

// loadSpecs reads the folder AEP_SPECS and fails where it is absent.
func loadSpecs(t *testing.T) []spec {
	t.Helper()
	dir := os.Getenv("AEP_SPECS")
	if dir == "" {
		t.Fatal("AEP_SPECS is not set: it names the folder with Adobe's OpenAPI files")
	}
	var loaded []spec
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatalf("AEP_SPECS: %v", err)
		}
		doc, err := parse(mend(f.name, string(text)))
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		doc.Servers = nil
		doc.Security = nil
		loaded = append(loaded, spec{file: f.name, base: f.base, doc: doc})
	}
	return loaded
}

// mend puts right what keeps a file from loading at all: a reference prefix
// with its characters swapped, and references to a schema on another host.
func mend(name, text string) string {
	switch name {
	case "sandbox.yaml":
		return strings.ReplaceAll(text, "'/#components", "'#/components")
	case "segmentation.yaml":
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			if before, _, ok := strings.Cut(line, "$ref: https:"); ok {
				lines[i] = before + "type: object"
			}
		}
		return strings.Join(lines, "\n")
	}
	return text
}

func parse(text string) (*openapi3.T, error) {
	if !strings.HasPrefix(text, "swagger:") {
		loader := openapi3.NewLoader()
		return loader.LoadFromData([]byte(text))
	}
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	var old openapi2.T
	if err := json.Unmarshal(asJSON, &old); err != nil {
		return nil, err
	}
	return openapi2conv.ToV3(&old)
}
