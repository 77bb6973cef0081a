package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"profiledesk/internal/audit"
)

// signEvery is how many events a signed checkpoint may be behind.
const signEvery = 100

// insertRows is the largest number of rows in one statement. Smaller batches
// are powers of two, so that there are few different statements to prepare.
const insertRows = 64

var _ audit.Appender = (*Tx)(nil)

// Append adds an event to the log as part of this transaction. It sets e.Seq,
// and e.At where it is zero. After an error the transaction does not commit.
func (t *Tx) Append(ctx context.Context, e *audit.Event) error {
	return t.appendAll(ctx, []*audit.Event{e})
}

func (t *Tx) appendAll(ctx context.Context, events []*audit.Event) error {
	err := t.tryAppend(ctx, events)
	if err != nil {
		err = fmt.Errorf("%w: %w", audit.ErrNotRecorded, err)
		t.err = errors.Join(t.err, err)
	}
	return err
}

func (t *Tx) tryAppend(ctx context.Context, events []*audit.Event) error {
	if err := t.lockHead(ctx); err != nil {
		return err
	}
	before := t.head.Size
	var rows, mentions []any
	for _, e := range events {
		row, err := t.grow(e)
		if err != nil {
			return err
		}
		rows = append(rows, row...)
		for _, mention := range e.Index().Mentions {
			mentions = append(mentions, mention, e.Seq)
		}
	}
	if err := t.insert(ctx, insertEvents, eventColumns, rows); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if err := t.insert(ctx, insertMentions, mentionColumns, mentions); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	moved, err := t.changed(ctx, moveHead, t.head.Size, audit.JoinHashes(t.head.Peaks), before)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if !moved {
		return errors.New("append: the head row changed under its lock")
	}
	return t.keepCheckpoint(ctx)
}

// lockHead reads the head row, and keeps other writers off it until the
// transaction ends.
func (t *Tx) lockHead(ctx context.Context) error {
	if t.head != nil {
		return nil
	}
	head, err := readHead(ctx, t, t.s.dialect.forUpdate)
	if err != nil {
		return err
	}
	t.head = &head
	return nil
}

// queryer is what reads: a pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readHead(ctx context.Context, q queryer, lock string) (audit.Frontier, error) {
	var size int64
	var peaks []byte
	if err := q.QueryRowContext(ctx, selectHead+lock).Scan(&size, &peaks); err != nil {
		return audit.Frontier{}, fmt.Errorf("read head of the log: %w", err)
	}
	return audit.ParseFrontier(size, peaks)
}

// grow gives e its place in the tree and returns its row.
func (t *Tx) grow(e *audit.Event) ([]any, error) {
	e.Seq = t.head.Size + 1
	if e.At.IsZero() {
		e.At = t.s.now()
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	leaf, err := e.Leaf()
	if err != nil {
		return nil, err
	}
	hashes := t.head.Append(leaf)
	if t.head.Size%signEvery == 0 {
		if err := t.signHead(); err != nil {
			return nil, err
		}
	}
	x := e.Index()
	return []any{e.Seq, string(leaf), audit.JoinHashes(hashes), x.At, x.Kind, x.Sandbox, x.Actor, x.Name}, nil
}

// insert writes rows of n columns, many to a statement. statements are those for
// 1, 2, 4 … rows.
func (t *Tx) insert(ctx context.Context, statements []string, n int, values []any) error {
	for len(values) > 0 {
		i := min(bits.Len(uint(len(values)/n)), len(statements)) - 1
		if _, err := t.ExecContext(ctx, statements[i], values[:n<<i]...); err != nil {
			return err
		}
		values = values[n<<i:]
	}
	return nil
}

// Head is the log's size and root as of now.
func (s *Store) Head(ctx context.Context) (audit.Tree, error) {
	head, err := readHead(ctx, s.r, "")
	if err != nil {
		return audit.Tree{}, err
	}
	return head.Tree(), nil
}
