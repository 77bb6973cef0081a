package aep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// live is an emulator behind a real listener, for trouble on the wire.
func live(t *testing.T) (*rig, func(ctx context.Context, target string) (*http.Response, []byte, error)) {
	r := newRig(t, Config{})
	server := httptest.NewServer(r.s)
	server.Config.ErrorLog = nil
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() { r.s.Close(); server.Close() })
	return r, func(ctx context.Context, target string) (*http.Response, []byte, error) {
		req := r.request("GET", server.URL+target, nil).WithContext(ctx)
		req.RequestURI = ""
		res, err := client.Do(req)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, body, err
	}
}

func TestEachTrouble(t *testing.T) {
	r, get := live(t)
	target := profileURL("Email", "both@example.com")
	_, whole, err := get(t.Context(), target)
	if err != nil || len(whole) < 1000 {
		t.Fatalf("without trouble: %d bytes, %v", len(whole), err)
	}
	for _, tt := range []struct {
		name, rule string
		check      func(res *http.Response, body []byte, err error) bool
	}{
		{"status", `{"do":"status"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 500 && strings.Contains(string(body), `"statusCode":"500"`)
		}},
		{"status 401", `{"do":"status","status":401}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 401 && strings.Contains(string(body), "401013")
		}},
		{"throttled", `{"do":"status","status":429,"headers":{"Retry-After":"1"}}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 429 && res.Header.Get("Retry-After") == "1" && body[0] == '['
		}},
		{"text body", `{"do":"status","status":503,"body":"plain words","headers":{"Content-Type":"text/plain"}}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 503 && string(body) == "plain words" && res.Header.Get("Content-Type") == "text/plain"
		}},
		{"JSON body", `{"do":"status","status":200,"body":{"a":[1]}}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 200 && string(body) == `{"a":[1]}`
		}},
		{"reset", `{"do":"reset"}`, func(_ *http.Response, _ []byte, err error) bool {
			return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
		}},
		{"hang", `{"do":"hang"}`, func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"truncate", `{"do":"truncate","bytes":100}`, func(res *http.Response, body []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && len(body) == 100 && res.ContentLength == int64(len(whole))
		}},
		{"truncate in the middle", `{"do":"truncate"}`, func(res *http.Response, body []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && len(body) == len(whole)/2
		}},
		{"drip", `{"do":"drip"}`, func(res *http.Response, body []byte, err error) bool {
			return errors.Is(err, context.DeadlineExceeded) && len(body) > 0 && len(body) < 100
		}},
		{"html", `{"do":"html"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 200 && bytes.Contains(body, []byte("<html>")) && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html")
		}},
		{"wrong-type", `{"do":"wrong-type"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 200 && json.Valid(body) && body[0] == '['
		}},
		{"big", `{"do":"big"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && len(body) == bigBody && body[0] == '"' && body[bigBody-1] == '"'
		}},
		{"redirect", `{"do":"redirect"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 307 && strings.HasPrefix(res.Header.Get("Location"), "/redirected/data/core/")
		}},
		{"redirect elsewhere", `{"do":"redirect","status":302,"headers":{"location":"http://127.0.0.1:1/x"}}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 302 && res.Header.Get("Location") == "http://127.0.0.1:1/x"
		}},
		{"delay", `{"do":"delay","delay":"60ms"}`, func(res *http.Response, body []byte, err error) bool {
			return err == nil && res.StatusCode == 200 && bytes.Equal(body, whole)
		}},
	} {
		r.rule(tt.rule)
		limit := 20 * time.Second
		switch tt.name {
		case "hang":
			limit = 300 * time.Millisecond
		case "drip": // at most 20 bytes a second; long enough for a busy machine
			limit = 1500 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		start := time.Now()
		res, body, err := get(ctx, target)
		cancel()
		if !tt.check(res, body, err) {
			t.Errorf("%s: %v %.200s %v", tt.name, res, body, err)
		}
		if tt.name == "delay" && time.Since(start) < 60*time.Millisecond {
			t.Errorf("delay: answered after %v", time.Since(start))
		}
		if _, body, err := get(t.Context(), target); err != nil || !bytes.Equal(body, whole) {
			t.Errorf("%s: the next call is disturbed too: %.100s %v", tt.name, body, err)
		}
	}
}

