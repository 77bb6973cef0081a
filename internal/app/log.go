package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"profiledesk/handlers"
	"profiledesk/internal/audit"
	"profiledesk/internal/store"
)

// logbook is the log as the pages read it.
type logbook struct {
	*store.Store
	key string // verifier key
	now func() time.Time

	running singleflight.Group
	mu      sync.Mutex
	last    handlers.Integrity
}

// Row is one row with its exact leaf.
func (l *logbook) Row(ctx context.Context, seq int64) (audit.Row, error) {
	_, leaf, err := l.Event(ctx, seq)
	if errors.Is(err, store.ErrNoEvent) {
		return audit.Row{}, handlers.ErrNoRow
	}
	return audit.Row{Seq: seq, Leaf: leaf}, err
}

const (
	verifyLimit = 2 * time.Minute
	verifiedFor = 10 * time.Second // a verification is believed so long: it reads the whole log
)

// Verify verifies the whole log against the checkpoints at hand. Readers at the
// same time share one verification, which goes on when one of them leaves.
func (l *logbook) Verify(ctx context.Context) (handlers.Integrity, error) {
	if last, ok := l.recent(); ok {
		return last, nil
	}
	done := l.running.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), verifyLimit)
		defer cancel()
		return l.verify(ctx)
	})
	select {
	case <-ctx.Done():
		return handlers.Integrity{}, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return handlers.Integrity{}, r.Err
		}
		return r.Val.(handlers.Integrity), nil
	}
}

func (l *logbook) recent() (handlers.Integrity, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, !l.last.At.IsZero() && l.now().Sub(l.last.At) < verifiedFor
}

func (l *logbook) verify(ctx context.Context) (handlers.Integrity, error) {
	start := l.now()
	checkpoint, err := l.LastCheckpoint(ctx)
	if err != nil {
		return handlers.Integrity{}, err
	}
	report, err := l.Store.Verify(ctx)
	if err != nil {
		return handlers.Integrity{}, err
	}
	done := handlers.Integrity{Report: report, Checkpoint: checkpoint, At: l.now(), Took: l.now().Sub(start), Key: l.key}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = done
	return done, nil
}
