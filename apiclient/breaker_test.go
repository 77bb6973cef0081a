package apiclient

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestBreakerOpensAndCloses(t *testing.T) {
	var status atomic.Int32
	status.Store(500)
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) { answers(int(status.Load()), `[]`)(w, r) })
	now := newClock()
	c, _ := p.client(t, func(cfg *Config) { cfg.Now, cfg.Tries = now.now, 1 })
	ask := func() error { _, err := c.Identities.Namespaces(t.Context(), "dev"); return err }
	for i := range breakerFailures {
		if err := ask(); errors.Is(err, ErrOpen) {
			t.Fatalf("open after %d failures", i)
		}
	}
	var e *Error
	if err := ask(); !errors.As(err, &e) || !errors.Is(err, ErrOpen) || !errors.Is(err, ErrUnavailable) || e.RetryAfter != breakerPause {
		t.Fatalf("err = %v (wait %v), want ErrOpen for %v", err, e.RetryAfter, breakerPause)
	}
	sent := len(p.requests())

	// Another sandbox and another service are not affected.
	if _, err := c.Identities.Namespaces(t.Context(), "prod"); errors.Is(err, ErrOpen) {
		t.Error("prod's calls are suspended because of dev's")
	}
	if _, err := c.Datasets.List(t.Context(), "dev", false); errors.Is(err, ErrOpen) {
		t.Error("the catalog is suspended because of the namespaces")
	}

	now.add(breakerPause)
	if err := ask(); errors.Is(err, ErrOpen) { // the one that is let through fails
		t.Fatal("no attempt after the pause")
	}
	if err := ask(); !errors.Is(err, ErrOpen) {
		t.Errorf("err = %v, want ErrOpen after the attempt failed", err)
	}
	if got := len(p.requests()) - sent; got != 3 {
		t.Errorf("%d requests since it opened, want 3", got)
	}

	now.add(breakerPause)
	status.Store(200)
	for range 3 {
		if err := ask(); err != nil {
			t.Errorf("after the attempt succeeded: %v", err)
		}
	}
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	for _, status := range []int{400, 403, 404, 422, 429} {
		c, _ := newPlatform(t, answers(status, ``)).client(t, func(cfg *Config) { cfg.Tries = 1 })
		for range 3 * breakerFailures {
			if _, err := c.Identities.Namespaces(t.Context(), "dev"); errors.Is(err, ErrOpen) {
				t.Fatalf("%d opened it", status)
			}
		}
	}
}

func TestCallersWhoLeaveDoNotOpenTheBreaker(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c, _ := p.client(t)
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 * breakerFailures {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, leave)
		if _, err := c.Identities.Namespaces(ctx, "dev"); errors.Is(err, ErrOpen) {
			t.Fatal("callers who left opened it")
		}
	}
}

func TestBreakerWithAMajorityOfSuccesses(t *testing.T) {
	now := newClock()
	b := newBreakers(now.now).of("x", "dev")
	for i := range 100 {
		v := well
		if i%3 == 0 {
			v = ill
		}
		if _, ok := b.allow(); !ok {
			t.Fatalf("open after %d calls, a third of them failed", i)
		}
		b.done(v)
	}
}

func TestBreakerForgetsOldFailures(t *testing.T) {
	now := newClock()
	b := newBreakers(now.now).of("x", "dev")
	for range 3 {
		for range breakerFailures - 1 {
			b.done(ill)
		}
		now.add(breakerWindow)
	}
	if _, ok := b.allow(); !ok {
		t.Error("open because of failures long ago")
	}
}

func TestBreakerLetsOneThrough(t *testing.T) {
	now := newClock()
	b := newBreakers(now.now).of("x", "dev")
	for range breakerFailures {
		b.done(ill)
	}
	now.add(breakerPause)
	if _, ok := b.allow(); !ok {
		t.Fatal("none is let through after the pause")
	}
	if wait, ok := b.allow(); ok || wait <= 0 {
		t.Errorf("a second one is let through meanwhile, wait %v", wait)
	}
	b.done(unsaid) // the caller left: the next one may try
	if _, ok := b.allow(); !ok {
		t.Error("nobody is let through after a caller left")
	}
}
