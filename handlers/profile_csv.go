package handlers

import (
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

// ProfileCSV handles GET /s/{sandbox}/profiles/{handle}.csv: the values of the
// same query, all of them, masked ones as masked. It is one profile.view.
func (h *Profiles) ProfileCSV(c echo.Context) error {
	in := readProfileQuery(c.QueryParams())
	customer, err := h.open(c, in.Policy)
	if err != nil {
		return err
	}
	if customer.Outcome != lookup.Found && customer.Outcome != lookup.Empty {
		if customer.Outcome == lookup.Throttled {
			c.Response().Header().Set(echo.HeaderRetryAfter, seconds(customer.Wait))
		}
		if customer.Err != nil {
			return customer.Err
		}
		return refuse(statusOf[customer.Outcome], "no_such_profile")
	}
	out, err := newTable(c, "profile-"+customer.Handle, "path", "value", "type", "title", "masked")
	if err != nil {
		return err
	}
	in.View, in.From = "flat", 0
	for row, err := range customer.Rows(in.rows(0)) {
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		if row.Cut {
			row = whole(customer, row)
		}
		if err := out.row(row.Path, row.Value, row.Kind, row.Title, strconv.FormatBool(row.Masked)); err != nil {
			return err
		}
	}
	return out.end()
}

// FormCSV handles GET /s/{sandbox}/profiles.csv: the reader's recent handles.
func (h *Profiles) FormCSV(c echo.Context) error {
	ctx := c.Request().Context()
	u, sandbox := auth.UserFrom(ctx), c.Param("sandbox")
	if _, err := h.sandbox(ctx, u, sandbox); err != nil {
		return err
	}
	recent, err := h.lookups.Recent(ctx, u, sandbox)
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
