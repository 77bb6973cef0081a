package store

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/audit"
)

// A new signing key goes on where the old one stopped: the log verifies with
// both keys and with the new one, and the old one alone cannot tell.
func TestTheSigningKeyChanges(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 30)
		shut(t, s)
		old := testVerifier
		signer, fresh, err := note.GenerateKey(rand.Reader, "test")
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Signer, err = note.NewSigner(signer); err != nil {
			t.Fatal(err)
		}
		cfg.VerifierKeys = fresh + " " + old
		s = open(t, cfg)
		whole(t, s, 30)
		record(t, s, 20)
		shut(t, s)

		cfg.ReadOnly = true
		s = open(t, cfg)
		for _, keys := range []string{fresh + " " + old, fresh} {
			if report, err := s.VerifyLog(context.Background(), cfg.CheckpointFile, keys); err != nil || !report.OK() || report.Size != 50 {
				t.Errorf("with %q: %v, %v; want ok size=50", keys, report, err)
			}
		}
		if report, err := s.VerifyLog(context.Background(), cfg.CheckpointFile, old); !errors.Is(err, audit.ErrCheckpoint) {
			t.Errorf("with the old key alone: %v, %v; want an error", report, err)
		}
		foreign, err := os.ReadFile(cfg.CheckpointFile)
		if err != nil {
			t.Fatal(err)
		}
		list, err := audit.ParseCheckpoints(foreign)
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.AppendCheckpoint(cfg.CheckpointFile, list[0]); err != nil { // signed by the old key, after the new one
			t.Fatal(err)
		}
		if report, err := s.VerifyLog(context.Background(), cfg.CheckpointFile, fresh); !errors.Is(err, audit.ErrCheckpoint) {
			t.Errorf("a strange note behind ours: %v, %v; want an error", report, err)
		}
	})
}
