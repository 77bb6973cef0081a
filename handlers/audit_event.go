package handlers

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"
	"golang.org/x/mod/sumdb/tlog"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/words"
	"profiledesk/views"
)

// Event handles GET /audit/{seq}: one act with its place in the log. A row that
// the reader may not see is not there.
func (h *Audit) Event(c echo.Context) error {
	ctx := c.Request().Context()
	seq, err := strconv.ParseInt(c.Param("seq"), 10, 64)
	if err != nil || seq < 1 {
		return errNotFound
	}
	scope, err := h.scope(ctx)
	if err != nil {
		return err
	}
	page, err := h.page(c, "audit.event.title")
	if err != nil {
		return err
	}
	row, err := h.log.Row(ctx, seq)
	if err != nil {
		return kept("read the log", err)
	}
	e, err := audit.ParseLeaf(row.Leaf)
	if err != nil {
		return kept("read the log", err)
	}
	if !scope.covers(e.Sandbox) {
		return errNotFound
	}
	v, err := h.eventView(ctx, page.Printer, scope, row, e)
	if err != nil {
		return err
	}
	read := event(ctx, audit.AuditRead, auth.AuditRead)
	read.Target, read.Sandbox = strconv.FormatInt(seq, 10), e.Sandbox
	h.record.RecordLater(read)
	return render(c, http.StatusOK, views.AuditEventPage(page, v))
}

func (h *Audit) eventView(ctx context.Context, p words.Printer, s scope, row audit.Row, e audit.Event) (views.AuditEvent, error) {
	hash := tlog.RecordHash(row.Leaf)
	v := views.AuditEvent{
		Event: viewsEvent(p, e), Leaf: string(row.Leaf), Hash: base64.StdEncoding.EncodeToString(hash[:]),
		Next: "/audit/" + strconv.FormatInt(e.Seq+1, 10),
	}
	if e.Seq > 1 {
		v.Prev = "/audit/" + strconv.FormatInt(e.Seq-1, 10)
	}
	if next, err := h.log.Row(ctx, e.Seq+1); err != nil || next.Seq == 0 {
		v.Next = ""
	}
	pair, err := h.pair(ctx, s, e)
	if err != nil {
		return v, kept("read the log", err)
	}
	if pair != nil {
		shown := viewsEvent(p, *pair)
		v.Pair = &shown
	}
	v.Proof, err = h.proof(ctx, e.Seq)
	return v, err
}

// pair is the other phase of the same act, nil where it has none.
func (h *Audit) pair(ctx context.Context, s scope, e audit.Event) (*audit.Event, error) {
	if e.Phase == "" {
		return nil, nil
	}
	found, err := h.log.Events(ctx, audit.Filter{All: s.all, Sandboxes: s.sandboxes, Request: e.Op, Limit: 10})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found.Events, func(o audit.Event) bool {
		return o.Op == e.Op && o.Kind == e.Kind && o.Phase != "" && o.Phase != e.Phase
	})
	if i < 0 {
		return nil, nil
	}
	return &found.Events[i], nil
}

// proof is the row's place in the tree, nil while no checkpoint covers it.
func (h *Audit) proof(ctx context.Context, seq int64) (*views.Proof, error) {
	p, err := h.log.Prove(ctx, seq)
	switch {
	case isNotCovered(err):
		return nil, nil
	case err != nil:
		return nil, kept("prove a row", err)
	}
	text, err := p.JSON()
	if err != nil {
		return nil, fmt.Errorf("print a proof: %w", err)
	}
	v := &views.Proof{Size: p.Size, Checkpoint: p.Checkpoint, JSON: string(text)}
	for _, hash := range p.Hashes {
		v.Hashes = append(v.Hashes, base64.StdEncoding.EncodeToString(hash))
	}
	if tree, err := (audit.Checkpoint{Size: p.Size, Note: p.Checkpoint}).Tree(); err == nil {
		v.Root = base64.StdEncoding.EncodeToString(tree.Root[:])
	}
	return v, nil
}
