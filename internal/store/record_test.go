package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"profiledesk/internal/audit"
)

func TestParallelRecordsShareCommits(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		var commits atomic.Int64
		cfg.Observe = func(name string, _ time.Duration) {
			if name == "commit" {
				commits.Add(1)
			}
		}
		s := open(t, cfg)
		const callers = 64
		held, release := make(chan struct{}), make(chan struct{})
		go func() { // the one writer is busy: callers gather meanwhile
			_ = s.Tx(context.Background(), func(tx *Tx) error {
				err := tx.lockHead(context.Background())
				close(held)
				<-release
				return err
			})
		}()
		<-held
		var wg sync.WaitGroup
		var calling atomic.Int64
		seqs := make([]int64, callers)
		for i := range callers {
			wg.Go(func() {
				e := lookupEvent(i)
				calling.Add(1)
				if err := s.Record(context.Background(), e); err != nil {
					t.Error(err)
				}
				seqs[i] = e.Seq
			})
		}
		for calling.Load() < callers {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		commits.Store(0)
		close(release)
		wg.Wait()
		if n := commits.Load(); n > 4 { // what held the writer, those who were early, all others
			t.Errorf("%d callers took %d commits, want them to share", callers, n)
		}
		seen := map[int64]bool{}
		for _, seq := range seqs {
			if seq < 1 || seq > callers || seen[seq] {
				t.Errorf("seq %d is not one of 1 to %d, each once", seq, callers)
			}
			seen[seq] = true
		}
		whole(t, s, callers)
	})
}

func TestRecordLaterKeepsOrderAndIsDrained(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		for i := range 700 {
			s.RecordLater(lookupEvent(i))
			if i%100 == 0 {
				if err := s.Record(t.Context(), &audit.Event{Kind: audit.SettingsSeen}); err != nil {
					t.Fatal(err)
				}
			}
		}
		shut(t, s)
		if n := s.Lost(); n != 0 {
			t.Errorf("Lost() = %d", n)
		}
		next := 0
		for leaf, err := range reopen(t, cfg).Leaves(t.Context(), 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
			e, err := audit.ParseLeaf(leaf)
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == audit.SettingsSeen {
				continue
			}
			if want := fmt.Sprintf("op-%d", next); e.Op != want {
				t.Fatalf("row %d is %s, want %s", e.Seq, e.Op, want)
			}
			next++
		}
		if next != 700 {
			t.Errorf("%d events were recorded, want 700", next)
		}
	})
}

func TestRecordAfterTheEnd(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s := open(t, cfg)
	shut(t, s)
	if err := s.Record(t.Context(), lookupEvent(1)); !errors.Is(err, audit.ErrNotRecorded) {
		t.Errorf("Record() after Close = %v, want ErrNotRecorded", err)
	}
	s.RecordLater(lookupEvent(1))
	if s.Lost() != 1 {
		t.Errorf("Lost() = %d, want 1", s.Lost())
	}
}

func TestRecordRefusesWhatCannotBeALeaf(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		bad := lookupEvent(1)
		bad.Detail = map[string]any{"x": make(chan int)}
		if err := s.Record(t.Context(), bad); !errors.Is(err, audit.ErrNotRecorded) || !errors.Is(err, audit.ErrBadEvent) {
			t.Errorf("Record() = %v, want ErrBadEvent and ErrNotRecorded", err)
		}
		err := s.Tx(t.Context(), func(tx *Tx) error {
			if err := tx.Append(t.Context(), lookupEvent(1)); err != nil {
				return err
			}
			_ = tx.Append(t.Context(), bad) // whoever forgets to look at the error
			return nil
		})
		if !errors.Is(err, audit.ErrNotRecorded) {
			t.Errorf("Tx() = %v after an append that failed, want ErrNotRecorded", err)
		}
		whole(t, s, 0)
	})
}

