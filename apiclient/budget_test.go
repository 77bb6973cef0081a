package apiclient

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// store is a budget that several clients lease from, as a database would be.
type store struct {
	mu     sync.Mutex
	left   map[string]int
	size   int // most that one lease gets
	valid  time.Duration
	wait   time.Duration
	leases int
	err    error
}

func (s *store) Lease(_ context.Context, sandbox string, want int) (int, time.Duration, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leases++
	n := min(want, s.left[sandbox], s.size)
	s.left[sandbox] -= n
	return n, s.valid, s.wait, s.err
}

func TestTwoClientsShareOneBudget(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	b := &store{left: map[string]int{"dev": 25, "prod": 100}, size: 4, valid: time.Hour, wait: time.Minute}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // less than the budget's minute
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	good, refused := 0, 0
	for range 2 {
		c, _ := p.client(t, func(cfg *Config) { cfg.Budget = b })
		for range 20 {
			wg.Go(func() {
				_, err := c.Identities.Namespaces(ctx, "dev")
				mu.Lock()
				defer mu.Unlock()
				var e *Error
				switch {
				case err == nil:
					good++
				case errors.Is(err, ErrBudget) && errors.Is(err, ErrThrottled) && errors.As(err, &e) && e.RetryAfter > 59*time.Second:
					refused++
				default:
					t.Errorf("err = %v, want ErrBudget and its wait", err)
				}
			})
		}
	}
	wg.Wait()
	if good != 25 || refused != 15 || len(p.requests()) != 25 {
		t.Errorf("%d good, %d refused, %d requests; want 25, 15, 25", good, refused, len(p.requests()))
	}
	if b.left["prod"] != 100 {
		t.Errorf("dev's calls were taken from prod's budget: %d left", b.left["prod"])
	}
}

func TestALeaseIsSpentBeforeTheNext(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	b := &store{left: map[string]int{"dev": 1000}, size: 1000, valid: time.Minute}
	now := newClock()
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget, cfg.Now = b, now.now })
	for range 3 * leaseSize {
		if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
			t.Fatal(err)
		}
		now.add(leaseTime) // an idle replica hoards nothing
	}
	if b.leases != 3 {
		t.Errorf("%d leases for %d calls, want 3", b.leases, 3*leaseSize)
	}
	c.Identities.Namespaces(t.Context(), "dev")
	now.add(time.Minute) // what is left of the fourth lapses
	c.Identities.Namespaces(t.Context(), "dev")
	if b.leases != 5 {
		t.Errorf("%d leases, want 5: one that lapsed must not be spent", b.leases)
	}
}

func TestABusyReplicaLeasesMoreAtATime(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	b := &store{left: map[string]int{"dev": 10_000}, size: 10_000, valid: time.Minute}
	now := newClock()
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget, cfg.Now = b, now.now })
	for range 10 * leaseSize {
		if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
			t.Fatal(err)
		}
		now.add(time.Millisecond)
	}
	if b.leases != 2 || 10_000-b.left["dev"] > 10*leaseSize+leaseSize {
		t.Errorf("%d leases of %d calls for %d calls in 100 ms, want 2 and about as many", b.leases, 10_000-b.left["dev"], 10*leaseSize)
	}
}

func TestTheBudgetIsWaitedForWhileThereIsTime(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	b := &store{left: map[string]int{}, size: 10, valid: time.Minute, wait: 2 * time.Second}
	now := newClock()
	c, w := p.client(t, func(cfg *Config) { cfg.Budget, cfg.Now = b, now.now })
	w.do = func(d time.Duration) {
		now.add(d)
		b.mu.Lock()
		b.left["dev"] = 10
		b.mu.Unlock()
	}
	if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
		t.Fatal(err)
	}
	if got := w.all(); len(got) != 1 || got[0] != 2*time.Second {
		t.Errorf("waits = %v, want the budget's 2s", got)
	}
}

func TestEachAttemptTakesFromTheBudget(t *testing.T) {
	p := newPlatform(t, answers(500, ``))
	b := &store{left: map[string]int{"dev": 100}, size: 1, valid: time.Minute}
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget = b })
	c.Identities.Namespaces(t.Context(), "dev")
	if n := len(p.requests()); n != 5 || b.left["dev"] != 95 {
		t.Errorf("%d requests, %d of 100 left; want 5 and 95", n, b.left["dev"])
	}
}

func TestABudgetThatCannotBeAsked(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	cause := errors.New("postgres://user:secret@db/x: connection refused")
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget = &store{left: map[string]int{}, err: cause} })
	_, err := c.Identities.Namespaces(t.Context(), "dev")
	if !isErr(err, ErrUnavailable) || !errors.Is(err, cause) {
		t.Errorf("err = %v, want ErrUnavailable because of the store", err)
	}
	if len(p.requests()) != 0 {
		t.Error("a call was made without permission")
	}
	if got := err.Error(); contains(got, "secret", "postgres") {
		t.Errorf("error %q quotes the store", got)
	}
}

func TestWhoWaitsForTheBudgetMayLeave(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget = &store{left: map[string]int{}, wait: time.Hour} })
	c.sleep = sleep
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, leave)
	if _, err := c.Identities.Namespaces(ctx, "dev"); !isErr(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// Whoever stands in line behind somebody with more time learns why there was none.
func TestWaitingInLineIsNoTimeout(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	b := &store{left: map[string]int{}, wait: 5 * time.Second}
	c, _ := p.client(t, func(cfg *Config) { cfg.Budget = b })
	patient, leave := context.WithCancel(t.Context())
	asleep := make(chan struct{})
	c.sleep = func(ctx context.Context, _ time.Duration) error { close(asleep); <-ctx.Done(); return ctx.Err() }
	var wg sync.WaitGroup
	wg.Go(func() { c.Identities.Namespaces(patient, "dev") })
	<-asleep
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	_, err := c.Identities.Namespaces(ctx, "dev")
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrBudget) || e.RetryAfter < 4*time.Second || time.Since(began) > 500*time.Millisecond {
		t.Errorf("err = %v after %v, want ErrBudget and its wait at once", err, time.Since(began))
	}
	leave()
	wg.Wait()
}
