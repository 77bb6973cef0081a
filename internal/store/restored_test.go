package store

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"profiledesk/internal/audit"
)

// copyFile copies a closed database.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestARestoredDatabaseIsHeldUntilItIsReleased(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "db"), filepath.Join(dir, "backup")
	cfg := testConfig(t, "sqlite:"+path)
	s := open(t, cfg)
	record(t, s, 40)
	shut(t, s)
	copyFile(t, path, backup)
	s = open(t, cfg)
	record(t, s, 40)
	shut(t, s)
	copyFile(t, backup, path)

	s = open(t, cfg)
	if from, ok := s.RestoredFrom(); !ok || from.Size != 80 {
		t.Fatalf("RestoredFrom() = %v, %t; want size 80", from, ok)
	}
	report, err := s.Verify(t.Context())
	if err != nil || report.Bad != 41 {
		t.Errorf("Verify() of the old copy = %v, %v; want bad seq=41", report, err)
	}
	record(t, s, 50) // look-ups go on, and the log grows past what was lost
	shut(t, s)
	if last, _, err := audit.LastCheckpoint(cfg.CheckpointFile); err != nil || last.Size != 80 {
		t.Errorf("the file's last checkpoint is of size %d, %v: a held log must not tell its own", last.Size, err)
	}

	s = open(t, cfg)
	if !s.Restored() {
		t.Fatal("a start later the log is no longer held")
	}
	e := &audit.Event{Actor: audit.Actor{Name: "Admin"}, Reason: "restored from last night's copy"}
	if err := s.Release(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if s.Restored() {
		t.Error("Restored() after the release")
	}
	if err := s.Release(t.Context(), e); !errors.Is(err, ErrNotHeld) {
		t.Errorf("Release() twice = %v, want ErrNotHeld", err)
	}
	got, _, err := s.Event(t.Context(), e.Seq)
	if err != nil || got.Kind != audit.LogReleased || got.Detail["size"] != json.Number("80") {
		t.Errorf("the release's event is %+v, %v", got, err)
	}
	shut(t, s)
	if open(t, cfg).Restored() {
		t.Error("Restored() after a release and another start")
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s := open(t, cfg)
	record(t, s, 5)
	second := cfg
	second.CheckpointFile = ""
	if _, err := Open(t.Context(), second); !errors.Is(err, ErrLocked) {
		t.Fatalf("Open() twice = %v, want ErrLocked", err)
	}
	reader := reopen(t, cfg) // commands that only read do not mind
	whole := func() int {
		n := 0
		for _, err := range reader.Leaves(t.Context(), 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if n := whole(); n != 5 {
		t.Errorf("a reader sees %d events, want 5", n)
	}
	if _, err := reader.w.Exec("UPDATE probe SET at = ''"); err == nil {
		t.Error("a read-only store writes")
	}
	shut(t, s)
	open(t, cfg)
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("this is no database, and long enough to be sure of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := testConfig(t, "sqlite:"+filepath.Join(dir, "newer"))
	s := open(t, newer)
	if _, err := s.w.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if _, err := Open(t.Context(), newer); !errors.Is(err, ErrSchema) {
		t.Errorf("Open(newer schema) = %v, want ErrSchema", err)
	}
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite:" + text, "sqlite:" + filepath.Join(dir, "no", "folder", "db"), "postgres://127.0.0.1:1/x", "postgres://%zz"} {
		for _, readOnly := range []bool{false, true} {
			cfg := testConfig(t, url)
			cfg.ReadOnly = readOnly
			if s, err := Open(t.Context(), cfg); err == nil {
				t.Errorf("Open(%q) works", url)
				s.Close()
			}
		}
	}
	missing := testConfig(t, "sqlite:"+filepath.Join(dir, "missing"))
	missing.ReadOnly = true
	if _, err := Open(t.Context(), missing); err == nil {
		t.Error("Open(missing file, read-only) works")
	}
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("a reader made the file")
	}
}

func TestCheckpointsGoToTheWebhook(t *testing.T) {
	var mu sync.Mutex
	var got []audit.Checkpoint
	fails := 1
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if fails > 0 {
			fails--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var c audit.Checkpoint
		if err := json.Unmarshal(body, &c); err != nil {
			t.Error(err)
		}
		got = append(got, c)
	}))
	defer hook.Close()
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	cfg.CheckpointURL, cfg.Client = hook.URL, hook.Client()
	s := open(t, cfg)
	record(t, s, 100)
	for range 300 {
		mu.Lock()
		n := len(got)
		mu.Unlock()
		if n > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	record(t, s, 5)
	shut(t, s)
	keys, err := audit.ParseKeys(testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) == 0 || got[0].Size != 100 || got[len(got)-1].Size != 105 {
		t.Fatalf("the webhook was told %v, want sizes 100 and 105", got)
	}
	for _, c := range got {
		if _, err := c.Open(keys); err != nil {
			t.Error(err)
		}
	}
}
