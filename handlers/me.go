package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/words"
	"profiledesk/views"
)

// Me is the reader's own page: preferences, sessions, handles.
type Me struct {
	*Pages
	sessions Sessions
	recents  Recents
	handles  Handles
}

// NewMe makes the page.
func NewMe(p *Pages, sessions Sessions, recents Recents, handles Handles) *Me {
	return &Me{p, sessions, recents, handles}
}

// Show handles GET /me.
func (h *Me) Show(c echo.Context) error {
	ctx := c.Request().Context()
	pref := h.preference(ctx)
	if kept := auth.KeptFrom(ctx); kept != nil {
		pref, _ = readPreference(pref, kept)
	}
	return h.show(c, http.StatusOK, pref, nil)
}

// Save handles POST /me.
func (h *Me) Save(c echo.Context) error {
	ctx := c.Request().Context()
	op, err := once(c)
	if err != nil {
		return err
	}
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	pref, wrong := readPreference(h.preference(ctx), fields)
	if len(wrong) > 0 {
		return h.show(c, http.StatusUnprocessableEntity, pref, wrong)
	}
	if err := h.Settings.SavePreference(ctx, auth.UserFrom(ctx), op, pref); err != nil {
		return kept("save preferences", err)
	}
	return seeOther(c, "/me?saved=1")
}

// readPreference lays the fields of the form of /me over p; what the form does
// not have stays. wrong has a word key for each field that cannot be kept.
func readPreference(p Preference, fields url.Values) (_ Preference, wrong map[string]string) {
	wrong = map[string]string{}
	if fields.Has("language") {
		p.Language = fields.Get("language")
	}
	if fields.Has("zone") {
		p.Zone = strings.TrimSpace(fields.Get("zone"))
	}
	if fields.Has("shortcuts") {
		p.ShortcutsOff = !slices.Contains([]string{"on", "1", "true"}, fields.Get("shortcuts"))
	}
	if p.Language != "" && !slices.Contains(words.Languages(), p.Language) {
		wrong["language"] = "me.invalid.language"
	}
	if _, err := words.LoadZone(p.Zone); err != nil {
		wrong["zone"] = "me.invalid.zone"
	}
	return p, wrong
}

func (h *Me) show(c echo.Context, status int, pref Preference, wrong map[string]string) error {
	page, err := h.page(c, "me.title")
	if err != nil {
		return err
	}
	page.Path = "/me"
	u := auth.UserFrom(c.Request().Context())
	v := views.Me{
		Op: newOp(), Language: pref.Language, Zone: pref.Zone, Shortcuts: !pref.ShortcutsOff, Zones: words.Zones(),
		Saved: c.QueryParam("saved") == "1", Invalid: wrong, Groups: u.Groups,
	}
	for _, lang := range words.Languages() {
		v.Languages = append(v.Languages, views.Option{Value: lang, Label: page.T("language." + lang)})
	}
	h.own(c, u, &v)
	return render(c, status, views.MePage(page, v))
}

// own adds the reader's sessions and handles; each may be missing for itself.
func (h *Me) own(c echo.Context, u auth.User, v *views.Me) {
	ctx := c.Request().Context()
	sessions, err := h.sessions.SessionsOf(ctx, u)
	if err != nil {
		v.SessionsTrouble = trouble(kept("list sessions", err))
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, views.Session{
			ID: s.ID, Op: newOp(), Current: s.ID == u.Session, Created: s.Created, Seen: s.Seen, Expires: sessionEnd(s),
		})
	}
	handles, err := h.recents.Recent(ctx, u, "")
	if err != nil {
		v.HandlesTrouble = trouble(kept("list handles", err))
	}
	life := h.Policy().Clocks.Handle
	for _, one := range handles {
		shown := views.Handle{
			Handle: one.Handle, Op: newOp(), Href: profileURL(one.Sandbox, one.Handle), Sandbox: one.Sandbox,
			Used: one.Used, Expires: one.Used.Add(life),
		}
		if h.Policy().Allows(u.Groups, auth.ProfileRead, one.Sandbox) { // whom it names, a right says that may end before the handle
			shown.Label, shown.Namespace = one.ID, one.Namespace
		}
		v.Handles = append(v.Handles, shown)
	}
}

// sessionEnd is when the session ends if nobody uses it.
func sessionEnd(s auth.Session) time.Time {
	idle, absolute := s.Seen.Add(auth.SessionIdle), s.Created.Add(auth.SessionAbsolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// EndSession handles POST /me/sessions/{id}/end.
func (h *Me) EndSession(c echo.Context) error {
	ctx := c.Request().Context()
	op, err := once(c)
	if err != nil {
		return err
	}
	if err := h.sessions.EndSession(ctx, auth.UserFrom(ctx), op, c.Param("id")); err != nil {
		return kept("end a session", err)
	}
	return seeOther(c, "/me")
}

// RevokeHandle handles POST /me/handles/{handle}/revoke.
func (h *Me) RevokeHandle(c echo.Context) error {
	ctx := c.Request().Context()
	op, err := once(c)
	if err != nil {
		return err
	}
	if err := h.handles.RevokeHandle(ctx, auth.UserFrom(ctx), op, c.Param("handle")); err != nil {
		return kept("revoke a handle", err)
	}
	return seeOther(c, "/me")
}
