package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// find looks up and returns the handle.
func (d *desk) mustFind(t *testing.T, user auth.User, ask Ask) string {
	t.Helper()
	if ask.Sandbox == "" {
		ask.Sandbox = "dev"
	}
	got, err := d.Find(requestContext(), user, ask)
	if err != nil || got.Handle == "" {
		t.Fatalf("Find = %+v, %v, want a handle", got, err)
	}
	return got.Handle
}

func TestOpenShowsTheHeader(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	handle := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	c, err := d.Open(requestContext(), analyst, "dev", handle, View{})
	if err != nil {
		t.Fatal(err)
	}
	type header struct {
		Outcome  Outcome
		Name     string
		ID       Identity
		Count    int
		Near     bool
		NS       []NamespaceCount
		At       time.Time
		Policy   Policy
		Datasets []Named
		Parts    int
	}
	want := header{
		Found, "Ana Souza", Identity{"Email", "ana.souza@example.com", false}, 3, false,
		[]NamespaceCount{{"Email", 1}, {"Phone", 1}, {"own ns", 1}}, time.Date(2026, 2, 12, 7, 31, 44, 0, time.UTC),
		Policy{goodPolicy, "By time", true, true, true, "timestampOrdered", time.Unix(1700000000, 0).UTC()}, []Named{{"d1", "CRM customers"}, {"d2", ""}}, 0,
	}
	got := header{c.Outcome, c.Name, c.Identity, c.IdentityCount, c.NearLimit, c.Namespaces, c.LastModified, c.Policy, c.Datasets, len(c.Parts)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	for _, r := range rowsOf(t, c, Query{Q: "tier"}) {
		if r.Title != "Tier" || r.Type != "string" || r.Meaning != "Gold member" {
			t.Errorf("row = %+v, want titles of the union schema", r)
		}
	}
	if got := rowsOf(t, c, Query{Q: "birth date"}); len(got) != 1 || !got[0].Masked || got[0].Title != "Birth date" {
		t.Errorf("found by title: %+v", got)
	}
	computed, err := c.Computed()
	if err != nil || len(computed) != 2 || computed[0].Computed != "spend30d" || computed[0].Value != "412.5" || computed[0].Evaluated.Day() != 27 ||
		computed[1].Path != "_northwind.SystemComputedAttributes.last.at" || !computed[1].Evaluated.IsZero() {
		t.Errorf("Computed = %+v, %v", computed, err)
	}
	if got := d.store.events; len(got) != 4 || got[2].Kind != audit.ProfileView || got[2].Target != handle || got[3].Outcome != "found" {
		t.Errorf("%d events, want look-up and view in pairs", len(got))
	}
	d.checkRecord(t, Found)
}

func TestOpenHidesAnIdentityThatIsMasked(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	handle := d.mustFind(t, analyst, Ask{Q: "+5511987654321"})
	c, err := d.Open(requestContext(), colleague, "dev", handle, View{})
	if err != nil || !c.Identity.Masked || c.Identity.ID != "" {
		t.Errorf("Open = %+v, %v: the phone number is masked", c.Identity, err)
	}
}

func TestOpenWarnsNearTheLimit(t *testing.T) {
	d := newDesk(t)
	var ids []string
	for i := range 45 {
		ids = append(ids, fmt.Sprintf(`{"id":"%038d"}`, i))
	}
	d.platform.people["email a@example.com"] = `"X":{"sources":["d"],"entity":{"identityMap":{"ECID":[` + strings.Join(ids, ",") + `]}}}`
	c, err := d.Open(requestContext(), analyst, "dev", d.mustFind(t, analyst, Ask{Q: "a@example.com"}), View{})
	if err != nil || c.IdentityCount != 45 || !c.NearLimit {
		t.Errorf("Open: %d identities, NearLimit %v, %v", c.IdentityCount, c.NearLimit, err)
	}
}

func TestOpenSaysWhatBecameOfTheProfile(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	handle := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	open := func() *Customer {
		t.Helper()
		c, err := d.Open(requestContext(), analyst, "dev", handle, View{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(rowsOf(t, c, Query{})); (n > 0) != (c.Outcome == Found) {
			t.Errorf("%s with %d rows", c.Outcome, n)
		}
		return c
	}
	for status, want := range map[int]Outcome{422: TooMany, 429: Throttled, 500: Down} {
		d.platform.refuse(entitiesPath, status, `{"message":"too many related identities","statusCode":"422"}`)
		if got := open(); got.Outcome != want || got.Err == nil || got.Identity.ID != "ana.souza@example.com" {
			t.Errorf("status %d: %s, %v, want %s", status, got.Outcome, got.Err, want)
		}
	}
	d.platform.allow(entitiesPath)
	delete(d.platform.people, "email ana.souza@example.com")
	if got := open(); got.Outcome != Unknown {
		t.Errorf("gone: %s, want unknown", got.Outcome)
	}
	d.platform.graphs["email ana.souza@example.com"] = `{"composite_xid":{"ns":"CRMId","id":"C-1"}}`
	if got := open(); got.Outcome != Empty {
		t.Errorf("gone, but in the graph: %s, want empty", got.Outcome)
	}
}

func TestOpenWithoutWhatDecorates(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	for _, path := range []string{"/data/core/ups/config/mergePolicies", "/data/foundation/catalog/dataSets", "/data/foundation/schemaregistry/tenant/unions/_xdm.context.profile__union"} {
		d.platform.refuse(path, 503, "{}")
	}
	c, err := d.Open(requestContext(), analyst, "dev", d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"}), View{Policy: goodPolicy})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, p := range c.Parts {
		keys = append(keys, p.Key)
	}
	if diff := cmp.Diff([]string{"part.merge-policies", "part.datasets", "part.schema"}, keys); diff != "" || c.Outcome != Found || c.Policy.ID != goodPolicy {
		t.Errorf("%s %+v, parts (-want +got):\n%s", c.Outcome, c.Policy, diff)
	}
	if len(rowsOf(t, c, Query{})) == 0 {
		t.Error("no rows")
	}
}

func TestHandles(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	first := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	d.pass(time.Hour)
	if got := d.mustFind(t, analyst, Ask{Q: " Ana.Souza@Example.com"}); got != first {
		t.Errorf("the same identity got another handle")
	}
	if got := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com", Policy: goodPolicy}); got == first {
		t.Errorf("another policy got the same handle")
	}
	if got := d.mustFind(t, analyst, Ask{Sandbox: "prod", Q: "ana.souza@example.com"}); got == first {
		t.Errorf("another sandbox got the same handle")
	}
	if got := d.mustFind(t, colleague, Ask{Q: "ana.souza@example.com"}); got == first {
		t.Errorf("another person got the same handle")
	}
	if _, err := d.Open(requestContext(), colleague, "dev", first, View{}); err != nil {
		t.Errorf("a colleague's Open = %v", err)
	}
	for name, open := range map[string]func() error{
		"unknown":         func() error { _, err := d.Open(requestContext(), analyst, "dev", "NOPE", View{}); return err },
		"another sandbox": func() error { _, err := d.Open(requestContext(), analyst, "prod", first, View{}); return err },
		"odd policy": func() error {
			_, err := d.Open(requestContext(), analyst, "dev", first, View{Policy: "<b>"})
			return err
		},
	} {
		if err := open(); !errors.Is(err, ErrNoHandle) {
			t.Errorf("%s: Open = %v, want ErrNoHandle", name, err)
		}
	}
	h := d.store.handles[first]
	if strings.Contains(fmt.Sprintf("%+v %s %s", h, h.Identity, h.Label), "ana.souza") {
		t.Errorf("the row shows the identity: %+v", h)
	}
}

func TestAHandleEndsAndIsMovedNowhere(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	first := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	d.pass(29 * 24 * time.Hour)
	if _, err := d.Open(requestContext(), analyst, "dev", first, View{}); err != nil {
		t.Fatal(err)
	}
	d.pass(29 * 24 * time.Hour) // after the last use, not after the first
	if _, err := d.Open(requestContext(), analyst, "dev", first, View{}); err != nil {
		t.Fatalf("Open 29 days after the last use = %v", err)
	}
	d.pass(30*24*time.Hour + time.Second)
	if _, err := d.Open(requestContext(), analyst, "dev", first, View{}); !errors.Is(err, ErrNoHandle) {
		t.Errorf("Open 30 days after the last use = %v, want ErrNoHandle", err)
	}
	second := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	if second == first {
		t.Error("an ended handle came to life again")
	}
	h := d.store.handles[second]
	h.ID = first // a row's sealed identity, moved to another row
	d.store.handles[first] = h
	if _, err := d.Open(requestContext(), analyst, "dev", first, View{}); err == nil {
		t.Error("an identity opens in another row")
	}
	h = d.store.handles[second]
	h.Revoked = d.clock()
	d.store.handles[second] = h
	if _, err := d.Open(requestContext(), analyst, "dev", second, View{}); !errors.Is(err, ErrNoHandle) {
		t.Errorf("Open of a revoked one = %v, want ErrNoHandle", err)
	}
}

func TestRecentIsForItsOwner(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	handle := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	got, err := d.Recent(context.Background(), analyst, "dev")
	want := []Recent{{handle, "dev", "", "Email", "ana.souza@example.com", d.clock()}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Recent (-want +got):\n%s%v", diff, err)
	}
	for _, tt := range []struct {
		user    auth.User
		sandbox string
		want    int
	}{{colleague, "", 0}, {analyst, "prod", 0}, {analyst, "", 1}} {
		if got, err := d.Recent(context.Background(), tt.user, tt.sandbox); len(got) != tt.want || err != nil {
			t.Errorf("Recent(%s, %q) = %v, %v, want %d", tt.user.Subject, tt.sandbox, got, err, tt.want)
		}
	}
	h := d.store.handles[handle]
	h.Owner = PersonOf(colleague) // a row given to somebody else
	d.store.handles[handle] = h
	if got, _ := d.Recent(context.Background(), colleague, ""); len(got) != 0 {
		t.Errorf("a label opens for another person: %v", got)
	}
}

func TestSandboxes(t *testing.T) {
	d := newDesk(t)
	names := func(user auth.User) (out []string) {
		list, err := d.Sandboxes(context.Background(), user)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			out = append(out, s.Name+" "+s.Level()+map[bool]string{true: " stale"}[s.Stale])
		}
		return out
	}
	if diff := cmp.Diff([]string{"prod guarded", "dev open"}, names(analyst)); diff != "" {
		t.Errorf("Sandboxes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dev open"}, names(developer)); diff != "" {
		t.Errorf("Sandboxes (-want +got):\n%s", diff)
	}
	if n := d.platform.count("/sandbox-management/"); n != 1 {
		t.Errorf("%d calls within a minute, want 1", n)
	}
	for name, user := range map[string]auth.User{"prod": developer, "gone": analyst, "prod-x": analyst, "": analyst} {
		if _, err := d.Sandbox(context.Background(), user, name); !errors.Is(err, ErrNoSandbox) {
			t.Errorf("Sandbox(%s) = %v, want ErrNoSandbox", name, err)
		}
	}
	d.pass(61 * time.Second)
	d.platform.refuse("/data/foundation/sandbox-management/", 500, "{}")
	if diff := cmp.Diff([]string{"prod guarded", "dev open"}, names(analyst)); diff != "" {
		t.Errorf("Sandboxes while they are asked for (-want +got):\n%s", diff)
	}
	d.loads.wait.Wait()
	if diff := cmp.Diff([]string{"prod guarded stale", "dev open stale"}, names(analyst)); diff != "" {
		t.Errorf("Sandboxes while the platform is down (-want +got):\n%s", diff)
	}
	d.pass(25 * time.Hour)
	if list, err := d.Sandboxes(context.Background(), analyst); err == nil {
		t.Errorf("Sandboxes a day later = %v, want an error", list)
	}
}

func TestOverview(t *testing.T) {
	d := newDesk(t)
	d.platform.refuse("/data/core/ca/attributes", 404, "{}")
	d.platform.refuse("/data/core/hygiene/quota", 403, `{"error_code":"403003","message":"Api Key is invalid"}`)
	d.platform.refuse("/data/core/ups/export/jobs", 500, "{}")
	d.platform.refuse("/data/core/ups/previewsamplestatus", 503, "{}")
	o, err := d.Overview(context.Background(), analyst, "dev")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range o.Probes {
		got = append(got, p.Name+" "+string(p.State))
	}
	want := []string{"lookup ok", "events ok", "identities ok", "attributes absent", "exports unknown", "hygiene refused", "system-jobs ok"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("probes (-want +got):\n%s", diff)
	}
	var parts []string
	for _, p := range o.Parts {
		parts = append(parts, p.Key)
	}
	if diff := cmp.Diff([]string{"part.profile-count", "part.quotas"}, parts); diff != "" || o.Count != nil || len(o.Policies) != 1 {
		t.Errorf("count %v, %d policies, parts (-want +got):\n%s", o.Count, len(o.Policies), diff)
	}
	calls := len(d.platform.journal())
	if _, err := d.Overview(context.Background(), colleague, "dev"); err != nil || len(d.platform.journal()) != calls {
		t.Errorf("a second overview made %d calls, %v", len(d.platform.journal())-calls, err)
	}
	if len(d.store.events) != 0 {
		t.Errorf("%d events: the overview names nobody", len(d.store.events))
	}
	if _, err := d.Overview(context.Background(), developer, "prod"); !errors.Is(err, ErrNoSandbox) {
		t.Errorf("Overview = %v, want ErrNoSandbox", err)
	}
	d.platform.allow("/data/core/ups/previewsamplestatus")
	d.platform.allow("/data/core/ca/attributes")
	d.pass(time.Hour)
	o, err = d.Overview(context.Background(), analyst, "dev")
	if err != nil || o.Count == nil || o.Count.Profiles != 47655 || o.Count.At.IsZero() || len(o.Quotas) != 1 || o.Quotas[0].Used != 1 {
		t.Errorf("Overview = %+v, %v", o, err)
	}
}

func TestTheProbeTouchesNobody(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Overview(context.Background(), analyst, "dev"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, names := range d.platform.asked {
		for _, name := range names {
			if len(name) != len("ecid ")+ecidDigits || !strings.HasPrefix(name, "ecid 00000000") || seen[name] {
				t.Errorf("the probe asked for %q", name)
			}
			seen[name] = true
		}
	}
	if !slices.ContainsFunc(d.platform.journal(), func(s string) bool { return strings.Contains(s, "/graph dev") }) {
		t.Error("the graph was not asked")
	}
}

func TestAFileIsOnRecordAsAnExport(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	handle := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	if _, err := d.Open(requestContext(), analyst, "dev", handle, View{CSV: true}); err != nil {
		t.Fatal(err)
	}
	if list, err := d.RecentFile(requestContext(), analyst, "dev"); err != nil || len(list) != 1 {
		t.Fatalf("RecentFile = %v, %v", list, err)
	}
	subject := d.prints.Subject("Email", "ana.souza@example.com")
	events := d.store.events[2:]
	if len(events) != 4 {
		t.Fatalf("%d events, want two pairs", len(events))
	}
	for i, e := range events {
		if e.Kind != audit.ProfileView || e.Right != "export.run" || e.Detail["csv"] != true || !slices.Contains(e.Subjects, subject) ||
			e.Phase != []string{audit.Before, audit.After}[i%2] || e.Op != events[i/2*2].Op {
			t.Errorf("event %d = %+v", i, e)
		}
	}
	d.store.broken = true
	if list, err := d.RecentFile(requestContext(), analyst, "dev"); !errors.Is(err, ErrNotRecorded) || list != nil {
		t.Errorf("RecentFile without a record = %v, %v", list, err)
	}
	if list, err := d.RecentFile(requestContext(), colleague, "dev"); err != nil || list != nil {
		t.Errorf("RecentFile of nothing = %v, %v: there is nothing to record", list, err)
	}
}

func TestOthersAreHandlesThatOpenHere(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	mail := d.mustFind(t, analyst, Ask{Q: "ana.souza@example.com"})
	phone := d.mustFind(t, analyst, Ask{Q: "+5511987654321"})
	away := d.mustFind(t, analyst, Ask{Sandbox: "prod", Q: "ana.souza@example.com"})
	gone := d.mustFind(t, colleague, Ask{Q: "ana.souza@example.com"})
	h := d.store.handles[gone]
	h.Revoked = d.clock()
	d.store.handles[gone] = h
	recorded := len(d.store.events)
	got, err := d.Others(requestContext(), "dev", []string{phone, "NOSUCH", away, gone, "../x", mail})
	want := []Other{{"Phone", phone}, {"Email", mail}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || len(d.store.events) != recorded {
		t.Errorf("Others (-want +got):\n%s%v", diff, err)
	}
}

func TestRecheckAsksAnewAtMostEvery30Seconds(t *testing.T) {
	d := newDesk(t)
	overview := func() *Overview {
		t.Helper()
		if err := d.Recheck(analyst, "dev"); err != nil {
			t.Fatal(err)
		}
		o, err := d.Overview(context.Background(), analyst, "dev")
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := overview()
	calls := len(d.platform.journal())
	d.pass(29 * time.Second)
	if o := overview(); len(d.platform.journal()) != calls || !o.ProbedAt.Equal(first.ProbedAt) {
		t.Errorf("after 29 seconds it was asked again, probed at %v", o.ProbedAt)
	}
	d.platform.refuse("/data/core/ups/export/jobs", 403, "{}")
	d.pass(time.Second)
	if o := overview(); len(d.platform.journal()) <= calls || !o.ProbedAt.Equal(d.clock()) || o.Probes[4].State != ProbeRefused {
		t.Errorf("after 30 seconds: %+v at %v, want it asked again", o.Probes[4], o.ProbedAt)
	}
	if err := d.Recheck(developer, "prod"); !errors.Is(err, ErrNoSandbox) {
		t.Errorf("Recheck = %v, want ErrNoSandbox", err)
	}
}
