package apiclient

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// driven is every method of every service, called with plausible arguments against
// a platform that answers body.
var driven = []struct {
	method string // "EntitiesService.Lookup"
	body   string // of a good answer
	org    bool   // concerns no sandbox
	call   func(ctx context.Context, c *Client, sandbox string) error
}{
	{"SandboxesService.List", `{"sandboxes":[]}`, true, func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Sandboxes.List(ctx)
		return err
	}},
	{"SandboxesService.All", `{"sandboxes":[]}`, true, func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Sandboxes.All(ctx)
		return err
	}},
	{"SandboxesService.Get", `{"name":"dev"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Sandboxes.Get(ctx, sb)
		return err
	}},
	{"SandboxesService.Types", `{"sandboxTypes":["development"]}`, true, func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Sandboxes.Types(ctx)
		return err
	}},
	{"EntitiesService.Lookup", rosaAnswer, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Entities.Lookup(ctx, sb, LookupRequest{Identities: []Identity{rosa}})
		return err
	}},
	{"EntitiesService.Get", rosaAnswer, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Entities.Get(ctx, sb, rosa, GetRequest{})
		return err
	}},
	{"EntitiesService.Events", eventsAnswer, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Entities.Events(ctx, sb, EventsRequest{Identity: rosa})
		return err
	}},
	{"IdentitiesService.Namespaces", `[]`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.Namespaces(ctx, sb)
		return err
	}},
	{"IdentitiesService.Namespace", `{"id":6}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.Namespace(ctx, sb, 6)
		return err
	}},
	{"IdentitiesService.XID", `{"xid":"Blv"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.XID(ctx, sb, rosa)
		return err
	}},
	{"IdentitiesService.Graph", `{"graphs":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.Graph(ctx, sb, []Identity{rosa})
		return err
	}},
	{"IdentitiesService.Clusters", `{"clusters":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.Clusters(ctx, sb, []Identity{rosa})
		return err
	}},
	{"IdentitiesService.Cluster", `{"members":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Identities.Cluster(ctx, sb, rosa)
		return err
	}},
	{"MergePoliciesService.List", `{"children":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.MergePolicies.List(ctx, sb)
		return err
	}},
	{"MergePoliciesService.Get", `{"id":"mp-1"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.MergePolicies.Get(ctx, sb, "mp-1")
		return err
	}},
	{"MergePoliciesService.Bulk", `{"results":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.MergePolicies.Bulk(ctx, sb, []string{"mp-1"})
		return err
	}},
	{"PreviewsService.Status", `{}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.Status(ctx, sb)
		return err
	}},
	{"PreviewsService.Datasets", `{"data":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.Datasets(ctx, sb, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		return err
	}},
	{"PreviewsService.Namespaces", `{"data":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.Namespaces(ctx, sb, time.Time{})
		return err
	}},
	{"PreviewsService.DatasetOverlap", `{"data":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.DatasetOverlap(ctx, sb, time.Time{})
		return err
	}},
	{"PreviewsService.NamespaceOverlap", `{"data":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.NamespaceOverlap(ctx, sb, time.Time{})
		return err
	}},
	{"PreviewsService.Unknown", `{"data":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Previews.Unknown(ctx, sb)
		return err
	}},
	{"DatasetsService.List", `{}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Datasets.List(ctx, sb, true)
		return err
	}},
	{"DatasetsService.Get", `{"66f0":{"name":"x"}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Datasets.Get(ctx, sb, "66f0")
		return err
	}},
	{"BatchesService.List", `{}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Batches.List(ctx, sb, BatchesRequest{Dataset: "66f0", Status: "success", After: time.UnixMilli(1767225600000)})
		return err
	}},
	{"BatchesService.Get", `{"01J9":{"status":"success"}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Batches.Get(ctx, sb, "01J9")
		return err
	}},
	{"BatchesService.Last", `{}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Batches.Last(ctx, sb, "66f0")
		return err
	}},
	{"SchemasService.Stats", `{"tenantId":"northwind"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Schemas.Stats(ctx, sb)
		return err
	}},
	{"SchemasService.Unions", `{"results":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Schemas.Unions(ctx, sb)
		return err
	}},
	{"SchemasService.Union", `{"title":"x"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Schemas.Union(ctx, sb, ProfileUnion)
		return err
	}},
	{"SchemasService.Schema", `{"title":"x"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Schemas.Schema(ctx, sb, "https://ns.adobe.com/northwind/schemas/3b1f")
		return err
	}},
	{"SegmentsService.List", `{"segments":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Segments.List(ctx, sb)
		return err
	}},
	{"SegmentsService.Get", `{"id":"0c7c"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Segments.Get(ctx, sb, "0c7c")
		return err
	}},
	{"SegmentsService.Bulk", `{"results":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Segments.Bulk(ctx, sb, []string{"0c7c"})
		return err
	}},
	{"AudiencesService.List", `{"children":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Audiences.List(ctx, sb)
		return err
	}},
	{"AudiencesService.Get", `{"id":"0c7c"}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Audiences.Get(ctx, sb, "0c7c")
		return err
	}},
	{"AudiencesService.Bulk", `{"results":{}}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Audiences.Bulk(ctx, sb, []string{"0c7c"})
		return err
	}},
	{"AttributesService.List", `{"computedAttributes":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Attributes.List(ctx, sb, 0, 1)
		return err
	}},
	{"ExportJobsService.List", `{"records":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.ExportJobs.List(ctx, sb, "", 1)
		return err
	}},
	{"SystemJobsService.List", `{"children":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.SystemJobs.List(ctx, sb, 0, 1)
		return err
	}},
	{"HygieneService.Quota", `{"quotas":[]}`, true, func(ctx context.Context, c *Client, _ string) error {
		_, err := c.Hygiene.Quota(ctx)
		return err
	}},
	{"HygieneService.WorkOrders", `{"results":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Hygiene.WorkOrders(ctx, sb, 0, 1)
		return err
	}},
	{"HygieneService.Expirations", `{"results":[]}`, false, func(ctx context.Context, c *Client, sb string) error {
		_, err := c.Hygiene.Expirations(ctx, sb, 0, 1)
		return err
	}},
}

