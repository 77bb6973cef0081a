package lookup

import (
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxDepth = 64      // what is nested deeper is shown as one row
	maxShown = 4 << 10 // bytes of a value; a longer one is cut
)

// Kinds of rows.
const (
	KindObject  = "object"
	KindArray   = "array"
	KindString  = "string"
	KindNumber  = "number"
	KindBoolean = "boolean"
	KindNull    = "null"
	KindMasked  = "masked" // hidden: not even what kind of value it is can be told
)

// Row is one value of a profile, or one object or array that holds others.
type Row struct {
	Path  string // see path.go; names one value
	Name  string // last part of the path: a member's name, or [0]
	Depth int    // 0 for the members of the profile
	Kind  string // one of the Kind constants
	Value string // of a leaf, ready to be shown; empty where Masked
	Index int    // place among all rows that the query matches, from 0

	Title   string // from the union schema, empty where it does not say
	Type    string // likewise: "string", "date-time", "string[]"…
	Meaning string // what the schema says that Value stands for

	Masked   bool   // the value is hidden, and so is all below it
	Cut      bool   // Value is the beginning of a longer one, or what is below is not shown
	Size     int    // bytes of the whole value where Cut
	Computed string // name of the computed attribute that the value belongs to
}

// Leaf tells whether the row has a value of its own, or nothing below it.
func (r Row) Leaf() bool {
	return r.Kind != KindObject && r.Kind != KindArray || r.Cut || r.Value != ""
}

// Query says which rows of a profile are wanted.
type Query struct {
	Q     string // text that a path, a title or a shown value holds, in any case; empty: all
	From  int    // rows to pass over
	Limit int    // rows at most; 0: all
	Flat  bool   // leaves only; so it is where Q is given
}

// Page is a stretch of rows.
type Page struct {
	Rows []Row
	Next int // From of the next page; 0 on the last one
}

// Rows streams the rows of the profile in its own order, masks laid over them. No
// more of the profile is read than is asked for. An error ends the sequence:
// what the platform sent is not what it should be.
//
// Masked values are neither shown nor searched, and nothing below them has a row.
func (c *Customer) Rows(q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if c.Outcome != Found {
			return
		}
		w := newWalker(c, q, yield)
		if err := w.run(); err != nil {
			yield(Row{}, err)
		}
	}
}

// Page is [Customer.Rows] as a slice, and where the next one begins.
func (c *Customer) Page(q Query) (Page, error) {
	var p Page
	more := q
	if more.Limit > 0 {
		more.Limit++
	}
	for row, err := range c.Rows(more) {
		if err != nil {
			return p, err
		}
		if q.Limit > 0 && len(p.Rows) == q.Limit {
			p.Next = q.From + q.Limit
			break
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// Count is how many rows a query matches, its From and Limit left aside. It reads
// the whole profile.
func (c *Customer) Count(q Query) (int, error) {
	if c.Outcome != Found {
		return 0, nil
	}
	q.From, q.Limit = 0, 0
	w := newWalker(c, q, nil)
	err := w.run()
	return w.matched, err
}

// Value is the row of one path, whole and without a cut, or false. A masked one
// has no value here either.
func (c *Customer) Value(path string) (Row, bool, error) {
	if c.Outcome != Found {
		return Row{}, false, nil
	}
	var out Row
	ok := false
	w := newWalker(c, Query{}, func(r Row, err error) bool {
		out, ok = r, err == nil
		return false
	})
	w.only, w.whole = path, true
	err := w.run()
	return out, ok, err
}

// newWalker prepares one pass over the profile. yield nil counts only.
func newWalker(c *Customer, q Query, yield func(Row, error) bool) *walker {
	w := &walker{dec: decoder(c.entity), hidden: c.facts.hidden, q: q, yield: yield}
	if q.Q != "" {
		w.needle = append(w.needle, w.buf.fold([]byte(q.Q))...)
		w.q.Flat = true
	}
	w.root = place{masks: c.masks, field: c.schema.root()}
	return w
}

func kindOf(k jsontext.Kind) string {
	switch k {
	case '{':
		return KindObject
	case '[':
		return KindArray
	case '"':
		return KindString
	case '0':
		return KindNumber
	case 't', 'f':
		return KindBoolean
	}
	return KindNull
}
