package handlers

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/views"
)

// Status says how the parts are, and there an admin freezes or releases.
type Status struct {
	*Pages
	health  Health
	version string
}

// NewStatus makes the page.
func NewStatus(p *Pages, health Health, version string) *Status { return &Status{p, health, version} }

// Show handles GET /status.
func (h *Status) Show(c echo.Context) error {
	reason := auth.KeptFrom(c.Request().Context()).Get("reason")
	return h.show(c, http.StatusOK, views.ReasonForm{Reason: reason}, views.ReasonForm{})
}

func (h *Status) show(c echo.Context, status int, freeze, release views.ReasonForm) error {
	ctx := c.Request().Context()
	page, err := h.page(c, "status.title")
	if err != nil {
		return err
	}
	page.Path = "/status"
	freeze.Op, release.Op = newOp(), newOp()
	v := views.Status{
		At: h.Now(), ReadOnly: h.ReadOnly, MayFreeze: h.Policy().AllowsAll(auth.UserFrom(ctx).Groups, auth.Admin),
		FreezeForm: freeze, Release: release, Version: h.version,
	}
	for _, part := range h.health.Parts(ctx) {
		v.Parts = append(v.Parts, views.Part{Name: part.Name, State: part.State, Since: part.Since, Detail: page.Or(part.Why, part.Why)})
	}
	if s, err := h.Switches.Switch(ctx); err == nil {
		v.Held = s.Held
		if s.Frozen {
			v.Freeze = &views.Freeze{By: s.By, Reason: s.Reason, At: s.At}
		}
	}
	return render(c, status, views.StatusPage(page, v))
}

// Freeze handles POST /status/freeze: on=1 stops every write verb, on=0 lets
// them go on.
func (h *Status) Freeze(c echo.Context) error {
	op, err := once(c)
	if err != nil {
		return err
	}
	on := c.Request().PostForm.Get("on") // once has read the form
	if on != "0" && on != "1" {
		return refuse(http.StatusUnprocessableEntity, "invalid")
	}
	form := readReason(c)
	if form.Invalid != "" {
		return h.show(c, http.StatusUnprocessableEntity, form, views.ReasonForm{})
	}
	kind := audit.FreezeLifted
	if on == "1" {
		kind = audit.FreezeSet
	}
	ctx := c.Request().Context()
	e := event(ctx, kind, auth.Admin)
	e.Op, e.Reason = op.Op, form.Reason
	if err := h.Switches.Freeze(ctx, op, on == "1", e); err != nil {
		return kept("set the freeze", err)
	}
	return seeOther(c, "/status")
}

// Release handles POST /status/release: after an older database was restored,
// work goes on.
func (h *Status) Release(c echo.Context) error {
	op, err := once(c)
	if err != nil {
		return err
	}
	form := readReason(c)
	if form.Invalid != "" {
		return h.show(c, http.StatusUnprocessableEntity, views.ReasonForm{}, form)
	}
	ctx := c.Request().Context()
	e := event(ctx, audit.LogReleased, auth.Admin)
	e.Op, e.Reason = op.Op, form.Reason
	if err := h.Switches.Release(ctx, op, e); err != nil {
		return kept("release the log", err)
	}
	return seeOther(c, "/status")
}

// reasonRunes is the longest reason, in characters.
const reasonRunes = 500

// readReason reads the reason of a form. It stands in the log in clear and for
// good, so one that holds an identifier of somebody is refused.
func readReason(c echo.Context) views.ReasonForm {
	form := views.ReasonForm{Reason: strings.TrimSpace(c.Request().PostForm.Get("reason"))}
	switch {
	case form.Reason == "":
		form.Invalid = "reason.empty"
	case utf8.RuneCountInString(form.Reason) > reasonRunes:
		form.Invalid = "reason.long"
	case !clean(form.Reason):
		form.Invalid = "reason.characters"
	case holdsIdentifier(form.Reason):
		form.Invalid = "reason.identifier"
	}
	return form
}
