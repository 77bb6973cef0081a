package web

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"profiledesk/internal/auth"
)

// recordKey is where a gorilla session holds its auth.Session.
const recordKey = "record"

// cookieStore is a gorilla/sessions store whose cookie holds a signed random id
// and nothing else; what belongs to it is read from Sessions at each request,
// so that a session ended anywhere is dead everywhere.
type cookieStore struct {
	name     string
	secure   bool
	codecs   []securecookie.Codec
	sessions Sessions
}

var _ sessions.Store = (*cookieStore)(nil)

// A cookie outlives its session: what is posted with it within the hour can be
// kept for its owner.
const cookieLife = auth.SessionAbsolute + auth.KeepFormFor

func newCookieStore(c Config, secure bool) (*cookieStore, error) {
	if len(c.CookieKeys) == 0 {
		return nil, errors.New("web: no key for cookies")
	}
	s := &cookieStore{name: cookieName(secure, ""), secure: secure, sessions: c.Sessions}
	for _, key := range c.CookieKeys {
		hash, err := derive(key, "session cookie")
		if err != nil {
			return nil, err
		}
		s.codecs = append(s.codecs, securecookie.New(hash, nil).MaxAge(int(cookieLife.Seconds())).SetSerializer(securecookie.JSONEncoder{}))
	}
	return s, nil
}

// derive makes the key of one purpose from key.
func derive(key []byte, purpose string) ([]byte, error) {
	made, err := hkdf.Key(sha256.New, key, nil, "profiledesk "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("web: key for the %s: %w", purpose, err)
	}
	return made, nil
}

// cookieName is the name of a cookie of ours. The prefix makes browsers refuse
// one that a neighbour or plain http has set.
func cookieName(secure bool, suffix string) string {
	if secure {
		return "__Host-profiledesk" + suffix
	}
	return "profiledesk" + suffix
}

// Get returns the session of r, read once for each request.
func (s *cookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of r's cookie. Without a cookie, with one that is not
// ours or one whose session is not known, it returns a new empty session; the
// error is the store's alone.
func (s *cookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = &sessions.Options{Path: "/", MaxAge: int(cookieLife.Seconds()), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
	session.IsNew = true
	var id string
	for _, cookie := range r.CookiesNamed(name) {
		if securecookie.DecodeMulti(name, cookie.Value, &id, s.codecs...) == nil {
			break
		}
		id = ""
	}
	if id == "" {
		return session, nil
	}
	record, err := s.sessions.Get(r.Context(), auth.SessionKey(id))
	switch {
	case errors.Is(err, auth.ErrNoSession):
		return session, nil
	case err != nil:
		return session, fmt.Errorf("load session: %w", err)
	}
	session.ID, session.IsNew = id, false
	session.Values[recordKey] = record
	return session, nil
}

// Save sends the cookie of session: with a negative age, to delete it. What the
// store keeps is written by Sessions, not here.
func (s *cookieStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	value, err := securecookie.EncodeMulti(session.Name(), session.ID, s.codecs...)
	if err != nil {
		return fmt.Errorf("sign session cookie: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), value, session.Options))
	return nil
}

// record is what the store knows of the session of r; ok is false without one.
func (s *cookieStore) record(r *http.Request) (record auth.Session, ok bool, err error) {
	session, err := s.Get(r, s.name)
	if err != nil {
		return auth.Session{}, false, err
	}
	record, ok = session.Values[recordKey].(auth.Session)
	return record, ok, nil
}

// send gives the browser the cookie of a new session with this id.
func (s *cookieStore) send(r *http.Request, w http.ResponseWriter, id string) error {
	session, err := s.Get(r, s.name)
	if err != nil {
		return err
	}
	session.ID = id
	session.Options.MaxAge = int(cookieLife.Seconds())
	return s.Save(r, w, session)
}

// forget deletes the cookie.
func (s *cookieStore) forget(r *http.Request, w http.ResponseWriter) error {
	session, _ := s.Get(r, s.name) // never nil
	session.Options.MaxAge = -1
	return s.Save(r, w, session)
}

// flowCookies hold what a sign-in under way is bound to: one cookie for each,
// so that two tabs do not spoil each other's. They are signed and encrypted.
type flowCookies struct {
	secure bool
	codecs []securecookie.Codec
}

const (
	flowLife  = 10 * time.Minute
	flowsMost = 5 // cookies of sign-ins that nobody finished
)

func newFlowCookies(c Config, secure bool) (flowCookies, error) {
	f := flowCookies{secure: secure}
	for _, key := range c.CookieKeys {
		hash, err := derive(key, "flow signature")
		if err != nil {
			return f, err
		}
		block, err := derive(key, "flow encryption")
		if err != nil {
			return f, err
		}
		f.codecs = append(f.codecs, securecookie.New(hash, block).MaxAge(int(flowLife.Seconds())).SetSerializer(securecookie.JSONEncoder{}))
	}
	return f, nil
}
