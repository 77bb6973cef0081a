package aep

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// testDay is a clock in the middle of a day: nothing depends on the hour.
var testDay = time.Date(2026, 3, 2, 13, 37, 5, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// rig is an emulator with a client that knows its credentials.
type rig struct {
	t     testing.TB
	s     *Server
	clock *clock
	token string
}

// sharedBoxes are for tests that change nothing in them.
var sharedBoxes = sync.OnceValue(func() []*sandbox { return generate(demoSeed, testDay.Truncate(24*time.Hour)) })

func newRig(t testing.TB, cfg Config) *rig {
	t.Helper()
	return newRigOn(t, cfg, sharedBoxes())
}

func newRigOn(t testing.TB, cfg Config, boxes []*sandbox) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{at: testDay}}
	cfg.Now = r.clock.Now
	r.s = newServer(cfg)
	r.s.boxes = boxes
	r.token = r.newToken()
	return r
}

func (r *rig) newToken() string {
	r.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {r.s.credentials.ClientID}, "client_secret": {r.s.credentials.ClientSecret}, "scope": {r.s.credentials.Scopes}}
	req := httptest.NewRequest("POST", "/ims/token/v3", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		AccessToken string `json:"access_token"`
	}
	w := r.send(req)
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.AccessToken == "" {
		r.t.Fatalf("token call = %d %s", w.Code, w.Body)
	}
	return out.AccessToken
}

func (r *rig) send(req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.s.ServeHTTP(w, req)
	return w
}

// request is a call with all headers, in the dev sandbox.
func (r *rig) request(method, target string, body any) *http.Request {
	var in io.Reader
	if body != nil {
		switch b := body.(type) {
		case string:
			in = strings.NewReader(b)
		default:
			text, err := json.Marshal(b)
			if err != nil {
				r.t.Fatal(err)
			}
			in = bytes.NewReader(text)
		}
	}
	req := httptest.NewRequest(method, target, in)
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("x-api-key", r.s.credentials.ClientID)
	req.Header.Set("x-gw-ims-org-id", r.s.credentials.OrgID)
	req.Header.Set("x-sandbox-name", "dev")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// call sends a request and decodes the answer into v, if one is wanted.
func (r *rig) call(method, target string, body, v any) int {
	r.t.Helper()
	w := r.send(r.request(method, target, body))
	if v != nil {
		if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
			r.t.Fatalf("%s %s = %d, not what was expected: %v\n%.500s", method, target, w.Code, err, w.Body)
		}
	}
	return w.Code
}

// control sends a request to the control port.
func (r *rig) control(method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.s.Control().ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func (r *rig) rule(body string) string {
	r.t.Helper()
	w := r.control("POST", "/rules", body)
	var out struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != http.StatusCreated || err != nil || out.ID == "" {
		r.t.Fatalf("POST /rules %s = %d %s", body, w.Code, w.Body)
	}
	return out.ID
}

func (r *rig) set(switches string) {
	r.t.Helper()
	if w := r.control("PUT", "/switches", switches); w.Code != http.StatusOK {
		r.t.Fatalf("PUT /switches %s = %d %s", switches, w.Code, w.Body)
	}
}

const entitiesPath = "/data/core/ups/access/entities"

func profileURL(namespace, id string) string {
	return entitiesPath + "?" + url.Values{"schema.name": {profileSchema}, "entityId": {id}, "entityIdNS": {namespace}}.Encode()
}

func bulkBody(namespace string, ids ...string) object {
	var list []object
	for _, id := range ids {
		list = append(list, object{"entityId": id, "entityIdNS": object{"code": namespace}})
	}
	return object{"schema": object{"name": profileSchema}, "identities": list}
}

// TestNewAnswers holds the way in that the demo uses: a generated day, the real
// clock, nothing configured.
func TestNewAnswers(t *testing.T) {
	s := New(Config{})
	r := &rig{t: t, s: s}
	r.token = r.newToken()
	if got := r.call("GET", profileURL("Email", "ana.souza@example.com"), nil, nil); got != 200 {
		t.Errorf("ana.souza = %d, want 200", got)
	}
	if got := r.call("GET", "/data/core/ups/previewsamplestatus", nil, nil); got != 200 {
		t.Errorf("sample status = %d, want 200", got)
	}
}
