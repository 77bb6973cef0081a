package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const manual = `version: 1
grants:
- {group: aep-analysts, sandboxes: [dev, "prod*"], rights: [profile.read, attribute.edit, export.run]}
- {group: aep-auditors, sandboxes: ["*"], rights: [audit.read]}
sandboxes:
- {name: prod, level: guarded, hold: 24h, hold_large: 72h, large: 10, approvals: 1, approval_life: 24h, submitted_life: 168h, step_up: 5m, reason: 20, ticket: '^[A-Z]+-[0-9]+$', growth: 0.05}
- {name: "*", level: open, hold: 15m}
masks: [{sandboxes: ["*"], paths: [person.birthDate, _northwind.taxId]}]
detect: [{namespace: LoyaltyId, pattern: '^9[0-9]{5}$'}]
caps: {lookups_per_hour: 300, set_rows_per_day: 20000, deletes_per_day: 50, delete_ids_per_day: 100000}
verbs: {profile: true, records: true, dataset: true, batch: true, expiration: true}
clocks: {reconcile: [5s, 15s, 1m, 5m, 15m, 60m], verify: [24h, 168h], lease: 60s, quarantine: 15m, pool: 10m, handle: 720h, seal: 720h}
`

func policy(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		t.Fatalf("ParsePolicy: %v", err)
	}
	return p
}

func TestAllows(t *testing.T) {
	p := policy(t, manual)
	for _, tt := range []struct {
		groups  string
		right   Right
		sandbox string
		want    bool
	}{
		{"aep-analysts", ProfileRead, "dev", true},
		{"aep-analysts", ProfileRead, "prod", true},
		{"aep-analysts", ProfileRead, "prod-eu", true},
		{"aep-analysts", ProfileRead, "devel", false},
		{"aep-analysts", ProfileRead, "my-prod", false},
		{"aep-analysts", ProfileRead, "Dev", false},
		{"aep-analysts", ProfileRead, "", false},
		{"aep-analysts", ProfileReveal, "dev", false},
		{"aep-analysts", AuditRead, "dev", false},
		{"AEP-analysts", ProfileRead, "dev", false},
		{"aep-analysts ", ProfileRead, "dev", false},
		{"", ProfileRead, "dev", false},
		{"x,aep-analysts", ProfileRead, "dev", true},
		{"aep-auditors", AuditRead, "anything", true},
		{"aep-auditors", AuditRead, "*", true},
		{"aep-analysts", ProfileRead, "*", false},
		{"aep-auditors", Admin, "*", false},
		{"aep-auditors", "", "dev", false},
		{"aep-auditors", InSession, "dev", false},
	} {
		groups := strings.Split(tt.groups, ",")
		if got := p.Allows(groups, tt.right, tt.sandbox); got != tt.want {
			t.Errorf("Allows(%q, %s, %q) = %t, want %t", groups, tt.right, tt.sandbox, got, tt.want)
		}
	}
}

func TestAllowsAllAndAny(t *testing.T) {
	p := policy(t, "version: 1\ngrants:\n- {group: a, sandboxes: ['dev*'], rights: [audit.read]}\n- {group: b, sandboxes: ['*'], rights: [audit.read]}\n")
	known := []string{"dev", "devel", "prod"}
	if p.AllowsAll([]string{"a"}, AuditRead) || !p.AllowsAll([]string{"b"}, AuditRead) {
		t.Error("AllowsAll wants a grant on * and nothing else")
	}
	if !p.AllowsAny([]string{"a"}, AuditRead, known) || p.AllowsAny([]string{"a"}, AuditRead, []string{"prod"}) {
		t.Error("AllowsAny(a) wants one of the sandboxes that match")
	}
	if !p.AllowsAny([]string{"b"}, AuditRead, nil) || p.AllowsAny([]string{"b"}, Admin, known) {
		t.Error("AllowsAny(b) holds without a sandbox, for audit.read alone")
	}
	if got := p.Where([]string{"a"}, AuditRead, known); !slices.Equal(got, []string{"dev", "devel"}) {
		t.Errorf("Where = %v, want dev and devel", got)
	}
	if !p.Enters([]string{"a"}, "dev") || p.Enters([]string{"a"}, "prod") || p.Enters(nil, "dev") {
		t.Error("Enters wants any right there")
	}
	if !p.Granted([]string{"x", "b"}) || p.Granted([]string{"x"}) {
		t.Error("Granted wants a grant for one of the groups")
	}
}

func TestExplain(t *testing.T) {
	p := policy(t, "version: 1\ngrants:\n- {group: z, sandboxes: [dev], rights: [admin]}\n- {group: a, sandboxes: ['*'], rights: [admin]}\n- {group: z, sandboxes: ['d*'], rights: [admin]}\n")
	want := Decision{Allowed: true, Group: "z", Groups: []string{"a", "z"}}
	if diff := cmp.Diff(want, p.Explain([]string{"a", "z"}, Admin, "dev")); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
	want = Decision{Groups: []string{"a"}}
	if diff := cmp.Diff(want, p.Explain([]string{"z"}, Admin, "prod")); diff != "" {
		t.Errorf("Explain (-want +got):\n%s", diff)
	}
}

