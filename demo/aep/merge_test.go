package aep

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// flat is the leaves of a JSON object by path, for an oracle that knows nothing
// of trees.
func flat(prefix string, v any, out map[string]any) {
	if o, ok := v.(map[string]any); ok {
		for k, sub := range o {
			flat(prefix+"."+k, sub, out)
		}
		return
	}
	out[prefix] = v
}

// TestMergeAgainstOracle merges random fragments and compares each path with
// the plain rule: the last fragment in order of strength that has it.
func TestMergeAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &sandbox{identities: map[identityKey]*identity{}}
		for i := range 4 {
			b.datasets = append(b.datasets, &dataset{id: fmt.Sprint("d", i)})
		}
		b.batches = []*batch{{id: "b"}}
		n := b.ensure(identityKey{nsEmail, "a"})
		paths := []string{"a.x", "a.y", "b.c.d", "b.c.e", "f", "g.h"}
		count := rapid.IntRange(1, 7).Draw(t, "fragments")
		for i := range count {
			o := map[string]any{}
			for _, p := range paths {
				if rapid.Bool().Draw(t, "has") {
					put(o, p, fmt.Sprintf("%d-%s", i, p))
				}
			}
			text, _ := json.Marshal(o)
			b.ingest(uint16(rapid.IntRange(0, 3).Draw(t, "dataset")), 0, int64(rapid.IntRange(0, 3).Draw(t, "at")*10+i), text, n)
		}
		p := &policy{}
		if rapid.Bool().Draw(t, "precedence") {
			p.precedence = rapid.Permutation([]string{"d0", "d1", "d2", "d3"}).Draw(t, "order")[:rapid.IntRange(1, 4).Draw(t, "length")]
		}
		var got map[string]any
		if err := json.Unmarshal(b.merge([]*identity{n}, p).entity.appendTo(nil), &got); err != nil {
			t.Fatal(err)
		}
		have := map[string]any{}
		flat("", got, have)
		if diff := cmp.Diff(oracle(b, n, p), have); diff != "" {
			t.Fatalf("merge differs from the rule (-want +got):\n%s", diff)
		}
	})
}

func put(o map[string]any, path, value string) {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		o[head] = value
		return
	}
	sub, ok := o[head].(map[string]any)
	if !ok {
		sub = map[string]any{}
		o[head] = sub
	}
	put(sub, rest, value)
}

func oracle(b *sandbox, n *identity, p *policy) map[string]any {
	type claim struct {
		rank int
		at   int64
	}
	best, out := map[string]claim{}, map[string]any{}
	for _, f := range n.fragments {
		c := claim{0, f.at}
		if p.precedence != nil {
			place := slices.Index(p.precedence, b.datasets[f.dataset].id)
			if place < 0 {
				continue
			}
			c.rank = -place
		}
		var o map[string]any
		_ = json.Unmarshal(f.body, &o)
		leaves := map[string]any{}
		flat("", o, leaves)
		for path, v := range leaves {
			old, ok := best[path]
			if !ok || c.rank > old.rank || c.rank == old.rank && c.at > old.at {
				best[path], out[path] = c, v
			}
		}
	}
	return out
}

func TestPoliciesSeeDifferentProfiles(t *testing.T) {
	r := newRig(t, Config{})
	b := r.s.box("dev")
	seen := map[string]bool{}
	for _, p := range b.policies {
		var out map[string]struct {
			Sources       []string
			IdentityGraph []string
			Entity        map[string]any
		}
		if got := r.call("GET", profileURL("email", "ana.souza@example.com")+"&mergePolicyId="+p.id, nil, &out); got != 200 {
			t.Fatalf("policy %s: %d", p.name, got)
		}
		for _, v := range out {
			text, _ := json.Marshal(v.Entity)
			seen[string(text)] = true
			for _, s := range v.Sources {
				if p.precedence != nil && !slices.Contains(p.precedence, s) {
					t.Errorf("policy %s merged dataset %s, which is not in its order", p.name, s)
				}
			}
			if !p.stitch && len(v.IdentityGraph) != 1 {
				t.Errorf("policy %s stitched %d identities", p.name, len(v.IdentityGraph))
			}
		}
	}
	if len(seen) < 4 {
		t.Errorf("five policies gave %d different profiles", len(seen))
	}
}

func TestMaskedPathsHaveValues(t *testing.T) {
	b := newRig(t, Config{}).s.box("dev")
	n := b.find(identityKey{nsEmail, "ana.souza@example.com"})
	p := b.merge(b.cluster(n), b.policies[0])
	b.complete(p, true)
	for _, path := range []string{"person.name.firstName", "person.birthDate", "homeAddress.city", "mobilePhone.number", "personalEmail.address", "_northwind.taxId", "_northwind.loyalty.tier", "consents.marketing.email.val", "_northwind.SystemComputedAttributes.spend30d"} {
		if v := p.entity.at(path); v == nil || v.leaf == nil || string(v.leaf) == `""` {
			t.Errorf("ana.souza has no %s", path)
		}
	}
	if n := len(p.entity.appendTo(nil)); n < 6000 || n > 10_000 {
		t.Errorf("ana.souza has %d bytes, want about 8 KB", n)
	}
	for _, path := range []string{"identityMap", "segmentMembership"} {
		if v := p.entity.at(path); v == nil || len(v.kids) == 0 {
			t.Errorf("ana.souza has no %s", path)
		}
	}
}

func TestBigIsBigAndOddIsOdd(t *testing.T) {
	r := newRig(t, Config{})
	w := r.send(r.request("GET", profileURL("Email", "big@example.com"), nil))
	if n := w.Body.Len(); n < 1_900_000 || n > 2_300_000 {
		t.Errorf("big has %d bytes, want about 2 MB", n)
	}
	if n := len(parseTree(w.Body.Bytes()).paths("")); n < 5000 {
		t.Errorf("big has %d leaves, want thousands", n)
	}
	odd := r.send(r.request("GET", profileURL("Email", "odd@example.com"), nil)).Body.String()
	for _, want := range []string{"<script>", "=cmd()", "مرحبا", "👩🏽‍💻", `\"double\"`} {
		if !strings.Contains(odd, want) {
			t.Errorf("odd has no %s", want)
		}
	}
}
