// Package tour knows the way through the site: how a person signs in and looks a
// customer up, and every page there is to see.
package tour

import "profiledesk/e2e/browser"

// Password opens every account of the demo.
const Password = "demo"

// SignIn signs in at the demo's provider and comes back to the start page.
func SignIn(tab *browser.Tab, site, account string) {
	tab.Go(site + "/login")
	tab.Leave(browser.Test("sign-in"))
	Answer(tab, account)
	tab.WaitURL(site + "/")
}

// Answer fills in the sign-in form of the demo's provider, which is open.
func Answer(tab *browser.Tab, account string) {
	tab.Fill(`input[name="username"]`, account)
	tab.Fill(`input[name="password"]`, Password)
	tab.Leave(`form:has(input[name="password"]) button`)
}

// AskFor types into the one box of the look-up page that is open, and sends it.
func AskFor(tab *browser.Tab, q string) {
	form := browser.Test("lookup-form")
	tab.Fill(form+` [name="q"]`, q)
	tab.Submit(form)
}

// ToProfile goes from the start page to a customer's profile, as a person would, and
// returns how many steps that took: links followed and forms sent.
func ToProfile(tab *browser.Tab, sandbox, q string) int {
	steps := 1
	tab.Click(browser.Test("sandbox-card", "data-sandbox", sandbox) + " a")
	tab.WaitURL("/s/" + sandbox)
	if !tab.Has(browser.Test("lookup-form")) {
		tab.Click(`nav:not(details *) a[href="/s/` + sandbox + `/profiles"]`) // not the folded twin
		tab.WaitURL("/s/" + sandbox + "/profiles")
		steps++
	}
	AskFor(tab, q)
	tab.Wait(browser.Test("profile"))
	return steps + 1
}
