package lookup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// loader counts its loads, which wait for gate where there is one.
type loader struct {
	n    atomic.Int64
	gate chan struct{}
	err  error
}

func (l *loader) load(ctx context.Context, key string) (string, error) {
	n := l.n.Add(1)
	if l.gate != nil {
		select {
		case <-l.gate:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return fmt.Sprint(key, n), l.err
}

func TestCacheLoadsOnceForMany(t *testing.T) {
	d := newDesk(t)
	l := &loader{gate: make(chan struct{})}
	c := newCache(d.Service, time.Minute, l.load)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if v, have, err := c.get(context.Background(), "dev"); v != "dev1" || !have || err != nil {
				t.Errorf("get = %q, %v, %v", v, have, err)
			}
		})
	}
	close(l.gate)
	wait.Wait()
	if v, ok := c.peek("dev"); v != "dev1" || !ok {
		t.Errorf("peek = %q, %v", v, ok)
	}
	d.pass(time.Minute)
	if _, ok := c.peek("dev"); ok {
		t.Error("peek gives an old value")
	}
	if v, _, _ := c.get(context.Background(), "dev"); v != "dev2" {
		t.Errorf("get a minute later = %q, want a new one", v)
	}
}

func TestCacheGivesTheOldValueWithTheError(t *testing.T) {
	d := newDesk(t)
	l := &loader{}
	c := newCache(d.Service, time.Minute, l.load)
	c.get(context.Background(), "dev")
	l.err = errors.New("down")
	d.pass(time.Minute)
	for range 3 {
		if v, have, err := c.get(context.Background(), "dev"); v != "dev1" || !have || err == nil {
			t.Errorf("get = %q, %v, %v, want the old one and the error", v, have, err)
		}
	}
	if n := l.n.Load(); n != 2 {
		t.Errorf("%d loads: a failure is not asked for again at once", n)
	}
	d.pass(retryFailed)
	l.err = nil
	if v, _, err := c.get(context.Background(), "dev"); v != "dev3" || err != nil {
		t.Errorf("get = %q, %v, want the new one", v, err)
	}
}

func TestCacheLoadOutlivesItsCallerAndEndsWithTheService(t *testing.T) {
	d := newDesk(t)
	l := &loader{gate: make(chan struct{})}
	c := newCache(d.Service, time.Minute, l.load)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, have, err := c.get(ctx, "dev"); have || !errors.Is(err, context.Canceled) {
		t.Errorf("get = %v, %v, want the caller's end", have, err)
	}
	close(l.gate)
	if v, _, err := c.get(context.Background(), "dev"); v != "dev1" || err != nil {
		t.Errorf("get = %q, %v, want what the first caller began", v, err)
	}
	l.gate = make(chan struct{})
	d.pass(time.Hour)
	go c.get(context.Background(), "dev")
	for l.n.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	d.Close() // ends the load and waits for it
	if v, _, err := c.get(context.Background(), "dev"); v != "dev1" || err == nil {
		t.Errorf("get after Close = %q, %v, want the old one", v, err)
	}
}

func TestCacheAheadDoesNotWait(t *testing.T) {
	d := newDesk(t)
	l := &loader{}
	c := newCache(d.Service, time.Hour, l.load)
	c.ahead = staleFor
	c.get(context.Background(), "dev")
	d.pass(2 * time.Hour)
	l.gate = make(chan struct{})
	if v, have, err := c.get(context.Background(), "dev"); v != "dev1" || !have || err != nil {
		t.Errorf("get = %q, %v, %v, want the old one at once", v, have, err)
	}
	close(l.gate)
	for v := ""; v != "dev2"; v, _, _ = c.get(context.Background(), "dev") {
		time.Sleep(time.Millisecond)
	}
}

func TestCacheIsBounded(t *testing.T) {
	d := newDesk(t)
	c := newCache(d.Service, time.Hour, (&loader{}).load)
	for i := range 3 * cacheEntries {
		c.get(context.Background(), fmt.Sprint("box", i))
	}
	if len(c.by) > cacheEntries {
		t.Errorf("%d entries, want %d at most", len(c.by), cacheEntries)
	}
}
