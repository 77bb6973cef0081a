package auth

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	firstPolicy  = "version: 1\ngrants: [{group: a, sandboxes: [dev], rights: [admin]}]\n"
	secondPolicy = "version: 1\ngrants: [{group: b, sandboxes: [dev], rights: [admin]}]\n" // of the same size
)

func TestPolicyFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, firstPolicy)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f, err := OpenPolicy(path, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	stamp, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	admin := func(group string) bool { return f.Current().Allows([]string{group}, Admin, "dev") }
	step := func(name, text string, wantChanged bool, wantErr string, wantGroup string) {
		t.Helper()
		if text != "" {
			write(t, path, text)
			os.Chtimes(path, stamp.ModTime(), stamp.ModTime())
		}
		now = now.Add(time.Minute)
		changed, err := f.Reload()
		if changed != wantChanged || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: Reload = %t, %v, want %t, %q", name, changed, err, wantChanged, wantErr)
		}
		if got := f.Err(); (got == nil) != (wantErr == "") {
			t.Errorf("%s: Err = %v, want %q", name, got, wantErr)
		}
		if !admin(wantGroup) || admin("a") && admin("b") {
			t.Errorf("%s: the policy is not that of group %s", name, wantGroup)
		}
	}
	start := now
	step("nothing happened", "", false, "", "a")
	step("same size, same time", secondPolicy, true, "", "b")
	step("wrong", "version: 2\n", false, "version must be 1", "b")
	step("still wrong", "", false, "version must be 1", "b")
	step("mistake taken back", secondPolicy, false, "", "b")
	if got := f.Since(); !got.Equal(start.Add(2 * time.Minute)) {
		t.Errorf("Since = %v, want the time of the one change", got)
	}
	step("cut while it is written", firstPolicy[:20], false, "line 2", "b")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	step("gone", "", false, "no such file", "b")
	step("back", firstPolicy, true, "", "a")
}

func TestOpenPolicyRefusesAWrongFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if _, err := OpenPolicy(path, time.Now); err == nil {
		t.Error("OpenPolicy of no file succeeds")
	}
	write(t, path, "version: 1\nunknown: 1\n")
	if _, err := OpenPolicy(path, time.Now); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("OpenPolicy = %v, want the line of the mistake", err)
	}
}

func TestRunTellsChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write(t, path, firstPolicy)
	f, err := OpenPolicy(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	write(t, path, secondPolicy)
	var old, fresh *Policy
	f.Run(ctx, time.Millisecond, func(o, n *Policy) {
		old, fresh = o, n
		cancel()
	})
	if old == nil || !old.Allows([]string{"a"}, Admin, "dev") || !fresh.Allows([]string{"b"}, Admin, "dev") {
		t.Errorf("onChange got %v and %v, want the policy before and after", old, fresh)
	}
}
