package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"profiledesk/internal/audit"
)

const (
	pageEvents    = 50
	maxPageEvents = 500
)

// where gathers conditions and their values.
type where struct {
	parts []string
	args  []any
}

// add takes a condition in which each ? stands for the next of values.
func (w *where) add(condition string, values ...any) {
	for _, v := range values {
		w.args = append(w.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.parts = append(w.parts, condition)
}

// in adds a condition that column is one of values.
func (w *where) in(before string, values []string, after string) {
	if len(values) == 0 {
		w.parts = append(w.parts, "1 = 0")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(before+" IN (?"+strings.Repeat(",?", len(values)-1)+")"+after, args...)
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

func conditions(f audit.Filter) *where {
	var w where
	if !f.All {
		w.in("sandbox", f.Sandboxes, "")
		w.add("sandbox <> ''")
	}
	if f.Sandbox != "" {
		w.add("sandbox = ?", f.Sandbox)
	}
	if f.Actor != "" {
		w.add("(actor = ? OR actor_name = ?)", f.Actor, audit.FoldName(f.Actor))
	}
	switch {
	case f.Kind == "":
	case strings.Contains(f.Kind, "."):
		w.add("kind = ?", f.Kind)
	default:
		w.add("kind > ? AND kind < ?", f.Kind+".", f.Kind+"/") // "/" follows "."
	}
	if !f.From.IsZero() {
		w.add("at >= ?", stamp(f.From))
	}
	if !f.To.IsZero() {
		w.add("at < ?", stamp(f.To))
	}
	if f.Request != "" {
		w.add("seq IN (SELECT seq FROM audit_mention WHERE mention = ?)", audit.MentionRef(f.Request))
	}
	if len(f.Subjects) > 0 {
		mentions := make([]string, len(f.Subjects))
		for i, subject := range f.Subjects {
			mentions[i] = audit.MentionSubject(subject)
		}
		w.in("seq IN (SELECT seq FROM audit_mention WHERE mention", mentions, ")")
	}
	if f.Cursor > 0 {
		w.add("seq < ?", f.Cursor)
	}
	return &w
}

// Events finds the events that match f, the newest first.
func (s *Store) Events(ctx context.Context, f audit.Filter) (audit.Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = pageEvents
	}
	limit = min(limit, maxPageEvents)
	w := conditions(f)
	events, err := s.events(ctx, "SELECT leaf FROM audit_event"+w.String()+" ORDER BY seq DESC LIMIT "+strconv.Itoa(limit+1), w.args...)
	if err != nil {
		return audit.Page{}, fmt.Errorf("search the log: %w", err)
	}
	page := audit.Page{Events: events}
	if len(events) > limit {
		page.Events = events[:limit]
		page.Next = page.Events[limit-1].Seq
	}
	if page.After, err = s.outcomes(ctx, page.Events); err != nil {
		return audit.Page{}, fmt.Errorf("search the log: %w", err)
	}
	return page, nil
}

// Newer is the cursor of the page that comes before the one at f.Cursor, which
// has f.Limit events too; 0 is the newest page.
func (s *Store) Newer(ctx context.Context, f audit.Filter) (int64, error) {
	limit, from := f.Limit, f.Cursor
	if limit <= 0 {
		limit = pageEvents
	}
	f.Cursor = 0
	w := conditions(f)
	w.add("seq >= ?", from)
	// The row after that page's newest, counted upwards, is what its cursor names.
	row := s.r.QueryRowContext(ctx, "SELECT seq FROM audit_event"+w.String()+" ORDER BY seq LIMIT 1 OFFSET "+strconv.Itoa(min(limit, maxPageEvents)), w.args...)
	var cursor int64
	if err := row.Scan(&cursor); err != nil && !none(err) {
		return 0, fmt.Errorf("search the log: %w", err)
	}
	return cursor, nil
}

// outcomes finds the after events of the befores among events, by op.
func (s *Store) outcomes(ctx context.Context, events []audit.Event) (map[string]audit.Event, error) {
	var mentions []string
	for _, e := range events {
		if e.Phase == audit.Before {
			mentions = append(mentions, audit.MentionRef(e.Op))
		}
	}
	if len(mentions) == 0 {
		return nil, nil
	}
	var w where
	w.in("seq IN (SELECT seq FROM audit_mention WHERE mention", mentions, ")")
	found, err := s.events(ctx, "SELECT leaf FROM audit_event"+w.String()+" ORDER BY seq", w.args...)
	if err != nil {
		return nil, err
	}
	after := map[string]audit.Event{}
	for _, e := range found {
		if e.Phase == audit.After {
			after[e.Op] = e
		}
	}
	return after, nil
}

func (s *Store) events(ctx context.Context, query string, args ...any) ([]audit.Event, error) {
	rows, err := s.r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []audit.Event
	for rows.Next() {
		var leaf sql.RawBytes
		if err := rows.Scan(&leaf); err != nil {
			return nil, err
		}
		e, err := audit.ParseLeaf(leaf)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// Event is the event with that seq and its exact leaf, or [ErrNoEvent].
func (s *Store) Event(ctx context.Context, seq int64) (audit.Event, []byte, error) {
	leaf, err := readLeaf(ctx, s.r, seq)
	if err != nil {
		return audit.Event{}, nil, err
	}
	e, err := audit.ParseLeaf(leaf)
	if err != nil {
		return audit.Event{}, nil, fmt.Errorf("read event %d: %w", seq, err)
	}
	return e, leaf, nil
}

func readLeaf(ctx context.Context, q queryer, seq int64) ([]byte, error) {
	var leaf []byte
	err := q.QueryRowContext(ctx, "SELECT leaf FROM audit_event WHERE seq = $1", seq).Scan(&leaf)
	if none(err) {
		return nil, fmt.Errorf("read event %d: %w", seq, ErrNoEvent)
	}
	if err != nil {
		return nil, fmt.Errorf("read event %d: %w", seq, err)
	}
	return leaf, nil
}

// Leaves are the leaves from one seq to another, both included, in order; to 0
// means the end. A leaf is valid until the next one. The rows are those of the
// moment at which the reading began.
func (s *Store) Leaves(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		query, args := "SELECT leaf FROM audit_event WHERE seq >= $1 ORDER BY seq", []any{from}
		if to > 0 {
			query, args = "SELECT leaf FROM audit_event WHERE seq >= $1 AND seq <= $2 ORDER BY seq", []any{from, to}
		}
		rows, err := s.r.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, fmt.Errorf("read the log: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var leaf sql.RawBytes
			if err := rows.Scan(&leaf); err != nil {
				yield(nil, fmt.Errorf("read the log: %w", err))
				return
			}
			if !yield(leaf, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("read the log: %w", err))
		}
	}
}

// SandboxesSeen are the names of all sandboxes that the log has events of, so
// that the caller can ask for each whether the reader may see it.
func (s *Store) SandboxesSeen(ctx context.Context) ([]string, error) {
	// Walks the index from name to name: reading all rows would take too long.
	rows, err := s.r.QueryContext(ctx, `WITH RECURSIVE n(name) AS (
		SELECT MIN(sandbox) FROM audit_event
		UNION ALL
		SELECT (SELECT MIN(sandbox) FROM audit_event WHERE sandbox > n.name) FROM n WHERE n.name IS NOT NULL
	) SELECT name FROM n WHERE name IS NOT NULL AND name <> ''`)
	if err != nil {
		return nil, fmt.Errorf("read sandboxes of the log: %w", err)
	}
	return texts(rows)
}

// texts reads rows of one text each, and closes them.
func texts(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}

// hashReader reads the tree's hashes from the rows that keep them.
func hashReader(ctx context.Context, q queryer) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			seq, place := audit.HashPlace(index)
			var b []byte
			if err := q.QueryRowContext(ctx, "SELECT hash FROM audit_event WHERE seq = $1", seq).Scan(&b); err != nil {
				return nil, fmt.Errorf("read hash of row %d: %w", seq, err)
			}
			hashes, err := audit.SplitHashes(b)
			if err != nil || place >= len(hashes) {
				return nil, fmt.Errorf("read hash of row %d: it is damaged", seq)
			}
			out[i] = hashes[place]
		}
		return out, nil
	})
}
