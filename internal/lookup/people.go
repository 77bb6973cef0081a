package lookup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"profiledesk/apiclient"
)

// person is somebody whom the input names: the identity by which they were found,
// and those linked to it.
type person struct {
	apiclient.Identity
	linked []apiclient.Identity
	rank   int // of the candidate; a lower one is likelier
}

// people asks for all candidates at once and returns those whom it finds, the
// likeliest first. An error is only returned where nobody was found.
func (s *Service) people(ctx context.Context, ask Ask, candidates []candidate) ([]person, error) {
	plain, xids := split(candidates)
	var found []person
	var first error
	for _, ids := range [][]apiclient.Identity{plain, xids} {
		if len(ids) == 0 {
			continue
		}
		got, err := s.ask(ctx, ask, ids)
		found = append(found, got...)
		first = worse(first, err)
	}
	if len(found) > 0 {
		slices.SortStableFunc(found, func(a, b person) int { return a.rank - b.rank })
		return found, nil
	}
	return nil, first
}

// split parts identities with a namespace from XIDs.
func split(candidates []candidate) (plain, xids []apiclient.Identity) {
	for _, c := range candidates {
		if c.Namespace == "" {
			xids = append(xids, c.Identity)
		} else {
			plain = append(plain, c.Identity)
		}
	}
	return plain, xids
}

// ask is one call for all of ids.
func (s *Service) ask(ctx context.Context, ask Ask, ids []apiclient.Identity) ([]person, error) {
	res, err := s.client.Entities.Lookup(ctx, ask.Sandbox, apiclient.LookupRequest{Identities: ids, MergePolicyID: ask.Policy})
	if err != nil {
		return nil, err
	}
	var found []person
	var unmatched []apiclient.Profile
	for _, p := range res.Profiles {
		if p.Empty() {
			continue
		}
		linked := linkedIn(p.Entity)
		if i := asked(ids, p, linked); i >= 0 {
			found = append(found, person{ids[i], linked, i})
		} else {
			unmatched = append(unmatched, p)
		}
	}
	if len(unmatched) > 0 {
		found = append(found, s.byXID(ctx, ask, ids, unmatched, found)...)
	}
	var failed error
	for _, item := range res.Failed {
		failed = worse(failed, itemError(item))
	}
	return found, failed
}

// asked tells which of ids the profile was found by, or -1.
func asked(ids []apiclient.Identity, p apiclient.Profile, linked []apiclient.Identity) int {
	for i, id := range ids {
		switch {
		case len(ids) == 1, same(id, p.Requested), id.Namespace == "" && id.ID == p.XID:
			return i
		case slices.ContainsFunc(linked, func(l apiclient.Identity) bool { return same(id, l) }):
			return i
		}
	}
	return -1
}

// same compares identities as the platform does: codes without regard to case,
// and of ids only those of e-mails.
func same(a, b apiclient.Identity) bool {
	if a.ID == "" || !strings.EqualFold(a.Namespace, b.Namespace) {
		return false
	}
	return a.ID == b.ID || strings.Contains(a.ID, "@") && strings.EqualFold(a.ID, b.ID)
}

// byXID asks for one candidate after the other where an answer does not say whom
// it is about: it names people by XID and need not repeat the identities.
func (s *Service) byXID(ctx context.Context, ask Ask, ids []apiclient.Identity, left []apiclient.Profile, found []person) []person {
	var out []person
	for i, id := range ids {
		if len(left) == 0 {
			break
		}
		if slices.ContainsFunc(found, func(p person) bool { return p.rank == i }) {
			continue
		}
		res, err := s.client.Entities.Lookup(ctx, ask.Sandbox, apiclient.LookupRequest{Identities: []apiclient.Identity{id}, MergePolicyID: ask.Policy})
		if err != nil {
			continue
		}
		for _, p := range res.Profiles {
			if at := slices.IndexFunc(left, func(l apiclient.Profile) bool { return l.XID == p.XID }); at >= 0 {
				left = slices.Delete(left, at, at+1)
				out = append(out, person{id, linkedIn(p.Entity), i})
			}
		}
	}
	return out
}

// itemError is the failure of one item of a bulk call as one of the call.
func itemError(item apiclient.ItemError) error {
	if item.Status == 404 && item.Err == nil {
		return nil // unknown is no failure
	}
	return &apiclient.Error{Op: "POST access/entities", Status: item.Status, Err: item.Err, RetryAfter: item.RetryAfter}
}

// worse keeps the error that says more about the person: that too many identities
// are linked, before that something failed.
func worse(a, b error) error {
	if a == nil || b != nil && errors.Is(b, apiclient.ErrTooManyIdentities) {
		return b
	}
	return a
}

// seen tells which candidate the identity graph knows, if one: linked to another
// identity, or with a time of its last link. An identity alone proves nothing,
// since every one can be asked for. Where the graph cannot be asked none is known.
func (s *Service) seen(ctx context.Context, sandbox string, candidates []candidate) (person, bool) {
	plain, xids := split(candidates)
	for _, ids := range [][]apiclient.Identity{plain, xids} {
		if len(ids) == 0 {
			continue
		}
		graphs, err := s.client.Identities.Graph(ctx, sandbox, ids)
		if err != nil {
			continue
		}
		for i, id := range ids {
			for _, g := range graphs {
				if same(id, g.Identity) && linkedTo(g) {
					return person{id, membersOf(g), i}, true
				}
			}
		}
	}
	return person{}, false
}

func linkedTo(g apiclient.Graph) bool {
	return len(g.Members) > 1 || len(g.Links) > 0 ||
		slices.ContainsFunc(g.Members, func(m apiclient.Member) bool { return m.Updated.Unix() > 0 })
}

func membersOf(g apiclient.Graph) []apiclient.Identity {
	var ids []apiclient.Identity
	for _, m := range g.Members {
		ids = append(ids, m.Identity)
	}
	return ids
}
