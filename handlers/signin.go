package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/views"
)

// SignIn is the page of /login: its link leads to the provider. reason says
// why the last try failed, "" if there was none.
func (p *Pages) SignIn(c echo.Context, status int, reason, link string) error {
	v := views.Login{Start: link}
	if reason != "" {
		v.Problem = &views.Problem{Status: status, Key: "sign_in_" + reason}
	}
	return render(c, status, views.LoginPage(p.bare(c, "login.title"), v))
}

// SignInAgain answers 401 to what needs a session, or a fresh sign-in. kept
// says that what was typed will be shown again.
func (p *Pages) SignInAgain(c echo.Context, link string, kept bool) error {
	if c.Request().Header.Get("HX-Request") == "true" {
		c.Response().Header().Set("HX-Redirect", link)
	}
	v := views.SignInAgain{Href: link, Kept: kept, StepUp: auth.UserFrom(c.Request().Context()).Known()}
	return render(c, http.StatusUnauthorized, views.SignInAgainPage(p.bare(c, "again.title"), v))
}

// SignedOut is the page after a logout; link signs out at the provider too.
func (p *Pages) SignedOut(c echo.Context, link string) error {
	return render(c, http.StatusOK, views.SignedOutPage(p.bare(c, "signed_out.title"), views.SignedOut{Provider: link}))
}

// NoAccess is for somebody without any grant: it says whom to ask.
func (p *Pages) NoAccess(c echo.Context) error {
	u := auth.UserFrom(c.Request().Context())
	v := views.NoAccess{Groups: u.Groups, Contact: p.Contact}
	return render(c, http.StatusForbidden, views.NoAccessPage(p.bare(c, "no_access.title"), v))
}
