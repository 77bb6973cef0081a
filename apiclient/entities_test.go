package apiclient

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

const rosaAnswer = `{"BlvQm3xT0aKf-7Yc2pRz9WnL":{
  "entityId":"BlvQm3xT0aKf-7Yc2pRz9WnL",
  "mergePolicy":{"id":"5f1b7a30-0c2e-4a55-9e0e-2f5b1f9b7f11"},
  "sources":["66f0c1a29d5e4b2f70a1c3d4","66f0c1b79d5e4b2f70a1c3e9"],
  "tags":["01J9Z3M5QK7V2N8T4R6W0X1Y2B"],
  "identityGraph":["BlvQm3xT0aKf-7Yc2pRz9WnL","GsR81kTt0aQeFh2"],
  "entity":{"person":{"name":{"firstName":"Rosa"}},"n":1e400,"n":2},
  "lastModifiedAt":"2026-02-12T09:31:44+02:00"}}`

const emptyAnswer = `{"GsR81kTt0aQeFh2":{"entityId":"GsR81kTt0aQeFh2","sources":[""],"entity":{},"lastModifiedAt":"1970-01-01T00:00:00Z"}}`

func TestLookupReadsAProfile(t *testing.T) {
	p := newPlatform(t, answers(200, rosaAnswer))
	c, _ := p.client(t)
	got, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{
		Identities: []Identity{rosa, {ID: "GsR81kTt0aQeFh2"}}, MergePolicyID: "mp", Fields: []string{"person.name"}, ComputedAttributes: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &LookupResult{Profiles: []Profile{{
		XID: "BlvQm3xT0aKf-7Yc2pRz9WnL", MergePolicyID: "5f1b7a30-0c2e-4a55-9e0e-2f5b1f9b7f11",
		Sources: []string{"66f0c1a29d5e4b2f70a1c3d4", "66f0c1b79d5e4b2f70a1c3e9"}, Tags: []string{"01J9Z3M5QK7V2N8T4R6W0X1Y2B"},
		IdentityGraph:  []string{"BlvQm3xT0aKf-7Yc2pRz9WnL", "GsR81kTt0aQeFh2"},
		Entity:         jsontext.Value(`{"person":{"name":{"firstName":"Rosa"}},"n":1e400,"n":2}`),
		LastModifiedAt: time.Date(2026, 2, 12, 7, 31, 44, 0, time.UTC),
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Lookup (-want +got):\n%s", diff)
	}
	if got.Profiles[0].Empty() {
		t.Error("Empty() = true for a profile with fields")
	}
	r := p.requests()[0]
	if r.method != "POST" || r.path != "/data/core/ups/access/entities" || r.query != "" {
		t.Errorf("request = %s %s?%s, want POST without query", r.method, r.path, r.query)
	}
	var body, wantBody any
	json.Unmarshal([]byte(r.body), &body)
	json.Unmarshal([]byte(`{"schema":{"name":"_xdm.context.profile"},"fields":["person.name"],"mergePolicyId":"mp","withCA":true,
		"identities":[{"entityId":"rosa.l@northwind.example","entityIdNS":{"code":"email"}},{"entityId":"GsR81kTt0aQeFh2"}]}`), &wantBody)
	if diff := cmp.Diff(wantBody, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestLookupDoesNotAskForWhatNobodyWants(t *testing.T) {
	p := newPlatform(t, answers(200, rosaAnswer))
	c, _ := p.client(t)
	if _, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}}); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"withCA", "mergePolicyId", "fields"} {
		if b := p.requests()[0].body; strings.Contains(b, word) {
			t.Errorf("body %s has %s", b, word)
		}
	}
}

// The entity must be a piece of the one buffer: a copy would double the memory of
// a profile of megabytes.
func TestEntityIsAPieceOfTheBuffer(t *testing.T) {
	body := []byte(rosaAnswer)
	res, err := readProfiles(&request{endpoint: postEntities}, &answer{body: body})
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(rosaAnswer, `{"person"`)
	if &res.Profiles[0].Entity[0] != &body[at] {
		t.Error("Entity was copied")
	}
	if e := res.Profiles[0].Entity; cap(e) != len(e) {
		t.Errorf("appending to Entity would overwrite what follows: cap %d, len %d", cap(e), len(e))
	}
}

func TestProfileEmpty(t *testing.T) {
	for _, tt := range []struct {
		name string
		body string
		want bool
	}{
		{"1970 entry", emptyAnswer, true},
		{"bare object", `{"x":{}}`, true},
		{"null entity", `{"x":{"entity":null,"sources":null}}`, true},
		{"blank object", `{"x":{"entity":{ },"sources":[]}}`, true},
		{"fields without source", `{"x":{"entity":{"a":1},"sources":[""]}}`, false},
		{"source without fields", `{"x":{"entity":{},"sources":["66f0"]}}`, false},
		{"person", rosaAnswer, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := readProfiles(&request{endpoint: postEntities}, &answer{body: []byte(tt.body)})
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Profiles[0].Empty(); got != tt.want {
				t.Errorf("Empty() = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLookupOfSeveralWithFailures(t *testing.T) {
	p := newPlatform(t, answers(207, `[{"xid":"A1","error":{"message":"Too many related identities","cause":"…","statusCode":"422"}},
		{"xid":"B2","error":{"message":"Too many requests","retryAfterMs":"500","statusCode":"429"}},
		{"xid":"C3","error":{"statusCode":"404"}}]`))
	c, _ := p.client(t)
	got, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{{ID: "A1"}, {ID: "B2"}, {ID: "C3"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []ItemError{
		{XID: "A1", Status: 422, Message: "Too many related identities", Err: ErrTooManyIdentities},
		{XID: "B2", Status: 429, Message: "Too many requests", Err: ErrThrottled, RetryAfter: 500 * time.Millisecond},
		{XID: "C3", Status: 404, Err: ErrNotFound},
	}
	if diff := cmp.Diff(want, got.Failed, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
		t.Errorf("Failed (-want +got):\n%s", diff)
	}
}

func TestLookupOfOneThatFailsIsAnError(t *testing.T) {
	p := newPlatform(t, answers(207, `[{"xid":"A1","error":{"message":"too many related identities for rosa.l@northwind.example","statusCode":"422"}}]`))
	c, _ := p.client(t)
	_, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}})
	if !errors.Is(err, ErrTooManyIdentities) {
		t.Errorf("err = %v, want ErrTooManyIdentities", err)
	}
	if strings.Contains(err.Error(), "rosa") {
		t.Errorf("error names the person: %v", err)
	}
}

func TestLookupRefusesBeforeAnyRequest(t *testing.T) {
	p := newPlatform(t, answers(200, `{}`))
	c, _ := p.client(t)
	many := make([]Identity, MaxIdentities+1)
	for i := range many {
		many[i] = rosa
	}
	for _, tt := range []struct {
		name    string
		sandbox string
		ids     []Identity
		want    error
	}{
		{"no sandbox", "", []Identity{rosa}, ErrNoSandbox},
		{"title for a name", "Prod", []Identity{rosa}, ErrBadSandbox},
		{"path", "../prod", []Identity{rosa}, ErrBadSandbox},
		{"header break", "prod\r\nx: y", []Identity{rosa}, ErrBadSandbox},
		{"blank", "pro d", []Identity{rosa}, ErrBadSandbox},
		{"nobody", "dev", nil, ErrBadArgument},
		{"empty id", "dev", []Identity{rosa, {Namespace: "email"}}, ErrBadArgument},
		{"too many", "dev", many, ErrBadArgument},
		{"not UTF-8", "dev", []Identity{{"email", "a\xff"}}, ErrBadArgument},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Entities.Lookup(t.Context(), tt.sandbox, LookupRequest{Identities: tt.ids})
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
		})
	}
	if n := len(p.requests()) + p.tokenCalls(); n != 0 {
		t.Errorf("%d requests were made, want none", n)
	}
}

func TestGetNamesThePersonInTheQuery(t *testing.T) {
	p := newPlatform(t, answers(200, rosaAnswer))
	c, _ := p.client(t)
	got, err := c.Entities.Get(t.Context(), "dev", Identity{"email", "a+b@northwind.example"}, GetRequest{MergePolicyID: "mp", Fields: []string{"a", "b.c"}, ComputedAttributes: true})
	if err != nil || got.XID != "BlvQm3xT0aKf-7Yc2pRz9WnL" {
		t.Fatalf("Get = %v, %v", got, err)
	}
	want := "entityId=a%2Bb%40northwind.example&entityIdNS=email&fields=a%2Cb.c&mergePolicyId=mp&schema.name=_xdm.context.profile&withCA=true"
	if q := p.requests()[0].query; q != want {
		t.Errorf("query = %s\nwant    %s", q, want)
	}
}

func TestGetOfNobody(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
	}{
		{"404", 404, `{"statusCode":"404"}`},
		{"empty map", 200, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newPlatform(t, answers(tt.status, tt.body)).client(t)
			if _, err := c.Entities.Get(t.Context(), "dev", rosa, GetRequest{}); !errors.Is(err, ErrNotFound) {
				t.Errorf("err = %v, want ErrNotFound", err)
			}
		})
	}
}

