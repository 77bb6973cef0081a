package lookup

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// emit counts a row and yields it if it is among those wanted. raw is the JSON of
// a leaf that may be shown.
func (w *walker) emit(at place, row Row, raw jsontext.Value) error {
	if w.only != "" && w.only != string(w.path) || len(w.needle) > 0 && !w.matches(at, raw) {
		return nil
	}
	w.matched++
	if w.yield == nil || w.matched <= w.q.From {
		return nil
	}
	w.fill(at, &row, raw)
	w.given++
	switch enough := !w.yield(row, nil) || w.q.Limit > 0 && w.given == w.q.Limit; {
	case enough && w.on:
		w.yield = nil
	case enough:
		return errDone
	}
	return nil
}

// matches tells whether path, title or shown value hold the needle.
func (w *walker) matches(at place, raw jsontext.Value) bool {
	if bytes.Contains(w.buf.fold(w.path), w.needle) || len(raw) > 0 && bytes.Contains(w.buf.fold(w.buf.plain(raw)), w.needle) {
		return true
	}
	return at.field != nil && bytes.Contains(w.buf.fold([]byte(at.field.title)), w.needle)
}

// fill writes what the row shows.
func (w *walker) fill(at place, row *Row, raw jsontext.Value) {
	row.Path = string(w.path)
	row.Name = lastPart(row.Path, at.name)
	row.Depth, row.Index, row.Computed = at.depth, w.matched-1, at.computed
	if at.field != nil {
		row.Title, row.Type = at.field.title, at.field.typeName()
	}
	if raw == nil {
		return
	}
	text := w.buf.plain(raw)
	if len(text) > maxShown && !w.whole {
		row.Cut, row.Size = true, len(text)
		text = text[:maxShown]
		for r, size := utf8.DecodeLastRune(text); r == utf8.RuneError && size == 1; r, size = utf8.DecodeLastRune(text) {
			text = text[:len(text)-1] // no half a character
		}
	}
	row.Value = string(text)
	if at.field != nil && raw[0] == '"' {
		row.Meaning = at.field.enum[row.Value]
	}
}

// lastPart is the end of path from start on, without the dot or the quotation.
func lastPart(path string, start int) string {
	part := path[start:]
	switch {
	case part == "":
		return ""
	case part[0] == '.':
		return part[1:]
	case len(part) > 3 && part[1] == '"':
		if plain, err := strconv.Unquote(part[1 : len(part)-1]); err == nil {
			return plain
		}
		return part[1 : len(part)-1]
	}
	return part
}
