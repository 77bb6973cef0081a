package browser

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Go navigates to a URL and returns the status of the page it came to.
func (t *Tab) Go(url string) int {
	t.r.Helper()
	t.do("go to "+url, chromedp.Navigate(url))
	return t.Status()
}

// Status is the status of the last answer to a navigation.
func (t *Tab) Status() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.document.status
}

// URL is where the tab is.
func (t *Tab) URL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.at
}

// Title is the title of the page.
func (t *Tab) Title() string {
	t.r.Helper()
	history := run(t, "read the title", chromedp.NavigationEntries())
	return history.Entries[history.CurrentIndex].Title
}

// Test is the selector of a data-testid, with further attributes as name and value.
func Test(id string, attributes ...string) string {
	selector := `[data-testid="` + id + `"]`
	for i := 0; i+1 < len(attributes); i += 2 {
		selector += `[` + attributes[i] + `="` + attributes[i+1] + `"]`
	}
	return selector
}

// Wait waits until something matches the selector.
func (t *Tab) Wait(selector string) {
	t.r.Helper()
	t.do("wait for "+selector, chromedp.WaitReady(chromedp.CSS(selector)))
}

// WaitURL waits until the URL contains a part and its page has loaded.
func (t *Tab) WaitURL(part string) {
	t.r.Helper()
	t.Until("be at "+part, func() bool { return strings.Contains(t.URL(), part) })
	t.Wait("body")
}

// Until waits until a condition holds; what says which, in words.
func (t *Tab) Until(what string, holds func() bool) {
	t.r.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.stuck(what, context.DeadlineExceeded)
		}
	}
}

// Has says whether something matches the selector now.
func (t *Tab) Has(selector string) bool {
	t.r.Helper()
	return t.Count(selector) > 0
}

// Count is how many elements match the selector now.
func (t *Tab) Count(selector string) int {
	t.r.Helper()
	return len(run(t, "look for "+selector, chromedp.QueryNodeIDs(chromedp.CSSAll(selector), chromedp.AtLeast(0))))
}

// Text is the text of the first match.
func (t *Tab) Text(selector string) string {
	t.r.Helper()
	return strings.TrimSpace(run(t, "read "+selector, chromedp.TextContent(chromedp.CSS(selector))))
}

// Attribute is an attribute of the first match, empty if it has none.
func (t *Tab) Attribute(selector, name string) string {
	t.r.Helper()
	return run(t, "read "+selector, chromedp.AttributeValue(chromedp.CSS(selector), name)).Value
}

// Value is what a field holds.
func (t *Tab) Value(selector string) string {
	t.r.Helper()
	return run(t, "read "+selector, chromedp.Value(chromedp.CSS(selector)))
}

// Fill replaces what a field holds, as if typed.
func (t *Tab) Fill(selector, text string) {
	t.r.Helper()
	t.do("fill "+selector, chromedp.Clear(chromedp.CSS(selector)), chromedp.Focus(chromedp.CSS(selector)),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
			return err
		}))
}

// Choose sets a choice of a select.
func (t *Tab) Choose(selector, value string) {
	t.r.Helper()
	t.do("choose in "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Press presses keys, wherever the focus is.
func (t *Tab) Press(keys string) {
	t.r.Helper()
	t.do("press "+keys, chromedp.KeyEvent(keys))
}

// Click clicks the first match, which must be visible.
func (t *Tab) Click(selector string) {
	t.r.Helper()
	t.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Leave clicks what leads to another document, and waits until that has loaded.
func (t *Tab) Leave(selector string) {
	t.r.Helper()
	run(t, "follow "+selector, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)))
}

// Submit sends the form that matches by its own button. It does not wait: what to wait
// for, a new page or a part of this one, the caller knows.
func (t *Tab) Submit(form string) {
	t.r.Helper()
	t.Click(form + ` :is(button:not([type]), button[type="submit"], input[type="submit"])`)
}

// HTML is the document as it is now.
func (t *Tab) HTML() string {
	t.r.Helper()
	return run(t, "read the page", func(ctx context.Context, target *chromedp.Target) (string, error) {
		root, err := cdp.Call(ctx, target, dom.GetDocument, dom.GetDocumentParams{})
		if err != nil {
			return "", err
		}
		html, err := cdp.Call(ctx, target, dom.GetOuterHTML, dom.GetOuterHTMLParams{NodeID: root.Root.NodeID})
		return html.OuterHTML, err
	})
}

// Cookie returns a cookie that the tab would send to url.
func (t *Tab) Cookie(url, name string) (*http.Cookie, bool) {
	t.r.Helper()
	got := run(t, "read cookies", func(ctx context.Context, target *chromedp.Target) (network.GetCookiesResult, error) {
		return cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{URLs: []string{url}})
	})
	for _, c := range got.Cookies {
		if c.Name == name {
			return &http.Cookie{Name: c.Name, Value: c.Value}, true
		}
	}
	return nil, false
}

// DropCookie forgets a cookie of url.
func (t *Tab) DropCookie(url, name string) {
	t.r.Helper()
	t.do("drop cookie "+name, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: url})
		return err
	}))
}

// PNG is a picture of the page, from the top to its end or to most pixels down.
func (t *Tab) PNG(most int) []byte {
	t.r.Helper()
	return run(t, "take a picture", func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		size, err := cdp.Call(ctx, target, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return nil, err
		}
		beyond := true
		shot, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond,
			Clip: &page.Viewport{Width: float64(size.CSSLayoutViewport.ClientWidth), Height: min(size.CSSContentSize.Height, float64(most)), Scale: 1},
		})
		return shot.Data, err
	})
}

func (t *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	t.r.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.stuck(what, err)
	}
}

func run[T any](t *Tab, what string, step chromedp.Action[T]) T {
	t.r.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, step)
	if err != nil {
		t.stuck(what, err)
	}
	return out
}

// stuck ends the test with what the tab showed instead.
func (t *Tab) stuck(what string, err error) {
	t.r.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, 3*time.Second)
	defer cancel()
	shown, _ := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS("body")))
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("it took too long")
	}
	shown = strings.Join(strings.Fields(shown), " ")
	if len(shown) > 1500 {
		shown = shown[:1500] + "…"
	}
	t.r.Fatalf("%s: %v\nat %s (%d), which shows: %s\nconsole: %v", what, err, t.URL(), t.Status(), shown, t.complaints())
}

// Overflow is by how many pixels the page is wider than its window.
func (t *Tab) Overflow() int {
	t.r.Helper()
	metrics := run(t, "measure the page", func(ctx context.Context, target *chromedp.Target) (page.GetLayoutMetricsResult, error) {
		return cdp.Call(ctx, target, page.GetLayoutMetrics, cdp.Empty{})
	})
	return int(metrics.CSSContentSize.Width) - int(metrics.CSSLayoutViewport.ClientWidth)
}
