package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"profiledesk/internal/auth"
)

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

// A sign-in that was begun and broken off names nobody either, and its callback
// can be sent again and again by who kept its cookie.
func TestStrangersCannotFillTheLogWithBrokenSignIns(t *testing.T) {
	for _, answer := range []string{"&error=access_denied", "&code=guessed"} {
		t.Run(answer, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			for range 100 {
				callback, _, _ := strings.Cut(b.toProvider("/login/start"), "?")
				state := s.provider.flows[len(s.provider.flows)-1].State
				if a := b.get(callback + "?state=" + state + answer); a.StatusCode != http.StatusForbidden {
					t.Fatalf("status %d %s", a.StatusCode, a.body)
				}
			}
			if n := len(s.store.events); n != 60 {
				t.Errorf("%d events for 100 sign-ins of nobody, want 60", n)
			}
			s.provider.exchange = func(auth.Flow) (auth.Identity, error) { return auth.Identity{}, auth.ErrOverage }
			b.get(b.toProvider("/login/start"))
			if got := s.store.last(); got != "session.refused overage" {
				t.Errorf("somebody whom the provider names is refused: last event %q", got)
			}
		})
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
