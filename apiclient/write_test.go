package apiclient

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire is a server that speaks TCP and nothing more, so that what is on the wire
// can be counted. It reads one request of a connection and then does as it is told.
type wire struct {
	net.Listener
	do func(net.Conn, *http.Request)

	mu          sync.Mutex
	open        []net.Conn
	connections int
	requests    int
	body        int
	headers     []http.Header
	wg          sync.WaitGroup
}

func newWire(t *testing.T, do func(net.Conn, *http.Request)) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, do: do}
	w.wg.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		for _, c := range w.open {
			c.Close()
		}
		w.mu.Unlock()
		w.wg.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		c, err := w.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.connections++
		w.open = append(w.open, c)
		w.mu.Unlock()
		w.wg.Go(func() { w.serve(c) })
	}
}

// serve reads requests until the connection ends, so that a second one would be seen.
func (w *wire) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	br := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		n, _ := io.Copy(io.Discard, r.Body)
		w.mu.Lock()
		w.requests++
		w.body += int(n)
		w.headers = append(w.headers, r.Header)
		w.mu.Unlock()
		w.do(c, r)
	}
}

func (w *wire) counts() (connections, requests, body int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.connections, w.requests, w.body
}

// writer returns a client whose platform is w.
func (w *wire) writer(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	p := newPlatform(t, answers(500, ``)) // for tokens
	c, _ := p.client(t, append(change, func(cfg *Config) { cfg.URL, cfg.IdentityURL = "http://"+w.Addr().String(), "" })...)
	c.base, c.identity = "http://"+w.Addr().String(), "http://"+w.Addr().String()
	return c
}

// reset ends a connection the hard way.
func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func TestAWriteIsSentOnce(t *testing.T) {
	const body = `{"dataSetId":"66f0"}`
	for _, tt := range []struct {
		name string
		do   func(net.Conn, *http.Request)
		is   error
	}{
		{"reset before an answer", func(c net.Conn, _ *http.Request) { reset(c) }, ErrUnavailable},
		{"closed before an answer", func(c net.Conn, _ *http.Request) { c.Close() }, ErrUnavailable},
		{"reset within the head", func(c net.Conn, _ *http.Request) { io.WriteString(c, "HTTP/1.1 200 O"); reset(c) }, ErrUnavailable},
		{"closed within the body", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
			c.Close()
		}, ErrUnavailable},
		{"hangs", func(c net.Conn, _ *http.Request) { time.Sleep(300 * time.Millisecond) }, ErrTimeout},
		{"redirects", func(c net.Conn, r *http.Request) {
			fmt.Fprintf(c, "HTTP/1.1 307 x\r\nLocation: http://%s/again\r\nContent-Length: 0\r\n\r\n", r.Host)
		}, ErrRedirect},
		{"see other", func(c net.Conn, r *http.Request) {
			fmt.Fprintf(c, "HTTP/1.1 303 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
		}, ErrRedirect},
		{"token refused", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n")
		}, ErrUnauthorized},
		{"throttled", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 429 x\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
		}, ErrThrottled},
		{"unavailable", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")
		}, ErrUnavailable},
		{"request timeout", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 408 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			c.Close()
		}, nil},
		{"not HTTP", func(c net.Conn, _ *http.Request) { io.WriteString(c, "rosa.l@northwind.example\r\n\r\n"); c.Close() }, ErrUnavailable},
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			t.Run(method+" "+tt.name, func(t *testing.T) {
				w := newWire(t, tt.do)
				c := w.writer(t, func(cfg *Config) { cfg.AttemptTimeout = 150 * time.Millisecond })
				_, err := c.write(t.Context(), testWrite(method))
				var e *Error
				if !errors.As(err, &e) || tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("err = %v, want %v", err, tt.is)
				}
				if errors.Is(err, ErrNotSent) {
					t.Errorf("err = %v claims that nothing was sent", err)
				}
				if contains(err.Error(), "rosa", "http:", "127.0.0.1") {
					t.Errorf("err = %v quotes the wire", err)
				}
				time.Sleep(20 * time.Millisecond) // a repetition would come now
				if conns, reqs, n := w.counts(); conns != 1 || reqs != 1 || n != len(body) {
					t.Errorf("%d connections, %d requests, %d bytes of body; want 1, 1, %d", conns, reqs, n, len(body))
				}
			})
		}
	}
}

