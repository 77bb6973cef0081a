package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// keep seals what somebody posted with the cookie of a session that ended less
// than an hour ago, and returns the id under which the same person gets it
// shown again on page, or "". Nothing is kept for a stranger.
func (s *server) keep(c echo.Context, route *Route, page string) string {
	r := c.Request()
	record, ok := c.Get(overKey).(auth.Session)
	fields := r.PostForm.Encode()
	switch {
	case !ok || r.Method != http.MethodPost || route.Form == "" || page == "/" || len(fields) == 0:
		return ""
	case s.since(record.EndedAt(s.Now())) >= auth.KeepFormFor:
		return ""
	case len(fields) > auth.KeepFormBytes:
		return ""
	}
	id := rand.Text()
	sealed, err := s.Box.Seal([]byte(fields), formOf(id))
	if err == nil {
		err = s.Forms.Keep(r.Context(), auth.KeptForm{
			ID: id, SessionID: record.ID, Issuer: record.User.Issuer, Subject: record.User.Subject,
			Page: pathOf(page), Sealed: sealed, At: s.Now(),
		})
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "a form could not be kept", "request_id", auth.RequestIDFrom(r.Context()), "err", err.Error())
		return ""
	}
	return id
}

// restore hands a page the form that its reader had typed before their session
// was over, if the address names one. It is shown and never sent.
func (s *server) restore(c echo.Context, route *Route) {
	r := c.Request()
	u := auth.UserFrom(r.Context())
	if r.Method != http.MethodGet || !u.Known() || !strings.Contains(r.URL.RawQuery, "kept=") {
		return
	}
	id := c.QueryParam("kept")
	if id == "" || len(id) > 64 || route.Right == auth.Public {
		return
	}
	f, err := s.Forms.Take(r.Context(), id, u.Issuer, u.Subject, s.Now().Add(-auth.KeepFormFor))
	if err != nil {
		if !errors.Is(err, ErrNoForm) {
			s.Logger.ErrorContext(r.Context(), "a kept form could not be read", "request_id", auth.RequestIDFrom(r.Context()), "err", err.Error())
		}
		return
	}
	plain, err := s.Box.Open(f.Sealed, formOf(id))
	if err != nil || f.Page != r.URL.Path {
		return
	}
	if fields, err := url.ParseQuery(string(plain)); err == nil {
		c.SetRequest(r.WithContext(auth.WithKept(r.Context(), fields)))
	}
}

func formOf(id string) []byte { return []byte("kept form " + id) }

func pathOf(page string) string {
	path, _, _ := strings.Cut(page, "?")
	return path
}
