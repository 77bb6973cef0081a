package e2e

import (
	"net/http"
	"path/filepath"
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// While Adobe fails, the overview shows what does not hang on it, the look-up says so
// and keeps what was typed, and both pages are as accessible as in good times.
func TestAdobeFails(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node)
	t.Parallel()
	binaries := must(t, world.binaries)
	axe, err := browser.LoadAxe(filepath.Join(binaries.Root, "e2e", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	demo, err := binaries.StartDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, demo)
	tab := open(t, browser.View{Width: 390, Height: 844, Language: "en"})
	tab.Accept(http.StatusBadGateway, http.StatusServiceUnavailable)
	tour.SignIn(tab, demo.Site, "analyst")
	if err := demo.AddRule(t.Context(), map[string]any{"path": "/data/core/ups/**", "do": "status", "status": 500, "times": 0}); err != nil {
		t.Fatal(err)
	}

	if status := tab.Go(demo.Site + "/s/dev"); status != http.StatusOK || !tab.Has(browser.Test("sandbox-strip", "data-sandbox", "dev")) {
		t.Errorf("overview: %d", status)
	}
	if !tab.Has(browser.Test("banner")+":not([data-panel=\"demo\"])") && !tab.Has(browser.Test("probe", "data-state", "unknown")) {
		t.Error("the overview does not say what is missing")
	}
	seen(t, tab, axe, "overview")

	tab.Go(demo.Site + "/s/dev/profiles")
	tour.AskFor(tab, "ana.souza@example.com")
	tab.Wait(browser.Test("lookup-outcome", "data-outcome", "down"))
	if got := tab.Value(`[name="q"]`); got != "ana.souza@example.com" {
		t.Errorf("the form holds %q after a failure", got)
	}
	seen(t, tab, axe, "look-up")
}

func seen(t *testing.T, tab *browser.Tab, axe browser.Axe, name string) {
	t.Helper()
	for _, v := range tab.Axe(axe) {
		t.Errorf("%s: axe-core: %s", name, v)
	}
}
