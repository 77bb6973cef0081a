package e2e

import (
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// Keys walk the rows and open one, until /me switches them off; the language chosen
// there goes before the browser's. Both are the person's, not the browser's.
func TestSettings(t *testing.T) {
	stand.Require(t, stand.Browser)
	t.Parallel()
	demo, err := must(t, world.binaries).StartDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, demo)
	tab := open(t, browser.Desk)
	tour.SignIn(tab, demo.Site, "admin")

	tab.Go(demo.Site + "/audit")
	tab.Press("jj")
	if got := tab.Count("tbody tr:focus"); got != 1 {
		t.Fatalf("j focuses %d rows, want 1", got)
	}
	second := tab.Attribute("tbody tr:focus", "data-seq")
	tab.Press("k")
	if got := tab.Attribute("tbody tr:focus", "data-seq"); got == second {
		t.Errorf("k stays at row %s", got)
	}
	tab.Press("j\n")
	tab.WaitURL("/audit/" + second)
	tab.Wait(browser.Test("leaf"))

	tab.Go(demo.Site + "/me")
	tab.Choose(`[name="language"]`, "pt-BR")
	tab.Click(`label:has([name="shortcuts"][value="off"])`)
	tab.Submit(`form:has([name="shortcuts"])`)
	tab.Wait(`html[lang="pt-BR"]`)
	tab.Go(demo.Site + "/audit")
	tab.Press("j")
	if tab.Has("tbody tr:focus") {
		t.Error("j moves the focus although single keys are off")
	}

	other := open(t, browser.Desk)
	tour.SignIn(other, demo.Site, "admin")
	if got := other.Attribute("html", "lang"); got != "pt-BR" {
		t.Errorf("in another browser the site speaks %s, want the language that was chosen", got)
	}
}
