package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// probeEvery is how often, at most, a probe writes to learn whether writing
// works.
const probeEvery = 2 * time.Second

// probeBytes is what a probe writes: more than the little that may still fit
// into a full disk's last block.
const probeBytes = 16 << 10

// health is what the store knows of itself without asking.
type health struct {
	committed chan struct{} // told of each commit, for whoever copies the write-ahead log
	lost      atomic.Int64
	failing   atomic.Pointer[error] // of the last append that failed, nil after one that worked

	mu     sync.Mutex
	probed time.Time
	result error
}

// recorded keeps the outcome of an append.
func (h *health) recorded(err error) {
	if err == nil {
		h.failing.Store(nil)
		return
	}
	h.failing.Store(&err)
}

// Ping says whether the database answers and takes writes: a full disk and one
// that became read-only are errors. It writes once in two seconds at most.
func (s *Store) Ping(ctx context.Context) error {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.probed.IsZero() && time.Since(h.probed) < probeEvery {
		return h.result
	}
	h.result = s.probe(ctx)
	h.probed = time.Now()
	return h.result
}

// LogHealth says whether events can be recorded: the last append worked, or
// what has been tried since then did.
func (s *Store) LogHealth(ctx context.Context) error {
	if s.health.failing.Load() == nil {
		return s.Ping(ctx)
	}
	if err := s.Ping(ctx); err != nil {
		return err
	}
	s.health.failing.Store(nil)
	return nil
}

// CheckpointHealth is the error of the last writing to the checkpoint file.
func (s *Store) CheckpointHealth() error {
	if s.publisher == nil {
		return nil
	}
	s.publisher.mu.Lock()
	defer s.publisher.mu.Unlock()
	return s.publisher.err
}

// probe takes the lock that appending takes, and writes.
func (s *Store) probe(ctx context.Context) error {
	if s.cfg.ReadOnly {
		return s.r.PingContext(ctx)
	}
	pad := make([]byte, probeBytes)
	copy(pad, stamp(s.now()))
	err := s.Tx(ctx, func(t *Tx) error {
		if _, err := t.ExecContext(ctx, "UPDATE probe SET at = $1, pad = $2 WHERE one = 1", stamp(s.now()), pad); err != nil {
			return err
		}
		return t.lockHead(ctx)
	})
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}
