package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"profiledesk/internal/audit"
)

const (
	batchEvents  = 256                   // events in one commit, unless one caller brings more
	laterEvents  = 8192                  // events that wait for nobody and are held in memory
	laterDelay   = 20 * time.Millisecond // how long they wait for a commit to ride along with
	laterLife    = time.Minute           // how long a failing database is tried for them
	recordLimit  = 5 * time.Second       // one commit
	maxLaterWait = 5 * time.Second       // between two tries

	crowd     = 4                    // callers in one commit from which on more are let gather for the next
	crowdPace = 3 * time.Millisecond // from one to the next then. Where few come, nobody waits for company
)

var errClosed = errors.New("the store is closed")

// Record appends events and returns when they are on disk. Events of parallel
// callers share one commit. The wait goes on if ctx ends: the caller learns
// whether the events are there. An error wraps [audit.ErrNotRecorded]; then
// nothing was recorded, or the connection broke before the answer.
func (s *Store) Record(ctx context.Context, events ...*audit.Event) error {
	start := time.Now()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", audit.ErrNotRecorded, err)
	}
	e := &entry{done: make(chan error, 1)}
	for _, event := range events {
		if err := event.Check(); err != nil {
			return fmt.Errorf("%w: %w", audit.ErrNotRecorded, err)
		}
		own := *event
		e.events = append(e.events, &own)
	}
	if err := s.recorder.add(e); err != nil {
		return err
	}
	limit := time.NewTimer(2 * recordLimit)
	defer limit.Stop()
	select {
	case err := <-e.done:
		if err != nil {
			return err
		}
	case <-limit.C:
		return fmt.Errorf("%w: the database does not answer", audit.ErrNotRecorded)
	}
	for i, event := range events {
		event.Seq, event.At = e.events[i].Seq, e.events[i].At
	}
	s.observe("record", start)
	return nil
}

// RecordLater hands events over to be appended in this order, soon; the caller
// does not wait. They are tried for a minute, and lost with the process or when
// more than 8192 wait: then they are counted and logged. Close commits them.
func (s *Store) RecordLater(events ...*audit.Event) {
	for _, event := range events {
		own := *event
		err := own.Check()
		if err == nil {
			err = s.recorder.addLater(&own)
		}
		if err != nil {
			s.lose(&own, err)
		}
	}
}

// Lost is how many events of RecordLater were not recorded since the start.
func (s *Store) Lost() int64 { return s.health.lost.Load() }

func (s *Store) lose(e *audit.Event, err error) {
	s.health.lost.Add(1)
	s.log.Error("event was not recorded", "kind", e.Kind, "phase", e.Phase, "request_id", e.RequestID, "err", err)
}

// entry is what one caller of Record waits for.
type entry struct {
	events []*audit.Event
	done   chan error
}

type waiting struct {
	event *audit.Event
	until time.Time // when it is given up
}

// recorder commits what waits, all at once: while one commit is on its way to
// the disk, the next batch gathers.
type recorder struct {
	s    *Store
	done chan struct{}

	mu     sync.Mutex
	wake   sync.Cond
	urgent []*entry
	later  []waiting
	due    bool // later has waited long enough
	timed  bool // a timer for that is running
	closed bool
	retry  time.Duration
}

func (s *Store) startRecorder() {
	r := &recorder{s: s, done: make(chan struct{})}
	r.wake.L = &r.mu
	s.recorder = r
	go r.run()
}

func (r *recorder) add(e *entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return fmt.Errorf("%w: %w", audit.ErrNotRecorded, errClosed)
	}
	r.urgent = append(r.urgent, e)
	r.wake.Signal()
	return nil
}

func (r *recorder) addLater(e *audit.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return errClosed
	case len(r.later) >= laterEvents:
		return errors.New("too many wait")
	}
	if e.At.IsZero() {
		e.At = r.s.now()
	}
	r.later = append(r.later, waiting{e, time.Now().Add(laterLife)})
	r.dueIn(laterDelay)
	return nil
}

// dueIn sees to it that what is in later is taken in time. r.mu is held.
func (r *recorder) dueIn(d time.Duration) {
	if r.due { // the time had come when nothing was left to take
		r.wake.Signal()
		return
	}
	if r.timed {
		return
	}
	r.timed = true
	time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.timed, r.due = false, true
		r.wake.Signal()
	})
}

func (r *recorder) run() {
	defer close(r.done)
	for {
		entries, later, ok := r.take()
		if !ok {
			return
		}
		start := time.Now()
		r.commit(entries, later)
		if len(entries) >= crowd {
			time.Sleep(crowdPace - time.Since(start))
		}
	}
}

// take waits for something to commit. It is false when the store closes and
// nothing is left.
func (r *recorder) take() (entries []*entry, later []waiting, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.urgent) == 0 && (len(r.later) == 0 || !r.due && !r.closed) {
		if r.closed {
			return nil, nil, false
		}
		r.wake.Wait()
	}
	n, events := 0, 0
	for n < len(r.urgent) && (n == 0 || events+len(r.urgent[n].events) <= batchEvents) {
		events += len(r.urgent[n].events)
		n++
	}
	entries, r.urgent = r.urgent[:n:n], r.urgent[n:]
	if r.retry == 0 || r.due || r.closed {
		n = min(len(r.later), max(batchEvents-events, 1))
		later, r.later = r.later[:n:n], r.later[n:]
	}
	return entries, later, true
}

// commit appends all of it in one transaction and tells who waits.
func (r *recorder) commit(entries []*entry, later []waiting) {
	var events []*audit.Event
	for _, e := range entries {
		events = append(events, e.events...)
	}
	for _, w := range later {
		events = append(events, w.event)
	}
	err := r.s.appendNow(events)
	if err != nil && len(entries) > 0 && len(later) > 0 {
		// Who waits must not fail for a passenger's sake.
		err = r.s.appendNow(events[:len(events)-len(later)])
		r.putBack(later, errors.New("the commit that it was to ride with failed"))
		later = nil
	}
	for _, e := range entries {
		e.done <- err
	}
	if err != nil {
		r.putBack(later, err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(later) > 0 {
		r.retry = 0
	}
	if r.due = false; len(r.later) > 0 {
		r.dueIn(laterDelay)
	}
}

// putBack keeps what may be tried again and gives up the rest.
func (r *recorder) putBack(later []waiting, err error) {
	if len(later) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	kept := later[:0:0]
	for _, w := range later {
		if r.closed || now.After(w.until) {
			r.s.lose(w.event, err)
			continue
		}
		kept = append(kept, w)
	}
	r.later = append(kept, r.later...)
	r.retry = min(max(2*r.retry, 100*time.Millisecond), maxLaterWait)
	if r.due = false; len(r.later) > 0 {
		r.dueIn(r.retry)
	}
}

// close commits what waits and ends the recorder.
func (r *recorder) close() {
	r.mu.Lock()
	r.closed = true
	r.wake.Signal()
	r.mu.Unlock()
	<-r.done
}

// appendNow appends events in a transaction of their own.
func (s *Store) appendNow(events []*audit.Event) error {
	ctx, cancel := context.WithTimeout(context.Background(), recordLimit)
	defer cancel()
	err := s.Tx(ctx, func(t *Tx) error { return t.appendAll(ctx, events) })
	s.health.recorded(err)
	if err != nil && !errors.Is(err, audit.ErrNotRecorded) {
		err = fmt.Errorf("%w: %w", audit.ErrNotRecorded, err)
	}
	return err
}
