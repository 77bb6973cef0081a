package auth

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	providerTimeout = 5 * time.Second  // for one call of the provider, body included
	providerBytes   = 1 << 20          // largest answer that is read
	keysEvery       = 10 * time.Second // the key set is not fetched more often, whatever tokens strangers send
	redirects       = 3                // followed, on the same host only
)

// guard is the transport of all calls of the provider: it reaches allowed
// hosts only, and no answer is longer than providerBytes.
type guard struct {
	base    http.RoundTripper
	allowed func(*url.URL) error
}

func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.allowed(r.URL); err != nil {
		return nil, err
	}
	resp, err := g.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &capped{ReadCloser: resp.Body, left: providerBytes}
	return resp, nil
}

// capped fails where an answer is longer than it may be: a cut one would be
// taken for the whole.
type capped struct {
	io.ReadCloser
	left int
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= n; c.left < 0 {
		return 0, errors.New("the answer is too long")
	}
	return n, err
}

// newClient makes the client for all calls of the provider.
func newClient(base http.RoundTripper, allowed func(*url.URL) error) *http.Client {
	if base == nil {
		base = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout:    3 * time.Second,
			ResponseHeaderTimeout:  providerTimeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		}
	}
	return &http.Client{
		Timeout:   providerTimeout,
		Transport: guard{base: base, allowed: allowed},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case r.Method != http.MethodGet || via[0].Method != http.MethodGet:
				return errors.New("a redirect of a form is not followed")
			case len(via) > redirects:
				return errors.New("too many redirects")
			case r.URL.Scheme != via[0].URL.Scheme || !strings.EqualFold(r.URL.Host, via[0].URL.Host):
				return fmt.Errorf("redirect to another host: %w", ErrHost)
			}
			return nil
		},
	}
}

// allowedHosts returns the check of addresses that the provider's description
// may name: the issuer's host, or one of extra (with or without a port). Plain
// http is for loopback alone.
func allowedHosts(issuer string, extra []string) func(*url.URL) error {
	home, err := url.Parse(issuer)
	return func(u *url.URL) error {
		switch {
		case err != nil || home.Host == "":
			return fmt.Errorf("the issuer is no address: %w", ErrDiscovery)
		case u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
			return fmt.Errorf("%q over %q: %w", u.Host, u.Scheme, ErrHost)
		case withPort(u) == withPort(home):
			return nil
		}
		for _, host := range extra {
			if strings.EqualFold(host, u.Hostname()) || strings.EqualFold(host, u.Host) || strings.EqualFold(host, withPort(u)) {
				return nil
			}
		}
		return fmt.Errorf("%q: %w", u.Host, ErrHost)
	}
}

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// keysTransport stands before the address of the key set. Every token with an
// unknown key makes the verifier ask for the keys; within keysEvery it is given
// the answer that is known.
type keysTransport struct {
	base http.RoundTripper
	now  func() time.Time

	mu   sync.Mutex
	at   time.Time
	body []byte
}

func (k *keysTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.body == nil || k.now().Sub(k.at) >= keysEvery {
		body, err := k.fetch(r)
		if err != nil {
			return nil, err
		}
		k.body, k.at = body, k.now()
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Status:     "200 OK",
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(k.body))),
		Request:    r,
	}, nil
}

func (k *keysTransport) fetch(r *http.Request) ([]byte, error) {
	resp, err := k.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("keys: status %d", resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}
