package aep

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

type entityAnswer struct {
	EntityID       string         `json:"entityId"`
	Sources        []string       `json:"sources"`
	IdentityGraph  []string       `json:"identityGraph"`
	Entity         map[string]any `json:"entity"`
	LastModifiedAt string         `json:"lastModifiedAt"`
}

func TestOnePersonOneEntry(t *testing.T) {
	r := newRig(t, Config{})
	body := object{"schema": object{"name": profileSchema}, "identities": []object{
		{"entityId": "ana.souza@example.com", "entityIdNS": object{"code": "EMAIL"}},
		{"entityId": "C-0004711", "entityIdNS": object{"code": "crmid"}},
		{"entityId": makeXID(identityKey{nsLoyalty, "900117"})},
	}}
	var out map[string]entityAnswer
	if got := r.call("POST", entitiesPath, body, &out); got != 200 || len(out) != 1 {
		t.Fatalf("three identities of one person = %d with %d entries, want 200 with 1", got, len(out))
	}
	for xid, v := range out {
		if v.EntityID != xid || len(v.IdentityGraph) != 6 {
			t.Errorf("entry %s names itself %s with %d identities", xid, v.EntityID, len(v.IdentityGraph))
		}
	}
}

func TestUnknownAndEmpty(t *testing.T) {
	r := newRig(t, Config{})
	for _, name := range []string{"nobody@example.com", "empty@example.com"} {
		if got := r.call("GET", profileURL("Email", name), nil, nil); got != 404 {
			t.Errorf("GET %s = %d, want 404", name, got)
		}
		var out map[string]entityAnswer
		if got := r.call("POST", entitiesPath, bulkBody("Email", name), &out); got != 200 || len(out) != 1 {
			t.Fatalf("POST %s = %d, %v", name, got, out)
		}
		for _, v := range out {
			if !slices.Equal(v.Sources, []string{""}) || v.Entity == nil || len(v.Entity) != 0 || v.LastModifiedAt != "1970-01-01T00:00:00Z" {
				t.Errorf("POST %s answers %+v, want the empty entity of 1970", name, v)
			}
		}
	}
}

func TestTooManyIdentities(t *testing.T) {
	r := newRig(t, Config{})
	var bad []struct {
		XID   string            `json:"xid"`
		Error map[string]string `json:"error"`
	}
	got := r.call("POST", entitiesPath, bulkBody("Email", "both@example.com", "many.ids@example.com"), &bad)
	if got != 207 || len(bad) != 1 || bad[0].Error["statusCode"] != "422" || bad[0].XID != makeXID(identityKey{nsEmail, "many.ids@example.com"}) {
		t.Errorf("POST with 51 identities = %d %+v", got, bad)
	}
	var none *policy
	for _, p := range r.s.box("dev").policies {
		if !p.stitch {
			none = p
		}
	}
	crm := r.s.box("dev").cluster(r.s.box("dev").find(identityKey{nsEmail, "many.ids@example.com"}))
	if len(crm) != 51 {
		t.Errorf("many.ids has %d identities, want 51", len(crm))
	}
	if got := r.call("GET", profileURL("CRMId", crm[0].id)+"&mergePolicyId="+none.id, nil, nil); got != 200 {
		t.Errorf("without stitching = %d, want 200", got)
	}
}

