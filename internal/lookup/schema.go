package lookup

import (
	"context"
	"strings"

	"profiledesk/apiclient"
)

// Schema is what the union schema says of the fields of a profile.
type Schema struct{ top *field }

// field is one field of a schema, or several that stand in one place.
type field struct {
	title string
	kind  string // meta:xdmType before type: "string", "int", "date-time", "object", "map", "array"…
	array bool   // items says what is in it
	props map[string]*field
	items *field // elements of an array
	wild  *field // members of a map, whatever their names
	enum  map[string]string
}

// Field is what a schema says of one path.
type Field struct {
	Title string
	Type  string // with [] behind for an array of it
	Array bool
	Enum  map[string]string // value → what it stands for
}

// Field looks a path up, as rows have it. Places in arrays do not matter, and in
// a map neither does the name.
func (s *Schema) Field(path string) (Field, bool) {
	at := s.root()
	for _, name := range names(path) {
		if at != nil && at.array {
			at = at.items
		}
		if at = at.member([]byte(name)); at == nil {
			return Field{}, false
		}
	}
	if at == nil {
		return Field{}, false
	}
	if strings.HasSuffix(path, "]") && at.array && !strings.HasSuffix(path, `"]`) {
		at = at.items
	}
	return Field{at.title, at.typeName(), at.array, at.enum}, true
}

// root is nil where no schema is at hand, as all fields are then.
func (s *Schema) root() *field {
	if s == nil {
		return nil
	}
	return s.top
}

func (f *field) member(name []byte) *field {
	if f == nil {
		return nil
	}
	if found := f.props[string(name)]; found != nil {
		return found
	}
	if found := f.props[strings.TrimPrefix(string(name), "xdm:")]; found != nil {
		return found
	}
	return f.wild
}

func (f *field) element() *field {
	if f == nil {
		return nil
	}
	return f.items
}

// typeName is the type as it is shown.
func (f *field) typeName() string {
	if f.array && f.items != nil && f.items.kind != "" {
		return f.items.typeName() + "[]"
	}
	return f.kind
}

// loadSchema fetches the union schema of profiles. A sandbox without one, because
// no schema is enabled for Profile, has an empty one.
func (s *Service) loadSchema(ctx context.Context, sandbox string) (*Schema, error) {
	raw, err := s.client.Schemas.Union(ctx, sandbox, apiclient.ProfileUnion)
	if err != nil {
		return nil, err
	}
	return readSchema(raw)
}
