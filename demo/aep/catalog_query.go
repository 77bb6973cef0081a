package aep

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// simpleFilters are the query parameters that filter a list by a field, and
// the field each one looks at.
type simpleFilters map[string]string

var (
	datasetFilters = simpleFilters{
		"name": "name", "description": "description", "version": "version", "created": "created", "updated": "updated",
		"createdClient": "createdClient", "createdUser": "createdUser", "updatedUser": "updatedUser", "lastBatchId": "lastBatchId", "lastBatchStatus": "lastBatchStatus", "state": "state",
	}
	batchFilters = simpleFilters{
		"status": "status", "externalId": "externalId", "started": "started", "completed": "completed", "created": "created", "updated": "updated",
		"recordCount": "recordCount", "failedRecordCount": "failedRecordCount", "size": "size", "createdUser": "createdUser", "version": "version", "dataSet": "dataSet", "batch": "batch",
	}
	lastBatchFilters = simpleFilters{"dataSetId": "dataSetId", "lastBatchStatus": "lastBatchStatus", "lastBatchId": "lastBatchId"}
)

// catalogPage filters, orders and cuts a list as the query says.
func (c *call) catalogPage(all []record, filters simpleFilters) answer {
	q := c.query
	most := 100
	if contains(splitList(q.Get("properties")), "observableSchema") {
		most = 20
	}
	limit, ok1 := countParam(q, "limit", 20, 1, most)
	start, ok2 := countParam(q, "start", 0, 0, 1<<30)
	if !ok1 || !ok2 {
		return catalogError(http.StatusBadRequest, "BadRequestError", fmt.Sprintf("limit must be a number from 1 to %d and start a number", most))
	}
	conditions, err := catalogConditions(q, filters)
	if err != nil {
		return catalogError(http.StatusBadRequest, "BadRequestError", err.Error())
	}
	all = slices.DeleteFunc(all, func(r record) bool {
		return slices.ContainsFunc(conditions, func(fits func(record) bool) bool { return !fits(r) })
	})
	if err := orderRecords(all, firstOf(q.Get("orderBy"), q.Get("sort"))); err != nil {
		return catalogError(http.StatusBadRequest, "BadRequestError", err.Error())
	}
	return c.catalogMap(window(all, start, limit))
}

func catalogConditions(q url.Values, filters simpleFilters) ([]func(record) bool, error) {
	var out []func(record) bool
	for name, field := range filters {
		if q.Has(name) {
			out = append(out, simpleCondition(field, q.Get(name)))
		}
	}
	for _, text := range q["property"] {
		fits, err := propertyCondition(text)
		if err != nil {
			return nil, err
		}
		out = append(out, fits)
	}
	for _, tag := range splitList(q.Get("tags")) {
		out = append(out, tagCondition(tag))
	}
	for name, before := range map[string]bool{"createdBefore": true, "createdAfter": false, "startBefore": true, "startAfter": false, "endBefore": true, "endAfter": false} {
		if !q.Has(name) {
			continue
		}
		limit, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a number of milliseconds", name)
		}
		field := map[byte]string{'c': "created", 's': "started", 'e': "completed"}[name[0]]
		out = append(out, func(r record) bool {
			at, ok := r.fields[field].(int64)
			return ok && (before && at < limit || !before && at > limit)
		})
	}
	return out, nil
}

// simpleCondition is field=a,b: any of them; field=!a,b: none. * stands for
// any run, ** for a star.
func simpleCondition(field, text string) func(record) bool {
	text, not := strings.CutPrefix(text, "!")
	values := splitList(text)
	return func(r record) bool {
		have := fieldText(r, field)
		return slices.ContainsFunc(values, func(v string) bool { return wildcard(v, have) }) != not
	}
}

func fieldText(r record, field string) string {
	switch field {
	case "batch":
		return r.id
	case "dataSet":
		return r.fields["relatedObjects"].([]object)[0]["id"].(string)
	}
	if v := dig(r.fields, field); v != nil {
		return plain(v)
	}
	return ""
}

// dig follows a dotted path through nested objects.
func dig(v any, field string) any {
	for _, name := range strings.Split(field, ".") {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}

func wildcard(pattern, text string) bool {
	escaped := strings.NewReplacer("**", `\*`, `\`, `\\`, "?", `\?`, "[", `\[`).Replace(pattern)
	ok, err := path.Match(escaped, strings.ReplaceAll(text, "/", "\x00"))
	if strings.Contains(pattern, "/") {
		ok, err = path.Match(strings.ReplaceAll(escaped, "/", "\x00"), strings.ReplaceAll(text, "/", "\x00"))
	}
	return err == nil && ok
}

// propertyCondition is property=field (there), property=!field (not there), or
// field, operator, value.
func propertyCondition(text string) (func(record) bool, error) {
	f, err := parseFilter(text, "==", "!=", "<=", ">=", "<", ">", "~")
	if err == nil {
		return func(r record) bool {
			v := dig(r.fields, f.field)
			return v != nil && f.holdsText(plain(v))
		}, nil
	}
	if strings.ContainsAny(text, "<>=~") || text == "" {
		return nil, err
	}
	field, not := strings.CutPrefix(text, "!")
	return func(r record) bool { return (dig(r.fields, field) != nil) != not }, nil
}

// tagCondition is tags=name:value, the value possibly with wildcards.
func tagCondition(text string) func(record) bool {
	name, want, _ := strings.Cut(text, ":")
	return func(r record) bool {
		tags, _ := r.fields["tags"].(object)
		values, _ := tags[name].([]string)
		return slices.ContainsFunc(values, func(v string) bool {
			return want == "" || wildcard(want, strings.ReplaceAll(v, " ", ""))
		})
	}
}

// orderRecords sorts by asc:field,desc:field; a direction carries over.
func orderRecords(list []record, text string) error {
	type key struct {
		field string
		sign  int
	}
	var keys []key
	sign := 1
	for _, part := range splitList(text) {
		direction, field, ok := strings.Cut(part, ":")
		if !ok {
			field = part
		} else if direction == "desc" || direction == "asc" {
			sign = map[string]int{"asc": 1, "desc": -1}[direction]
		} else {
			return fmt.Errorf("orderBy: %q is neither asc nor desc", direction)
		}
		keys = append(keys, key{field, sign})
	}
	slices.SortStableFunc(list, func(x, y record) int {
		for _, k := range keys {
			if d := compareAny(dig(x.fields, k.field), dig(y.fields, k.field)); d != 0 {
				return d * k.sign
			}
		}
		return 0
	})
	return nil
}

func compareAny(x, y any) int {
	a, ok1 := number(x)
	b, ok2 := number(y)
	if ok1 && ok2 {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}
