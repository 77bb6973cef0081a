package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const canary = "kanarie.vogel@northwind.example"

// leaks reports what of a call's secrets stands in an error, however it is printed.
func leaks(err error, hosts ...string) string {
	for ; err != nil; err = errors.Unwrap(err) {
		for _, text := range []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%q", err)} {
			for _, word := range append(hosts, "kanarie", "northwind", "http:", "https:", "entityId", testSecret, "tok-", "Bearer") {
				if strings.Contains(text, word) {
					return word + " in " + text
				}
			}
		}
	}
	return ""
}

// However the platform fails, and whatever it says: no error names the person, the
// address or the token.
func TestNoErrorNamesAnybody(t *testing.T) {
	id := Identity{"email", canary}
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-request-id", canary)
			w.Header().Set("Location", "https://elsewhere.example/?entityId="+canary)
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"message":"no %[1]s","detail":"%[1]s","title":"%[1]s","error_code":"%[1]s","type":"x/%[1]s","error":"%[1]s"}`, canary+" "+r.Header.Get("Authorization")+r.URL.String())
		}
	}
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	hijack := func(raw string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				io.WriteString(c, raw)
				c.Close()
			}
		}
	}
	handlers := map[string]http.HandlerFunc{
		"abort": abort, "garbage": hijack(canary + "\r\n\r\n"), "bad status": hijack("HTTP/1.1 " + canary + "\r\n\r\n"),
		"bad header": hijack("HTTP/1.1 200 OK\r\n" + canary + "\r\n\r\n"), "bad length": hijack("HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n"),
		"bad chunk": hijack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + canary + "\r\n"), "bad zip": hijack("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
		"not JSON": answers(200, canary), "wrong type": answers(200, `{"`+canary+`":"`+canary+`"}`), "cut": answers(200, `{"x":{"entity":{"`+canary),
		"partial": answers(207, `[{"xid":"x","error":{"message":"`+canary+`","statusCode":"422"}}]`),
		"hang":    func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	for _, status := range []int{301, 400, 401, 403, 404, 409, 422, 429, 500, 503} {
		handlers[fmt.Sprint(status)] = echo(status)
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, h)
			var calls []Call
			c, _ := p.client(t, func(cfg *Config) {
				cfg.Tries, cfg.AttemptTimeout = 1, 100*time.Millisecond
				cfg.Observe = func(call Call) { calls = append(calls, call) }
			})
			if err := c.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err1 := c.Entities.Get(t.Context(), "dev", id, GetRequest{})
			_, err2 := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{id}})
			_, err3 := c.Identities.XID(t.Context(), "dev", id)
			_, err4 := c.write(t.Context(), &request{endpoint: endpoint{"DELETE", "/data/core/ups/access/entities"}, sandbox: "dev", query: map[string][]string{"entityId": {canary}}})
			for _, err := range []error{err1, err2, err3} {
				if err == nil {
					t.Error("no error at all")
				}
			}
			for _, err := range []error{err1, err2, err3, err4} {
				if leak := leaks(err, p.Listener.Addr().String()); leak != "" {
					t.Error(leak)
				}
			}
			for _, call := range calls {
				if leak := fmt.Sprintf("%v", call); strings.Contains(leak, "kanarie") || strings.Contains(leak, "http:") {
					t.Errorf("observer was told %s", leak)
				}
			}
		})
	}
}

func TestNoErrorNamesTheHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	p := newPlatform(t, nil)
	for name, change := range map[string]func(*Config){
		"nobody listens":  func(cfg *Config) { cfg.URL = "http://" + l.Addr().String() },
		"no such host":    func(cfg *Config) { cfg.URL = "https://kanarie.invalid" },
		"no TLS there":    func(cfg *Config) { cfg.URL = strings.Replace(p.URL, "http:", "https:", 1) },
		"own transport":   func(cfg *Config) { cfg.URL, cfg.Transport = p.URL, failingReads{p} },
		"token elsewhere": func(cfg *Config) { cfg.IMSURL = "http://" + l.Addr().String() + "/ims" },
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := p.client(t, change, func(cfg *Config) { cfg.Tries, cfg.AttemptTimeout = 1, 2*time.Second })
			_, err := c.Entities.Get(t.Context(), "dev", Identity{"email", canary}, GetRequest{})
			if !isErr(err, ErrUnavailable) && !isErr(err, ErrTimeout) {
				t.Errorf("err = %v, want ErrUnavailable", err)
			}
			if leak := leaks(err, l.Addr().String(), "127.0.0.1", "invalid"); leak != "" {
				t.Error(leak)
			}
		})
	}
}