// TestNothingIsRecordedWhereNothingCanBeWritten is what keeps personal data off
// the screen: the caller must learn that the event is not there.
func TestNothingIsRecordedWhereNothingCanBeWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 20)
		stop, resume := full(t, s)
		stop()
		for i := range 3 {
			if err := s.Record(t.Context(), bigEvent(i)); !errors.Is(err, audit.ErrNotRecorded) {
				t.Fatalf("Record() = %v, want ErrNotRecorded", err)
			}
		}
		if err := s.Tx(t.Context(), func(tx *Tx) error { return tx.Append(t.Context(), bigEvent(3)) }); !errors.Is(err, audit.ErrNotRecorded) {
			t.Errorf("Tx() = %v, want ErrNotRecorded", err)
		}
		if err := s.LogHealth(t.Context()); err == nil {
			t.Error("LogHealth() is fine while nothing can be written")
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("Ping() is fine while nothing can be written")
		}
		whole(t, s, 20) // reading goes on
		resume()
		if err := s.Record(t.Context(), lookupEvent(20)); err != nil {
			t.Errorf("Record() = %v after there was room again", err)
		}
		s.health.probed = time.Time{}
		if err := s.LogHealth(t.Context()); err != nil {
			t.Errorf("LogHealth() = %v after there was room again", err)
		}
		whole(t, s, 21)
	})
}

// bigEvent needs pages that the file does not have yet.
func bigEvent(n int) *audit.Event {
	e := lookupEvent(n)
	for i := range 300 {
		e.Subjects = append(e.Subjects, fmt.Sprintf("k1:%064x", i))
	}
	return e
}

// full makes the database refuse writes, as a full disk or a server that became
// read-only does.
func full(t *testing.T, s *Store) (stop, resume func()) {
	t.Helper()
	exec := func(query string) {
		t.Helper()
		if _, err := s.w.Exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if s.dialect.name == "sqlite" {
		return func() { exec("PRAGMA max_page_count = 1") }, func() { exec("PRAGMA max_page_count = 1000000") }
	}
	var name string
	if err := s.w.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", s.cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	set := func(value string) {
		t.Helper()
		if _, err := admin.Exec("SET default_transaction_read_only = off"); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec("ALTER DATABASE " + name + " SET default_transaction_read_only = " + value); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	admin.SetMaxOpenConns(1)
	return func() { set("on") }, func() { set("off") }
}

func TestTxOutlivesItsCaller(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Tx(ctx, func(tx *Tx) error {
			cancel() // the browser went away
			return tx.Append(ctx, lookupEvent(1))
		})
		if err != nil {
			t.Errorf("Tx() = %v, want what has begun to end well", err)
		}
		whole(t, s, 1)
		if err := s.Tx(ctx, func(*Tx) error { t.Error("began for somebody who had gone"); return nil }); err == nil {
			t.Error("Tx() of a cancelled context began")
		}
	})
}

func TestTxRollsBack(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		boom := errors.New("boom")
		err := s.Tx(t.Context(), func(tx *Tx) error {
			if err := tx.Append(t.Context(), lookupEvent(1)); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("Tx() = %v, want boom", err)
		}
		record(t, s, 1)
		whole(t, s, 1)
	})
}

func TestParallelTransactionsLeaveNoGap(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		a := open(t, cfg)
		stores := []*Store{a}
		if a.dialect.name == "postgres" { // a second replica
			other := cfg
			other.CheckpointFile = filepath.Join(t.TempDir(), "checkpoint")
			stores = append(stores, open(t, other))
		}
		var wg sync.WaitGroup
		for i := range 40 {
			s := stores[i%len(stores)]
			wg.Go(func() {
				err := s.Tx(context.Background(), func(tx *Tx) error {
					if err := tx.Append(context.Background(), lookupEvent(i)); err != nil {
						return err
					}
					if i%5 == 0 {
						return errors.New("given up")
					}
					return nil
				})
				if (err != nil) != (i%5 == 0) {
					t.Errorf("Tx() = %v", err)
				}
				if err := s.Record(context.Background(), lookupEvent(100+i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		whole(t, a, 32+40)
	})
}

func TestNothingRunsOnAfterClose(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.RunCheckpoints(ctx) })
	wg.Go(func() { s.RunSweep(ctx) })
	record(t, s, 30)
	cancel()
	wg.Wait()
	shut(t, s)
}

// An event that nobody waits for must not wait for somebody else's, after an
// earlier one rode along with a commit before its own time had come.
func TestRecordLaterNeedsNobodyElse(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		s.RecordLater(lookupEvent(1))
		if err := s.Record(t.Context(), lookupEvent(2)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * laterDelay) // the first one's time comes, and it is gone
		s.RecordLater(lookupEvent(3))
		for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(laterDelay) {
			if head, err := s.Head(t.Context()); err == nil && head.Size == 3 {
				return
			}
		}
		head, err := s.Head(t.Context())
		t.Errorf("%d events after five seconds (%v), want 3", head.Size, err)
	})
}
