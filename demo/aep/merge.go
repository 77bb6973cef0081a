package aep

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// policy is a merge policy: whose fragments belong to a person, and which of
// them wins where they disagree.
type policy struct {
	id, name   string
	schema     string
	stitch     bool     // identityGraph pdg, else none
	precedence []string // dataSetPrecedence with this order; nil: timestampOrdered
	onEdge     bool
	isDefault  bool
	updated    int64 // s
}

// profile is one person merged for one answer. It is never kept.
type profile struct {
	key      string // XID under which it is answered
	members  []*identity
	parts    []*fragment // that took part, weakest first
	entity   *tree
	modified int64 // ms; 0: nothing stored
}

// maxIdentities is how many identities a graph may have before look-ups of it
// are refused.
const maxIdentities = 50

// members are the identities whose data make up n's profile under p.
func (b *sandbox) members(n *identity, p *policy) []*identity {
	if !p.stitch {
		return []*identity{n}
	}
	return b.cluster(n)
}

// merge makes the profile of the identities in members. Fragments are laid
// over each other from the weakest to the strongest.
func (b *sandbox) merge(members []*identity, p *policy) *profile {
	out := &profile{members: members, key: members[0].xid(), entity: &tree{}}
	ranks := b.ranks(p)
	for _, n := range members {
		for i := range n.fragments {
			if f := &n.fragments[i]; ranks == nil || ranks[f.dataset] >= 0 {
				out.parts = append(out.parts, f)
			}
		}
	}
	slices.SortStableFunc(out.parts, func(x, y *fragment) int {
		if ranks != nil && ranks[x.dataset] != ranks[y.dataset] {
			return ranks[y.dataset] - ranks[x.dataset]
		}
		return int(min(max(x.at-y.at, -1), 1))
	})
	for _, f := range out.parts {
		out.entity.override(parseTree(f.body))
		out.modified = max(out.modified, f.at)
	}
	return out
}

// ranks is the place of each dataset in a policy's order, -1 for those that
// take no part; nil where time decides.
func (b *sandbox) ranks(p *policy) []int {
	if p.precedence == nil {
		return nil
	}
	out := make([]int, len(b.datasets))
	for i, d := range b.datasets {
		out[i] = slices.Index(p.precedence, d.id)
	}
	return out
}

// complete adds what belongs to a person and not to a record: the identity
// map, audiences and computed attributes.
func (b *sandbox) complete(p *profile, withComputed bool) {
	if len(p.parts) == 0 {
		return
	}
	p.entity.override(parseTree(b.identityMap(p)))
	if m := b.membershipMap(p); m != nil {
		p.entity.override(parseTree(m))
	}
	if withComputed {
		if m := b.computedMap(p); m != nil {
			p.entity.override(parseTree(m))
		}
	}
	p.entity.tenantLast()
}

type mapID struct {
	ID      string `json:"id"`
	Primary bool   `json:"primary,omitempty"`
}

// identityMap is the union of the identities that the records carry.
func (b *sandbox) identityMap(p *profile) []byte {
	ids := map[string][]mapID{}
	seen := map[*identity]bool{}
	primary := p.parts[len(p.parts)-1].ids[0]
	for _, f := range p.parts {
		for _, n := range f.ids {
			if !seen[n] {
				seen[n] = true
				code := namespaces[n.ns].short
				ids[code] = append(ids[code], mapID{ID: n.id, Primary: n == primary})
			}
		}
	}
	return mustJSON(object{"identityMap": ids})
}

func (b *sandbox) membershipMap(p *profile) []byte {
	found := map[string]object{}
	for _, n := range p.members {
		for _, m := range n.memberships {
			a := b.audiences[m.audience]
			if found[a.source()] == nil {
				found[a.source()] = object{}
			}
			status := "realized"
			if m.exited {
				status = "exited"
			}
			found[a.source()][a.audienceID] = object{"status": status, "lastQualificationTime": isoMS(m.at), "version": "1"}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return mustJSON(object{"segmentMembership": found})
}

// isoMS is a time with milliseconds, in UTC.
func isoMS(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// mustJSON is v as compact JSON; v is always plain data of this package.
func mustJSON(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("aep: " + err.Error())
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

func lower(s string) string { return strings.ToLower(s) }
