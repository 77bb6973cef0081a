package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/words"
)

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const testPolicy = `version: 1
grants:
- {group: analysts, sandboxes: [dev, prod], rights: [profile.read, export.run]}
- {group: readers, sandboxes: [dev], rights: [profile.read]}
- {group: local-auditors, sandboxes: [dev], rights: [audit.read]}
- {group: auditors, sandboxes: ["*"], rights: [audit.read]}
- {group: admins, sandboxes: ["*"], rights: [admin]}
sandboxes:
- {name: prod, approvals: 0}
`

// site is the handlers over stubs: each is a func field, nil ones answer with
// nothing.
type site struct {
	t     *testing.T
	pages *Pages
	echo  *echo.Echo

	sandboxes  func(auth.User) ([]lookup.Sandbox, error)
	find       func(lookup.Ask) (lookup.Answer, error)
	options    func() error
	overview   func() (*lookup.Overview, error)
	rechecked  []string // sandboxes
	others     func(handles []string) ([]lookup.Other, error)
	newer      func(audit.Filter) (int64, error)
	open       func(sandbox, handle string, v lookup.View) (*lookup.Customer, error)
	recent     func(sandbox string) ([]lookup.Recent, error)
	events     func(audit.Filter) (audit.Page, error)
	row        func(int64) (audit.Row, error)
	prove      func(int64) (audit.Proof, error)
	verify     func() (Integrity, error)
	preference func() (Preference, error)
	save       func(Once, Preference) error
	sessions   func() ([]auth.Session, error)
	endSession func(Once, string) error
	revoke     func(Once, string) error
	switchNow  func() (Switch, error)
	freeze     func(Once, bool, *audit.Event) error
	release    func(Once, *audit.Event) error
	parts      func() []Part

	later []*audit.Event
	errs  []error // what handlers returned
}

func newSite(t *testing.T) *site {
	t.Helper()
	policy, err := auth.ParsePolicy([]byte(testPolicy))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, echo: echo.New()}
	s.sandboxes = func(u auth.User) ([]lookup.Sandbox, error) {
		var mine []lookup.Sandbox
		for _, one := range []lookup.Sandbox{
			{Name: "dev", Title: "Development", Type: "development", Region: "VA7"},
			{Name: "prod", Title: "Production", Type: "production", Region: "VA7"},
		} {
			if policy.Enters(u.Groups, one.Name) {
				mine = append(mine, one)
			}
		}
		return mine, nil
	}
	s.pages = New(Config{
		Words: words.New(), Policy: func() *auth.Policy { return policy }, Sandboxes: s, Settings: s, Switches: s,
		Now: func() time.Time { return testNow }, Contact: "the data team",
	})
	s.register()
	return s
}

func (s *site) register() {
	e := s.echo
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		s.errs = append(s.errs, err)
		s.pages.Error(err, c)
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(nonceKey, "test-nonce")
			return next(c)
		}
	})
	auditPages := NewAudit(s.pages, s, s, s, s)
	e.GET("/audit", auditPages.List)
	e.GET("/audit.csv", auditPages.CSV)
	e.GET("/audit/verify", auditPages.Verify)
	e.POST("/audit/subject", auditPages.Subject)
	e.GET("/audit/:seq", auditPages.Event)
	access := NewAccess(s.pages, func() time.Time { return testNow })
	e.GET("/access", access.Show)
	e.GET("/access.csv", access.CSV)
	me := NewMe(s.pages, s, s, s)
	e.GET("/me", me.Show)
	e.POST("/me", me.Save)
	e.POST("/me/sessions/:id/end", me.EndSession)
	e.POST("/me/handles/:handle/revoke", me.RevokeHandle)
	status := NewStatus(s.pages, s, "test")
	e.GET("/status", status.Show)
	e.POST("/status/freeze", status.Freeze)
	e.POST("/status/release", status.Release)
	profiles := NewProfiles(s.pages, s)
	e.GET("/s/:sandbox/profiles", profiles.Show)
	e.GET("/s/:sandbox/profiles.csv", profiles.CSV)
	e.POST("/s/:sandbox/profiles", profiles.Find)
	profile := NewProfile(s.pages, s)
	e.GET("/s/:sandbox/profiles/:handle", profile.Show)
	e.GET("/s/:sandbox/profiles/:handle/csv", profile.CSV) // the server takes .csv off the handle
	e.GET("/s/:sandbox", NewOverview(s.pages, s).Show)
	e.GET("/", NewHome(s.pages).Show)
}

func (s *site) Sandboxes(_ context.Context, u auth.User) ([]lookup.Sandbox, error) {
	return s.sandboxes(u)
}

func (s *site) Find(_ context.Context, _ auth.User, ask lookup.Ask) (lookup.Answer, error) {
	return s.find(ask)
}

func (s *site) Namespaces(context.Context, string) ([]lookup.Namespace, error) {
	if s.options != nil {
		return nil, s.options()
	}
	return []lookup.Namespace{{Code: "Email", Name: "Email"}, {Code: "LoyaltyId", Name: "Loyalty"}}, nil
}

func (s *site) Policies(context.Context, string) ([]lookup.Policy, error) {
	if s.options != nil {
		return nil, s.options()
	}
	return []lookup.Policy{{ID: "p1", Name: "Default timestamp", Default: true, Stitched: true, Merge: "timestampOrdered"}}, nil
}

func (s *site) Overview(_ context.Context, u auth.User, sandbox string) (*lookup.Overview, error) {
	if u.Subject == "" || sandbox == "" {
		s.t.Errorf("Overview is asked by %q in %q", u.Subject, sandbox)
	}
	return s.overview()
}

