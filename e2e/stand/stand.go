// Package stand starts what the browser journeys run against: the built site, the
// demo, its fakes, a provider that is not ours, and PostgreSQL. Everything listens on
// loopback and ends with the context or the Stop of whoever started it.
package stand

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binaries are the programs under test, built from the tree around this module.
type Binaries struct {
	Root string // top folder of the tree
	Site string // the site's binary
	Demo string // the demo's
}

// Build builds the site and the demo into dir.
func Build(ctx context.Context, dir string) (Binaries, error) {
	root, err := Root()
	if err != nil {
		return Binaries{}, err
	}
	b := Binaries{Root: root, Site: filepath.Join(dir, "profiledesk"), Demo: filepath.Join(dir, "demo")}
	for out, pkg := range map[string]string{b.Site: ".", b.Demo: "./demo"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			return Binaries{}, fmt.Errorf("build %s: %w\n%s", pkg, err, text)
		}
	}
	return b, nil
}

// Root finds the top folder of the tree, upwards from the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module profiledesk\n") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod of the site above the working directory")
		}
		dir = up
	}
}
