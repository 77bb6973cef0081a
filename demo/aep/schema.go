package aep

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const (
	profileUnion  = "https://ns.adobe.com/xdm/context/profile__union"
	eventUnion    = "https://ns.adobe.com/xdm/context/experienceevent__union"
	profileClass  = "https://ns.adobe.com/xdm/context/profile"
	eventClass    = "https://ns.adobe.com/xdm/context/experienceevent"
	registryBase  = "https://platform.adobe.io/data/foundation/schemaregistry"
	schemaVersion = "1"
)

// schemaRef is one schema of the registry: a union, or the schema of a dataset.
type schemaRef struct {
	id, altID, title, class string
	fields                  []string // top-level names of a schema; nil: all of the class
}

const (
	schemaCustomer = iota
	schemaLoyalty
	schemaVisitor
	schemaConsent
	schemaSupport
	schemaWebEvent
	schemaPurchase
	schemaMail
	schemaVisit
	schemaProduct
	schemaUnion
	schemaEventUnion
)

var schemaRefs = []schemaRef{
	schemaCustomer:   tenantSchema("3b1f8f0c2d", "Customer", profileClass, "person", "homeAddress", "mobilePhone", "personalEmail", "identityMap", "_northwind"),
	schemaLoyalty:    tenantSchema("5c20a91e7b", "Loyalty member", profileClass, "person", "homeAddress", "identityMap", "_northwind"),
	schemaVisitor:    tenantSchema("6d31ba2f8c", "Visitor", profileClass, "person", "mobilePhone", "personalEmail", "identityMap", "_northwind"),
	schemaConsent:    tenantSchema("7e42cb309d", "Consent", profileClass, "consents", "identityMap"),
	schemaSupport:    tenantSchema("8f53dc41ae", "Support contact", profileClass, "mobilePhone", "identityMap", "_northwind"),
	schemaWebEvent:   tenantSchema("9064ed52bf", "Web event", eventClass, "_id", "eventType", "timestamp", "web", "commerce", "productListItems", "producedBy", "_northwind"),
	schemaPurchase:   tenantSchema("a175fe63c0", "Purchase", eventClass, "_id", "eventType", "timestamp", "commerce", "productListItems", "producedBy", "_northwind"),
	schemaMail:       tenantSchema("b2860f74d1", "Mail event", eventClass, "_id", "eventType", "timestamp", "directMarketing", "producedBy", "_northwind"),
	schemaVisit:      tenantSchema("c3971085e2", "Store visit", eventClass, "_id", "eventType", "timestamp", "placeContext", "producedBy", "_northwind"),
	schemaProduct:    tenantSchema("d4a82196f3", "Product", "https://ns.adobe.com/xdm/classes/product", "_northwind"),
	schemaUnion:      {profileUnion, "_xdm.context.profile__union", "XDM Individual Profile", profileClass, nil},
	schemaEventUnion: {eventUnion, "_xdm.context.experienceevent__union", "XDM ExperienceEvent", eventClass, nil},
}

func tenantSchema(id, title, class string, fields ...string) schemaRef {
	return schemaRef{id: "https://ns.adobe.com/" + tenant + "/schemas/" + id, altID: "_" + tenant + ".schemas." + id, title: title, class: class, fields: fields}
}

// schemaStats is GET /stats, where the tenant's name is learnt.
func (c *call) schemaStats() answer {
	var latest []object
	for _, s := range schemaRefs[:3] {
		latest = append(latest, object{"$id": s.id, "meta:altId": s.altID, "title": s.title, "meta:resourceType": "schemas", "version": schemaVersion})
	}
	return reply(http.StatusOK, object{
		"imsOrg": c.s.credentials.OrgID, "tenantId": tenant, "recentlyCreatedResources": latest, "recentlyUpdatedResources": latest,
		"counts":     object{"schemas": schemaUnion, "mixins": 9, "datatypes": 4, "classes": 1, "unions": 2},
		"classUsage": []object{classUsage(profileClass, "XDM Individual Profile"), classUsage(eventClass, "XDM ExperienceEvent")},
	})
}

// classUsage says which of the tenant's schemas are of a class.
func classUsage(class, title string) object {
	used := []object{}
	for _, s := range schemaRefs {
		if s.class == class {
			used = append(used, object{"$id": s.id, "title": s.title, "meta:altId": s.altID, "version": schemaVersion})
		}
	}
	return object{"$id": class, "title": title, "numberOfSchemas": len(used), "schemas": used}
}

// acceptForm reads an Accept header of the registry: family xed or xdm, the
// form behind it, and whether it names a version.
var acceptForm = regexp.MustCompile(`^application/vnd\.adobe\.(xed|xdm)(-id|-full|-notext|-full-notext|-full-desc|-v2)?\+json\s*(;\s*version\s*=\s*[\w.]+)?$`)

// listForm refuses a list call whose Accept names a version or no known form.
func (c *call) listForm() (form string, refused *answer) {
	form, versioned, ok := c.acceptedForm()
	var a answer
	switch {
	case !ok:
		a = c.schemaError(http.StatusNotAcceptable, "XDM-1005-406", "Not acceptable", "The Accept header names no format of the registry")
	case versioned:
		a = c.schemaError(http.StatusBadRequest, "XDM-1006-400", "Accept header invalid", "The Accept header of a list must not name a version")
	default:
		return form, nil
	}
	return "", &a
}

