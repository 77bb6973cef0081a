package handlers

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

func viewed(seq int64, phase, sandbox string) audit.Event {
	yes := true
	return audit.Event{
		Seq: seq, At: testNow, Kind: audit.ProfileView, Phase: phase, Op: "OP1", Actor: audit.Actor{Issuer: "https://idp", Subject: "s1", Name: "Rita Reader"},
		Groups: []string{"analysts"}, Sandbox: sandbox, Right: "profile.read", Allowed: &yes, Subjects: []string{print1}, Target: "HANDLE1",
		IP: "192.0.2.1", RequestID: "REQ0", Adobe: &audit.Adobe{Status: 200, RequestID: "adobe-1"}, Outcome: "found",
		Detail: map[string]any{"n": int64(1234), "formula": "=1+1"},
	}
}

func TestAuditShowsTheReadersScope(t *testing.T) {
	for _, tt := range []struct {
		group     string
		all       bool
		sandboxes []string
	}{
		{"auditors", true, []string{"dev", "prod"}},
		{"local-auditors", false, []string{"dev"}},
	} {
		s := newSite(t)
		var asked audit.Filter
		s.events = func(f audit.Filter) (audit.Page, error) {
			asked = f
			return audit.Page{Events: []audit.Event{viewed(2, audit.After, "dev"), viewed(1, audit.Before, "dev")}, Next: 1}, nil
		}
		rec := s.get(tt.group, "/audit?kind=profile&subject="+url.QueryEscape(print1+" "+print2))
		wantStatus(t, rec, http.StatusOK)
		want := audit.Filter{All: tt.all, Sandboxes: tt.sandboxes, Kind: "profile", Subjects: []string{print1, print2}, Limit: auditRows}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("%s asks (-want +got):\n%s", tt.group, diff)
		}
		body := rec.Body.String()
		rows := marks(body, "event-row")
		if len(rows) != 2 || !strings.Contains(rows[0], `data-seq="2"`) || !strings.Contains(rows[0], `data-kind="profile.view"`) {
			t.Errorf("rows: %v", rows)
		}
		wantMark(t, body, "subject-form", `action="/audit/subject"`)
		wantMark(t, body, "next-page", `cursor=1`, `kind=profile`)
	}
}

func TestAuditGoesOnePageBack(t *testing.T) {
	s := newSite(t)
	s.events = func(audit.Filter) (audit.Page, error) {
		return audit.Page{Events: []audit.Event{viewed(2, audit.After, "dev")}}, nil
	}
	for newer, want := range map[int64]string{120: `href="/audit?cursor=120&amp;kind=profile"`, 0: `href="/audit?kind=profile"`} {
		s.newer = func(f audit.Filter) (int64, error) {
			if f.Cursor != 70 || f.Kind != "profile" || f.Limit != auditRows || f.All || !slices.Equal(f.Sandboxes, []string{"dev"}) {
				t.Errorf("asked for the page before %+v", f)
			}
			return newer, nil
		}
		wantMark(t, s.get("local-auditors", "/audit?kind=profile&cursor=70").Body.String(), "prev-page", want)
	}
	if body := s.get("local-auditors", "/audit").Body.String(); len(marks(body, "prev-page")) > 0 {
		t.Error("the newest page leads to newer ones")
	}
}

func TestAuditIsForThoseWithTheRight(t *testing.T) {
	s := newSite(t)
	s.events = func(audit.Filter) (audit.Page, error) {
		t.Error("the log was read")
		return audit.Page{}, nil
	}
	s.verify = func() (Integrity, error) {
		t.Error("the log was verified")
		return Integrity{}, nil
	}
	for _, path := range []string{"/audit", "/audit.csv", "/audit/verify", "/audit/1"} {
		wantStatus(t, s.get("analysts", path), http.StatusForbidden)
	}
	wantStatus(t, s.post("analysts", "/audit/subject", url.Values{"namespace": {"Email"}, "id": {"x"}}), http.StatusForbidden)
}

func TestAuditScopeWithoutAdobesList(t *testing.T) {
	s := newSite(t)
	s.sandboxes = func(auth.User) ([]lookup.Sandbox, error) {
		return nil, &apiclient.Error{Op: "GET sandboxes", Status: 500}
	}
	wantStatus(t, s.get("auditors", "/audit"), http.StatusOK)
	wantStatus(t, s.get("local-auditors", "/audit"), http.StatusBadGateway)
}

