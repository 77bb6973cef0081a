package lookup

import (
	"bytes"
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A mask is a path; it hides the value there and all below it, in every element of
// the arrays on the way. Masks err on the side of hiding: names are compared
// without regard to case and without "xdm:" in front, a name with dots in it
// counts as several, and * stands for any one name.
//
// A value that a mask hides stays hidden where it stands again: a masked phone
// number is no secret if identityMap shows it as an identity. So every leaf, and every
// name of a member, that equals a masked text or number is hidden too, if it is at
// least minHidden characters long; shorter ones ("BR", 1) are everywhere and say
// nothing. Values are compared without regard to case and to blanks around them,
// and telephone numbers and the like, of eight digits or more, by their digits. A
// longer text that holds a masked value somewhere in it is not hidden: it needs a
// mask of its own.

const (
	minHidden = 5
	minDigits = 8
)

// maskNode is a place in the tree of masked paths.
type maskNode struct {
	below map[string]*maskNode // by folded name; "*" is any
	end   bool                 // a mask ends here: all below is hidden
}

// masksOf makes the tree of paths. nil means that nothing is masked.
func masksOf(paths []string) []*maskNode {
	root := &maskNode{}
	for _, path := range paths {
		at := root
		for _, name := range names(path) {
			for part := range strings.SplitSeq(fold(name), ".") {
				next := at.below[part]
				if next == nil {
					next = &maskNode{}
					if at.below == nil {
						at.below = map[string]*maskNode{}
					}
					at.below[part] = next
				}
				at = next
			}
		}
		if at != root {
			at.end = true
		}
	}
	if root.below == nil {
		return nil
	}
	return []*maskNode{root}
}

// into follows a member's name from the places at. hidden tells whether a mask
// ends there.
func into(at []*maskNode, name []byte) (next []*maskNode, hidden bool) {
	if len(at) == 0 {
		return nil, false
	}
	folded := fold(string(name))
	next, hidden = step(at, folded)
	if hidden || !strings.Contains(folded, ".") {
		return next, hidden
	}
	// The name may also be several names of a path: a.b in one.
	parts := at
	for part := range strings.SplitSeq(folded, ".") {
		if parts, hidden = step(parts, part); hidden {
			return nil, true
		}
	}
	return append(next, parts...), false
}

func step(at []*maskNode, name string) (next []*maskNode, hidden bool) {
	for _, n := range at {
		for _, key := range [...]string{name, "*"} {
			if below := n.below[key]; below != nil {
				if below.end {
					return nil, true
				}
				next = append(next, below)
			}
		}
	}
	return next, false
}

func fold(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), "xdm:")
}

var hashSeed = maphash.MakeSeed()

// hidden are the hashes of masked leaves. The values themselves are not kept. Two
// values of one hash would hide one too many, which does no harm.
type hidden map[uint64]struct{}

// add hides a leaf, given as JSON.
func (h hidden) add(raw jsontext.Value, buf *buffers) {
	if raw.Kind() != '"' && raw.Kind() != '0' {
		return
	}
	whole, digits := buf.normal(raw)
	if utf8.RuneCount(whole) >= minHidden {
		h[maphash.Bytes(hashSeed, whole)] = struct{}{}
	}
	if len(digits) >= minDigits {
		h[maphash.Bytes(hashSeed, digits)] = struct{}{}
	}
}

// has tells whether a leaf, given as JSON, equals a masked one.
func (h hidden) has(raw jsontext.Value, buf *buffers) bool {
	if len(h) == 0 || len(raw) < minHidden {
		return false
	}
	whole, digits := buf.normal(raw)
	if _, ok := h[maphash.Bytes(hashSeed, whole)]; ok && utf8.RuneCount(whole) >= minHidden {
		return true
	}
	_, ok := h[maphash.Bytes(hashSeed, digits)]
	return ok && len(digits) >= minDigits
}

// hasText is has for a text of ours.
func (h hidden) hasText(s string, buf *buffers) bool {
	quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return err == nil && h.has(quoted, buf)
}

// buffers are used again from leaf to leaf.
type buffers struct{ text, folded, digits []byte }

// plain is the text of a leaf: of a string what it stands for, else the JSON. It
// is good until the next call.
func (b *buffers) plain(raw jsontext.Value) []byte {
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	b.text, _ = jsontext.AppendUnquote(b.text[:0], raw) // on bad input it replaces what is no text
	return b.text
}

// normal is the form in which leaves are compared, and its digits where it is a
// number with blanks and signs, else nil.
func (b *buffers) normal(raw jsontext.Value) (whole, digits []byte) {
	whole = b.fold(bytes.TrimSpace(b.plain(raw)))
	b.digits = b.digits[:0]
	for _, c := range whole {
		switch {
		case '0' <= c && c <= '9':
			b.digits = append(b.digits, c)
		case bytes.IndexByte([]byte("+-.()/ "), c) >= 0:
		default:
			return whole, nil
		}
	}
	return whole, b.digits
}

// fold writes text in small letters.
func (b *buffers) fold(text []byte) []byte {
	b.folded = b.folded[:0]
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b.folded = append(b.folded, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		b.folded = utf8.AppendRune(b.folded, unicode.ToLower(r))
		i += size
	}
	return b.folded
}
