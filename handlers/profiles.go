package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// Profiles is where a customer is looked up.
type Profiles struct {
	*Pages
	lookups Lookups
}

// NewProfiles makes the page.
func NewProfiles(p *Pages, l Lookups) *Profiles { return &Profiles{p, l} }

// Show handles GET /s/{sandbox}/profiles.
func (h *Profiles) Show(c echo.Context) error {
	return h.form(c, http.StatusOK, readLookup(auth.KeptFrom(c.Request().Context())), nil)
}

// statusOf is how each outcome of a look-up is answered; found and empty lead to
// the profile.
var statusOf = map[lookup.Outcome]int{
	lookup.Found:       http.StatusSeeOther,
	lookup.Empty:       http.StatusSeeOther,
	lookup.Unknown:     http.StatusNotFound,
	lookup.TooMany:     http.StatusUnprocessableEntity,
	lookup.WrongPolicy: http.StatusUnprocessableEntity,
	lookup.NotLicensed: http.StatusBadGateway,
	lookup.Throttled:   http.StatusServiceUnavailable,
	lookup.Down:        http.StatusBadGateway,
	lookup.Invalid:     http.StatusUnprocessableEntity,
}

// Find handles POST /s/{sandbox}/profiles. It asks nothing of Adobe before the
// look-up is on record: not even whether the sandbox exists.
func (h *Profiles) Find(c echo.Context) error {
	ctx := c.Request().Context()
	fields, err := fieldsOf(c)
	if err != nil {
		return err
	}
	in, sandbox := readLookup(fields), c.Param("sandbox")
	ans, err := h.lookups.Find(ctx, auth.UserFrom(ctx), lookup.Ask{
		Sandbox: sandbox, Q: in.Q, Namespace: in.Namespace, ID: in.ID, Policy: in.Policy,
	})
	switch {
	case errors.Is(err, lookup.ErrCapped):
		return after(h.form(c, http.StatusTooManyRequests, in, nil, "too_often"), err)
	case err != nil:
		return kept("look up", err)
	}
	if ans.Handle != "" {
		return seeOther(c, foundURL(sandbox, ans))
	}
	return after(h.form(c, statusOf[ans.Outcome], in, &ans), ans.Err)
}

func readLookup(fields url.Values) views.LookupForm {
	return views.LookupForm{Q: fields.Get("q"), Namespace: fields.Get("namespace"), ID: fields.Get("id"), Policy: fields.Get("policy")}
}

// form shows the form, with what was typed and what came of it: an answer, or
// the code of a refusal.
func (h *Profiles) form(c echo.Context, status int, in views.LookupForm, ans *lookup.Answer, refused ...string) error {
	page, err := h.page(c, "lookup.title")
	if err != nil {
		return err
	}
	for _, code := range refused {
		text := page.T("error."+code) + ". " + page.T("error."+code+".what") + " " + page.T("error."+code+".do")
		page.Banners = append(page.Banners, views.Banner{Panel: code, Kind: "warn", Text: text})
	}
	ctx, sandbox := c.Request().Context(), c.Param("sandbox")
	v := views.Lookup{Form: in, Answer: viewsAnswer(ans)}
	causes := h.offer(ctx, sandbox, &v)
	recent, err := h.lookups.Recent(ctx, auth.UserFrom(ctx), sandbox)
	if err != nil {
		v.RecentTrouble = trouble(kept("list handles", err))
		causes = append(causes, err)
	}
	for _, one := range recent {
		v.Recent = append(v.Recent, viewsRecent(one, v.Policies))
	}
	if ans != nil && ans.Outcome == lookup.Throttled {
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(ans.Wait))
	}
	return after(render(c, status, views.LookupPage(page, v)), causes...)
}

// offer adds the namespaces and merge policies that can be chosen.
func (h *Profiles) offer(ctx context.Context, sandbox string, v *views.Lookup) (causes []error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	spaces, err := h.lookups.Namespaces(ctx, sandbox)
	for _, ns := range spaces {
		v.Namespaces = append(v.Namespaces, views.Option{Value: ns.Code, Label: ns.Name})
	}
	policies, err2 := h.lookups.Policies(ctx, sandbox)
	v.Policies = policyOptions(policies)
	if err := errors.Join(err, err2); err != nil {
		v.OptionsTrouble = trouble(err)
		causes = append(causes, err)
	}
	return causes
}

func policyOptions(list []lookup.Policy) []views.Option {
	var out []views.Option
	for _, p := range list {
		out = append(out, views.Option{Value: p.ID, Label: p.Name})
	}
	return out
}

// viewsAnswer is what came of a look-up that led nowhere.
func viewsAnswer(ans *lookup.Answer) *views.Answer {
	if ans == nil {
		return nil
	}
	v := &views.Answer{Outcome: string(ans.Outcome), Wait: ans.Wait, Invalid: ans.Problem}
	for _, t := range ans.Tried {
		v.Tried = append(v.Tried, views.Tried{Namespace: t.Namespace, Why: t.Why})
	}
	return v
}

func viewsRecent(r lookup.Recent, policies []views.Option) views.RecentHandle {
	v := views.RecentHandle{
		Handle: r.Handle, Href: profileURL(r.Sandbox, r.Handle), Label: r.ID, Namespace: r.Namespace, Policy: r.Policy, Used: r.Used,
	}
	for _, p := range policies {
		if p.Value == r.Policy {
			v.Policy = p.Label
		}
	}
	return v
}

// foundURL is the profile that a look-up leads to. It carries the handles of other
// people whom the same input names, so that the page can say so.
func foundURL(sandbox string, ans lookup.Answer) string {
	var others []string
	for _, one := range ans.Others {
		others = append(others, url.QueryEscape(one.Handle))
	}
	to := profileURL(sandbox, ans.Handle)
	if len(others) > 0 {
		to += "?others=" + strings.Join(others, ",")
	}
	return to
}

func profileURL(sandbox, handle string) string {
	return "/s/" + url.PathEscape(sandbox) + "/profiles/" + url.PathEscape(handle)
}