func TestReadsOfTheLogAreRecorded(t *testing.T) {
	s := newSite(t)
	s.get("auditors", "/audit?actor=ana.souza%40example.com&sandbox=dev&subject="+print1)
	if len(s.later) != 1 {
		t.Fatalf("%d events, want 1", len(s.later))
	}
	e := s.later[0]
	want := &audit.Event{
		Kind: audit.AuditRead, Actor: audit.Actor{Issuer: "https://idp", Subject: "s1", Name: "Rita Reader"}, Groups: []string{"auditors"},
		Sandbox: "dev", Right: "audit.read", Allowed: e.Allowed, Subjects: []string{print1}, Target: "list", IP: "192.0.2.1", RequestID: "REQ1",
		Detail: map[string]any{"actor": "not found", "sandbox": "dev"},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if e.Allowed == nil || !*e.Allowed {
		t.Error("the event does not say that it was allowed")
	}
}

func TestAuditRefusesAWrongFilter(t *testing.T) {
	s := newSite(t)
	s.events = func(audit.Filter) (audit.Page, error) {
		t.Error("the log was read")
		return audit.Page{}, nil
	}
	rec := s.get("auditors", "/audit?subject=canary%40example.com&from=soon")
	wantStatus(t, rec, http.StatusUnprocessableEntity)
	if len(s.later) > 0 {
		t.Error("a read was recorded that did not happen")
	}
	if !strings.Contains(rec.Body.String(), `value="soon"`) || strings.Contains(rec.Body.String(), "audit.invalid") {
		t.Error("the form is not shown again with its words")
	}
	wantStatus(t, s.get("auditors", "/audit.csv?from=soon"), http.StatusUnprocessableEntity)
}

func TestAuditWithoutItsStore(t *testing.T) {
	s := newSite(t)
	s.events = func(audit.Filter) (audit.Page, error) { return audit.Page{}, errors.New("disk I/O error") }
	wantStatus(t, s.get("auditors", "/audit"), http.StatusServiceUnavailable)
	wantStatus(t, s.get("auditors", "/audit.csv"), http.StatusServiceUnavailable)
}

func TestSubjectBecomesAFingerprint(t *testing.T) {
	s := newSite(t)
	rec := s.post("auditors", "/audit/subject", url.Values{"namespace": {"Email"}, "id": {"ana@example.com"}})
	wantStatus(t, rec, http.StatusSeeOther)
	to, err := url.Parse(rec.Header().Get("Location"))
	if err != nil || to.Path != "/audit" || to.Query().Get("subject") != print1+" "+print2 {
		t.Errorf("the form leads to %s: want every key's fingerprint", to)
	}
	for _, form := range []url.Values{
		{}, {"namespace": {"Email"}}, {"id": {"x"}}, {"namespace": {" "}, "id": {"x"}}, {"namespace": {"Email"}, "id": {"a\x00b"}},
		{"namespace": {"Email"}, "id": {strings.Repeat("x", 2000)}}, {"namespace": {"Email"}, "id": {"\xff"}},
	} {
		rec := s.post("auditors", "/audit/subject", form)
		wantStatus(t, rec, http.StatusUnprocessableEntity)
		if len(marks(rec.Body.String(), "subject-form")) != 1 {
			t.Error("the form is not shown again")
		}
	}
}

func TestAuditCSV(t *testing.T) {
	s := newSite(t)
	var cursors []int64
	s.events = func(f audit.Filter) (audit.Page, error) {
		if cursors = append(cursors, f.Cursor); !f.All {
			t.Error("a page of the file has another scope")
		}
		if f.Cursor == 0 {
			e := viewed(2, audit.After, "dev")
			e.Reason = "=HYPERLINK(1)"
			return audit.Page{Events: []audit.Event{e}, Next: 2}, nil
		}
		return audit.Page{Events: []audit.Event{viewed(1, audit.Before, "dev")}}, nil
	}
	rec := s.get("auditors", "/audit.csv")
	wantStatus(t, rec, http.StatusOK)
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) != 3 || !slices.Equal(rows[0], auditHead) {
		t.Fatalf("the file has %d rows, %v", len(rows), err)
	}
	if !slices.Equal(cursors, []int64{0, 2}) {
		t.Errorf("pages were asked from %v", cursors)
	}
	cells := strings.Join(rows[1], "|")
	for _, want := range []string{"2|2026-03-01T12:00:00", "'=HYPERLINK(1)", print1, "200 adobe-1", "|true|"} {
		if !strings.Contains(cells, want) {
			t.Errorf("row %s lacks %s", cells, want)
		}
	}
	if len(s.later) != 1 {
		t.Errorf("%d reads recorded, want 1", len(s.later))
	}
}

