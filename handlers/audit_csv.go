package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/audit"
)

// auditHead is the first line of the log's CSV.
var auditHead = []string{
	"seq", "at", "kind", "phase", "op", "actor", "issuer", "subject", "groups", "sandbox", "right", "allowed",
	"subjects", "target", "reason", "ticket", "ip", "request_id", "adobe", "outcome",
}

// CSV handles GET /audit.csv: the list of the same query, the newest first, all
// pages of it up to a limit.
func (h *Audit) CSV(c echo.Context) error {
	ctx := c.Request().Context()
	scope, err := h.scope(ctx)
	if err != nil {
		return err
	}
	zone := h.printer(c.Request(), h.preference(ctx)).Now().Location()
	in, filter, wrong := readAuditQuery(c.QueryParams(), zone)
	if len(wrong) > 0 {
		return refuse(http.StatusUnprocessableEntity, "invalid")
	}
	filter.Limit = 500
	found, err := h.find(ctx, scope, in, filter)
	if err != nil {
		return err
	}
	out, err := newTable(c, "audit", auditHead...)
	if err != nil {
		return err
	}
	filter.All, filter.Sandboxes = scope.all, scope.sandboxes
	for n := 0; ; {
		for _, e := range found.Events {
			if err := out.row(auditCells(e)...); err != nil {
				return err
			}
		}
		if n += len(found.Events); found.Next == 0 || n >= auditCSVRows {
			return out.end()
		}
		filter.Cursor = found.Next
		if found, err = h.log.Events(ctx, filter); err != nil {
			return fmt.Errorf("read the log: %w", err) // half a file: the connection ends with it
		}
	}
}

func auditCells(e audit.Event) []string {
	allowed, adobe := "", ""
	if e.Allowed != nil {
		allowed = strconv.FormatBool(*e.Allowed)
	}
	if e.Adobe != nil {
		adobe = strings.TrimSpace(strconv.Itoa(e.Adobe.Status) + " " + e.Adobe.RequestID + " " + e.Adobe.ID)
	}
	return []string{
		strconv.FormatInt(e.Seq, 10), audit.FormatTime(e.At), e.Kind, e.Phase, e.Op, e.Actor.Name, e.Actor.Issuer, e.Actor.Subject,
		strings.Join(e.Groups, " "), e.Sandbox, e.Right, allowed, strings.Join(e.Subjects, " "), e.Target, e.Reason, e.Ticket,
		e.IP, e.RequestID, adobe, e.Outcome,
	}
}
