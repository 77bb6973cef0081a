package aep

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (p *policy) describe(c *call) object {
	graph, merge := "none", object{"type": "timestampOrdered"}
	if p.stitch {
		graph = "pdg"
	}
	if p.precedence != nil {
		merge = object{"type": "dataSetPrecedence", "order": p.precedence}
	}
	return object{
		"id": p.id, "name": p.name, "imsOrgId": c.s.credentials.OrgID, "sandbox": c.box.nested("default"),
		"schema": object{"name": p.schema}, "version": 1, "identityGraph": object{"type": graph}, "attributeMerge": merge,
		"isActiveOnEdge": p.onEdge, "default": p.isDefault, "updateEpoch": p.updated,
	}
}

// listPolicies is GET /config/mergePolicies. Its next link starts with an @
// and holds an opaque start.
func (c *call) listPolicies() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	limit, ok := countParam(c.query, "limit", 20, 1, 1000)
	if !ok {
		return c.upsError(http.StatusBadRequest, "UPAPI-110001-400", "limit is not a number above zero")
	}
	list := slices.DeleteFunc(slices.Clone(c.box.policies), func(p *policy) bool { return !c.policyFits(p) })
	order := firstOf(c.query.Get("orderby"), c.query.Get("orderBy"))
	slices.SortStableFunc(list, func(x, y *policy) int {
		d := cmp.Compare(x.name, y.name)
		if strings.HasSuffix(order, "updateEpoch") {
			d = cmp.Compare(x.updated, y.updated)
		}
		if strings.HasPrefix(order, "-") {
			return -d
		}
		return d
	})
	offset, ok := readOffset(c.query.Get("start"))
	if !ok {
		offset = len(list) // a start that is none of ours: an empty last page
	}
	page := window(list, offset, limit)
	children := []object{}
	for _, p := range page {
		children = append(children, p.describe(c))
	}
	// The documentation counts with totalCount and pageSize, the specification
	// with count and next: both are here.
	info := object{"totalCount": len(list), "pageSize": len(page), "count": len(page)}
	next := ""
	if offset+len(page) < len(list) {
		info["next"] = writeOffset(offset + len(page))
		next = "@/mergePolicies?start=" + url.QueryEscape(writeOffset(offset+len(page))) + "&orderBy=" + url.QueryEscape(order) + "&limit=" + strconv.Itoa(limit)
	}
	return reply(http.StatusOK, object{
		"_page": info, "children": children, "_links": object{"next": object{"href": next}},
	})
}

func (c *call) policyFits(p *policy) bool {
	d := p.describe(c)
	for name, have := range map[string]any{
		"schema.name": p.schema, "default": p.isDefault, "version": 1,
		"identityGraph.type":  d["identityGraph"].(object)["type"],
		"attributeMerge.type": d["attributeMerge"].(object)["type"],
	} {
		if want := c.query.Get(name); want != "" && want != plain(have) {
			return false
		}
	}
	return true
}

// plain is a scalar as a query writes it.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(mustJSON(v))
}

// writeOffset and readOffset keep a place in a list as an opaque token.
func writeOffset(n int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("K1:" + strconv.Itoa(n)))
}

func readOffset(token string) (int, bool) {
	if token == "" || token == "0" {
		return 0, true
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	text, ok := strings.CutPrefix(string(data), "K1:")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil && n >= 0
}

// countParam reads a number from the query within bounds.
func countParam(q url.Values, name string, standard, least, most int) (int, bool) {
	if !q.Has(name) {
		return standard, true
	}
	n, err := strconv.Atoi(q.Get(name))
	return n, err == nil && n >= least && n <= most
}

func (c *call) onePolicy() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, p := range c.box.policies {
		if p.id == c.params[0] {
			return reply(http.StatusOK, p.describe(c))
		}
	}
	return c.upsError(http.StatusNotFound, "UPAPI-110002-404", "The merge policy does not exist")
}

// bulkIDs reads {"ids":[{"id":…}]}.
func (c *call) bulkIDs() ([]string, bool) {
	var in struct {
		IDs []struct {
			ID string `json:"id"`
		} `json:"ids"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return nil, false
	}
	out := make([]string, 0, len(in.IDs))
	for _, i := range in.IDs {
		out = append(out, i.ID)
	}
	return out, len(out) > 0
}

// bulkPolicies answers 207 always; unknown ids are left out.
func (c *call) bulkPolicies() answer {
	ids, ok := c.bulkIDs()
	if !ok {
		return c.upsError(http.StatusBadRequest, "UPAPI-110003-400", "ids must hold at least one id")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	results := object{}
	for _, p := range c.box.policies {
		if contains(ids, p.id) {
			results[p.id] = p.describe(c)
		}
	}
	return reply(http.StatusMultiStatus, object{"results": results})
}