// log stubs a log of two rows, the two halves of one act.
func (s *site) log(sandbox string) []audit.Event {
	events := []audit.Event{viewed(1, audit.Before, sandbox), viewed(2, audit.After, sandbox)}
	s.row = func(seq int64) (audit.Row, error) {
		if seq > int64(len(events)) {
			return audit.Row{}, ErrNoRow
		}
		leaf, err := events[seq-1].Leaf()
		return audit.Row{Seq: seq, Leaf: leaf}, err
	}
	s.events = func(f audit.Filter) (audit.Page, error) {
		if f.Request != "OP1" {
			s.t.Errorf("the pair is asked for with %+v", f)
		}
		return audit.Page{Events: []audit.Event{events[1], events[0]}}, nil
	}
	return events
}

func TestAuditEvent(t *testing.T) {
	s := newSite(t)
	events := s.log("dev")
	leaf, err := events[0].Leaf()
	if err != nil {
		t.Fatal(err)
	}
	s.prove = func(seq int64) (audit.Proof, error) {
		return audit.Proof{Seq: seq, Leaf: string(leaf), Size: 2, Hashes: [][]byte{make([]byte, 32)}, Checkpoint: "profiledesk\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— sig\n"}, nil
	}
	rec := s.get("local-auditors", "/audit/1")
	wantStatus(t, rec, http.StatusOK)
	body := rec.Body.String()
	wantMark(t, body, "leaf")
	wantMark(t, body, "proof")
	for _, want := range []string{`href="/audit/2"`, "HANDLE1", print1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `href="/audit/0"`) {
		t.Error("the first row has one before it")
	}
	if len(s.later) != 1 || s.later[0].Target != "1" || s.later[0].Kind != audit.AuditRead {
		t.Errorf("recorded: %+v", s.later)
	}
	if last := s.get("local-auditors", "/audit/2").Body.String(); strings.Contains(last, `href="/audit/3"`) {
		t.Error("the last row has one behind it")
	}
}

func TestAuditEventWaitsForItsCheckpoint(t *testing.T) {
	s := newSite(t)
	s.log("dev")
	rec := s.get("auditors", "/audit/2")
	wantStatus(t, rec, http.StatusOK)
	if strings.Contains(rec.Body.String(), `>null<`) {
		t.Error("the page prints what is not there")
	}
	s.prove = func(int64) (audit.Proof, error) { return audit.Proof{}, errors.New("disk I/O error") }
	wantStatus(t, s.get("auditors", "/audit/2"), http.StatusServiceUnavailable)
}

func TestRowsOutOfScopeAreNotThere(t *testing.T) {
	s := newSite(t)
	s.log("prod")
	foreign := s.get("local-auditors", "/audit/1")
	wantStatus(t, foreign, http.StatusNotFound)
	missing := s.get("local-auditors", "/audit/9")
	if foreign.Body.String() != missing.Body.String() {
		t.Error("a row of another sandbox looks other than one that is not there")
	}
	s.log("")
	wantStatus(t, s.get("local-auditors", "/audit/1"), http.StatusNotFound)
	wantStatus(t, s.get("auditors", "/audit/1"), http.StatusOK)
	for _, path := range []string{"/audit/0", "/audit/-1", "/audit/x", "/audit/99999999999999999999"} {
		wantStatus(t, s.get("auditors", path), http.StatusNotFound)
	}
}

func TestAuditVerify(t *testing.T) {
	s := newSite(t)
	s.verify = func() (Integrity, error) {
		return Integrity{Report: audit.Report{Size: 12}, At: testNow, Took: time.Second, Key: "profiledesk+abc+key"}, nil
	}
	rec := s.get("auditors", "/audit/verify")
	wantStatus(t, rec, http.StatusOK)
	wantMark(t, rec.Body.String(), "integrity", `data-state="ok"`)
	if !strings.Contains(rec.Body.String(), "profiledesk+abc+key") {
		t.Error("the page lacks the verifier key")
	}

	s.verify = func() (Integrity, error) {
		return Integrity{Report: audit.Report{Size: 12, Bad: 7, What: "the row is missing"}, At: testNow}, nil
	}
	rec = s.get("local-auditors", "/audit/verify")
	wantStatus(t, rec, http.StatusOK)
	wantMark(t, rec.Body.String(), "integrity", `data-state="bad"`)

	s.verify = func() (Integrity, error) { return Integrity{}, errors.New("disk I/O error") }
	rec = s.get("auditors", "/audit/verify")
	wantStatus(t, rec, http.StatusServiceUnavailable)
	if strings.Contains(rec.Body.String(), `data-state="ok"`) {
		t.Error("a log that could not be verified is said to be whole")
	}
	if len(s.later) != 3 {
		t.Errorf("%d reads recorded, want 3", len(s.later))
	}
}