func TestRulesCountTheirCalls(t *testing.T) {
	r := newRig(t, Config{})
	target := profileURL("Email", "both@example.com")
	codes := func(n int) (out []int) {
		for range n {
			out = append(out, r.call("GET", target, nil, nil))
		}
		return out
	}
	for _, tt := range []struct {
		rule string
		want []int
	}{
		{`{"do":"status","status":503}`, []int{503, 200, 200, 200}},
		{`{"do":"status","status":503,"nth":2}`, []int{200, 503, 200, 200}},
		{`{"do":"status","status":503,"nth":2,"times":2}`, []int{200, 503, 503, 200}},
		{`{"do":"status","status":503,"nth":3,"times":0}`, []int{200, 200, 503, 503}},
		{`{"do":"status","status":503,"method":"POST","times":0}`, []int{200, 200, 200, 200}},
		{`{"do":"status","status":503,"path":"/data/core/*/access/entities","times":0}`, []int{503, 503, 503, 503}},
		{`{"do":"status","status":503,"path":"/data/core/*/entities","times":0}`, []int{200, 200, 200, 200}},
		{`{"do":"status","status":503,"path":"/data/**/entities","times":0}`, []int{503, 503, 503, 503}},
		{`{"do":"status","status":503,"path":"/data/core/ups/access/entities/**","times":0}`, []int{503, 503, 503, 503}},
		{`{"do":"status","status":503,"path":"**/enti*","times":0}`, []int{503, 503, 503, 503}},
		{`{"do":"status","status":503,"path":"/data.core/**","times":0}`, []int{200, 200, 200, 200}},
	} {
		r.control("DELETE", "/rules", "")
		id := r.rule(tt.rule)
		got := codes(4)
		if !equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.rule, got, tt.want)
		}
		var list []struct {
			ID   string
			Hits int
		}
		if err := json.Unmarshal(r.control("GET", "/rules", "").Body.Bytes(), &list); err != nil || len(list) != 1 || list[0].ID != id {
			t.Errorf("GET /rules = %v, %v", list, err)
		}
	}
}

func equal(a, b []int) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestRulesCanBeTakenAway(t *testing.T) {
	r := newRig(t, Config{})
	id := r.rule(`{"do":"status","times":0}`)
	if got := r.call("GET", profileURL("Email", "both@example.com"), nil, nil); got != 500 {
		t.Errorf("with the rule = %d, want 500", got)
	}
	if w := r.control("DELETE", "/rules/"+id, ""); w.Code != 204 {
		t.Errorf("DELETE = %d", w.Code)
	}
	if w := r.control("DELETE", "/rules/"+id, ""); w.Code != 404 {
		t.Errorf("DELETE again = %d", w.Code)
	}
	if got := r.call("GET", profileURL("Email", "both@example.com"), nil, nil); got != 200 {
		t.Errorf("without the rule = %d, want 200", got)
	}
}

func TestTokenCallCanFailToo(t *testing.T) {
	r := newRig(t, Config{})
	r.rule(`{"path":"/ims/**","do":"status","status":400}`)
	w := r.send(httptest.NewRequest("POST", "/ims/token/v3", nil))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "error_description") {
		t.Errorf("token call under a rule = %d %s", w.Code, w.Body)
	}
}

