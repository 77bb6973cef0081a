package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func session(id, subject string) auth.Session {
	return auth.Session{
		ID: id, SID: "sid-" + id, Created: noon, Seen: noon, Tokens: []byte("sealed " + id), IP: "203.0.113.9", Agent: "Firefox",
		User: auth.User{
			Issuer: "https://idp.example", Subject: subject, Name: "Ana Souza", Email: "ana@corp.example", Groups: []string{"a", "b"},
			GroupsAt: noon, AuthTime: noon.Add(-time.Minute), Session: id,
		},
	}
}

func put(t *testing.T, s *Store, list ...auth.Session) {
	t.Helper()
	err := s.Tx(t.Context(), func(tx *Tx) error {
		for _, v := range list {
			if err := tx.PutSession(t.Context(), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSessions(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		ctx := t.Context()
		a, b, c := session("a", "ana"), session("b", "ana"), session("c", "bob")
		b.Created = noon.Add(time.Minute)
		put(t, s, a, b, c)
		got, err := s.Session(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("Session() (-put +got):\n%s", diff)
		}
		if _, err := s.Session(ctx, "x"); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("Session(unknown) = %v, want ErrNoSession", err)
		}
		list, err := s.SessionsOf(ctx, a.User.Issuer, "ana")
		if err != nil || len(list) != 2 || list[0].ID != "b" {
			t.Errorf("SessionsOf() = %d sessions, %v; want b and a", len(list), err)
		}
		if err := s.Touch(ctx, "a", noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		err = s.Tx(ctx, func(tx *Tx) error {
			alive, err := tx.UpdateGroups(ctx, "a", []string{"c"}, noon.Add(2*time.Minute), []byte("fresh"))
			if !alive {
				t.Error("UpdateGroups() of a living session says it ended")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Seen, a.User.Groups, a.User.GroupsAt, a.Tokens = noon.Add(time.Minute), []string{"c"}, noon.Add(2*time.Minute), []byte("fresh")
		if got, err = s.Session(ctx, "a"); err != nil || cmp.Diff(a, got) != "" {
			t.Errorf("Session() after changes: %v\n%s", err, cmp.Diff(a, got))
		}
		err = s.Tx(ctx, func(tx *Tx) error {
			first, err := tx.EndSession(ctx, "a", auth.EndLogout, noon)
			if err != nil {
				return err
			}
			second, err := tx.EndSession(ctx, "a", auth.EndRevoked, noon)
			if !first || second {
				t.Errorf("EndSession() twice = %t, %t; want true, false", first, second)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Session(ctx, "a"); got.Why != auth.EndLogout || !got.Ended.Equal(noon) || got.Tokens != nil {
			t.Errorf("ended session is %+v; want its end and no tokens", got)
		}
		endBy(t, s, "sid-b", "bob", 0) // both must match
		endBy(t, s, "", "", 0)
		endBy(t, s, "sid-b", "", 1)
		endBy(t, s, "", "bob", 1)
		endBy(t, s, "", "bob", 0)
	})
}

func endBy(t *testing.T, s *Store, sid, subject string, want int) {
	t.Helper()
	err := s.Tx(t.Context(), func(tx *Tx) error {
		list, err := tx.EndSessionsBy(t.Context(), "https://idp.example", sid, subject, auth.EndBackchannel, noon)
		if len(list) != want {
			t.Errorf("EndSessionsBy(%q, %q) ended %d, want %d", sid, subject, len(list), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNobodyIsNamedInClear(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		put(t, s, session("a", "ana"))
		var sealed []byte
		if err := s.r.QueryRow("SELECT person FROM session WHERE id = 'a'").Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Ana", "corp.example", "203.0.113.9", "Firefox"} {
			if bytes.Contains(sealed, []byte(word)) {
				t.Errorf("%q stands in the session's row", word)
			}
		}
	})
}

func TestLogoutTokensCountOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		for i, want := range []bool{false, true, true} {
			err := s.Tx(t.Context(), func(tx *Tx) error {
				used, err := tx.UseLogoutToken(t.Context(), "iss", "jti", noon)
				if used != want {
					t.Errorf("use %d: used = %t, want %t", i+1, used, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestKeptFormsAreForTheirOwner(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		form := auth.KeptForm{ID: "f", SessionID: "a", Issuer: "iss", Subject: "ana", Page: "/me", Sealed: []byte{1, 2, 3}, At: noon}
		take := func(subject string) (got auth.KeptForm, err error) {
			err = s.Tx(t.Context(), func(tx *Tx) error {
				got, err = tx.TakeForm(t.Context(), "f", "iss", subject)
				return err
			})
			return got, err
		}
		err := s.Tx(t.Context(), func(tx *Tx) error {
			large := form
			large.ID, large.Sealed = "g", make([]byte, 80<<10)
			if err := tx.KeepForm(t.Context(), large); err == nil {
				t.Error("80 KB were kept")
			}
			return tx.KeepForm(t.Context(), form)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := take("bob"); !errors.Is(err, ErrNoForm) {
			t.Errorf("TakeForm() by another person = %v, want ErrNoForm", err)
		}
		if got, err := take("ana"); err != nil || cmp.Diff(form, got) != "" {
			t.Errorf("TakeForm() = %v\n%s", err, cmp.Diff(form, got))
		}
		if _, err := take("ana"); !errors.Is(err, ErrNoForm) {
			t.Errorf("TakeForm() twice = %v, want ErrNoForm", err)
		}
	})
}

func TestAFormSentTwiceActsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		var acted atomic.Int64
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				err := s.Tx(context.Background(), func(tx *Tx) error {
					location, seen, conflict, err := tx.TakeOp(context.Background(), "op", "iss ana", "hash")
					if err != nil || conflict {
						return fmt.Errorf("conflict %t: %w", conflict, err)
					}
					if seen {
						if location != "/there" {
							t.Errorf("location = %q, want /there", location)
						}
						return nil
					}
					acted.Add(1)
					return tx.SaveOp(context.Background(), "op", "/there")
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := acted.Load(); n != 1 {
			t.Errorf("it acted %d times", n)
		}
		for _, other := range [][2]string{{"iss bob", "hash"}, {"iss ana", "other"}} {
			err := s.Tx(t.Context(), func(tx *Tx) error {
				location, _, conflict, err := tx.TakeOp(t.Context(), "op", other[0], other[1])
				if !conflict || location != "" {
					t.Errorf("TakeOp(%v) = %q, conflict %t; want a conflict", other, location, conflict)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestHandles(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		ctx := t.Context()
		ana := lookup.Person{Issuer: "iss", Subject: "ana"}
		h := lookup.Handle{ID: "h1", Sandbox: "dev", Policy: "p", Key: "k1:aa", Owner: ana, Identity: []byte{1}, Label: []byte{2}, Created: noon, Used: noon}
		older := h
		older.ID, older.Sandbox, older.Used, older.Key = "h2", "stage", noon.Add(-time.Hour), "k1:bb"
		err := s.Tx(ctx, func(tx *Tx) error {
			if err := tx.PutHandle(ctx, h); err != nil {
				return err
			}
			if err := tx.PutHandle(ctx, older); err != nil {
				return err
			}
			got, err := tx.HandleBy(ctx, []string{"k2:zz", "k1:aa"}, ana)
			if diff := cmp.Diff(h, got); diff != "" {
				t.Errorf("HandleBy() (-put +got):\n%s", diff)
			}
			if _, err := tx.HandleBy(ctx, []string{"k1:aa"}, lookup.Person{Issuer: "iss", Subject: "bob"}); !errors.Is(err, lookup.ErrNoHandle) {
				t.Errorf("HandleBy(another person) = %v, want ErrNoHandle", err)
			}
			if _, err := tx.HandleBy(ctx, nil, ana); !errors.Is(err, lookup.ErrNoHandle) {
				t.Errorf("HandleBy(no key) = %v, want ErrNoHandle", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TouchHandle(ctx, "h1", noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Handle(ctx, "h1"); err != nil || !got.Used.Equal(noon.Add(time.Hour)) {
			t.Errorf("Handle() = %+v, %v", got, err)
		}
		if list, err := s.HandlesOf(ctx, ana, "", 10); err != nil || len(list) != 2 || list[0].ID != "h1" {
			t.Errorf("HandlesOf() = %d handles, %v; want h1 and h2", len(list), err)
		}
		if list, err := s.HandlesOf(ctx, ana, "stage", 10); err != nil || len(list) != 1 || list[0].ID != "h2" {
			t.Errorf("HandlesOf(stage) = %v, %v; want h2", list, err)
		}
		revoke := func(owner lookup.Person, want bool) {
			t.Helper()
			err := s.Tx(ctx, func(tx *Tx) error {
				revoked, err := tx.RevokeHandle(ctx, "h1", owner, noon)
				if revoked != want {
					t.Errorf("RevokeHandle(%v) = %t, want %t", owner, revoked, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		revoke(lookup.Person{Issuer: "iss", Subject: "bob"}, false)
		revoke(ana, true)
		revoke(ana, false)
		if got, err := s.Handle(ctx, "h1"); err != nil || got.Revoked.IsZero() || len(got.Identity)+len(got.Label) > 0 {
			t.Errorf("Handle(revoked) = %+v, %v; want it with its end, and naming nobody", got, err)
		}
		if err := s.SweepHandles(ctx, noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"h1", "h2"} {
			if _, err := s.Handle(ctx, id); !errors.Is(err, lookup.ErrNoHandle) {
				t.Errorf("Handle(%s) after the sweep = %v, want ErrNoHandle", id, err)
			}
		}
	})
}

func TestSwitchesAndPreferences(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		ctx := t.Context()
		if f, err := s.Freeze(ctx); err != nil || f != (Freeze{}) {
			t.Errorf("Freeze() at first = %+v, %v", f, err)
		}
		want := Freeze{On: true, Reason: "drill", Actor: "Admin", At: noon}
		wish := Preferences{Language: "pt-BR", Zone: "America/Sao_Paulo"}
		for range 2 {
			err := s.Tx(ctx, func(tx *Tx) error {
				return errors.Join(tx.SetFreeze(ctx, want), tx.PutPreferences(ctx, "iss", "ana", wish))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if f, err := s.Freeze(ctx); err != nil || f != want {
			t.Errorf("Freeze() = %+v, %v; want %+v", f, err, want)
		}
		if p, err := s.Preferences(ctx, "iss", "ana"); err != nil || p != wish {
			t.Errorf("Preferences() = %+v, %v; want %+v", p, err, wish)
		}
		if p, err := s.Preferences(ctx, "iss", "bob"); err != nil || !p.Shortcuts {
			t.Errorf("Preferences() without any = %+v, %v; want shortcuts on", p, err)
		}
		for _, step := range [][2]string{{"x", ""}, {"x", "x"}, {"y", "x"}} {
			err := s.Tx(ctx, func(tx *Tx) error {
				before, err := tx.SeePolicy(ctx, step[0])
				if before != step[1] {
					t.Errorf("SeePolicy(%s) = %q, want %q", step[0], before, step[1])
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSweepDestroysWhatHasEnded(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		now := noon
		cfg.Now = func() time.Time { return now }
		s := open(t, cfg)
		ended := session("ended", "ana")
		ended.Ended, ended.Why = noon, auth.EndLogout
		put(t, s, session("living", "ana"), ended)
		for _, step := range []struct {
			after  time.Duration
			living bool // is there
			tokens bool
			ended  bool // is there
		}{{0, true, true, true}, {11 * time.Hour, true, false, true}, {25 * time.Hour, true, false, false}, {40 * time.Hour, false, false, false}} {
			now = noon.Add(step.after)
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			living, err := s.Session(t.Context(), "living")
			if (err == nil) != step.living || (living.Tokens != nil) != step.tokens {
				t.Errorf("after %v the living session: %v, tokens %t", step.after, err, living.Tokens != nil)
			}
			if _, err := s.Session(t.Context(), "ended"); (err == nil) != step.ended {
				t.Errorf("after %v the ended session: %v", step.after, err)
			}
		}
	})
}

func TestBudgetIsSharedAndNeverExceeded(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		var mu sync.Mutex
		now := noon
		cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		cfg.Rate, cfg.Burst = 20, 50
		a := open(t, cfg)
		replicas := []*Store{a}
		if a.dialect.name == "postgres" {
			replicas = append(replicas, open(t, cfg))
		}
		var granted atomic.Int64
		all := func() {
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					n, valid, wait, err := replicas[i%len(replicas)].Lease(context.Background(), "dev", 10)
					if err != nil || n == 0 && wait <= 0 || n > 0 && valid <= 0 {
						t.Errorf("Lease() = %d, %v, %v, %v", n, valid, wait, err)
					}
					granted.Add(int64(n))
				})
			}
			wg.Wait()
		}
		all()
		if n := granted.Load(); n != 50 {
			t.Errorf("200 asked for at once: %d granted, want the burst of 50", n)
		}
		if n, _, wait, err := a.Lease(t.Context(), "dev", 5); n != 0 || wait != 50*time.Millisecond || err != nil {
			t.Errorf("Lease() of an empty budget = %d, wait %v, %v; want to wait 50ms", n, wait, err)
		}
		if n, _, _, err := a.Lease(t.Context(), "stage", 5); n != 5 || err != nil {
			t.Errorf("Lease(another sandbox) = %d, %v; want 5", n, err)
		}
		mu.Lock()
		now = now.Add(time.Second)
		mu.Unlock()
		all()
		if n := granted.Load(); n != 70 {
			t.Errorf("a second later %d are granted in all, want 20 more", n)
		}
	})
}

// TestSoftWritesLeaveTheWriterHard: a lease does not wait for the disk, and
// what is recorded after it does.
func TestSoftWritesLeaveTheWriterHard(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+t.TempDir()+"/db")
	cfg.Rate = 10
	s := open(t, cfg)
	if _, _, _, err := s.Lease(t.Context(), "dev", 1); err != nil {
		t.Fatal(err)
	}
	var level int
	if err := s.w.QueryRow("PRAGMA synchronous").Scan(&level); err != nil || level != 2 {
		t.Errorf("synchronous = %d, %v after a lease; want 2 (full)", level, err)
	}
}
