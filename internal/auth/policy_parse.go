package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// PolicyBytes is the size past which a policy file is not read.
const PolicyBytes = 512 << 10

// PolicyError lists the mistakes of a policy file, each with its line and
// column, counted from 1.
type PolicyError struct{ Mistakes []string }

func (e *PolicyError) Error() string { return strings.Join(e.Mistakes, "\n") }

// ParsePolicy reads a policy file of version 1. Unknown and duplicate keys are
// refused, and whatever is left out has the defaults of the manual. The error
// is a [*PolicyError] with all mistakes; where the text is no YAML, with the
// first.
func ParsePolicy(data []byte) (*Policy, error) {
	if len(data) > PolicyBytes {
		return nil, &PolicyError{Mistakes: []string{fmt.Sprintf("the file has more than %d bytes", PolicyBytes)}}
	}
	root, err := parseYAML(data)
	if err != nil {
		return nil, &PolicyError{Mistakes: []string{err.Error()}}
	}
	sum := sha256.Sum256(data)
	p := &Policy{Caps: defaultCaps(), Verbs: defaultVerbs(), Clocks: defaultClocks(), sum: hex.EncodeToString(sum[:])}
	r := &reader{anchors: anchorsOf(root)}
	r.policy(root, p)
	if len(r.mistakes) > 0 {
		return nil, &PolicyError{Mistakes: r.mistakes}
	}
	return p, nil
}

func (r *reader) policy(root ast.Node, p *Policy) {
	var global capsRule
	seen := r.mapping(root, fields{
		"version":   r.version,
		"grants":    r.any(func(n ast.Node) { p.Grants = append(p.Grants, r.grant(n)) }),
		"sandboxes": r.any(func(n ast.Node) { p.sandboxes = append(p.sandboxes, r.sandbox(n)) }),
		"masks":     r.any(func(n ast.Node) { p.masks = append(p.masks, r.mask(n)) }),
		"detect":    r.any(func(n ast.Node) { p.detect = append(p.detect, r.pattern(n)) }),
		"caps":      func(n ast.Node) { global = r.caps(n) },
		"verbs":     func(n ast.Node) { r.verbs(n, &p.Verbs) },
		"clocks":    func(n ast.Node) { r.clocks(n, &p.Clocks) },
	})
	r.need(root, seen, "version")
	p.Caps = global.over(p.Caps)
}

func (r *reader) version(n ast.Node) {
	if v := r.number(n); v != nil && *v != 1 {
		r.wrong(n, "version must be 1")
	}
}

func (r *reader) grant(n ast.Node) Grant {
	var g Grant
	seen := r.mapping(n, fields{
		"group":     r.name(&g.Group),
		"sandboxes": r.names(&g.Sandboxes),
		"rights": r.each(func(n ast.Node) {
			right := Right(r.text(n))
			if right != "" && !knownRight(right) {
				r.wrong(n, "there is no right %q; rights are %s", right, list(Rights()))
			}
			g.Rights = append(g.Rights, right)
		}),
	})
	r.need(n, seen, "group", "sandboxes", "rights")
	return g
}

func (r *reader) sandbox(n ast.Node) sandboxRule {
	var s sandboxRule
	seen := r.mapping(n, fields{
		"name":           r.name(&s.name),
		"level":          func(n ast.Node) { s.level = r.level(n) },
		"hold":           r.wait(&s.hold),
		"hold_large":     r.wait(&s.holdLarge),
		"approval_life":  r.wait(&s.approvalLife),
		"submitted_life": r.wait(&s.submittedLife),
		"step_up":        r.wait(&s.stepUp),
		"large":          r.count(&s.large),
		"approvals":      r.count(&s.approvals),
		"reason":         r.count(&s.reason),
		"ticket":         func(n ast.Node) { s.ticket = r.regexp(n) },
		"growth":         func(n ast.Node) { s.growth = r.share(n) },
		"caps":           func(n ast.Node) { s.caps = r.caps(n) },
	})
	r.need(n, seen, "name")
	return s
}

func (r *reader) mask(n ast.Node) mask {
	var m mask
	seen := r.mapping(n, fields{
		"sandboxes": r.names(&m.sandboxes),
		"paths": r.each(func(n ast.Node) {
			path := r.text(n)
			if path != "" && slices.Contains(strings.Split(path, "."), "") {
				r.wrong(n, "%q is no path: names with dots between them", path)
			}
			m.paths = append(m.paths, path)
		}),
	})
	r.need(n, seen, "sandboxes", "paths")
	return m
}

func (r *reader) pattern(n ast.Node) Pattern {
	var p Pattern
	seen := r.mapping(n, fields{
		"namespace": r.name(&p.Namespace),
		"pattern":   func(n ast.Node) { p.Regexp = r.regexp(n) },
	})
	r.need(n, seen, "namespace", "pattern")
	return p
}

func (r *reader) caps(n ast.Node) capsRule {
	var c capsRule
	r.mapping(n, fields{
		"lookups_per_hour":   r.count(&c.lookups),
		"set_rows_per_day":   r.count(&c.rows),
		"deletes_per_day":    r.count(&c.deletes),
		"delete_ids_per_day": r.count(&c.ids),
	})
	return c
}

func (r *reader) verbs(n ast.Node, v *Verbs) {
	r.mapping(n, fields{
		"profile":    r.yesNo(&v.Profile),
		"records":    r.yesNo(&v.Records),
		"dataset":    r.yesNo(&v.Dataset),
		"batch":      r.yesNo(&v.Batch),
		"expiration": r.yesNo(&v.Expiration),
	})
}

func (r *reader) clocks(n ast.Node, c *Clocks) {
	r.mapping(n, fields{
		"reconcile":  r.waits(&c.Reconcile),
		"verify":     r.waits(&c.Verify),
		"lease":      r.positive(&c.Lease),
		"quarantine": r.positive(&c.Quarantine),
		"pool":       r.positive(&c.Pool),
		"handle":     r.positive(&c.Handle),
		"seal":       r.positive(&c.Seal),
	})
}

func (r *reader) level(n ast.Node) string {
	level := r.text(n)
	if level != "" && level != LevelOpen && level != LevelGuarded && level != LevelFrozen {
		r.wrong(n, "there is no level %q; levels are open, guarded, frozen", level)
	}
	return level
}

func (r *reader) regexp(n ast.Node) *regexp.Regexp {
	text := r.text(n)
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		r.wrong(n, "%v", err)
	}
	return re
}

// duration reads a wait as Go writes it; none is negative.
func (r *reader) duration(n ast.Node) (time.Duration, bool) {
	text := r.scalar(n)
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		r.wrong(n, "%q is no duration such as 90s, 15m or 24h", text)
	case d < 0:
		r.wrong(n, "a duration cannot be negative")
	default:
		return d, true
	}
	return 0, false
}

// number reads a whole number that is not negative.
func (r *reader) number(n ast.Node) *int {
	text := r.scalar(n)
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 32)
	if err != nil || v < 0 {
		r.wrong(n, "%q is no number from 0 to %d", text, math.MaxInt32)
		return nil
	}
	value := int(v)
	return &value
}

// share reads a number of 0 or more: 0.05 is five of a hundred.
func (r *reader) share(n ast.Node) *float64 {
	text := r.scalar(n)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		r.wrong(n, "%q is no share such as 0.05", text)
		return nil
	}
	return &v
}

func list(rights []Right) string {
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = string(r)
	}
	return strings.Join(names, " ")
}