func TestWrongControlBodies(t *testing.T) {
	r := newRig(t, Config{})
	for _, tt := range []struct{ method, path, body, says string }{
		{"POST", "/rules", ``, "empty"},
		{"POST", "/rules", `[]`, "not a JSON object"},
		{"POST", "/rules", `{"do":"status"} x`, "follows"},
		{"POST", "/rules", `{}`, "do: missing"},
		{"POST", "/rules", `{"do":"explode"}`, "explode"},
		{"POST", "/rules", `{"do":"status","whenever":1}`, "whenever"},
		{"POST", "/rules", `{"do":"status","status":99}`, "status: 99"},
		{"POST", "/rules", `{"do":"status","nth":0}`, "nth: 0"},
		{"POST", "/rules", `{"do":"status","times":-1}`, "times: -1"},
		{"POST", "/rules", `{"do":"truncate","bytes":-1}`, "bytes: -1"},
		{"POST", "/rules", `{"do":"delay"}`, "delay: missing"},
		{"POST", "/rules", `{"do":"delay","delay":"soon"}`, "soon"},
		{"POST", "/rules", `{"do":"delay","delay":"-1s"}`, "-1s"},
		{"POST", "/rules", `{"do":"status","path":"data"}`, "path"},
		{"POST", "/rules", `{"do":"status","method":"get"}`, "method"},
		{"POST", "/rules", `{"do":"status","headers":{"a b":"c"}}`, "a b"},
		{"POST", "/rules", `{"do":"status","headers":{"a":"c\r\nd: e"}}`, "headers"},
		{"PUT", "/switches", `{"graph":"v3"}`, "graph"},
		{"PUT", "/switches", `{"lookup":"yes"}`, "lookup"},
		{"PUT", "/switches", `{"unknown":true}`, "unknown"},
		{"PUT", "/switches", `{"rate":-1}`, "rate"},
		{"PUT", "/switches", `{"token_life":"0s"}`, "token_life"},
		{"PUT", "/switches", `{"list_lag":"x"}`, "list_lag"},
		{"PUT", "/switches", `{"export_cancel":201}`, "export_cancel"},
		{"PUT", "/switches", `null`, "not a JSON object"},
		{"PUT", "/idp/users/analyst", `{"groups":"a"}`, "groups"},
		{"PUT", "/idp/users/analyst", `{"groups":[""]}`, "groups: an empty name"},
		{"PUT", "/idp/users/analyst", `{"groups":[],"x":1}`, "x"},
		{"GET", "/journal?after=x", ``, "after"},
		{"GET", "/people?limit=0", ``, "limit"},
		{"GET", "/people?sandbox=none", ``, "sandbox"},
		{"POST", "/sample", `{"x":1}`, "x"},
	} {
		w := r.control(tt.method, tt.path, tt.body)
		var out struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != 400 || err != nil || !strings.Contains(out.Error, tt.says) {
			t.Errorf("%s %s %s = %d %s, want 400 that says %q", tt.method, tt.path, tt.body, w.Code, w.Body, tt.says)
		}
	}
	if got, want := r.control("GET", "/switches", "").Body.String(), defaultSwitches(); !strings.Contains(got, `"token_life":"`+want.TokenLife+`"`) || len(r.s.rules.list()) != 0 {
		t.Errorf("a wrong body changed something: %s", got)
	}
}

func FuzzRuleBody(f *testing.F) {
	f.Add(`{"do":"status","status":429,"headers":{"Retry-After":"1"}}`)
	f.Add(`{"method":"GET","path":"/data/**/x*","nth":2,"times":0,"do":"truncate","bytes":7}`)
	f.Add(`{"do":"delay","delay":"1ns","accept":false,"body":{"a":null}}`)
	f.Add(`{"do":"redirect","path":"****/***"}`)
	f.Add(`{"do":"html","body":"\u0000"}`)
	r := newRig(f, Config{})
	f.Fuzz(func(t *testing.T, body string) {
		w := r.control("POST", "/rules", body)
		var rule Rule
		switch {
		case w.Code == http.StatusBadRequest:
			return
		case w.Code != http.StatusCreated:
			t.Fatalf("POST /rules %q = %d", body, w.Code)
		case json.Unmarshal([]byte(body), &rule) != nil:
			t.Fatalf("POST /rules took %q, which is not JSON", body)
		}
		defer r.control("DELETE", "/rules", "")
		switch rule.Do {
		case "hang", "reset", "truncate", "big", "drip", "delay":
			return // need a wire
		}
		if rule.Delay == "" {
			if w := r.send(r.request("GET", "/data/core/ups/access/entities", nil)); w.Code == 0 {
				t.Fatalf("no answer under %q", body)
			}
		}
	})
}
