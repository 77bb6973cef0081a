package lookup

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// walker goes once through a profile, token by token.
type walker struct {
	dec    *jsontext.Decoder
	q      Query
	needle []byte // q.Q in small letters
	hidden hidden
	yield  func(Row, error) bool // nil: only count
	root   place
	only   string // path of the one row that is wanted; empty: all
	whole  bool   // do not cut values
	family bool   // pass over all but computed attributes
	on     bool   // count on after the last row that is wanted

	path    []byte // of the value at hand
	buf     buffers
	matched int // rows that the query matches so far
	given   int // rows that were yielded
}

// place is where in masks and schema the value at hand stands.
type place struct {
	depth    int
	masks    []*maskNode
	field    *field
	name     int    // where in the path its last part begins
	computed string // name of the computed attribute
	tenant   bool   // the tenant's field itself
	family   bool   // below the tenant's field for computed attributes
	locked   bool
}

// errDone ends a pass that has what it wants.
var errDone = errors.New("done")

// run goes through the profile.
func (w *walker) run() error {
	if w.dec.PeekKind() != '{' {
		return nil
	}
	err := w.object(w.root, 0)
	switch {
	case errors.Is(err, errDone):
		return nil
	case err != nil:
		return errForm // the decoder's text quotes names
	}
	return nil
}

// value reads the value at hand, whose path is written.
func (w *walker) value(at place) error {
	kind := w.dec.PeekKind()
	switch {
	case at.locked:
		if err := w.dec.SkipValue(); err != nil {
			return err
		}
		return w.emit(at, Row{Kind: KindMasked, Masked: true}, nil)
	case kind != '{' && kind != '[':
		return w.leaf(at, kind)
	case at.depth >= maxDepth:
		start := w.dec.InputOffset()
		if err := w.dec.SkipValue(); err != nil {
			return err
		}
		return w.emit(at, Row{Kind: kindOf(kind), Cut: true, Size: int(w.dec.InputOffset() - start)}, nil)
	}
	return w.nested(at, kind)
}

// nested gives an object or an array its row and goes into it.
func (w *walker) nested(at place, kind jsontext.Kind) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	row := Row{Kind: kindOf(kind)}
	next := w.dec.PeekKind()
	if empty := next == '}' || next == ']'; empty {
		row.Value = map[jsontext.Kind]string{'{': "{}", '[': "[]"}[kind]
	}
	if row.Value != "" || !w.q.Flat {
		if err := w.emit(at, row, nil); err != nil {
			return err
		}
	}
	if kind == '{' {
		return w.objectBody(at, at.depth+1)
	}
	return w.arrayBody(at)
}

func (w *walker) object(at place, depth int) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	return w.objectBody(at, depth)
}

// objectBody reads the members after the opening brace.
func (w *walker) objectBody(at place, depth int) error {
	end := len(w.path)
	for w.dec.PeekKind() == '"' {
		raw, err := w.dec.ReadValue()
		if err != nil {
			return err
		}
		below := w.member(at, raw)
		below.depth = depth
		if w.family && !below.tenant && !below.family && below.computed == "" {
			err = w.dec.SkipValue()
		} else {
			err = w.value(below)
		}
		if err != nil {
			return err
		}
		w.path = w.path[:end]
	}
	_, err := w.dec.ReadToken()
	return err
}

// member writes the name into the path and follows it in masks and schema.
func (w *walker) member(at place, raw jsontext.Value) place {
	end := len(w.path)
	below := place{name: end}
	if w.hidden.has(raw, &w.buf) { // the name is itself a masked value
		w.path = append(w.path, `["…"]`...)
		below.locked = true
		return below
	}
	name := w.buf.plain(raw)
	below.masks, below.locked = into(at.masks, name)
	below.field = at.field.member(name)
	below.tenant = end == 0 && bytes.HasPrefix(name, []byte("_"))
	below.family = at.tenant && family(name)
	if below.computed = at.computed; at.family {
		below.computed = string(name)
	}
	w.path = appendName(w.path, name)
	return below
}

// family tells whether name is that of the field below which the platform keeps
// computed attributes. Its sources spell it in several ways.
func family(name []byte) bool {
	return bytes.Contains(bytes.ToLower(name), []byte("computedattribute"))
}

// arrayBody reads the elements after the opening bracket.
func (w *walker) arrayBody(at place) error {
	end := len(w.path)
	below := at
	below.depth, below.name, below.family, below.tenant = at.depth+1, end, false, false
	below.field = at.field.element()
	for i := 0; ; i++ {
		switch w.dec.PeekKind() {
		case ']', 0:
			_, err := w.dec.ReadToken()
			return err
		}
		w.path = appendIndex(w.path, i)
		if err := w.value(below); err != nil {
			return err
		}
		w.path = w.path[:end]
	}
}

// leaf reads a scalar.
func (w *walker) leaf(at place, kind jsontext.Kind) error {
	raw, err := w.dec.ReadValue()
	if err != nil {
		return err
	}
	if w.hidden.has(raw, &w.buf) {
		return w.emit(at, Row{Kind: KindMasked, Masked: true}, nil)
	}
	return w.emit(at, Row{Kind: kindOf(kind)}, raw)
}
