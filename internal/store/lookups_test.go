package store

import (
	"testing"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/lookup"
)

func TestLookupsAreCountedByPersonAndTime(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		ctx := t.Context()
		ana := lookup.Person{Issuer: "https://idp.example", Subject: "ana"}
		add := func(who lookup.Person, kind, phase string, at time.Time) {
			t.Helper()
			e := &audit.Event{Kind: kind, Phase: phase, Op: "op", At: at, Actor: audit.Actor{Issuer: who.Issuer, Subject: who.Subject}}
			if err := s.Record(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		want := func(since time.Time, n int) {
			t.Helper()
			if got, err := s.Lookups(ctx, ana, since); err != nil || got != n {
				t.Errorf("Lookups(since %v) = %d, %v; want %d", since, got, err, n)
			}
		}
		want(noon, 0)
		add(ana, audit.ProfileLookup, audit.Before, noon.Add(-time.Minute))
		add(ana, audit.ProfileLookup, audit.Before, noon)
		add(ana, audit.ProfileLookup, audit.After, noon)
		add(ana, audit.ProfileView, audit.Before, noon)
		add(lookup.Person{Issuer: ana.Issuer, Subject: "bob"}, audit.ProfileLookup, audit.Before, noon)
		add(lookup.Person{Issuer: "https://other.example", Subject: "ana"}, audit.ProfileLookup, audit.Before, noon)
		want(noon, 1)
		add(ana, audit.ProfileLookup, audit.Before, noon.Add(time.Minute))
		want(noon, 2)
		want(noon, 2)
		want(noon.Add(time.Second), 1)
		want(noon.Add(-time.Hour), 3) // the clock went back: what was forgotten is read again
		want(noon.Add(time.Hour), 0)

		again := &Store{cfg: s.cfg, dialect: s.dialect, r: s.r, now: s.now, log: s.log} // another replica, which remembers nothing
		if got, err := again.Lookups(ctx, ana, noon); err != nil || got != 2 {
			t.Errorf("Lookups on another replica = %d, %v; want 2", got, err)
		}
		add(ana, audit.SessionStart, "", noon.Add(2*time.Second)) // written late
		again.counted = counted{}
		if got, err := again.Lookups(ctx, ana, noon.Add(time.Second)); err != nil || got != 1 {
			t.Errorf("Lookups behind a row that came late = %d, %v; want 1", got, err)
		}
	})
}

func TestHandlesAreSweptAtTheEndOfTheirLife(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		now, life := noon, 90*24*time.Hour
		cfg.Now = func() time.Time { return now }
		cfg.HandleLife = func() time.Duration { return life }
		s := open(t, cfg)
		ctx := t.Context()
		h := lookup.Handle{ID: "h1", Sandbox: "dev", Key: "k1:aa", Identity: []byte{1}, Label: []byte{2}, Created: noon, Used: noon}
		if err := s.Tx(ctx, func(tx *Tx) error { return tx.PutHandle(ctx, h) }); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			days int
			life time.Duration
			ends bool
		}{{31, life, false}, {89, life, false}, {89, 30 * 24 * time.Hour, true}} {
			now, life = noon.AddDate(0, 0, step.days), step.life
			if err := s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Handle(ctx, "h1"); (err != nil) != step.ends {
				t.Errorf("after %d days with a life of %v: %v", step.days, step.life, err)
			}
		}
	})
}

func TestNewerIsThePageBefore(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 30)
		for _, tt := range []struct {
			name string
			f    audit.Filter
			want int64
		}{
			{"from the third page", audit.Filter{All: true, Limit: 10, Cursor: 11}, 21},
			{"to the newest", audit.Filter{All: true, Limit: 10, Cursor: 21}, 0},
			{"to a newest one that is not full", audit.Filter{All: true, Limit: 10, Cursor: 25}, 0},
			{"of one sandbox", audit.Filter{All: true, Sandbox: "dev", Limit: 5, Cursor: 11}, 21},
			{"in scope", audit.Filter{Sandboxes: []string{"stage"}, Limit: 5, Cursor: 12}, 22},
			{"of nothing", audit.Filter{Limit: 5, Cursor: 12}, 0},
		} {
			got, err := s.Newer(t.Context(), tt.f)
			if err != nil || got != tt.want {
				t.Errorf("%s: Newer = %d, %v; want %d", tt.name, got, err, tt.want)
			}
		}
	})
}
