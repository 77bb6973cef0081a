package contract

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
)

// facts is the committed table: operation → what the OpenAPI files say of it.
type facts map[string]fact

type fact struct {
	Query    map[string]bool   `json:"query,omitempty"`   // parameter → required
	Headers  []string          `json:"headers,omitempty"` // required
	Body     []string          `json:"body,omitempty"`    // required keys of the request
	Answers  map[string]answer `json:"answers"`           // status → what is answered
	Document string            `json:"document"`          // the OpenAPI file
}

type answer struct {
	Kind     string   `json:"kind,omitempty"`     // object or array; empty: not said
	Required []string `json:"required,omitempty"` // keys
}

const factsFile = "testdata/facts.json"

func readFacts(t *testing.T) facts {
	t.Helper()
	text, err := os.ReadFile(factsFile)
	if err != nil {
		t.Fatal(err)
	}
	var table facts
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatalf("%s: %v", factsFile, err)
	}
	return table
}

func (f facts) operations() []operation {
	var all []operation
	for name := range f {
		var o operation
		o.Method, o.Path = cut(name)
		all = append(all, o)
	}
	return all
}

func cut(name string) (method, path string) {
	for i := range name {
		if name[i] == ' ' {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}

// breach is one thing in which an exchange differs from the table.
type breach struct {
	Operation, What string
	Status          int
}

// compare holds one exchange against the table.
func (f facts) compare(x exchange) []breach {
	o, ok := find(f.operations(), x.request.Method, x.request.URL.EscapedPath())
	if !ok {
		return []breach{{Operation: x.request.Method + " " + x.request.URL.Path, What: "no such operation", Status: x.status}}
	}
	known := f[o.String()]
	var found []breach
	add := func(what string) {
		found = append(found, breach{Operation: o.String(), What: what, Status: x.status})
	}
	query := x.request.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if _, ok := known.Query[name]; !ok {
			add("unknown parameter " + name)
		}
	}
	if x.status < 300 {
		for _, missing := range lacking(known, x) {
			add(missing)
		}
	}
	said, ok := known.Answers[strconv.Itoa(x.status)]
	if !ok {
		add("status not declared")
		return found
	}
	kind, names := keys(x.received)
	if said.Kind != "" && said.Kind != kind {
		add("answer is " + kind + ", not " + said.Kind)
	}
	for _, name := range said.Required {
		if kind == "object" && !slices.Contains(names, name) {
			add("answer lacks " + name)
		}
	}
	return found
}

// lacking is what a request that was accepted should have carried.
func lacking(known fact, x exchange) []string {
	var missing []string
	query := x.request.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(known.Query)) {
		if known.Query[name] && !query.Has(name) {
			missing = append(missing, "request lacks parameter "+name)
		}
	}
	for _, name := range known.Headers {
		if x.request.Header.Get(name) == "" {
			missing = append(missing, "request lacks header "+name)
		}
	}
	_, names := keys(x.sent)
	for _, name := range known.Body {
		if !slices.Contains(names, name) {
			missing = append(missing, "request lacks key "+name)
		}
	}
	return missing
}