func (s *site) Recheck(_ auth.User, sandbox string) error {
	s.rechecked = append(s.rechecked, sandbox)
	return nil
}

func (s *site) Others(_ context.Context, _ string, handles []string) ([]lookup.Other, error) {
	return s.others(handles)
}

func (s *site) RecentFile(ctx context.Context, u auth.User, sandbox string) ([]lookup.Recent, error) {
	return s.Recent(ctx, u, sandbox)
}

func (s *site) Newer(_ context.Context, f audit.Filter) (int64, error) {
	if s.newer == nil {
		return 0, nil
	}
	return s.newer(f)
}

func (s *site) Open(_ context.Context, _ auth.User, sandbox, handle string, v lookup.View) (*lookup.Customer, error) {
	return s.open(sandbox, handle, v)
}

func (s *site) Recent(_ context.Context, _ auth.User, sandbox string) ([]lookup.Recent, error) {
	if s.recent == nil {
		return nil, nil
	}
	return s.recent(sandbox)
}

func (s *site) Events(_ context.Context, f audit.Filter) (audit.Page, error) {
	if s.events == nil {
		return audit.Page{}, nil
	}
	return s.events(f)
}

func (s *site) Row(_ context.Context, seq int64) (audit.Row, error) {
	if s.row == nil {
		return audit.Row{}, ErrNoRow
	}
	return s.row(seq)
}

func (s *site) Prove(_ context.Context, seq int64) (audit.Proof, error) {
	if s.prove == nil {
		return audit.Proof{}, audit.ErrNotCovered
	}
	return s.prove(seq)
}

func (s *site) Verify(context.Context) (Integrity, error) { return s.verify() }

func (s *site) RecordLater(e ...*audit.Event) { s.later = append(s.later, e...) }

func (s *site) Subjects(namespace, id string) []string {
	if namespace != "Email" || id != "ana@example.com" {
		s.t.Errorf("Subjects(%q, %q)", namespace, id)
	}
	return []string{print1, print2}
}

func (s *site) Preference(context.Context, auth.User) (Preference, error) {
	if s.preference == nil {
		return Preference{}, nil
	}
	return s.preference()
}

func (s *site) SavePreference(_ context.Context, _ auth.User, once Once, p Preference) error {
	return s.save(once, p)
}

func (s *site) SessionsOf(context.Context, auth.User) ([]auth.Session, error) {
	if s.sessions == nil {
		return nil, nil
	}
	return s.sessions()
}

func (s *site) EndSession(_ context.Context, _ auth.User, once Once, id string) error {
	return s.endSession(once, id)
}

func (s *site) RevokeHandle(_ context.Context, _ auth.User, once Once, handle string) error {
	return s.revoke(once, handle)
}

func (s *site) Switch(context.Context) (Switch, error) {
	if s.switchNow == nil {
		return Switch{}, nil
	}
	return s.switchNow()
}

func (s *site) Freeze(_ context.Context, once Once, on bool, e *audit.Event) error {
	return s.freeze(once, on, e)
}

func (s *site) Release(_ context.Context, once Once, e *audit.Event) error {
	return s.release(once, e)
}

func (s *site) Parts(context.Context) []Part {
	if s.parts == nil {
		return nil
	}
	return s.parts()
}

// ask is one request of somebody in group ("" for nobody).
type ask struct {
	group, method, path string
	form                url.Values
	header              http.Header
	kept                url.Values
}

func (s *site) do(a ask) *httptest.ResponseRecorder {
	s.t.Helper()
	if a.method == "" {
		a.method = "GET"
	}
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(a.form.Encode()))
	if a.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range a.header {
		r.Header[name] = values
	}
	ctx := auth.WithClientIP(auth.WithRequestID(r.Context(), "REQ1"), "192.0.2.1")
	if a.group != "" {
		ctx = auth.WithUser(ctx, auth.User{
			Issuer: "https://idp", Subject: "s1", Name: "Rita Reader", Email: "rita@corp.example", Groups: []string{a.group}, Session: "current",
		})
	}
	if a.kept != nil {
		ctx = auth.WithKept(ctx, a.kept)
	}
	rec := httptest.NewRecorder()
	s.echo.ServeHTTP(rec, r.WithContext(ctx))
	return rec
}

func (s *site) get(group, path string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(ask{group: group, path: path})
}

func (s *site) post(group, path string, form url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(ask{group: group, method: "POST", path: path, form: form})
}

var tag = regexp.MustCompile(`<[a-z]+ [^>]*data-testid="([a-z-]+)"[^>]*>`)

// marks are the tags of a page that carry the testid, as they stand there.
func marks(body, id string) []string {
	var found []string
	for _, m := range tag.FindAllStringSubmatch(body, -1) {
		if m[1] == id {
			found = append(found, m[0])
		}
	}
	return found
}

// wantMark fails the test unless exactly one tag has the testid and all of has.
func wantMark(t *testing.T, body, id string, has ...string) {
	t.Helper()
	found := marks(body, id)
	if len(found) != 1 {
		t.Errorf("the page has %d tags %s, want 1", len(found), id)
		return
	}
	for _, part := range has {
		if !strings.Contains(found[0], part) {
			t.Errorf("%s lacks %s", found[0], part)
		}
	}
}

func wantStatus(t *testing.T, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("status = %d, want %d; body:\n%.2000s", rec.Code, status, rec.Body)
	}
}
