package lookup

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/seal"
)

// memory is a store that forgets.
type memory struct {
	mu      sync.Mutex
	events  []audit.Event
	handles map[string]Handle
	broken  bool // nothing can be written
	onlyTx  bool // broken, but for Record
}

var errFull = errors.New("disk full")

func (m *memory) Tx(ctx context.Context, do func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken || m.onlyTx {
		return errFull
	}
	events, handles := slices.Clone(m.events), map[string]Handle{}
	for id, h := range m.handles {
		handles[id] = h
	}
	if err := do(memoryTx{m}); err != nil {
		m.events, m.handles = events, handles
		return err
	}
	return nil
}

func (m *memory) Record(_ context.Context, events ...*audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errFull
	}
	return m.append(events...)
}

func (m *memory) RecordLater(events ...*audit.Event) { _ = m.Record(context.Background(), events...) }

func (m *memory) append(events ...*audit.Event) error {
	for _, e := range events {
		if err := e.Check(); err != nil {
			return err
		}
		m.events = append(m.events, *e)
	}
	return nil
}

func (m *memory) Handle(_ context.Context, id string) (Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.handles[id]
	if !ok {
		return h, ErrNoHandle
	}
	return h, nil
}

func (m *memory) HandlesOf(_ context.Context, owner Person, sandbox string, limit int) ([]Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Handle
	for _, h := range m.handles {
		if h.Owner == owner && (sandbox == "" || h.Sandbox == sandbox) && h.Revoked.IsZero() {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b Handle) int { return b.Used.Compare(a.Used) })
	return out[:min(limit, len(out))], nil
}

func (m *memory) TouchHandle(_ context.Context, id string, used time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h, ok := m.handles[id]; ok {
		h.Used = used
		m.handles[id] = h
	}
	return nil
}

type memoryTx struct{ m *memory }

func (t memoryTx) Append(_ context.Context, e *audit.Event) error { return t.m.append(e) }

func (t memoryTx) HandleBy(_ context.Context, keys []string, owner Person) (Handle, error) {
	for _, h := range t.m.handles {
		if h.Owner == owner && slices.Contains(keys, h.Key) && h.Revoked.IsZero() {
			return h, nil
		}
	}
	return Handle{}, ErrNoHandle
}

func (t memoryTx) PutHandle(_ context.Context, h Handle) error {
	t.m.handles[h.ID] = h
	return nil
}

// desk is a service among fakes, with a clock that stands still.
type desk struct {
	*Service
	platform *platform
	store    *memory
	prints   *seal.Fingerprinter
	now      time.Time
	mu       sync.Mutex
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

const testPolicy = `
version: 1
grants:
- {group: analysts, sandboxes: [dev, "prod*"], rights: [profile.read]}
- {group: devs, sandboxes: [dev], rights: [profile.read]}
masks: [{sandboxes: ["*"], paths: [person.birthDate, homeAddress, mobilePhone.number, _northwind.taxId]}]
detect: [{namespace: LoyaltyId, pattern: '^9[0-9]{5}$'}]
`

var (
	analyst   = auth.User{Issuer: "https://idp", Subject: "1", Name: "Ana Analyst", Groups: []string{"analysts"}}
	colleague = auth.User{Issuer: "https://idp", Subject: "2", Name: "Caio Colleague", Groups: []string{"analysts"}}
	developer = auth.User{Issuer: "https://idp", Subject: "3", Name: "Dora Developer", Groups: []string{"devs"}}
)

func newDesk(t testing.TB) *desk {
	t.Helper()
	policy, err := auth.ParsePolicy([]byte(testPolicy))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys(seal.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{platform: newPlatform(t), store: &memory{handles: map[string]Handle{}}, prints: seal.NewFingerprinter(keys), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	d.Service = New(Config{
		Client: d.platform.client(t), Store: d.store, Fingerprints: d.prints, Box: seal.NewBox(keys),
		Policy: func() *auth.Policy { return policy }, Now: d.clock,
	})
	t.Cleanup(func() { d.Close() })
	return d
}

// requestContext is what the web puts into a request's context.
func requestContext() context.Context {
	return auth.WithClientIP(auth.WithRequestID(context.Background(), "req-1"), "192.0.2.7")
}
