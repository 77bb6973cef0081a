package handlers

import (
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// CSV handles GET /s/{sandbox}/profiles.csv: the reader's recent handles.
// The identities in it are personal data: it is one profile.view.
func (h *Profiles) CSV(c echo.Context) error {
	ctx := c.Request().Context()
	u, sandbox := auth.UserFrom(ctx), c.Param("sandbox")
	if _, err := h.sandbox(ctx, u, sandbox); err != nil {
		return err
	}
	recent, err := h.lookups.RecentFile(ctx, u, sandbox)
	if err != nil {
		return kept("list handles", err)
	}
	out, err := newTable(c, "handles", "handle", "namespace", "id", "policy", "used")
	if err != nil {
		return err
	}
	for _, r := range recent {
		if err := out.row(r.Handle, r.Namespace, r.ID, r.Policy, r.Used.UTC().Format(time.RFC3339)); err != nil {
			return err
		}
	}
	return out.end()
}