func TestADeleteWithoutBodyIsSentOnce(t *testing.T) {
	w := newWire(t, func(c net.Conn, _ *http.Request) { reset(c) })
	c := w.writer(t)
	r := testWrite("DELETE")
	r.body = nil
	if _, err := c.write(t.Context(), r); !isErr(err, ErrUnavailable) {
		t.Errorf("err = %v, want ErrUnavailable", err)
	}
	if conns, reqs, _ := w.counts(); conns != 1 || reqs != 1 {
		t.Errorf("%d connections, %d requests; want 1, 1", conns, reqs)
	}
}

// A kept connection that the server has closed meanwhile is what net/http repeats
// requests for.
func TestWritesDoNotShareConnections(t *testing.T) {
	ok := func(c net.Conn, _ *http.Request) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	}
	for name, change := range map[string]func(*Config){
		"own transport":   func(*Config) {},
		"given transport": func(cfg *Config) { cfg.Transport = &http.Transport{MaxIdleConnsPerHost: 8} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, ok)
			c := w.writer(t, change)
			for range 3 {
				if _, err := c.write(t.Context(), testWrite("POST")); err != nil {
					t.Fatal(err)
				}
			}
			if conns, reqs, _ := w.counts(); conns != 3 || reqs != 3 {
				t.Errorf("%d connections for %d requests, want 3 for 3", conns, reqs)
			}
			for _, h := range w.headers {
				for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Expect"} {
					if h.Get(name) != "" {
						t.Errorf("header %s = %q, want none", name, h.Get(name))
					}
				}
			}
			if t2, ok := ownedTransport(c.cfg.Transport); ok {
				t2.CloseIdleConnections()
			}
		})
	}
}

