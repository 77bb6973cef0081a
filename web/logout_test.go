package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"profiledesk/internal/auth"
)

func TestLogout(t *testing.T) {
	s := newSite(t)
	b, replica := s.browser(), s.browser()
	b.signIn("ana", "aep-analysts")
	replica.setCookie("profiledesk", b.cookie("profiledesk"))
	wantStatus(t, replica.get("/me"), 200)
	a := b.post("/logout", nil)
	wantStatus(t, a, http.StatusSeeOther)
	u, err := url.Parse(a.to())
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "idp.example" || u.Query().Get("id_token_hint") != "id-token-ana" || u.Query().Get("post_logout_redirect_uri") != s.URL+"/login" {
		t.Errorf("logout leads to %s", a.to())
	}
	if a.Header.Get("Clear-Site-Data") == "" || b.cookie("profiledesk") != "" {
		t.Errorf("Clear-Site-Data %q, cookie %q", a.Header.Get("Clear-Site-Data"), b.cookie("profiledesk"))
	}
	if a := replica.get("/me"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the same cookie elsewhere: %d", a.StatusCode)
	}
	if s.store.last() != "session.end logout" {
		t.Errorf("last event %q", s.store.last())
	}
}

func TestLogoutEndsHereWhereTheProviderIsNotKnown(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.provider.origin = ""
	wantStatus(t, b.get("/me"), 200)
	a := b.post("/logout", nil)
	if wantStatus(t, a, 200); !strings.Contains(a.body, "signed out") || a.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("body %q, Clear-Site-Data %q", a.body, a.Header.Get("Clear-Site-Data"))
	}
	s.provider.origin = "https://idp.example"
	b.signIn("ana", "aep-analysts")
	a = b.post("/logout", nil)
	if wantStatus(t, a, 200); !strings.Contains(a.body, "https://idp.example/end") {
		t.Errorf("a page may be open whose policy does not allow the redirect, and there is no link: %s", a.body)
	}
	s.pass(auth.SessionIdle)
	b.signIn("ana", "aep-analysts")
	wantStatus(t, b.post("/logout", nil), http.StatusSeeOther)
}

func TestLogoutThatCannotBeRecorded(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.store.set(func(m *memory) { m.fail = errors.New("disk full") })
	if a := b.post("/logout", nil); a.StatusCode != http.StatusServiceUnavailable || b.cookie("profiledesk") == "" {
		t.Errorf("logout: %d, cookie %q", a.StatusCode, b.cookie("profiledesk"))
	}
}

func TestBackchannelLogout(t *testing.T) {
	s := newSite(t)
	ana, bob := s.browser(), s.browser()
	ana.signIn("ana", "aep-analysts")
	bob.signIn("bob", "aep-analysts")
	s.provider.logout = func(token string) (auth.Logout, error) {
		switch token {
		case "good":
			return auth.Logout{Issuer: "https://idp.example", SID: "sid-ana", Subject: "ana", JTI: "j1"}, nil
		case "down":
			return auth.Logout{}, auth.ErrUnreachable
		}
		return auth.Logout{}, auth.ErrSignature
	}
	provider := s.browser()
	for _, tt := range []struct {
		form url.Values
		want int
	}{
		{url.Values{}, 400}, {url.Values{"logout_token": {"bad"}}, 400}, {url.Values{"logout_token": {"good", "good"}}, 400},
		{url.Values{"logout_token": {"down"}}, 503}, {url.Values{"logout_token": {"good"}}, 200}, {url.Values{"logout_token": {"good"}}, 400},
	} {
		a := provider.post(backchannelPath, tt.form, "Origin", "https://idp.example", "Sec-Fetch-Site", "cross-site")
		if a.StatusCode != tt.want || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %d (%s), want %d", tt.form, a.StatusCode, a.Header.Get("Cache-Control"), tt.want)
		}
	}
	if a := ana.get("/me"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("ana is still signed in: %d", a.StatusCode)
	}
	wantStatus(t, bob.get("/me"), 200)
}
