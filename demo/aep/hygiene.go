package aep

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// workOrder is one record delete.
type workOrder struct {
	id, bundle, dataset, datasetName string
	name, description                string
	identities                       int
	status                           string
	created, updated                 time.Time
}

// expiration is the date on which a dataset ends.
type expiration struct {
	id, name, description string
	dataset               *dataset
	status                string
	expiry, updated       time.Time
}

const orderAuthor = "Ops <ops@northwind.example> 0B1C2D3E4F@techacct.adobe.com"

// quota is GET /quota, which knows no sandbox: orders and expirations of all
// of them count.
func (c *call) quota() answer {
	var expirations, today, month int
	day := c.now.UTC().Truncate(24 * time.Hour)
	for _, b := range c.s.boxes {
		b.mu.RLock()
		for _, t := range b.ttls {
			if t.status == "pending" || t.status == "executing" {
				expirations++
			}
		}
		for _, o := range b.workOrders {
			if o.status == "failed" {
				continue
			}
			if !o.created.Before(day) {
				today += o.identities
			}
			if !o.created.Before(day.AddDate(0, 0, 1-day.Day())) {
				month += o.identities
			}
		}
		b.mu.RUnlock()
	}
	all := []object{
		{"name": "datasetExpirationQuota", "description": "Expirations that are pending or under way", "consumed": expirations, "quota": 75},
		{"name": "dailyConsumerDeleteIdentitiesQuota", "description": "Identities of record deletes today", "consumed": today, "quota": 1_000_000},
		{"name": "monthlyConsumerDeleteIdentitiesQuota", "description": "Identities of record deletes this month", "consumed": month, "quota": 2_000_000},
	}
	if kind := c.query.Get("quotaType"); kind != "" {
		all = slices.DeleteFunc(all, func(o object) bool { return o["name"] != kind })
	}
	return reply(http.StatusOK, object{"quotas": all})
}

func (o *workOrder) describe(c *call) object {
	out := object{
		"workorderId": o.id, "orgId": c.s.credentials.OrgID, "bundleId": o.bundle, "action": "identity-delete",
		"createdAt": o.created.UTC().Format("2006-01-02T15:04:05.000Z"), "updatedAt": o.updated.UTC().Format("2006-01-02T15:04:05.000Z"),
		"operationCount": o.identities, "targetServices": []string{"profile", "datalake", "identity", "ajo"}, "status": o.status, "createdBy": orderAuthor,
		"datasetId": o.dataset, "datasetName": o.datasetName, "displayName": o.name, "description": o.description,
	}
	word := map[string]string{"completed": "success", "submitted": "waiting", "ingested": "in-progress", "failed": "failed"}[o.status]
	if word != "" {
		var details []object
		for _, name := range []string{"Data Management", "Identity Service", "Profile Service"} {
			details = append(details, object{"productName": name, "productStatus": word, "createdAt": o.updated.UTC().Format("2006-01-02T15:04:05.000000Z")})
		}
		out["productStatusDetails"] = details
	}
	return out
}

// listWorkOrders is GET /workorder. Its next link lacks the base path.
func (c *call) listWorkOrders() answer {
	limit, ok1 := countParam(c.query, "limit", 25, 1, 100)
	page, ok2 := countParam(c.query, "page", 0, 0, 1<<20)
	if !ok1 || !ok2 {
		return hygieneError("400001", "limit must be a number from 1 to 100 and page a number")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list := slices.DeleteFunc(slices.Clone(c.box.workOrders), func(o *workOrder) bool { return !c.orderFits(o) })
	if c.sw.ListOrder == "desc" {
		slices.Reverse(list)
	}
	results := []object{}
	for _, o := range window(list, page*limit, limit) {
		results = append(results, o.describe(c))
	}
	links := object{"page": object{"href": "https://platform.adobe.io/workorder?limit={limit}&page={page}", "templated": true}}
	if (page+1)*limit < len(list) {
		links["next"] = object{"href": fmt.Sprintf("https://platform.adobe.io/workorder?page=%d&limit=%d", page+1, limit), "templated": false}
	}
	return reply(http.StatusOK, object{"results": results, "total": len(list), "count": len(results), "_links": links})
}

func (c *call) orderFits(o *workOrder) bool {
	q := c.query
	has := func(text, part string) bool { return strings.Contains(lower(text), lower(part)) }
	search := q.Get("search")
	return (q.Get("status") == "" || contains(splitList(q.Get("status")), o.status)) &&
		(q.Get("workorderId") == "" || q.Get("workorderId") == o.id) &&
		has(o.name, q.Get("displayName")) && has(o.description, q.Get("description")) &&
		(search == "" || search == o.id || has(orderAuthor+"\n"+o.name+"\n"+o.description+"\n"+o.datasetName, search))
}

func (c *call) oneWorkOrder() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, o := range c.box.workOrders {
		if o.id == c.params[0] {
			return reply(http.StatusOK, o.describe(c))
		}
	}
	return hygieneError("404003", "The work order does not exist")
}

func (t *expiration) describe(c *call) object {
	return object{
		"ttlId": t.id, "datasetId": t.dataset.id, "datasetName": t.dataset.name, "sandboxName": c.box.name, "displayName": t.name, "description": t.description,
		"imsOrg": c.s.credentials.OrgID, "status": t.status, "expiry": t.expiry.UTC().Format("2006-01-02T15:04:05Z"),
		"updatedAt": t.updated.UTC().Format("2006-01-02T15:04:05.000Z"), "updatedBy": orderAuthor,
	}
}

// listExpirations is GET /ttl, in snake case. An empty list has one page.
func (c *call) listExpirations() answer {
	limit, ok1 := countParam(c.query, "limit", 25, 1, 100)
	page, ok2 := countParam(c.query, "page", 0, 0, 1<<20)
	if !ok1 || !ok2 {
		return c.ttlError(http.StatusBadRequest, "Bad request", "limit must be a number from 1 to 100 and page a number")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	q := c.query
	list := slices.DeleteFunc(slices.Clone(c.box.ttls), func(t *expiration) bool {
		return q.Get("status") != "" && !contains(splitList(q.Get("status")), t.status) || q.Get("datasetId") != "" && q.Get("datasetId") != t.dataset.id ||
			q.Get("ttlId") != "" && q.Get("ttlId") != t.id
	})
	results := []object{}
	for _, t := range window(list, page*limit, limit) {
		results = append(results, t.describe(c))
	}
	return reply(http.StatusOK, object{"results": results, "current_page": page, "total_pages": max(1, pagesOf(len(list), limit)), "total_count": len(list)})
}

func (c *call) oneExpiration() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, t := range c.box.ttls {
		if t.id != c.params[0] && t.dataset.id != c.params[0] {
			continue
		}
		o := t.describe(c)
		if c.query.Get("include") == "history" {
			o["history"] = []object{{"status": "created", "expiry": o["expiry"], "updatedAt": o["updatedAt"], "updatedBy": orderAuthor}}
		}
		return reply(http.StatusOK, o)
	}
	return c.ttlError(http.StatusNotFound, "Not found", "The expiration does not exist")
}
