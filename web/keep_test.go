package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"profiledesk/internal/auth"
)

func TestHalfFilledFormSurvives(t *testing.T) {
	form := url.Values{"q": {"ana.souza@example.com"}, "policy": {"p1"}}
	for _, tt := range []struct {
		name   string
		away   time.Duration
		end    string // why the session ended, "" for its idle time
		form   url.Values
		as     string
		want   bool
		logout bool
	}{
		{name: "idle, same person", away: 45 * time.Minute, form: form, as: "ana", want: true},
		{name: "another person", away: 45 * time.Minute, form: form, as: "bob"},
		{name: "ended long ago", away: 91 * time.Minute, form: form, as: "ana"},
		{name: "too large", away: 45 * time.Minute, form: url.Values{"q": {strings.Repeat("x", auth.KeepFormBytes)}}, as: "ana"},
		{name: "ended by the provider", end: auth.EndBackchannel, form: form, as: "ana", want: true},
		{name: "signed out by hand", end: auth.EndLogout, form: form, as: "ana", want: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			b.signIn("ana", "aep-analysts")
			s.pass(tt.away)
			if tt.end != "" {
				if err := s.store.End(t.Context(), s.store.only(t).ID, tt.end, s.clock()); err != nil {
					t.Fatal(err)
				}
			}
			a := b.post("/s/dev/profiles", tt.form)
			wantStatus(t, a, http.StatusUnauthorized)
			link := linkOf(t, a.body)
			for _, f := range s.store.forms {
				if strings.Contains(string(f.Sealed), "ana") {
					t.Error("the form lies in clear")
				}
			}
			a = b.signInBy(link, tt.as, "aep-analysts")
			a = b.get(a.to())
			wantStatus(t, a, 200)
			if got := strings.Contains(a.body, "ana.souza@example.com"); got != tt.want {
				t.Errorf("shown again: %v, want %v: %s", got, tt.want, a.body)
			}
			if !strings.HasPrefix(a.Request.URL.Path, "/s/dev/profiles") {
				t.Errorf("back at %s", a.Request.URL.Path)
			}
			if strings.Contains(s.log.String(), "souza") {
				t.Error("the log holds what was typed")
			}
		})
	}
}

func linkOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `href="`)
	link, _, ok2 := strings.Cut(rest, `"`)
	if !ok || !ok2 || !strings.HasPrefix(link, "/login/start?") {
		t.Fatalf("no link in %s", body)
	}
	return link
}

func TestNothingIsKeptForAStranger(t *testing.T) {
	s := newSite(t)
	a := s.browser().post("/s/dev/profiles", url.Values{"q": {"x"}})
	wantStatus(t, a, http.StatusUnauthorized)
	if len(s.store.forms) != 0 {
		t.Error("a form was kept for somebody without any session")
	}
}

func TestHTMXWithoutASession(t *testing.T) {
	s := newSite(t)
	a := s.browser().get("/s/dev/profiles/H1?q=x", "HX-Request", "true", "HX-Current-URL", s.URL+"/s/dev/profiles/H1?tab=attributes")
	if wantStatus(t, a, http.StatusUnauthorized); a.Header.Get("HX-Redirect") != "/login/start?return=%2Fs%2Fdev%2Fprofiles%2FH1%3Ftab%3Dattributes" {
		t.Errorf("HX-Redirect %q", a.Header.Get("HX-Redirect"))
	}
	a = s.browser().get("/s/dev/profiles", "HX-Request", "true", "HX-Current-URL", "https://evil.example/me")
	if got := a.Header.Get("HX-Redirect"); got != "/login/start?return=%2Fs%2Fdev%2Fprofiles" {
		t.Errorf("HX-Redirect with a foreign page: %q", got)
	}
}
