package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// What changes at the provider shows here within a minute, while somebody works.
func TestGroupsFollowTheProvider(t *testing.T) {
	stand.Require(t, stand.Browser)
	t.Parallel()
	demo, err := must(t, world.binaries).StartDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, demo)
	moved, disabled := open(t, browser.Desk), open(t, browser.Desk)
	moved.Accept(403)
	tour.SignIn(moved, demo.Site, "requester")
	tour.SignIn(disabled, demo.Site, "approver")
	const path = "/s/dev/profiles"
	for _, tab := range []*browser.Tab{moved, disabled} {
		if status := tab.Go(demo.Site + path); status != 200 {
			t.Fatalf("look-up page before the change: %d", status)
		}
	}
	if err := demo.SetUser(t.Context(), "requester", []string{"aep-auditors"}, false); err != nil {
		t.Fatal(err)
	}
	if err := demo.SetUser(t.Context(), "approver", []string{"aep-approvers"}, true); err != nil {
		t.Fatal(err)
	}
	changed := time.Now()
	left, out := false, false
	for !(left && out) && time.Since(changed) < 62*time.Second {
		time.Sleep(time.Second)
		left = left || moved.Go(demo.Site+path) == http.StatusForbidden
		if !out {
			disabled.Go(demo.Site + path)
			out = strings.Contains(disabled.URL(), "/login")
		}
	}
	if !out {
		t.Error("the session of an account that was disabled a minute ago still lives")
	}
	if !left {
		t.Fatal("the look-up page is still open to somebody who left the group a minute ago")
	}
	if status := moved.Go(demo.Site + "/audit"); status != http.StatusOK {
		t.Errorf("/audit with the new group: %d", status)
	}
}

// endSession returns what ends the session of a tab without the tab knowing, as
// another window of the same person would from /me. The tab keeps its cookie.
func endSession(t *testing.T, tab *browser.Tab, site string) func() {
	t.Helper()
	cookie, ok := tab.Cookie(site, "profiledesk")
	if !ok {
		t.Fatal("no session cookie")
	}
	tab.Go(site + "/me")
	form := browser.Test("session", "data-current", "true") + " form"
	body := url.Values{"op": {tab.Value(form + ` [name="op"]`)}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+tab.Attribute(form, "action"), strings.NewReader(body.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(cookie)
	req.Header.Set("Origin", site)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return func() {
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("end the session: %s", resp.Status)
		}
	}
}

// A form that is sent after its session ended comes back filled, to the same person
// alone, and is never sent by itself.
func TestFormIsKept(t *testing.T) {
	stand.Require(t, stand.Browser)
	t.Parallel()
	for _, script := range []string{"script", "no script"} {
		for _, next := range []string{"analyst", "admin"} {
			t.Run(script+"/"+next, func(t *testing.T) {
				t.Parallel()
				view := browser.Desk
				view.NoScript = script == "no script"
				keptFor(t, view, next)
			})
		}
	}
}

func keptFor(t *testing.T, view browser.View, next string) {
	site := must(t, world.demo).Site
	form, q := browser.Test("lookup-form"), browser.Test("lookup-form")+` [name="q"]`
	tab := open(t, view)
	tab.Accept(401)
	tour.SignIn(tab, site, "analyst")
	end := endSession(t, tab, site)
	tab.Go(site + "/s/dev/profiles")
	end()
	if next != "analyst" { // somebody else sits down
		tab.DropCookie(must(t, world.demo).IDP, "demo_idp_session")
	}
	tour.AskFor(tab, "ana.souza@example.com")
	// A plain form is answered with a link; one of htmx is sent there at once.
	again, provider, back := browser.Test("sign-in-again"), `input[name="username"]`, "kept="
	tab.Until("be asked to sign in", func() bool {
		return tab.Has(again) || tab.Has(provider) || strings.Contains(tab.URL(), back)
	})
	if leak := tab.URL(); strings.Contains(leak, "ouza") {
		t.Errorf("the form is in the URL: %s", leak)
	}
	if tab.Has(again) {
		tab.Leave(again)
	}
	if tab.Has(provider) {
		tour.Answer(tab, next)
	}
	tab.WaitURL(site + "/s/dev/profiles")
	tab.Wait(form)
	if tab.Has(browser.Test("profile")) {
		t.Error("the form was sent without being asked")
	}
	want := ""
	if next == "analyst" {
		want = "ana.souza@example.com"
	}
	if got := tab.Value(q); got != want {
		t.Errorf("signed in as %s, the form holds %q, want %q", next, got, want)
	}
	if next == "analyst" {
		tab.Submit(form)
		tab.Wait(browser.Test("profile"))
	}
}
