package lookup

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// Open shows the profile that a handle names. The event before it is committed
// before any call; if that fails the error is [ErrNotRecorded] and nothing was
// asked. [ErrNoHandle] is a handle that does not exist for this sandbox. What the
// platform says against it (gone, throttled, down…) is no error but the Outcome.
//
// The caller checked that user has profile.read in sandbox, and export.run for a
// file. Each page, CSV or
// fragment that shows something of the profile takes an Open of its own.
func (s *Service) Open(ctx context.Context, user auth.User, sandbox, handle string, view View) (*Customer, error) {
	if policyKind(view.Policy) != kindNone {
		return nil, ErrNoHandle
	}
	h, id, err := s.opened(ctx, sandbox, handle)
	if err != nil {
		return nil, err
	}
	a := newAct(ctx, user, audit.ProfileView, sandbox)
	a.event.Target = handle
	if view.CSV {
		a.asFile()
	}
	a.event.Subjects = s.subjects([]apiclient.Identity{id})
	if err := s.record(ctx, a); err != nil {
		return nil, err
	}
	c := &Customer{Handle: handle, Sandbox: sandbox, masks: masksOf(s.policy().Sandbox(sandbox, "").Masks), facts: &facts{}}
	policy := cmp.Or(view.Policy, h.Policy)
	profile := s.fetch(apiclient.WithRequestID(ctx, a.event.Op), c, id, policy)
	outcome := string(c.Outcome)
	if ctx.Err() != nil && c.Err != nil {
		outcome = outcomeCancelled
	}
	seen := append([]apiclient.Identity{id}, c.facts.identities...)
	s.store.RecordLater(a.after(outcome, s.subjects(seen), c.Err))
	if outcome == outcomeCancelled {
		return nil, ctx.Err()
	}
	s.touch(ctx, h)
	c.header(id, profile)
	return c, nil
}

// fetch asks for the profile and, side by side, for what decorates it.
func (s *Service) fetch(ctx context.Context, c *Customer, id apiclient.Identity, policy string) apiclient.Profile {
	side := s.beside(ctx, c)
	res, err := s.client.Entities.Lookup(ctx, c.Sandbox, apiclient.LookupRequest{
		Identities: []apiclient.Identity{id}, MergePolicyID: policy, ComputedAttributes: true,
	})
	policies, names := side()
	profile := c.take(res, err)
	if c.Outcome == Unknown {
		if _, ok := s.seen(ctx, c.Sandbox, []candidate{{Identity: id}}); ok {
			c.Outcome = Empty
		}
	}
	c.name(profile, policies, names, policy)
	return profile
}

// beside begins to fetch what only decorates the page. The function it returns
// waits for it, but not for long.
func (s *Service) beside(ctx context.Context, c *Customer) func() ([]apiclient.MergePolicy, map[string]string) {
	var side sync.WaitGroup
	parts := [...]Part{{Key: "part.merge-policies"}, {Key: "part.datasets"}, {Key: "part.schema"}, {Key: "part.attributes"}}
	var policies []apiclient.MergePolicy
	var names map[string]string
	ctx, cancel := context.WithTimeout(ctx, sideWait)
	side.Go(func() { policies, _, parts[0].Err = s.policies.get(ctx, c.Sandbox) })
	side.Go(func() { names, _, parts[1].Err = s.datasets.get(ctx, c.Sandbox) })
	side.Go(func() { c.schema, _, parts[2].Err = s.schemas.get(ctx, c.Sandbox) })
	side.Go(func() {
		list, _, err := s.attributes.get(ctx, c.Sandbox)
		c.evaluated, parts[3].Err = evaluations(list), err
	})
	return func() ([]apiclient.MergePolicy, map[string]string) {
		side.Wait()
		cancel()
		for _, p := range parts {
			if p.Err != nil && stateOf(p.Err) != ProbeAbsent { // what a sandbox does not have has not failed
				c.Parts = append(c.Parts, p)
			}
		}
		return policies, names
	}
}

// take reads the answer to the look-up.
func (c *Customer) take(res *apiclient.LookupResult, err error) apiclient.Profile {
	if err == nil && len(res.Profiles) == 0 && len(res.Failed) > 0 {
		err = itemError(res.Failed[0])
	}
	if err != nil {
		c.Outcome, c.Wait = outcomeOf(err)
		if c.Outcome != Unknown {
			c.Err = err
		}
		return apiclient.Profile{}
	}
	i := slices.IndexFunc(res.Profiles, func(p apiclient.Profile) bool { return !p.Empty() })
	if i < 0 {
		c.Outcome = Unknown
		return apiclient.Profile{}
	}
	p := res.Profiles[i]
	found, err := scan(p.Entity, c.masks)
	if err != nil {
		c.Outcome, c.Err = Down, err
		return apiclient.Profile{}
	}
	c.Outcome, c.entity, c.facts, c.Size = Found, p.Entity, found, len(p.Entity)
	return p
}

// name puts names to ids.
func (c *Customer) name(p apiclient.Profile, policies []apiclient.MergePolicy, names map[string]string, asked string) {
	for _, id := range p.Sources {
		if id != "" {
			c.Datasets = append(c.Datasets, Named{id, names[id]})
		}
	}
	c.Policy.ID = cmp.Or(p.MergePolicyID, asked)
	for _, m := range profilePolicies(policies) {
		if m.ID == c.Policy.ID || c.Policy.ID == "" && m.Default {
			c.Policy = policyOf(m)
			return
		}
	}
}
