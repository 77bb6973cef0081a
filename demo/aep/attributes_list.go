package aep

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listAttributes is GET /ca/attributes, in either of its two shapes.
func (c *call) listAttributes() answer {
	limit, ok1 := countParam(c.query, "limit", 20, 1, 40)
	offset, ok2 := countParam(c.query, "offset", 0, 0, 1<<30)
	if !ok1 || !ok2 {
		return c.upsError(http.StatusBadRequest, "UPAPI-140001-400", "limit must be a number from 1 to 40 and offset a number")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list := slices.Clone(c.box.attributes)
	for _, text := range c.query["property"] {
		fits, err := attributeCondition(text)
		if err != nil {
			return c.upsError(http.StatusBadRequest, "UPAPI-140002-400", err.Error())
		}
		list = slices.DeleteFunc(list, func(a *attribute) bool { return !fits(a.describe(c)) })
	}
	if err := sortAttributes(list, c.query.Get("sortBy")); err != nil {
		return c.upsError(http.StatusBadRequest, "UPAPI-140003-400", err.Error())
	}
	page := []object{}
	for _, a := range window(list, offset, limit) {
		page = append(page, a.describe(c))
	}
	if c.sw.CAList == "spec" {
		return reply(http.StatusOK, object{"_page": object{"totalCount": len(list), "pageSize": limit}, "children": page, "_links": object{"next": object{}}})
	}
	link := func(at int) object {
		if at < 0 || at > 0 && at >= len(list) {
			return object{"href": ""}
		}
		return object{"href": fmt.Sprintf("/attributes?offset=%d&limit=%d", at, limit)}
	}
	prev := offset - limit
	if offset > 0 {
		prev = max(0, prev)
	}
	return reply(http.StatusOK, object{
		"_links":             object{"self": object{"href": fmt.Sprintf("/attributes?offset=%d&limit=%d", offset, limit)}, "next": link(offset + limit), "prev": link(prev), "last": link(max(0, len(list)-1) / limit * limit)},
		"computedAttributes": page, "_page": object{"offset": offset, "limit": limit, "count": len(page), "totalCount": len(list)},
	})
}

// attributeCondition reads name=x, status=!contains(a,b), updateEpoch>=n.
func attributeCondition(text string) (func(object) bool, error) {
	f, err := parseFilter(text, "!=", ">=", "<=", "=")
	if err != nil {
		return nil, err
	}
	field := f.field
	switch field {
	case "name", "mergeFunction.value", "status":
		return wordCondition(field, f.op, f.value)
	case "createEpoch", "updateEpoch", "createdEpoch":
		field = strings.Replace(field, "created", "create", 1)
		if n, err := strconv.ParseInt(f.value, 10, 64); err == nil && (f.op == ">=" || f.op == "<=") {
			return func(o object) bool { d := cmp.Compare(o[field].(int64), n); return d == 0 || d > 0 == (f.op == ">=") }, nil
		}
	}
	return nil, fmt.Errorf("property %q is not supported", text)
}

func wordCondition(field, op, value string) (func(object) bool, error) {
	not := op == "!="
	if op != "=" && op != "!=" {
		return nil, fmt.Errorf("property %s takes = and != only", field)
	}
	if rest, ok := strings.CutPrefix(value, "!"); ok {
		value, not = rest, !not
	}
	words := []string{value}
	if list, ok := strings.CutPrefix(value, "contains("); ok {
		words = splitList(strings.TrimSuffix(list, ")"))
	}
	return func(o object) bool {
		have := statusWord(dig(o, field))
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, have) }) != not
	}, nil
}

func statusWord(v any) string {
	if o, ok := v.(object); ok {
		return fmt.Sprint(o["type"])
	}
	return fmt.Sprint(v)
}

func sortAttributes(list []*attribute, by string) error {
	field, down := strings.CutPrefix(by, "-")
	if by == "" {
		field, down = "updateEpoch", true
	}
	var compare func(x, y *attribute) int
	switch field {
	case "name":
		compare = func(x, y *attribute) int { return cmp.Compare(x.name, y.name) }
	case "status":
		compare = func(x, y *attribute) int { return cmp.Compare(x.status, y.status) }
	case "updateEpoch":
		compare = func(x, y *attribute) int { return cmp.Compare(x.updated, y.updated) }
	case "createEpoch":
		compare = func(x, y *attribute) int { return cmp.Compare(x.created, y.created) }
	default:
		return fmt.Errorf("sortBy %q is not supported", by)
	}
	slices.SortStableFunc(list, func(x, y *attribute) int {
		if down {
			return compare(y, x)
		}
		return compare(x, y)
	})
	return nil
}

func (c *call) oneAttribute() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, a := range c.box.attributes {
		if a.id == c.params[0] {
			return reply(http.StatusOK, a.describe(c))
		}
	}
	return c.upsError(http.StatusNotFound, "UPAPI-140004-404", "The computed attribute does not exist")
}
