package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// SQLite parses a statement anew each time, unless it is kept; that takes
// longer than running it. The driver for PostgreSQL keeps statements by itself.

// keyReaders is how many rows are read by their key at a time, on SQLite.
const keyReaders = 2

// keyed reads single rows by their key, as every request does: its session, its
// handle, its reader's preferences. On SQLite it has connections of its own, so
// that nobody's page waits behind a search of the log, and reads to the end even
// if ctx ends: that takes microseconds, and watching ctx takes longer.
type keyed struct {
	*sql.DB

	mu   sync.RWMutex
	kept map[string]*sql.Stmt // nil: not here
}

// QueryRowContext is like that of [sql.DB]. The query is one of a few.
func (k *keyed) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if k.kept == nil {
		return k.DB.QueryRowContext(ctx, query, args...)
	}
	ctx = context.WithoutCancel(ctx)
	stmt, err := k.statement(ctx, query)
	if err != nil {
		return k.DB.QueryRowContext(ctx, query, args...) // it says the same
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (k *keyed) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	k.mu.RLock()
	stmt := k.kept[query]
	k.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if stmt := k.kept[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := k.PrepareContext(ctx, query)
	if err == nil {
		k.kept[query] = stmt
	}
	return stmt, err
}

// Statements of each append. Inserts are written for 1, 2, 4 … rows.
const (
	selectHead     = "SELECT size, peaks FROM audit_head WHERE one = 1"
	moveHead       = "UPDATE audit_head SET size = $1, peaks = $2 WHERE one = 1 AND size = $3"
	eventColumns   = 8
	mentionColumns = 2
)

var (
	insertEvents   = inserts("INSERT INTO audit_event (seq, leaf, hash, at, kind, sandbox, actor, actor_name) VALUES ", eventColumns)
	insertMentions = inserts("INSERT INTO audit_mention (mention, seq) VALUES ", mentionColumns)
)

// inserts are the statements for 1, 2, 4 … insertRows rows of n columns.
func inserts(statement string, n int) []string {
	var all []string
	for rows := 1; rows <= insertRows; rows *= 2 {
		all = append(all, statement+places(rows, n))
	}
	return all
}

// keepStatements prepares what every append runs, on the connection that writes:
// inside a transaction there is no other one to do it on.
func (s *Store) keepStatements(ctx context.Context) error {
	if s.dialect.name != "sqlite" || s.cfg.ReadOnly {
		return nil
	}
	s.kept = map[string]*sql.Stmt{}
	for _, query := range append(append([]string{selectHead, moveHead}, insertEvents...), insertMentions...) {
		stmt, err := s.w.PrepareContext(ctx, query)
		if err != nil {
			return fmt.Errorf("prepare statement: %w", err)
		}
		s.kept[query] = stmt
	}
	return nil
}
