package apiclient

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// endpoint is one operation of the platform. Its path is the one that stands in
// the //aep:operation line of the method that uses it.
type endpoint struct {
	method string
	path   string // with {names} in the place of ids
}

// op names the endpoint for errors and metrics: the path without its well-known
// beginning, never with an id.
func (e endpoint) op() string {
	path := e.path
	for _, base := range []string{"/data/core/ups/", "/data/core/", "/data/foundation/"} {
		if rest, ok := strings.CutPrefix(path, base); ok {
			path = rest
			break
		}
	}
	return e.method + " " + path
}

// service is what fails together, for the circuit breaker: catalog, identity,
// ups/access, ups/config, …
func (e endpoint) service() string {
	parts := strings.Split(strings.TrimPrefix(e.path, "/data/"), "/")
	if len(parts) < 2 {
		return e.path
	}
	if parts[1] == "ups" && len(parts) > 2 {
		return "ups/" + parts[2]
	}
	return parts[1]
}

// identityHost reports whether the endpoint lives on the regional identity host.
func (e endpoint) identityHost() bool {
	s := e.service()
	return s == "identity" || s == "idnamespace"
}

// request is one call to be made of an endpoint.
type request struct {
	endpoint
	sandbox string
	orgWide bool     // the call concerns no sandbox
	ids     []string // what stands in place of the {names} of the path, in order
	query   url.Values
	body    []byte // JSON, or nil
	accept  string // empty: application/json
	typed   bool   // send Content-Type although there is no body
	// sandboxID is sent where the deployment wants the sandbox by id as well; others refuse it.
	sandboxID string
}

var sandboxName = regexp.MustCompile(`^[a-z0-9-]{1,256}$`)

// check refuses what must not be sent.
func (r *request) check() error {
	switch {
	case r.orgWide:
	case r.sandbox == "":
		return ErrNoSandbox
	case !sandboxName.MatchString(r.sandbox):
		return ErrBadSandbox
	}
	for _, id := range r.ids {
		// Escaping leaves dots alone, and ".." would name another resource.
		if id == "" || id == "." || id == ".." {
			return fmt.Errorf("%w: empty id", ErrBadArgument)
		}
	}
	return nil
}

var pathName = regexp.MustCompile(`\{[^}]*\}`)

// url builds the address from a base we know and ids that are escaped whole: an id
// with a slash stays one segment.
func (r *request) url(base string) string {
	n := 0
	path := pathName.ReplaceAllStringFunc(r.path, func(string) string {
		n++
		return segment(r.ids[n-1])
	})
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	return base + path
}

// segment escapes id as one segment of a path, colons and all, as the schema
// registry wants the addresses that it uses for ids.
func segment(id string) string {
	return strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
}

// reads reports whether the operation changes nothing, so that it may be repeated.
// Some POSTs are reads: what they look for names people and goes in the body.
func (e endpoint) reads() bool {
	switch e.method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return readPosts[e.path]
	}
	return false
}

var readPosts = map[string]bool{
	postEntities.path:  true,
	postGraph.path:     true,
	postClusters.path:  true,
	postPolicies.path:  true,
	postSegments.path:  true,
	postAudiences.path: true,
}
