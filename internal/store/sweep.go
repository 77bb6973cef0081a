package store

import (
	"context"
	"fmt"
	"time"

	"profiledesk/internal/auth"
)

const (
	sweepEvery   = 10 * time.Minute
	sessionGrave = 24 * time.Hour // how long an ended session stays, so that a form can be kept for it
	formLife     = 24 * time.Hour // how long a kept form waits for its owner
	opLife       = 30 * 24 * time.Hour
)

// Sweep destroys what has reached its end: sessions, kept forms, used logout
// tokens, ops, and handles where Config says how long they live. The log is never
// swept.
func (s *Store) Sweep(ctx context.Context) error {
	now := s.now()
	for _, sweep := range []struct {
		query string
		until time.Time
	}{
		{"UPDATE session SET tokens = NULL WHERE tokens IS NOT NULL AND seen < $1", now.Add(-auth.SessionAbsolute)},
		{"DELETE FROM session WHERE seen < $1", now.Add(-auth.SessionAbsolute - sessionGrave)},
		{"DELETE FROM session WHERE ended <> '' AND ended < $1", now.Add(-sessionGrave)},
		{"DELETE FROM kept_form WHERE at < $1", now.Add(-formLife)},
		{"DELETE FROM logout_jti WHERE until < $1", now},
		{"DELETE FROM op WHERE at < $1", now.Add(-opLife)},
	} {
		err := s.Tx(ctx, func(t *Tx) error {
			_, err := t.ExecContext(ctx, sweep.query, stamp(sweep.until))
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	if s.cfg.HandleLife == nil {
		return nil
	}
	return s.SweepHandles(ctx, now.Add(-s.cfg.HandleLife()))
}

// RunSweep sweeps now and every ten minutes until ctx ends.
func (s *Store) RunSweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("old rows were not swept", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