// net/http rewinds and repeats over HTTP/2 where the server refuses a stream.
func TestWritesDoNotSpeakHTTP2(t *testing.T) {
	var mu sync.Mutex
	protos := map[string]string{}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		protos[r.Method] = r.Proto
		mu.Unlock()
		io.WriteString(w, `[]`)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	p := newPlatform(t, nil)
	rt := srv.Client().Transport.(*http.Transport)
	c, _ := p.client(t, func(cfg *Config) { cfg.URL, cfg.Transport = srv.URL, rt })
	c.identity = srv.URL
	if _, err := c.Identities.Namespaces(t.Context(), "dev"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.write(t.Context(), testWrite("POST")); err != nil {
		t.Fatal(err)
	}
	if protos["GET"] != "HTTP/2.0" || protos["POST"] != "HTTP/1.1" {
		t.Errorf("protocols = %v, want GET by HTTP/2.0 and POST by HTTP/1.1", protos)
	}
	rt.CloseIdleConnections()
}

func TestAWriteThatCannotBeRewound(t *testing.T) {
	p := newPlatform(t, nil)
	c, _ := p.client(t)
	k := c.begin(t.Context(), testWrite("POST"))
	hr, err := k.httpRequest(t.Context(), "tok")
	if err != nil {
		t.Fatal(err)
	}
	if hr.GetBody != nil {
		t.Error("a write has GetBody: net/http could send it again")
	}
	io.Copy(io.Discard, hr.Body)
	if n, _ := hr.Body.Read(make([]byte, 1)); n != 0 {
		t.Error("the body can be read twice")
	}
}

func TestNotSentIsSaidOnlyWhenSure(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	p := newPlatform(t, answers(500, ``))
	nobody := func(cfg *Config) { cfg.URL = "http://" + closed.Addr().String() }

	t.Run("nobody listens", func(t *testing.T) {
		c, _ := p.client(t, nobody)
		if _, err := c.write(t.Context(), testWrite("POST")); !isErr(err, ErrNotSent) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("err = %v, want ErrNotSent and ErrUnavailable", err)
		}
	})
	t.Run("nobody listens, transport of another kind", func(t *testing.T) {
		c, _ := p.client(t, nobody, func(cfg *Config) { cfg.WriteTransport = wrapped{NewWriteTransport(nil)} })
		if _, err := c.write(t.Context(), testWrite("POST")); !isErr(err, ErrNotSent) {
			t.Errorf("err = %v, want ErrNotSent", err)
		}
	})
	t.Run("a transport that does not report connections", func(t *testing.T) {
		c, _ := p.client(t, func(cfg *Config) { cfg.WriteTransport = failing{} })
		if _, err := c.write(t.Context(), testWrite("POST")); err == nil || errors.Is(err, ErrNotSent) {
			t.Errorf("err = %v, want one that is not ErrNotSent", err)
		}
	})
	t.Run("no sandbox", func(t *testing.T) {
		c, _ := p.client(t)
		r := testWrite("POST")
		r.sandbox = ""
		if _, err := c.write(t.Context(), r); !isErr(err, ErrNotSent) || !errors.Is(err, ErrNoSandbox) {
			t.Errorf("err = %v, want ErrNotSent and ErrNoSandbox", err)
		}
	})
	t.Run("a read", func(t *testing.T) {
		c, _ := p.client(t)
		if _, err := c.write(t.Context(), &request{endpoint: postEntities, sandbox: "dev"}); !isErr(err, ErrNotSent) || !errors.Is(err, ErrBadArgument) {
			t.Errorf("err = %v, want ErrNotSent and ErrBadArgument", err)
		}
	})
	t.Run("no token", func(t *testing.T) {
		p := newPlatform(t, nil)
		p.ims = answers(400, `{"error":"invalid_client"}`)
		c, _ := p.client(t)
		if _, err := c.write(t.Context(), testWrite("POST")); !isErr(err, ErrNotSent) || !errors.Is(err, ErrUnauthorized) {
			t.Errorf("err = %v, want ErrNotSent and ErrUnauthorized", err)
		}
	})
	t.Run("no budget", func(t *testing.T) {
		c, _ := p.client(t, func(cfg *Config) { cfg.Budget = &store{left: map[string]int{}, wait: time.Hour} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.write(ctx, testWrite("POST")); !isErr(err, ErrNotSent) || !errors.Is(err, ErrBudget) {
			t.Errorf("err = %v, want ErrNotSent and ErrBudget", err)
		}
	})
	t.Run("breaker open", func(t *testing.T) {
		c, _ := p.client(t)
		for range breakerFailures {
			c.write(t.Context(), testWrite("POST"))
		}
		if _, err := c.write(t.Context(), testWrite("POST")); !isErr(err, ErrNotSent) || !errors.Is(err, ErrOpen) {
			t.Errorf("err = %v, want ErrNotSent and ErrOpen", err)
		}
	})
	t.Run("refused by the platform", func(t *testing.T) {
		p := newPlatform(t, answers(422, `{"detail":"exists already"}`))
		c, _ := p.client(t)
		_, err := c.write(t.Context(), testWrite("POST"))
		var e *Error
		if !errors.As(err, &e) || e.Status != 422 || e.Message != "exists already" || errors.Is(err, ErrNotSent) {
			t.Errorf("err = %v, want the 422", err)
		}
	})
}

// wrapped hides a transport's kind, as instrumentation does.
type wrapped struct{ http.RoundTripper }

// failing is a transport that may have sent something.
type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("Post \"https://platform/x?entityId=rosa\": broken " + strings.Repeat("x", 10))
}
