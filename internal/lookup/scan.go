package lookup

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"profiledesk/apiclient"
)

// facts are what one pass over a profile finds: what must be hidden, who is
// linked, and what the person is called.
type facts struct {
	hidden     hidden
	identities []apiclient.Identity // each once
	name       string               // empty where there is none, or it is masked
}

// scan reads a profile once. masks are those of the sandbox.
func scan(entity jsontext.Value, masks []*maskNode) (*facts, error) {
	s := &scanner{facts: facts{hidden: hidden{}}, dec: decoder(entity), seen: map[apiclient.Identity]bool{}}
	if s.dec.PeekKind() != '{' {
		return &s.facts, nil // nothing is stored
	}
	err := members(s.dec, func(name jsontext.Value) error {
		key := string(s.buf.plain(name))
		switch fold(key) {
		case "identitymap", "identities", "person":
			return s.special(fold(key), masks)
		}
		return s.masked([]byte(key), masks)
	})
	if err != nil {
		return nil, errForm
	}
	s.finish(masks)
	return &s.facts, nil
}

type scanner struct {
	facts
	dec    *jsontext.Decoder
	buf    buffers
	seen   map[apiclient.Identity]bool
	person [3]string // full, first and last name
}

// special reads a value twice: for what it says and for what is masked in it.
func (s *scanner) special(key string, masks []*maskNode) error {
	v, err := s.dec.ReadValue()
	if err != nil {
		return err
	}
	outer := s.dec
	defer func() { s.dec = outer }()
	s.dec = decoder(v)
	switch key {
	case "identitymap":
		err = s.identityMap()
	case "identities":
		err = s.identityList()
	default:
		err = s.names(masks)
	}
	if err != nil {
		return err
	}
	s.dec = decoder(v)
	return s.masked([]byte(key), masks)
}

// identityMap reads namespace → list of identities.
func (s *scanner) identityMap() error {
	return members(s.dec, func(name jsontext.Value) error {
		ns := string(s.buf.plain(name))
		return elements(s.dec, func() error {
			return members(s.dec, func(name jsontext.Value) error {
				if fold(string(s.buf.plain(name))) != "id" {
					return s.dec.SkipValue()
				}
				id, err := text(s.dec, &s.buf)
				s.add(ns, id)
				return err
			})
		})
	})
}

// identityList reads the older form: a list of identities with their namespaces.
func (s *scanner) identityList() error {
	return elements(s.dec, func() error {
		var id apiclient.Identity
		err := members(s.dec, func(name jsontext.Value) (err error) {
			switch fold(string(s.buf.plain(name))) {
			case "id":
				id.ID, err = text(s.dec, &s.buf)
			case "namespace":
				err = members(s.dec, func(name jsontext.Value) (err error) {
					if fold(string(s.buf.plain(name))) != "code" {
						return s.dec.SkipValue()
					}
					id.Namespace, err = text(s.dec, &s.buf)
					return err
				})
			default:
				err = s.dec.SkipValue()
			}
			return err
		})
		s.add(id.Namespace, id.ID)
		return err
	})
}

func (s *scanner) add(ns, id string) {
	if ns == "" || id == "" {
		return
	}
	key := apiclient.Identity{Namespace: strings.ToLower(ns), ID: sameID(id)}
	if !s.seen[key] {
		s.seen[key] = true
		s.identities = append(s.identities, apiclient.Identity{Namespace: ns, ID: id})
	}
}

// names reads what the person is called, as far as no mask hides it.
func (s *scanner) names(masks []*maskNode) error {
	at, gone := into(masks, []byte("person"))
	if gone {
		return nil
	}
	return members(s.dec, func(name jsontext.Value) error {
		key := s.buf.plain(name)
		below, gone := into(at, key)
		if gone || fold(string(key)) != "name" {
			return s.dec.SkipValue()
		}
		return members(s.dec, func(name jsontext.Value) (err error) {
			key := fold(string(s.buf.plain(name)))
			i := map[string]int{"fullname": 1, "firstname": 2, "lastname": 3}[key] - 1
			if _, gone := into(below, []byte(key)); gone || i < 0 {
				return s.dec.SkipValue()
			}
			s.person[i], err = text(s.dec, &s.buf)
			return err
		})
	})
}

// masked remembers the leaves that masks hide, in and below the value at hand,
// which stands under name.
func (s *scanner) masked(name []byte, at []*maskNode) error {
	at, gone := into(at, name)
	return s.below(at, gone)
}

func (s *scanner) below(at []*maskNode, gone bool) error {
	switch {
	case gone:
		return leaves(s.dec, func(raw jsontext.Value) { s.hidden.add(raw, &s.buf) })
	case len(at) == 0:
		return s.dec.SkipValue()
	case s.dec.PeekKind() == '{':
		return members(s.dec, func(name jsontext.Value) error {
			next, gone := into(at, s.buf.plain(name))
			return s.below(next, gone)
		})
	case s.dec.PeekKind() == '[':
		return elements(s.dec, func() error { return s.below(at, false) })
	}
	return s.dec.SkipValue()
}

// finish puts the name together, without parts that equal a masked value.
func (s *scanner) finish(masks []*maskNode) {
	for i, part := range s.person {
		if s.hidden.hasText(part, &s.buf) {
			s.person[i] = ""
		}
	}
	if s.name = strings.TrimSpace(s.person[0]); s.name == "" || partsHidden(masks) {
		s.name = strings.TrimSpace(s.person[1] + " " + s.person[2])
	}
	if s.hidden.hasText(s.name, &s.buf) {
		s.name = ""
	}
}

// partsHidden tells whether a mask hides the first or the last name: the full one
// would show it.
func partsHidden(masks []*maskNode) bool {
	at, _ := into(masks, []byte("person"))
	at, _ = into(at, []byte("name"))
	_, first := into(at, []byte("firstName"))
	_, last := into(at, []byte("lastName"))
	return first || last
}

// linkedIn are the identities in a profile.
func linkedIn(entity jsontext.Value) []apiclient.Identity {
	f, err := scan(entity, nil)
	if err != nil {
		return nil
	}
	return f.identities
}
