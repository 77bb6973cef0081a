package aep

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const sandboxBase = "https://platform.adobe.io:443/data/foundation/sandbox-management"

func (b *sandbox) describe() object {
	return object{
		"name": b.name, "title": b.title, "state": b.state, "type": b.kind, "region": b.region, "isDefault": b.isDefault, "eTag": b.etag,
		"createdDate": b.created.UTC().Format("2006-01-02 15:04:05"), "lastModifiedDate": b.modified.UTC().Format("2006-01-02 15:04:05"),
		"createdBy": "system", "modifiedBy": operator,
	}
}

// nested is the sandbox as other services' objects carry it; the name of the
// last key differs between them.
func (b *sandbox) nested(defaultKey string) object {
	return object{"sandboxId": b.id, "sandboxName": b.name, "type": b.kind, defaultKey: b.isDefault}
}

// availableSandboxes is GET /: the active ones that the caller may use.
func (c *call) availableSandboxes() answer {
	active := slices.DeleteFunc(slices.Clone(c.s.boxes), func(b *sandbox) bool { return b.state != "active" })
	return c.sandboxPage(active, "/")
}

func (c *call) listSandboxes() answer {
	list := slices.Clone(c.s.boxes)
	for _, text := range c.query["property"] {
		f, err := parseFilter(text, "==", "!=")
		if err != nil {
			return sandboxError(http.StatusBadRequest, "SMS-1003-400", err.Error())
		}
		list = slices.DeleteFunc(list, func(b *sandbox) bool { return !f.holdsText(fmt.Sprint(b.describe()[f.field])) })
	}
	return c.sandboxPage(list, "/sandboxes")
}

// sandboxPage cuts the page that limit and offset name, which come together.
func (c *call) sandboxPage(list []*sandbox, path string) answer {
	limit, offset := 50, 0
	if c.query.Has("limit") != c.query.Has("offset") {
		return sandboxError(http.StatusBadRequest, "SMS-1004-400", "limit and offset must come together")
	}
	if c.query.Has("limit") {
		var err1, err2 error
		limit, err1 = strconv.Atoi(c.query.Get("limit"))
		offset, err2 = strconv.Atoi(c.query.Get("offset"))
		if err1 != nil || err2 != nil || limit < 1 || offset < 0 {
			return sandboxError(http.StatusBadRequest, "SMS-1004-400", "limit and offset must be numbers")
		}
	}
	total := len(list)
	list = window(list, offset, limit)
	items := []object{}
	for _, b := range list {
		items = append(items, b.describe())
	}
	links := object{"page": object{"href": sandboxBase + path + "?limit={limit}&offset={offset}", "templated": true}}
	if offset+len(list) < total {
		links["next"] = object{"href": fmt.Sprintf("%s%s?limit=%d&offset=%d", sandboxBase, path, limit, offset+limit), "templated": nil}
	}
	if offset > 0 {
		links["prev"] = object{"href": fmt.Sprintf("%s%s?limit=%d&offset=%d", sandboxBase, path, limit, max(0, offset-limit)), "templated": nil}
	}
	return reply(http.StatusOK, object{"sandboxes": items, "_page": object{"limit": limit, "count": len(items)}, "_links": links})
}

// window is list[offset:offset+limit] as far as it exists.
func window[T any](list []T, offset, limit int) []T {
	offset = max(0, min(offset, len(list)))
	return list[offset : offset+min(max(limit, 0), len(list)-offset)]
}

func (c *call) oneSandbox() answer {
	b := c.s.box(c.params[0])
	if b == nil {
		return sandboxError(http.StatusNotFound, "SMS-1005-404", "The sandbox does not exist")
	}
	return reply(http.StatusOK, b.describe())
}

func (c *call) sandboxTypes() answer {
	var out []object
	for _, id := range []string{"development", "production"} {
		out = append(out, object{"id": id, "title": strings.ToUpper(id[:1]) + id[1:]})
	}
	return reply(http.StatusOK, object{"sandboxTypes": out})
}
