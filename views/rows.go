package views

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/a-h/templ"
)

// rowsOf are the rows of a page: two hundred of them, so they are small on
// purpose, and written by hand. In a template each text costs three allocations,
// and the rows would be half the work of the whole page. Copy and fold buttons
// need script anyway, so app.js makes them.
func rowsOf(p Page, rows []Attribute, tree bool) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		r := rowsPool.Get().(*rowWriter)
		defer r.release()
		r.p, r.tree = p, tree
		for _, a := range rows {
			if err := r.row(ctx, a); err != nil {
				return err
			}
		}
		_, err := w.Write(r.buf)
		return err
	})
}

// keepRows is the largest buffer that is used again: some more than a page.
const keepRows = 256 << 10

var rowsPool = sync.Pool{New: func() any { return &rowWriter{kinds: map[string][]byte{}} }}

// rowWriter writes rows for one page. What many rows say is made once.
type rowWriter struct {
	buf    []byte
	p      Page
	tree   bool
	kinds  map[string][]byte // words for a kind, escaped
	masked []byte            // what stands where a value is hidden
}

func (r *rowWriter) release() {
	clear(r.kinds) // they are in the reader's language
	r.buf, r.masked, r.p = r.buf[:0], nil, Page{}
	if cap(r.buf) <= keepRows {
		rowsPool.Put(r)
	}
}

func (r *rowWriter) row(ctx context.Context, a Attribute) error {
	if a.Group {
		r.raw(`<tr class="group" data-depth="`).depth(a).raw(`"><th scope="row" title="`).text(a.Path)
		r.raw(`">`).text(a.shown(r.tree)).raw(`</th><td>`).text(a.Value)
		r.end(a)
		return nil
	}
	r.raw(`<tr data-testid="attribute" data-path="`).text(a.Path)
	r.raw(`" data-masked="`).raw(strconv.FormatBool(a.Masked)).raw(`" data-depth="`).depth(a)
	r.raw(`"><th scope="row">`).text(a.shown(r.tree)).raw(`</th><td><span data-testid="attribute-value"`)
	if a.Masked {
		if err := r.hide(ctx); err != nil {
			return err
		}
	} else {
		r.raw(` class="`).text(a.Kind).raw(`">`).text(a.Value).raw(`</span>`)
		if a.Cut > 0 {
			r.raw(` <span class="muted">`).text(r.p.N("attribute.cut", int64(a.Cut))).raw(`</span>`)
		}
	}
	r.end(a)
	return nil
}

// hide ends the value's span with what says that it is masked.
func (r *rowWriter) hide(ctx context.Context) error {
	if r.masked == nil {
		var b bytes.Buffer
		if err := masked(r.p).Render(ctx, &b); err != nil {
			return err
		}
		r.masked = b.Bytes()
	}
	r.buf = append(append(append(r.buf, '>'), r.masked...), `</span>`...)
	return nil
}

// end writes the cells that all rows end with.
func (r *rowWriter) end(a Attribute) {
	kind, ok := r.kinds[a.Kind]
	if !ok {
		kind = appendText(nil, r.p.Or("kind."+a.Kind, a.Kind))
		r.kinds[a.Kind] = kind
	}
	r.raw(`</td><td>`)
	r.buf = append(r.buf, kind...)
	r.raw(`</td><td>`).text(a.Title).raw(`</td></tr>`)
}

// raw writes markup of ours, never data.
func (r *rowWriter) raw(markup string) *rowWriter {
	r.buf = append(r.buf, markup...)
	return r
}

func (r *rowWriter) text(s string) *rowWriter {
	r.buf = appendText(r.buf, s)
	return r
}

// depth writes the level of indentation; what lies deeper than the style knows
// stands at the last one.
func (r *rowWriter) depth(a Attribute) *rowWriter {
	r.buf = append(r.buf, byte('0'+min(max(a.Depth, 0), 9)))
	return r
}

// appendText writes s so that it is text in a page and in a quoted value of an
// attribute, as the templates do.
func appendText(b []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		var entity string
		switch s[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			entity = "&#34;"
		case '\'':
			entity = "&#39;"
		default:
			continue
		}
		b = append(append(b, s[from:i]...), entity...)
		from = i + 1
	}
	return append(b, s[from:]...)
}
