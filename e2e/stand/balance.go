package stand

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// Balancer stands where PUBLIC_URL points and hands each request to the next replica,
// so that nothing a replica keeps in its own memory helps the next request.
type Balancer struct {
	URL      string
	line     net.Listener
	server   http.Server
	replicas []string
	next     atomic.Uint64
}

// NewBalancer listens at once, since PUBLIC_URL must be known before a replica
// starts. Serve starts to answer.
func NewBalancer() (*Balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the balancer: %w", err)
	}
	return &Balancer{URL: "http://" + l.Addr().String(), line: l}, nil
}

// Serve hands requests to the replicas in turn until Close.
func (b *Balancer) Serve(replicas ...*Site) {
	for _, r := range replicas {
		b.replicas = append(b.replicas, r.Addr)
	}
	b.server.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		to := b.replicas[b.next.Add(1)%uint64(len(b.replicas))]
		r.SetURL(&url.URL{Scheme: "http", Host: to})
		r.Out.Host = r.In.Host // the site answers to its PUBLIC_URL only
	}}
	go b.server.Serve(b.line)
}

// Close stops it.
func (b *Balancer) Close() { b.server.Close() }

// Ask sends one GET to a replica itself, as if through PUBLIC_URL, with a cookie. It
// returns the status and the page, not following redirects.
func (b *Balancer) Ask(ctx context.Context, replica *Site, path string, cookie *http.Cookie) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+replica.Addr+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Host = b.line.Addr().String()
	req.AddCookie(cookie)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}
