package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// leafWriter appends JSON whose bytes depend on the values alone. A library's
// encoder could change its escapes with a release, and with them the hashes.
type leafWriter struct{ b []byte }

func (w *leafWriter) raw(s string) *leafWriter {
	w.b = append(w.b, s...)
	return w
}

func (w *leafWriter) int(n int64) { w.b = strconv.AppendInt(w.b, n, 10) }

// field writes ,"key":"value" unless the value is empty.
func (w *leafWriter) field(key, value string) {
	if value == "" {
		return
	}
	w.raw(`,"`).raw(key).raw(`":`).string(value)
}

func (w *leafWriter) list(key string, values []string) {
	if len(values) == 0 {
		return
	}
	w.raw(`,"`).raw(key).raw(`":`).value(values)
}

func (w *leafWriter) actor(a Actor) {
	if a == (Actor{}) {
		return
	}
	w.raw(`,"actor":{`)
	start := len(w.b)
	w.field("iss", a.Issuer)
	w.field("sub", a.Subject)
	w.field("name", a.Name)
	w.closeObject(start)
}

func (w *leafWriter) adobe(a *Adobe) {
	if a == nil || *a == (Adobe{}) {
		return
	}
	w.raw(`,"adobe":{`)
	start := len(w.b)
	if a.Status != 0 {
		w.raw(`,"status":`).int(int64(a.Status))
	}
	w.field("request_id", a.RequestID)
	w.field("id", a.ID)
	w.closeObject(start)
}

// closeObject ends the object whose fields begin at start, without the comma
// in front of the first one.
func (w *leafWriter) closeObject(start int) {
	if len(w.b) > start {
		w.b = append(w.b[:start], w.b[start+1:]...)
	}
	w.raw("}")
}

// value writes what Check allows.
func (w *leafWriter) value(v any) {
	switch v := v.(type) {
	case nil:
		w.raw("null")
	case bool:
		w.raw(strconv.FormatBool(v))
	case string:
		w.string(v)
	case int:
		w.int(int64(v))
	case int64:
		w.int(v)
	case float64:
		w.b = strconv.AppendFloat(w.b, v, 'g', -1, 64)
	case json.Number:
		w.raw(v.String())
	case []string:
		w.raw("[")
		for i, s := range v {
			w.comma(i).string(s)
		}
		w.raw("]")
	case []any:
		w.raw("[")
		for i, item := range v {
			w.comma(i).value(item)
		}
		w.raw("]")
	case map[string]any:
		w.raw("{")
		for i, key := range sortedKeys(v) {
			w.comma(i).string(key)
			w.raw(":").value(v[key])
		}
		w.raw("}")
	}
}

func (w *leafWriter) comma(i int) *leafWriter {
	if i > 0 {
		w.raw(",")
	}
	return w
}

// string writes s quoted. Controls, line separators and format characters
// (those that turn the direction of text, or show as nothing) are escaped;
// bytes that are no UTF-8 become U+FFFD.
func (w *leafWriter) string(s string) {
	w.raw(`"`)
	from := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if plain(r, size) {
			i += size
			continue
		}
		w.raw(s[from:i])
		w.escape(r)
		i += size
		from = i
	}
	w.raw(s[from:]).raw(`"`)
}

func plain(r rune, size int) bool {
	switch {
	case r == '"' || r == '\\' || r < 0x20 || r == 0x7f:
		return false
	case r < utf8.RuneSelf:
		return true
	case r == utf8.RuneError && size == 1:
		return false
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func (w *leafWriter) escape(r rune) {
	switch {
	case r == '"' || r == '\\':
		w.b = append(w.b, '\\', byte(r))
	case r == utf8.RuneError:
		w.raw("\uFFFD")
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		w.b = fmt.Appendf(w.b, `\u%04x\u%04x`, high, low)
	default:
		w.b = fmt.Appendf(w.b, `\u%04x`, r)
	}
}
