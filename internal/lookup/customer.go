package lookup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

const (
	// MaxIdentities is how many identities may be linked to a profile: with one
	// more the platform shows it no longer.
	MaxIdentities = 50
	// NearLimit is how many linked identities are worth a warning.
	NearLimit = 45
	// sideWait is how long the page waits for what only decorates it: names of
	// datasets and policies, titles. It is fetched on, for the next one.
	sideWait = 2 * time.Second
)

// View says how a profile is opened. An empty Policy is the handle's own.
type View struct{ Policy string }

// Customer is a profile that was opened for one page, masks laid over it.
type Customer struct {
	Handle  string
	Sandbox string
	Outcome Outcome       // Found, or what became of the profile since it was looked up
	Wait    time.Duration // of Throttled
	Err     error         // cause where Outcome is neither Found nor Empty, for the log

	Name          string   // what the person is called; empty where that is unknown or masked
	Identity      Identity // by which the profile was looked up
	IdentityCount int
	NearLimit     bool // of linked identities
	Namespaces    []NamespaceCount
	LastModified  time.Time // zero if unknown
	Policy        Policy    // by which the profile was merged
	Datasets      []Named   // from which it was merged
	Size          int       // bytes of JSON
	Parts         []Part    // what could not be fetched

	entity jsontext.Value
	facts  *facts
	masks  []*maskNode
	schema *Schema

	evaluated map[string]time.Time // by name of the computed attribute
}

// Identity is one identity as it may be shown.
type Identity struct {
	Namespace string
	ID        string // empty where Masked
	Masked    bool
}

// NamespaceCount is how many identities of a namespace are linked.
type NamespaceCount struct {
	Namespace string
	Count     int
}

// Named is something of the platform's with an id; Name is empty where the
// platform's list does not have it.
type Named struct{ ID, Name string }

// Policy is a merge policy. ID is empty where the platform does not say which
// one it took.
type Policy struct {
	ID, Name string
	Default  bool
	OnEdge   bool
	Stitched bool   // linked identities make one profile
	Merge    string // "timestampOrdered" or "dataSetPrecedence"
}

// Part is a part of a page that failed. Key is its word key.
type Part struct {
	Key string
	Err error // for the log: it names nobody
}

// Open shows the profile that a handle names. The event before it is committed
// before any call; if that fails the error is [ErrNotRecorded] and nothing was
// asked. [ErrNoHandle] is a handle that does not exist for this sandbox. What the
// platform says against it (gone, throttled, down…) is no error but the Outcome.
//
// The caller checked that user has profile.read in sandbox. Each page, CSV or
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
	var side sync.WaitGroup
	var parts [4]Part
	var policies []apiclient.MergePolicy
	var names map[string]string
	wait, cancel := context.WithTimeout(ctx, sideWait)
	defer cancel()
	side.Go(func() {
		var err error
		policies, _, err = s.policies.get(wait, c.Sandbox)
		parts[0] = Part{"part.merge-policies", err}
	})
	side.Go(func() {
		var err error
		names, _, err = s.datasets.get(wait, c.Sandbox)
		parts[1] = Part{"part.datasets", err}
	})
	side.Go(func() {
		var err error
		c.schema, _, err = s.schemas.get(wait, c.Sandbox)
		parts[2] = Part{"part.schema", err}
	})
	side.Go(func() {
		list, _, err := s.attributes.get(wait, c.Sandbox)
		c.evaluated = evaluations(list)
		parts[3] = Part{"part.attributes", err}
	})
	res, err := s.client.Entities.Lookup(ctx, c.Sandbox, apiclient.LookupRequest{
		Identities: []apiclient.Identity{id}, MergePolicyID: policy, ComputedAttributes: true,
	})
	side.Wait()
	profile := c.take(res, err)
	if c.Outcome == Unknown {
		if _, ok := s.seen(ctx, c.Sandbox, []candidate{{Identity: id}}); ok {
			c.Outcome = Empty
		}
	}
	for _, p := range parts {
		if p.Err != nil && stateOf(p.Err) != ProbeAbsent { // what a sandbox does not have has not failed
			c.Parts = append(c.Parts, p)
		}
	}
	c.name(profile, policies, names, policy)
	return profile
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

// header states what the page says above the rows.
func (c *Customer) header(id apiclient.Identity, p apiclient.Profile) {
	c.Identity = Identity{Namespace: namespaceOf(id), ID: id.ID}
	var buf buffers
	if c.facts.hidden.hasText(id.ID, &buf) || c.hides(id) {
		c.Identity.ID, c.Identity.Masked = "", true
	}
	c.Name = c.facts.name
	c.LastModified = p.LastModifiedAt
	c.IdentityCount = max(len(c.facts.identities), len(p.IdentityGraph))
	c.NearLimit = c.IdentityCount >= NearLimit
	for _, one := range c.facts.identities {
		i := slices.IndexFunc(c.Namespaces, func(n NamespaceCount) bool { return strings.EqualFold(n.Namespace, one.Namespace) })
		if i < 0 {
			c.Namespaces = append(c.Namespaces, NamespaceCount{one.Namespace, 1})
		} else {
			c.Namespaces[i].Count++
		}
	}
}

// hides tells whether a mask hides the identities of that namespace as such.
func (c *Customer) hides(id apiclient.Identity) bool {
	at, gone := into(c.masks, []byte("identityMap"))
	if !gone {
		at, gone = into(at, []byte(id.Namespace))
	}
	if !gone {
		_, gone = into(at, []byte("id"))
	}
	return gone
}
