package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func wantStatus(t *testing.T, a answer, want int) {
	t.Helper()
	if a.StatusCode != want {
		t.Fatalf("%s %s: status %d, want %d: %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, want, a.body)
	}
}

func TestSignInLeadsBackToThePage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	a := b.get("/s/dev/profiles?policy=p1")
	wantStatus(t, a, http.StatusSeeOther)
	if want := "/login?return=%2Fs%2Fdev%2Fprofiles%3Fpolicy%3Dp1"; a.to() != want {
		t.Fatalf("redirected to %q, want %q", a.to(), want)
	}
	a = b.get(a.to())
	link := "/login/start?return=%2Fs%2Fdev%2Fprofiles%3Fpolicy%3Dp1"
	if wantStatus(t, a, 200); !strings.Contains(a.body, link) {
		t.Fatalf("the sign-in page has not the link %s: %s", link, a.body)
	}
	a = b.signInBy(link, "ana", "aep-analysts")
	wantStatus(t, a, http.StatusSeeOther)
	if a.to() != "/s/dev/profiles?policy=p1" {
		t.Errorf("back at %q", a.to())
	}
	a = b.get(a.to())
	if wantStatus(t, a, 200); !strings.Contains(a.body, "page for ana") {
		t.Errorf("body %q", a.body)
	}
	if got := s.store.only(t); got.User.Subject != "ana" || got.SID != "sid-ana" || len(got.ID) != 64 || strings.Contains(string(got.Tokens), "refresh") {
		t.Errorf("stored session %+v", got)
	}
	a = b.get("/login?return=/audit")
	if a.to() != "/audit" {
		t.Errorf("/login of somebody signed in leads to %q", a.to())
	}
}

func TestSessionCookie(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	a := b.signIn("ana", "aep-analysts")
	for _, c := range a.Cookies() {
		if c.Name != "profiledesk" {
			continue
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure {
			t.Errorf("cookie %+v", c)
		}
		if id := s.store.only(t).ID; strings.Contains(c.Value, id) || strings.Contains(c.Value, "ana") {
			t.Errorf("the cookie %q holds the store's key or a name", c.Value)
		}
		return
	}
	t.Errorf("no cookie among %v", a.Cookies())
}

func TestCookieIsSecureOverHTTPS(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PublicURL = "https://desk.example" })
	a := s.browser().get("/login/start", "Host", "desk.example")
	wantStatus(t, a, http.StatusSeeOther)
	for _, c := range a.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-profiledesk-flow-") || !c.Secure || c.Domain != "" || c.Path != "/" {
			t.Errorf("cookie %+v", c)
		}
	}
	if got := a.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security %q", got)
	}
}

func TestSignInGivesANewID(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.setCookie("profiledesk", "planted")
	b.signIn("ana", "aep-analysts")
	first := b.cookie("profiledesk")
	if first == "planted" || first == "" {
		t.Fatalf("cookie after sign-in is %q", first)
	}
	b.signIn("ana", "aep-analysts")
	second := b.cookie("profiledesk")
	if second == first {
		t.Fatal("the second sign-in kept the id of the first")
	}
	old := s.browser()
	old.setCookie("profiledesk", first)
	if a := old.get("/me"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the replaced session still answers %d", a.StatusCode)
	}
}

func TestForgedCookies(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	good := b.cookie("profiledesk")
	for _, value := range []string{"", "x", s.store.only(t).ID, good[:len(good)-2], good + "A", strings.ToUpper(good), strings.Repeat("a", 4000)} {
		other := s.browser()
		other.setCookie("profiledesk", value)
		if a := other.get("/me"); a.StatusCode != http.StatusSeeOther {
			t.Errorf("cookie %.20q: status %d", value, a.StatusCode)
		}
	}
}

func TestIdleAndAbsoluteEnd(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	for range 3 {
		s.pass(29 * time.Minute)
		wantStatus(t, b.get("/me"), 200)
	}
	s.pass(30 * time.Minute)
	if a := b.get("/me"); a.StatusCode != http.StatusSeeOther || s.store.last() != "session.end idle" {
		t.Errorf("after half an hour: %d, %s", a.StatusCode, s.store.last())
	}
	b.signIn("ana", "aep-analysts")
	for range 23 {
		s.pass(25 * time.Minute)
		wantStatus(t, b.get("/me"), 200)
	}
	s.pass(25 * time.Minute)
	if a := b.get("/me"); a.StatusCode != http.StatusSeeOther || s.store.last() != "session.end absolute" {
		t.Errorf("after ten hours: %d, %s", a.StatusCode, s.store.last())
	}
}

func TestLastSeenIsWrittenOnceAMinute(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	for range 12 {
		s.pass(10 * time.Second)
		wantStatus(t, b.get("/me"), 200)
	}
	if s.store.touches != 2 {
		t.Errorf("%d writes in two minutes, want 2", s.store.touches)
	}
}
