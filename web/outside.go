package web

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

const (
	timeLimit = 30 * time.Second // for the work of a page or a form
	longLimit = 10 * time.Minute // for that of a download
	sendLimit = 30 * time.Second // more, to send what came of it to a slow reader
	bodyLimit = 128 << 10        // for a form
)

// limit is how long the work on route may take, 0 for no limit.
func (r *Route) limit() time.Duration {
	switch {
	case r != nil && r.Stream:
		return 0
	case r != nil && r.Long:
		return longLimit
	}
	return timeLimit
}

// deadline bounds how long a reader may take to be sent an answer, and to send
// what they have. It is set for each request anew: on a connection that is kept,
// the last one would count.
func deadline(c echo.Context, route *Route) {
	var at time.Time // none
	if limit := route.limit(); limit > 0 {
		at = time.Now().Add(limit + sendLimit) // the connection's own clock
	}
	control := http.NewResponseController(c.Response())
	_ = control.SetWriteDeadline(at) // a writer without deadlines is a test's
	if c.Request().ContentLength != 0 {
		_ = control.SetReadDeadline(time.Now().Add(sendLimit)) // also of a body that nobody reads: the server waits for its end
	}
}

// outside puts around h what knows nothing of routes: compression and traces.
func (s *server) outside(h http.Handler) (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(
		gzhttp.CompressionLevel(1), gzhttp.MinSize(1024), gzhttp.EnableZstd(false),
		gzhttp.RandomJitter(32, 0, false), // the length of a page must not tell what is in it
	)
	if err != nil {
		return nil, fmt.Errorf("web: compression: %w", err)
	}
	h = compress(h)
	if s.Tracing == nil {
		return h, nil
	}
	return s.traced(h), nil
}

type originalKey struct{}

// traced gives otelhttp a request without address, query, cookies and client,
// so that no span holds any of them. The span's name is set when the route is
// known.
func (s *server) traced(h http.Handler) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		original := r.Context().Value(originalKey{}).(*http.Request)
		h.ServeHTTP(w, original.WithContext(r.Context()))
	})
	spans := otelhttp.NewHandler(inner, "request", otelhttp.WithTracerProvider(s.Tracing))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bare := (&http.Request{
			Method: methodName(r.Method), URL: &url.URL{Path: "/"}, Host: s.public.Host, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
			Header: http.Header{}, Body: http.NoBody,
		}).WithContext(context.WithValue(r.Context(), originalKey{}, r))
		for _, name := range []string{"Traceparent", "Tracestate"} {
			if v := r.Header.Get(name); v != "" {
				bare.Header.Set(name, v)
			}
		}
		spans.ServeHTTP(w, bare)
	})
}

// limited bounds the time and the body of a request, and reads its form: a
// handler finds it parsed, or is not asked.
func (s *server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := routeOf(c)
		if route == nil {
			return next(c)
		}
		r := c.Request()
		if route.Stream || route.Long {
			c.Response().Header().Set(gzhttp.HeaderNoCompression, "1")
		}
		if limit := route.limit(); limit > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer func() { // the page that says so comes after the end
				c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context())))
				cancel()
			}()
			r = r.WithContext(ctx)
			c.SetRequest(r)
		}
		if r.Body == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
			return next(c)
		}
		control := http.NewResponseController(c.Response())
		_ = control.SetReadDeadline(time.Now().Add(sendLimit))
		r.Body = http.MaxBytesReader(c.Response(), r.Body, bodyLimit)
		err := readForm(r)
		_ = control.SetReadDeadline(time.Time{}) // or the server would take its end for the reader's leaving
		if err != nil {
			return err
		}
		return next(c)
	}
}

// readForm parses the body of r. A body of another kind than a form's is
// refused, unless it is empty.
func readForm(r *http.Request) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.ContentLength == 0:
		return nil
	case err != nil || kind != "application/x-www-form-urlencoded":
		return fail(http.StatusUnsupportedMediaType, KeyMediaType, nil)
	}
	err = r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fail(http.StatusRequestEntityTooLarge, KeyTooLarge, nil)
	case err != nil:
		return fail(http.StatusBadRequest, KeyUnreadable, nil) // the error quotes what was sent
	}
	return nil
}

// clientIP is the address that a request came from: the peer's, or, where that
// is a proxy we trust, the last one in X-Forwarded-For that is not.
func (s *server) clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	peer = peer.Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(peer); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = hop.Unmap().WithZone("")
	}
	return peer.String()
}

func (s *server) trusts(a netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
