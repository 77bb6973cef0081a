package lookup

import (
	"context"
	"errors"
	"sync"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/auth"
)

// Overview is what a sandbox's first page shows. Parts that failed are named in
// Parts and are empty here, or older.
type Overview struct {
	Probes   []Probe   // always all of them, in the order of the manual
	ProbedAt time.Time // when they were tried; zero: not yet
	Count    *Count    // nil if unknown
	Policies []Policy
	Quotas   []Quota
	Parts    []Part
}

// Count is how many profiles a sandbox has. The platform takes samples, so the
// number is as old as At.
type Count struct {
	Profiles int64
	At       time.Time // zero if the platform does not say
	Running  bool      // a new sample is being taken
}

// Quota is one meter of what the contract allows. Reading it uses none of it.
type Quota struct {
	Name        string // "computed-attributes", or as the platform calls it
	Kind        string // "daily", "monthly", "expirations", "active", or empty
	Used, Limit int64  // Limit 0: unknown
}

// Computed attributes that may be active at once, by the platform's guardrails.
const attributeLimit = 25

// Overview asks the platform what it is ready to say of a sandbox; it names no
// person, so nothing is recorded. Answers are kept for five minutes. The only
// error is [ErrNoSandbox], where the user has no right in the sandbox.
func (s *Service) Overview(ctx context.Context, user auth.User, sandbox string) (*Overview, error) {
	if !s.policy().Enters(user.Groups, sandbox) {
		return nil, ErrNoSandbox
	}
	o := &Overview{}
	var wait sync.WaitGroup
	var parts [3]Part
	wait.Go(func() {
		o.Probes, _, _ = s.probes.get(ctx, sandbox)
		if o.Probes == nil {
			o.Probes = unprobed()
		} else {
			o.ProbedAt = s.probes.loaded(sandbox)
		}
	})
	wait.Go(func() {
		n, have, err := s.counts.get(ctx, sandbox)
		if have {
			o.Count = &n
		}
		parts[0] = Part{"part.profile-count", err}
	})
	wait.Go(func() {
		var err error
		o.Policies, err = s.Policies(ctx, sandbox)
		parts[1] = Part{"part.merge-policies", err}
	})
	wait.Go(func() {
		var err error
		o.Quotas, _, err = s.quotas.get(ctx, sandbox)
		parts[2] = Part{"part.quotas", err}
	})
	wait.Wait()
	for _, p := range parts {
		if p.Err != nil {
			o.Parts = append(o.Parts, p)
		}
	}
	return o, nil
}

// recheckEvery is how often at most a sandbox's overview is asked for anew.
const recheckEvery = 30 * time.Second

// Recheck lets the next [Service.Overview] of a sandbox ask anew for what is older
// than 30 seconds, whoever asks. Errors are those of Overview.
func (s *Service) Recheck(user auth.User, sandbox string) error {
	if !s.policy().Enters(user.Groups, sandbox) {
		return ErrNoSandbox
	}
	for _, expire := range []func(string, time.Duration){
		s.probes.expire, s.counts.expire, s.policies.expire, s.attributes.expire, s.quotas.expire,
	} {
		expire(sandbox, recheckEvery)
	}
	return nil
}

func (s *Service) loadCount(ctx context.Context, sandbox string) (Count, error) {
	status, err := s.client.Previews.Status(ctx, sandbox)
	if err != nil {
		return Count{}, err
	}
	return Count{status.Profiles, status.SampledAt, status.Running}, nil
}

// loadQuotas reads both meters. One that is not licensed is left out; the error is
// that of another failure, and then only if nothing can be shown.
func (s *Service) loadQuotas(ctx context.Context, sandbox string) ([]Quota, error) {
	var all []Quota
	used, err := s.activeAttributes(ctx, sandbox)
	if err == nil {
		all = append(all, Quota{"computed-attributes", "active", used, attributeLimit})
	}
	list, hygiene := s.client.Hygiene.Quota(ctx)
	for _, q := range list {
		all = append(all, Quota{q.Name, q.Kind(), q.Consumed, q.Limit})
	}
	if len(all) > 0 {
		return all, nil
	}
	var failed error
	for _, one := range []error{err, hygiene} {
		if one != nil && stateOf(one) != ProbeAbsent {
			failed = errors.Join(failed, one)
		}
	}
	return nil, failed
}

// activeAttributes counts the computed attributes that use the platform's quota:
// all that are published and not switched off.
func (s *Service) activeAttributes(ctx context.Context, sandbox string) (int64, error) {
	list, _, err := s.attributes.get(ctx, sandbox)
	var active int64
	for _, a := range list {
		switch a.Status {
		case "DRAFT", "DISABLED", "INACTIVE", "DELETED", "FAILED", "":
		default:
			active++
		}
	}
	return active, err
}

const (
	attributePage = 40   // the most that the platform lists at a time
	attributeMost = 1000 // more than a sandbox can have; ends a list that does not end
)

func (s *Service) loadAttributes(ctx context.Context, sandbox string) ([]apiclient.Attribute, error) {
	var all []apiclient.Attribute
	for len(all) < attributeMost {
		page, err := s.client.Attributes.List(ctx, sandbox, len(all), attributePage)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Attributes...)
		if len(page.Attributes) == 0 || int64(len(all)) >= page.Total {
			break
		}
	}
	return all, nil
}

// evaluations are the times of the last evaluation by the attribute's name.
func evaluations(list []apiclient.Attribute) map[string]time.Time {
	at := make(map[string]time.Time, len(list))
	for _, a := range list {
		at[a.Name] = a.Evaluated
	}
	return at
}
