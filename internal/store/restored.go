package store

import (
	"context"
	"errors"
	"fmt"

	"profiledesk/internal/audit"
)

// ErrNotHeld says that there is nothing to release.
var ErrNotHeld = errors.New("the log is not held")

// Restored says whether the log is behind, or different from, what its second
// place has: the database is an older copy. Until it is released, nothing that
// changes anything at Adobe may be sent, and no checkpoint leaves.
func (s *Store) Restored() bool { return s.held() != nil }

// RestoredFrom is the tree head in the second place that the log does not
// reach; ok is false where the log is not held.
func (s *Store) RestoredFrom() (tree audit.Tree, ok bool) {
	if held := s.held(); held != nil {
		return *held, true
	}
	return audit.Tree{}, false
}

func (s *Store) held() *audit.Tree {
	if s.publisher == nil {
		return nil
	}
	s.publisher.mu.Lock()
	defer s.publisher.mu.Unlock()
	return s.publisher.held
}

// Release lets work go on after an older database was restored: it appends e,
// which says who decided it and why, and from then on checkpoints leave again.
// e.Detail gets the size and root that the log had reached elsewhere. Its error
// wraps [ErrNotHeld] or [audit.ErrNotRecorded].
func (s *Store) Release(ctx context.Context, e *audit.Event) error {
	tree, ok := s.RestoredFrom()
	if !ok {
		return ErrNotHeld
	}
	e.Kind = audit.LogReleased
	detail := map[string]any{"size": tree.Size, "root": tree.Root.String()}
	for k, v := range e.Detail {
		detail[k] = v
	}
	e.Detail = detail
	err := s.Tx(ctx, func(t *Tx) error {
		if _, err := t.ExecContext(ctx, "INSERT INTO audit_release (size, root, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			tree.Size, tree.Root.String(), stamp(s.now())); err != nil {
			return fmt.Errorf("release the log: %w", err)
		}
		return t.Append(ctx, e)
	})
	if err != nil {
		return err
	}
	s.letGo()
	return s.Checkpoint(ctx)
}

// letGo ends the hold in this process.
func (s *Store) letGo() {
	s.publisher.mu.Lock()
	defer s.publisher.mu.Unlock()
	s.publisher.held = nil
	s.publisher.last = 0
}

// seeRelease ends the hold if another replica's admin released it.
func (s *Store) seeRelease(ctx context.Context) error {
	tree, ok := s.RestoredFrom()
	if !ok {
		return nil
	}
	var one int
	err := s.r.QueryRowContext(ctx, "SELECT 1 FROM audit_release WHERE size = $1 AND root = $2", tree.Size, tree.Root.String()).Scan(&one)
	if err == nil {
		s.letGo()
	}
	if none(err) {
		return nil
	}
	return err
}
