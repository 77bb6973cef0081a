package aep

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// audience is an audience: a segment definition of this platform, or one that
// came from elsewhere and bears its own id.
type audience struct {
	id, audienceID    string
	name, description string
	namespace         string
	expression        string // "" for external ones
	policy            string
	lifecycle         string
	streaming         bool
	created, updated  int64 // s
}

func (a *audience) external() bool { return a.expression == "" }

// source is the key of segmentMembership under which the audience stands.
func (a *audience) source() string {
	if a.external() {
		return a.namespace
	}
	return "ups"
}

func (a *audience) definition(c *call) object {
	return object{
		"id": a.id, "name": a.name, "description": a.description, "schema": object{"name": profileSchema}, "imsOrgId": c.s.credentials.OrgID,
		"sandbox": c.box.nested("default"), "profileInstanceId": "ups", "mergePolicyId": a.policy,
		"expression":           object{"type": "PQL", "format": "pql/text", "value": a.expression},
		"evaluationInfo":       object{"batch": object{"enabled": !a.streaming}, "continuous": object{"enabled": a.streaming}, "synchronous": object{"enabled": false}},
		"dataGovernancePolicy": object{"excludeOptOut": true}, "creationTime": a.created * 1000, "updateTime": a.updated * 1000, "updateEpoch": a.updated,
	}
}

func (a *audience) describe(c *call) object {
	o := object{
		"id": a.id, "audienceId": a.audienceID, "name": a.name, "description": a.description, "namespace": a.namespace, "imsOrgId": c.s.credentials.OrgID,
		"sandbox": c.box.nested("default"), "schema": object{"name": profileSchema}, "profileInstanceId": "ups",
		"type": "SegmentDefinition", "lifecycleState": a.lifecycle, "createEpoch": a.created, "creationTime": a.created * 1000, "updateEpoch": a.updated, "updateTime": a.updated * 1000,
		"labels": []string{"core/C1"}, "originName": "REAL_TIME_CUSTOMER_PROFILE", "createdBy": operator,
	}
	if a.external() {
		o["type"], o["originName"] = "ExternalAudience", "CUSTOM_UPLOAD"
		return o
	}
	d := a.definition(c)
	o["expression"], o["evaluationInfo"], o["mergePolicyId"] = d["expression"], d["evaluationInfo"], a.policy
	return o
}

// definitions are the audiences that are segment definitions.
func (b *sandbox) definitions() []*audience {
	return slices.DeleteFunc(slices.Clone(b.audiences), (*audience).external)
}

// listSegments is GET /segment/definitions; page counts from 0.
func (c *call) listSegments() answer {
	limit, ok1 := countParam(c.query, "limit", 20, 1, 1000)
	page, ok2 := countParam(c.query, "page", 0, 0, 1<<20)
	start, ok3 := countParam(c.query, "start", 0, 0, 1<<30)
	if !ok1 || !ok2 || !ok3 {
		return c.upsError(http.StatusBadRequest, "UPAPI-113001-400", "limit, page and start must be numbers")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list := c.box.definitions()
	if c.query.Get("evaluationInfo.continuous.enabled") == "true" {
		list = slices.DeleteFunc(list, func(a *audience) bool { return !a.streaming })
	}
	field, direction := sortAudiences(list, c.query.Get("sort"), "creationTime:desc")
	items := []object{}
	for _, a := range window(list, start+page*limit, limit) {
		items = append(items, a.definition(c))
	}
	return reply(http.StatusOK, object{
		"segments": items, "link": object{},
		"page": object{"totalCount": len(list), "totalPages": pagesOf(len(list), limit), "sortField": field, "sort": direction, "pageSize": len(items), "limit": limit},
	})
}

func pagesOf(n, limit int) int { return (n + limit - 1) / limit }

// sortAudiences orders by field:direction and says what it understood.
func sortAudiences(list []*audience, text, standard string) (field, direction string) {
	if text == "" {
		text = standard
	}
	text, _, _ = strings.Cut(text, ",")
	field, direction, _ = strings.Cut(text, ":")
	if direction != "desc" {
		direction = "asc"
	}
	slices.SortStableFunc(list, func(x, y *audience) int {
		d := cmp.Compare(x.name, y.name)
		switch field {
		case "creationTime", "createEpoch":
			d = cmp.Compare(x.created, y.created)
		case "updateTime", "updateEpoch":
			d = cmp.Compare(x.updated, y.updated)
		}
		if direction == "desc" {
			return -d
		}
		return d
	})
	return field, direction
}

func (c *call) oneSegment() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, a := range c.box.definitions() {
		if a.id == c.params[0] {
			return reply(http.StatusOK, a.definition(c))
		}
	}
	return c.upsError(http.StatusNotFound, "UPAPI-113002-404", "The segment definition does not exist")
}

