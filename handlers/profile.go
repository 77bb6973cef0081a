package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// Profile is one customer.
type Profile struct {
	*Pages
	customers Customers
}

// NewProfile makes the pages on one customer.
func NewProfile(p *Pages, c Customers) *Profile { return &Profile{p, c} }

// profileRows is how many rows of a profile a page has, and rowBytes about how
// many bytes of HTML: a profile with long values has fewer rows at a time.
const (
	profileRows = 200
	rowBytes    = 90 << 10
)

// profileQuery is the query of a profile's page.
type profileQuery struct {
	Q, View, Policy string
	From            int
}

func readProfileQuery(q url.Values) profileQuery {
	in := profileQuery{Q: q.Get("q"), View: q.Get("view"), Policy: q.Get("policy")}
	if in.View != "flat" {
		in.View = "tree"
	}
	if from, err := strconv.Atoi(q.Get("from")); err == nil && from > 0 {
		in.From = from
	}
	return in
}

// rows is the query as the profile understands it.
func (in profileQuery) rows(limit int) lookup.Query {
	return lookup.Query{Q: in.Q, From: in.From, Limit: limit, Flat: in.View == "flat"}
}

// url is the same page from another row on.
func (in profileQuery) url(path string, from int) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": in.Q, "policy": in.Policy} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if in.View == "flat" {
		q.Set("view", in.View)
	}
	q.Set("from", strconv.Itoa(from))
	return path + "?" + q.Encode()
}

// Show handles GET /s/{sandbox}/profiles/{handle}: one profile.view on record,
// whether it answers with a page or a part of it. Nothing is asked before that.
func (h *Profile) Show(c echo.Context) error {
	in := readProfileQuery(c.QueryParams())
	customer, err := h.open(c, lookup.View{Policy: in.Policy})
	if err != nil {
		return err
	}
	page, err := h.page(c, "profile.title")
	if err != nil {
		return err
	}
	v, causes := viewsProfile(customer)
	if v.Attributes, err = attributes(customer, in, page.Path); err != nil {
		return err
	}
	v.Attributes.SchemaTrouble = trouble(partOf(customer, "part.schema"))
	v.Attributes.ComputedTrouble = trouble(partOf(customer, "part.attributes"))
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	if policies, err := h.customers.Policies(ctx, customer.Sandbox); err == nil {
		v.Attributes.Policies = policyOptions(policies)
	}
	others, err := h.others(ctx, c, customer)
	v.Warnings, causes = append(v.Warnings, others...), append(causes, err)
	return after(render(c, http.StatusOK, views.ProfilePage(page, v), views.FragmentAttributes), causes...)
}

// open opens the profile of the path. What became of one that was found before
// and is there no longer is an error.
func (h *Profile) open(c echo.Context, v lookup.View) (*lookup.Customer, error) {
	ctx := c.Request().Context()
	customer, err := h.customers.Open(ctx, auth.UserFrom(ctx), c.Param("sandbox"), c.Param("handle"), v)
	if err != nil {
		return nil, kept("open profile", err)
	}
	if customer.Outcome != lookup.Found && customer.Outcome != lookup.Empty {
		err = &outcomeError{customer.Outcome, customer.Wait, customer.Err}
	}
	return customer, err
}

// maxOthers is how many other people the page on one of them names.
const maxOthers = 9

// others warns of those whom the look-up found besides: the query of the page that
// it led to has their handles. An error comes with those that could be read.
func (h *Profile) others(ctx context.Context, c echo.Context, shown *lookup.Customer) ([]views.Warning, error) {
	ids := strings.FieldsFunc(c.QueryParam("others"), func(r rune) bool { return r == ',' })
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := h.customers.Others(ctx, shown.Sandbox, ids[:min(len(ids), maxOthers)])
	if err != nil {
		err = kept("open other handles", err)
	}
	w := views.Warning{Kind: "other_people"}
	for _, other := range found {
		if other.Handle != shown.Handle {
			w.Links = append(w.Links, views.Option{Value: profileURL(shown.Sandbox, other.Handle), Label: other.Namespace})
		}
	}
	if len(w.Links) == 0 {
		return nil, err
	}
	return []views.Warning{w}, err
}

// viewsProfile is what stands above the rows, and what failed beside them.
func viewsProfile(c *lookup.Customer) (v views.Profile, causes []error) {
	v = views.Profile{
		Handle: c.Handle, Name: c.Name, Identity: c.Identity.ID, Hidden: c.Identity.Masked, Namespace: c.Identity.Namespace, IdentityCount: c.IdentityCount,
		LastModified: c.LastModified, Policy: c.Policy.Name, Datasets: len(c.Datasets), Empty: c.Outcome == lookup.Empty, Tab: "attributes",
	}
	if v.Policy == "" {
		v.Policy = c.Policy.ID
	}
	if c.NearLimit {
		v.Warnings = append(v.Warnings, views.Warning{Kind: "many_identities", Args: []any{c.IdentityCount}})
	}
	for _, part := range c.Parts {
		causes = append(causes, part.Err)
	}
	return v, causes
}

func partOf(c *lookup.Customer, key string) error {
	i := slices.IndexFunc(c.Parts, func(p lookup.Part) bool { return p.Key == key })
	if i < 0 {
		return nil
	}
	return c.Parts[i].Err
}
