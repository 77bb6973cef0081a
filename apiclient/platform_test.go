package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testOrg    = "7A1C22B05F3D4E6C0A495C11@AdobeOrg"
	testID     = "client-id"
	testSecret = "client-secret"
	testScopes = "openid,AdobeID,read_organizations"
)

// seen is a request that reached the platform.
type seen struct {
	method, path, query string
	header              http.Header
	body                string
	answered            int
}

// platform is a stand-in for Adobe: a token service that hands out tok-1, tok-2, …
// and a handler for everything else.
type platform struct {
	*httptest.Server
	t      *testing.T
	handle http.HandlerFunc
	ims    http.HandlerFunc // nil: a fresh token, good for a day

	mu     sync.Mutex
	seen   []seen
	tokens int
}

func newPlatform(t *testing.T, handle http.HandlerFunc) *platform {
	t.Helper()
	p := &platform{t: t, handle: handle}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ims/token/v3" {
		p.serveToken(w, r)
		return
	}
	b, _ := io.ReadAll(r.Body)
	rec := &recorder{ResponseWriter: w}
	r.Body = io.NopCloser(strings.NewReader(string(b)))
	p.mu.Lock()
	n := len(p.seen)
	p.seen = append(p.seen, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), string(b), 0})
	p.mu.Unlock()
	p.handle(rec, r)
	p.mu.Lock()
	p.seen[n].answered = rec.status
	p.mu.Unlock()
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (p *platform) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.tokens++
	n := p.tokens
	p.mu.Unlock()
	if p.ims != nil {
		p.ims(w, r)
		return
	}
	for field, want := range map[string]string{"grant_type": "client_credentials", "client_id": testID, "client_secret": testSecret, "scope": testScopes} {
		if got := r.PostFormValue(field); got != want {
			p.t.Errorf("token request has %s=%q, want %q", field, got, want)
		}
	}
	if r.URL.RawQuery != "" {
		p.t.Error("token request has a query: it would hold the secret")
	}
	fmt.Fprintf(w, `{"access_token":"tok-%d","token_type":"bearer","expires_in":86399}`, n)
}

// requests returns what reached the platform, tokens apart.
func (p *platform) requests() []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]seen(nil), p.seen...)
}

func (p *platform) tokenCalls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens
}

// client returns a client of p that does not really wait between attempts: waits
// are kept in the returned slice's place.
func (p *platform) client(t *testing.T, change ...func(*Config)) (*Client, *waits) {
	t.Helper()
	cfg := Config{URL: p.URL, IMSURL: p.URL + "/ims", OrgID: testOrg, ClientID: testID, ClientSecret: testSecret, Scopes: testScopes}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w := &waits{}
	c.sleep = w.sleep
	return c, w
}

// waits stands in for sleeping, and remembers.
type waits struct {
	mu sync.Mutex
	d  []time.Duration
	do func(time.Duration)
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.d = append(w.d, d)
	do := w.do
	w.mu.Unlock()
	if do != nil {
		do(d)
	}
	return ctx.Err()
}

func (w *waits) all() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]time.Duration(nil), w.d...)
}

// answers replies with a fixed status and body.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var rosa = Identity{"email", "rosa.l@northwind.example"}

// isErr is errors.Is for an error that must be an *Error as well.
func isErr(err, target error) bool {
	var e *Error
	return errors.As(err, &e) && errors.Is(err, target)
}

// contains reports whether s holds any of words.
func contains(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
