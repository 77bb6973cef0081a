package web

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"profiledesk/internal/auth"
)

// provider answers as the test wants it to.
type provider struct {
	site *site

	mu       sync.Mutex
	who      auth.Identity
	refresh  func(t auth.Tokens, subject string) (auth.Fresh, error)
	exchange func(f auth.Flow) (auth.Identity, error)
	logout   func(token string) (auth.Logout, error)
	origin   string
	down     error
	renewals int
	flows    []auth.Flow
}

func newProvider(s *site) *provider {
	p := &provider{site: s, origin: "https://idp.example"}
	p.refresh = func(t auth.Tokens, subject string) (auth.Fresh, error) {
		return auth.Fresh{Groups: p.who.Groups, Tokens: t}, nil
	}
	p.logout = func(string) (auth.Logout, error) { return auth.Logout{}, auth.ErrLogoutToken }
	return p
}

func (p *provider) set(sub string, groups []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.who = auth.Identity{
		Issuer: "https://idp.example", Subject: sub, Name: "Name of " + sub, Groups: groups, SID: "sid-" + sub,
		IDToken: "id-token-" + sub, RefreshToken: "refresh-" + sub, AccessToken: "access-" + sub,
	}
}

func (p *provider) AuthCodeURL(_ context.Context, f auth.Flow) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return "", p.down
	}
	p.flows = append(p.flows, f)
	return "https://idp.example/auth?" + url.Values{"state": {f.State}, "nonce": {f.Nonce}}.Encode(), nil
}

func (p *provider) Exchange(_ context.Context, code, iss string, f auth.Flow) (auth.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exchange != nil {
		return p.exchange(f)
	}
	if code != "the-code" {
		return auth.Identity{}, auth.ErrCode
	}
	return p.who, nil
}

func (p *provider) Refresh(_ context.Context, t auth.Tokens, subject string) (auth.Fresh, error) {
	p.mu.Lock()
	p.renewals++
	refresh := p.refresh
	p.mu.Unlock()
	return refresh(t, subject)
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renewals
}

func (p *provider) VerifyLogout(_ context.Context, token string) (auth.Logout, error) {
	return p.logout(token)
}

func (p *provider) EndSessionURL(idToken, postLogout, state string) (string, bool) {
	return p.origin + "/end?" + url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {postLogout}}.Encode(), p.origin != ""
}

func (p *provider) EndSessionOrigin() string { return p.origin }

// memory is a store that forgets when the test ends. fail makes every write
// of sessions fail.
type memory struct {
	mu       sync.Mutex
	sessions map[string]auth.Session
	forms    map[string]auth.KeptForm
	jti      map[string]bool
	events   []string
	touches  int
	fail     error
	down     error
	ready    Readiness
}

func (m *memory) Start(_ context.Context, s auth.Session, replaces string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if old, ok := m.sessions[replaces]; ok {
		old.Ended, old.Why = s.Created, auth.EndReplaced
		m.sessions[replaces] = old
		m.events = append(m.events, "session.end replaced")
	}
	m.sessions[s.ID] = s
	m.events = append(m.events, "session.start "+s.User.Subject)
	return nil
}

func (m *memory) Get(_ context.Context, id string) (auth.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return auth.Session{}, m.down
	}
	s, ok := m.sessions[id]
	if !ok {
		return auth.Session{}, auth.ErrNoSession
	}
	return s, nil
}

func (m *memory) Touch(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[id]
	s.Seen = at
	m.sessions[id] = s
	m.touches++
	return m.fail
}

func (m *memory) Renewed(_ context.Context, id string, u auth.User, tokens []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	s := m.sessions[id]
	s.User, s.Tokens = u, tokens
	m.sessions[id] = s
	return nil
}

func (m *memory) End(_ context.Context, id, why string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	s, ok := m.sessions[id]
	if !ok || !s.Ended.IsZero() {
		return nil
	}
	s.Ended, s.Why, s.Tokens = at, why, nil
	m.sessions[id] = s
	m.events = append(m.events, "session.end "+why)
	return nil
}

func (m *memory) EndBy(_ context.Context, l auth.Logout, at time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jti[l.JTI] {
		return 0, auth.ErrLogoutReplay
	}
	m.jti[l.JTI] = true
	n := 0
	for id, s := range m.sessions {
		if s.Ended.IsZero() && s.User.Issuer == l.Issuer && (l.SID == "" && s.User.Subject == l.Subject || l.SID != "" && s.SID == l.SID) {
			s.Ended, s.Why = at, auth.EndBackchannel
			m.sessions[id] = s
			n++
		}
	}
	return n, nil
}

func (m *memory) Refused(_ context.Context, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, "session.refused "+reason)
	return m.fail
}

func (m *memory) Denied(ctx context.Context, d Denial) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprintf("access.denied %s %s %s %s %s", auth.UserFrom(ctx).Subject, d.Method, d.Path, d.Right, d.Sandbox))
}

func (m *memory) Keep(_ context.Context, f auth.KeptForm) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forms[f.ID] = f
	return nil
}

func (m *memory) Take(_ context.Context, id, issuer, subject string, since time.Time) (auth.KeptForm, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.forms[id]
	if !ok || f.Issuer != issuer || f.Subject != subject || f.At.Before(since) {
		return auth.KeptForm{}, ErrNoForm
	}
	delete(m.forms, id)
	return f, nil
}

func (m *memory) Ready(context.Context) Readiness {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ready == (Readiness{}) {
		return Readiness{Store: "ok", Log: "ok", IdP: "ok", AEP: "ok"}
	}
	return m.ready
}

func (m *memory) set(f func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

func (m *memory) last() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return ""
	}
	return m.events[len(m.events)-1]
}

// only is the one session there is.
func (m *memory) only(t *testing.T) auth.Session {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) != 1 {
		t.Fatalf("%d sessions, want 1", len(m.sessions))
	}
	for _, s := range m.sessions {
		return s
	}
	panic("unreachable")
}
