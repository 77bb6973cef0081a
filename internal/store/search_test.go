package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"profiledesk/internal/audit"
)

func TestEvents(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		now := noon
		cfg.Now = func() time.Time { now = now.Add(time.Second); return now }
		s := open(t, cfg)
		for i := range 30 { // rows 1 to 30: dev and stage, three actors, five subjects
			if err := s.Record(t.Context(), lookupEvent(i)); err != nil {
				t.Fatal(err)
			}
		}
		more := []*audit.Event{
			{Kind: audit.ProfileLookup, Phase: audit.After, Op: "op-29", Sandbox: "stage", Outcome: "found"}, // 31
			{Kind: audit.SessionStart, Actor: audit.Actor{Subject: "s0", Name: "Ana 0"}},                     // 32
			{Kind: audit.DeletionKind("attempt"), Sandbox: "dev", RequestID: "req-x", Detail: map[string]any{"request": "del-1", "attempt": "att-1"}},
		}
		if err := s.Record(t.Context(), more...); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			f    audit.Filter
			want string // seqs
		}{
			{"no scope", audit.Filter{}, ""},
			{"everything, the newest", audit.Filter{All: true, Limit: 3}, "33 32 31"},
			{"next page", audit.Filter{All: true, Limit: 3, Cursor: 31}, "30 29 28"},
			{"a scope", audit.Filter{Sandboxes: []string{"dev"}, Limit: 2}, "33 29"},
			{"a scope of none", audit.Filter{Sandboxes: []string{""}}, ""},
			{"a sandbox out of scope", audit.Filter{Sandboxes: []string{"dev"}, Sandbox: "stage"}, ""},
			{"a sandbox", audit.Filter{All: true, Sandbox: "stage", Limit: 2}, "31 30"},
			{"actor by subject", audit.Filter{All: true, Actor: "s0", Limit: 2}, "32 28"},
			{"actor by name", audit.Filter{All: true, Actor: "ANA 0", Limit: 2}, "32 28"},
			{"a kind", audit.Filter{All: true, Kind: audit.SessionStart}, "32"},
			{"all steps", audit.Filter{All: true, Kind: "deletion"}, "33"},
			{"half a word", audit.Filter{All: true, Kind: "dele"}, ""},
			{"a customer", audit.Filter{All: true, Subjects: []string{fmt.Sprintf("k1:%032x", 4)}}, "30 25 20 15 10 5"},
			{"a customer under two keys", audit.Filter{All: true, Subjects: []string{"k2:none", fmt.Sprintf("k1:%032x", 4)}, Limit: 1}, "30"},
			{"an op", audit.Filter{All: true, Request: "op-29"}, "31 30"},
			{"a request id", audit.Filter{All: true, Request: "req-7"}, "8"},
			{"a delete's request", audit.Filter{All: true, Request: "del-1"}, "33"},
			{"a delete's attempt", audit.Filter{All: true, Request: "att-1"}, "33"},
			{"quotes", audit.Filter{All: true, Actor: `' OR 1=1 --`}, ""},
			{"all at once", audit.Filter{All: true, Actor: "s2", Kind: "profile", Sandbox: "stage", Subjects: []string{fmt.Sprintf("k1:%032x", 4)}, Request: "req-29"}, "30"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				page, err := s.Events(t.Context(), tt.f)
				if got := seqs(page); err != nil || got != tt.want {
					t.Errorf("Events(%+v) = %s, %v; want %s", tt.f, got, err, tt.want)
				}
			})
		}
		tenth, _, err := s.Event(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Events(t.Context(), audit.Filter{All: true, From: tenth.At, To: tenth.At.Add(2 * time.Microsecond)})
		if got := seqs(page); err != nil || got != "10" {
			t.Errorf("Events(a moment) = %s, %v; want 10", got, err)
		}
		page, err = s.Events(t.Context(), audit.Filter{All: true, Limit: 5})
		if err != nil || page.After["op-29"].Outcome != "found" || len(page.After) != 1 || page.Next != 29 {
			t.Errorf("After = %v, Next = %d, %v; want the outcome of op-29 alone, and 29", page.After, page.Next, err)
		}
		if names, err := s.SandboxesSeen(t.Context()); err != nil || !slices.Equal(names, []string{"dev", "stage"}) {
			t.Errorf("SandboxesSeen() = %v, %v", names, err)
		}
		if _, _, err := s.Event(t.Context(), 34); !errors.Is(err, ErrNoEvent) {
			t.Errorf("Event(34) = %v, want ErrNoEvent", err)
		}
	})
}

func seqs(page audit.Page) string {
	var list []string
	for _, e := range page.Events {
		list = append(list, fmt.Sprint(e.Seq))
	}
	return strings.Join(list, " ")
}

func TestProve(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 107)
		keys, err := audit.ParseKeys(testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		for seq := int64(1); seq <= 107; seq++ {
			p, err := s.Prove(t.Context(), seq)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := audit.VerifyProof(p, keys); err != nil || e.Seq != seq {
				t.Fatalf("VerifyProof(%d) = %d, %v", seq, e.Seq, err)
			}
		}
		if _, err := s.Prove(t.Context(), 108); !errors.Is(err, ErrNoEvent) {
			t.Errorf("Prove(108) = %v, want ErrNoEvent", err)
		}
		reader := cfg
		reader.ReadOnly, reader.Signer = true, nil
		r := open(t, reader)
		if _, err := r.Prove(t.Context(), 107); !errors.Is(err, audit.ErrNotCovered) {
			t.Errorf("Prove(107) without a signer = %v, want ErrNotCovered", err)
		}
		if p, err := r.Prove(t.Context(), 99); err != nil || p.Size != 100 {
			t.Errorf("Prove(99) without a signer = size %d, %v; want the kept checkpoint of 100", p.Size, err)
		}
	})
}

func TestLeavesOfARange(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 20)
		for _, tt := range []struct{ from, to, n int64 }{{1, 0, 20}, {5, 7, 3}, {20, 0, 1}, {21, 0, 0}, {3, 100, 18}} {
			n := int64(0)
			for leaf, err := range s.Leaves(t.Context(), tt.from, tt.to) {
				e, parseErr := audit.ParseLeaf(leaf)
				if err != nil || parseErr != nil || e.Seq != tt.from+n {
					t.Fatalf("Leaves(%d, %d): %v, %v, row %d", tt.from, tt.to, err, parseErr, e.Seq)
				}
				n++
			}
			if n != tt.n {
				t.Errorf("Leaves(%d, %d) are %d, want %d", tt.from, tt.to, n, tt.n)
			}
		}
	})
}
