package main

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "profiledesk"

// mayImport is the import table: what each of our packages may import of ours.
// A test may import more. A package that is not named here is refused, so that
// a new one is a decision and not an accident.
var mayImport = map[string][]string{
	"":                {"internal/app"},
	"apiclient":       {},
	"static":          {},
	"internal/auth":   {},
	"internal/audit":  {},
	"internal/seal":   {},
	"internal/words":  {},
	"internal/lookup": {"apiclient", "internal/audit", "internal/auth", "internal/seal"},
	"internal/store":  {"internal/audit", "internal/seal", "internal/auth", "internal/lookup"},
	"views":           {"static", "internal/words"},
	"handlers":        {"apiclient", "internal/audit", "internal/auth", "internal/lookup", "views", "internal/words"},
	"web":             {"handlers", "internal/auth", "static"},
	"internal/app":    {"apiclient", "static", "handlers", "views", "web", "internal/audit", "internal/auth", "internal/lookup", "internal/seal", "internal/store", "internal/words"},
	"demo":            {"internal/app", "demo/aep", "demo/idp"},
	"demo/contract":   {},
	"demo/aep":        {},
	"demo/idp":        {},
}

// banned names would collect what belongs somewhere else.
var banned = []string{"util", "utils", "common", "helpers", "helper", "models", "types", "misc", "shared"}

// neverImport says what a room must not know of, beyond our own packages.
var neverImport = map[string][]string{
	"internal/lookup": {"database/sql", "net/http", "github.com/labstack/echo/v4", "github.com/riverqueue/river"},
	"handlers":        {"database/sql"},
	"views":           {"os", "net/http", "database/sql", "io/fs"},
	"internal/audit":  {"database/sql", "net/http"},
	"internal/auth":   {"github.com/labstack/echo/v4", "github.com/gorilla/sessions"},
	"apiclient":       {"log", "log/slog"},
	"internal/seal":   {"log", "log/slog"},
}

func TestImportsFollowTheTable(t *testing.T) {
	for dir, pkg := range packages(t) {
		allowed, ok := mayImport[dir]
		if !ok {
			t.Errorf("package %q is not in the import table", dir)
			continue
		}
		for _, path := range pkg.Imports {
			ours, isOurs := strings.CutPrefix(path, module+"/")
			if isOurs && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s: the table allows %v", dir, ours, allowed)
			}
			if slices.Contains(neverImport[dir], path) {
				t.Errorf("%s imports %s, which it must not know of", dir, path)
			}
		}
	}
}

func TestNoPackageWithoutAName(t *testing.T) {
	for dir := range packages(t) {
		if slices.Contains(banned, filepath.Base(dir)) {
			t.Errorf("package %s: its name says nothing about what it holds", dir)
		}
	}
}

func TestHandlersStartNoGoroutines(t *testing.T) {
	files, err := filepath.Glob("handlers/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(handlers/*.go) = %d files, %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "go ") {
				t.Errorf("%s:%d starts a goroutine: handlers answer, they do not linger", name, n+1)
			}
		}
	}
}

func TestViewsNeverPrintRawData(t *testing.T) {
	files, err := filepath.Glob("views/*.templ")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob(views/*.templ) = %d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "templ.Raw(") {
			t.Errorf("%s uses templ.Raw: stored markup would run", name)
		}
	}
}

// packages are all packages of this module by folder, the root as "".
func packages(t *testing.T) map[string]*build.Package {
	t.Helper()
	found := map[string]*build.Package{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		if path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "e2e") {
			return fs.SkipDir
		}
		pkg, err := build.ImportDir(path, 0)
		if err == nil && len(pkg.GoFiles) > 0 {
			found[strings.TrimPrefix(filepath.ToSlash(path), ".")] = pkg
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
