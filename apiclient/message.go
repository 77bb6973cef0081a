package apiclient

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxMessage is how many characters of the API's words are kept.
const maxMessage = 500

// failure is what could be read of an error's body, whichever of the platform's
// thirteen shapes it has. Only text and numbers are kept, as text.
type failure struct {
	field  map[string]string // of the top level
	report map[string]string // of "report"
	nested string            // first message within "errors"
	item   string            // message of the first element, where the body is an array
}

// parseFailure reads as much of raw as makes sense. Bodies may be cut off.
func parseFailure(raw []byte) *failure {
	f := &failure{field: map[string]string{}, report: map[string]string{}}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), tolerant)
	switch dec.PeekKind() {
	case '{':
		f.object(dec)
	case '[':
		_, _ = dec.ReadToken() // what was peeked at
		if dec.PeekKind() == '{' {
			f.object(dec)
			f.item = f.field["message"]
			delete(f.field, "message")
		}
	}
	return f
}

// object reads the members of the object that dec stands before.
func (f *failure) object(dec *jsontext.Decoder) {
	_, _ = dec.ReadToken() // what was peeked at
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return
		}
		key := name.String()
		v, err := dec.ReadValue()
		if err != nil {
			return
		}
		switch {
		case key == "errors":
			f.nested = firstMessage(v)
		case key == "report" && v.Kind() == '{':
			eachMember(v, func(k string, v jsontext.Value) { keep(f.report, k, v) })
		case key == "error" && v.Kind() == '{': // one item of a partial failure
			eachMember(v, func(k string, v jsontext.Value) { keep(f.field, k, v) })
		default:
			keep(f.field, key, v)
		}
	}
}

func keep(m map[string]string, key string, v jsontext.Value) {
	if s, ok := scalar(v); ok {
		m[key] = s
	}
}

// scalar returns the text of a string or the digits of a number.
func scalar(v jsontext.Value) (string, bool) {
	switch v.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, v)
		if err != nil && len(b) == 0 {
			return "", false
		}
		return string(b), true
	case '0':
		return string(v), true
	}
	return "", false
}

// eachMember calls do for each member of an object.
func eachMember(v jsontext.Value, do func(key string, v jsontext.Value)) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), tolerant)
	_, _ = dec.ReadToken() // what was peeked at
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return
		}
		key := name.String()
		v, err := dec.ReadValue()
		if err != nil {
			return
		}
		do(key, v)
	}
}

// firstMessage is the first text named "message" at any depth of v.
func firstMessage(v jsontext.Value) string {
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), tolerant)
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return ""
		}
		if _, n := dec.StackIndex(dec.StackDepth()); t.Kind() == '"' && n%2 == 1 && t.String() == "message" && inObject(dec) {
			if t, err = dec.ReadToken(); err == nil && t.Kind() == '"' {
				return t.String()
			}
		}
	}
}

// inObject reports whether dec stands within an object, not an array.
func inObject(dec *jsontext.Decoder) bool {
	kind, _ := dec.StackIndex(dec.StackDepth())
	return kind == '{'
}

// message is what the API says, wherever it says it.
func (f *failure) message(raw []byte) string {
	for _, s := range []string{
		f.field["error_description"], f.field["detail"], f.field["description"], f.field["message"],
		f.nested, f.item, f.report["detailed-message"], f.report["message"],
		f.field["errorMessage"], f.field["title"], f.field["error"],
	} {
		if s = tidy(s); s != "" {
			return s
		}
	}
	if f.understood() {
		return ""
	}
	return tidy(string(raw))
}

// understood reports whether the body was JSON of a kind we know, though wordless.
func (f *failure) understood() bool { return len(f.field) > 0 || len(f.report) > 0 }

// tidy cuts s to maxMessage characters on one line.
func tidy(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
	if utf8.RuneCountInString(s) > maxMessage {
		s = string([]rune(s)[:maxMessage])
	}
	return s
}
