package apiclient

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tolerant is how answers are read: a repeated name does no harm here, and looking
// for one costs memory.
var tolerant = jsontext.AllowDuplicateNames(true)

// lenient reads the platform's habits into plain Go values: numbers and truths
// inside strings, five forms of time, names whose capitals vary, one text where a
// list belongs.
var lenient = json.JoinOptions(
	tolerant,
	jsontext.AllowInvalidUTF8(true),
	json.MatchCaseInsensitiveNames(true),
	json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(readText),
		json.UnmarshalFromFunc(readInt),
		json.UnmarshalFromFunc(readFloat),
		json.UnmarshalFromFunc(readBool),
		json.UnmarshalFromFunc(readTime),
		json.UnmarshalFromFunc(readList),
	)),
)

// decode reads a's body into out. Its error does not quote the body.
func decode(req *request, a *answer, out any) error {
	if err := json.Unmarshal(a.body, out, lenient); err != nil {
		return req.bad(a)
	}
	return nil
}

var errForm = errors.New("unexpected form")

// readText takes text, a number or a truth as text; anything else as "".
func readText(dec *jsontext.Decoder, out *string) error {
	s, err := text(dec)
	*out = s
	return err
}

// text reads the next value as text, "" if it is null, an object or an array.
func text(dec *jsontext.Decoder) (string, error) {
	switch dec.PeekKind() {
	case '"', '0', 't', 'f':
		t, err := dec.ReadToken()
		if err != nil {
			return "", err
		}
		return t.String(), nil
	}
	return "", dec.SkipValue()
}

// readInt takes 38210, "38210" and "\"38210\""; null, "" and "null" are 0.
func readInt(dec *jsontext.Decoder, out *int64) error {
	var f float64
	s, err := number(dec)
	if err != nil || s == "" {
		*out = 0
		return err
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		*out = n
		return nil
	}
	if f, err = strconv.ParseFloat(s, 64); err != nil || math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return errForm
	}
	*out = int64(f)
	return nil
}

// readFloat takes what readInt takes, with a fraction.
func readFloat(dec *jsontext.Decoder, out *float64) error {
	s, err := number(dec)
	if err != nil || s == "" {
		*out = 0
		return err
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return errForm
	}
	*out = f
	return nil
}

// number reads the digits of a number in any of its wrappings, "" for none.
func number(dec *jsontext.Decoder) (string, error) {
	switch dec.PeekKind() {
	case 'n':
		return "", dec.SkipValue()
	case '"', '0':
	default:
		return "", errForm
	}
	s, err := text(dec)
	s = strings.Trim(s, `" `)
	if s == "null" {
		s = ""
	}
	return s, err
}

// readBool takes true, "true" and 1 as true; null, "" and the rest as false.
func readBool(dec *jsontext.Decoder, out *bool) error {
	s, err := text(dec)
	s = strings.Trim(s, `" `)
	*out = strings.EqualFold(s, "true") || s == "1"
	return err
}

// readTime takes every form of parseTime; what is none of them is the zero time.
func readTime(dec *jsontext.Decoder, out *time.Time) error {
	s, err := text(dec)
	*out = parseTime(s)
	return err
}

// readList takes a list of texts, or one text as a list of one.
func readList(dec *jsontext.Decoder, out *[]string) error {
	*out = nil
	if dec.PeekKind() != '[' {
		s, err := text(dec)
		if s != "" {
			*out = []string{s}
		}
		return err
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		s, err := text(dec)
		if err != nil {
			return err
		}
		*out = append(*out, s)
	}
	_, err := dec.ReadToken()
	return err
}

// Layouts of the platform besides RFC 3339. Without a zone they mean UTC.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999-0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02",
	"01-02-2006 15:04:05",
}

// parseTime reads any of the platform's forms of time: epoch seconds, milli- or
// microseconds, told apart by their size, as digits, or one of layouts. What it
// cannot read is the zero time, and so are "", "null" and 0.
func parseTime(s string) time.Time {
	s = strings.Trim(s, `" `)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return epoch(n)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// epoch reads a number as seconds (below 10^11), milliseconds (below 10^14) or
// microseconds since 1970.
func epoch(n float64) time.Time {
	switch {
	case !(n > 0) || n >= 1e17:
		return time.Time{}
	case n < 1e11:
		return time.UnixMilli(int64(n * 1e3)).UTC()
	case n < 1e14:
		return time.UnixMilli(int64(n)).UTC()
	}
	return time.UnixMicro(int64(n)).UTC()
}
