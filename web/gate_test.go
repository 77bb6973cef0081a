package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"profiledesk/handlers"
	"profiledesk/internal/auth"
	"profiledesk/internal/seal"
)

// accounts are the classes of people, by their groups. nobody has no session.
var accounts = []struct {
	name   string
	groups []string
}{
	{"nobody", nil},
	{"outsider", []string{}},
	{"analyst", []string{"aep-analysts"}},
	{"requester", []string{"aep-requesters"}},
	{"approver", []string{"aep-approvers"}},
	{"auditor", []string{"aep-auditors"}},
	{"admin", []string{"aep-admins"}},
	{"dev-only", []string{"dev-only"}},
	{"dev-auditor", []string{"dev-auditors"}},
	{"dev-admin", []string{"dev-admins"}},
}

// places are the sandboxes in which a route with one is asked. The last does
// not exist, and is nobody's, not even theirs who have a right on "*".
var places = []string{"dev", "prod", "nosuch"}

// TestEveryRouteForEveryAccount asks the real server for every route of the
// table as every class of person, and compares with the table in testdata,
// which is written and read by people.
func TestEveryRouteForEveryAccount(t *testing.T) {
	want, err := os.ReadFile("testdata/access.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	browsers := map[string]*browser{}
	for _, who := range accounts {
		browsers[who.name] = s.browser()
		if who.groups != nil {
			browsers[who.name].signIn(who.name, who.groups...)
		}
	}
	// Fresh routes ask for the groups again: each person's are what they were.
	groups := map[string][]string{}
	for _, who := range accounts {
		groups[who.name] = who.groups
	}
	s.provider.refresh = func(tok auth.Tokens, sub string) (auth.Fresh, error) {
		return auth.Fresh{Groups: groups[sub], Tokens: tok}, nil
	}
	s.pass(time.Second)

	var got strings.Builder
	for _, r := range Routes() {
		if r.Path == "/logout" || strings.HasPrefix(r.Path, "/auth/") {
			continue // they act on the session itself: their own tests
		}
		where := places
		if !strings.Contains(r.Path, "{sandbox}") {
			where = []string{""}
		}
		for _, place := range where {
			fmt.Fprintf(&got, "%s %s", r.Method, strings.Replace(r.Path, "{sandbox}", place, 1))
			for _, who := range accounts {
				path := strings.NewReplacer("{sandbox}", place, "{handle}", "H1", "{seq}", "1", "{id}", "i1", "{file}", "app.css").Replace(r.Path)
				fmt.Fprintf(&got, " %s=%d", who.name, browsers[who.name].do(r.Method, path, formFor(r.Method)).StatusCode)
			}
			got.WriteString("\n")
		}
	}
	compareLines(t, body(string(want)), got.String())
}

func formFor(method string) map[string][]string {
	if method == http.MethodPost {
		return map[string][]string{"x": {"y"}}
	}
	return nil
}

// body is text without its comments.
func body(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func compareLines(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Errorf("line %d\n reviewed: %s\n  answers: %s", i+1, a, b)
		}
	}
}

func TestHiddenAndUnknownLookTheSame(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("dev", "dev-only")
	strip := func(a answer) string { return strings.ReplaceAll(a.body, a.Header.Get("X-Request-Id"), "ID") }
	forbidden, unknown, odd := b.get("/s/prod/profiles"), b.get("/s/nosuch/profiles"), b.get("/s/a%20b/profiles")
	for _, a := range []answer{forbidden, unknown, odd} {
		if a.StatusCode != 404 || strip(a) != strip(forbidden) || len(a.Header) != len(forbidden.Header) {
			t.Errorf("%s: %d %s", a.Request.URL.Path, a.StatusCode, a.body)
		}
	}
}

// While nobody knows which sandboxes there are, the policy lets in by patterns:
// what Adobe might take for another spelling of a name is still no name.
func TestOneSandboxHasOneName(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Exists = nil })
	b := s.browser()
	b.signIn("root", "aep-admins")
	wantStatus(t, b.get("/s/dev/profiles"), 200)
	for _, name := range []string{"DEV", "Dev", "dev%20", "%20dev", "dev%00", "dev.", "de%2fv", "dev%3b", "dev;x", "*", "..", "%2e%2e", "dév", "ｄev", "-dev"} {
		wantStatus(t, b.get("/s/"+name+"/profiles"), 404)
	}
}

func TestDenialsAreRecorded(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-approvers")
	for _, tt := range []struct{ path, want string }{
		{"/s/dev/profiles.csv", "access.denied ana GET /s/{sandbox}/profiles.csv export.run dev"},
		{"/s/secret/profiles", "access.denied ana GET /s/{sandbox}/profiles profile.read secret"},
		{"/s/ana@example.com", "access.denied ana GET /s/{sandbox} sandbox "},
		{"/audit", "access.denied ana GET /audit audit.read "},
	} {
		b.get(tt.path)
		if got := s.store.last(); got != tt.want {
			t.Errorf("GET %s: event %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestCSVTwinOfAName(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	if a := b.get("/s/dev/profiles/H1.csv?tab=attributes"); a.body != "csv of [dev H1]" {
		t.Errorf("profile as CSV: %s", a.body)
	}
	if a := b.get("/audit/7.csv"); a.StatusCode != 403 {
		t.Errorf("a route without a twin: %d", a.StatusCode)
	}
}

func TestRoutesAsJSON(t *testing.T) {
	text, err := json.Marshal(Routes())
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) != 6 || row["method"] == "" || !strings.HasPrefix(row["path"].(string), "/") {
			t.Errorf("row %v", row)
		}
		_, scoped := map[any]bool{ScopeSandbox: true, ScopeAny: true, ScopeAll: true}[row["scope"]]
		free := row["right"] == "public" || row["right"] == "session"
		if scoped == free {
			t.Errorf("%v %v: right %v with scope %q", row["method"], row["path"], row["right"], row["scope"])
		}
		if strings.Contains(row["path"].(string), "{sandbox}") != (row["scope"] == ScopeSandbox) {
			t.Errorf("%v: scope %q", row["path"], row["scope"])
		}
	}
}

func TestEveryPostKnowsItsPage(t *testing.T) {
	s := testServer()
	for _, r := range s.table {
		if r.Method == http.MethodPost && r.Right != auth.Public && (r.Form == "" || !fits(r.Form, "/s/x/profiles") && !s.isPage(r.Form)) {
			t.Errorf("POST %s: its form's page is %q", r.Path, r.Form)
		}
		if r.Writes && r.Method == http.MethodGet {
			t.Errorf("GET %s changes something", r.Path)
		}
	}
}

func TestAnUnknownScopeOpensNothing(t *testing.T) {
	policy, err := auth.ParsePolicy([]byte(testPolicy))
	if err != nil {
		t.Fatal(err)
	}
	admin := auth.User{Issuer: "i", Subject: "s", Groups: []string{"aep-admins"}}
	if v := decide(policy, admin, &Route{Right: auth.Admin, Scope: "everywhere"}, ""); v != noRight {
		t.Errorf("decide = %v", v)
	}
	if v := decide(&auth.Policy{}, admin, &Route{Right: auth.InSandbox, Scope: ScopeAny}, ""); v != noAccess {
		t.Errorf("decide under an empty policy = %v", v)
	}
}

// The real pages and the real provider are what this package asks for.
var (
	_ Pages    = (*handlers.Pages)(nil)
	_ Provider = (*auth.Provider)(nil)
	_ Box      = (*seal.Box)(nil)
)
