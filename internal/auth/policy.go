package auth

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// The levels of a sandbox.
const (
	LevelOpen    = "open"    // a submitted delete is its own approval
	LevelGuarded = "guarded" // a second person approves
	LevelFrozen  = "frozen"  // nothing is changed there
)

// Policy says who may do what where. It is made by [ParsePolicy] and does not
// change afterwards; it is safe for concurrent use.
type Policy struct {
	Grants []Grant
	Caps   Caps // per person, where a sandbox does not set its own
	Verbs  Verbs
	Clocks Clocks

	sandboxes []sandboxRule
	masks     []mask
	detect    []Pattern
	sum       string
}

// Grant gives the people of one group rights in the sandboxes that match.
type Grant struct {
	Group     string   // compared exactly
	Sandboxes []string // patterns
	Rights    []Right
}

// Caps limit what one person may do, so that a stolen session has a bound.
type Caps struct {
	LookupsPerHour  int
	SetRowsPerDay   int
	DeletesPerDay   int
	DeleteIDsPerDay int
}

// Verbs are the kinds of delete that are switched on.
type Verbs struct{ Profile, Records, Dataset, Batch, Expiration bool }

// Clocks are the site's waits.
type Clocks struct {
	Reconcile  []time.Duration // after a delete without a clear answer, one look each
	Verify     []time.Duration // looks at a deleted person after the delete was done
	Lease      time.Duration   // how long a sender owns an attempt
	Quarantine time.Duration   // before a delete of unknown outcome may be asked for again
	Pool       time.Duration   // record deletes due within it travel together
	Handle     time.Duration   // a handle ends so long after its last use
	Seal       time.Duration   // sealed ids are destroyed so long after the last look
}

// Pattern recognises identities of a namespace in the one box.
type Pattern struct {
	Namespace string
	Regexp    *regexp.Regexp
}

// SandboxRules is what holds in one sandbox.
type SandboxRules struct {
	Level         string
	Hold          time.Duration // between approval and sending
	HoldLarge     time.Duration // the same for a dataset, or more than Large people
	Large         int
	Approvals     int            // people besides the one who asks; 0: submission approves
	ApprovalLife  time.Duration  // after the end of the hold
	SubmittedLife time.Duration  // of a request that nobody answers
	StepUp        time.Duration  // the last sign-in may be so old; 0: any
	Reason        int            // shortest reason, in characters
	Ticket        *regexp.Regexp // nil: none is asked for
	Growth        float64        // share by which a preview may grow
	Caps          Caps
	Masks         []string // paths; each masks all below it
}

// OnePerson tells whether the sandbox is guarded and yet nobody else approves.
func (r SandboxRules) OnePerson() bool { return r.Level == LevelGuarded && r.Approvals == 0 }

type mask struct{ sandboxes, paths []string }

// SHA256 is the hash of the file that the policy was read from, in hex.
func (p *Policy) SHA256() string { return p.sum }

// Detect are the configured patterns of the one box, in the order of the file.
func (p *Policy) Detect() []Pattern { return slices.Clone(p.detect) }

// Allows tells whether somebody in groups has right in sandbox. A name of a
// sandbox is never a pattern, but "*" asks for what belongs to no sandbox.
func (p *Policy) Allows(groups []string, right Right, sandbox string) bool {
	return p.Explain(groups, right, sandbox).Allowed
}

// AllowsAll tells whether somebody in groups has right on every sandbox, those
// of tomorrow too: the grant must say "*".
func (p *Policy) AllowsAll(groups []string, right Right) bool {
	return p.Allows(groups, right, "*")
}

// AllowsAny tells whether somebody in groups has right in one of sandboxes, or
// on all.
func (p *Policy) AllowsAny(groups []string, right Right, sandboxes []string) bool {
	return p.AllowsAll(groups, right) || len(p.Where(groups, right, sandboxes)) > 0
}

// Where are those of sandboxes in which somebody in groups has right.
func (p *Policy) Where(groups []string, right Right, sandboxes []string) []string {
	var where []string
	for _, sandbox := range sandboxes {
		if p.Allows(groups, right, sandbox) {
			where = append(where, sandbox)
		}
	}
	return where
}

// Enters tells whether somebody in groups has any right in sandbox.
func (p *Policy) Enters(groups []string, sandbox string) bool {
	for _, right := range Rights() {
		if p.Allows(groups, right, sandbox) {
			return true
		}
	}
	return false
}

// Granted tells whether any grant of the file is for one of groups, whatever
// the sandbox: who has none is told whom to ask.
func (p *Policy) Granted(groups []string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return slices.Contains(groups, g.Group) })
}

// Decision is an answer of the policy with its reason.
type Decision struct {
	Allowed bool
	Group   string   // of the asker's groups, the one that grants; "" if none does
	Groups  []string // all groups that would, sorted
}

// Explain says whether somebody in groups has right in sandbox, and through
// which group, or which groups would grant it.
func (p *Policy) Explain(groups []string, right Right, sandbox string) Decision {
	var d Decision
	for _, g := range p.Grants {
		if !slices.Contains(g.Rights, right) || !matchAny(g.Sandboxes, sandbox) {
			continue
		}
		if !d.Allowed && slices.Contains(groups, g.Group) {
			d.Allowed, d.Group = true, g.Group
		}
		d.Groups = append(d.Groups, g.Group)
	}
	slices.Sort(d.Groups)
	d.Groups = slices.Compact(d.Groups)
	return d
}

// Sandbox is what holds in the sandbox name of Adobe's type kind ("production",
// "development"). The first rule that matches counts. Where it has no level, or
// none matches, the type decides: guarded for production and for a type that is
// not known (""), else open.
func (p *Policy) Sandbox(name, kind string) SandboxRules {
	var rule sandboxRule
	for _, r := range p.sandboxes {
		if match(r.name, name) {
			rule = r
			break
		}
	}
	rules := rule.over(kind)
	rules.Caps = rule.caps.over(p.Caps)
	for _, m := range p.masks {
		if matchAny(m.sandboxes, name) {
			rules.Masks = append(rules.Masks, m.paths...)
		}
	}
	slices.Sort(rules.Masks)
	rules.Masks = slices.Compact(rules.Masks)
	return rules
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, name) })
}

// match tells whether name has the form of pattern, in which * stands for any
// run of characters and everything else for itself.
func match(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	if !ok {
		return false
	}
	for {
		var part string
		part, rest, star = strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(name, part)
		}
		i := strings.Index(name, part) // the first place leaves the most for the rest
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
}
