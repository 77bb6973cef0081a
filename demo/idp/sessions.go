package idp

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"
)

// sessionCookie has a name of its own: cookies know no port, and the site's stand
// beside it.
const sessionCookie = "demo_idp_session"

// sessions are the browsers that are signed in at the provider itself. While one
// lives, the site's next sign-in needs no password.
type sessions struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]signIn // by the cookie's value
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, by: map[string]signIn{}}
}

// start signs subject in, in a session that replaces the browser's last one.
func (s *sessions) start(w http.ResponseWriter, r *http.Request, issuer, subject string) signIn {
	by := signIn{subject: subject, at: s.now().UTC().Truncate(time.Second), sid: rand.Text()}
	id := rand.Text()
	s.mu.Lock()
	if c, err := r.Cookie(sessionCookie); err == nil {
		delete(s.by, c.Value)
	}
	for k, old := range s.by {
		if s.now().Sub(old.at) > sessionLife {
			delete(s.by, k)
		}
	}
	s.by[id] = by
	s.mu.Unlock()
	http.SetCookie(w, cookie(issuer, id, 0))
	return by
}

// current returns who is signed in in this browser.
func (s *sessions) current(r *http.Request) (signIn, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return signIn{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	by, ok := s.by[c.Value]
	return by, ok && s.now().Sub(by.at) <= sessionLife
}

// end ends the session with that sid, wherever its browser is.
func (s *sessions) end(sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, by := range s.by {
		if by.sid == sid {
			delete(s.by, id)
		}
	}
}

func cookie(issuer, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(issuer, "https:"),
	}
}
