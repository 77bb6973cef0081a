package auth

import (
	"regexp"
	"time"
)

// sandboxRule is one line of sandboxes: nil is what the file leaves out.
type sandboxRule struct {
	name  string
	level string

	hold, holdLarge, approvalLife, submittedLife, stepUp *time.Duration

	large, approvals, reason *int

	ticket *regexp.Regexp
	growth *float64
	caps   capsRule
}

// capsRule are the caps that a line sets itself.
type capsRule struct{ lookups, rows, deletes, ids *int }

// defaultTicket is what a ticket looks like in a guarded sandbox.
var defaultTicket = regexp.MustCompile(`^[A-Z]+-[0-9]+$`)

// defaultsOf are the numbers of a level where the file leaves them out.
func defaultsOf(level string) SandboxRules {
	rules := SandboxRules{
		Level: level, Hold: 24 * time.Hour, HoldLarge: 72 * time.Hour, Large: 10, Approvals: 1,
		ApprovalLife: 24 * time.Hour, SubmittedLife: 168 * time.Hour, StepUp: 5 * time.Minute,
		Reason: 20, Ticket: defaultTicket, Growth: 0.05,
	}
	if level == LevelOpen {
		rules.Hold, rules.HoldLarge = 15*time.Minute, 15*time.Minute
		rules.Approvals, rules.StepUp, rules.Reason, rules.Ticket = 0, 0, 1, nil
	}
	return rules
}

func defaultCaps() Caps {
	return Caps{LookupsPerHour: 300, SetRowsPerDay: 20_000, DeletesPerDay: 50, DeleteIDsPerDay: 100_000}
}

func defaultVerbs() Verbs {
	return Verbs{Profile: true, Records: true, Dataset: true, Batch: true, Expiration: true}
}

func defaultClocks() Clocks {
	return Clocks{
		Reconcile: []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour},
		Verify:    []time.Duration{24 * time.Hour, 168 * time.Hour},
		Lease:     time.Minute, Quarantine: 15 * time.Minute, Pool: 10 * time.Minute,
		Handle: 720 * time.Hour, Seal: 720 * time.Hour,
	}
}

// over lays the rule over the defaults of its level.
func (r sandboxRule) over(kind string) SandboxRules {
	level := r.level
	switch {
	case level != "":
	case kind == "production" || kind == "":
		level = LevelGuarded
	default:
		level = LevelOpen
	}
	rules := defaultsOf(level)
	set(&rules.Hold, r.hold)
	rules.HoldLarge = max(rules.HoldLarge, rules.Hold) // a longer hold holds the large ones too
	set(&rules.HoldLarge, r.holdLarge)
	set(&rules.Large, r.large)
	set(&rules.Approvals, r.approvals)
	set(&rules.ApprovalLife, r.approvalLife)
	set(&rules.SubmittedLife, r.submittedLife)
	set(&rules.StepUp, r.stepUp)
	set(&rules.Reason, r.reason)
	set(&rules.Growth, r.growth)
	if r.ticket != nil {
		rules.Ticket = r.ticket
	}
	return rules
}

func (c capsRule) over(all Caps) Caps {
	set(&all.LookupsPerHour, c.lookups)
	set(&all.SetRowsPerDay, c.rows)
	set(&all.DeletesPerDay, c.deletes)
	set(&all.DeleteIDsPerDay, c.ids)
	return all
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