func TestAnswersThatAreNoProfiles(t *testing.T) {
	for _, body := range []string{``, `null`, `3`, `"x"`, `{"x":3}`, `{"x":{"entity":{}}`, `[{"xid":"x"`, `<html>`, `{"x":{"entity":{"a":"` + "\xff" + `"}}}`, `[3]`} {
		c, _ := newPlatform(t, answers(200, body)).client(t)
		_, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}})
		if !errors.Is(err, ErrBadAnswer) {
			t.Errorf("Lookup of %q: err = %v, want ErrBadAnswer", body, err)
		}
	}
}

const eventsAnswer = `{"BlvQ":{"_page":{"orderby":"timestamp","start":"8d1c","count":1,"next":"41b2"},
  "children":[{"relatedEntityId":"BlvQ","entityId":"8d1c0b0e","timestamp":1767189661000,
    "entity":{"eventType":"commerce.purchases"},"lastModifiedAt":"2026-01-01T00:02:10Z"}],
  "_links":{"next":{"href":"/entities","payload":{"schema":{"name":"_xdm.context.experienceevent"},"identities":[{"relatedEntityId":"BlvQ","start":"41b2"}],"limit":1}}}}}`

func TestEventsFollowThePayload(t *testing.T) {
	n := 0
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			answers(200, eventsAnswer)(w, r)
			return
		}
		answers(200, `{"BlvQ":{"_page":{"next":""},"children":[],"_links":{"next":{"href":""}}}}`)(w, r)
	})
	c, _ := p.client(t)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	got, err := c.Entities.Events(t.Context(), "dev", EventsRequest{Identity: rosa, From: day.AddDate(0, 0, -1), To: day, Limit: 1, Newest: true})
	if err != nil {
		t.Fatal(err)
	}
	payload := `{"schema":{"name":"_xdm.context.experienceevent"},"identities":[{"relatedEntityId":"BlvQ","start":"41b2"}],"limit":1}`
	want := &EventsPage{XID: "BlvQ", Next: jsontext.Value(payload), Events: []Event{{
		ID: "8d1c0b0e", XID: "BlvQ", Timestamp: time.UnixMilli(1767189661000).UTC(),
		Entity: jsontext.Value(`{"eventType":"commerce.purchases"}`), LastModifiedAt: time.Date(2026, 1, 1, 0, 2, 10, 0, time.UTC),
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Events (-want +got):\n%s", diff)
	}
	last, err := c.Entities.Events(t.Context(), "dev", EventsRequest{Next: got.Next})
	if err != nil || len(last.Next) != 0 || len(last.Events) != 0 {
		t.Errorf("last page = %+v, %v", last, err)
	}
	reqs := p.requests()
	var body, wantBody any
	json.Unmarshal([]byte(reqs[0].body), &body)
	json.Unmarshal([]byte(`{"schema":{"name":"_xdm.context.experienceevent"},"relatedSchema":{"name":"_xdm.context.profile"},
		"identities":[{"relatedEntityId":"rosa.l@northwind.example","relatedEntityIdNS":{"code":"email"}}],
		"timeFilter":{"startTime":1767139200000,"endTime":1767225600000},"limit":1,"orderBy":"-timestamp","orderby":"-timestamp"}`), &wantBody)
	if diff := cmp.Diff(wantBody, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if reqs[1].body != payload || reqs[1].path != "/data/core/ups/access/entities" {
		t.Errorf("second request = %s %s, want the payload unchanged", reqs[1].path, reqs[1].body)
	}
}

// A page that names itself as its successor would be asked for without end.
func TestEventsPageThatRepeatsItself(t *testing.T) {
	c, _ := newPlatform(t, answers(200, eventsAnswer)).client(t)
	page, err := c.Entities.Events(t.Context(), "dev", EventsRequest{Identity: rosa})
	if err != nil {
		t.Fatal(err)
	}
	if page, err = c.Entities.Events(t.Context(), "dev", EventsRequest{Next: page.Next}); err != nil || page.Next != nil {
		t.Errorf("Next = %s, %v; want none", page.Next, err)
	}
}

func TestEventsRefusesAForeignNext(t *testing.T) {
	p := newPlatform(t, answers(200, `{}`))
	c, _ := p.client(t)
	for _, next := range []string{`[]`, `{"a":`, `"x"`} {
		if _, err := c.Entities.Events(t.Context(), "dev", EventsRequest{Next: jsontext.Value(next)}); !errors.Is(err, ErrBadArgument) {
			t.Errorf("Events(%s): err = %v, want ErrBadArgument", next, err)
		}
	}
	if n := len(p.requests()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}
