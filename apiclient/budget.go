package apiclient

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Budget leases permission for calls. Several replicas share one budget when they
// lease from the same place; each spends what it was granted on its own.
type Budget interface {
	// Lease asks for want calls in sandbox ("" where the call concerns the whole
	// organisation). granted calls may be made within valid, after which they
	// lapse. If granted is 0, wait says when to ask again.
	Lease(ctx context.Context, sandbox string, want int) (granted int, valid time.Duration, wait time.Duration, err error)
}

// A lease is meant to last about leaseTime at the pace at which the one before
// was spent, so that a busy replica does not ask the store for every few calls
// and an idle one hoards nothing. Its size stays within these bounds.
const (
	leaseTime = 100 * time.Millisecond
	leaseSize = 10 // calls, at the least
	mostLease = 1000
)

// minWait keeps a budget that says "none, ask at once" from being asked in a loop.
const minWait = 10 * time.Millisecond

// leases spends what was leased, sandbox by sandbox.
type leases struct {
	from Budget
	now  func() time.Time

	mu sync.Mutex
	by map[string]*lease
}

// lease is what is left of one lease. turn is held by whoever spends or leases,
// so that one caller asks and the others wait in line.
type lease struct {
	turn  chan struct{}
	left  int
	size  int          // what was granted
	since time.Time    // when it was granted
	until time.Time    // when left lapses
	again atomic.Int64 // before this, in Unix nanoseconds, the budget grants nothing
}

func newLeases(from Budget, now func() time.Time) *leases {
	return &leases{from: from, now: now, by: map[string]*lease{}}
}

func (s *leases) of(sandbox string) *lease {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl := s.by[sandbox]
	if sl == nil {
		sl = &lease{turn: make(chan struct{}, 1)}
		s.by[sandbox] = sl
	}
	return sl
}

// take spends one call, waiting for it as long as ctx allows. If the budget says
// that ctx does not allow it, take says so at once, with the time to wait.
func (s *leases) take(ctx context.Context, sandbox string, sleep func(context.Context, time.Duration) error) (wait time.Duration, err error) {
	if s.from == nil {
		return 0, nil
	}
	sl := s.of(sandbox)
	if wait := sl.wait(s.now()); wait > 0 && outlasts(ctx, wait) {
		return wait, ErrBudget // no use in standing in line
	}
	select {
	case sl.turn <- struct{}{}:
	case <-ctx.Done():
		if wait := sl.wait(s.now()); wait > 0 && ctx.Err() == context.DeadlineExceeded {
			return wait, ErrBudget
		}
		return 0, ctx.Err()
	}
	defer func() { <-sl.turn }()
	for {
		now := s.now()
		if sl.left > 0 && now.Before(sl.until) {
			sl.left--
			return 0, nil
		}
		if wait := sl.wait(now); wait > 0 {
			if outlasts(ctx, wait) {
				return wait, ErrBudget
			}
			if err := sleep(ctx, wait); err != nil {
				return wait, err
			}
		}
		if err := s.renew(ctx, sandbox, sl); err != nil {
			return 0, err
		}
	}
}

func (s *leases) renew(ctx context.Context, sandbox string, sl *lease) error {
	granted, valid, wait, err := s.from.Lease(ctx, sandbox, sl.want(s.now()))
	if err != nil {
		return &quiet{is: ErrUnavailable, what: "call budget cannot be asked", cause: err}
	}
	now := s.now()
	if granted <= 0 || valid <= 0 {
		sl.left = 0
		sl.again.Store(now.Add(max(wait, minWait)).UnixNano())
		return nil
	}
	sl.left, sl.size, sl.since, sl.until = granted, granted, now, now.Add(valid)
	sl.again.Store(0)
	return nil
}

// want is how many calls to ask for.
func (sl *lease) want(now time.Time) int {
	took := max(now.Sub(sl.since), time.Millisecond)
	if sl.left > 0 || took > leaseTime {
		return leaseSize
	}
	return min(max(int(int64(sl.size)*int64(leaseTime)/int64(took)), leaseSize), mostLease)
}

// wait is how long the budget grants nothing yet; not above 0 if it may be asked.
func (sl *lease) wait(now time.Time) time.Duration {
	return time.Unix(0, sl.again.Load()).Sub(now)
}

// outlasts reports whether waiting for d would use up all the time that ctx has.
func outlasts(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= d
}
