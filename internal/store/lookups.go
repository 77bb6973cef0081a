package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/lookup"
)

// manyPeople is how many people's look-ups are remembered before those who made
// none lately are forgotten.
const manyPeople = 1000

// outOfOrder is how many events may stand in the log before one that is older: what
// nobody waits for is written a little later than it happened.
const outOfOrder = "1000"

// counted remembers the look-ups that were read from the log, so that each is read
// once: the log only grows.
type counted struct {
	mu sync.Mutex
	by map[lookup.Person]lookups
}

// lookups are one person's, from a time on and up to a row of the log.
type lookups struct {
	from time.Time
	seq  int64
	at   []time.Time // ascending by seq; never written again
}

// Lookups counts the look-ups that a person began since then, on every replica.
// Only what came to the log after the last count is read.
func (s *Store) Lookups(ctx context.Context, owner lookup.Person, since time.Time) (int, error) {
	known := s.counted.get(owner)
	if known.seq == 0 || since.Before(known.from) {
		known = lookups{}
	}
	known.from = since
	fresh, seq, err := s.lookupsAfter(ctx, owner, known.seq, since)
	if err != nil {
		return 0, fmt.Errorf("count look-ups: %w", err)
	}
	var all []time.Time
	for _, list := range [][]time.Time{known.at, fresh} {
		for _, at := range list {
			if !at.Before(since) {
				all = append(all, at)
			}
		}
	}
	known.at, known.seq = all, max(known.seq, seq)
	s.counted.put(owner, known)
	return len(all), nil
}

// lookupsAfter are the times of the person's look-ups since then in rows after seq,
// and the last row that was seen.
func (s *Store) lookupsAfter(ctx context.Context, owner lookup.Person, seq int64, since time.Time) ([]time.Time, int64, error) {
	var w where
	w.add("actor = ? AND seq > ? AND kind = ?", owner.Subject, seq, audit.ProfileLookup)
	if seq == 0 { // nothing is known: begin where the time does, not with the log
		w.add("seq >= (SELECT min(seq) FROM (SELECT seq FROM audit_event WHERE at >= ? ORDER BY at LIMIT "+outOfOrder+") AS early)", stamp(since))
	}
	events, err := s.events(ctx, "SELECT leaf FROM audit_event"+w.String()+" ORDER BY seq", w.args...)
	var at []time.Time
	for _, e := range events {
		if seq = e.Seq; e.Phase == audit.Before && e.Actor.Issuer == owner.Issuer {
			at = append(at, e.At)
		}
	}
	return at, seq, err
}

func (c *counted) get(owner lookup.Person) lookups {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[owner]
}

// put keeps l unless another count has got further.
func (c *counted) put(owner lookup.Person, l lookups) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[lookup.Person]lookups{}
	}
	if len(c.by) >= manyPeople {
		for person, old := range c.by {
			if len(old.at) == 0 || old.at[len(old.at)-1].Before(l.from) {
				delete(c.by, person)
			}
		}
	}
	if old := c.by[owner]; old.seq <= l.seq {
		c.by[owner] = l
	}
}
