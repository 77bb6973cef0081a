//go:build contract

package contract

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of facts from the OpenAPI files")

// The table of facts is what the OpenAPI files say of the operations that the
// client names.
func TestTableOfFactsIsWhatTheFilesSay(t *testing.T) {
	want := extract(loadSpecs(t), clientOperations(t))
	if *update {
		text, err := json.MarshalIndent(want, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(factsFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, readFacts(t)); diff != "" {
		t.Errorf("%s differs from the OpenAPI files (-files +table):\n%s", factsFile, diff)
	}
}

// extract reads the facts of the operations from the files. A file may write
// as a parameter what the client writes out, as it does with a container's name.
func extract(specs []spec, operations []operation) facts {
	known := operationsOf(specs)
	table := facts{}
	for _, o := range operations {
		if in, ok := find(known.all, o.Method, o.Path); ok {
			route := known.where[in]
			table[o.String()] = factOf(known.file[in], route.PathItem, route.Operation)
		}
	}
	return table
}

// ours are headers that every request of the client carries: what the gateway
// asks for is tested apart, and the files print it now and then only.
var ours = []string{"authorization", "x-api-key", "x-gw-ims-org-id"}

func factOf(file string, item *openapi3.PathItem, o *openapi3.Operation) fact {
	made := fact{Document: file, Answers: map[string]answer{}}
	for _, ref := range slices.Concat(item.Parameters, o.Parameters) {
		p := ref.Value
		switch {
		case p.In == "query":
			if made.Query == nil {
				made.Query = map[string]bool{}
			}
			made.Query[p.Name] = p.Required
		case p.In == "header" && p.Required && !slices.Contains(ours, strings.ToLower(p.Name)):
			made.Headers = append(made.Headers, strings.ToLower(p.Name))
		}
	}
	slices.Sort(made.Headers)
	if o.RequestBody != nil {
		made.Body = required(o.RequestBody.Value.Content)
	}
	for status, ref := range o.Responses.Map() {
		made.Answers[status] = answer{Kind: kind(ref.Value.Content), Required: required(ref.Value.Content)}
	}
	return made
}

// schemaOf is the first JSON schema of a body; nil if the file says none.
func schemaOf(content openapi3.Content) *openapi3.Schema {
	var names []string
	for name := range content {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if media := content[name]; media.Schema != nil && media.Schema.Value != nil {
			return media.Schema.Value
		}
	}
	return nil
}

func required(content openapi3.Content) []string {
	s := schemaOf(content)
	if s == nil || len(s.Required) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(s.Required))
}

func kind(content openapi3.Content) string {
	s := schemaOf(content)
	if s == nil || s.Type == nil || len(s.Type.Slice()) != 1 {
		return ""
	}
	return s.Type.Slice()[0]
}
