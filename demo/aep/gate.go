package aep

import (
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is the largest request body that is read: a work order of 100,000
// identities stays far below.
const maxBody = 32 << 20

// call is one request on its way through the emulator.
type call struct {
	s         *Server
	r         *http.Request
	body      []byte
	query     url.Values
	params    []string // path parameters, unescaped
	box       *sandbox
	token     *token
	service   service
	requestID string
	now       time.Time
	sw        *Switches
}

// ServeHTTP answers one request: it is carried out, written to the journal and
// only then answered. A rule of trouble may take the place of each step.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, r: r, now: s.now(), sw: s.switches.Load(), requestID: r.Header.Get("x-request-id")}
	if c.requestID == "" {
		c.requestID = rand.Text()
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	c.body = body
	rt, params := s.routes.find(r.Method, r.URL.EscapedPath())
	c.service, c.params = rt.service, params
	hit := s.rules.match(r.Method, r.URL.Path)

	var a answer
	switch {
	case err != nil:
		a = c.bodyRefused(err)
	case hit != nil && !hit.carriesOut():
		a = hit.answer(c)
	default:
		a = s.carryOut(c, rt)
	}
	// A change is accepted where it was carried out, whatever the caller gets to
	// see of it; a read only where its data goes out.
	accepted := (hit == nil || hit.carriesOut() && (rt.writes || hit.delivers())) && a.status >= 200 && a.status < 300
	s.journal.add(c, accepted, hit)
	s.send(w, c, a, hit)
}

func (c *call) bodyRefused(err error) answer {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return gatewayError("413001", "Request body is too large")
	}
	return gatewayError("400001", "Request body cannot be read")
}

// carryOut passes the gates in their order and runs the call.
func (s *Server) carryOut(c *call, rt *route) answer {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return gatewayError("400000", "Query string is malformed")
	}
	c.query = query
	if rt.service == serviceIMS && rt.run != nil {
		return rt.run(c)
	}
	if refused := s.admit(c); refused != nil {
		return *refused
	}
	if rt.run == nil {
		return gatewayError(rt.missing, "Resource not found")
	}
	if refused := s.enter(c, rt); refused != nil {
		return *refused
	}
	return rt.run(c)
}

// admit is the gateway: token, key and organisation, in Adobe's order.
func (s *Server) admit(c *call) *answer {
	h := c.r.Header
	var a answer
	switch auth := h.Get("Authorization"); {
	case auth == "":
		a = gatewayError("403010", "Oauth token is missing")
	case !c.authorized(auth):
		a = gatewayError("401013", "Oauth token is not valid")
	case h.Get("x-api-key") == "":
		a = gatewayError("403000", "Api Key is required")
	case h.Get("x-api-key") != s.credentials.ClientID:
		a = gatewayError("403003", "Api Key is invalid")
	case h.Get("x-gw-ims-org-id") == "":
		a = gatewayError("400003", "Missing header")
	case h.Get("x-gw-ims-org-id") != s.credentials.OrgID:
		a = gatewayError("403027", "User region is missing")
	default:
		return nil
	}
	return &a
}

func (c *call) authorized(header string) bool {
	scheme, text, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	found, ok := c.s.tokens.Load(strings.TrimSpace(text))
	if !ok {
		return false
	}
	c.token = found.(*token)
	if !c.now.Before(c.token.expires) {
		c.s.tokens.Delete(text)
		return false
	}
	return true
}

// enter holds what the services themselves check before they look at a call:
// the rate, the sandbox, the type of a body, the licence.
func (s *Server) enter(c *call, rt *route) *answer {
	var a answer
	switch {
	case !s.limiter.allow(c.now, c.sw.Rate):
		a = c.refusal(http.StatusTooManyRequests, "Too many requests")
	case rt.sandboxed && !c.findBox():
		a = c.boxRefused()
	case len(c.body) > 0 && !jsonType(c.r.Header.Get("Content-Type")):
		a = catalogError(http.StatusBadRequest, "BadRequestError", "A valid content-type must be specified")
	case rt.licence != nil && !rt.licence(c.sw):
		a = c.refusal(http.StatusForbidden, "The organization is not licensed for this capability")
	case (rt.service == serviceIdentity) && !c.token.mayReadIdentity():
		a = identityError(http.StatusUnauthorized, "UnauthorizedAccessInvalidScope", "The token needs the scope acp_core_identity or acp_foundation")
	default:
		return nil
	}
	return &a
}

// findBox looks for the sandbox that the header names. Identity calls fall
// back to the default production sandbox, the trap that Adobe documents.
func (c *call) findBox() bool {
	name := c.r.Header.Get("x-sandbox-name")
	if name == "" && (c.service == serviceIdentity || c.service == serviceNamespaces) {
		c.box = c.s.defaultBox()
		return true
	}
	c.box = c.s.box(name)
	return c.box != nil && c.box.state == "active"
}

func (c *call) boxRefused() answer {
	if c.r.Header.Get("x-sandbox-name") == "" {
		return c.reportError(http.StatusBadRequest, "SMS-1001-400", "Missing header", "The header x-sandbox-name is required")
	}
	return c.reportError(http.StatusForbidden, "SMS-1002-403", "Sandbox not accessible", "The sandbox does not exist, is not active or may not be used")
}

func jsonType(header string) bool {
	kind, _, err := mime.ParseMediaType(header)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// limiter is a token bucket over all calls, holding one second's worth.
type limiter struct {
	mu   sync.Mutex
	last time.Time
	left float64
}

func (l *limiter) allow(now time.Time, rate float64) bool {
	if rate <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	most := max(rate, 1)
	if l.last.IsZero() {
		l.left = most
	}
	if gone := now.Sub(l.last).Seconds(); gone > 0 {
		l.left = min(most, l.left+gone*rate)
	}
	l.last = now
	if l.left < 1 {
		return false
	}
	l.left--
	return true
}
