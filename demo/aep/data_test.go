package aep

import (
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

// digest is everything that is kept in a sandbox, as one number.
func digest(b *sandbox) string {
	h := sha256.New()
	for _, n := range b.order {
		fmt.Fprintln(h, n.ns, n.id, len(n.links))
		for _, f := range n.fragments {
			fmt.Fprintln(h, f.dataset, f.batch, f.at, string(f.body))
		}
		for _, e := range n.events {
			fmt.Fprintln(h, e)
		}
		for _, l := range n.links {
			fmt.Fprintln(h, l.a.id, l.b.id, l.first, l.last, l.dataset, l.batch)
		}
		fmt.Fprintln(h, n.memberships)
	}
	for _, d := range b.datasets {
		fmt.Fprintln(h, *d.schema, d.id, d.name, d.rows)
	}
	for _, x := range b.batches {
		fmt.Fprintln(h, *x)
	}
	for _, a := range b.attributes {
		fmt.Fprintln(h, *a)
	}
	for _, o := range b.workOrders {
		fmt.Fprintln(h, *o)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestEqualSeedsGiveEqualData(t *testing.T) {
	day := testDay.Truncate(24 * time.Hour)
	one, two, other := generate(1, day), generate(1, day), generate(2, day)
	for i := range one {
		if a, b := digest(one[i]), digest(two[i]); a != b {
			t.Errorf("sandbox %s: seed 1 gave %s, then %s", one[i].name, a, b)
		}
		if a, b := digest(one[i]), digest(other[i]); a == b {
			t.Errorf("sandbox %s: seeds 1 and 2 gave the same data", one[i].name)
		}
	}
}

func TestDataHasTheSizePromised(t *testing.T) {
	for _, b := range sharedBoxes() {
		if len(b.datasets) != 12 || len(b.batches) != 40 || len(b.policies) != 5 || len(b.audiences) != 25 || len(b.attributes) != 18 {
			t.Errorf("%s has %d datasets, %d batches, %d policies, %d audiences, %d attributes", b.name, len(b.datasets), len(b.batches), len(b.policies), len(b.audiences), len(b.attributes))
		}
		states := map[string]int{}
		for _, a := range b.attributes {
			states[a.status]++
		}
		for _, s := range []string{"DRAFT", "NEW", "INITIALIZING", "PROCESSING", "PROCESSED", "FAILED", "DISABLED"} {
			if states[s] == 0 {
				t.Errorf("%s has no attribute in state %s", b.name, s)
			}
		}
		if b.name != "dev" {
			continue
		}
		s := b.takeSample(testDay)
		if s.profiles < 2000 || s.events < 200_000 {
			t.Errorf("dev has %d profiles and %d events, want 2000 and 200000 at least", s.profiles, s.events)
		}
		if s.unknown[30].profiles == 0 {
			t.Error("dev has no unknown profiles")
		}
	}
}

func TestNothingHappensAfterMidnight(t *testing.T) {
	day := testDay.Truncate(24 * time.Hour)
	for _, b := range sharedBoxes() {
		for _, n := range b.order {
			for _, f := range n.fragments {
				if f.at >= day.UnixMilli() {
					t.Fatalf("%s: a fragment of %s is from %s", b.name, n.id, isoMS(f.at))
				}
			}
			for _, e := range n.events {
				if x := b.batches[e.batch]; e.at >= day.UnixMilli() || x.created < e.at || x.dataset != int(e.dataset) {
					t.Fatalf("%s: event at %s in batch %+v", b.name, e.iso(), x)
				}
			}
		}
	}
}

func TestIdentitiesLookAsTheyShould(t *testing.T) {
	forms := map[uint8]*regexp.Regexp{
		nsECID: regexp.MustCompile(`^[0-9]{38}$`), nsLoyalty: regexp.MustCompile(`^9[0-9]{5}$`), nsCRM: regexp.MustCompile(`^C-[0-9]{7}$`),
		nsEmail: regexp.MustCompile(`^[a-z0-9.]+@example\.com$`), nsPhone: regexp.MustCompile(`^\+55[0-9]{11}$`),
	}
	for _, b := range sharedBoxes() {
		for _, n := range b.order {
			if form := forms[n.ns]; form == nil || !form.MatchString(n.id) {
				t.Errorf("%s: %s %q", b.name, namespaces[n.ns].Code, n.id)
			}
			if got, ok := readXID(n.xid()); !ok || got != n.identityKey {
				t.Fatalf("readXID(makeXID(%v)) = %v, %v", n.identityKey, got, ok)
			}
		}
	}
}

// TestEveryPathIsInTheUnion walks all that may be answered about anybody.
func TestEveryPathIsInTheUnion(t *testing.T) {
	b := newRig(t, Config{Journal: io.Discard}).s.box("dev")
	profiles, events := b.fieldTree(schemaRefs[schemaUnion]), b.fieldTree(schemaRefs[schemaEventUnion])
	missing := map[string]bool{}
	seen := map[*identity]bool{}
	for _, n := range b.order {
		members := b.cluster(n)
		if seen[members[0]] {
			continue
		}
		seen[members[0]] = true
		p := b.merge(members, b.policies[0])
		b.complete(p, true)
		profiles.missing(p.entity, "", missing)
		for _, e := range b.eventsOf(members, 0, 0)[:min(20, len(b.eventsOf(members, 0, 0)))] {
			events.missing(parseTree(eventBody(e)), "", missing)
		}
	}
	for path := range missing {
		t.Errorf("no field for %s", path)
	}
}

// missing collects the paths of a value that the schema does not name, title
// and type.
func (n *schemaNode) missing(v *tree, path string, out map[string]bool) {
	if n == nil || n.XDMType == "" || n.Title == "" && path != "" {
		out[path] = true
		return
	}
	for _, k := range v.kids {
		next := n.Properties[k.name]
		if n.XDMType == "map" {
			next = n.Additional
		}
		at := strings.TrimPrefix(path+"."+k.name, ".")
		if k.tree.leaf != nil && k.tree.leaf[0] == '[' {
			if next == nil || next.Items == nil || next.Items.XDMType == "" {
				out[at] = true
			}
			continue
		}
		next.missing(k.tree, at, out)
	}
}
