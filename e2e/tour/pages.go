package tour

import "profiledesk/e2e/browser"

// Page is a page to look at.
type Page struct {
	Name    string // of its picture
	Route   string // as `profiledesk routes -json` has it; empty for what no route leads to
	Account string // who looks; empty for nobody signed in
	Status  int    // of the answer; 0 after a form, whose answer htmx may take for itself
	// Open brings the page about, in a tab where Account is signed in.
	Open  func(tab *browser.Tab, site string)
	Shows string // what must be there once it is open
}

// at opens a path.
func at(path string) func(*browser.Tab, string) {
	return func(tab *browser.Tab, site string) { tab.Go(site + path) }
}

// asking opens the look-up page of dev and sends the form.
func asking(q string) func(*browser.Tab, string) {
	return func(tab *browser.Tab, site string) {
		tab.Go(site + "/s/dev/profiles")
		AskFor(tab, q)
	}
}

// Pages are all pages of the site, in the states that look different, over the data
// of the demo. The page that signs its account out is that account's last.
var Pages = []Page{
	{Name: "login", Route: "/login", Status: 200, Open: at("/login"), Shows: browser.Test("sign-in")},
	{Name: "provider", Status: 200, Open: at("/login/start"), Shows: `input[name="password"]`}, // the demo's, not the site's

	{Name: "home", Route: "/", Account: "admin", Status: 200, Open: at("/"), Shows: browser.Test("sandbox-card")},
	{Name: "overview-dev", Route: "/s/{sandbox}", Account: "admin", Status: 200, Open: at("/s/dev"), Shows: browser.Test("probe")},
	{Name: "overview-prod", Route: "/s/{sandbox}", Account: "admin", Status: 200, Open: at("/s/prod"), Shows: browser.Test("sandbox-strip", "data-level", "guarded")},
	{Name: "overview-stage", Route: "/s/{sandbox}", Account: "admin", Status: 200, Open: at("/s/stage"), Shows: browser.Test("sandbox-strip", "data-level", "frozen")},
	{Name: "lookup", Route: "/s/{sandbox}/profiles", Account: "admin", Status: 200, Open: at("/s/dev/profiles"), Shows: browser.Test("lookup-form")},
	{Name: "lookup-unknown", Account: "admin", Open: asking("nobody.at.all@example.com"), Shows: browser.Test("lookup-outcome", "data-outcome", "unknown")},
	{Name: "lookup-invalid", Account: "admin", Open: asking("ana.souza@"), Shows: browser.Test("lookup-outcome", "data-outcome", "invalid")},
	{Name: "lookup-too-many", Account: "admin", Open: asking("many.ids@example.com"), Shows: browser.Test("lookup-outcome", "data-outcome", "too-many")},
	{Name: "profile", Route: "/s/{sandbox}/profiles/{handle}", Account: "admin", Open: asking("ana.souza@example.com"), Shows: browser.Test("attribute")},
	{Name: "profile-empty", Route: "/s/{sandbox}/profiles/{handle}", Account: "admin", Open: asking("empty@example.com"), Shows: browser.Test("profile")},
	{Name: "profile-odd", Route: "/s/{sandbox}/profiles/{handle}", Account: "admin", Open: asking("odd@example.com"), Shows: browser.Test("attribute")},
	{Name: "profile-flat", Account: "admin", Open: func(tab *browser.Tab, site string) {
		asking("ana.souza@example.com")(tab, site)
		tab.Wait(browser.Test("profile"))
		tab.Go(tab.URL() + "?view=flat&q=person")
	}, Shows: browser.Test("attribute", "data-path", "person.birthDate", "data-masked", "true")},
	{Name: "audit", Route: "/audit", Account: "admin", Status: 200, Open: at("/audit"), Shows: browser.Test("event-row")},
	{Name: "audit-event", Route: "/audit/{seq}", Account: "admin", Status: 200, Open: at("/audit/1"), Shows: browser.Test("leaf")},
	{Name: "audit-event-lookup", Account: "admin", Open: func(tab *browser.Tab, site string) {
		tab.Go(site + "/audit?kind=profile.lookup")
		tab.Leave(browser.Test("event-row", "data-kind", "profile.lookup") + " a")
	}, Shows: browser.Test("proof")},
	{Name: "audit-subject", Account: "admin", Open: func(tab *browser.Tab, site string) {
		tab.Go(site + "/audit")
		form := browser.Test("subject-form")
		tab.Fill(form+` [name="namespace"]`, "Email")
		tab.Fill(form+` [name="id"]`, "Ana.Souza@example.com ")
		tab.Submit(form)
		tab.WaitURL("subject=")
	}, Shows: browser.Test("event-row", "data-kind", "profile.lookup")},
	{Name: "audit-verify", Route: "/audit/verify", Account: "admin", Status: 200, Open: at("/audit/verify"), Shows: browser.Test("integrity", "data-state", "ok")},
	{Name: "access", Route: "/access", Account: "admin", Status: 200, Open: at("/access"), Shows: browser.Test("grant")},
	{Name: "me", Route: "/me", Account: "admin", Status: 200, Open: at("/me"), Shows: browser.Test("session")},
	{Name: "status", Route: "/status", Account: "admin", Status: 200, Open: at("/status"), Shows: browser.Test("part")},
	{Name: "not-found", Account: "admin", Status: 404, Open: at("/s/dev/nothing-here"), Shows: browser.Test("error")},

	{Name: "audit-auditor", Route: "/audit", Account: "auditor", Status: 200, Open: at("/audit"), Shows: browser.Test("event-row")},
	{Name: "forbidden", Account: "auditor", Status: 403, Open: at("/s/dev/profiles"), Shows: browser.Test("error")},

	{Name: "sign-in-again", Account: "analyst", Status: 401, Open: func(tab *browser.Tab, site string) {
		tab.Go(site + "/s/dev/profiles")
		tab.DropCookie(site, "profiledesk")
		AskFor(tab, "ana.souza@example.com")
	}, Shows: browser.Test("sign-in-again")},

	{Name: "no-access", Account: "outsider", Status: 403, Open: at("/"), Shows: browser.Test("no-access")},
}
