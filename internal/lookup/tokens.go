package lookup

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errForm: a profile is not the object it should be.
var errForm = errors.New("profile not understood")

// reading is how profiles are read: as they come, names repeated and bytes that
// are no text included.
var reading = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// decoder reads v where it lies: nothing is copied.
func decoder(v jsontext.Value) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(v), reading...)
}

// members calls do for each member of the object at hand, with the name as JSON,
// good until the next read; do reads the value.
func members(dec *jsontext.Decoder, do func(name jsontext.Value) error) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := do(name); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// elements calls do for each element of the array at hand.
func elements(dec *jsontext.Decoder, do func() error) error {
	if dec.PeekKind() != '[' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for {
		switch dec.PeekKind() {
		case ']', 0:
			_, err := dec.ReadToken()
			return err
		}
		if err := do(); err != nil {
			return err
		}
	}
}

// leaves calls do for each value that is no object and no array, in and below the
// value at hand.
func leaves(dec *jsontext.Decoder, do func(raw jsontext.Value)) error {
	depth := dec.StackDepth()
	for {
		switch dec.PeekKind() {
		case '{', '[', '}', ']':
			if _, err := dec.ReadToken(); err != nil {
				return err
			}
		default:
			kind, n := dec.StackIndex(dec.StackDepth())
			name := kind == '{' && n%2 == 0
			raw, err := dec.ReadValue()
			if err != nil {
				return err
			}
			if !name {
				do(raw)
			}
		}
		if dec.StackDepth() <= depth {
			return nil
		}
	}
}

// text reads the scalar at hand as text; what is none is "".
func text(dec *jsontext.Decoder, buf *buffers) (string, error) {
	switch dec.PeekKind() {
	case '{', '[', 'n':
		return "", dec.SkipValue()
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return "", err
	}
	return string(buf.plain(raw)), nil
}
