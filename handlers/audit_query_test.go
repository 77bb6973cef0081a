package handlers

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/internal/audit"
)

var print1, print2 = "k1:" + strings.Repeat("a", 64), "k2:" + strings.Repeat("0", 64)

func TestReadAuditQuery(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.ParseQuery("actor=+Ana+&kind=profile&sandbox=dev&from=2026-03-01&to=2026-03-01&request=ABC-1&cursor=12&subject=" + print1 + "&subject=" + print2)
	if err != nil {
		t.Fatal(err)
	}
	_, f, wrong := readAuditQuery(q, zone)
	if len(wrong) > 0 {
		t.Fatalf("wrong = %v", wrong)
	}
	want := audit.Filter{
		Actor: "Ana", Kind: "profile", Sandbox: "dev", Subjects: []string{print1, print2}, Request: "ABC-1", Cursor: 12, Limit: auditRows,
		From: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 2, 2, 59, 59, 999999000, time.UTC),
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
}

func TestReadAuditQueryRefuses(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"kind=profiles", "kind"},
		{"kind=profile.", "kind"},
		{"sandbox=Dev", "sandbox"},
		{"sandbox=../x", "sandbox"},
		{"subject=ana@example.com", "subject"},
		{"subject=k1:abc", "subject"},
		{"request=ana@example.com", "request"},
		{"request=" + strings.Repeat("a", 65), "request"},
		{"from=yesterday", "from"},
		{"to=2026-02-30", "to"},
		{"from=2026-03-02&to=2026-03-01", "to"},
		{"cursor=0", "cursor"},
		{"cursor=-1", "cursor"},
		{"cursor=1;drop", "cursor"},
		{"actor=" + strings.Repeat("a", 201), "actor"},
	} {
		q, _ := url.ParseQuery(tt.query)
		if tt.query == "cursor=1;drop" {
			q = url.Values{"cursor": {"1;drop"}}
		}
		if _, _, wrong := readAuditQuery(q, time.UTC); !slices.Equal(wrong, []string{tt.want}) {
			t.Errorf("readAuditQuery(%s) finds %v wrong, want %s", tt.query, wrong, tt.want)
		}
	}
}

func TestDetailKeepsNoStrangersName(t *testing.T) {
	in := auditQuery{Actor: "ana.souza@example.com", Kind: "profile.view", Sandbox: "12345678909", Request: "5511999990000", Cursor: 3}
	want := map[string]any{"actor": "not found", "request": "not found", "kind": "profile.view", "cursor": int64(3)}
	if diff := cmp.Diff(want, in.recorded(false, []string{"dev"}).detail()); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	if got := in.recorded(true, nil).detail()["actor"]; got != "ana.souza@example.com" {
		t.Errorf("actor = %v, want the colleague who was found", got)
	}
	in.Sandbox = "dev"
	if got := in.recorded(false, []string{"dev"}).detail()["sandbox"]; got != "dev" {
		t.Errorf("sandbox = %v, want the known one", got)
	}
}
