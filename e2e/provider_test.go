package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
	"profiledesk/e2e/tour"
)

// behind starts the fakes, the provider that is not ours and n replicas of the built
// site behind one PUBLIC_URL.
func behind(t *testing.T, database string, n int) (*stand.Balancer, *stand.Provider, []*stand.Site) {
	t.Helper()
	binaries := must(t, world.binaries)
	balancer, err := stand.NewBalancer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(balancer.Close)
	fakes, err := binaries.StartFakes(t.Context(), balancer.URL)
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, fakes)
	provider, err := binaries.StartProvider(t.Context(), balancer.URL)
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, provider)
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
	return balancer, provider, replicas
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

// Sign in, look a customer up, log out here and at the provider.
func TestAnotherProvider(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node)
	t.Parallel()
	site, provider, _ := behind(t, "sqlite:"+filepath.Join(t.TempDir(), "site.db"), 1)
	tab := open(t, browser.Desk)
	tab.Foreign(provider.Issuer, "https://fonts.googleapis.com") // a font of the provider's pages
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

// A logout at the provider ends the session on each replica within a second.
func TestBackchannelLogout(t *testing.T) {
	stand.Require(t, stand.Browser, stand.Node, stand.Database)
	t.Parallel()
	postgres, err := stand.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stopAtEnd(t, postgres)
	site, provider, replicas := behind(t, postgres.URL, 2)
	tab := open(t, browser.Desk)
	tab.Foreign(provider.Issuer, "https://fonts.googleapis.com") // a font of the provider's pages
	signIn(tab, site.URL, "analyst")
	tour.ToProfile(tab, "dev", "ana.souza@example.com") // each request on the other replica
	cookie, ok := tab.Cookie(site.URL, "profiledesk")
	if !ok {
		t.Fatal("no session cookie")
	}
	ask := func(r *stand.Site) int {
		status, err := site.Ask(t.Context(), r, "/me", cookie.Name+"="+cookie.Value)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	for i, r := range replicas {
		if got := ask(r); got != 200 {
			t.Fatalf("replica %d before the logout: %d", i, got)
		}
	}

	tab.Go(provider.Issuer + "/session/end")
	pressed := time.Now()
	tab.Leave(`button[value="yes"]`) // loads once the provider has told the site
	for i, r := range replicas {
		for ask(r) == 200 {
			if time.Since(pressed) > 5*time.Second {
				t.Fatalf("replica %d still takes the session", i)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(pressed); took > time.Second {
			t.Errorf("replica %d took the session for %v after the logout, want a second at most", i, took)
		}
	}
}
