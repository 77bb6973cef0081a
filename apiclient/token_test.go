package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneTokenForManyCallers(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	gate := make(chan struct{})
	p.ims = func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		io.WriteString(w, `{"access_token":"tok-1","token_type":"bearer","expires_in":86399}`)
	}
	c, _ := p.client(t)
	var wg sync.WaitGroup
	var started atomic.Int32
	for range 100 {
		wg.Go(func() {
			if started.Add(1) == 100 {
				close(gate)
			}
			if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := p.tokenCalls(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	if n := len(p.requests()); n != 100 {
		t.Errorf("%d calls, want 100", n)
	}
}

func TestACallerWhoLeavesDoesNotTakeTheTokenAlong(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	asked, gate := make(chan struct{}), make(chan struct{})
	p.ims = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-gate
		io.WriteString(w, `{"access_token":"tok-1","token_type":"bearer","expires_in":86399}`)
	}
	c, _ := p.client(t)
	ctx, leave := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- c.Token(ctx) }()
	<-asked
	go func() { second <- c.Token(t.Context()) }()
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v, want context.Canceled", err)
	}
	close(gate)
	if err := <-second; err != nil {
		t.Errorf("who stayed got %v", err)
	}
	if n := p.tokenCalls(); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestTokenIsRenewedEarly(t *testing.T) {
	for _, tt := range []struct {
		name string
		life int // seconds
		ages map[time.Duration]int
	}{
		{"a day", 86400, map[time.Duration]int{24*time.Hour - 5*time.Minute - time.Second: 1, 24*time.Hour - 5*time.Minute: 2}},
		{"ten minutes", 600, map[time.Duration]int{299 * time.Second: 1, 5 * time.Minute: 2}},
		{"one minute: half of it", 60, map[time.Duration]int{29 * time.Second: 1, 30 * time.Second: 2}},
	} {
		for age, want := range tt.ages {
			t.Run(fmt.Sprint(tt.name, " at ", age), func(t *testing.T) {
				p := newPlatform(t, answers(200, `[]`))
				p.ims = func(w http.ResponseWriter, _ *http.Request) {
					fmt.Fprintf(w, `{"access_token":"t","token_type":"Bearer","expires_in":%d}`, tt.life)
				}
				now := newClock()
				c, _ := p.client(t, func(cfg *Config) { cfg.Now = now.now })
				for range 2 {
					if err := c.Token(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				now.add(age)
				if err := c.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := p.tokenCalls(); n != want {
					t.Errorf("%d token requests, want %d", n, want)
				}
			})
		}
	}
}

// In its last five minutes a token still works: an outage of the token service
// that is shorter must not be noticed.
func TestAnOldTokenServesOnWhileNoNewOneIsToBeHad(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	var down atomic.Bool
	p.ims = func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(503)
			return
		}
		io.WriteString(w, `{"access_token":"t","token_type":"bearer","expires_in":3600}`)
	}
	now := newClock()
	c, _ := p.client(t, func(cfg *Config) { cfg.Now = now.now })
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	now.add(57 * time.Minute)
	for range 5 {
		if err := c.Token(t.Context()); err != nil {
			t.Fatalf("three minutes before its end: %v", err)
		}
	}
	if n := p.tokenCalls(); n != 1+tokenTries {
		t.Errorf("%d token requests, want %d: it must not be asked for at every call", n, 1+tokenTries)
	}
	now.add(4 * time.Minute)
	if err := c.Token(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after its end: err = %v, want ErrUnavailable", err)
	}
}

func TestA401RenewsTheTokenOnce(t *testing.T) {
	for _, tt := range []struct {
		name     string
		good     string // the token that the platform takes
		requests int
		tokens   int
		fails    bool
	}{
		{"and the new one is good", "Bearer tok-2", 2, 2, false},
		{"and then fails", "Bearer never", 2, 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != tt.good {
					answers(401, `{"error_code":"401013","message":"Oauth token is not valid"}`)(w, r)
					return
				}
				answers(200, `[]`)(w, r)
			})
			c, w := p.client(t)
			_, err := c.Identities.Namespaces(t.Context(), "dev")
			if tt.fails != errors.Is(err, ErrUnauthorized) || !tt.fails && err != nil {
				t.Errorf("err = %v, fails %v", err, tt.fails)
			}
			if len(p.requests()) != tt.requests || p.tokenCalls() != tt.tokens || len(w.all()) != 0 {
				t.Errorf("%d requests, %d tokens, waits %v; want %d, %d, none", len(p.requests()), p.tokenCalls(), w.all(), tt.requests, tt.tokens)
			}
		})
	}
}