func (c *call) bulkSegments() answer {
	ids, ok := c.bulkIDs()
	if !ok {
		return c.upsError(http.StatusBadRequest, "UPAPI-113003-400", "ids must hold at least one id")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	results := object{}
	for _, a := range c.box.definitions() {
		if contains(ids, a.id) {
			results[a.id] = a.definition(c)
		}
	}
	return reply(http.StatusMultiStatus, object{"results": results})
}

// listAudiences is GET /audiences; start counts pages.
func (c *call) listAudiences() answer {
	limit, ok1 := countParam(c.query, "limit", 20, 1, 1000)
	start, ok2 := countParam(c.query, "start", 0, 0, 1<<20)
	if !ok1 || !ok2 {
		return c.upsError(http.StatusBadRequest, "UPAPI-113004-400", "limit and start must be numbers")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list, err := c.fittingAudiences()
	if err != nil {
		return c.upsError(http.StatusBadRequest, "UPAPI-113005-400", err.Error())
	}
	field, direction := sortAudiences(list, c.query.Get("sort"), "name:asc")
	items := []object{}
	for _, a := range window(list, start*limit, limit) {
		items = append(items, a.describe(c))
	}
	page := object{"totalCount": len(list), "totalPages": pagesOf(len(list), limit), "sortField": field, "sort": direction, "pageSize": len(items), "limit": limit, "start": start}
	links := object{"next": object{"href": ""}}
	if (start+1)*limit < len(list) {
		page["next"] = start + 1
		links["next"] = object{"href": fmt.Sprintf("@/audiences?start=%d&limit=%d&totalCount=%d", start+1, limit, len(list))}
	}
	return reply(http.StatusOK, object{"children": items, "_page": page, "_links": links})
}

func (c *call) fittingAudiences() ([]*audience, error) {
	list := slices.Clone(c.box.audiences)
	for _, text := range c.query["property"] {
		f, err := parseFilter(text, "==", "!=")
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(a *audience) bool { return !f.holdsText(fmt.Sprint(a.describe(c)[f.field])) })
	}
	has := func(text, part string) bool { return strings.Contains(lower(text), lower(part)) }
	q := c.query
	return slices.DeleteFunc(list, func(a *audience) bool {
		return !has(a.name, q.Get("name")) || !has(a.description, q.Get("description")) || q.Get("entityType") != "" && q.Get("entityType") != profileSchema
	}), nil
}

func (b *sandbox) audience(id string) *audience {
	for _, a := range b.audiences {
		if a.id == id || a.audienceID == id {
			return a
		}
	}
	return nil
}

func (c *call) oneAudience() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	if a := c.box.audience(c.params[0]); a != nil {
		return reply(http.StatusOK, a.describe(c))
	}
	return c.upsError(http.StatusNotFound, "UPAPI-113430-404", "The audience does not exist")
}

// bulkAudiences answers 207 with each audience or its error.
func (c *call) bulkAudiences() answer {
	ids, ok := c.bulkIDs()
	if !ok || len(ids) > 100 {
		return c.upsError(http.StatusBadRequest, "UPAPI-113015-400", "ids must hold 1 to 100 ids")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	results, found := object{}, false
	for _, id := range ids {
		if a := c.box.audience(id); a != nil {
			results[id], found = a.describe(c), true
		} else {
			results[id] = object{"code": "UPAPI-113430-404", "message": "The audience does not exist", "status": http.StatusNotFound}
		}
	}
	if !found {
		return c.upsError(http.StatusNotFound, "UPAPI-113430-404", "None of the audiences exists")
	}
	return reply(http.StatusMultiStatus, object{"results": results})
}
