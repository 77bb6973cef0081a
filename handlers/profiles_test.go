package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

func TestEveryOutcomeHasItsStatus(t *testing.T) {
	adobe := &apiclient.Error{Op: "POST access/entities", Status: 500, Message: "canary@example.com"}
	for _, tt := range []struct {
		ans    lookup.Answer
		status int
	}{
		{lookup.Answer{Outcome: lookup.Unknown, Tried: []lookup.Try{{Namespace: "Email", Why: "lookup.why.mail"}}}, 404},
		{lookup.Answer{Outcome: lookup.Invalid, Problem: "lookup.invalid.sql"}, 422},
		{lookup.Answer{Outcome: lookup.TooMany, Err: adobe}, 422},
		{lookup.Answer{Outcome: lookup.WrongPolicy, Err: adobe}, 422},
		{lookup.Answer{Outcome: lookup.NotLicensed, Err: adobe}, 502},
		{lookup.Answer{Outcome: lookup.Down, Err: adobe}, 502},
		{lookup.Answer{Outcome: lookup.Throttled, Wait: 7 * time.Second, Err: adobe}, 503},
	} {
		t.Run(string(tt.ans.Outcome), func(t *testing.T) {
			s := newSite(t)
			s.find = func(lookup.Ask) (lookup.Answer, error) { return tt.ans, nil }
			typed := `" onfocus="x' <b>ana@example.com`
			rec := s.post("analysts", "/s/dev/profiles", url.Values{"q": {typed}, "policy": {"p1"}})
			wantStatus(t, rec, tt.status)
			body := rec.Body.String()
			wantMark(t, body, "lookup-outcome", fmt.Sprintf(`data-outcome="%s"`, tt.ans.Outcome))
			wantMark(t, body, "lookup-form", `method="post"`, `action="/s/dev/profiles"`)
			wantMark(t, body, "sandbox-strip", `data-sandbox="dev"`)
			if !strings.Contains(body, "&#34; onfocus=&#34;x&#39; &lt;b&gt;ana@example.com") || strings.Contains(body, typed) {
				t.Error("the form does not hold what was typed, escaped")
			}
			if got := len(marks(body, "tried")); got != len(tt.ans.Tried) {
				t.Errorf("%d namespaces tried are shown, want %d", got, len(tt.ans.Tried))
			}
			if got := rec.Header().Get("Retry-After"); (got == "7") != (tt.status == 503) {
				t.Errorf("Retry-After = %q", got)
			}
			if strings.Contains(body, "canary") || strings.Contains(body, "lookup.invalid.") || strings.Contains(body, "outcome.") {
				t.Error("the page shows Adobe's words, or a key of the catalogue")
			}
		})
	}
	if len(statusOf) != len(lookup.Outcomes()) {
		t.Errorf("%d outcomes have a status, want %d", len(statusOf), len(lookup.Outcomes()))
	}
}

func TestFoundLeadsToTheProfile(t *testing.T) {
	for _, outcome := range []lookup.Outcome{lookup.Found, lookup.Empty} {
		s := newSite(t)
		var asked lookup.Ask
		s.find = func(a lookup.Ask) (lookup.Answer, error) {
			asked = a
			return lookup.Answer{Outcome: outcome, Handle: "HANDLE1"}, nil
		}
		// What stands in the URL is not read: only the body is.
		rec := s.post("analysts", "/s/dev/profiles?q=url@example.com&id=2", url.Values{"q": {" ana@example.com "}, "namespace": {""}, "policy": {"p1"}})
		wantStatus(t, rec, http.StatusSeeOther)
		if got := rec.Header().Get("Location"); got != "/s/dev/profiles/HANDLE1" {
			t.Errorf("%s leads to %s", outcome, got)
		}
		if want := (lookup.Ask{Sandbox: "dev", Q: " ana@example.com ", Policy: "p1"}); asked != want {
			t.Errorf("Find was asked %+v, want %+v", asked, want)
		}
	}
}

func TestOtherPeopleAreNamedOnTheWay(t *testing.T) {
	s := newSite(t)
	s.find = func(lookup.Ask) (lookup.Answer, error) {
		return lookup.Answer{Outcome: lookup.Found, Handle: "H1", Others: []lookup.Other{{Namespace: "Phone", Handle: "H2"}, {Namespace: "CRMId", Handle: "H3"}}}, nil
	}
	rec := s.post("analysts", "/s/dev/profiles", url.Values{"q": {"123"}})
	wantStatus(t, rec, http.StatusSeeOther)
	if got := rec.Header().Get("Location"); got != "/s/dev/profiles/H1?others=H2,H3" {
		t.Errorf("it leads to %s", got)
	}
}

func TestHtmxIsSentToTheProfile(t *testing.T) {
	s := newSite(t)
	s.find = func(lookup.Ask) (lookup.Answer, error) {
		return lookup.Answer{Outcome: lookup.Found, Handle: "HANDLE1"}, nil
	}
	rec := s.do(ask{group: "analysts", method: "POST", path: "/s/dev/profiles", form: url.Values{"q": {"a@example.com"}}, header: http.Header{"Hx-Request": {"true"}}})
	if rec.Code != 200 || rec.Header().Get("HX-Redirect") != "/s/dev/profiles/HANDLE1" || rec.Body.Len() > 0 {
		t.Errorf("htmx is answered %d %q", rec.Code, rec.Header().Get("HX-Redirect"))
	}
	rec = s.do(ask{group: "analysts", method: "POST", path: "/s/dev/profiles", form: url.Values{"q": {"a@example.com"}}, header: http.Header{"Hx-Request": {"true"}, "Hx-Boosted": {"true"}}})
	wantStatus(t, rec, http.StatusSeeOther)
}

