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
	"go.uber.org/goleak"

	"profiledesk/internal/audit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	entitiesPath = "/data/core/ups/access/entities"
	graphPath    = "/data/core/identity/v2/graph"
	anaEntry     = `"XA":{"entityId":"XA","mergePolicy":{"id":"` + goodPolicy + `"},"sources":["d1","d2"],"lastModifiedAt":"2026-02-12T07:31:44Z","entity":` + ana + `}`
)

func (d *desk) addAna() {
	d.platform.people["email ana.souza@example.com"] = anaEntry
	d.platform.people["phone +5511987654321"] = anaEntry
}

func TestFindOutcomes(t *testing.T) {
	const mail = "ana.souza@example.com"
	for _, tt := range []struct {
		name    string
		prepare func(*desk)
		ask     Ask
		want    Outcome
		wait    time.Duration
		problem string
	}{
		{"found", (*desk).addAna, Ask{Q: mail}, Found, 0, ""},
		{"found by hand", (*desk).addAna, Ask{Namespace: "EMAIL", ID: mail, Policy: goodPolicy}, Found, 0, ""},
		{"found by another form", (*desk).addAna, Ask{Q: "11 98765-4321"}, Found, 0, ""},
		{"empty", func(d *desk) { d.platform.graphs["email "+mail] = `{"composite_xid":{"ns":"CRMId","id":"C-1"}}` }, Ask{Q: mail}, Empty, 0, ""},
		{"unknown", func(*desk) {}, Ask{Q: mail}, Unknown, 0, ""},
		{"unknown, and no graph", func(d *desk) { d.platform.refuse(graphPath, 403, `{}`) }, Ask{Q: mail}, Unknown, 0, ""},
		{"too many, of the call", func(d *desk) {
			d.platform.refuse(entitiesPath, 422, `{"message":"UPS-MRG-1000001: too many related identities","statusCode":"422"}`)
		}, Ask{Q: mail}, TooMany, 0, ""},
		{"too many, of the item", func(d *desk) {
			d.platform.people["email "+mail] = `[{"xid":"X","error":{"message":"Too many related identities: 51","statusCode":"422"}}`
		}, Ask{Q: mail}, TooMany, 0, ""},
		{"unknown policy, by the list", func(*desk) {}, Ask{Q: mail, Policy: "00000000-0000"}, WrongPolicy, 0, "lookup.invalid.unknown-policy"},
		{"a policy for accounts", func(*desk) {}, Ask{Q: mail, Policy: accountPolicy}, WrongPolicy, 0, "lookup.invalid.unknown-policy"},
		{"unknown policy, by the platform", func(d *desk) {
			d.platform.refuse("/data/core/ups/config/mergePolicies", 503, `{}`)
			d.platform.refuse(entitiesPath, 400, `{"message":"The merge policy does not exist","statusCode":"400"}`)
		}, Ask{Q: mail, Policy: "00000000-0000"}, WrongPolicy, 0, ""},
		{"not licensed", func(d *desk) {
			d.platform.refuse(entitiesPath, 403, `{"error_code":"403025","message":"Profile is not valid"}`)
		}, Ask{Q: mail}, NotLicensed, 0, ""},
		{"throttled", func(d *desk) {
			d.platform.refuse(entitiesPath, 429, `[{"message":"Too many requests","retryAfterMs":"1500","statusCode":"429"}]`)
		}, Ask{Q: mail}, Throttled, 1500 * time.Millisecond, ""},
		{"down", func(d *desk) { d.platform.refuse(entitiesPath, 500, `<html>`) }, Ask{Q: mail}, Down, 0, ""},
		{"credential refused", func(d *desk) {
			d.platform.refuse(entitiesPath, 403, `{"error_code":"403003","message":"Api Key is invalid"}`)
		}, Ask{Q: mail}, Down, 0, ""},
		{"invalid", func(*desk) {}, Ask{Q: "ana@"}, Invalid, 0, "lookup.invalid.mail-domain"},
		{"no such namespace", func(*desk) {}, Ask{Namespace: "Telegram", ID: "1"}, Invalid, 0, "lookup.invalid.unknown-namespace"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			tt.prepare(d)
			tt.ask.Sandbox = "dev"
			for _, cache := range []string{"cold", "warm"} {
				got, err := d.Find(requestContext(), analyst, tt.ask)
				if err != nil || got.Outcome != tt.want || got.Wait != tt.wait || got.Problem != tt.problem {
					t.Fatalf("%s: Find = %+v, %v, want %s %s %s", cache, got, err, tt.want, tt.wait, tt.problem)
				}
				if (got.Handle != "") != (tt.want == Found || tt.want == Empty) || (got.Err != nil) != slices.Contains([]Outcome{TooMany, NotLicensed, Throttled, Down}, tt.want) && tt.problem == "" && tt.want != WrongPolicy {
					t.Errorf("%s: Handle %q, Err %v", cache, got.Handle, got.Err)
				}
			}
			d.checkRecord(t, tt.want)
		})
	}
}

