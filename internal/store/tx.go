package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"profiledesk/internal/audit"
)

// txLimit is how long a write transaction may take once it has begun.
const txLimit = 10 * time.Second

// beginTries is how many connections of a pool may turn out to be dead.
const beginTries = 20

// Tx is a write transaction. It is used by one goroutine, and inside it nothing
// else of the store.
type Tx struct {
	s    *Store
	tx   *sql.Tx
	ctx  context.Context    // of the transaction: every statement runs under it, whatever becomes of the caller's
	head *audit.Frontier    // once the head row is locked
	sign []audit.Checkpoint // signed in this transaction, told to the second place after it
	err  error              // an append that failed: what it left must not be committed
}

// Tx runs fn in a write transaction and commits it if fn returns nil. Waiting
// for a connection ends with ctx; once the transaction has begun it goes on
// without ctx's cancellation, under a time limit of its own, because what is
// being recorded must not hang on a browser's connection. Append events last:
// the row they lock is the one that everybody waits for.
func (s *Store) Tx(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, false, fn)
}

// softTx is Tx for what may be lost with the machine's power: it does not wait
// for the disk. No event is appended in it.
func (s *Store) softTx(ctx context.Context, fn func(*Tx) error) error {
	return s.write(ctx, true, fn)
}

func (s *Store) write(ctx context.Context, soft bool, fn func(*Tx) error) error {
	conn, tx, end, err := s.begin(ctx, soft)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer end()
	defer conn.Close()
	if soft && s.dialect.harden != "" {
		defer s.harden(tx.ctx, conn)
	}
	defer func() { _ = tx.tx.Rollback() }() // does nothing once committed
	if err := fn(tx); err != nil {
		return err
	}
	if tx.err != nil {
		return tx.err
	}
	return s.commit(tx)
}

// begin waits for a connection as long as ctx allows and begins a transaction
// on it. A connection that turns out to be dead is given up for another one.
func (s *Store) begin(ctx context.Context, soft bool) (*sql.Conn, *Tx, context.CancelFunc, error) {
	for try := 1; ; try++ {
		conn, err := s.w.Conn(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), txLimit)
		tx, err := s.beginOn(own, conn, soft)
		if err == nil {
			return conn, &Tx{s: s, tx: tx, ctx: own}, cancel, nil
		}
		last := try == beginTries || s.dialect.name == "sqlite" || own.Err() != nil
		cancel()
		_ = conn.Close()
		if last {
			return nil, nil, nil, err
		}
	}
}

func (s *Store) beginOn(ctx context.Context, conn *sql.Conn, soft bool) (*sql.Tx, error) {
	if !soft {
		return conn.BeginTx(ctx, nil)
	}
	if s.dialect.harden != "" {
		if _, err := conn.ExecContext(ctx, s.dialect.soften); err != nil {
			return nil, err
		}
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			s.harden(ctx, conn)
		}
		return tx, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, s.dialect.soften); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

func (s *Store) commit(t *Tx) error {
	start := time.Now()
	if err := t.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.observe("commit", start)
	select {
	case s.health.committed <- struct{}{}:
	default:
	}
	if s.publisher != nil {
		s.publisher.add(t.sign...)
	}
	return nil
}

// harden makes the connection wait for the disk again. One that does not is
// given up.
func (s *Store) harden(ctx context.Context, conn *sql.Conn) {
	if _, err := conn.ExecContext(ctx, s.dialect.harden); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// ExecContext, QueryContext and QueryRowContext run a statement in the
// transaction, under its own time limit: the cancellation of the context that
// is given does not reach it.
func (t *Tx) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := t.s.kept[query]; stmt != nil {
		return t.tx.StmtContext(t.ctx, stmt).ExecContext(t.ctx, args...)
	}
	return t.tx.ExecContext(t.ctx, query, args...)
}

// QueryContext is like that of [sql.Tx].
func (t *Tx) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(t.ctx, query, args...)
}

// QueryRowContext is like that of [sql.Tx].
func (t *Tx) QueryRowContext(_ context.Context, query string, args ...any) *sql.Row {
	if stmt := t.s.kept[query]; stmt != nil {
		return t.tx.StmtContext(t.ctx, stmt).QueryRowContext(t.ctx, args...)
	}
	return t.tx.QueryRowContext(t.ctx, query, args...)
}

// changed runs query and says whether it touched a row.
func (t *Tx) changed(ctx context.Context, query string, args ...any) (bool, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// read runs fn in a read-only transaction that sees one state of the database.
func (s *Store) read(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.r.BeginTx(ctx, &sql.TxOptions{Isolation: s.dialect.snapshot, ReadOnly: s.dialect.name == "postgres"})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	return fn(tx)
}

// places is ($1,$2),($3,$4)… for rows of n columns.
func places(rows, n int) string {
	var b strings.Builder
	for i := range rows * n {
		switch {
		case i%n != 0:
			b.WriteString(",$")
		case i == 0:
			b.WriteString("($")
		default:
			b.WriteString("),($")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(")")
	return b.String()
}

// none says whether err is that of a row that is not there.
func none(err error) bool { return errors.Is(err, sql.ErrNoRows) }
