package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// overKey holds the session of the request's cookie where it has ended.
const overKey = "web.over"

// withSession puts the user of the request's session into its context. Public
// routes do not ask; a URL that is none of ours asks nobody outside.
func (s *server) withSession(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := routeOf(c)
		if route != nil && route.Right == auth.Public {
			return next(c)
		}
		record, err := s.session(c)
		switch {
		case route == nil:
			s.signedIn(c, record)
			return next(c)
		case err != nil:
			return fail(http.StatusServiceUnavailable, KeyStore, err)
		case record == nil:
			return next(c)
		}
		if record, err = s.fresh(c, route, record); err != nil {
			return err
		}
		s.signedIn(c, record)
		if record != nil && !route.Quiet {
			s.noteBlind()
			s.touch(c.Request().Context(), record)
		}
		return next(c)
	}
}

// session is the live session of the request, nil without one. One that was
// over for its age is ended here, and kept beside for a form that came with it.
func (s *server) session(c echo.Context) (*auth.Session, error) {
	record, ok, err := s.cookies.record(c.Request())
	if err != nil || !ok {
		return nil, err
	}
	now := s.Now()
	why, over := record.Over(now)
	if !over {
		return &record, nil
	}
	c.Set(overKey, record)
	if record.Ended.IsZero() {
		ctx := auth.WithUser(c.Request().Context(), userOf(&record))
		if err := s.Sessions.End(ctx, record.ID, why, record.EndedAt(now)); err != nil {
			s.Logger.WarnContext(ctx, "a session that is over could not be ended", "err", err.Error())
		}
	}
	return nil, nil
}

// signedIn makes record's user the user of the request.
func (s *server) signedIn(c echo.Context, record *auth.Session) {
	if record == nil {
		return
	}
	r := c.Request()
	c.SetRequest(r.WithContext(auth.WithUser(r.Context(), userOf(record))))
}

func userOf(record *auth.Session) auth.User {
	u := record.User
	u.Session = record.ID
	return u
}

// touch notes that the session is used, at most once a minute. A store that
// does not take it costs the session some of its life, not the reader a page.
func (s *server) touch(ctx context.Context, record *auth.Session) {
	now := s.Now()
	if now.Sub(record.Seen) < auth.SessionTouch {
		return
	}
	if err := s.Sessions.Touch(ctx, record.ID, now); err != nil {
		s.Logger.WarnContext(ctx, "the time of a session's use could not be written", "err", err.Error())
	}
}

// start signs who in: a new session with a new id, in place of the one that
// this browser had.
func (s *server) start(c echo.Context, who auth.Identity) error {
	r := c.Request()
	now := s.Now()
	id := rand.Text()
	key := auth.SessionKey(id)
	tokens, err := s.sealTokens(key, who.Tokens())
	if err != nil {
		return err
	}
	replaces := ""
	if old, err := s.session(c); err == nil && old != nil {
		replaces = old.ID
	}
	u := auth.User{
		Issuer: who.Issuer, Subject: who.Subject, Name: who.Name, Email: who.Email, Groups: who.Groups,
		GroupsAt: now, AuthTime: who.AuthTime, Session: key,
	}
	ctx := auth.WithUser(r.Context(), u)
	err = s.Sessions.Start(ctx, auth.Session{
		ID: key, User: u, SID: who.SID, Created: now, Seen: now, Tokens: tokens,
		IP: auth.ClientIPFrom(ctx), Agent: clip(r.UserAgent(), 200),
	}, replaces)
	if err != nil {
		return fail(http.StatusServiceUnavailable, KeyStore, err)
	}
	c.SetRequest(r.WithContext(ctx))
	return s.cookies.send(c.Request(), c.Response(), id)
}

// clip is at most n bytes of text, without what is no printable ASCII.
func clip(text string, n int) string {
	kept := make([]byte, 0, min(len(text), n))
	for i := 0; i < len(text) && len(kept) < n; i++ {
		if text[i] >= ' ' && text[i] < 0x7f {
			kept = append(kept, text[i])
		}
	}
	return string(kept)
}

// since is how long ago t was.
func (s *server) since(t time.Time) time.Duration { return s.Now().Sub(t) }
