package handlers

import (
	"encoding/base64"
	"net/http"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/views"
)

// Verify handles GET /audit/verify: the whole log is computed again and held
// against the checkpoints. A log with a bad row is an answer, not an error.
func (h *Audit) Verify(c echo.Context) error {
	ctx := c.Request().Context()
	if _, err := h.scope(ctx); err != nil {
		return err
	}
	page, err := h.page(c, "integrity.title")
	if err != nil {
		return err
	}
	found, err := h.verifier.Verify(ctx)
	v := views.Integrity{Trouble: trouble(err), CheckedAt: found.At, Took: found.Took, Key: found.Key}
	if err == nil {
		v.OK, v.Size, v.BadSeq, v.What = found.OK(), found.Size, found.Bad, found.What
		v.Checkpoint, v.SignedAt, v.SignedSize = found.Checkpoint.Note, found.Checkpoint.At, found.Checkpoint.Size
		if v.OK {
			v.Root = base64.StdEncoding.EncodeToString(found.Root[:])
		}
	}
	read := event(ctx, audit.AuditRead, auth.AuditRead)
	read.Target = "verify"
	h.record.RecordLater(read)
	status := http.StatusOK
	if err != nil {
		status = problem(kept("verify the log", err)).Status
	}
	return after(render(c, status, views.IntegrityPage(page, v)), err)
}
