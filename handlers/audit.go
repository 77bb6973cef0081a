package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/views"
)

// Audit are the pages on the log. Somebody with audit.read on * sees all rows,
// others those of the sandboxes in which they have it.
type Audit struct {
	*Pages
	log      Log
	verifier Verifier
	record   Recorder
	prints   Fingerprints
}

// NewAudit makes the pages on the log.
func NewAudit(p *Pages, log Log, verifier Verifier, record Recorder, prints Fingerprints) *Audit {
	return &Audit{p, log, verifier, record, prints}
}

// scope is what the reader may see of the log.
type scope struct {
	all       bool
	sandboxes []string // whose rows, by name, whatever all is
}

// covers tells whether an event of sandbox is in scope.
func (s scope) covers(sandbox string) bool {
	return s.all || sandbox != "" && slices.Contains(s.sandboxes, sandbox)
}

// scope finds out where the person of ctx has audit.read. Who has it nowhere is
// refused.
func (h *Audit) scope(ctx context.Context) (scope, error) {
	u, policy := auth.UserFrom(ctx), h.Policy()
	s := scope{all: policy.AllowsAll(u.Groups, auth.AuditRead)}
	known, err := h.known(ctx, u)
	for _, sandbox := range known {
		if policy.Allows(u.Groups, auth.AuditRead, sandbox.Name) {
			s.sandboxes = append(s.sandboxes, sandbox.Name)
		}
	}
	switch {
	case s.all || len(s.sandboxes) > 0:
		return s, nil
	case err != nil:
		return s, err
	}
	return s, refuse(http.StatusForbidden, "no_right")
}

// List handles GET /audit.
func (h *Audit) List(c echo.Context) error {
	page, err := h.page(c, "audit.title")
	if err != nil {
		return err
	}
	v, err := h.list(c, page)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(v.Invalid) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return render(c, status, views.AuditPage(page, v), views.FragmentEvents)
}

func (h *Audit) list(c echo.Context, page views.Page) (views.AuditList, error) {
	ctx := c.Request().Context()
	scope, err := h.scope(ctx)
	if err != nil {
		return views.AuditList{}, err
	}
	in, filter, wrong := readAuditQuery(c.QueryParams(), page.Now().Location())
	v := views.AuditList{
		Filter: viewsFilter(in), Kinds: audit.Kinds(), Sandboxes: scope.sandboxes, Verify: true,
		CSV: withQuery("/audit.csv", in.values()), Subject: h.subjectForm(auth.KeptFrom(ctx)),
	}
	if len(wrong) > 0 {
		v.Invalid = invalidFilter(wrong)
		return v, nil
	}
	found, err := h.find(ctx, scope, in, filter)
	if err != nil {
		return v, err
	}
	for _, e := range found.Events {
		v.Rows = append(v.Rows, viewsEvent(page.Printer, e))
	}
	if found.Next > 0 {
		v.Next = withCursor(in, found.Next)
	}
	v.Prev, err = h.newer(ctx, scope, in, filter)
	return v, err
}

// newer is the URL of the page before this one; "" on the newest.
func (h *Audit) newer(ctx context.Context, s scope, in auditQuery, f audit.Filter) (string, error) {
	if in.Cursor == 0 {
		return "", nil
	}
	f.All, f.Sandboxes = s.all, s.sandboxes
	cursor, err := h.log.Newer(ctx, f)
	switch {
	case err != nil:
		return "", kept("read the log", err)
	case cursor == 0:
		return withQuery("/audit", in.values()), nil
	}
	return withCursor(in, cursor), nil
}

// find asks the log, and puts on record that it was asked.
func (h *Audit) find(ctx context.Context, s scope, in auditQuery, f audit.Filter) (audit.Page, error) {
	f.All, f.Sandboxes = s.all, s.sandboxes
	found, err := h.log.Events(ctx, f)
	if err != nil {
		return found, kept("read the log", err)
	}
	e := event(ctx, audit.AuditRead, auth.AuditRead)
	in = in.recorded(len(found.Events) > 0, s.sandboxes)
	e.Target, e.Sandbox, e.Subjects, e.Detail = "list", in.Sandbox, in.Subjects, in.detail()
	h.record.RecordLater(e)
	return found, nil
}

// Subject handles POST /audit/subject: an identifier becomes its fingerprints,
// so that no URL holds it.
func (h *Audit) Subject(c echo.Context) error {
	ctx := c.Request().Context()
	if _, err := h.scope(ctx); err != nil {
		return err
	}
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	form := h.subjectForm(fields)
	if form.Invalid = checkIdentity(form.Namespace, form.ID); form.Invalid == "" {
		return seeOther(c, withQuery("/audit", auditQuery{Subjects: h.prints.Subjects(form.Namespace, form.ID)}.values()))
	}
	page, err := h.page(c, "audit.title")
	if err != nil {
		return err
	}
	page.Path = "/audit"
	v, err := h.list(c, page)
	if err != nil {
		return err
	}
	v.Subject = form
	return render(c, http.StatusUnprocessableEntity, views.AuditPage(page, v), views.FragmentEvents)
}

// subjectNamespaces are offered; another one can be typed.
var subjectNamespaces = []string{"Email", "Phone", "ECID", "CRMID"}

func (h *Audit) subjectForm(fields url.Values) views.SubjectForm {
	form := views.SubjectForm{Namespace: fields.Get("namespace"), ID: fields.Get("id")}
	for _, name := range subjectNamespaces {
		form.Namespaces = append(form.Namespaces, views.Option{Value: name, Label: name})
	}
	return form
}

func withCursor(in auditQuery, cursor int64) string {
	q := in.values()
	q.Set("cursor", strconv.FormatInt(cursor, 10))
	return withQuery("/audit", q)
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// viewsFilter shows the query as it was typed.
func viewsFilter(in auditQuery) views.AuditFilter {
	return views.AuditFilter{
		Actor: in.Actor, Kind: in.Kind, Sandbox: in.Sandbox, From: in.From, To: in.To, Request: in.Request,
		Subject: strings.Join(in.Subjects, " "),
	}
}

func invalidFilter(wrong []string) map[string]string {
	keys := map[string]string{}
	for _, name := range wrong {
		keys[name] = "audit.invalid." + name
	}
	return keys
}

// isNotCovered tells a row that waits for its checkpoint from a failure.
func isNotCovered(err error) bool { return errors.Is(err, audit.ErrNotCovered) }
