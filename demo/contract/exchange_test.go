package contract

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// exchange is one request as it left the client and the answer it got.
type exchange struct {
	by       string // what made it: a client's method, or a refusal that was provoked
	request  *http.Request
	sent     []byte
	status   int
	header   http.Header
	received []byte
}

// recorder is a transport that keeps what passes through it.
type recorder struct {
	mu   sync.Mutex
	by   string
	kept []exchange
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body.Close()
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(received))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, exchange{by: r.by, request: req, sent: sent, status: resp.StatusCode, header: resp.Header, received: received})
	return resp, nil
}

// during names what the exchanges of f belong to.
func (r *recorder) during(by string, f func()) {
	r.mu.Lock()
	r.by = by
	r.mu.Unlock()
	f()
}

// operation is a method and a path with {} for each parameter.
type operation struct{ Method, Path string }

func (o operation) String() string { return o.Method + " " + o.Path }

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func blank(path string) string { return parameter.ReplaceAllString(path, "{}") }

// matches says whether path is one that o's template describes, and how many
// of its segments are literal.
func (o operation) matches(method, path string) (literal int, ok bool) {
	want, got := strings.Split(o.Path, "/"), strings.Split(path, "/")
	if o.Method != method || len(want) != len(got) {
		return 0, false
	}
	for i := range want {
		switch {
		case want[i] == got[i]:
			literal++
		case want[i] != "{}" || got[i] == "":
			return 0, false
		}
	}
	return literal, true
}

// find is the operation of all that describes the path best.
func find(all []operation, method, path string) (operation, bool) {
	best, found := operation{}, -1
	for _, o := range all {
		if literal, ok := o.matches(method, path); ok && literal > found {
			best, found = o, literal
		}
	}
	return best, found >= 0
}

// clientOperations are the //aep:operation lines of the client's source.
func clientOperations(t *testing.T) []operation {
	t.Helper()
	sources, err := filepath.Glob("../../apiclient/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("Glob(apiclient) = %d files, %v", len(sources), err)
	}
	var named []operation
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "//aep:operation "); ok {
				method, path, _ := strings.Cut(strings.TrimSpace(rest), " ")
				o := operation{method, blank(strings.TrimSpace(path))}
				if !slices.Contains(named, o) {
					named = append(named, o)
				}
			}
		}
	}
	if len(named) == 0 {
		t.Fatal("apiclient names no //aep:operation")
	}
	return named
}

// keys are the keys of a JSON object, or what else the document is.
func keys(document []byte) (kind string, names []string) {
	document = bytes.TrimSpace(document)
	switch {
	case len(document) == 0:
		return "empty", nil
	case document[0] == '[':
		return "array", nil
	case document[0] != '{':
		return "text", nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(document, &object) != nil {
		return "text", nil
	}
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return "object", names
}
