package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// login is the page with the link that signs in. Who is signed in goes where
// they wanted to.
func (s *server) login(c echo.Context) error {
	back := s.back(c.QueryParam("return"))
	record, err := s.session(c)
	if err == nil && record != nil {
		return c.Redirect(http.StatusSeeOther, back)
	}
	return s.Pages.SignIn(c, http.StatusOK, "", startLink(back, ""))
}

// loginStart begins a sign-in and leads to the provider. It is a link and not a
// form: a form's policy would have to allow every address that the provider
// sends the browser on to.
func (s *server) loginStart(c echo.Context) error {
	kept := c.QueryParam("kept")
	if len(kept) > 64 {
		kept = ""
	}
	f := newFlow(s.back(c.QueryParam("return")), kept, c.QueryParam("step") == "1")
	address, err := s.Provider.AuthCodeURL(c.Request().Context(), f.asked())
	if err != nil {
		return s.notNow(c, f, err) // nobody was refused
	}
	if err := s.flows.set(c.Request(), c.Response(), f); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// callback is where the provider sends the browser back to.
func (s *server) callback(c echo.Context) error {
	q := c.QueryParams()
	f, ok := s.flows.take(c.Request(), c.Response(), q.Get("state"))
	if !ok {
		return s.refuse(c, flow{Return: "/"}, auth.ErrState)
	}
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(q[name]) > 1 {
			return s.refuse(c, f, auth.ErrState)
		}
	}
	if word := q.Get("error"); word != "" {
		return s.refuse(c, f, fmt.Errorf("%s: %w", errorWord(word), auth.ErrProvider))
	}
	who, err := s.Provider.Exchange(c.Request().Context(), q.Get("code"), q.Get("iss"), f.asked())
	if err != nil {
		return s.refuse(c, f, err)
	}
	if err := s.start(c, who); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, withKept(f.Return, f.Kept))
}

// refuse records a sign-in that failed and says why, with the way to try again.
func (s *server) refuse(c echo.Context, f flow, cause error) error {
	if s.worthARow(cause) {
		if err := s.Sessions.Refused(c.Request().Context(), auth.Reason(cause)); err != nil {
			return fail(http.StatusServiceUnavailable, KeyStore, errors.Join(err, cause))
		}
	}
	return s.notNow(c, f, cause)
}

// worthARow says whether a refusal goes into the log that is kept. One with a
// token of the provider always does. Without one anybody can be refused as often
// as they like, with a callback that belongs to no sign-in or with one that they
// began and broke off: past one a second of either that is only logged, or a
// stranger could fill the log.
func (s *server) worthARow(cause error) bool {
	switch {
	case errors.Is(cause, auth.ErrState):
		return s.foreign.AllowN(s.Now(), 1)
	case errors.Is(cause, auth.ErrProvider), errors.Is(cause, auth.ErrCallback), errors.Is(cause, auth.ErrCode),
		errors.Is(cause, auth.ErrUnreachable), errors.Is(cause, auth.ErrDiscovery), errors.Is(cause, auth.ErrHost):
		return s.broken.AllowN(s.Now(), 1)
	}
	return true
}

// notNow is the sign-in page with the reason why there was none.
func (s *server) notNow(c echo.Context, f flow, cause error) error {
	ctx := c.Request().Context()
	reason := auth.Reason(cause)
	s.Logger.WarnContext(ctx, "sign-in refused", "request_id", auth.RequestIDFrom(ctx), "reason", reason, "err", cause.Error())
	link := startLink(s.back(f.Return), f.Kept)
	if f.StepUp {
		link += "&step=1"
	}
	return s.Pages.SignIn(c, refusedStatus(cause), reason, link)
}

// refusedStatus says whose fault it was.
func refusedStatus(cause error) int {
	switch {
	case errors.Is(cause, auth.ErrUnreachable):
		return http.StatusServiceUnavailable
	case errors.Is(cause, auth.ErrDiscovery), errors.Is(cause, auth.ErrHost):
		return http.StatusBadGateway
	case errors.Is(cause, auth.ErrState):
		return http.StatusBadRequest
	}
	return http.StatusForbidden
}

// errorWord is one of the error words that the standards have for a callback;
// a stranger's text is not repeated.
func errorWord(word string) string {
	switch word {
	case "access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "server_error",
		"temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required":
		return word
	}
	return "an error"
}

// withKept names the kept form in the address of the page that shows it.
func withKept(page, kept string) string {
	if kept == "" {
		return page
	}
	sep := "?"
	if strings.Contains(page, "?") {
		sep = "&"
	}
	return page + sep + url.Values{"kept": {kept}}.Encode()
}
