package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// logout ends the session here and leads to the provider, to end it there too.
// Where the policy of the page with the form may not allow that way yet, or no
// way is known, it ends with a page that holds the link.
func (s *server) logout(c echo.Context) error {
	r, h := c.Request(), c.Response().Header()
	record, err := s.session(c)
	if err != nil {
		return fail(http.StatusServiceUnavailable, KeyStore, err)
	}
	var hint string
	if record != nil {
		ctx := auth.WithUser(r.Context(), userOf(record))
		if err := s.Sessions.End(ctx, record.ID, auth.EndLogout, s.Now()); err != nil {
			return fail(http.StatusServiceUnavailable, KeyStore, err)
		}
		if t, err := s.openTokens(record.ID, record.Tokens); err == nil {
			hint = t.ID
		}
	}
	if err := s.cookies.forget(r, c.Response()); err != nil {
		return err
	}
	// Not "cookies": that would take those of every neighbour under our domain,
	// the provider's among them, and its page must know whom to sign out.
	h.Set("Clear-Site-Data", `"cache", "storage"`)
	address, ok := "", false
	if record != nil {
		address, ok = s.Provider.EndSessionURL(hint, s.PublicURL+"/login", "")
	}
	if ok && !s.servedBlind() {
		return c.Redirect(http.StatusSeeOther, address)
	}
	return s.Pages.SignedOut(c, address)
}

// noteBlind remembers that a page went out whose policy could not yet name the
// provider's address for signing out: after a restart, with sessions of before.
func (s *server) noteBlind() {
	if s.Provider.EndSessionOrigin() == "" {
		s.blind.Store(s.Now().Unix())
	}
}

// servedBlind says whether such a page may still be open somewhere. From there
// the browser would not follow a redirect to the provider.
func (s *server) servedBlind() bool {
	at := s.blind.Load()
	return at != 0 && s.since(time.Unix(at, 0)) < auth.SessionIdle
}

// backchannel is where the provider says that somebody signed out elsewhere
// (OpenID Connect Back-Channel Logout 1.0).
func (s *server) backchannel(c echo.Context) error {
	ctx := c.Request().Context()
	values := c.Request().PostForm["logout_token"]
	if len(values) != 1 || values[0] == "" {
		return s.noLogout(c, auth.ErrLogoutToken)
	}
	l, err := s.Provider.VerifyLogout(ctx, values[0])
	switch {
	case errors.Is(err, auth.ErrUnreachable):
		return s.logoutAnswer(c, http.StatusServiceUnavailable, "temporarily_unavailable")
	case err != nil:
		return s.noLogout(c, err)
	}
	ended, err := s.Sessions.EndBy(ctx, l, s.Now())
	switch {
	case errors.Is(err, auth.ErrLogoutReplay):
		return s.noLogout(c, err)
	case err != nil:
		s.Logger.ErrorContext(ctx, "a logout of the provider could not be written", "request_id", auth.RequestIDFrom(ctx), "err", err.Error())
		return s.logoutAnswer(c, http.StatusServiceUnavailable, "temporarily_unavailable")
	}
	s.Logger.InfoContext(ctx, "signed out at the provider", "request_id", auth.RequestIDFrom(ctx), "sessions", ended)
	return c.NoContent(http.StatusOK)
}

func (s *server) noLogout(c echo.Context, cause error) error {
	ctx := c.Request().Context()
	s.Logger.WarnContext(ctx, "logout token refused", "request_id", auth.RequestIDFrom(ctx), "reason", auth.Reason(cause))
	return s.logoutAnswer(c, http.StatusBadRequest, "invalid_request")
}

func (s *server) logoutAnswer(c echo.Context, status int, word string) error {
	return c.JSON(status, map[string]string{"error": word})
}
