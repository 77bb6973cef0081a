package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// Access says what the reader may do where, and why.
type Access struct {
	*Pages
	since func() time.Time // when the policy was read
}

// NewAccess makes the page; since is [auth.PolicyFile]'s.
func NewAccess(p *Pages, since func() time.Time) *Access { return &Access{p, since} }

// Show handles GET /access.
func (h *Access) Show(c echo.Context) error {
	page, err := h.page(c, "access.title")
	if err != nil {
		return err
	}
	u := auth.UserFrom(c.Request().Context())
	v := views.Access{
		Groups: u.Groups, GroupsAt: u.GroupsAt, Stale: u.Stale, Rows: h.rows(c),
		PolicySHA: h.Policy().SHA256(), PolicyAt: h.since(),
	}
	for _, right := range auth.Rights() {
		v.Rights = append(v.Rights, string(right))
	}
	return render(c, http.StatusOK, views.AccessPage(page, v))
}

// rows are the sandboxes that the reader may enter, and * for the rest. A
// sandbox that they may not enter is not named.
func (h *Access) rows(c echo.Context) []views.AccessRow {
	ctx := c.Request().Context()
	u, policy := auth.UserFrom(ctx), h.Policy()
	all, _ := h.known(ctx, u) // without Adobe's list, * is still answered
	rows := make([]views.AccessRow, 0, len(all)+1)
	for _, s := range append(all[:len(all):len(all)], lookup.Sandbox{Name: "*"}) {
		row := views.AccessRow{Sandbox: s.Name}
		if s.Name != "*" {
			row.Level = policy.Sandbox(s.Name, s.Type).Level
		}
		for _, right := range auth.Rights() {
			d := policy.Explain(u.Groups, right, s.Name)
			row.Grants = append(row.Grants, views.Grant{
				Right: string(right), Sandbox: s.Name, Allowed: d.Allowed, Through: d.Group, Would: d.Groups,
			})
		}
		rows = append(rows, row)
	}
	return rows
}

// CSV handles GET /access.csv.
func (h *Access) CSV(c echo.Context) error {
	out, err := newTable(c, "access", "sandbox", "level", "right", "allowed", "through", "groups")
	if err != nil {
		return err
	}
	for _, row := range h.rows(c) {
		for _, g := range row.Grants {
			if err := out.row(g.Sandbox, row.Level, g.Right, strconv.FormatBool(g.Allowed), g.Through, strings.Join(g.Would, " ")); err != nil {
				return err
			}
		}
	}
	return out.end()
}
