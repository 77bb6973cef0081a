package lookup

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// readSchema builds the index token by token: a union is megabytes, of which
// titles and types are a small part.
func readSchema(raw jsontext.Value) (*Schema, error) {
	r := schemaReader{dec: decoder(raw), texts: map[string]string{}}
	top, err := r.field(0)
	if err != nil {
		return nil, errForm
	}
	return &Schema{top}, nil
}

// schemaReader keeps each text once: the same titles and types stand there often.
type schemaReader struct {
	dec   *jsontext.Decoder
	buf   buffers
	texts map[string]string
}

// field reads one field and those below it.
func (r *schemaReader) field(depth int) (*field, error) {
	if depth > maxDepth {
		return nil, r.dec.SkipValue()
	}
	f := &field{}
	exact := false // meta:xdmType was there
	err := members(r.dec, func(name jsontext.Value) (err error) {
		switch string(r.buf.plain(name)) {
		case "title":
			f.title, err = r.text()
		case "type":
			var kind string
			if kind, err = r.text(); !exact {
				f.kind = kind
			}
			f.array = f.array || kind == "array"
		case "meta:xdmType":
			var kind string
			if kind, err = r.text(); kind != "" {
				f.kind, exact = kind, true
			}
			f.array = f.array || kind == "array"
		case "properties":
			err = r.properties(f, depth)
		case "items":
			f.items, err = r.child(depth)
		case "additionalProperties":
			f.wild, err = r.child(depth)
		case "meta:enum":
			err = r.meanings(f)
		case "allOf":
			err = elements(r.dec, func() error { return r.merge(f, depth) })
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	return f, err
}

// child reads a field that may also be true or false.
func (r *schemaReader) child(depth int) (*field, error) {
	if r.dec.PeekKind() != '{' {
		return nil, r.dec.SkipValue()
	}
	return r.field(depth + 1)
}

func (r *schemaReader) properties(f *field, depth int) error {
	if f.props == nil {
		f.props = map[string]*field{}
	}
	return members(r.dec, func(name jsontext.Value) error {
		key := strings.TrimPrefix(r.keep(name), "xdm:")
		below, err := r.child(depth)
		if below != nil {
			f.props[key] = below
		}
		return err
	})
}

// merge takes the properties of one part of allOf, as the registry's other forms
// of a schema have it.
func (r *schemaReader) merge(f *field, depth int) error {
	part, err := r.child(depth)
	if part == nil {
		return err
	}
	if f.props == nil {
		f.props = part.props
		return err
	}
	for name, below := range part.props {
		f.props[name] = below
	}
	return err
}

func (r *schemaReader) meanings(f *field) error {
	return members(r.dec, func(name jsontext.Value) error {
		key := r.keep(name)
		value, err := r.text()
		if value != "" && value != key {
			if f.enum == nil {
				f.enum = map[string]string{}
			}
			f.enum[key] = value
		}
		return err
	})
}

// text reads a text; what is none (type may be a list) is "".
func (r *schemaReader) text() (string, error) {
	if r.dec.PeekKind() != '"' {
		return "", r.dec.SkipValue()
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return "", err
	}
	return r.keep(raw), nil
}

func (r *schemaReader) keep(raw jsontext.Value) string {
	plain := r.buf.plain(raw)
	if kept, ok := r.texts[string(plain)]; ok {
		return kept
	}
	kept := string(plain)
	r.texts[kept] = kept
	return kept
}
