package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// verdict is what the gate says of one request.
type verdict int

const (
	allowed   verdict = iota
	noSession         // nobody is signed in
	noAccess          // signed in, without any grant
	noRight           // may enter the sandbox, and not do this there
	hidden            // may not enter: for them it does not exist
)

// sandboxName is what a sandbox can be called. Anything else is no sandbox, and
// no such text goes into the log. Adobe's names are in lower case: "DEV" must not
// be another name of dev for which the policy has other masks and levels.
var sandboxName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// decide is the one place that says who may call which route. sandbox is that
// of the path, "" where the route has none.
func decide(p *auth.Policy, u auth.User, r *Route, sandbox string) verdict {
	switch {
	case r.Right == auth.Public:
		return allowed
	case !u.Known():
		return noSession
	case r.Right == auth.InSession:
		return allowed
	}
	switch r.Scope {
	case ScopeSandbox:
		if !sandboxName.MatchString(sandbox) || !p.Enters(u.Groups, sandbox) {
			return hidden
		}
		return allowedIf(both(r, func(right auth.Right) bool { return p.Allows(u.Groups, right, sandbox) }))
	case ScopeAny:
		if r.Right == auth.InSandbox {
			if !p.Granted(u.Groups) {
				return noAccess
			}
			return allowed
		}
		return allowedIf(both(r, func(right auth.Right) bool { return somewhere(p, u.Groups, right) }))
	case ScopeAll:
		return allowedIf(both(r, func(right auth.Right) bool { return p.AllowsAll(u.Groups, right) }))
	}
	return noRight // a scope that nobody knows opens nothing
}

// both asks for the route's rights. To have any right in the sandbox was asked
// before.
func both(r *Route, has func(auth.Right) bool) bool {
	return (r.Right == auth.InSandbox || has(r.Right)) && (r.Also == "" || has(r.Also))
}

func allowedIf(ok bool) verdict {
	if ok {
		return allowed
	}
	return noRight
}

// somewhere says whether a grant of the policy gives groups right in any
// sandbox. Which ones, the page asks: it shows those sandboxes' rows.
func somewhere(p *auth.Policy, groups []string, right auth.Right) bool {
	return slices.ContainsFunc(p.Grants, func(g auth.Grant) bool {
		return slices.Contains(groups, g.Group) && slices.Contains(g.Rights, right)
	})
}

// gate lets through who may, and answers everybody else.
func (s *server) gate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := routeOf(c)
		if route == nil {
			return s.unknown(c, next)
		}
		r := c.Request()
		sandbox := c.Param("sandbox")
		v := decide(s.policy(), auth.UserFrom(r.Context()), route, sandbox)
		missing := route.Scope == ScopeSandbox && (v == allowed || v == noRight) && !s.Exists(r.Context(), sandbox)
		switch {
		case v == noSession:
			return s.signInFirst(c, route)
		case v == allowed && missing:
			return fail(http.StatusNotFound, KeyNotFound, nil)
		case v == allowed:
			s.restore(c, route)
			return next(c)
		case missing:
			v = hidden
		}
		d := Denial{Method: r.Method, Path: route.Path, Right: route.Right}
		if sandboxName.MatchString(sandbox) {
			d.Sandbox = sandbox
		}
		s.Denials.Denied(r.Context(), d)
		switch v {
		case noAccess:
			return s.Pages.NoAccess(c)
		case hidden:
			return fail(http.StatusNotFound, KeyNotFound, nil)
		}
		return fail(http.StatusForbidden, KeyNoRight, nil)
	}
}

// policy is the policy of now; without one, one that grants nothing.
func (s *server) policy() *auth.Policy {
	if p := s.Policy(); p != nil {
		return p
	}
	return &auth.Policy{}
}

// unknown answers what the table does not have, in the words of this package
// instead of Echo's.
func (s *server) unknown(c echo.Context, next echo.HandlerFunc) error {
	var he *echo.HTTPError
	if errors.As(next(c), &he) && he.Code == http.StatusMethodNotAllowed {
		return fail(http.StatusMethodNotAllowed, KeyMethod, nil)
	}
	return fail(http.StatusNotFound, KeyNotFound, nil)
}

// signInFirst answers a request without a session: a page with the way to
// sign in, for all else a 401 that holds the link.
func (s *server) signInFirst(c echo.Context, route *Route) error {
	r := c.Request()
	htmx := r.Header.Get("HX-Request") == "true"
	if r.Method == http.MethodGet && !htmx {
		return c.Redirect(http.StatusSeeOther, "/login?"+url.Values{"return": {s.back(r.URL.RequestURI())}}.Encode())
	}
	back := s.formPage(c, route)
	if htmx {
		back = s.htmxPage(r, back)
	}
	kept := s.keep(c, route, back)
	link := startLink(back, kept)
	c.Response().Header().Set("WWW-Authenticate", `Session realm="profiledesk"`)
	if htmx {
		c.Response().Header().Set("HX-Redirect", link)
	}
	return s.Pages.SignInAgain(c, link, kept != "")
}

// startLink is where a sign-in begins that comes back to the page back.
func startLink(back, kept string) string {
	q := url.Values{"return": {back}}
	if kept != "" {
		q.Set("kept", kept)
	}
	return "/login/start?" + q.Encode()
}
