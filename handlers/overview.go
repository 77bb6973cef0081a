package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// Overview is the first page of a sandbox.
type Overview struct {
	*Pages
	overviews Overviews
}

// NewOverview makes the first page of a sandbox.
func NewOverview(p *Pages, o Overviews) *Overview { return &Overview{p, o} }

// Show handles GET /s/{sandbox}. What Adobe does not say in time is shown as
// not known. With refresh=1 it is asked anew, unless that was done just now.
func (h *Overview) Show(c echo.Context) error {
	page, err := h.page(c, "overview.title")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	u, sandbox := auth.UserFrom(ctx), c.Param("sandbox")
	if c.QueryParam("refresh") == "1" {
		if err := h.overviews.Recheck(u, sandbox); err != nil {
			return err
		}
	}
	found, err := h.overviews.Overview(ctx, u, sandbox)
	if err != nil {
		return err
	}
	failed := map[string]error{}
	var causes []error
	for _, part := range found.Parts {
		failed[part.Key] = part.Err
		causes = append(causes, part.Err)
	}
	v := views.Overview{
		ProbedAt: found.ProbedAt, Policies: viewsPolicies(found.Policies), PolicyTrouble: trouble(failed["part.merge-policies"]),
		QuotaTrouble: trouble(failed["part.quotas"]), Count: views.Count{Trouble: trouble(failed["part.profile-count"])},
	}
	if n := found.Count; n != nil {
		v.Count = views.Count{Known: true, Profiles: n.Profiles, At: n.At}
	}
	for _, p := range found.Probes {
		v.Probes = append(v.Probes, views.Probe{Name: p.Name, State: string(p.State), At: found.ProbedAt})
	}
	for _, q := range found.Quotas {
		v.Quotas = append(v.Quotas, views.Quota{Name: q.Name, Used: q.Used, Limit: q.Limit})
	}
	return after(render(c, http.StatusOK, views.OverviewPage(page, v)), causes...)
}

func viewsPolicies(list []lookup.Policy) []views.MergePolicy {
	var out []views.MergePolicy
	for _, p := range list {
		m := views.MergePolicy{ID: p.ID, Name: p.Name, Default: p.Default, Active: p.OnEdge, Graph: "none", Order: p.Merge, Updated: p.Updated}
		if p.Stitched {
			m.Graph = "pdg"
		}
		out = append(out, m)
	}
	return out
}
