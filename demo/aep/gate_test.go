package aep

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestGateOrder takes one thing after another away: each refusal must hide
// those that come later.
func TestGateOrder(t *testing.T) {
	r := newRig(t, Config{})
	steps := []struct {
		name   string
		spoil  func(h http.Header)
		status int
		body   string
	}{
		{"wrong sandbox", func(h http.Header) { h.Set("x-sandbox-name", "Development") }, 403, `"detail":"The sandbox does not exist`},
		{"no sandbox", func(h http.Header) { h.Del("x-sandbox-name") }, 400, `"report":{"additionalContext":null`},
		{"other organisation", func(h http.Header) { h.Set("x-gw-ims-org-id", "other@AdobeOrg") }, 403, `"error_code":"403027"`},
		{"no organisation", func(h http.Header) { h.Del("x-gw-ims-org-id") }, 400, `"error_code":"400003"`},
		{"unknown key", func(h http.Header) { h.Set("x-api-key", "nobody") }, 403, `"error_code":"403003"`},
		{"no key", func(h http.Header) { h.Del("x-api-key") }, 403, `"error_code":"403000"`},
		{"bad token", func(h http.Header) { h.Set("Authorization", "Bearer made.up") }, 401, `"error_code":"401013"`},
		{"no token", func(h http.Header) { h.Del("Authorization") }, 403, `"error_code":"403010"`},
	}
	h := http.Header{}
	for _, s := range steps {
		req := r.request("GET", profileURL("Email", "ana.souza@example.com"), nil)
		for name, v := range h {
			req.Header[name] = v
		}
		for _, earlier := range steps {
			earlier.spoil(req.Header)
			if earlier.name == s.name {
				break
			}
		}
		w := r.send(req)
		if w.Code != s.status || !strings.Contains(w.Body.String(), s.body) {
			t.Errorf("%s: %d %s, want %d with %s", s.name, w.Code, w.Body, s.status, s.body)
		}
	}
}

func TestTokenEndsWhenItSaid(t *testing.T) {
	r := newRig(t, Config{})
	r.set(`{"token_life":"90s"}`)
	r.token = r.newToken()
	if got := r.call("GET", profileURL("Email", "both@example.com"), nil, nil); got != 200 {
		t.Errorf("with a fresh token = %d, want 200", got)
	}
	r.clock.Add(90 * time.Second)
	if got := r.call("GET", profileURL("Email", "both@example.com"), nil, nil); got != 401 {
		t.Errorf("with a token of 90 s after 90 s = %d, want 401", got)
	}
}

