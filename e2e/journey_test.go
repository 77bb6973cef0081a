// Package e2e holds the journeys: a real Chromium against the built site.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
)

// world is what all journeys share. Each part starts when the first one asks for it.
var world struct {
	dir string

	binaries func() (stand.Binaries, error)
	browser  func() (*browser.Browser, error)
	demo     func() (*stand.Demo, error)
}

func TestMain(m *testing.M) { os.Exit(inWorld(m)) }

func inWorld(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	flag.Parse()
	flag.Set("test.parallel", "4") // one journey does little but wait for a minute
	ctx := context.Background()
	var ends []func()
	world.dir = dir
	world.binaries = sync.OnceValues(func() (stand.Binaries, error) { return stand.Build(ctx, dir) })
	world.browser = sync.OnceValues(func() (*browser.Browser, error) {
		b, err := browser.Start(ctx, stand.BrowserPath(), filepath.Join(dir, "chromium"))
		if err == nil {
			ends = append(ends, b.Close)
		}
		return b, err
	})
	world.demo = sync.OnceValues(func() (*stand.Demo, error) {
		binaries, err := world.binaries()
		if err != nil {
			return nil, err
		}
		d, err := binaries.StartDemo(ctx)
		if err == nil {
			ends = append(ends, func() {
				if err := d.Stop(); err != nil { // also: the demo ends with 0
					fmt.Fprintln(os.Stderr, err)
					code = 1
				}
			})
		}
		return d, err
	})
	code = m.Run()
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	return code
}

func must[T any](t *testing.T, get func() (T, error)) T {
	t.Helper()
	v, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// open opens a tab that is closed, and its console looked at, when the test ends.
func open(t *testing.T, v browser.View) *browser.Tab {
	t.Helper()
	tab := must(t, world.browser).Open(t, v)
	t.Cleanup(tab.Close)
	return tab
}

// stopAtEnd stops a program when the test ends; it must end well.
func stopAtEnd(t *testing.T, p interface{ Stop() error }) {
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
}
