package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"profiledesk/internal/auth"
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

func TestFlowIsBoundToTheBrowser(t *testing.T) {
	s := newSite(t)
	s.provider.set("ana", []string{"aep-analysts"})
	victim, attacker := s.browser(), s.browser()
	link := attacker.toProvider("/login/start")
	if a := victim.get(link); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `data-reason="state"`) {
		t.Errorf("somebody else's callback: %d %s", a.StatusCode, a.body)
	}
	if got := s.store.last(); got != "session.refused state" {
		t.Errorf("last event %q", got)
	}
	if a := attacker.get(link); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("own callback: %d", a.StatusCode)
	}
	if a := attacker.get(link); a.StatusCode != http.StatusBadRequest {
		t.Errorf("the same callback again: %d", a.StatusCode)
	}
}

func TestStrangersCannotFillTheLog(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for range 200 {
		if a := b.get("/auth/callback?state=x&code=y"); a.StatusCode != http.StatusBadRequest {
			t.Fatalf("status %d", a.StatusCode)
		}
	}
	if n := len(s.store.events); n != 60 {
		t.Errorf("%d events for 200 callbacks of nobody, want 60", n)
	}
}

func TestProviderDownAtSignIn(t *testing.T) {
	s := newSite(t)
	s.provider.down = auth.ErrUnreachable
	a := s.browser().get("/login/start?return=/me")
	if a.StatusCode != 503 || !strings.Contains(a.body, `data-reason="unreachable"`) || !strings.Contains(a.body, "return=%2Fme") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if len(s.store.events) != 0 {
		t.Errorf("recorded %v although nobody was refused", s.store.events)
	}
}

func TestTwoTabsSignIn(t *testing.T) {
	s := newSite(t)
	s.provider.set("ana", []string{"aep-analysts"})
	b := s.browser()
	one, two := b.toProvider("/login/start?return=/me"), b.toProvider("/login/start?return=/access")
	if a := b.get(one); a.to() != "/me" {
		t.Errorf("first tab at %q", a.to())
	}
	if a := b.get(two); a.to() != "/access" {
		t.Errorf("second tab at %q", a.to())
	}
}

func TestFlowCookiesDoNotPileUp(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for range 30 {
		b.get("/login/start")
	}
	u, _ := url.Parse(s.URL)
	if n := len(b.Jar.Cookies(u)); n > flowsMost+1 {
		t.Errorf("%d cookies of sign-ins nobody finished", n)
	}
}

func TestCallbackErrors(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		err         error
		status      int
		reason      string
	}{
		{"provider says no", "error=access_denied&error_description=ana@example.com", nil, 403, "provider"},
		{"nonce", "code=the-code", auth.ErrNonce, 403, "nonce"},
		{"overage", "code=the-code", auth.ErrOverage, 403, "overage"},
		{"down", "code=the-code", auth.ErrUnreachable, 503, "unreachable"},
		{"wrong description", "code=the-code", auth.ErrDiscovery, 502, "discovery"},
		{"two codes", "code=the-code&code=b", nil, 400, "state"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			u, err := url.Parse(b.toProvider("/login/start?return=/me"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.err != nil {
				s.provider.exchange = func(auth.Flow) (auth.Identity, error) { return auth.Identity{}, tt.err }
			}
			a := b.get("/auth/callback?state=" + u.Query().Get("state") + "&" + tt.query)
			if a.StatusCode != tt.status || !strings.Contains(a.body, `data-reason="`+tt.reason+`"`) {
				t.Errorf("callback: %d %s; want %d %s", a.StatusCode, a.body, tt.status, tt.reason)
			}
			if got := s.store.last(); got != "session.refused "+tt.reason {
				t.Errorf("last event %q", got)
			}
			if !strings.Contains(a.body, "return=%2Fme") {
				t.Errorf("the way back is lost: %s", a.body)
			}
			if b.cookie("profiledesk") != "" {
				t.Error("a session cookie was sent")
			}
			if strings.Contains(s.log.String()+a.body, "ana@example.com") {
				t.Error("the provider's text is repeated")
			}
		})
	}
}

func TestSignInThatCannotBeRecorded(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.store.set(func(m *memory) { m.fail = errors.New("disk full") })
	if a := b.signIn("ana", "aep-analysts"); a.StatusCode != http.StatusServiceUnavailable || b.cookie("profiledesk") != "" {
		t.Errorf("sign-in: %d, cookie %q", a.StatusCode, b.cookie("profiledesk"))
	}
}

