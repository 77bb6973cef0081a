package aep

import (
	"slices"
	"strings"
)

// schemaNode is one field of a schema as the registry writes it.
type schemaNode struct {
	Type        string                 `json:"type"`
	Title       string                 `json:"title,omitempty"`
	Description string                 `json:"description,omitempty"`
	Format      string                 `json:"format,omitempty"`
	XDMType     string                 `json:"meta:xdmType"`
	Enum        []string               `json:"enum,omitempty"`
	MetaEnum    map[string]string      `json:"meta:enum,omitempty"`
	Properties  map[string]*schemaNode `json:"properties,omitempty"`
	Additional  *schemaNode            `json:"additionalProperties,omitempty"` // of a map
	Items       *schemaNode            `json:"items,omitempty"`                // of an array
}

func (n *schemaNode) strip() {
	n.Title, n.Description = "", ""
	for _, p := range n.Properties {
		p.strip()
	}
	for _, p := range []*schemaNode{n.Additional, n.Items} {
		if p != nil {
			p.strip()
		}
	}
}

// fieldTree is the fields of a schema. Those of computed attributes differ
// from sandbox to sandbox. The caller holds mu.
func (b *sandbox) fieldTree(s schemaRef) *schemaNode {
	root := &schemaNode{Type: "object", XDMType: "object"}
	lines := profileFields
	switch s.class {
	case eventClass:
		lines = eventFields
	case profileClass:
		if s.fields == nil {
			lines = lines + b.computedFields()
		}
	default:
		lines = productFields
	}
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		part := strings.Split(line, "|")
		path := strings.Split(part[0], ".")
		if s.fields == nil || slices.Contains(s.fields, strings.TrimSuffix(path[0], "[]")) {
			root.add(path, part[1], part[2], part[3:])
		}
	}
	return root
}

func (b *sandbox) computedFields() string {
	base := "\n_" + tenant + ".SystemComputedAttributes"
	var out strings.Builder
	out.WriteString(base + "|Computed attributes|object")
	for _, a := range b.attributes {
		if a.status == "DRAFT" {
			continue
		}
		at := base + "." + a.name + "|" + a.title
		switch a.measure {
		case newestOf:
			out.WriteString(at + "|object" + base + "." + a.name + ".value|Value|string" + base + "." + a.name + ".timestamp|Time of the value|date-time")
		case countOf:
			out.WriteString(at + "|long")
		default:
			out.WriteString(at + "|number")
		}
	}
	return out.String()
}

// add places a field. A path segment of * is any key of a map, a segment that
// ends in [] an array whose items the rest describes.
func (n *schemaNode) add(path []string, title, kind string, enum []string) {
	at := n
	for i, name := range path {
		name, array := strings.CutSuffix(name, "[]")
		next := at.child(name)
		if array {
			next.set("array")
			if next.Items == nil {
				next.Items = &schemaNode{}
			}
			if i == len(path)-1 {
				next.Title = title
				next.Items.set(kind)
				return
			}
			next = next.Items
		}
		if i < len(path)-1 && next.XDMType == "" {
			next.set("object")
		}
		at = next
	}
	at.Title = title
	at.set(kind)
	for _, e := range enum {
		value, label, _ := strings.Cut(e, "=")
		at.Enum = append(at.Enum, value)
		if at.MetaEnum == nil {
			at.MetaEnum = map[string]string{}
		}
		at.MetaEnum[value] = label
	}
}

func (n *schemaNode) child(name string) *schemaNode {
	if name == "*" {
		n.XDMType = "map"
		if n.Additional == nil {
			n.Additional = &schemaNode{}
		}
		return n.Additional
	}
	if n.Properties == nil {
		n.Properties = map[string]*schemaNode{}
	}
	if n.Properties[name] == nil {
		n.Properties[name] = &schemaNode{}
	}
	return n.Properties[name]
}

// set gives a field its XDM type and the JSON type and format that follow.
func (n *schemaNode) set(kind string) {
	n.XDMType = kind
	switch kind {
	case "int", "long":
		n.Type = "integer"
	case "date", "date-time":
		n.Type, n.Format = "string", kind
	case "map":
		n.Type = "object"
	default:
		n.Type = kind
	}
}