// What cannot be recorded is not done: nothing of Adobe's is asked before, not
// even which sandboxes there are, and nothing of what was typed is shown.
func TestNothingHappensThatIsNotRecorded(t *testing.T) {
	s := newSite(t)
	s.sandboxes = func(auth.User) ([]lookup.Sandbox, error) {
		t.Error("the sandboxes were asked for")
		return nil, nil
	}
	s.find = func(lookup.Ask) (lookup.Answer, error) {
		return lookup.Answer{}, fmt.Errorf("record: %w: disk full", audit.ErrNotRecorded)
	}
	rec := s.post("analysts", "/s/dev/profiles", url.Values{"q": {"canary@example.com"}})
	wantStatus(t, rec, http.StatusServiceUnavailable)
	wantMark(t, rec.Body.String(), "error", `data-code="nothing_recorded"`)
	if strings.Contains(rec.Body.String(), "canary") {
		t.Error("the page holds what was typed")
	}
}

func TestOurCapsKeepTheForm(t *testing.T) {
	s := newSite(t)
	s.find = func(lookup.Ask) (lookup.Answer, error) { return lookup.Answer{}, lookup.ErrCapped }
	rec := s.post("analysts", "/s/dev/profiles", url.Values{"q": {"typed@example.com"}})
	wantStatus(t, rec, http.StatusTooManyRequests)
	wantMark(t, rec.Body.String(), "banner", `data-panel="too_often"`)
	if body := rec.Body.String(); !strings.Contains(body, `value="typed@example.com"`) || strings.Contains(body, "error.too_often") {
		t.Error("the form is not shown again, or a key is")
	}
}

func TestLookupPage(t *testing.T) {
	s := newSite(t)
	s.recent = func(sandbox string) ([]lookup.Recent, error) {
		return []lookup.Recent{{Handle: "H1", Sandbox: sandbox, Namespace: "Email", ID: "mine@example.com", Policy: "p1", Used: testNow}}, nil
	}
	body := s.get("analysts", "/s/dev/profiles").Body.String()
	wantMark(t, body, "recent-handle", `data-handle="H1"`)
	for _, want := range []string{"mine@example.com", `href="/s/dev/profiles/H1"`, `<option value="p1">Default timestamp`, `<option value="LoyaltyId">`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if len(marks(body, "lookup-outcome")) > 0 {
		t.Error("the page shows an outcome before anything was asked")
	}
	wantMark(t, body, "sandbox-strip", `data-level="open"`, `data-type="development"`)
}

func TestLookupPageWithoutItsParts(t *testing.T) {
	s := newSite(t)
	s.options = func() error { return &apiclient.Error{Op: "GET namespaces", Status: 503} }
	s.recent = func(string) ([]lookup.Recent, error) { return nil, errors.New("disk I/O error") }
	rec := s.get("analysts", "/s/dev/profiles")
	wantStatus(t, rec, http.StatusOK)
	wantMark(t, rec.Body.String(), "lookup-form")
	if got := len(marks(rec.Body.String(), "banner")); got < 2 {
		t.Errorf("%d banners, want one for each part that failed", got)
	}
	if len(s.errs) != 1 || !strings.Contains(s.errs[0].Error(), "disk I/O error") {
		t.Errorf("the server is given %v, want the causes once", s.errs)
	}
}

func TestKeptFormIsShownFilled(t *testing.T) {
	s := newSite(t)
	s.find = func(lookup.Ask) (lookup.Answer, error) {
		t.Error("the kept form was sent")
		return lookup.Answer{}, nil
	}
	rec := s.do(ask{group: "analysts", path: "/s/dev/profiles", kept: url.Values{"q": {"typed@example.com"}, "namespace": {"Email"}}})
	if body := rec.Body.String(); !strings.Contains(body, `value="typed@example.com"`) || !strings.Contains(body, `value="Email"`) {
		t.Error("the form is not filled with what was kept")
	}
}

func TestUnknownAndForbiddenSandboxesLookTheSame(t *testing.T) {
	s := newSite(t)
	unknown, forbidden := s.get("readers", "/s/nope/profiles"), s.get("readers", "/s/prod/profiles")
	wantStatus(t, unknown, http.StatusNotFound)
	wantStatus(t, forbidden, http.StatusNotFound)
	if unknown.Body.String() != forbidden.Body.String() {
		t.Errorf("the pages differ:\n%s\n%s", unknown.Body, forbidden.Body)
	}
	if strings.Contains(forbidden.Body.String(), "prod") {
		t.Error("the page names the sandbox")
	}
	if len(marks(unknown.Body.String(), "sandbox-strip")) != 1 {
		t.Error("the page has no strip")
	}
}

func TestRecentHandlesAsCSV(t *testing.T) {
	s := newSite(t)
	s.recent = func(sandbox string) ([]lookup.Recent, error) {
		return []lookup.Recent{{Handle: "H1", Sandbox: sandbox, Namespace: "Email", ID: "=cmd@example.com", Used: testNow}}, nil
	}
	rec := s.get("analysts", "/s/dev/profiles.csv")
	wantStatus(t, rec, http.StatusOK)
	if got, want := rec.Body.String(), "handle,namespace,id,policy,used\nH1,Email,'=cmd@example.com,,2026-03-01T12:00:00Z\n"; got != want {
		t.Errorf("CSV:\n%s\nwant:\n%s", got, want)
	}
	wantStatus(t, s.get("readers", "/s/prod/profiles.csv"), http.StatusNotFound)
}