func TestStepUpAsksForAPassword(t *testing.T) {
	s := newSite(t)
	s.browser().get("/login/start?step=1")
	f := s.provider.flows[0]
	if f.Prompt != "login" || f.MaxAge == nil || *f.MaxAge != stepUpAge {
		t.Errorf("flow %+v", f)
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

func TestGroupsAreAskedForEveryMinute(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.provider.set("ana", []string{"aep-auditors"})
	s.pass(59 * time.Second)
	wantStatus(t, b.get("/s/dev/profiles"), 200)
	s.pass(2 * time.Second)
	wantStatus(t, b.get("/s/dev/profiles"), 403)
	wantStatus(t, b.get("/audit"), 200)
	if n := s.provider.count(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

func TestGroupsAreAskedForAtOnceWhereItMatters(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-admins")
	s.pass(time.Second)
	wantStatus(t, b.post("/status/freeze", nil), 303)
	s.provider.set("ana", nil)
	wantStatus(t, b.get("/"), 200)
	s.pass(time.Second)
	wantStatus(t, b.post("/status/freeze", nil), 403)
}

func TestOneRenewalForManyRequests(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	used := map[string]int{}
	var mu sync.Mutex
	s.provider.refresh = func(tok auth.Tokens, _ string) (auth.Fresh, error) {
		mu.Lock()
		defer mu.Unlock()
		if used[tok.Refresh]++; used[tok.Refresh] > 1 {
			return auth.Fresh{}, auth.ErrRefused
		}
		return auth.Fresh{Groups: []string{"aep-analysts"}, Tokens: auth.Tokens{Refresh: tok.Refresh + "+"}}, nil
	}
	for range 3 {
		s.pass(2 * time.Minute)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if a := b.get("/me"); a.StatusCode != 200 {
					t.Errorf("status %d", a.StatusCode)
				}
			})
		}
		wg.Wait()
	}
	if n := s.provider.count(); n != 3 {
		t.Errorf("asked %d times in three rounds of eight requests, want 3", n)
	}
}

func TestProviderRefusesToRenew(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.provider.refresh = func(auth.Tokens, string) (auth.Fresh, error) { return auth.Fresh{}, auth.ErrRefused }
	s.pass(2 * time.Minute)
	if a := b.get("/me"); a.StatusCode != http.StatusSeeOther || s.store.last() != "session.end refused" {
		t.Errorf("status %d, last event %q", a.StatusCode, s.store.last())
	}
}

func TestAnotherReplicaRenewedFirst(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.pass(2 * time.Minute)
	s.provider.refresh = func(auth.Tokens, string) (auth.Fresh, error) {
		s.store.set(func(m *memory) {
			for id, one := range m.sessions {
				one.User.GroupsAt = s.clock()
				m.sessions[id] = one
			}
		})
		return auth.Fresh{}, auth.ErrRefused
	}
	wantStatus(t, b.get("/me"), 200)
}

func TestProviderUnreachable(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-admins")
	s.provider.refresh = func(auth.Tokens, string) (auth.Fresh, error) { return auth.Fresh{}, auth.ErrUnreachable }
	s.pass(10 * time.Minute)
	a := b.get("/s/dev/profiles")
	if wantStatus(t, a, 200); !strings.Contains(a.body, "stale=true") {
		t.Errorf("the page is not told: %s", a.body)
	}
	wantStatus(t, b.post("/s/dev/profiles", nil), 303)
	wantStatus(t, b.post("/me", nil), 503)
	wantStatus(t, b.post("/status/freeze", nil), 503)
	if n := s.provider.count(); n != 2 {
		t.Errorf("asked %d times within the pause, want twice: once, and for the freeze", n)
	}
	s.pass(6 * time.Minute)
	wantStatus(t, b.get("/s/dev/profiles"), 503)
	wantStatus(t, b.get("/status"), 200)
	s.provider.refresh = func(auth.Tokens, string) (auth.Fresh, error) {
		return auth.Fresh{Groups: []string{"aep-admins"}}, nil
	}
	s.pass(renewPause)
	wantStatus(t, b.get("/s/dev/profiles"), 200)
}

func TestStoreDown(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	s.store.set(func(m *memory) { m.down = errors.New("connection refused") })
	wantStatus(t, b.get("/me"), 503)
	wantStatus(t, b.get("/healthz"), 200)
	wantStatus(t, b.get("/login"), 200)
}

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
		{name: "signed out by hand", end: auth.EndLogout, form: form, as: "ana"},
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
