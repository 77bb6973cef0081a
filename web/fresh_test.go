package web

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"profiledesk/internal/auth"
)

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
	if a = b.get("/status"); a.StatusCode != 200 || !strings.Contains(a.body, "groups=[] stale=true") {
		t.Errorf("groups that are too old still count: %d %s", a.StatusCode, a.body)
	}
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