func TestBothLivesTwice(t *testing.T) {
	r := newRig(t, Config{})
	city := map[string]any{}
	for _, name := range []string{"dev", "prod"} {
		req := r.request("GET", profileURL("Email", "both@example.com")+"&fields=person.name.firstName", nil)
		req.Header.Set("x-sandbox-name", name)
		var out map[string]entityAnswer
		if err := json.Unmarshal(r.send(req).Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		for _, v := range out {
			city[name] = v.Entity["person"].(map[string]any)["name"].(map[string]any)["firstName"]
			if len(v.Entity) != 1 {
				t.Errorf("fields=person.name.firstName also gave %v", v.Entity)
			}
		}
	}
	if city["dev"] == city["prod"] || city["dev"] == nil {
		t.Errorf("both is the same in dev and prod: %v", city)
	}
}

func TestComputedAttributesCanBeLeftOut(t *testing.T) {
	r := newRig(t, Config{})
	for query, want := range map[string]bool{"": true, "&withCA=true": true, "&withCA=false": false} {
		w := r.send(r.request("GET", profileURL("Email", "ana.souza@example.com")+query, nil))
		if got := strings.Contains(w.Body.String(), "SystemComputedAttributes"); got != want {
			t.Errorf("with %q computed attributes = %v, want %v", query, got, want)
		}
	}
}

func TestWrongEntityRequests(t *testing.T) {
	r := newRig(t, Config{})
	many := make([]string, maxBulk+1)
	for _, tt := range []struct {
		method, target string
		body           any
		want           int
	}{
		{"GET", entitiesPath + "?schema.name=other&entityId=a&entityIdNS=Email", nil, 400},
		{"GET", entitiesPath + "?schema.name=" + profileSchema + "&entityId=a@example.com", nil, 400},
		{"GET", profileURL("Nope", "a"), nil, 400},
		{"GET", entitiesPath + "?schema.name=" + profileSchema + "&entityId=nobody@example.com&entityIdNs=Email", nil, 404},
		{"GET", entitiesPath + "?schema.name=_xdm.context.account&entityId=a&entityIdNS=Email", nil, 404},
		{"GET", entitiesPath + "?schema.name=" + eventSchema + "&entityId=a&entityIdNS=Email", nil, 400},
		{"POST", entitiesPath, "{", 400},
		{"POST", entitiesPath, object{"schema": object{"name": profileSchema}}, 400},
		{"POST", entitiesPath, bulkBody("Email", many...), 400},
		{"POST", entitiesPath, bulkBody("Nope", "a"), 400},
		{"POST", entitiesPath, object{"schema": object{"name": profileSchema}, "identities": []object{{"entityId": "a", "entityIdNS": "Email"}}}, 400},
	} {
		if got := r.call(tt.method, tt.target, tt.body, nil); got != tt.want {
			t.Errorf("%s %s = %d, want %d", tt.method, tt.target, got, tt.want)
		}
	}
}

type eventsAnswer struct {
	Page struct {
		Next    string `json:"next"`
		Count   int    `json:"count"`
		Orderby string `json:"orderby"`
	} `json:"_page"`
	Children []struct {
		EntityID  string         `json:"entityId"`
		Timestamp int64          `json:"timestamp"`
		Entity    map[string]any `json:"entity"`
	} `json:"children"`
	Links struct {
		Next struct {
			Href    string          `json:"href"`
			Payload json.RawMessage `json:"payload"`
		} `json:"next"`
	} `json:"_links"`
}

const manyEvents = entitiesPath + "?schema.name=" + eventSchema + "&relatedSchema.name=" + profileSchema + "&relatedEntityIdNS=Email&relatedEntityId=many.events@example.com"

// TestEventPagesEnd follows the links as they are meant, and as one client
// does, which repeats its own query with offsets from the link.
func TestEventPagesEnd(t *testing.T) {
	r := newRig(t, Config{})
	for name, follow := range map[string]func(href string) string{
		"link": func(href string) string { return "/data/core/ups/access" + href },
		"offsets": func(href string) string {
			u, _ := url.Parse(href)
			return manyEvents + "&limit=700&orderby=-timestamp&offsets=" + u.Query().Get("offsets")
		},
	} {
		seen, last, target := map[string]bool{}, int64(1)<<60, manyEvents+"&limit=700&orderby=-timestamp"
		pages := 0
		for ; target != "" && pages < 20; pages++ {
			var out eventsAnswer
			if got := r.call("GET", target, nil, &out); got != 200 {
				t.Fatalf("%s: page %d = %d", name, pages, got)
			}
			for _, e := range out.Children {
				if seen[e.EntityID] || e.Timestamp > last {
					t.Fatalf("%s: event %s twice or out of order", name, e.EntityID)
				}
				seen[e.EntityID], last = true, e.Timestamp
			}
			target = ""
			if out.Links.Next.Href != "" {
				target = follow(out.Links.Next.Href)
			} else if out.Page.Next != "" {
				t.Errorf("%s: the last page has next %q", name, out.Page.Next)
			}
		}
		if len(seen) != 5000 || pages != 8 {
			t.Errorf("%s: %d events on %d pages, want 5000 on 8", name, len(seen), pages)
		}
	}
}

func TestUnknownTokenEndsThePages(t *testing.T) {
	r := newRig(t, Config{})
	for _, token := range []string{"x", "41b2", strings.Repeat("A", 500)} {
		var out eventsAnswer
		if got := r.call("GET", manyEvents+"&start="+token, nil, &out); got != 200 || len(out.Children) != 0 || out.Links.Next.Href != "" {
			t.Errorf("start=%s = %d with %d events and next %q", token, got, len(out.Children), out.Links.Next.Href)
		}
	}
}

func TestEventFilters(t *testing.T) {
	r := newRig(t, Config{})
	day := testDay.AddDate(0, 0, -10).UnixMilli()
	for _, tt := range []struct {
		query string
		keep  func(e map[string]any) bool
	}{
		{"property=" + url.QueryEscape(`eventType="commerce.purchases"`), func(e map[string]any) bool { return e["eventType"] == "commerce.purchases" }},
		{"property=web.webPageDetails.isHomePage%3Dtrue", func(e map[string]any) bool {
			web, ok := e["web"].(map[string]any)
			return ok && web["webPageDetails"].(map[string]any)["isHomePage"] == true
		}},
		{"property=commerce.order.priceTotal%3E%3D400&property=eventType%3Dcommerce.purchases", func(e map[string]any) bool {
			c, ok := e["commerce"].(map[string]any)
			if !ok || e["eventType"] != "commerce.purchases" {
				return false
			}
			return c["order"].(map[string]any)["priceTotal"].(float64) >= 400
		}},
		{"property=timestamp%3C20260101", func(e map[string]any) bool { return e["timestamp"].(string) < "2026-01-01" }},
	} {
		var all, some eventsAnswer
		r.call("GET", manyEvents, nil, &all)
		if got := r.call("GET", manyEvents+"&"+tt.query, nil, &some); got != 200 || len(some.Children) == 0 {
			t.Fatalf("%s = %d with %d events", tt.query, got, len(some.Children))
		}
		for _, e := range some.Children {
			if !tt.keep(e.Entity) {
				t.Errorf("%s kept %v", tt.query, e.Entity)
			}
		}
		// Of the first thousand, none may be missing.
		want := 0
		for _, e := range all.Children {
			if tt.keep(e.Entity) {
				want++
			}
		}
		if want > len(some.Children) {
			t.Errorf("%s found %d events, the first thousand hold %d", tt.query, len(some.Children), want)
		}
	}
	var timed eventsAnswer
	r.call("GET", manyEvents+"&startTime="+itoa(day)+"&endTime="+itoa(day+86_400_000), nil, &timed)
	if len(timed.Children) == 0 {
		t.Error("no events on one day")
	}
	for _, e := range timed.Children {
		if e.Timestamp < day || e.Timestamp >= day+86_400_000 {
			t.Errorf("event at %d is outside of the day", e.Timestamp)
		}
	}
	var edge eventsAnswer
	first := timed.Children[0].Timestamp
	if r.call("GET", manyEvents+"&startTime="+itoa(first)+"&endTime="+itoa(first), nil, &edge); len(edge.Children) != 0 {
		t.Error("endTime counts, it must not")
	}
	if r.call("GET", manyEvents+"&limit=1&startTime="+itoa(first), nil, &edge); len(edge.Children) != 1 || edge.Children[0].Timestamp != first {
		t.Error("startTime does not count, it must")
	}
	four := strings.Repeat("&property=eventType%3Da", 4)
	for _, query := range []string{four, "&limit=0", "&limit=x", "&orderby=name", "&startTime=yesterday", "&property=eventType"} {
		if got := r.call("GET", manyEvents+query, nil, nil); got != 400 {
			t.Errorf("%s = %d, want 400", query, got)
		}
	}
	if r.call("GET", manyEvents+"&limit=1&orderby=+timestamp", nil, &edge); edge.Page.Orderby != "timestamp" {
		t.Errorf("a bare + gave orderby %q", edge.Page.Orderby)
	}
}

func itoa(n int64) string { return plain(n) }

// TestEventPayloadsEnd posts each payload unchanged until there is none.
func TestEventPayloadsEnd(t *testing.T) {
	r := newRig(t, Config{})
	body := any(object{
		"schema": object{"name": eventSchema}, "relatedSchema": object{"name": profileSchema}, "limit": 900, "fields": []string{"eventType"}, "orderby": "-timestamp",
		"timeFilter": object{"startTime": 1},
		"identities": []object{{"relatedEntityId": "many.events@example.com", "relatedEntityIdNS": object{"code": "Email"}}, {"relatedEntityId": "nobody@example.com", "relatedEntityIdNS": object{"code": "Email"}}},
	})
	total, pages := 0, 0
	for body != nil && pages < 20 {
		var out map[string]eventsAnswer
		if got := r.call("POST", entitiesPath, body, &out); got != 200 {
			t.Fatalf("page %d = %d", pages, got)
		}
		if want := map[bool]int{true: 2, false: 1}[pages == 0]; len(out) != want {
			t.Fatalf("page %d has %d profiles, want %d", pages, len(out), want)
		}
		body, pages = nil, pages+1
		for _, v := range out {
			total += len(v.Children)
			for _, e := range v.Children {
				if len(e.Entity) != 1 {
					t.Fatalf("fields are not kept from page to page: %v", e.Entity)
				}
			}
			if len(v.Links.Next.Payload) > 0 {
				body = string(v.Links.Next.Payload)
			}
		}
	}
	if total != 5000 || pages != 6 {
		t.Errorf("%d events on %d pages, want 5000 on 6", total, pages)
	}
}

func FuzzEntityBody(f *testing.F) {
	f.Add(`{"schema":{"name":"_xdm.context.profile"},"identities":[{"entityId":"ana.souza@example.com","entityIdNS":{"code":"Email"}}]}`)
	f.Add(`{"schema":{"name":"_xdm.context.experienceevent"},"relatedSchema":{"name":"_xdm.context.profile"},"limit":1e308,"identities":[{"relatedEntityId":"C-0004711","relatedEntityIdNS":{"code":"CRMId"},"start":"AAA"}]}`)
	f.Add(`{"schema":{"name":"_xdm.context.profile"},"fields":["person..name",".",""],"identities":[{"entityId":"////"}]}`)
	f.Add(`{"schema":{"name":"_xdm.context.profile"},"identities":[{"entityId":"\u0000\"\\","entityIdNS":{"code":"ECID"}}]}`)
	f.Add(`[]`)
	r := newRig(f, Config{})
	f.Fuzz(func(t *testing.T, body string) {
		if body == "" {
			return
		}
		w := r.send(r.request("POST", entitiesPath, body))
		if !json.Valid(w.Body.Bytes()) || w.Code >= 500 {
			t.Errorf("%q = %d %s", body, w.Code, w.Body)
		}
	})
}
