package lookup

import "time"

// Computed is one value of a computed attribute.
type Computed struct {
	Row
	Evaluated time.Time // when the platform last computed it; zero: never, or not known
	At        time.Time // the value's own time, where it has one: of the event that it was taken from
}

// Computed are the profile's computed attributes, which the platform keeps below
// the tenant's field. It passes over all the rest without looking at it.
func (c *Customer) Computed() ([]Computed, error) {
	if c.Outcome != Found {
		return nil, nil
	}
	var rows []Row
	var failed error
	w := newWalker(c, Query{}, func(r Row, err error) bool {
		if failed = err; r.Computed != "" {
			rows = append(rows, r)
		}
		return true
	})
	w.family = true
	if err := w.run(); err != nil {
		return nil, err
	}
	return c.computed(rows), failed
}

// computed are the leaves among rows. An object of a value and its time, as the
// platform writes what it took from the newest event, is one.
func (c *Customer) computed(rows []Row) []Computed {
	var out []Computed
	for i := 0; i < len(rows); i++ {
		one := Computed{Row: rows[i], Evaluated: c.evaluated[rows[i].Computed]}
		if value, at, ok := timed(rows[i:]); ok {
			one.Kind, one.Value, one.Meaning, one.Masked, one.Cut, one.Size = value.Kind, value.Value, value.Meaning, value.Masked, value.Cut, value.Size
			one.At = at
			i += 2
		} else if !rows[i].Leaf() {
			continue
		}
		out = append(out, one)
	}
	return out
}

// timed tells whether rows begin with an object that has a value and a timestamp
// and nothing else. A time that is masked is zero.
func timed(rows []Row) (value Row, at time.Time, ok bool) {
	if len(rows) < 3 || rows[0].Kind != KindObject || len(rows) > 3 && rows[3].Depth > rows[0].Depth {
		return value, at, false
	}
	value, stamp := rows[1], rows[2]
	if value.Name == "timestamp" {
		value, stamp = stamp, value
	}
	if value.Name != "value" || stamp.Name != "timestamp" || !value.Leaf() || value.Depth != stamp.Depth {
		return value, at, false
	}
	if stamp.Masked {
		return value, at, true
	}
	at, err := time.Parse(time.RFC3339, stamp.Value)
	return value, at, err == nil
}
