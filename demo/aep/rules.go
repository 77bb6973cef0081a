package aep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Rule is one piece of trouble that the control port ordered.
type Rule struct {
	Method  string            `json:"method,omitempty"` // exact; empty: any
	Path    string            `json:"path,omitempty"`   // * inside a segment, ** over several; empty: any
	Nth     *int              `json:"nth,omitempty"`    // first matching call that is hit, from 1
	Times   *int              `json:"times,omitempty"`  // how many are hit; absent: 1, 0: all from there
	Do      string            `json:"do"`
	Accept  *bool             `json:"accept,omitempty"` // whether the call is carried out all the same
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`  // a string is sent as text, anything else as JSON
	Delay   string            `json:"delay,omitempty"` // waited first
	Bytes   int               `json:"bytes,omitempty"` // sent before the answer is cut
}

// doings are the kinds of trouble.
var doings = []string{"status", "reset", "hang", "truncate", "drip", "html", "wrong-type", "big", "redirect", "delay"}

// parseRule reads a rule strictly: what it does not know it refuses by name.
func parseRule(body []byte) (*activeRule, error) {
	var r Rule
	if err := decodeStrict(body, &r); err != nil {
		return nil, err
	}
	wait, err := r.check()
	if err != nil {
		return nil, err
	}
	active := &activeRule{Rule: r, wait: wait}
	if r.Path != "" {
		active.path = globPath(r.Path)
	}
	return active, nil
}

func (r Rule) check() (time.Duration, error) {
	switch {
	case r.Do == "":
		return 0, errors.New("do: missing")
	case !slices.Contains(doings, r.Do):
		return 0, fmt.Errorf("do: %q is none of %s", r.Do, strings.Join(doings, " "))
	case r.Nth != nil && *r.Nth < 1:
		return 0, fmt.Errorf("nth: %d is below 1", *r.Nth)
	case r.Times != nil && *r.Times < 0:
		return 0, fmt.Errorf("times: %d is negative", *r.Times)
	case r.Status != 0 && (r.Status < 200 || r.Status > 599):
		return 0, fmt.Errorf("status: %d is not between 200 and 599", r.Status)
	case r.Bytes < 0:
		return 0, fmt.Errorf("bytes: %d is negative", r.Bytes)
	case r.Path != "" && !strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "*"):
		return 0, fmt.Errorf("path: %q does not start with a slash or a star", r.Path)
	case len(r.Path) > 1000 || !utf8.ValidString(r.Path):
		return 0, errors.New("path: too long or not UTF-8")
	case strings.ToUpper(r.Method) != r.Method:
		return 0, fmt.Errorf("method: %q is not in upper case", r.Method)
	}
	for name, value := range r.Headers {
		if !headerToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return 0, fmt.Errorf("headers: %q cannot be sent", name)
		}
	}
	if r.Delay == "" {
		if r.Do == "delay" {
			return 0, errors.New("delay: missing")
		}
		return 0, nil
	}
	d, err := time.ParseDuration(r.Delay)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("delay: %q is not a duration", r.Delay)
	}
	return d, nil
}

func headerToken(name string) bool {
	if name == "" {
		return false
	}
	for _, b := range []byte(name) {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		if !letter && b != '-' && b != '_' && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

// activeRule is a rule with what became of it.
type activeRule struct {
	Rule
	ID   string         `json:"id"`
	Seen int            `json:"seen"` // calls that matched
	Hits int            `json:"hits"` // calls that were hit
	wait time.Duration  // Delay
	path *regexp.Regexp // Path; nil: any
}

// carriesOut reports whether the call that the rule hits takes effect.
func (r *activeRule) carriesOut() bool {
	if r.Accept != nil {
		return *r.Accept
	}
	return r.Do != "status" && r.Do != "redirect"
}

// delivers reports whether what the call answered reaches the caller, at least
// its beginning.
func (r *activeRule) delivers() bool {
	_, replaced := r.text()
	return !replaced && (r.Do == "delay" || r.Do == "truncate" || r.Do == "drip")
}

type ruleBook struct {
	mu    sync.RWMutex
	last  int
	rules []*activeRule
}

func (b *ruleBook) add(r *activeRule) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	r.ID = "r" + strconv.Itoa(b.last)
	b.rules = append(b.rules, r)
	return r.ID
}

func (b *ruleBook) list() []activeRule {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]activeRule, 0, len(b.rules))
	for _, r := range b.rules {
		out = append(out, *r)
	}
	return out
}

// remove drops one rule, or all for an empty id, and says whether it was there.
func (b *ruleBook) remove(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.rules)
	b.rules = slices.DeleteFunc(b.rules, func(r *activeRule) bool { return id == "" || r.ID == id })
	return id == "" || len(b.rules) < before
}

// match counts the call with every rule it fits and returns a copy of the
// oldest one that hits it, or nil.
func (b *ruleBook) match(method, path string) *activeRule {
	b.mu.RLock()
	none := len(b.rules) == 0
	b.mu.RUnlock()
	if none {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var hit *activeRule
	for _, r := range b.rules {
		if r.Method != "" && r.Method != method || r.path != nil && !r.path.MatchString(path) {
			continue
		}
		r.Seen++
		times := 1
		if r.Times != nil {
			times = *r.Times
		}
		first := 1
		if r.Nth != nil {
			first = *r.Nth
		}
		if hit == nil && r.Seen >= first && (times == 0 || r.Seen < first+times) {
			r.Hits++
			copied := *r
			hit = &copied
		}
	}
	return hit
}

// globPath compiles a path pattern: ** takes any run of characters, and a
// whole "/**" also none; * takes a run without a slash.
func globPath(pattern string) *regexp.Regexp {
	var out strings.Builder
	out.WriteString("^")
	for pattern != "" {
		switch {
		case strings.HasPrefix(pattern, "/**"):
			out.WriteString("(?:/.*)?")
			pattern = strings.TrimLeft(pattern[1:], "*")
		case strings.HasPrefix(pattern, "**"):
			out.WriteString(".*")
			pattern = strings.TrimLeft(pattern, "*")
		case pattern[0] == '*':
			out.WriteString("[^/]*")
			pattern = pattern[1:]
		default:
			end := strings.IndexAny(pattern[1:], "*/") + 1
			if end == 0 {
				end = len(pattern)
			}
			out.WriteString(regexp.QuoteMeta(pattern[:end]))
			pattern = pattern[end:]
		}
	}
	return regexp.MustCompile("(?s)" + out.String() + "$")
}

// decodeStrict reads one JSON value and refuses unknown keys and what follows.
func decodeStrict(data []byte, v any) error {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] != '{' {
		return errors.New("the body is not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the body is empty")
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}
