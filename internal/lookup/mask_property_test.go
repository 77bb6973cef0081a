package lookup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The oracle walks a tree of any, as encoding/json makes it, and knows nothing of
// how rows are made.

// canaries plants a unique word in every leaf of a random tree.
type canaries struct {
	n      int
	leaves []planted
}

type planted struct {
	path []string
	word string
}

var memberNames = []string{"a", "b", "c", "A", "a.b", "b c", "xdm:a", "é", "_t", "identityMap", "person", "name", "firstName", "id"}

func (c *canaries) tree(t *rapid.T, depth int, path []string) any {
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
	case depth < 5 && (kind <= 2 || depth == 0):
		out := map[string]any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(memberNames), 0, 5, rapid.ID).Draw(t, "names") {
			out[name] = c.tree(t, depth+1, append(slices.Clone(path), name))
		}
		return out
	case depth < 5 && kind == 3:
		out := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			out = append(out, c.tree(t, depth+1, path))
		}
		return out
	}
	c.n++
	word := fmt.Sprintf("Canary%06dx", c.n)
	if rapid.IntRange(0, 3).Draw(t, "again") == 0 && len(c.leaves) > 0 { // the same value in two places
		word = rapid.SampledFrom(c.leaves).Draw(t, "which").word
	}
	c.leaves = append(c.leaves, planted{path, word})
	return word
}

// covers is the rule of masks, said once more: the names of mask stand at the
// beginning of those of path, in any case and without xdm:. A name with dots may
// be read as one name or as several.
func covers(mask, path []string) bool {
	switch {
	case len(mask) == 0:
		return true
	case len(path) == 0:
		return false
	}
	name := strings.TrimPrefix(strings.ToLower(path[0]), "xdm:")
	if (mask[0] == "*" || mask[0] == name) && covers(mask[1:], path[1:]) {
		return true
	}
	if parts := strings.Split(name, "."); len(parts) > 1 {
		return covers(mask, append(parts, path[1:]...))
	}
	return false
}

func TestNoMaskedValueIsInAnyRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c canaries
		tree := c.tree(t, 0, nil)
		entity, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		masks := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "a.b", "b", "b.a.c", "*.a", "a.*", "person.name", "person.name.firstName", "identityMap", "_t.c", "é"}), 0, 4).Draw(t, "masks")
		secret, open := map[string]bool{}, map[string]bool{}
		for _, leaf := range c.leaves {
			if slices.ContainsFunc(masks, func(m string) bool { return covers(strings.Split(strings.ToLower(m), "."), leaf.path) }) {
				secret[leaf.word] = true
			}
		}
		for _, leaf := range c.leaves {
			if !secret[leaf.word] {
				open[leaf.word] = true
			}
		}
		customer := openedAs(&testing.T{}, string(entity), masks...)
		for _, q := range []Query{{}, {Flat: true}, {Q: "canary"}, {Q: "Canary000001"}} {
			check(t, customer, q, secret, open)
		}
		for word := range secret {
			if n, err := customer.Count(Query{Q: word}); n != 0 || err != nil {
				t.Fatalf("Count(%s) = %d, %v: a masked value was searched", word, n, err)
			}
		}
		for _, word := range strings.Fields(customer.facts.name) {
			if secret[word] {
				t.Fatalf("the name shows %s", word)
			}
		}
	})
}

func check(t *rapid.T, c *Customer, q Query, secret, open map[string]bool) {
	shown := map[string]bool{}
	for row, err := range c.Rows(q) {
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Sprintf("%+v", row)
		for word := range secret {
			if strings.Contains(all, word) {
				t.Fatalf("%s shows the masked %s", all, word)
			}
		}
		shown[row.Value] = true
	}
	for word := range open {
		if !shown[word] && (q.Q == "" || strings.Contains(strings.ToLower(word), strings.ToLower(q.Q))) {
			t.Fatalf("%s is not masked and has no row of %+v", word, q)
		}
	}
}
