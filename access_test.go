package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"profiledesk/internal/app"
)

// demoAccounts are the columns of testdata/access.tsv; nobody has no session.
var demoAccounts = []string{"nobody", "outsider", "analyst", "requester", "approver", "auditor", "admin"}

// Every route that `profiledesk routes -json` prints answers every account of
// the demo as the reviewed table says: with a handle that is real, a session
// and a handle of their own to end, an event that is in the log.
func TestEveryRouteForEveryDemoAccount(t *testing.T) {
	s := &story{}
	if err := s.start(t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	handle := s.lookedUp(t, "analyst", "ana.souza@example.com")
	var got strings.Builder
	for _, r := range printedRoutes(t) {
		fmt.Fprintf(&got, "%s %s %s/%s writes=%t personal=%t", r.Method, r.Path, r.Right, r.Scope, r.Writes, r.Personal)
		for _, who := range demoAccounts {
			fmt.Fprintf(&got, " %s=%d", who, s.statusFor(t, r, who, handle))
		}
		got.WriteString("\n")
	}
	table, err := os.ReadFile("testdata/access.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(table)) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && line[0] != '#' {
			want = append(want, line)
		}
	}
	lines := strings.Split(strings.TrimSpace(got.String()), "\n")
	for i := range max(len(want), len(lines)) {
		var w, g string
		if i < len(want) {
			w = want[i]
		}
		if i < len(lines) {
			g = lines[i]
		}
		if w != g {
			t.Errorf("the site   %s\nthe table  %s", g, w)
		}
	}
}

type printedRoute struct {
	Method, Path, Right, Scope string
	Writes, Personal           bool
}

func printedRoutes(t *testing.T) (all []printedRoute) {
	t.Helper()
	var out bytes.Buffer
	if code := app.Main(t.Context(), []string{"routes", "-json"}, func(string) string { return "" }, &out, io.Discard); code != 0 {
		t.Fatalf("routes -json ended with %d", code)
	}
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// statusFor asks for one route as who. What is ended is their own, so that it
// is the right that decides.
func (s *story) statusFor(t *testing.T, r printedRoute, who, handle string) int {
	t.Helper()
	if strings.Contains(r.Path, "/end") || r.Path == "/logout" {
		delete(s.browsers, who) // a session of its own, which may end
		defer delete(s.browsers, who)
	}
	s.browser = newBrowser()
	if who != "nobody" {
		if err := s.signedIn(who); err != nil {
			t.Fatal(err)
		}
	}
	id := "none"
	if strings.Contains(r.Path, "/end") && who != "nobody" {
		_, _, page := s.ask(t, http.MethodGet, "/me", nil)
		id = sessionForm.FindStringSubmatch(page)[1]
	}
	if strings.Contains(r.Path, "/revoke") && who == "analyst" {
		handle = s.lookedUp(t, who, "both@example.com")
	}
	path := strings.NewReplacer("{sandbox}", "dev", "{handle}", handle, "{seq}", "1", "{id}", id, "{file}", "app.css").Replace(r.Path)
	var form url.Values
	if r.Method == http.MethodPost {
		form = formOf[r.Path]
		if form == nil {
			form = url.Values{}
		}
		form.Set("op", rand.Text())
	}
	status, _, _ := s.ask(t, r.Method, path, form)
	return status
}

var sessionForm = regexp.MustCompile(`/me/sessions/([^/"]+)/end`)

var formOf = map[string]url.Values{
	"/s/{sandbox}/profiles": {"q": {"ana.souza@example.com"}},
	"/audit/subject":        {"namespace": {"Email"}, "id": {"ana.souza@example.com"}},
	"/me":                   {"language": {"en"}},
	"/status/freeze":        {"on": {"0"}, "reason": {"the table of routes"}},
	"/status/release":       {"reason": {"the table of routes"}},
}

// lookedUp is the handle that a look-up as who leads to, in dev.
func (s *story) lookedUp(t *testing.T, who, q string) string {
	t.Helper()
	if err := s.signedIn(who); err != nil {
		t.Fatal(err)
	}
	status, to, _ := s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {q}})
	if status != http.StatusSeeOther {
		t.Fatalf("look-up of %s as %s: status %d", q, who, status)
	}
	parts := strings.Split(to.Path, "/")
	return parts[len(parts)-1]
}
