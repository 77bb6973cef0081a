package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// views are how the pages are looked at: both widths, both colours, both languages,
// each pair of colour and language once.
var views = []browser.View{
	{Width: 1440, Height: 900, Language: "en"},
	{Width: 390, Height: 844, Language: "en", Dark: true},
	{Width: 390, Height: 844, Language: "pt-BR"},
	{Width: 1440, Height: 900, Language: "pt-BR", Dark: true},
}

// Every page: axe-core finds nothing, the console is silent, nothing but a table
// scrolls sideways, and the page is in the reader's language.
func TestPages(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node)
	t.Parallel()
	axe, err := browser.LoadAxe(filepath.Join(must(t, world.binaries).Root, "e2e", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range views {
		name := fmt.Sprintf("%s %d dark=%v", view.Language, view.Width, view.Dark)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := must(t, world.demo).Site
			tabs := map[string]*browser.Tab{}
			for _, page := range tour.Pages {
				tab := tabs[page.Account]
				if tab == nil {
					tab = open(t, view)
					tab.Accept(401, 403, 404, 422)
					if page.Account != "" {
						tour.SignIn(tab, site, page.Account)
					}
					tabs[page.Account] = tab
				}
				look(t, tab, site, page, view, axe)
			}
		})
	}
}

func look(t *testing.T, tab *browser.Tab, site string, page tour.Page, view browser.View, axe browser.Axe) {
	page.Open(tab, site)
	tab.Wait(page.Shows)
	if got := tab.Status(); page.Status != 0 && got != page.Status {
		t.Errorf("%s: status %d, want %d", page.Name, got, page.Status)
	}
	if got := tab.Attribute("html", "lang"); got != view.Language {
		t.Errorf("%s: lang=%q, want %q", page.Name, got, view.Language)
	}
	if over := tab.Overflow(); over > 0 {
		t.Errorf("%s: the page is %d px wider than its window", page.Name, over)
	}
	seen(t, tab, axe, page.Name)
}

// A route that nobody looks at cannot be said to be accessible: each page that the
// table of routes has is on the tour.
func TestTourIsComplete(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(must(t, world.binaries).Site, "routes", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var routes []struct{ Method, Path string }
	if err := json.Unmarshal(out, &routes); err != nil {
		t.Fatal(err)
	}
	// Not pages: redirects, probes, files.
	other := []string{"/login/start", "/auth/callback", "/healthz", "/readyz", "/metrics", "/favicon.ico"}
	pages := 0
	for _, r := range routes {
		if r.Method != "GET" || slices.Contains(other, r.Path) || strings.HasSuffix(r.Path, ".csv") || strings.HasPrefix(r.Path, "/static") {
			continue
		}
		pages++
		if !slices.ContainsFunc(tour.Pages, func(p tour.Page) bool { return p.Route == r.Path }) {
			t.Errorf("GET %s is not on the tour", r.Path)
		}
	}
	if pages < 10 {
		t.Errorf("only %d pages in the table of routes", pages)
	}
}
