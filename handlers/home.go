package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/views"
)

// Home is the first page.
type Home struct{ *Pages }

// NewHome makes the first page.
func NewHome(p *Pages) *Home { return &Home{p} }

// Show handles GET /.
func (h *Home) Show(c echo.Context) error {
	ctx := c.Request().Context()
	u, policy := auth.UserFrom(ctx), h.Policy()
	if !policy.Granted(u.Groups) {
		return h.NoAccess(c)
	}
	page, err := h.page(c, "home.title")
	if err != nil {
		return err
	}
	all, err := h.known(ctx, u)
	v := views.Home{Trouble: trouble(err)}
	for _, s := range all {
		v.Cards = append(v.Cards, views.SandboxCard{
			Sandbox: stripOf(policy, s), Profiles: policy.Allows(u.Groups, auth.ProfileRead, s.Name),
		})
	}
	return after(render(c, http.StatusOK, views.HomePage(page, v)), err)
}
