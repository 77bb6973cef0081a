package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// Which method and status is tried again.
func TestWhatIsTriedAgain(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
		"GET": func(ctx context.Context, c *Client) error { _, err := c.Identities.Namespaces(ctx, "dev"); return err },
		"POST that reads": func(ctx context.Context, c *Client) error {
			_, err := c.Entities.Lookup(ctx, "dev", LookupRequest{Identities: []Identity{rosa}})
			return err
		},
		"POST":   func(ctx context.Context, c *Client) error { _, err := c.write(ctx, testWrite("POST")); return err },
		"PATCH":  func(ctx context.Context, c *Client) error { _, err := c.write(ctx, testWrite("PATCH")); return err },
		"PUT":    func(ctx context.Context, c *Client) error { _, err := c.write(ctx, testWrite("PUT")); return err },
		"DELETE": func(ctx context.Context, c *Client) error { _, err := c.write(ctx, testWrite("DELETE")); return err },
	}
	tried := map[int]bool{429: true, 500: true, 502: true, 503: true, 504: true}
	for name, call := range calls {
		reads := name == "GET" || name == "POST that reads"
		for _, status := range []int{301, 307, 400, 403, 404, 409, 422, 429, 500, 501, 502, 503, 504} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
					w.WriteHeader(status)
				})
				c, w := p.client(t, func(cfg *Config) { cfg.Tries = 3 })
				var e *Error
				if err := call(t.Context(), c); !errors.As(err, &e) || e.Status != status {
					t.Fatalf("err = %v, want status %d", err, status)
				}
				want := 1
				if reads && tried[status] {
					want = 3
				}
				if got := len(p.requests()); got != want || len(w.all()) != want-1 {
					t.Errorf("%d requests, %d waits; want %d, %d", got, len(w.all()), want, want-1)
				}
			})
		}
	}
}

func testWrite(method string) *request {
	return &request{endpoint: endpoint{method, "/data/core/ups/system/jobs"}, sandbox: "dev", body: []byte(`{"dataSetId":"66f0"}`)}
}

func TestWaitsGrowAndAreJittered(t *testing.T) {
	c, w := newPlatform(t, answers(500, ``)).client(t)
	c.Identities.Namespaces(t.Context(), "dev")
	got := w.all()
	if len(got) != 4 {
		t.Fatalf("%d waits, want 4", len(got))
	}
	for i, d := range got {
		if full := firstWait << i; d < full/2 || d >= full {
			t.Errorf("wait %d = %v, want within [%v, %v)", i+1, d, full/2, full)
		}
	}
	for try := 1; try < 100; try++ {
		if d, ok := again(&Error{Status: 500}, try, 1000); !ok || d > longestWait {
			t.Errorf("wait after try %d = %v, want at most %v", try, d, longestWait)
		}
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header string
		body   string
		least  time.Duration
		waits  int
	}{
		{"seconds", "3", ``, 3 * time.Second, 1},
		{"entities' milliseconds", "", `[{"retryAfterMs":"700","statusCode":"429"}]`, 700 * time.Millisecond, 1},
		{"more than anybody waits", "120", ``, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n atomic.Int32
			p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) > 1 {
					answers(200, emptyAnswer)(w, r)
					return
				}
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				answers(429, tt.body)(w, r)
			})
			c, w := p.client(t)
			_, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}})
			got := w.all()
			if len(got) != tt.waits {
				t.Fatalf("waits = %v, want %d", got, tt.waits)
			}
			if tt.waits == 0 {
				var e *Error
				if !errors.As(err, &e) || e.RetryAfter != 2*time.Minute || !errors.Is(err, ErrThrottled) {
					t.Errorf("err = %v, want ErrThrottled and the two minutes it asked for", err)
				}
				return
			}
			if err != nil {
				t.Error(err)
			}
			if got[0] < tt.least || got[0] > tt.least*11/10+time.Millisecond {
				t.Errorf("waited %v, want %v and a little", got[0], tt.least)
			}
		})
	}
}

func TestNoWaitBeyondTheCallersTime(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "20")
		w.WriteHeader(503)
	})
	c, w := p.client(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := c.Identities.Namespaces(ctx, "dev")
	var e *Error
	if !errors.As(err, &e) || e.Status != 503 || e.RetryAfter != 20*time.Second {
		t.Errorf("err = %v, want the 503 with its Retry-After", err)
	}
	if len(w.all()) != 0 {
		t.Errorf("waited %v, want nothing: it was clear that it would not do", w.all())
	}
}

func TestACallerWhoLeavesEndsTheRetries(t *testing.T) {
	p := newPlatform(t, answers(500, ``))
	c, w := p.client(t)
	ctx, leave := context.WithCancel(t.Context())
	w.do = func(time.Duration) { leave() }
	if _, err := c.Identities.Namespaces(ctx, "dev"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("err = %v, want what the platform said last", err)
	}
	if n := len(p.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestConnectionsThatBreakAreTriedAgain(t *testing.T) {
	for _, tt := range []struct {
		name string
		how  http.HandlerFunc
	}{
		{"before an answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"in the middle of one", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"Blv":`)
			panic(http.ErrAbortHandler)
		}},
		{"in the middle of a chunked one", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"Blv":`)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n atomic.Int32
			p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) == 1 {
					tt.how(w, r)
				}
				answers(200, rosaAnswer)(w, r)
			})
			c, w := p.client(t)
			res, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}})
			if err != nil || len(res.Profiles) != 1 {
				t.Fatalf("Lookup = %v, %v", res, err)
			}
			if len(w.all()) != 1 {
				t.Errorf("%d waits, want 1", len(w.all()))
			}
		})
	}
}

func TestAnAttemptHasItsOwnTime(t *testing.T) {
	var n atomic.Int32
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		answers(200, `[]`)(w, r)
	})
	c, _ := p.client(t, func(cfg *Config) { cfg.AttemptTimeout = 50 * time.Millisecond })
	if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
		t.Errorf("err = %v, want the second attempt's answer", err)
	}
}

func TestTimeoutAndCancelTellApart(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c, _ := p.client(t, func(cfg *Config) { cfg.AttemptTimeout, cfg.Tries = 30*time.Millisecond, 2 })
	if _, err := c.Identities.Namespaces(t.Context(), "dev"); !isErr(err, ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("attempts' time over: err = %v, want ErrTimeout alone", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Identities.Namespaces(ctx, "dev"); !isErr(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("caller's time over: err = %v, want ErrTimeout and DeadlineExceeded", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, leave)
	if _, err := c.Identities.Namespaces(ctx, "dev"); !isErr(err, context.Canceled) || errors.Is(err, ErrTimeout) {
		t.Errorf("caller left: err = %v, want context.Canceled", err)
	}
}

func TestRedirectsAreNeverFollowed(t *testing.T) {
	other := newPlatform(t, answers(200, `[]`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", status) })
		c, _ := p.client(t)
		if _, err := c.Identities.Namespaces(t.Context(), "dev"); !isErr(err, ErrRedirect) {
			t.Errorf("read after %d: err = %v, want ErrRedirect", status, err)
		}
		if _, err := c.write(t.Context(), testWrite("POST")); !isErr(err, ErrRedirect) {
			t.Errorf("write after %d: err = %v, want ErrRedirect", status, err)
		}
		if n := len(p.requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	}
	if n := len(other.requests()); n != 0 {
		t.Errorf("%d requests reached the other host", n)
	}
}