// failingReads fails with the words of net/http on everything but tokens.
type failingReads struct{ p *platform }

func (f failingReads) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token/v3") {
		return http.DefaultTransport.RoundTrip(r)
	}
	return nil, fmt.Errorf("Get %q: it broke", r.URL)
}

func TestObserverIsToldOfEveryCallOnce(t *testing.T) {
	n := 0
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n < 3 {
			w.WriteHeader(500)
			return
		}
		answers(200, `[]`)(w, r)
	})
	var mu sync.Mutex
	var calls []Call
	c, _ := p.client(t, func(cfg *Config) {
		cfg.Observe = func(call Call) { mu.Lock(); defer mu.Unlock(); call.Duration = 0; calls = append(calls, call) }
	})
	c.Identities.Namespaces(t.Context(), "dev")
	c.Identities.Namespaces(context.Background(), "")
	want := []Call{{Op: "POST token", Status: 200, Attempts: 1}, {Op: "GET idnamespace/identities", Sandbox: "dev", Status: 200, Attempts: 3}, {Op: "GET idnamespace/identities"}}
	if len(calls) != 3 {
		t.Fatalf("calls = %+v", calls)
	}
	for i, w := range want {
		got := calls[i]
		if got.Op != w.Op || got.Sandbox != w.Sandbox || got.Status != w.Status || got.Attempts != w.Attempts {
			t.Errorf("call %d = %+v, want %+v", i, got, w)
		}
	}
	if !errors.Is(calls[2].Err, ErrNoSandbox) {
		t.Errorf("Err = %v, want ErrNoSandbox", calls[2].Err)
	}
}

// FuzzRefusal: no body of an error gets into its text, breaks the reader, or makes
// a message that is longer or wilder than promised.
func FuzzRefusal(f *testing.F) {
	seeds, err := filepath.Glob("testdata/refusals/*")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds in testdata/refusals")
	}
	for _, name := range seeds {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(400, b)
		f.Add(429, b)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		status = 300 + (status%300+300)%300
		planted := append([]byte(nil), body...)
		planted = []byte(strings.ReplaceAll(string(planted), "W", canary))
		res := &http.Response{StatusCode: status, Header: http.Header{}, Body: newOnce(planted)}
		err := refusal(&request{endpoint: postEntities}, postEntities.op(), "id", res, time.Now())
		var e *Error
		if !errors.As(err, &e) || e.Status != status {
			t.Fatalf("err = %v, want status %d", err, status)
		}
		if leak := leaks(err); leak != "" {
			t.Error(leak)
		}
		if n := len([]rune(e.Message)); n > maxMessage {
			t.Errorf("message of %d characters", n)
		}
		if strings.ContainsAny(e.Message, "\r\n\x00\x1b") {
			t.Errorf("message %q holds control characters", e.Message)
		}
		if e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
			t.Errorf("RetryAfter = %v", e.RetryAfter)
		}
	})
}

// FuzzProfiles: any answer is either profiles, whose entities are pieces of it, or
// an error.
func FuzzProfiles(f *testing.F) {
	for _, s := range []string{rosaAnswer, emptyAnswer, eventsAnswer, `[{"xid":"x","error":{"statusCode":"404"}}]`, `{}`, `[]`, `[[[`, `{"a":{"sources":"x","tags":[{}],"mergePolicy":7,"requestedIdentity":{"entityId":7}}}`} {
		f.Add([]byte(s))
	}
	r := &request{endpoint: postEntities, sandbox: "dev"}
	f.Fuzz(func(t *testing.T, body []byte) {
		if res, err := readProfiles(r, &answer{status: 200, body: body}); err == nil {
			for _, p := range res.Profiles {
				if p.Entity != nil && !p.Entity.IsValid(tolerant) {
					t.Errorf("entity %q is not JSON", p.Entity)
				}
				p.Empty()
			}
		} else if !errors.Is(err, ErrBadAnswer) {
			t.Errorf("err = %v, want ErrBadAnswer", err)
		}
		if _, _, err := readEvents(r, &answer{status: 200, body: body}); err != nil && !errors.Is(err, ErrBadAnswer) {
			t.Errorf("err = %v, want ErrBadAnswer", err)
		}
	})
}
