package handlers

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/apiclient"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

func TestHome(t *testing.T) {
	s := newSite(t)
	rec := s.get("analysts", "/")
	wantStatus(t, rec, http.StatusOK)
	cards := marks(rec.Body.String(), "sandbox-card")
	if len(cards) != 2 || !strings.Contains(cards[0], `data-sandbox="dev"`) || !strings.Contains(cards[1], `data-sandbox="prod"`) {
		t.Errorf("cards: %v", cards)
	}
	if !strings.Contains(rec.Body.String(), `href="/s/prod/profiles"`) {
		t.Error("the look-up is not linked")
	}
	if body := s.get("local-auditors", "/").Body.String(); strings.Contains(body, `href="/s/dev/profiles"`) || len(marks(body, "sandbox-card")) != 1 {
		t.Error("an auditor of dev is shown more than dev, or a look-up")
	}
}

func TestHomeOfSomebodyWithoutGrants(t *testing.T) {
	rec := newSite(t).get("outsiders", "/")
	wantStatus(t, rec, http.StatusForbidden)
	wantMark(t, rec.Body.String(), "no-access")
	for _, want := range []string{"the data team", "outsiders"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestHomeWithoutAdobe(t *testing.T) {
	s := newSite(t)
	s.sandboxes = func(auth.User) ([]lookup.Sandbox, error) {
		return nil, &apiclient.Error{Op: "GET sandboxes", Status: 500, Message: "canary"}
	}
	rec := s.get("analysts", "/")
	wantStatus(t, rec, http.StatusOK)
	if len(marks(rec.Body.String(), "banner")) == 0 || strings.Contains(rec.Body.String(), "canary") {
		t.Error("the page does not say that a part failed, or says it in Adobe's words")
	}
	if len(s.errs) != 1 {
		t.Errorf("the server is given %d errors, want 1", len(s.errs))
	}
}

func TestOverview(t *testing.T) {
	s := newSite(t)
	s.overview = func() (*lookup.Overview, error) {
		return &lookup.Overview{
			Probes:   []lookup.Probe{{Name: "lookup", State: lookup.ProbeOK}, {Name: "hygiene", State: lookup.ProbeAbsent}},
			Count:    &lookup.Count{Profiles: 2184, At: testNow},
			Policies: []lookup.Policy{{ID: "p1", Name: "Default", Default: true, Stitched: true, Merge: "timestampOrdered"}},
			Parts:    []lookup.Part{{Key: "part.quotas", Err: &apiclient.Error{Op: "GET quota", Status: 500}}},
		}, nil
	}
	rec := s.get("readers", "/s/dev")
	wantStatus(t, rec, http.StatusOK)
	body := rec.Body.String()
	if got := marks(body, "probe"); len(got) != 2 || !strings.Contains(got[1], `data-name="hygiene"`) || !strings.Contains(got[1], `data-state="absent"`) {
		t.Errorf("probes: %v", got)
	}
	wantMark(t, body, "profile-count", `data-count="2184"`)
	wantMark(t, body, "merge-policy", `data-id="p1"`)
	if len(marks(body, "banner")) == 0 {
		t.Error("nothing says that the quotas could not be read")
	}
	if len(s.errs) != 1 {
		t.Errorf("the server is given %d errors, want the one of the quotas", len(s.errs))
	}
	s.overview = func() (*lookup.Overview, error) {
		return &lookup.Overview{Parts: []lookup.Part{
			{Key: "part.profile-count", Err: errors.New("x")}, {Key: "part.merge-policies", Err: errors.New("x")},
		}}, nil
	}
	rec = s.get("readers", "/s/dev")
	wantStatus(t, rec, http.StatusOK)
	if body := rec.Body.String(); len(marks(body, "profile-count"))+len(marks(body, "merge-policy")) > 0 || len(marks(body, "banner")) < 2 {
		t.Error("parts that failed are shown as if they had not")
	}
	wantStatus(t, s.get("readers", "/s/prod"), http.StatusNotFound)
	wantStatus(t, s.get("readers", "/s/nope"), http.StatusNotFound)
}

func TestOverviewSaysWhatAdobeSays(t *testing.T) {
	s := newSite(t)
	changed := testNow.Add(-50 * 24 * time.Hour)
	s.overview = func() (*lookup.Overview, error) {
		return &lookup.Overview{
			Probes: []lookup.Probe{{Name: "lookup", State: lookup.ProbeOK}}, ProbedAt: testNow.Add(-4 * time.Minute),
			Policies: []lookup.Policy{{ID: "p1", Name: "On edge", OnEdge: true, Updated: changed}, {ID: "p2", Name: "Not on edge"}},
			Quotas:   []lookup.Quota{{Name: "datasetExpirationQuota", Used: 3, Limit: 75}, {Name: "someNewQuota", Used: 1, Limit: 2}},
		}, nil
	}
	body := s.get("readers", "/s/dev").Body.String()
	_, on, _ := strings.Cut(body, `data-id="p1"`)
	on, off, _ := strings.Cut(on, `data-id="p2"`)
	if !strings.Contains(on, "active on edge") || !strings.Contains(on, `datetime="2026-01-10T12:00:00Z"`) {
		t.Errorf("the row of a policy on edge is %.600s", on)
	}
	if off, _, _ = strings.Cut(off, "</tr>"); strings.Contains(off, "active on edge") || !strings.Contains(off, "not on edge") {
		t.Errorf("the row of another one is %s", off)
	}
	for _, want := range []string{
		`datetime="2026-03-01T11:56:00Z"`, `href="/s/dev?refresh=1"`,
		`<dt title="datasetExpirationQuota">Dataset expirations</dt>`, `<dt title="someNewQuota">someNewQuota</dt>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if len(s.rechecked) > 0 {
		t.Error("the page alone asks Adobe anew")
	}
	wantStatus(t, s.get("readers", "/s/dev?refresh=1"), http.StatusOK)
	if len(s.rechecked) != 1 || s.rechecked[0] != "dev" {
		t.Errorf("rechecked: %v", s.rechecked)
	}
}

func TestSandboxWithoutAdobesList(t *testing.T) {
	s := newSite(t)
	s.sandboxes = func(auth.User) ([]lookup.Sandbox, error) { return nil, &apiclient.Error{Status: 500} }
	s.overview = func() (*lookup.Overview, error) { return &lookup.Overview{}, nil }
	rec := s.get("analysts", "/s/dev")
	wantStatus(t, rec, http.StatusOK)
	wantMark(t, rec.Body.String(), "sandbox-strip", `data-sandbox="dev"`, `data-level="guarded"`)
	wantStatus(t, s.get("readers", "/s/prod"), http.StatusNotFound)
}

func TestAccess(t *testing.T) {
	s := newSite(t)
	rec := s.get("readers", "/access")
	wantStatus(t, rec, http.StatusOK)
	grants := marks(rec.Body.String(), "grant")
	if want := 2 * len(auth.Rights()); len(grants) != want { // dev and *
		t.Errorf("%d grants, want %d", len(grants), want)
	}
	allowed := 0
	for _, g := range grants {
		if strings.Contains(g, `data-allowed="true"`) {
			allowed++
			if !strings.Contains(g, `data-right="profile.read"`) || !strings.Contains(g, `data-sandbox="dev"`) {
				t.Errorf("%s is allowed", g)
			}
		}
		if strings.Contains(g, `data-sandbox="prod"`) {
			t.Error("a sandbox that may not be entered is named")
		}
	}
	if allowed != 1 {
		t.Errorf("%d grants are allowed, want 1", allowed)
	}
	wantStatus(t, s.get("outsiders", "/access"), http.StatusOK)
}

func TestAccessCSV(t *testing.T) {
	rec := newSite(t).get("readers", "/access.csv")
	wantStatus(t, rec, http.StatusOK)
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) != 1+2*len(auth.Rights()) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := strings.Join(rows[1], "|"); got != "dev|open|profile.read|true|readers|analysts readers" {
		t.Errorf("first row %s", got)
	}
}

func TestSignInPages(t *testing.T) {
	s := newSite(t)
	s.echo.GET("/login", func(c echo.Context) error { return s.pages.SignIn(c, 200, "", "/login/start?return=%2F") })
	s.echo.GET("/failed", func(c echo.Context) error { return s.pages.SignIn(c, 403, "overage", "/login/start") })
	s.echo.GET("/again", func(c echo.Context) error { return s.pages.SignInAgain(c, "/login/start?form=1", true) })
	s.echo.GET("/out", func(c echo.Context) error { return s.pages.SignedOut(c, "https://idp/end") })

	rec := s.get("", "/login")
	wantStatus(t, rec, 200)
	wantMark(t, rec.Body.String(), "sign-in", `href="/login/start?return=%2F"`)
	if len(marks(rec.Body.String(), "error")) > 0 {
		t.Error("the first try has failed already")
	}
	rec = s.get("", "/failed")
	wantStatus(t, rec, 403)
	wantMark(t, rec.Body.String(), "error", `data-code="sign_in_overage"`)
	wantMark(t, rec.Body.String(), "sign-in")

	rec = s.get("", "/again")
	wantStatus(t, rec, 401)
	wantMark(t, rec.Body.String(), "sign-in-again", `href="/login/start?form=1"`)
	if rec.Header().Get("HX-Redirect") != "" {
		t.Error("a browser is sent where only htmx should be")
	}
	rec = s.do(ask{path: "/again", header: http.Header{"Hx-Request": {"true"}}})
	wantStatus(t, rec, 401)
	if got := rec.Header().Get("HX-Redirect"); got != "/login/start?form=1" {
		t.Errorf("HX-Redirect = %q", got)
	}
	rec = s.get("", "/out")
	wantStatus(t, rec, 200)
	if !strings.Contains(rec.Body.String(), `href="https://idp/end"`) {
		t.Error("the page does not lead to the provider's logout")
	}
}

func TestBanners(t *testing.T) {
	s := newSite(t)
	s.pages.ReadOnly = true
	s.switchNow = func() (Switch, error) { return Switch{Frozen: true, Held: true}, nil }
	body := s.get("analysts", "/access").Body.String()
	panels := strings.Join(marks(body, "banner"), "")
	for _, want := range []string{`data-panel="read-only"`, `data-panel="freeze"`, `data-panel="held"`} {
		if !strings.Contains(panels, want) {
			t.Errorf("no banner %s in %s", want, panels)
		}
	}
	if strings.Contains(body, ">banner.") {
		t.Error("a banner shows its key")
	}
}

// Every title of a page is in both catalogues.
func TestTitlesAreInTheCatalogues(t *testing.T) {
	s := newSite(t)
	for _, lang := range []string{"en", "pt-BR"} {
		p := s.pages.Words.Printer(lang, nil, testNow)
		for _, key := range []string{
			"home.title", "overview.title", "lookup.title", "profile.title", "audit.title", "audit.event.title", "integrity.title",
			"access.title", "me.title", "status.title", "login.title", "again.title", "signed_out.title", "no_access.title",
			"banner.stale", "banner.read_only", "banner.frozen", "banner.held",
		} {
			if !p.Has(key) {
				t.Errorf("%s has no %s", lang, key)
			}
		}
		for _, key := range keysByStatus {
			if !p.Has("error." + key) {
				t.Errorf("%s has no error.%s", lang, key)
			}
		}
	}
}
