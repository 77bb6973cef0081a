package aep

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// attribute is a computed attribute: an aggregate over a profile's events in a
// window that ends at its last evaluation.
type attribute struct {
	id, name, title, description string
	shape                        uint8
	measure                      measure
	count                        int
	unit                         string // HOURS DAYS WEEKS MONTHS
	fast                         bool
	status                       string
	created, updated             int64     // ms
	evaluated                    time.Time // zero: never
}

// measure is what an attribute takes from the events of its window.
type measure int

const (
	countOf measure = iota
	sumOf
	maxOf
	minOf
	newestOf
)

// evaluate computes the value from a profile's events, ascending by time; ok
// is false where the events give none.
func (a *attribute) evaluate(events []*event) (value any, ok bool) {
	from, to := a.window()
	n, sum, least, most := 0, 0.0, math.Inf(1), math.Inf(-1)
	var last *event
	for _, e := range events {
		if e.shape != a.shape || e.at < from || e.at >= to {
			continue
		}
		n++
		sum += e.amount()
		least, most = min(least, e.amount()), max(most, e.amount())
		last = e
	}
	switch {
	case a.measure == countOf:
		return n, true
	case a.measure == sumOf:
		return math.Round(sum*100) / 100, true
	case n == 0:
		return nil, false
	case a.measure == maxOf:
		return most, true
	case a.measure == minOf:
		return least, true
	}
	return object{"value": last.name(), "timestamp": last.iso()}, true
}

func (a *attribute) window() (from, to int64) {
	start := a.evaluated
	switch a.unit {
	case "HOURS":
		start = start.Add(-time.Duration(a.count) * time.Hour)
	case "DAYS":
		start = start.AddDate(0, 0, -a.count)
	case "WEEKS":
		start = start.AddDate(0, 0, -7*a.count)
	case "MONTHS":
		start = start.AddDate(0, -a.count, 0)
	}
	return start.UnixMilli(), a.evaluated.UnixMilli()
}

// path is the field that a measure reads.
func (a *attribute) path() string {
	switch {
	case a.measure != newestOf:
		return "commerce.order.priceTotal"
	case a.shape == shapeView:
		return "web.webPageDetails.name"
	}
	return "directMarketing.mailingName"
}

// expression is the attribute in Profile Query Language.
func (a *attribute) expression() string {
	unit := strings.ToLower(a.unit)
	if a.count == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	head := fmt.Sprintf(`xEvent[(eventType.equals("%s", false)) and (timestamp occurs <= %d %s before now)]`, shapes[a.shape].eventType, a.count, unit)
	switch a.measure {
	case sumOf:
		return head + ".sum(" + a.path() + ")"
	case maxOf:
		return head + ".max(" + a.path() + ")"
	case minOf:
		return head + ".min(" + a.path() + ")"
	case newestOf:
		return head + `.topN(timestamp, 1).map({"timestamp": timestamp, "value": ` + a.path() + `}).head()`
	}
	return head + ".count()"
}

// computedMap is the values of a profile's computed attributes, or nil.
// Disabled ones and those never evaluated have none.
func (b *sandbox) computedMap(p *profile) []byte {
	values := object{}
	var events []*event
	for _, a := range b.attributes {
		if a.evaluated.IsZero() || a.status == "DISABLED" {
			continue
		}
		if events == nil {
			events = b.eventsOf(p.members, 0, 0)
		}
		if v, ok := a.evaluate(events); ok {
			values[a.name] = v
		}
	}
	if len(values) == 0 {
		return nil
	}
	return mustJSON(object{"_" + tenant: object{"SystemComputedAttributes": values}})
}

func (a *attribute) describe(c *call) object {
	status := any(a.status)
	if c.sw.CAStatus == "object" {
		status = oldStatus(a.status)
	}
	merge := map[measure]string{countOf: "SUM", sumOf: "SUM", maxOf: "MAX", minOf: "MIN", newestOf: "MOST_RECENT"}[a.measure]
	kind := map[measure]string{countOf: "long", newestOf: "object"}[a.measure]
	if kind == "" {
		kind = "number"
	}
	evaluated := ""
	if !a.evaluated.IsZero() {
		evaluated = stampMS(a.evaluated)
	}
	o := object{
		"id": a.id, "type": "ComputedAttribute", "name": a.name, "displayName": a.title, "description": a.description,
		"imsOrgId": c.s.credentials.OrgID, "sandbox": c.box.nested("isDefault"),
		"path": "_" + tenant + "/ComputedAttributes", "positionPath": []string{"_" + tenant, "ComputedAttributes"}, "keepCurrent": a.fast,
		"expression": object{"type": "PQL", "format": "pql/text", "value": a.expression()}, "mergeFunction": object{"value": merge},
		"status": status, "schema": object{"name": profileSchema}, "duration": object{"count": a.count, "unit": a.unit},
		"lastEvaluationTs": evaluated, "returnSchema": object{"meta:xdmType": kind},
		"definedOn":   []object{{"meta:resourceType": "unions", "meta:containerId": "tenant", "$ref": profileUnion}},
		"createEpoch": a.created, "updateEpoch": a.updated, "createdBy": "A1B2C3@northwind.e",
	}
	if a.status == "DRAFT" {
		o["mergeFunction"] = object{"value": "-"}
	}
	return o
}

// oldStatus is the status as the earliest answers spelt it.
func oldStatus(status string) object {
	switch status {
	case "DRAFT":
		return object{"type": "DRAFT", "job": "NOT_STARTED"}
	case "NEW":
		return object{"type": "PUBLISHED", "job": "NOT_STARTED"}
	case "DISABLED":
		return object{"type": "INACTIVE", "job": "DISABLED"}
	case "PROCESSED":
		return object{"type": "PUBLISHED", "job": "ENABLED"}
	}
	return object{"type": "PUBLISHED", "job": status}
}
