package lookup_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/apiclient"
	"profiledesk/demo/aep"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/seal"
	"profiledesk/internal/store"
)

// Real parts: the emulator of Adobe's API and a database in a file.

type realStore struct{ *store.Store }

func (s realStore) Tx(ctx context.Context, do func(lookup.Tx) error) error {
	return s.Store.Tx(ctx, func(tx *store.Tx) error { return do(tx) })
}

const realPolicy = `
version: 1
grants: [{group: analysts, sandboxes: ["*"], rights: [profile.read]}]
masks: [{sandboxes: ["*"], paths: [person.birthDate, homeAddress, mobilePhone.number, _northwind.taxId]}]
detect: [{namespace: LoyaltyId, pattern: '^9[0-9]{5}$'}]
`

func TestKnownPeopleAmongRealParts(t *testing.T) {
	s, db := realService(t)
	ctx := context.Background()
	user := auth.User{Issuer: "https://idp", Subject: "1", Name: "Ana", Groups: []string{"analysts"}}
	for _, tt := range []struct {
		q    string
		want lookup.Outcome
	}{
		{"ana.souza@example.com", lookup.Found}, {"ANA.SOUZA@example.com", lookup.Found}, {"(11) 98765-4321", lookup.Found}, {"900117", lookup.Found},
		{"C-0004711", lookup.Found}, {"71833402196650012345678901234567890123", lookup.Found}, {"odd@example.com", lookup.Found},
		{"big@example.com", lookup.Found}, {"empty@example.com", lookup.Empty}, {"many.ids@example.com", lookup.TooMany},
		{"nobody.at.all@example.com", lookup.Unknown}, {"ana@", lookup.Invalid},
	} {
		ans, err := s.Find(ctx, user, lookup.Ask{Sandbox: "dev", Q: tt.q})
		if err != nil || ans.Outcome != tt.want {
			t.Errorf("Find(%s) = %+v, %v, want %s", tt.q, ans, err, tt.want)
			continue
		}
		if ans.Handle == "" {
			continue
		}
		c, err := s.Open(ctx, user, "dev", ans.Handle, lookup.View{})
		if err != nil || c.Outcome != tt.want || len(c.Parts) > 0 {
			t.Errorf("Open(%s) = %+v, %v", tt.q, c, err)
		}
		showsNoSecret(t, c)
	}
	page, err := db.Events(ctx, audit.Filter{All: true, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Events {
		leaf, err := e.Leaf()
		if err != nil || strings.Contains(string(leaf), "@example.com") || strings.Contains(string(leaf), "900117") {
			t.Errorf("leaf %s, %v", leaf, err)
		}
	}
}

// showsNoSecret reads every row of a customer.
func showsNoSecret(t *testing.T, c *lookup.Customer) {
	t.Helper()
	if c.Outcome != lookup.Found {
		return
	}
	rows := 0
	for row, err := range c.Rows(lookup.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		for _, secret := range []string{"1988-04-17", "987654321", "529.982.247-25", "Rua Augusta"} {
			if strings.Contains(row.Value, secret) || strings.Contains(row.Path, secret) {
				t.Errorf("%s shows %s", row.Path, secret)
			}
		}
	}
	if n, err := c.Count(lookup.Query{}); n != rows || rows == 0 || err != nil {
		t.Errorf("Count = %d, %v, want %d", n, err, rows)
	}
}

func TestHandlesAmongRealParts(t *testing.T) {
	s, db := realService(t)
	ctx := context.Background()
	user := auth.User{Issuer: "https://idp", Subject: "1", Groups: []string{"analysts"}}
	ask := lookup.Ask{Sandbox: "dev", Q: "ana.souza@example.com"}
	first, err := s.Find(ctx, user, ask)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Find(ctx, user, ask)
	if err != nil || again.Handle != first.Handle {
		t.Errorf("the same look-up gave %q and %q, %v", first.Handle, again.Handle, err)
	}
	recent, err := s.Recent(ctx, user, "dev")
	if err != nil || len(recent) != 1 || recent[0].ID != ask.Q {
		t.Errorf("Recent = %+v, %v", recent, err)
	}
	h, err := db.Handle(ctx, first.Handle)
	if err != nil {
		t.Fatal(err)
	}
	h.Revoked = time.Now()
	if err := db.Tx(ctx, func(tx *store.Tx) error { return tx.PutHandle(ctx, h) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(ctx, user, "dev", first.Handle, lookup.View{}); err == nil {
		t.Error("a revoked handle opens")
	}
	if after, err := s.Find(ctx, user, ask); err != nil || after.Handle == first.Handle {
		t.Errorf("a revoked handle came back: %+v, %v", after, err)
	}
}

func TestOverviewAmongRealParts(t *testing.T) {
	s, _ := realService(t)
	user := auth.User{Issuer: "https://idp", Subject: "1", Groups: []string{"analysts"}}
	o, err := s.Overview(context.Background(), user, "dev")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]lookup.ProbeState{}
	for _, p := range o.Probes {
		states[p.Name] = p.State
	}
	for _, name := range []string{"lookup", "events", "identities"} {
		if states[name] != lookup.ProbeOK {
			t.Errorf("probe %s is %s", name, states[name])
		}
	}
	if o.Count == nil || o.Count.Profiles < 2000 || o.Count.At.IsZero() || len(o.Policies) == 0 {
		t.Errorf("count %+v, %d policies", o.Count, len(o.Policies))
	}
	boxes, err := s.Sandboxes(context.Background(), user)
	var names []string
	for _, b := range boxes {
		names = append(names, b.Name)
	}
	if diff := cmp.Diff([]string{"prod", "stage", "dev"}, names); diff != "" || err != nil {
		t.Errorf("Sandboxes (-want +got):\n%s%v", diff, err)
	}
}

func realService(t *testing.T) (*lookup.Service, *store.Store) {
	t.Helper()
	fake := aep.New(aep.Config{})
	t.Cleanup(fake.Close)
	srv := httptest.NewServer(fake)
	t.Cleanup(srv.Close)
	who := fake.Credentials()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := apiclient.New(apiclient.Config{
		URL: srv.URL, IMSURL: srv.URL + "/ims", OrgID: who.OrgID, ClientID: who.ClientID, ClientSecret: who.ClientSecret, Scopes: who.Scopes, Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	keys, err := seal.ParseKeys(seal.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := auth.ParsePolicy([]byte(realPolicy))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), store.Config{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "desk.db"), Box: seal.NewBox(keys), Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := lookup.New(lookup.Config{
		Client: client, Store: realStore{db}, Fingerprints: seal.NewFingerprinter(keys), Box: seal.NewBox(keys),
		Policy: func() *auth.Policy { return policy },
	})
	t.Cleanup(func() { s.Close() })
	return s, db
}
