// Package browser drives Chromium for the journeys: tabs with cookies of their own,
// steps that wait for what they look for, and a record of everything the console
// complained of, breaches of the content security policy among it.
package browser

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long a step waits for what it looks for.
const patience = 15 * time.Second

// Browser is one running Chromium.
type Browser struct {
	ctx  context.Context
	stop func()
}

// Start starts the Chromium at path, with its profile in dir. It reaches 127.0.0.1
// and nothing else.
func Start(ctx context.Context, path, dir string) (*Browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	allocator, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	root, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: root, stop: func() { cancel(); cancelAllocator() }}
	if err := chromedp.Do(root); err != nil { // no time limit here: it would be the browser's
		b.stop()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	chromedp.Cancel(ctx)
	b.stop()
}

// View is how a person looks at the site.
type View struct {
	Width, Height int64  // CSS pixels
	Dark          bool   // prefers-color-scheme
	Language      string // Accept-Language
	NoScript      bool   // JavaScript off
}

// Desk is a view at a desk: wide, light, English, with JavaScript.
var Desk = View{Width: 1440, Height: 900, Language: "en"}

// Reporter is told what went wrong; a *testing.T is one.
type Reporter interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Tab is a tab with cookies of its own. Its steps end the test that fails in them.
type Tab struct {
	r      Reporter
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	at       string // URL of the main frame
	document document
	messages []message
	accepted map[int]bool // statuses whose console message is no surprise
	foreign  []string     // origins whose pages are not ours
}

// document is the last answer to a navigation of the main frame.
type document struct {
	url    string
	status int
}

// Open opens a tab that shares no cookie with any other.
func (b *Browser) Open(r Reporter, v View) *Tab {
	r.Helper()
	t := &Tab{r: r, accepted: map[int]bool{}}
	t.ctx, t.cancel = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(t.ctx); err != nil {
		r.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(t.ctx, t.heard); err != nil {
		r.Fatalf("listen to the tab: %v", err)
	}
	t.Look(v)
	return t
}

// Look changes how the tab looks at the site; pages show it when loaded again.
func (t *Tab) Look(v View) {
	t.r.Helper()
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	err := chromedp.Do(t.ctx, chromedp.EmulateViewport(v.Width, v.Height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		_, err2 := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": v.Language}})
		_, err3 := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
		return errors.Join(err, err2, err3)
	}))
	if err != nil {
		t.r.Fatalf("set up the tab: %v", err)
	}
}

// Foreign names origins of pages that are not ours: what their console says is not
// counted.
func (t *Tab) Foreign(origins ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.foreign = append(t.foreign, origins...)
}

// Accept makes the console's word on answers with these statuses no surprise.
func (t *Tab) Accept(statuses ...int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range statuses {
		t.accepted[s] = true
	}
}

// Close closes the tab, and reports what its console complained of.
func (t *Tab) Close() {
	t.r.Helper()
	for _, m := range t.complaints() {
		t.r.Errorf("console: %s", m)
	}
	t.cancel()
}
