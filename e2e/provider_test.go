package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// behind starts n replicas of the built site behind one PUBLIC_URL, over the fakes,
// for a provider that need not run yet.
func behind(t *testing.T, provider *stand.Provider, database string, n int) (*stand.Balancer, []*stand.Site) {
	t.Helper()
	binaries := must(t, world.binaries)
	balancer := must(t, stand.NewBalancer)
	t.Cleanup(balancer.Close)
	fakes, err := binaries.StartFakes(t.Context(), balancer.URL)
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, fakes)
	keys, err := binaries.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	common := map[string]string{
		"PUBLIC_URL": balancer.URL, "DATABASE_URL": database,
		"POLICY_FILE":     filepath.Join(binaries.Root, "demo", "policy.yaml"),
		"CHECKPOINT_FILE": filepath.Join(t.TempDir(), "checkpoint"),
	}
	var replicas []*stand.Site
	for range n {
		site, err := binaries.StartSite(t.Context(), common, keys, fakes.Settings(), provider.Settings())
		if err != nil {
			t.Fatal(err)
		}
		stopAtEnd(t, site)
		replicas = append(replicas, site)
	}
	balancer.Serve(replicas...)
	return balancer, replicas
}

// appear starts a provider for a site.
func appear(t *testing.T, provider *stand.Provider, site string) {
	t.Helper()
	if err := must(t, world.binaries).StartProvider(t.Context(), provider, site); err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, provider)
}

// abroad opens a tab that may show the provider's pages.
func abroad(t *testing.T, provider *stand.Provider) *browser.Tab {
	t.Helper()
	tab := open(t, browser.Desk)
	tab.Foreign(provider.Issuer, "https://fonts.googleapis.com") // a font of the provider's pages
	return tab
}

// signIn signs in at the provider that is not ours: login, consent, back.
func signIn(tab *browser.Tab, site, account string) {
	tab.Go(site + "/login")
	tab.Leave(browser.Test("sign-in"))
	tab.Fill(`input[name="login"]`, account)
	tab.Fill(`input[name="password"]`, "any")
	tab.Leave(`button[type="submit"]`)
	tab.Leave(`button[type="submit"]`) // consent
	tab.WaitURL(site + "/")
}

// The site starts while the provider is down and says so; once it is there: sign in,
// look a customer up, log out here and at the provider.
func TestAnotherProvider(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node)
	t.Parallel()
	provider := must(t, stand.NewProvider)
	site, _ := behind(t, provider, "sqlite:"+filepath.Join(t.TempDir(), "site.db"), 1)
	tab := abroad(t, provider)
	tab.Accept(http.StatusServiceUnavailable)
	if status := tab.Go(site.URL + "/login/start"); status != http.StatusServiceUnavailable || !tab.Has(browser.Test("sign-in")) {
		t.Errorf("sign-in without a provider: %d, way to try again: %v", status, tab.Has(browser.Test("sign-in")))
	}
	appear(t, provider, site.URL)
	tab.Until("get to the provider", func() bool {
		tab.Go(site.URL + "/login/start")
		return tab.Has(`input[name="login"]`)
	})
	signIn(tab, site.URL, "analyst")
	tour.ToProfile(tab, "dev", "ana.souza@example.com")
	profile := tab.URL()

	tab.Leave(browser.Test("logout-form") + " button")
	tab.WaitURL(provider.Issuer)
	tab.Leave(`button[value="yes"]`)
	tab.WaitURL(site.URL + "/login")
	tab.Wait(browser.Test("sign-in"))
	tab.Go(profile)
	tab.WaitURL(site.URL + "/login")
	if tab.Has(browser.Test("profile")) {
		t.Error("the profile is shown after logout")
	}
	tab.Leave(browser.Test("sign-in"))
	if !tab.Has(`input[name="login"]`) {
		t.Error("still signed in at the provider")
	}
}

// Two replicas over PostgreSQL behind one address, each request on the other one:
// what happens on one holds on both within a second.
func TestReplicas(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node, stand.Database)
	t.Parallel()
	postgres, err := stand.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, postgres)
	provider := must(t, stand.NewProvider)
	balancer, replicas := behind(t, provider, postgres.URL, 2)
	appear(t, provider, balancer.URL)
	pair := pair{balancer, replicas}
	enter := func(t *testing.T, account string) *browser.Tab {
		tab := abroad(t, provider)
		signIn(tab, balancer.URL, account)
		return tab
	}
	t.Run("logout at the provider", func(t *testing.T) {
		tab := enter(t, "analyst")
		tour.ToProfile(tab, "dev", "ana.souza@example.com")
		alive := pair.watch(t, tab)
		tab.Go(provider.Issuer + "/session/end")
		from := time.Now()
		tab.Leave(`button[value="yes"]`) // loads once the provider has told the site
		pair.within(t, from, "the session is over", func(status int, _ string) bool { return status != 200 }, alive)
	})
	t.Run("logout here", func(t *testing.T) {
		tab := enter(t, "requester")
		alive := pair.watch(t, tab)
		from := time.Now()
		tab.Leave(browser.Test("logout-form") + " button")
		pair.within(t, from, "the session is over", func(status int, _ string) bool { return status != 200 }, alive)
	})
	t.Run("freeze", func(t *testing.T) {
		tab := enter(t, "admin")
		alive := pair.watch(t, tab)
		tab.Go(balancer.URL + "/status")
		form := browser.Test("freeze-form")
		tab.Fill(form+` [name="reason"]`, "the journeys try the freeze")
		from := time.Now()
		tab.Submit(form)
		pair.within(t, from, "the banner of a freeze is shown", func(status int, page string) bool {
			return status == 200 && strings.Contains(page, `data-panel="freeze"`)
		}, alive)
	})
}

// pair are the replicas, asked one by one.
type pair struct {
	*stand.Balancer
	replicas []*stand.Site
}

// watch returns the cookie of a tab's session, which both replicas take.
func (p pair) watch(t *testing.T, tab *browser.Tab) *http.Cookie {
	t.Helper()
	cookie, ok := tab.Cookie(p.URL, "profiledesk")
	if !ok {
		t.Fatal("no session cookie")
	}
	for i, r := range p.replicas {
		if status, _, err := p.Ask(t.Context(), r, "/me", cookie); err != nil || status != 200 {
			t.Fatalf("replica %d: %d %v; it does not know the session", i, status, err)
		}
	}
	return cookie
}

// within asks each replica until something holds, and wants that within a second.
func (p pair) within(t *testing.T, from time.Time, what string, holds func(status int, page string) bool, cookie *http.Cookie) {
	t.Helper()
	for i, r := range p.replicas {
		for {
			status, page, err := p.Ask(t.Context(), r, "/me", cookie)
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(from)
			if holds(status, page) {
				if took > time.Second {
					t.Errorf("replica %d: %v until %s, want a second at most", i, took, what)
				}
				break
			}
			if took > 5*time.Second {
				t.Fatalf("replica %d: after %v it is not so that %s", i, took, what)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
