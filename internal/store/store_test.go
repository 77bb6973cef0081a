package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/audit"
	"profiledesk/internal/seal"
)

// testSigner and testVerifier are a pair of keys, new for each run.
var testSigner, testVerifier = func() (string, string) {
	signer, verifier, err := note.GenerateKey(rand.Reader, "test")
	if err != nil {
		panic(err)
	}
	return signer, verifier
}()

// everywhere runs one suite on both databases. PostgreSQL is the server that
// PROFILEDESK_TEST_POSTGRES names; each test gets a database of its own there.
func everywhere(t *testing.T, test func(t *testing.T, cfg Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		test(t, testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "a b%c?#.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, testConfig(t, postgresURL(t)))
	})
}

// postgresURL is that of a new database, dropped after the test.
func postgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("PROFILEDESK_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("PROFILEDESK_REQUIRE_POSTGRES") == "1" {
			t.Fatal("PROFILEDESK_TEST_POSTGRES names no server, and PROFILEDESK_REQUIRE_POSTGRES asks for one")
		}
		t.Skip("PROFILEDESK_TEST_POSTGRES names no server: eval \"$(.ci/postgres start)\"")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func testConfig(t testing.TB, databaseURL string) Config {
	t.Helper()
	cfg, err := newConfig(databaseURL, filepath.Join(t.TempDir(), "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// newConfig has a fresh key to seal with, and the signer of this process.
func newConfig(databaseURL, checkpoints string) (Config, error) {
	keys, err := seal.ParseKeys(seal.NewKey("k1"))
	if err != nil {
		return Config{}, err
	}
	signer, err := note.NewSigner(testSigner)
	if err != nil {
		return Config{}, err
	}
	return Config{URL: databaseURL, Box: seal.NewBox(keys), Signer: signer, VerifierKeys: testVerifier, CheckpointFile: checkpoints}, nil
}

// open opens a store that is closed with the test, or earlier.
func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if s.free != nil {
			shut(t, s)
		}
	})
	return s
}

func shut(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// lookupEvent is an event as a look-up makes it.
func lookupEvent(n int) *audit.Event {
	return &audit.Event{
		Kind: audit.ProfileLookup, Phase: audit.Before, Op: fmt.Sprintf("op-%d", n), RequestID: fmt.Sprintf("req-%d", n),
		Actor:  audit.Actor{Issuer: "https://idp.example", Subject: fmt.Sprintf("s%d", n%3), Name: fmt.Sprintf("Ana %d", n%3)},
		Groups: []string{"aep-analysts"}, Sandbox: []string{"dev", "stage"}[n%2], Right: "profile.read",
		Subjects: []string{fmt.Sprintf("k1:%032x", n%5)}, IP: "127.0.0.1",
	}
}

// record appends n events, ten to a commit.
func record(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := 0; i < n; i += 10 {
		var events []*audit.Event
		for j := i; j < min(i+10, n); j++ {
			events = append(events, lookupEvent(j))
		}
		if err := s.Record(context.Background(), events...); err != nil {
			t.Fatalf("Record: %v", err)
		}
	}
}

// whole fails the test unless the log has size rows and is whole.
func whole(t testing.TB, s *Store, size int64) {
	t.Helper()
	report, err := s.Verify(context.Background())
	if err != nil || !report.OK() || report.Size != size {
		t.Fatalf("Verify() = %v, %v; want ok size=%d", report, err, size)
	}
}

// waitCheckpoint waits until the file's last line is of that size.
func waitCheckpoint(t testing.TB, path string, size int64) {
	t.Helper()
	for range 500 {
		if c, ok, err := audit.LastCheckpoint(path); err == nil && ok && c.Size == size {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s has no checkpoint of size %d", path, size)
}

func TestRecordAndVerify(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		whole(t, s, 0)
		record(t, s, 333)
		whole(t, s, 333)
		head, err := s.Head(t.Context())
		if err != nil || head.Size != 333 {
			t.Fatalf("Head() = %v, %v", head, err)
		}
		shut(t, s)
		list, err := audit.ReadCheckpoints(cfg.CheckpointFile)
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int64
		for _, c := range list {
			sizes = append(sizes, c.Size)
		}
		if got := fmt.Sprint(sizes); got != "[100 200 300 333]" {
			t.Errorf("checkpoints of sizes %s, want one each 100 events and a last one", got)
		}
		again := open(t, cfg)
		if again.Restored() {
			t.Error("Restored() of an untouched database")
		}
		whole(t, again, 333)
		record(t, again, 7)
		whole(t, again, 340)
	})
}

func TestOpenIsFast(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s := open(t, cfg)
	record(t, s, 20)
	shut(t, s)
	best := time.Hour
	for range 5 {
		start := time.Now()
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
		shut(t, s)
	}
	t.Logf("an existing file opens in %v", best)
	if best > 50*time.Millisecond {
		t.Errorf("an existing file opens in %v, want 50ms at most", best)
	}
}
