package aep

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	profileSchema = "_xdm.context.profile"
	eventSchema   = "_xdm.context.experienceevent"
	// maxBulk is the emulator's own limit: Adobe publishes none.
	maxBulk = 1000
)

// b2bSchemas are looked up like profiles; this organisation stores none.
var b2bSchemas = map[string]bool{"_xdm.context.account": true, "_xdm.context.opportunity": true}

// wanted is what a look-up asks for, from a query or from a body.
type wanted struct {
	schema, related string
	fields          []string
	policy          *policy
	computed        bool
	limit           int
	descending      bool
	from, to        int64 // ms; from counts, to does not; to 0: no end
	filters         []filter
}

// getEntities is GET /access/entities: one profile, or a page of events.
func (c *call) getEntities() answer {
	q := c.query
	w := wanted{schema: q.Get("schema.name"), related: q.Get("relatedSchema.name"), fields: splitList(q.Get("fields")), computed: q.Get("withCA") != "false"}
	if refused := c.admitSchema(&w); refused != nil {
		return *refused
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	if refused := c.choosePolicy(&w, q.Get("mergePolicyId")); refused != nil {
		return *refused
	}
	if w.schema == eventSchema {
		return c.getEvents(w)
	}
	key, err := readTarget(q.Get("entityId"), firstOf(q.Get("entityIdNS"), q.Get("entityIdNs")))
	if err != nil {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000002", err.Error())
	}
	n := c.box.find(key)
	if n == nil || b2bSchemas[w.schema] {
		return entityNotFound()
	}
	members := c.box.members(n, w.policy)
	if len(members) > maxIdentities {
		return reply(http.StatusUnprocessableEntity, tooMany(len(members)))
	}
	p := c.box.merge(members, w.policy)
	if len(p.parts) == 0 {
		return entityNotFound()
	}
	c.box.complete(p, w.computed)
	buf := append(make([]byte, 0, 4096), '{')
	buf = c.box.appendProfile(buf, p, w)
	return raw(http.StatusOK, append(buf, '}'))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// admitSchema checks the names of the schemas and what is licensed of them.
func (c *call) admitSchema(w *wanted) *answer {
	var a answer
	switch {
	case w.schema == "":
		a = entityError(http.StatusBadRequest, "UPS-ACC-1000001", "schema.name is required")
	case w.schema == eventSchema && w.related == "":
		a = entityError(http.StatusBadRequest, "UPS-ACC-1000001", "relatedSchema.name is required")
	case w.schema != profileSchema && w.schema != eventSchema && !b2bSchemas[w.schema]:
		a = entityError(http.StatusBadRequest, "UPS-ACC-1000003", "schema.name is not supported")
	case w.schema == eventSchema && w.related != profileSchema:
		a = entityError(http.StatusBadRequest, "UPS-ACC-1000003", "relatedSchema.name is not supported")
	case w.schema == eventSchema && !c.sw.Events, w.schema != eventSchema && !c.sw.Lookup:
		a = c.refusal(http.StatusForbidden, "The organization is not licensed for this look-up")
	default:
		return nil
	}
	return &a
}

// choosePolicy finds the merge policy asked for, or the schema's default.
func (c *call) choosePolicy(w *wanted, id string) *answer {
	for _, p := range c.box.policies {
		if id == "" && p.isDefault || id != "" && p.id == id {
			w.policy = p
			return nil
		}
	}
	var a answer
	if id == "" {
		a = entityError(http.StatusUnprocessableEntity, "UPS-MRG-1000005", "No default merge policy is configured for the schema")
	} else {
		a = entityError(http.StatusBadRequest, "UPS-MRG-1000004", "The merge policy does not exist")
	}
	return &a
}

// readTarget reads an identity: an XID alone, or a value and a namespace code.
func readTarget(id, code string) (identityKey, error) {
	switch {
	case id == "":
		return identityKey{}, fmt.Errorf("entityId is required")
	case code == "":
		if key, ok := readXID(id); ok {
			return key, nil
		}
		return identityKey{}, fmt.Errorf("entityIdNS is required where entityId is not an XID")
	}
	ns, ok := namespaceOf(code)
	if !ok {
		return identityKey{}, fmt.Errorf("the identity namespace is unknown")
	}
	return identityKey{ns: ns, id: id}, nil
}

func tooMany(n int) object {
	return entityErrorBody(http.StatusUnprocessableEntity, "UPS-MRG-1000001",
		fmt.Sprintf("Too many related identities: the identity graph has %d, at most %d are supported", n, maxIdentities))
}

// bulkRequest is the body of POST /access/entities.
type bulkRequest struct {
	Schema        nameRef      `json:"schema"`
	RelatedSchema nameRef      `json:"relatedSchema"`
	Fields        []string     `json:"fields"`
	Identities    []bulkTarget `json:"identities"`
	MergePolicyID string       `json:"mergePolicyId"`
	TimeFilter    bulkTimes    `json:"timeFilter"`
	Limit         *float64     `json:"limit"`
	Orderby       string       `json:"orderby"`
	WithCA        *bool        `json:"withCA"`
}

type nameRef struct {
	Name string `json:"name"`
}

type codeRef struct {
	Code string `json:"code"`
}

type bulkTimes struct {
	StartTime *float64 `json:"startTime"`
	EndTime   *float64 `json:"endTime"`
}

type bulkTarget struct {
	EntityID          string  `json:"entityId"`
	EntityIDNS        codeRef `json:"entityIdNS"`
	RelatedEntityID   string  `json:"relatedEntityId"`
	RelatedEntityIDNS codeRef `json:"relatedEntityIdNS"`
	Start             string  `json:"start"`
}

// postEntities is POST /access/entities: several profiles, or the events of
// several profiles. Two identities of one person give one entry.
func (c *call) postEntities() answer {
	var in bulkRequest
	if err := json.Unmarshal(c.body, &in); err != nil {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000004", "The request body is not valid JSON of the expected form")
	}
	w := wanted{schema: in.Schema.Name, related: in.RelatedSchema.Name, fields: in.Fields, computed: in.WithCA == nil || *in.WithCA}
	if refused := c.admitSchema(&w); refused != nil {
		return *refused
	}
	if n := len(in.Identities); n == 0 || n > maxBulk {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000005", fmt.Sprintf("identities must hold 1 to %d items", maxBulk))
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	if refused := c.choosePolicy(&w, in.MergePolicyID); refused != nil {
		return *refused
	}
	if w.schema == eventSchema {
		return c.postEvents(w, in)
	}
	return c.bulkProfiles(w, in.Identities)
}

func (c *call) bulkProfiles(w wanted, targets []bulkTarget) answer {
	buf := append(make([]byte, 0, 4096), '{')
	done := map[string]bool{}
	var failed []object
	for _, t := range targets {
		key, err := readTarget(t.EntityID, t.EntityIDNS.Code)
		if err != nil && (t.EntityIDNS.Code != "" || t.EntityID == "") {
			return entityError(http.StatusBadRequest, "UPS-ACC-1000002", err.Error())
		}
		p, bad := c.bulkOne(w, key, t.EntityID, err == nil)
		if bad != nil {
			failed = append(failed, object{"xid": p.key, "error": bad})
			continue
		}
		if done[p.key] {
			continue
		}
		if len(done) > 0 {
			buf = append(buf, ',')
		}
		done[p.key] = true
		buf = c.box.appendProfile(buf, p, w)
	}
	if len(failed) > 0 {
		return reply(http.StatusMultiStatus, failed)
	}
	return raw(http.StatusOK, append(buf, '}'))
}

// bulkOne merges one person of a bulk look-up. Who is not known comes back
// without parts, which is answered as the empty entity of 1970.
func (c *call) bulkOne(w wanted, key identityKey, text string, valid bool) (*profile, object) {
	if !valid { // an XID that is none: named as it was asked for
		return &profile{key: text, entity: &tree{}}, nil
	}
	n := c.box.find(key)
	if n == nil || b2bSchemas[w.schema] {
		return &profile{key: makeXID(key), entity: &tree{}}, nil
	}
	members := c.box.members(n, w.policy)
	if len(members) > maxIdentities {
		return &profile{key: makeXID(key)}, tooMany(len(members))
	}
	p := c.box.merge(members, w.policy)
	c.box.complete(p, w.computed)
	return p, nil
}

// appendProfile writes one member of the answer: the XID and what it names.
func (b *sandbox) appendProfile(buf []byte, p *profile, w wanted) []byte {
	buf = strconv.AppendQuote(buf, p.key)
	buf = append(buf, `:{"entityId":`...)
	buf = strconv.AppendQuote(buf, p.key)
	buf = append(buf, `,"mergePolicy":{"id":`...)
	buf = strconv.AppendQuote(buf, w.policy.id)
	buf = append(buf, `},"sources":[`...)
	if len(p.parts) == 0 {
		source := `""`
		if b2bSchemas[w.schema] {
			source = `"er_m_attr"`
		}
		return append(append(buf, source...), `],"entity":{},"lastModifiedAt":"1970-01-01T00:00:00Z"}`...)
	}
	var sources, tags []string
	for _, f := range p.parts {
		sources = appendNew(sources, b.datasets[f.dataset].id)
		tags = appendNew(tags, b.batches[f.batch].id)
	}
	graph := make([]string, 0, len(p.members))
	for _, n := range p.members {
		graph = append(graph, n.xid())
	}
	buf = appendQuoted(buf, sources)
	buf = appendQuoted(append(buf, `],"tags":[`...), tags)
	buf = appendQuoted(append(buf, `],"identityGraph":[`...), graph)
	buf = append(buf, `],"entity":`...)
	buf = p.entity.project(w.fields).appendTo(buf)
	buf = append(buf, `,"lastModifiedAt":"`...)
	buf = time.UnixMilli(p.modified).UTC().AppendFormat(buf, time.RFC3339)
	return append(buf, '"', '}')
}

func appendNew(list []string, s string) []string {
	if contains(list, s) {
		return list
	}
	return append(list, s)
}

// appendQuoted writes ids, which need no escaping.
func appendQuoted(buf []byte, list []string) []byte {
	for i, s := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = strconv.AppendQuote(buf, s)
	}
	return buf
}
