package aep

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// filter is one condition of a property parameter.
type filter struct {
	field, op, value string
	pattern          *regexp.Regexp // of ~
}

// parseFilter splits text at the first operator of ops; where several start at
// one place the one named first counts, so longer ones are named first.
func parseFilter(text string, ops ...string) (filter, error) {
	at, found := len(text), ""
	for _, op := range ops {
		if i := strings.Index(text, op); i > 0 && i < at {
			at, found = i, op
		}
	}
	if found == "" {
		return filter{}, fmt.Errorf("property filter %q has no operator of %s", text, strings.Join(ops, " "))
	}
	f := filter{field: text[:at], op: found, value: strings.Trim(text[at+len(found):], `"`)}
	if found == "~" {
		p, err := regexp.Compile(f.value)
		if err != nil {
			return filter{}, fmt.Errorf("property filter %q is not a regular expression", text)
		}
		f.pattern = p
	}
	return f, nil
}

// holds compares a JSON scalar with the filter. What is missing fits nothing.
func (f filter) holds(leaf []byte) bool {
	if leaf == nil {
		return false
	}
	return f.holdsText(scalarText(leaf))
}

func scalarText(leaf []byte) string {
	var s string
	if leaf[0] == '"' && json.Unmarshal(leaf, &s) == nil {
		return s
	}
	return string(leaf)
}

func (f filter) holdsText(text string) bool {
	if f.pattern != nil {
		return f.pattern.MatchString(text)
	}
	d := strings.Compare(text, dashed(f.value, text))
	x, err := strconv.ParseFloat(text, 64)
	y, err2 := strconv.ParseFloat(f.value, 64)
	if err == nil && err2 == nil {
		d = cmp.Compare(x, y)
	}
	switch f.op {
	case "=", "==":
		return d == 0
	case "!=":
		return d != 0
	case "<":
		return d < 0
	case "<=":
		return d <= 0
	case ">":
		return d > 0
	case ">=":
		return d >= 0
	}
	return false
}

// dashed writes a literal date of the form yyyymmdd as yyyy-mm-dd where it is
// compared with a date.
func dashed(value, text string) string {
	if len(value) == 8 && len(text) >= 10 && text[4] == '-' && strings.Trim(value, "0123456789") == "" {
		return value[:4] + "-" + value[4:6] + "-" + value[6:]
	}
	return value
}
