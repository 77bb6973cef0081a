// Package lookup finds a person in a sandbox and shows what is known of them.
//
// It recognises what somebody typed, asks the platform once for all likely
// identities, gives each customer a name that holds no personal data (a handle),
// and lays the policy's masks over a profile before any of it leaves the
// package. Every act on personal data is on record before it happens: what
// cannot be recorded is not done.
package lookup

import (
	"context"
	"errors"
	"sync"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/seal"
)

var (
	// ErrNoHandle: there is no such handle, or not here: it is unknown, of another
	// sandbox, revoked, or was not used for too long. Who asks cannot tell which.
	ErrNoHandle = errors.New("no such handle")
	// ErrNoSandbox: the sandbox does not exist or the user may not enter it. Who
	// asks cannot tell which.
	ErrNoSandbox = errors.New("no such sandbox")
	// ErrNotRecorded: the record could not be written, so nothing was done.
	ErrNotRecorded = audit.ErrNotRecorded
	// ErrCapped: the person has made as many look-ups as the policy allows in an hour.
	ErrCapped = errors.New("too many look-ups in an hour")
)

// Config is what a [Service] is made of. Client, Store, Fingerprints, Box and
// Policy are needed.
type Config struct {
	Client       *apiclient.Client
	Store        Store
	Fingerprints *seal.Fingerprinter
	Box          *seal.Box
	Policy       func() *auth.Policy // the one in force now
	Now          func() time.Time    // nil: time.Now

	// Lookups counts the look-ups that a person made since a time, for the
	// policy's cap. nil: none is capped. Look-ups under way are counted.
	Lookups func(ctx context.Context, owner Person, since time.Time) (int, error)
}

// Service looks people up. It is safe for concurrent use.
type Service struct {
	client  *apiclient.Client
	store   Store
	prints  *seal.Fingerprinter
	box     *seal.Box
	policy  func() *auth.Policy
	now     func() time.Time
	lookups func(context.Context, Person, time.Time) (int, error)

	loads      loads
	sandboxes  *cache[[]apiclient.Sandbox]
	namespaces *cache[[]apiclient.Namespace]
	policies   *cache[[]apiclient.MergePolicy]
	datasets   *cache[map[string]string] // id → name
	schemas    *cache[*Schema]
	attributes *cache[[]apiclient.Attribute]
	probes     *cache[[]Probe]
	counts     *cache[Count]
	quotas     *cache[[]Quota]
}

// How long what the platform says of itself, which names no person, is believed.
const (
	sandboxesFor  = time.Minute
	namespacesFor = 10 * time.Minute
	policiesFor   = 5 * time.Minute
	datasetsFor   = 10 * time.Minute
	schemasFor    = time.Hour
	overviewFor   = 5 * time.Minute
)

// New makes a service. It makes no call.
func New(cfg Config) *Service {
	s := &Service{
		client: cfg.Client, store: cfg.Store, prints: cfg.Fingerprints, box: cfg.Box,
		policy: cfg.Policy, now: cfg.Now, lookups: cfg.Lookups,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.loads.ctx, s.loads.cancel = context.WithCancel(context.Background())
	s.sandboxes = newCache(s, sandboxesFor, func(ctx context.Context, _ string) ([]apiclient.Sandbox, error) {
		return s.client.Sandboxes.List(ctx)
	})
	s.namespaces = newCache(s, namespacesFor, func(ctx context.Context, sandbox string) ([]apiclient.Namespace, error) {
		return s.client.Identities.Namespaces(ctx, sandbox)
	})
	s.policies = newCache(s, policiesFor, s.loadPolicies)
	s.datasets = newCache(s, datasetsFor, s.loadDatasets)
	s.schemas = newCache(s, schemasFor, s.loadSchema)
	s.sandboxes.ahead, s.schemas.ahead = 10*sandboxesFor, staleFor // every page needs the one, the other is megabytes
	s.attributes = newCache(s, overviewFor, s.loadAttributes)
	s.probes = newCache(s, overviewFor, s.loadProbes)
	s.counts = newCache(s, overviewFor, s.loadCount)
	s.quotas = newCache(s, overviewFor, s.loadQuotas)
	return s
}

// Close ends what is being loaded in the background and waits for it.
func (s *Service) Close() error {
	s.loads.cancel()
	s.loads.wait.Wait()
	return nil
}

// loads are what caches fetch while nobody may be waiting any more.
type loads struct {
	ctx    context.Context
	cancel context.CancelFunc
	wait   sync.WaitGroup
}