// checkRecord holds the events of a test against what every act must leave.
func (d *desk) checkRecord(t *testing.T, last Outcome) {
	t.Helper()
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	before := map[string]audit.Event{}
	for _, e := range d.store.events {
		leaf, err := e.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		for _, clear := range []string{"ana.souza", "98765", "Telegram", "example.com"} {
			if strings.Contains(string(leaf), clear) {
				t.Errorf("%q stands in the record: %s", clear, leaf)
			}
		}
		if e.Actor.Subject == "" || e.IP != "192.0.2.7" || e.RequestID != "req-1" || e.Right != "profile.read" || e.Sandbox != "dev" || e.Allowed == nil || !*e.Allowed {
			t.Errorf("event lacks something: %s", leaf)
		}
		if e.Phase == audit.Before {
			before[e.Op] = e
			continue
		}
		if _, ok := before[e.Op]; !ok {
			t.Errorf("an after without its before: %s", leaf)
		}
		delete(before, e.Op)
		if last != "" && e.Outcome != string(last) {
			t.Errorf("outcome %s on record, want %s", e.Outcome, last)
		}
	}
	if len(before) > 0 {
		t.Errorf("%d befores without an after", len(before))
	}
}

func TestFindRecordsAllLinkedIdentities(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	if _, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"}); err != nil {
		t.Fatal(err)
	}
	after := d.store.events[1]
	for _, id := range [][2]string{{"email", "ana.souza@example.com"}, {"phone", "+5511987654321"}, {"own ns", "7"}} {
		if !slices.Contains(after.Subjects, d.prints.Subject(id[0], id[1])) {
			t.Errorf("the after does not name %v", id)
		}
	}
	if after.Adobe == nil || after.Adobe.Status != 200 || after.Adobe.RequestID != after.Op || after.Target == "" {
		t.Errorf("after = %+v", after)
	}
}

func TestFindNamesFiftySubjectsAtMost(t *testing.T) {
	d := newDesk(t)
	var ids []string
	for i := range 80 {
		ids = append(ids, fmt.Sprintf(`{"id":"%038d"}`, i))
	}
	d.platform.people["email a@example.com"] = `"X":{"sources":["d"],"entity":{"identityMap":{"ECID":[` + strings.Join(ids, ",") + `]}}}`
	if _, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	if got := d.store.events[1].Subjects; len(got) != 50 || got[0] != d.prints.Subject("email", "a@example.com") {
		t.Errorf("%d subjects, want 50, the one asked for first", len(got))
	}
}

func TestNothingIsAskedThatCannotBeRecorded(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	found, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	d.pass(2 * time.Hour) // caches are old
	d.store.broken = true
	calls := len(d.platform.journal())
	if _, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"}); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("Find = %v, want ErrNotRecorded", err)
	}
	if _, err := d.Open(requestContext(), analyst, "dev", found.Handle, View{}); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("Open = %v, want ErrNotRecorded", err)
	}
	if got := d.platform.journal()[calls:]; len(got) > 0 {
		t.Errorf("calls were made: %v", got)
	}
	d.store.broken, d.store.onlyTx = false, true
	if got, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"}); !errors.Is(err, ErrNotRecorded) || got.Handle != "" {
		t.Errorf("Find = %+v, %v: the handle was not kept", got, err)
	}
}

func TestFindAsksOnceForAllCandidates(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	got, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "(11) 98765-4321"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"phone +5511987654321", "phone 5511987654321", "phone 11987654321"}}
	if diff := cmp.Diff(want, d.platform.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Try{{"Phone", "lookup.why.brazil"}}, got.Tried); diff != "" {
		t.Errorf("Tried (-want +got):\n%s", diff)
	}
}

