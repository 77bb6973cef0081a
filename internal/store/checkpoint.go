package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"profiledesk/internal/audit"
)

// checkpointEvery is how old the newest checkpoint gets, in time; signEvery is
// the same in events. The promise is 60 seconds.
const checkpointEvery = 50 * time.Second

// signHead signs the tree as it is now, to be kept and told with the commit.
func (t *Tx) signHead() error {
	if t.s.cfg.Signer == nil {
		return nil
	}
	c, err := audit.SignCheckpoint(t.head.Tree(), t.s.now(), t.s.cfg.Signer)
	if err != nil {
		return err
	}
	t.sign = append(t.sign, c)
	return nil
}

// keepCheckpoint writes the last checkpoint of this transaction, if it has one.
func (t *Tx) keepCheckpoint(ctx context.Context) error {
	if len(t.sign) == 0 {
		return nil
	}
	c := t.sign[len(t.sign)-1]
	_, err := t.ExecContext(ctx, `INSERT INTO audit_checkpoint (one, size, at, note) VALUES (1, $1, $2, $3)
		ON CONFLICT (one) DO UPDATE SET size = excluded.size, at = excluded.at, note = excluded.note`, c.Size, stamp(c.At), c.Note)
	if err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	return nil
}

// Checkpoint signs the log as it is now and hands it to the second place.
func (s *Store) Checkpoint(ctx context.Context) error {
	if s.cfg.Signer == nil {
		return nil
	}
	return s.Tx(ctx, func(t *Tx) error {
		if err := t.lockHead(ctx); err != nil {
			return err
		}
		if err := t.signHead(); err != nil {
			return err
		}
		return t.keepCheckpoint(ctx)
	})
}

// RunCheckpoints signs a checkpoint at once and then at least every minute,
// also when nothing happened, until ctx ends. Those between, a hundred events
// apart, come with the events themselves.
func (s *Store) RunCheckpoints(ctx context.Context) {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		if err := s.seeRelease(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("cannot tell whether the log was released", "err", err)
		}
		if err := s.Checkpoint(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("checkpoint was not signed", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// lastCheckpoint is the newest one that the database keeps; ok is false before
// the first.
func lastCheckpoint(ctx context.Context, q queryer) (c audit.Checkpoint, ok bool, err error) {
	var at string
	err = q.QueryRowContext(ctx, "SELECT size, at, note FROM audit_checkpoint WHERE one = 1").Scan(&c.Size, &at, &c.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read checkpoint: %w", err)
	}
	c.At = unstamp(at)
	return c, true, nil
}

// LastCheckpoint is the newest one that the database keeps, the zero value
// before the first.
func (s *Store) LastCheckpoint(ctx context.Context) (audit.Checkpoint, error) {
	c, _, err := lastCheckpoint(ctx, s.r)
	return c, err
}