// No match means no access, and no right implies another: whatever the grants
// are, what Allows says yes to stands in one of them literally.
func TestNothingIsAllowedThatIsNotGranted(t *testing.T) {
	names := []string{"dev", "dev-2", "prod", "stage", "*", "d", ""}
	patterns := []string{"dev", "d*", "*", "*od", "p*d", "stage", "*-*"}
	groups := []string{"a", "b", "c"}
	rapid.Check(t, func(t *rapid.T) {
		p := &Policy{}
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			p.Grants = append(p.Grants, Grant{
				Group:     rapid.SampledFrom(groups).Draw(t, "group"),
				Sandboxes: []string{rapid.SampledFrom(patterns).Draw(t, "pattern")},
				Rights:    []Right{rapid.SampledFrom(Rights()).Draw(t, "right")},
			})
		}
		mine := rapid.SliceOfN(rapid.SampledFrom(groups), 0, 2).Draw(t, "mine")
		for _, right := range Rights() {
			for _, name := range names {
				want := false
				for _, g := range p.Grants {
					want = want || slices.Contains(mine, g.Group) && g.Rights[0] == right && slowMatch(g.Sandboxes[0], name)
				}
				if got := p.Allows(mine, right, name); got != want {
					t.Fatalf("Allows(%v, %s, %q) = %t, want %t of %v", mine, right, name, got, want, p.Grants)
				}
			}
		}
	})
}

// slowMatch is match by the book.
func slowMatch(pattern, name string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '*':
		return slowMatch(pattern[1:], name) || name != "" && slowMatch(pattern, name[1:])
	}
	return name != "" && name[0] == pattern[0] && slowMatch(pattern[1:], name[1:])
}

func TestMatchIsRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,8}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab*]{0,10}`).Draw(t, "name")
		if got, want := match(pattern, name), slowMatch(pattern, name); got != want {
			t.Fatalf("match(%q, %q) = %t, want %t", pattern, name, got, want)
		}
	})
}

func TestSandboxDefaultsAreTheManuals(t *testing.T) {
	written := policy(t, manual)
	bare := policy(t, "version: 1\nmasks: [{sandboxes: ['*'], paths: [person.birthDate, _northwind.taxId]}]\n")
	for _, tt := range []struct{ name, kind string }{{"prod", "production"}, {"dev", "development"}} {
		got, want := bare.Sandbox(tt.name, tt.kind), written.Sandbox(tt.name, tt.kind)
		if diff := cmp.Diff(plainRules(want), plainRules(got)); diff != "" {
			t.Errorf("%s (-written out +left out):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff(written.Caps, bare.Caps); diff != "" {
		t.Errorf("caps (-written out +left out):\n%s", diff)
	}
	if diff := cmp.Diff(written.Verbs, bare.Verbs); diff != "" {
		t.Errorf("verbs (-written out +left out):\n%s", diff)
	}
	if diff := cmp.Diff(written.Clocks, bare.Clocks); diff != "" {
		t.Errorf("clocks (-written out +left out):\n%s", diff)
	}
	if got := written.Detect(); len(got) != 1 || got[0].Namespace != "LoyaltyId" || !got[0].Regexp.MatchString("912345") {
		t.Errorf("Detect = %v", got)
	}
}

// plainRules prints the regular expression so that rules can be compared.
func plainRules(r SandboxRules) string { return fmt.Sprintf("%+v", r) }

func TestSandboxLevels(t *testing.T) {
	p := policy(t, `version: 1
sandboxes:
- {name: one, approvals: 0}
- {name: "stage*", level: frozen}
- {name: stage, level: open}
- {name: small, level: open, hold: 0s, reason: 5, ticket: 'T-[0-9]+', caps: {lookups_per_hour: 7}}
- {name: slow, hold: 100h}
- {name: strict, hold: 100h, hold_large: 1h, growth: 0}
masks:
- {sandboxes: [small], paths: [a.b, a.b, c]}
- {sandboxes: ["s*"], paths: [a]}
caps: {deletes_per_day: 9}
`)
	for _, tt := range []struct {
		name, kind string
		want       func(SandboxRules) bool
		what       string
	}{
		{"one", "production", func(r SandboxRules) bool { return r.Level == LevelGuarded && r.Approvals == 0 && r.OnePerson() }, "guarded by type, one person"},
		{"one", "development", func(r SandboxRules) bool { return r.Level == LevelOpen && !r.OnePerson() }, "open by type"},
		{"stage", "production", func(r SandboxRules) bool { return r.Level == LevelFrozen }, "first match wins"},
		{"other", "production", func(r SandboxRules) bool { return r.Level == LevelGuarded && r.Approvals == 1 }, "guarded without a rule"},
		{"other", "", func(r SandboxRules) bool { return r.Level == LevelGuarded }, "guarded while the type is unknown"},
		{"other", "development", func(r SandboxRules) bool {
			return r.Level == LevelOpen && r.Ticket == nil && r.Caps.LookupsPerHour == 300
		}, "open without a rule"},
		{"small", "production", func(r SandboxRules) bool {
			return r.Hold == 0 && r.Reason == 5 && r.Ticket.MatchString("T-1") && r.Caps == (Caps{7, 20000, 9, 100000})
		}, "own numbers and caps"},
		{"small", "", func(r SandboxRules) bool { return slices.Equal(r.Masks, []string{"a", "a.b", "c"}) }, "masks of all that match, once"},
		{"one", "", func(r SandboxRules) bool { return len(r.Masks) == 0 }, "no masks"},
		{"slow", "production", func(r SandboxRules) bool { return r.Hold == 100*time.Hour && r.HoldLarge == 100*time.Hour }, "the large hold is not shorter by accident"},
		{"strict", "production", func(r SandboxRules) bool { return r.HoldLarge == time.Hour && r.Growth == 0 }, "what is written counts"},
	} {
		if got := p.Sandbox(tt.name, tt.kind); !tt.want(got) {
			t.Errorf("Sandbox(%s, %s) = %+v, want: %s", tt.name, tt.kind, got, tt.what)
		}
	}
}
