package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"profiledesk/demo/idp"
	"profiledesk/internal/auth"
)

// withProvider is a site whose provider is a real one, reached over HTTP.
func withProvider(t *testing.T) (*site, *idp.Provider) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	issuer := "http://" + srv.Listener.Addr().String()
	var s *site
	var real *idp.Provider
	s = newSite(t, func(c *Config) {
		var err error
		real, err = idp.New(idp.Config{Issuer: issuer, Site: []string{c.PublicURL}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		now := c.Now
		c.Provider = auth.NewProvider(auth.OIDCConfig{
			Issuer: issuer, ClientID: real.ClientID, ClientSecret: real.ClientSecret, RedirectURL: c.PublicURL + "/auth/callback",
			Scopes: []string{"openid", "profile", "email", "groups", "offline_access"}, Now: now,
		})
	})
	s.mu.Lock()
	s.now = time.Now()
	s.mu.Unlock()
	srv.Config.Handler = real.Handler()
	srv.Start()
	t.Cleanup(srv.Close)
	return s, real
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// walk goes to address and on from there, as a browser does, until it stands on
// a page. On the provider's sign-in page it signs in as username.
func (b *browser) walk(address, username string) (*http.Response, string) {
	b.site.t.Helper()
	form := url.Values(nil)
	for range 20 {
		method, body := http.MethodGet, io.Reader(nil)
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		r, err := http.NewRequest(method, address, body)
		if err != nil {
			b.site.t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		form = nil
		resp, err := b.Do(r)
		if err != nil {
			b.site.t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			b.site.t.Fatal(err)
		}
		if to, err := resp.Location(); err == nil {
			address = to.String()
			continue
		}
		field := requestField.FindSubmatch(text)
		if field == nil {
			return resp, string(text)
		}
		form = url.Values{"request": {string(field[1])}, "username": {username}, "password": {"demo"}}
		address = resp.Request.URL.ResolveReference(&url.URL{Path: "/login"}).String()
	}
	b.site.t.Fatal("the browser goes round in circles")
	return nil, ""
}

func TestARealProvider(t *testing.T) {
	s, real := withProvider(t)
	b := s.browser()
	resp, text := b.walk(s.URL+"/s/dev/profiles", "analyst")
	if resp.StatusCode != 200 || !strings.Contains(text, `data-testid="sign-in"`) {
		t.Fatalf("without a session: %d %s", resp.StatusCode, text)
	}
	resp, text = b.walk(s.URL+linkOf(t, strings.ReplaceAll(text, `data-reason="" `, "")), "analyst")
	if resp.StatusCode != 200 || resp.Request.URL.Path != "/s/dev/profiles" || !strings.Contains(text, "groups=[aep-analysts]") {
		t.Fatalf("after the sign-in: %s %d %s", resp.Request.URL.Path, resp.StatusCode, text)
	}

	if err := real.SetUser("analyst", []string{"aep-auditors"}, false); err != nil {
		t.Fatal(err)
	}
	s.pass(61 * time.Second)
	wantStatus(t, b.get("/s/dev/profiles"), 403)
	wantStatus(t, b.get("/audit"), 200)

	if err := real.SetUser("analyst", []string{"aep-auditors"}, true); err != nil {
		t.Fatal(err)
	}
	s.pass(61 * time.Second)
	wantStatus(t, b.get("/audit"), 303)
	if s.store.last() != "session.end refused" {
		t.Errorf("last event %q", s.store.last())
	}
}

func TestLogoutAtARealProvider(t *testing.T) {
	s, _ := withProvider(t)
	b := s.browser()
	b.walk(s.URL+"/login/start?return=/me", "admin")
	wantStatus(t, b.get("/me"), 200)
	if csp := b.get("/me").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:") {
		t.Errorf("the page may not lead to the provider: %s", csp)
	}
	a := b.post("/logout", nil)
	wantStatus(t, a, 303)
	resp, text := b.walk(a.to(), "admin")
	if resp.StatusCode != 200 || resp.Request.URL.Path != "/login" || "http://"+resp.Request.URL.Host != s.URL {
		t.Errorf("after the logout: %s %d %s", resp.Request.URL, resp.StatusCode, text)
	}
}

func TestStepUpAtARealProvider(t *testing.T) {
	s, _ := withProvider(t)
	b := s.browser()
	b.walk(s.URL+"/login/start?return=/me", "admin")
	first := s.store.only(t).User.AuthTime
	if first.IsZero() {
		t.Fatal("the provider does not say when the person signed in")
	}
	time.Sleep(1100 * time.Millisecond) // the provider counts in seconds
	resp, text := b.walk(s.URL+"/login/start?return=/me&step=1", "admin")
	if resp.StatusCode != 200 || resp.Request.URL.Path != "/me" {
		t.Fatalf("after the step-up: %s %d %s", resp.Request.URL.Path, resp.StatusCode, text)
	}
	for _, one := range s.store.sessions {
		if one.Ended.IsZero() && !one.User.AuthTime.After(first) {
			t.Errorf("the step-up asked for no password: signed in at %v, as before", one.User.AuthTime)
		}
	}
}
