package e2e

import (
	"strings"
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// What each account of the demo comes to, with and without JavaScript.
func TestAccounts(t *testing.T) {
	stand.Require(t, stand.Browser)
	t.Parallel()
	for _, script := range []string{"script", "no script"} {
		view := browser.Desk
		view.NoScript = script == "no script"
		for _, account := range []string{"analyst", "requester", "approver", "admin"} {
			t.Run(script+"/"+account, func(t *testing.T) {
				t.Parallel()
				seesProfile(t, view, account)
			})
		}
		t.Run(script+"/auditor", func(t *testing.T) {
			t.Parallel()
			seesLogOnly(t, view)
		})
		t.Run(script+"/outsider", func(t *testing.T) {
			t.Parallel()
			seesWhomToAsk(t, view)
		})
	}
}

// seesProfile: signed in, three steps to the profile of a known customer.
func seesProfile(t *testing.T, view browser.View, account string) {
	site := must(t, world.demo).Site
	tab := open(t, view)
	tour.SignIn(tab, site, account)
	if got := tab.Count(browser.Test("sandbox-card")); got != 3 {
		t.Errorf("%s sees %d sandboxes, want 3", account, got)
	}
	if steps := tour.ToProfile(tab, "dev", "ana.souza@example.com"); steps > 3 {
		t.Errorf("the profile took %d steps, want 3 at most", steps)
	}
	if strip := browser.Test("sandbox-strip", "data-sandbox", "dev"); !tab.Has(strip) {
		t.Errorf("no %s on the profile page", strip)
	}
	handle := tab.Attribute(browser.Test("profile"), "data-handle")
	if handle == "" || !strings.HasSuffix(tab.URL(), "/s/dev/profiles/"+handle) {
		t.Errorf("at %s, handle %q", tab.URL(), handle)
	}
	if text := tab.Text(browser.Test("profile")); !strings.Contains(text, "Ana") {
		t.Errorf("the profile does not name Ana: %.300s", text)
	}
	if got := tab.Count(browser.Test("attribute")); got < 10 {
		t.Errorf("%d attributes, want at least 10", got)
	}
	tab.Go(tab.URL() + "?q=birthDate")
	if !tab.Has(browser.Test("attribute", "data-path", "person.birthDate", "data-masked", "true")) {
		t.Error("person.birthDate is not masked")
	}
	if leak := tab.URL() + " " + tab.Title(); strings.Contains(leak, "@") || strings.Contains(leak, "ouza") {
		t.Errorf("URL or title names the customer: %s", leak)
	}
}

// The filter narrows the attributes while one types, and its link shows the same.
func TestFilterWhileTyping(t *testing.T) {
	stand.Require(t, stand.Browser)
	t.Parallel()
	tab := open(t, browser.Desk)
	tour.SignIn(tab, must(t, world.demo).Site, "analyst")
	tour.ToProfile(tab, "dev", "ana.souza@example.com")
	all := tab.Count(browser.Test("attribute"))
	tab.Fill(`main form:not([data-testid="lookup-form"]) input[name="q"]`, "birthDate")
	tab.Until("see fewer attributes", func() bool { n := tab.Count(browser.Test("attribute")); return n > 0 && n < 5 })
	found := tab.Count(browser.Test("attribute"))
	if !tab.Has(browser.Test("attribute", "data-path", "person.birthDate")) || found >= all {
		t.Errorf("%d of %d attributes, person.birthDate not among them", found, all)
	}
	link := tab.URL()
	tab.Go(link)
	if got := tab.Count(browser.Test("attribute")); !strings.Contains(link, "q=birthDate") || got != found {
		t.Errorf("the link %s shows %d attributes, want %d", link, got, found)
	}
}

func seesLogOnly(t *testing.T, view browser.View) {
	site := must(t, world.demo).Site
	tab := open(t, view)
	tour.SignIn(tab, site, "auditor")
	if status := tab.Go(site + "/audit?kind=session.start"); status != 200 || !tab.Has(browser.Test("event-row", "data-kind", "session.start")) {
		t.Errorf("/audit: %d, or no row of a sign-in", status)
	}
	tab.Accept(403)
	if status := tab.Go(site + "/s/dev/profiles"); status != 403 || tab.Has(browser.Test("lookup-form")) {
		t.Errorf("look-up page: %d, want 403 without a form", status)
	}
}

func seesWhomToAsk(t *testing.T, view browser.View) {
	site := must(t, world.demo).Site
	tab := open(t, view)
	tab.Accept(403, 404)
	tour.SignIn(tab, site, "outsider")
	if status := tab.Status(); status != 403 || !tab.Has(browser.Test("no-access")) || tab.Has(browser.Test("sandbox-card")) {
		t.Errorf("start page: %d, no-access: %v", status, tab.Has(browser.Test("no-access")))
	}
	if status := tab.Go(site + "/s/dev/profiles"); status != 404 {
		t.Errorf("look-up page: %d, want 404: not enterable looks like unknown", status)
	}
	if status := tab.Go(site + "/me"); status != 200 {
		t.Errorf("/me: %d, want 200 for everybody signed in", status)
	}
}