func (c *call) oneForm() (form string, refused *answer) {
	form, versioned, ok := c.acceptedForm()
	var a answer
	switch {
	case !ok:
		a = c.schemaError(http.StatusNotAcceptable, "XDM-1005-406", "Not acceptable", "The Accept header names no format of the registry")
	case !versioned:
		a = c.schemaError(http.StatusBadRequest, "XDM-1007-400", "Accept header invalid", "The Accept header must name a version")
	default:
		return form, nil
	}
	return "", &a
}

func (c *call) acceptedForm() (form string, versioned, ok bool) {
	m := acceptForm.FindStringSubmatch(strings.TrimSpace(c.r.Header.Get("Accept")))
	if m == nil {
		return "", false, false
	}
	return m[2], m[3] != "", true
}

func (c *call) listUnions() answer  { return c.listRefs(schemaRefs[schemaUnion:], "unions") }
func (c *call) listSchemas() answer { return c.listRefs(schemaRefs[:schemaUnion], "schemas") }

// listRefs lists schemas. start is a value of the field they are ordered by.
func (c *call) listRefs(all []schemaRef, kind string) answer {
	form, refused := c.listForm()
	if refused != nil {
		return *refused
	}
	limit, ok := countParam(c.query, "limit", 500, 0, 500)
	if !ok {
		return c.schemaError(http.StatusBadRequest, "XDM-1008-400", "Bad request", "limit must be a number from 0 to 500")
	}
	list := slices.Clone(all)
	for _, text := range c.query["property"] {
		f, err := parseFilter(text, "==", "!=", "~")
		if err != nil {
			return c.schemaError(http.StatusBadRequest, "XDM-1008-400", "Bad request", err.Error())
		}
		list = slices.DeleteFunc(list, func(s schemaRef) bool { return !f.holdsText(s.field(f.field)) })
	}
	order := strings.TrimLeft(c.query.Get("orderby"), "+ ")
	if order != "" {
		slices.SortStableFunc(list, func(x, y schemaRef) int { return strings.Compare(x.field(order), y.field(order)) })
		list = slices.DeleteFunc(list, func(s schemaRef) bool { return c.query.Has("start") && s.field(order) < c.query.Get("start") })
	}
	page := window(list, 0, limit)
	results := []object{}
	for _, s := range page {
		if form == "-id" {
			results = append(results, s.brief())
		} else {
			results = append(results, c.wholeSchema(s, kind, form))
		}
	}
	info, links := object{"count": len(results), "orderby": order}, object{}
	if order != "" && len(page) < len(list) {
		next := list[len(page)].field(order)
		info["next"] = next
		links["next"] = object{"href": registryBase + "/tenant/" + kind + "?orderby=" + order + "&start=" + next}
	}
	return reply(http.StatusOK, object{"results": results, "_page": info, "_links": links})
}

func (s schemaRef) field(name string) string {
	switch name {
	case "title":
		return s.title
	case "$id":
		return s.id
	case "meta:altId":
		return s.altID
	}
	return ""
}

func (s schemaRef) brief() object {
	return object{"$id": s.id, "meta:altId": s.altID, "version": schemaVersion, "title": s.title}
}

func (c *call) oneUnion() answer  { return c.oneRef(schemaRefs[schemaUnion:], "unions") }
func (c *call) oneSchema() answer { return c.oneRef(schemaRefs[:schemaUnion], "schemas") }

func (c *call) oneRef(all []schemaRef, kind string) answer {
	form, refused := c.oneForm()
	if refused != nil {
		return *refused
	}
	for _, s := range all {
		if s.id == c.params[0] || s.altID == c.params[0] {
			return reply(http.StatusOK, c.wholeSchema(s, kind, form)).with("Content-Type", c.r.Header.Get("Accept"))
		}
	}
	return c.schemaError(http.StatusNotFound, "XDM-1010-404", "Resource not found", "The schema does not exist")
}

// wholeSchema is a schema in the form asked for: flattened with all fields, or
// as references to what it is composed of.
func (c *call) wholeSchema(s schemaRef, kind, form string) object {
	o := object{
		"$id": s.id, "meta:altId": s.altID, "meta:resourceType": kind, "version": schemaVersion, "title": s.title, "type": "object",
		"meta:class": s.class, "meta:extends": []string{s.class, "https://ns.adobe.com/" + tenant + "/mixins/e5b932a7"}, "description": s.title,
		"imsOrg": c.s.credentials.OrgID, "meta:tenantNamespace": "_" + tenant, "meta:containerId": "tenant",
		"meta:sandboxId": c.box.id, "meta:sandboxType": c.box.kind, "meta:xdmType": "object",
	}
	if !strings.HasPrefix(form, "-full") {
		o["allOf"] = []object{{"$ref": s.class}, {"$ref": "https://ns.adobe.com/" + tenant + "/mixins/e5b932a7"}}
		return o
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	root := c.box.fieldTree(s)
	if form == "-full-notext" {
		root.strip()
	}
	o["properties"] = root.Properties
	return o
}