// operation is what stands in the source above a method.
type operation struct{ method, path string }

// operations reads the //aep:operation lines of the package, by method.
func operations(t *testing.T) (ops map[string]operation, exported []string) {
	t.Helper()
	ops = map[string]operation{}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//aep:operation ([A-Z]+) (/\S+)$`)
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() {
				continue
			}
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if !ok || !strings.HasSuffix(star.X.(*ast.Ident).Name, "Service") {
				continue
			}
			name := star.X.(*ast.Ident).Name + "." + fn.Name.Name
			exported = append(exported, name)
			if fn.Doc == nil {
				t.Errorf("%s has no doc comment", name)
				continue
			}
			for _, c := range fn.Doc.List {
				if m := line.FindStringSubmatch(c.Text); m != nil {
					ops[name] = operation{m[1], m[2]}
				}
			}
			if _, ok := ops[name]; !ok {
				t.Errorf("%s has no //aep:operation line", name)
			}
			if !strings.Contains(fn.Doc.Text(), "Source: ") {
				t.Errorf("%s does not say its source", name)
			}
		}
	}
	slices.Sort(exported)
	return ops, exported
}

func TestEveryMethodIsDriven(t *testing.T) {
	_, exported := operations(t)
	var names []string
	for _, d := range driven {
		names = append(names, d.method)
	}
	slices.Sort(names)
	if diff := cmp.Diff(exported, names); diff != "" {
		t.Errorf("methods of the services (-exported +driven):\n%s", diff)
	}
}

// Every request has every header, goes where its comment says, and names a sandbox
// or concerns none.
func TestEveryRequestPassesTheGate(t *testing.T) {
	ops, _ := operations(t)
	for _, d := range driven {
		t.Run(d.method, func(t *testing.T) {
			p := newPlatform(t, answers(200, d.body))
			c, _ := p.client(t, func(cfg *Config) { cfg.UserAgent = "test/1" })
			if err := d.call(WithRequestID(t.Context(), "trace-1"), c, "dev"); err != nil {
				t.Fatal(err)
			}
			reqs := p.requests()
			if len(reqs) != 1 {
				t.Fatalf("%d requests, want 1", len(reqs))
			}
			r := reqs[0]
			if !matches(ops[d.method], r) {
				t.Errorf("request = %s %s, want %v", r.method, r.path, ops[d.method])
			}
			want := map[string]string{
				"Authorization": "Bearer tok-1", "X-Api-Key": testID, "X-Gw-Ims-Org-Id": testOrg, "X-Request-Id": "trace-1", "User-Agent": "test/1",
				"X-Sandbox-Name": "dev", "X-Sandbox-Id": "", "X-Uis-Cst-Ctx": "", "X-User-Token": "",
			}
			if d.org {
				want["X-Sandbox-Name"] = ""
			}
			if r.body != "" {
				want["Content-Type"] = "application/json"
			}
			for name, value := range want {
				if got := r.header.Get(name); got != value {
					t.Errorf("header %s = %q, want %q", name, got, value)
				}
			}
			if r.header.Get("Accept") == "" {
				t.Error("no Accept header")
			}
		})
	}
}

// matches reports whether r is a call of op: ids are one escaped segment each.
func matches(op operation, r seen) bool {
	var parts []string
	for _, s := range strings.Split(op.path, "/") {
		if strings.HasPrefix(s, "{") {
			s = `[^/]+`
		} else {
			s = regexp.QuoteMeta(s)
		}
		parts = append(parts, s)
	}
	return r.method == op.method && regexp.MustCompile("^"+strings.Join(parts, "/")+"$").MatchString(r.path)
}

func TestNoMethodWorksWithoutSandbox(t *testing.T) {
	p := newPlatform(t, answers(200, `{}`))
	c, _ := p.client(t)
	for _, d := range driven {
		if d.org {
			continue
		}
		for name, want := range map[string]error{"": ErrNoSandbox, "Prod": ErrBadSandbox, "a/b": ErrBadSandbox, "prod\n": ErrBadSandbox} {
			if err := d.call(t.Context(), c, name); !isErr(err, want) {
				t.Errorf("%s in sandbox %q: err = %v, want %v", d.method, name, err, want)
			}
		}
	}
	if n := len(p.requests()) + p.tokenCalls(); n != 0 {
		t.Errorf("%d requests were made, want none", n)
	}
}

// Whatever the platform answers, and however often: no method panics, and none
// asks without end.
func TestEveryMethodSurvivesAnyAnswer(t *testing.T) {
	for _, body := range []string{`null`, `[]`, `{}`, `"x"`, `7`, ``, `{"children":7}`, `{"children":[null,3,"x"],"results":[1],"segments":{},"data":"x"}`, `<html>`} {
		for _, d := range driven {
			p := newPlatform(t, answers(200, body))
			c, _ := p.client(t)
			err := d.call(t.Context(), c, "dev")
			if n := len(p.requests()); n > 1 {
				t.Errorf("%s after %q: %d requests, want 1", d.method, body, n)
			}
			if err != nil && !isErr(err, ErrBadAnswer) && !isErr(err, ErrNotFound) {
				t.Errorf("%s after %q: err = %v, want ErrBadAnswer", d.method, body, err)
			}
		}
	}
}