func TestFindNamesOthersWhomTheSameInputNames(t *testing.T) {
	d := newDesk(t)
	entry := func(xid, ns string) string {
		return fmt.Sprintf(`%q:{"sources":["d"],"entity":{"identityMap":{%q:[{"id":"C-77"}]}}}`, xid, ns)
	}
	d.platform.people["crmid C-77"] = entry("XC", "crmId")
	d.platform.people["loyaltyid C-77"] = entry("XL", "LOYALTYID")
	got, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "C-77"})
	if err != nil || len(got.Others) != 1 || got.Others[0].Namespace != "LoyaltyId" || got.Others[0].Handle == got.Handle {
		t.Fatalf("Find = %+v, %v, want another in LoyaltyId", got, err)
	}
	if _, id, err := d.opened(context.Background(), "dev", got.Handle); err != nil || id.Namespace != "CRMId" {
		t.Errorf("the handle names %v, %v, want CRMId", id, err)
	}
}

func TestFindAsksAgainWhereTheAnswerDoesNotSayWhomItIsAbout(t *testing.T) {
	d := newDesk(t)
	d.platform.people["loyaltyid C-78"] = `"XL":{"sources":["d"],"entity":{"a":1}}`
	got, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "C-78"})
	if err != nil || got.Outcome != Found {
		t.Fatalf("Find = %+v, %v", got, err)
	}
	if _, id, _ := d.opened(context.Background(), "dev", got.Handle); id.Namespace != "LoyaltyId" {
		t.Errorf("the handle names %v, want LoyaltyId", id)
	}
	if len(d.platform.asked) != 3 {
		t.Errorf("asked %v, want once for all and once for each", d.platform.asked)
	}
}

func TestFindFindsOneThoughAnotherCandidateFails(t *testing.T) {
	d := newDesk(t)
	d.platform.people["crmid C-79"] = `[{"xid":"X","error":{"message":"Too many related identities","statusCode":"422"}}`
	d.platform.people["loyaltyid C-79"] = `"XL":{"sources":["d"],"entity":{"identityMap":{"LoyaltyId":[{"id":"C-79"}]}}}`
	got, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "C-79"})
	if err != nil || got.Outcome != Found {
		t.Errorf("Find = %+v, %v, want found", got, err)
	}
}

func TestAReaderWhoLeavesIsOnRecord(t *testing.T) {
	d := newDesk(t)
	d.addAna()
	found, err := d.Find(requestContext(), analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(context.Context) error{
		"Find": func(ctx context.Context) error {
			_, err := d.Find(ctx, analyst, Ask{Sandbox: "dev", Q: "ana.souza@example.com"})
			return err
		},
		"Open": func(ctx context.Context) error {
			_, err := d.Open(ctx, analyst, "dev", found.Handle, View{})
			return err
		},
	} {
		d.platform.mu.Lock()
		d.platform.hold = make(chan struct{})
		d.platform.mu.Unlock()
		ctx, cancel := context.WithCancel(requestContext())
		go func() { <-d.platform.held; cancel() }()
		if err := do(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
		close(d.platform.hold)
		events := d.store.events
		if last := events[len(events)-1]; last.Phase != audit.After || last.Outcome != outcomeCancelled {
			t.Errorf("%s: last event %+v, want an after that says cancelled", name, last)
		}
	}
	d.checkRecord(t, "")
}

func TestCapOfLookups(t *testing.T) {
	d := newDesk(t)
	made := 299
	d.lookups = func(_ context.Context, who Person, since time.Time) (int, error) {
		if who != PersonOf(analyst) || !since.Equal(d.clock().Add(-time.Hour)) {
			t.Errorf("counted for %v since %v", who, since)
		}
		return made, nil
	}
	ask := Ask{Sandbox: "dev", Q: "ana.souza@example.com"}
	if _, err := d.Find(requestContext(), analyst, ask); err != nil {
		t.Fatal(err)
	}
	made++
	calls := len(d.platform.journal())
	if _, err := d.Find(requestContext(), analyst, ask); !errors.Is(err, ErrCapped) || len(d.platform.journal()) != calls {
		t.Errorf("Find = %v, want ErrCapped and no call", err)
	}
	e := d.store.events[len(d.store.events)-1]
	if e.Kind != audit.AccessDenied || *e.Allowed || e.Right != "profile.read" || e.Sandbox != "dev" || e.Detail["cap"] != "lookups_per_hour" || e.Phase != "" {
		t.Errorf("on record is %+v", e)
	}
}
