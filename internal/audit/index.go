package audit

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Index is what a store writes beside a leaf so that it is found again. All of
// it follows from the leaf, and is held against the leaf: a changed column would
// hide a row from a search as well as a missing one.
type Index struct {
	At      string // as FormatTime writes it
	Kind    string
	Sandbox string
	Actor   string // the subject claim
	Name    string // of the actor, lower case

	// Mentions are the words by which an event is found besides: s: and a
	// subject's fingerprint; r: and an op, a request id, or the request and
	// attempt of a delete. Sorted, each once.
	Mentions []string
}

// Index is derived from the event alone.
func (e *Event) Index() Index {
	x := Index{
		At: FormatTime(e.At), Kind: clean(e.Kind), Sandbox: clean(e.Sandbox),
		Actor: clean(e.Actor.Subject), Name: FoldName(e.Actor.Name),
	}
	for _, s := range e.Subjects {
		x.Mentions = append(x.Mentions, MentionSubject(s))
	}
	for _, ref := range []string{e.Op, e.RequestID, detailText(e.Detail, "request"), detailText(e.Detail, "attempt")} {
		if ref != "" {
			x.Mentions = append(x.Mentions, MentionRef(ref))
		}
	}
	slices.Sort(x.Mentions)
	x.Mentions = slices.Compact(x.Mentions)
	return x
}

// MentionSubject is the mention of a customer's fingerprint.
func MentionSubject(fingerprint string) string { return "s:" + clean(fingerprint) }

// MentionRef is the mention of an op, a request id or a delete's request.
func MentionRef(id string) string { return "r:" + clean(id) }

// FoldName is an actor's name as the index has it.
func FoldName(name string) string { return strings.ToLower(clean(name)) }

// equal says whether two indexes are the same, mentions apart, and which part is
// not.
func (x Index) equal(y Index) (part string, ok bool) {
	switch {
	case x.At != y.At:
		return "time", false
	case x.Kind != y.Kind:
		return "kind", false
	case x.Sandbox != y.Sandbox:
		return "sandbox", false
	case x.Actor != y.Actor || x.Name != y.Name:
		return "actor", false
	}
	return "", true
}

func detailText(detail map[string]any, key string) string {
	s, _ := detail[key].(string)
	return s
}

// clean is s as every database and a leaf can hold it, so that the index of an
// event and that of its parsed leaf are the same: what is no UTF-8, and the
// character zero, become U+FFFD, byte by byte.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(string([]rune(s)), "\x00", "\uFFFD")
}
