package handlers

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/lookup"
)

// CSV handles GET /s/{sandbox}/profiles/{handle}.csv: the values of the
// same query, all of them, masked ones as masked. It is one profile.view.
func (h *Profile) CSV(c echo.Context) error {
	in := readProfileQuery(c.QueryParams())
	customer, err := h.open(c, lookup.View{Policy: in.Policy, CSV: true})
	if err != nil {
		return err
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
