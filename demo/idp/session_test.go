package idp

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// Whether the provider asks for the password again.
func TestSecondSignIn(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		opts  []oauth2.AuthCodeOption
		asks  bool
	}{
		{"soon after", time.Minute, nil, false},
		{"after eleven hours", 11 * time.Hour, nil, true},
		{"prompt=login", 0, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "login")}, true},
		{"prompt=select_account", 0, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "select_account")}, true},
		{"prompt=none", 0, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("prompt", "none")}, false},
		{"max_age=0", 0, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("max_age", "0")}, true},
		{"max_age not reached", 2 * time.Minute, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("max_age", "300")}, false},
		{"max_age passed", 6 * time.Minute, []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("max_age", "300")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t)
			br := b.browser(t)
			_, _, first := b.signIn(t, br, "analyst")
			b.advance(tt.after)
			s := b.begin(tt.opts...)
			_, back := br.get(s.url)
			if asked := back == nil; asked != tt.asks {
				t.Fatalf("asked for the password: %v, want %v", asked, tt.asks)
			}
			if tt.asks {
				b.advance(2 * time.Second)
				_, back = br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "username": {"analyst"}, "password": {Password}})
			}
			_, _, second := b.redeem(t, s, back)
			if newer := second.AuthTime > first.AuthTime; newer != tt.asks {
				t.Errorf("auth_time %d after %d; newer: %v, want %v", second.AuthTime, first.AuthTime, newer, tt.asks)
			}
		})
	}
}

func TestGroupChangeShowsAtRefresh(t *testing.T) {
	b := start(t)
	tok, _, before := b.signIn(t, b.browser(t), "analyst")
	if err := b.SetUser("analyst", []string{"aep-auditors", "aep-admins"}, false); err != nil {
		t.Fatal(err)
	}
	info, err := b.info(tok)
	if err != nil {
		t.Fatal(err)
	}
	want := &[]string{"aep-auditors", "aep-admins"}
	if diff := cmp.Diff(want, info.Groups); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	for range 2 { // the refresh token works again
		fresh, err := b.refresh(tok)
		if err != nil {
			t.Fatalf("refresh: %v", err)
		}
		_, c := b.verify(t, fresh, "")
		if diff := cmp.Diff(want, c.Groups); diff != "" {
			t.Errorf("refreshed ID token (-want +got):\n%s", diff)
		}
		if c.Subject != before.Subject || c.AuthTime != before.AuthTime || c.SID != before.SID {
			t.Errorf("refreshed ID token is another sign-in: %+v, was %+v", c, before)
		}
	}
	if err := b.SetUser("analyst", nil, false); err != nil {
		t.Fatal(err)
	}
	if info, _ = b.info(tok); !cmp.Equal(want, info.Groups) {
		t.Errorf("groups nil changed them to %v", info.Groups)
	}
	if err := b.SetUser("nobody", nil, false); err == nil {
		t.Error("SetUser of an unknown account did not fail")
	}
}

func TestDisabledAccount(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	tok, _, _ := b.signIn(t, br, "requester")
	if err := b.SetUser("requester", nil, true); err != nil {
		t.Fatal(err)
	}
	if _, err := b.refresh(tok); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("refresh: %v, want invalid_grant", err)
	}
	if _, err := b.info(tok); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("userinfo: %v, want 401", err)
	}
	if _, back := br.get(b.begin().url); back != nil {
		t.Errorf("signed in silently: %s", back)
	}
	status, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "username": {"requester"}, "password": {Password}})
	if status != 401 || back != nil || !strings.Contains(br.page(), "This account is disabled.") {
		t.Errorf("login: %d, sent to %v", status, back)
	}
	if err := b.SetUser("requester", nil, false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.refresh(tok); err != nil {
		t.Errorf("refresh after the account was enabled again: %v", err)
	}
}

