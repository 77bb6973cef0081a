package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv("PROFILEDESK_KILL_ME"); url != "" {
		writeUntilKilled(url, os.Getenv("PROFILEDESK_KILL_FILE"))
		return
	}
	os.Exit(m.Run())
}

// writeUntilKilled records from eight goroutines and prints the number of each
// row once it is promised to be on disk.
func writeUntilKilled(url, checkpoints string) {
	cfg, err := newConfig(url, checkpoints)
	if err != nil {
		fmt.Println("failed", err)
		return
	}
	s, err := Open(context.Background(), cfg)
	if err != nil {
		fmt.Println("failed", err)
		return
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := i; ; n += 8 {
				e := lookupEvent(n)
				if err := s.Record(context.Background(), e); err != nil {
					fmt.Println("failed", err)
					return
				}
				s.RecordLater(lookupEvent(n))
				fmt.Println(e.Seq)
			}
		})
	}
	wg.Wait()
}

// TestKill ends the writer at a random moment, again and again on the same
// database: what was promised is there, and the log is whole each time.
func TestKill(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("PROFILEDESK_KILLS")); err == nil {
		kills = n
	}
	everywhere(t, func(t *testing.T, cfg Config) {
		cfg.Signer = nil // each child signs with a key of its own
		for range kills {
			promised := killOne(t, cfg)
			after := cfg
			after.CheckpointFile = ""
			s, err := Open(t.Context(), after)
			if err != nil {
				t.Fatalf("Open() after a kill: %v", err)
			}
			if _, err := s.w.Exec("DELETE FROM audit_checkpoint"); err != nil {
				t.Fatal(err)
			}
			report, err := s.Verify(t.Context())
			if err != nil || !report.OK() || report.Size < promised {
				t.Fatalf("Verify() after a kill = %v, %v; row %d was promised", report, err, promised)
			}
			shut(t, s)
		}
	})
}

// killOne starts a writer, kills it and returns the last row it promised.
func killOne(t *testing.T, cfg Config) (promised int64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "PROFILEDESK_KILL_ME="+cfg.URL, "PROFILEDESK_KILL_FILE="+filepath.Join(t.TempDir(), "checkpoint"))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the writer promised nothing")
	}
	time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = child.Process.Kill() })
	for ok := true; ok; ok = lines.Scan() {
		seq, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the writer says %q", lines.Text())
		}
		promised = max(promised, seq)
	}
	_ = child.Wait() // killed: it ends with an error
	return promised
}