func TestA401ForManyCallersRenewsOnce(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer tok-1" {
			answers(401, `{"error_code":"401013"}`)(w, r)
			return
		}
		answers(200, `[]`)(w, r)
	})
	c, _ := p.client(t)
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := p.tokenCalls(); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

// A scope that the credential lacks is not in the next token either.
func TestA401ForLackOfScopeRenewsNothing(t *testing.T) {
	p := newPlatform(t, answers(401, `{"title":"UnauthorizedAccessInvalidScope","status":401,"detail":"x"}`))
	c, _ := p.client(t)
	if _, err := c.Identities.Graph(t.Context(), "dev", []Identity{rosa}); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("err = %v, want ErrUnauthorized", err)
	}
	if _, err := c.Identities.Graph(t.Context(), "dev", []Identity{rosa}); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("err = %v, want ErrUnauthorized", err)
	}
	if len(p.requests()) != 2 || p.tokenCalls() != 1 {
		t.Errorf("%d requests, %d tokens; want 2, 1", len(p.requests()), p.tokenCalls())
	}
}

func TestWhatTheTokenServiceMaySay(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   error
		calls  int
	}{
		{"wrong secret", 400, `{"error":"invalid_client","error_description":"invalid client_secret parameter"}`, ErrUnauthorized, 1},
		{"wrong scope", 401, `{"error":"invalid_scope"}`, ErrUnauthorized, 1},
		{"down", 503, `x`, ErrUnavailable, tokenTries},
		{"throttled", 429, ``, ErrThrottled, tokenTries},
		{"no token", 200, `{"token_type":"bearer","expires_in":86399}`, ErrBadAnswer, 1},
		{"no life", 200, `{"access_token":"x","token_type":"bearer"}`, ErrBadAnswer, 1},
		{"other type", 200, `{"access_token":"x","token_type":"mac","expires_in":86399}`, ErrBadAnswer, 1},
		{"header break", 200, `{"access_token":"x\r\ny: z","token_type":"bearer","expires_in":86399}`, ErrBadAnswer, 1},
		{"page", 200, `<html>`, ErrBadAnswer, 1},
		{"elsewhere", 302, ``, ErrRedirect, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(t, answers(200, `[]`))
			p.ims = answers(tt.status, tt.body)
			c, _ := p.client(t)
			if err := c.Token(t.Context()); !isErr(err, tt.want) {
				t.Errorf("Token: err = %v, want %v", err, tt.want)
			}
			if n := p.tokenCalls(); n != tt.calls {
				t.Errorf("%d token requests, want %d", n, tt.calls)
			}
			_, err := c.Identities.Namespaces(t.Context(), "dev")
			if !isErr(err, tt.want) {
				t.Errorf("call: err = %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "client_secret") {
				t.Errorf("error %v speaks of the secret", err)
			}
			if n := len(p.requests()); n != 0 {
				t.Errorf("%d calls without a token", n)
			}
		})
	}
}

func TestClosedClient(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	c, _ := p.client(t)
	c.Close()
	if err := c.Token(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("err = %v, want ErrUnavailable", err)
	}
}

func TestCloseEndsATokenRequest(t *testing.T) {
	p := newPlatform(t, answers(200, `[]`))
	asked := make(chan struct{})
	p.ims = func(_ http.ResponseWriter, r *http.Request) {
		r.ParseForm() // only then does the server see the caller leave
		close(asked)
		<-r.Context().Done()
	}
	c, _ := p.client(t)
	got := make(chan error, 1)
	go func() { got <- c.Token(t.Context()) }()
	<-asked
	c.Close()
	if err := <-got; err == nil {
		t.Error("Token after Close = nil, want an error")
	}
}