// Disabled between the sign-in form and the code's exchange.
func TestDisabledBeforeExchange(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	s := b.begin()
	br.get(s.url)
	_, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "as": {"analyst"}})
	if err := b.SetUser("analyst", nil, true); err != nil {
		t.Fatal(err)
	}
	if _, err := b.oauth.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(s.verifier)); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("exchange: %v, want invalid_grant", err)
	}
}

func TestLogout(t *testing.T) {
	b := start(t)
	for _, to := range []string{site + "/login", site + "/"} {
		br := b.browser(t)
		tok, id, _ := b.signIn(t, br, "analyst")
		_, back := br.get(b.issuer + "/end_session?" + url.Values{"id_token_hint": {id}, "post_logout_redirect_uri": {to}, "state": {"s"}}.Encode())
		if back == nil || back.String() != to+"?state=s" {
			t.Fatalf("logout led to %v, want %s", back, to)
		}
		if _, back = br.get(b.begin().url); back != nil {
			t.Error("still signed in at the provider")
		}
		if _, err := b.info(tok); err == nil {
			t.Error("the access token outlived its session")
		}
		if _, err := b.refresh(tok); err != nil {
			t.Errorf("offline access ended with the session: %v", err)
		}
	}
}

func TestLogoutRefuses(t *testing.T) {
	b := start(t)
	for _, tt := range []struct{ name, hint, to string }{
		{"another site", "own", "http://127.0.0.1:2/login"},
		{"a page that is not registered", "own", site + "/me"},
		{"not a token", "x.y.z", site + "/login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			br := b.browser(t)
			_, id, _ := b.signIn(t, br, "analyst")
			if tt.hint == "own" {
				tt.hint = id
			}
			status, back := br.get(b.issuer + "/end_session?" + url.Values{"id_token_hint": {tt.hint}, "post_logout_redirect_uri": {tt.to}}.Encode())
			if status != 400 || back != nil || !strings.Contains(br.page(), "cannot be carried out") {
				t.Errorf("got %d, sent to %v; want a page with 400", status, back)
			}
			if _, back = br.get(b.begin().url); back == nil {
				t.Error("a refused logout ended the session")
			}
		})
	}
}

// Without an ID token the person is asked.
func TestLogoutByLinkAsks(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	b.signIn(t, br, "analyst")
	if status, _ := br.get(b.issuer + "/end_session"); status != 200 || !strings.Contains(br.page(), "Sign out here?") {
		t.Fatalf("got %d:\n%s", status, br.page())
	}
	if _, back := br.get(b.begin().url); back == nil {
		t.Fatal("the question alone ended the session")
	}
	if status, _ := br.post(b.issuer+"/sign-out", nil); status != 200 || !strings.Contains(br.page(), "You are signed out") {
		t.Errorf("got %d:\n%s", status, br.page())
	}
	if _, back := br.get(b.begin().url); back != nil {
		t.Error("still signed in")
	}
}

func TestRevokedRefreshToken(t *testing.T) {
	b := start(t)
	tok, _, _ := b.signIn(t, b.browser(t), "analyst")
	br := b.browser(t)
	form := url.Values{"token": {tok.RefreshToken}, "client_id": {b.ClientID}, "client_secret": {b.ClientSecret}}
	if status, _ := br.post(b.issuer+"/revoke", form); status != 200 {
		t.Fatalf("revoke: %d %s", status, br.page())
	}
	if _, err := b.refresh(tok); err == nil {
		t.Error("a revoked refresh token still works")
	}
}

func TestRefreshTokenRunsOut(t *testing.T) {
	b := start(t)
	tok, _, _ := b.signIn(t, b.browser(t), "analyst")
	b.advance(29 * 24 * time.Hour)
	if _, err := b.refresh(tok); err != nil {
		t.Errorf("refresh after 29 days: %v", err)
	}
	b.advance(48 * time.Hour)
	if _, err := b.refresh(tok); err == nil {
		t.Error("refresh after 31 days worked")
	}
}
