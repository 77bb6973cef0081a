package apiclient

import (
	"sync"
	"time"
)

// When a service of a sandbox is left alone: breakerFailures failed attempts
// within breakerWindow that are at least half of all. After breakerPause one
// attempt is let through, and its outcome decides.
const (
	breakerFailures = 8
	breakerWindow   = 30 * time.Second
	breakerPause    = 5 * time.Second
)

// breakers holds one breaker for each service and sandbox.
type breakers struct {
	now func() time.Time

	mu sync.Mutex
	by map[string]*breaker
}

type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	start    time.Time // of the window
	good     int
	bad      int
	open     bool
	openTill time.Time
	probing  bool // the one attempt is under way
}

func newBreakers(now func() time.Time) *breakers {
	return &breakers{now: now, by: map[string]*breaker{}}
}

func (b *breakers) of(service, sandbox string) *breaker {
	key := service + " " + sandbox
	b.mu.Lock()
	defer b.mu.Unlock()
	br := b.by[key]
	if br == nil {
		br = &breaker{now: b.now}
		b.by[key] = br
	}
	return br
}

// verdict is what an attempt says about the service's health.
type verdict int

const (
	unsaid verdict = iota // nothing: it was not made, or the caller gave up
	well                  // it answered, be it with a refusal or a 429
	ill                   // it failed, or did not answer
)

// allow says whether an attempt may be made, and if not, for how long. Who is
// allowed must call done.
func (b *breaker) allow() (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return 0, true
	}
	if wait := b.openTill.Sub(b.now()); wait > 0 {
		return wait, false
	}
	if b.probing {
		return breakerPause, false
	}
	b.probing = true
	return 0, true
}

func (b *breaker) done(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.open {
		b.afterProbe(v, now)
		return
	}
	if now.Sub(b.start) >= breakerWindow {
		b.start, b.good, b.bad = now, 0, 0
	}
	switch v {
	case well:
		b.good++
	case ill:
		b.bad++
		if b.bad >= breakerFailures && b.bad >= b.good {
			b.open, b.openTill = true, now.Add(breakerPause)
		}
	}
}

// afterProbe judges an open breaker's attempt. An attempt that began before it
// opened may end here too; success of any kind is good news.
func (b *breaker) afterProbe(v verdict, now time.Time) {
	switch v {
	case well:
		b.open, b.probing = false, false
		b.start, b.good, b.bad = now, 0, 0
	case ill:
		if b.probing {
			b.probing, b.openTill = false, now.Add(breakerPause)
		}
	case unsaid:
		b.probing = false
	}
}