func TestTokenRefusals(t *testing.T) {
	r := newRig(t, Config{})
	c := r.s.Credentials()
	good := "grant_type=client_credentials&client_id=" + c.ClientID + "&client_secret=" + c.ClientSecret + "&scope=openid"
	for _, tt := range []struct {
		name, from, to, want string
	}{
		{"no grant", "grant_type=client_credentials&", "", "invalid_request"},
		{"other grant", "client_credentials", "password", "unsupported_grant_type"},
		{"wrong id", c.ClientID, "x", "invalid_client"},
		{"wrong secret", c.ClientSecret, "x", "invalid_client"},
		{"wrong scope", "openid", "openid,everything", "invalid_scope"},
		{"fine", "", "", ""},
	} {
		req := httptest.NewRequest("POST", "/ims/token/v3", strings.NewReader(strings.Replace(good, tt.from, tt.to, 1)))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := r.send(req)
		var out struct {
			Error   string `json:"error"`
			Type    string `json:"token_type"`
			Expires int    `json:"expires_in"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.Error != tt.want {
			t.Errorf("%s: %d %s, want error %q", tt.name, w.Code, w.Body, tt.want)
		}
		if tt.want == "" && (w.Code != 200 || out.Expires != 86399 || out.Type != "bearer") {
			t.Errorf("%s: %d %+v, want 200 bearer for 86399 seconds", tt.name, w.Code, out)
		}
	}
}

// TestErrorShapes asks each service for an error and looks at its form.
func TestErrorShapes(t *testing.T) {
	r := newRig(t, Config{})
	const ups = "/data/core/ups"
	for _, tt := range []struct {
		shape, method, target, body string
		status                      int
		keys                        string // top-level keys, or "array"
	}{
		{"A", "GET", "/data/core/nothing", "", 404, "error_code message"},
		{"B", "GET", "/data/core/ups/previewsamplestatus", "no-sandbox", 400, "detail report status title type"},
		{"C", "GET", ups + "/audiences/none", "", 404, "errors requestId status title type"},
		{"C", "GET", ups + "/segment/definitions/none", "", 404, "errors requestId status title type"},
		{"C", "GET", ups + "/config/mergePolicies/none", "", 404, "errors requestId status title type"},
		{"C", "GET", ups + "/system/jobs/none", "", 404, "errors requestId status title type"},
		{"C", "GET", "/data/core/ca/attributes/none", "", 404, "errors requestId status title type"},
		{"D", "GET", profileURL("Email", "many.ids@example.com"), "", 422, "cause message statusCode"},
		{"D", "GET", profileURL("Email", "nobody@example.com"), "", 404, "statusCode"},
		{"D", "GET", entitiesPath, "", 400, "cause message statusCode"},
		{"D", "GET", profileURL("Email", "both@example.com") + "&mergePolicyId=none", "", 400, "cause message statusCode"},
		{"E", "POST", entitiesPath, "untyped", 400, "detail status title type"},
		{"E", "GET", "/data/foundation/catalog/dataSets/none", "", 404, "detail status title type"},
		{"E", "GET", "/data/foundation/catalog/dataSets?limit=0", "", 400, "detail status title type"},
		{"E", "GET", "/data/foundation/catalog/batches?limit=101", "", 400, "detail status title type"},
		{"G", "GET", "/data/core/identity/identity?namespace=Nope&id=1", "", 400, "detail status title"},
		{"G", "GET", "/data/core/identity/cluster/members", "", 400, "description status title"},
		{"G", "POST", "/data/core/identity/v2/graph", `{"projection_type":"graph"}`, 400, "message reason"},
		{"G", "POST", "/data/core/identity/v2/graph", `{"xids":["x"],"projection_type":"circle"}`, 400, "detail status title"},
		{"H", "GET", "/data/core/idnamespace/identities/99", "", 404, "description error report status timestamp title type"},
		{"I", "GET", "/data/core/hygiene/workorder/DI-none", "", 404, "error_code message"},
		{"I", "GET", "/data/core/hygiene/ttl?limit=101", "", 400, "detail error-chain status title type"},
		{"J", "GET", "/data/foundation/schemaregistry/tenant/unions", "", 406, "detail report status title type"},
		{"K", "GET", "/data/foundation/sandbox-management/sandboxes/none", "", 404, "status title type"},
		{"K", "GET", "/data/foundation/sandbox-management/sandboxes?limit=3", "", 400, "status title type"},
	} {
		body := any(tt.body)
		if tt.body == "" || tt.body == "no-sandbox" {
			body = nil
		}
		req := r.request(tt.method, tt.target, body)
		switch tt.body {
		case "no-sandbox":
			req.Header.Del("x-sandbox-name")
		case "untyped":
			req.Header.Del("Content-Type")
		}
		w := r.send(req)
		if got := topKeys(t, w.Body.Bytes()); w.Code != tt.status || got != tt.keys {
			t.Errorf("shape %s: %s %s = %d with %q, want %d with %q", tt.shape, tt.method, tt.target, w.Code, got, tt.status, tt.keys)
		}
	}
}

func topKeys(t *testing.T, body []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("not JSON: %s", body)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return "array"
	}
	return strings.Join(sortedKeys(o), " ")
}

func TestIdentityWantsItsScope(t *testing.T) {
	r := newRig(t, Config{})
	c := r.s.Credentials()
	req := httptest.NewRequest("POST", "/ims/token/v3?grant_type=client_credentials&scope=openid&client_id="+c.ClientID+"&client_secret="+c.ClientSecret, nil)
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(r.send(req).Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	r.token = out.AccessToken
	w := r.send(r.request("GET", "/data/core/identity/identity?namespace=Email&id=a", nil))
	if w.Code != 401 || !strings.Contains(w.Body.String(), "UnauthorizedAccessInvalidScope") {
		t.Errorf("XID without the identity scope = %d %s", w.Code, w.Body)
	}
}

// TestIdentityFallsBackToProduction holds the trap that Adobe documents.
func TestIdentityFallsBackToProduction(t *testing.T) {
	r := newRig(t, Config{})
	b := r.s.box("prod")
	var only *identity
	for _, n := range b.order {
		if n.ns == nsCRM && r.s.box("dev").find(n.identityKey) == nil {
			only = n
			break
		}
	}
	req := r.request("POST", "/data/core/identity/v2/graph", object{"xids": []string{only.xid()}, "projection_type": "set"})
	req.Header.Del("x-sandbox-name")
	if w := r.send(req); w.Code != 200 || !strings.Contains(w.Body.String(), `"unprocessed_xids":[]`) {
		t.Errorf("graph without a sandbox = %d %s, want production's", w.Code, w.Body)
	}
}

func TestLicences(t *testing.T) {
	r := newRig(t, Config{})
	events := entitiesPath + "?schema.name=" + eventSchema + "&relatedSchema.name=" + profileSchema + "&relatedEntityId=both@example.com&relatedEntityIdNS=Email"
	for _, tt := range []struct{ name, target, keys string }{
		{"lookup", profileURL("Email", "both@example.com"), "message statusCode"},
		{"events", events, "message statusCode"},
		{"attributes", "/data/core/ca/attributes", "errors requestId status title type"},
		{"hygiene", "/data/core/hygiene/quota", "error_code message"},
		{"hygiene", "/data/core/hygiene/workorder", "error_code message"},
		{"hygiene", "/data/core/hygiene/ttl", "detail error-chain status title type"},
	} {
		r.set(`{"` + tt.name + `":false}`)
		w := r.send(r.request("GET", tt.target, nil))
		if got := topKeys(t, w.Body.Bytes()); w.Code != 403 || got != tt.keys {
			t.Errorf("%s off: %s = %d %q, want 403 %q", tt.name, tt.target, w.Code, got, tt.keys)
		}
		r.set(`{"` + tt.name + `":true}`)
		if w := r.send(r.request("GET", tt.target, nil)); w.Code != 200 {
			t.Errorf("%s on: %s = %d", tt.name, tt.target, w.Code)
		}
	}
	r.set(`{"graph":"cluster"}`)
	body := object{"xids": []string{makeXID(identityKey{nsEmail, "both@example.com"})}, "projection_type": "set"}
	if got := r.call("POST", "/data/core/identity/v2/graph", body, nil); got != 404 {
		t.Errorf("graph with the switch on cluster = %d, want 404", got)
	}
	if got := r.call("GET", "/data/core/identity/cluster/members?namespace=Email&id=both@example.com", nil, nil); got != 200 {
		t.Errorf("cluster with the switch on cluster = %d, want 200", got)
	}
}

func TestRateRefusesInEachServicesWords(t *testing.T) {
	r := newRig(t, Config{})
	r.set(`{"rate":2}`)
	var last *httptest.ResponseRecorder
	codes := []int{}
	for range 3 {
		last = r.send(r.request("GET", profileURL("Email", "both@example.com"), nil))
		codes = append(codes, last.Code)
	}
	var list []map[string]string
	if err := json.Unmarshal(last.Body.Bytes(), &list); err != nil || codes[1] != 200 || codes[2] != 429 || list[0]["retryAfterMs"] != "500" {
		t.Errorf("three calls at 2 per second = %v, last %s", codes, last.Body)
	}
	if w := r.send(r.request("GET", "/data/core/identity/identity?namespace=Email&id=a", nil)); w.Code != 429 || !strings.Contains(w.Body.String(), "RequestRateTooLarge") {
		t.Errorf("identity while throttled = %d %s", w.Code, w.Body)
	}
	if w := r.send(r.request("GET", "/data/foundation/catalog/dataSets", nil)); w.Code != 429 || !strings.Contains(w.Body.String(), `"error_code":"429050"`) {
		t.Errorf("catalog while throttled = %d %s", w.Code, w.Body)
	}
	r.clock.Add(500 * time.Millisecond)
	if got := r.call("GET", profileURL("Email", "both@example.com"), nil, nil); got != 200 {
		t.Errorf("half a second later = %d, want 200", got)
	}
}

func TestRequestIDIsEchoedOrMade(t *testing.T) {
	r := newRig(t, Config{})
	req := r.request("GET", "/nothing", nil)
	if got := r.send(req).Header().Get("x-request-id"); got == "" {
		t.Error("no x-request-id was made")
	}
	req = r.request("GET", "/nothing", nil)
	req.Header.Set("x-request-id", "mine")
	if got := r.send(req).Header().Get("x-request-id"); got != "mine" {
		t.Errorf("x-request-id = %q, want mine", got)
	}
}

func TestUnknownCallsKeepTheGate(t *testing.T) {
	r := newRig(t, Config{})
	for target, want := range map[string]string{"/data/core/nothing": "404001", "/ims/token/v1": "404001", "/": "404001"} {
		w := r.send(r.request("GET", target, nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s = %d %s", target, w.Code, w.Body)
		}
	}
	if w := r.send(r.request("PATCH", "/data/core/ca/attributes", "{}")); w.Code != 405 {
		t.Errorf("PATCH on the collection = %d, want 405", w.Code)
	}
	if w := r.send(r.request("GET", "/ims/token/v3", nil)); w.Code != 405 {
		t.Errorf("GET of the token call = %d, want 405", w.Code)
	}
	for _, target := range []string{"/data/core/ca/attributes/", "/data/core/ups/export/jobs/", "/data/foundation/catalog/datasets"} {
		if got := r.call("GET", target, nil, nil); got != 200 {
			t.Errorf("GET %s = %d, want 200", target, got)
		}
	}
}
