package lookup

import (
	"context"
	"sync"
	"time"
)

const (
	loadTimeout  = 20 * time.Second // one load, in whose result several may wait
	retryFailed  = 5 * time.Second  // a failure is believed for so long
	staleFor     = 24 * time.Hour   // an old value is better than none for so long
	cacheEntries = 64               // sandboxes; Adobe sells fewer to most
)

// cache keeps what the platform says of a sandbox. One caller loads, the others
// wait; a load outlives the caller who began it. Where a load fails the old value
// is given with the error.
type cache[T any] struct {
	s     *Service
	ttl   time.Duration
	load  func(ctx context.Context, key string) (T, error)
	ahead time.Duration // while a new value is loaded one of this age is given; 0: wait

	mu sync.Mutex
	by map[string]*entry[T]
}

type entry[T any] struct {
	value   T
	have    bool
	at      time.Time     // when value was loaded
	old     bool          // to be loaded anew, whatever its age
	err     error         // of the last load
	failed  time.Time     // when that was
	loading chan struct{} // closed when the load under way ends
}

func newCache[T any](s *Service, ttl time.Duration, load func(context.Context, string) (T, error)) *cache[T] {
	return &cache[T]{s: s, ttl: ttl, load: load, by: map[string]*entry[T]{}}
}

// get returns the value for key. With an error, have tells whether value is an
// older one all the same.
func (c *cache[T]) get(ctx context.Context, key string) (value T, have bool, err error) {
	c.mu.Lock()
	now := c.s.now()
	e := c.entry(key)
	switch {
	case e.have && !e.old && now.Sub(e.at) < c.ttl, e.err != nil && now.Sub(e.failed) < retryFailed:
		defer c.mu.Unlock()
		return e.result(now)
	}
	if e.loading == nil {
		e.loading = make(chan struct{})
		c.s.loads.wait.Add(1)
		go c.fill(context.WithoutCancel(ctx), key, e)
	}
	if e.have && now.Sub(e.at) < c.ahead {
		defer c.mu.Unlock()
		return e.result(now)
	}
	done := e.loading
	c.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.loading == done { // not done: ctx ended first
		value, have, _ = e.result(now)
		return value, have, ctx.Err()
	}
	return e.result(now)
}

// peek returns what is known and fresh, without any call.
func (c *cache[T]) peek(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[key]
	if e == nil || !e.have || c.s.now().Sub(e.at) >= c.ttl {
		return value, false
	}
	return e.value, true
}

// loaded is when the value for key was loaded; zero if it never was.
func (c *cache[T]) loaded(key string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[key]; e != nil && e.have {
		return e.at
	}
	return time.Time{}
}

// expire lets the next get load anew what was loaded more than age ago. The old
// value stays for as long as that fails.
func (c *cache[T]) expire(key string, age time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[key]; e != nil && e.have && c.s.now().Sub(e.at) >= age {
		e.old = true
	}
}

// fill loads the entry. Values of ctx stay, its end does not count.
func (c *cache[T]) fill(ctx context.Context, key string, e *entry[T]) {
	defer c.s.loads.wait.Done()
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer context.AfterFunc(c.s.loads.ctx, cancel)()
	value, err := c.load(ctx, key)

	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.s.now()
	if e.err = err; err != nil {
		e.failed = now
	} else {
		e.value, e.have, e.at, e.old = value, true, now, false
	}
	close(e.loading)
	e.loading = nil
}

// result is what the entry knows now. c.mu is held.
func (e *entry[T]) result(now time.Time) (value T, have bool, err error) {
	if e.have && now.Sub(e.at) < staleFor {
		return e.value, true, e.err
	}
	return value, false, e.err
}

// entry is the one for key, made if need be; c.mu is held. The longest unused of
// too many goes: names come from URLs.
func (c *cache[T]) entry(key string) *entry[T] {
	e := c.by[key]
	if e != nil {
		return e
	}
	if len(c.by) >= cacheEntries {
		c.drop()
	}
	e = &entry[T]{}
	c.by[key] = e
	return e
}

func (c *cache[T]) drop() {
	var oldest string
	var at time.Time
	for key, e := range c.by {
		if e.loading == nil && (oldest == "" || e.at.Before(at)) {
			oldest, at = key, e.at
		}
	}
	delete(c.by, oldest)
}
