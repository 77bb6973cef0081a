package lookup

import (
	"context"
	"fmt"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// Ask is one look-up: what was typed into the one box, or a namespace and an id
// by hand. Policy is the id of a merge policy; empty is the sandbox's default.
type Ask struct{ Sandbox, Q, Namespace, ID, Policy string }

// Answer is what a look-up came to. It holds no personal data.
type Answer struct {
	Outcome Outcome
	Handle  string        // of Found and Empty
	Tried   []Try         // namespaces, in the order in which they were thought likely
	Others  []Other       // further people who were found under other namespaces
	Wait    time.Duration // of Throttled; 0 if unknown
	Problem string        // word key, of Invalid and, where it is known, of WrongPolicy
	Err     error         // cause of TooMany to Down, for the log: it names nobody
}

// Try is one namespace that was tried, and the word key of the reason.
type Try struct{ Namespace, Why string }

// Other is another person whom the same input names.
type Other struct{ Namespace, Handle string }

// capWindow is what the policy's cap of look-ups counts in.
const capWindow = time.Hour

// Find looks somebody up. The event before it is committed before any call that
// names a person; if that fails the error is [ErrNotRecorded] and nothing was asked. A wrong ask is no
// error but an [Answer]; neither is a platform that fails. Errors besides:
// [ErrCapped], and that of ctx if the reader left.
func (s *Service) Find(ctx context.Context, user auth.User, ask Ask) (Answer, error) {
	who := s.recogniser(ctx, ask)
	candidates, bad := who.recognise(ask)
	if bad == kindNone && s.policyUnknown(ask) {
		return Answer{Outcome: WrongPolicy, Problem: kindNoPolicy.key(), Tried: tried(candidates)}, nil
	}
	if bad != kindNone {
		return Answer{Outcome: Invalid, Problem: bad.key()}, nil
	}
	if err := s.capped(ctx, user, ask.Sandbox); err != nil {
		return Answer{}, err
	}
	a := newAct(ctx, user, audit.ProfileLookup, ask.Sandbox)
	a.event.Subjects = s.subjects(identities(candidates))
	if err := s.record(ctx, a); err != nil {
		return Answer{}, err
	}
	ctx = apiclient.WithRequestID(ctx, a.event.Op)
	ans, people, asked := s.find(ctx, ask, who, candidates)
	return s.finish(ctx, user, ask, a, ans, people, asked)
}

// recogniser knows the namespaces if they are at hand. Where the input can only be
// told by them the list is fetched, which names no person; else no call at all is
// made before the act is recorded.
func (s *Service) recogniser(ctx context.Context, ask Ask) recogniser {
	spaces, known := s.namespaces.peek(ask.Sandbox)
	if q := unwrap(ask.Q); !known && tokenForm.MatchString(q) && len(q) != ecidDigits {
		spaces, _, _ = s.namespaces.get(ctx, ask.Sandbox)
	}
	return recogniser{spaces: spaces, detect: s.policy().Detect()}
}

// policyUnknown tells whether the merge policy is known to be none of the sandbox's.
func (s *Service) policyUnknown(ask Ask) bool {
	list, ok := s.policies.peek(ask.Sandbox)
	if !ok || ask.Policy == "" {
		return false
	}
	_, known := policyIn(list, ask.Policy)
	return !known
}

func (s *Service) capped(ctx context.Context, user auth.User, sandbox string) error {
	most := s.policy().Sandbox(sandbox, "").Caps.LookupsPerHour
	if s.lookups == nil || most <= 0 {
		return nil
	}
	n, err := s.lookups(ctx, PersonOf(user), s.now().Add(-capWindow))
	if err != nil {
		return fmt.Errorf("count look-ups: %w: %w", ErrNotRecorded, err)
	}
	if n < most {
		return nil
	}
	s.store.RecordLater(denied(ctx, user, sandbox, "lookups_per_hour"))
	return ErrCapped
}

// find makes the calls of a recorded look-up.
func (s *Service) find(ctx context.Context, ask Ask, who recogniser, candidates []candidate) (Answer, []person, []candidate) {
	if who.spaces == nil {
		spaces, have, _ := s.namespaces.get(ctx, ask.Sandbox)
		if have {
			var bad kind
			who.spaces = spaces
			if candidates, bad = who.recognise(ask); bad != kindNone {
				return Answer{Outcome: Invalid, Problem: bad.key()}, nil, nil
			}
		}
	}
	if len(candidates) == 0 {
		return Answer{Outcome: Invalid, Problem: kindMissingNS.key()}, nil, nil
	}
	ans := Answer{Tried: tried(candidates)}
	if ask.Policy != "" {
		_, _, _ = s.policies.get(ctx, ask.Sandbox) // not knowing the list is no obstacle: the platform decides
		if s.policyUnknown(ask) {
			ans.Outcome, ans.Problem = WrongPolicy, kindNoPolicy.key()
			return ans, nil, candidates
		}
	}
	people, err := s.people(ctx, ask, candidates)
	ans.judge(err)
	switch {
	case err != nil:
		return ans, nil, candidates
	case len(people) > 0:
		ans.Outcome = Found
		return ans, people, candidates
	}
	ans.Outcome = Unknown
	if one, ok := s.seen(ctx, ask.Sandbox, candidates); ok {
		ans.Outcome, people = Empty, []person{one}
	}
	return ans, people, candidates
}

// finish records the outcome, together with the handles where there are some.
func (s *Service) finish(ctx context.Context, user auth.User, ask Ask, a *act, ans Answer, people []person, asked []candidate) (Answer, error) {
	outcome := string(ans.Outcome)
	if ctx.Err() != nil && ans.Err != nil {
		outcome = outcomeCancelled
	}
	after := a.after(outcome, s.subjects(linked(people, asked)), ans.Err)
	if len(people) == 0 {
		s.store.RecordLater(after)
		if outcome == outcomeCancelled {
			return Answer{}, ctx.Err()
		}
		return ans, nil
	}
	err := s.store.Tx(ctx, func(tx Tx) error {
		ans.Handle, ans.Others = "", nil
		for i, p := range people {
			id, err := s.handle(ctx, tx, user, ask, p.Identity)
			if err != nil {
				return err
			}
			if i == 0 {
				ans.Handle, after.Target = id, id
			} else {
				ans.Others = append(ans.Others, Other{p.Namespace, id})
			}
		}
		return tx.Append(ctx, after)
	})
	if err != nil {
		return Answer{}, fmt.Errorf("keep handle: %w: %w", ErrNotRecorded, err)
	}
	return ans, nil
}

// linked are the identities that the event after names: all those linked to the
// people found, and first of all those that were asked for.
func linked(people []person, asked []candidate) []apiclient.Identity {
	var all []apiclient.Identity
	for _, p := range people {
		all = append(all, p.Identity)
	}
	for i, p := range people {
		if i == 0 || len(all) < maxSubjects {
			all = append(all, p.linked...)
		}
	}
	return append(all, identities(asked)...)
}

func identities(candidates []candidate) []apiclient.Identity {
	ids := make([]apiclient.Identity, len(candidates))
	for i, c := range candidates {
		ids[i] = c.Identity
	}
	return ids
}

// tried are the namespaces of the candidates, each once.
func tried(candidates []candidate) []Try {
	var out []Try
	seen := map[string]bool{}
	for _, c := range candidates {
		name := namespaceOf(c.Identity)
		if !seen[name] {
			seen[name] = true
			out = append(out, Try{name, whyKey(c.why)})
		}
	}
	return out
}
