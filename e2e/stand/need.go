package stand

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Need names something that the journeys use and that a machine may lack.
type Need int

// What a journey may need beside Go.
const (
	Browser  Need = iota // Chromium or Chrome
	Node                 // Node 20 with the packages of package-lock.json
	Database             // a PostgreSQL server
)

// Missing says what the machine lacks, in a sentence; empty if nothing.
func Missing(n Need) string {
	switch n {
	case Browser:
		if BrowserPath() == "" {
			return "no Chromium is installed"
		}
	case Node:
		out, err := exec.Command("node", "--version").Output()
		major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
		if v, convErr := strconv.Atoi(major); err != nil || convErr != nil || v < 20 {
			return "Node 20 or newer is not installed"
		}
		root, err := Root()
		if err != nil {
			return err.Error()
		}
		if _, err := os.Stat(filepath.Join(root, "e2e", "node_modules", "oidc-provider")); err != nil {
			return "the packages are not installed: run npm ci in e2e"
		}
	case Database:
		if _, err := postgresBin(); err != nil {
			return err.Error()
		}
	}
	return ""
}

// Test is the part of a *testing.T that [Require] uses.
type Test interface {
	Helper()
	Fatal(args ...any)
	Skip(args ...any)
}

// Require skips a test where the machine lacks something, and says what. With
// PROFILEDESK_E2E set, as make test does, the test fails instead.
func Require(t Test, needs ...Need) {
	t.Helper()
	for _, n := range needs {
		if why := Missing(n); why != "" {
			if os.Getenv("PROFILEDESK_E2E") != "" {
				t.Fatal(why)
			}
			t.Skip(why)
		}
	}
}

// BrowserPath is where Chromium is; empty if nowhere.
func BrowserPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
