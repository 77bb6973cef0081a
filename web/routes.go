package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// Scopes of a right: where somebody must have it.
const (
	ScopeSandbox = "sandbox" // in the sandbox of the path
	ScopeAny     = "any"     // in one sandbox at least
	ScopeAll     = "all"     // on "*"
	ScopeNone    = ""        // the route asks for no right of the policy
)

const backchannelPath = "/auth/backchannel-logout"

// Route is one URL, and what it takes to be answered there.
type Route struct {
	Method string
	Path   string // with names in braces: /s/{sandbox}/profiles
	Right  auth.Right
	Scope  string
	Also   auth.Right // a second right, in the same scope; "" for most

	Writes   bool // changes something at Adobe
	Personal bool // may show personal data of customers

	Reads  bool   // no GET, and yet it changes nothing: goes on while the provider cannot be asked
	Fresh  bool   // groups are asked for again at once
	Quiet  bool   // polled: does not keep a session alive
	Long   bool   // a download: minutes instead of seconds, and no compression
	Stream bool   // an event stream: no time limit and no compression, sets its own deadlines
	Form   string // of a POST: the page whose form it is, in the names of Path

	handle echo.HandlerFunc
}

// MarshalJSON writes the route as `profiledesk routes -json` prints it.
func (r Route) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Method   string     `json:"method"`
		Path     string     `json:"path"`
		Right    auth.Right `json:"right"`
		Scope    string     `json:"scope"`
		Writes   bool       `json:"writes"`
		Personal bool       `json:"personal"`
	}{r.Method, r.Path, r.Right, r.Scope, r.Writes, r.Personal})
}

// Routes is the table of every URL, in the order in which it is shown. It needs
// no settings.
func Routes() []Route { return (&server{}).all() }

// all is the one table. Whoever adds a URL says here who may call it.
func (s *server) all() []Route {
	h := s.Handlers
	const (
		get, post = http.MethodGet, http.MethodPost
		profiles  = "/s/{sandbox}/profiles"
		profile   = profiles + "/{handle}"
	)
	return []Route{
		{Method: get, Path: "/", Right: auth.InSandbox, Scope: ScopeAny, handle: h.Home},
		{Method: get, Path: "/s/{sandbox}", Right: auth.InSandbox, Scope: ScopeSandbox, handle: h.Overview},
		{Method: get, Path: profiles, Right: auth.ProfileRead, Scope: ScopeSandbox, Personal: true, handle: h.Profiles},
		{Method: get, Path: profiles + ".csv", Right: auth.ExportRun, Also: auth.ProfileRead, Scope: ScopeSandbox, Personal: true, Long: true, handle: h.ProfilesCSV},
		{Method: post, Path: profiles, Right: auth.ProfileRead, Scope: ScopeSandbox, Personal: true, Reads: true, Form: profiles, handle: h.Lookup},
		{Method: get, Path: profile, Right: auth.ProfileRead, Scope: ScopeSandbox, Personal: true, handle: h.Profile},
		{Method: get, Path: profile + ".csv", Right: auth.ExportRun, Also: auth.ProfileRead, Scope: ScopeSandbox, Personal: true, Long: true, handle: h.ProfileCSV},

		{Method: get, Path: "/audit", Right: auth.AuditRead, Scope: ScopeAny, handle: h.Audit},
		{Method: get, Path: "/audit.csv", Right: auth.AuditRead, Scope: ScopeAny, Long: true, handle: h.AuditCSV},
		{Method: get, Path: "/audit/verify", Right: auth.AuditRead, Scope: ScopeAny, handle: h.AuditVerify},
		{Method: post, Path: "/audit/subject", Right: auth.AuditRead, Scope: ScopeAny, Reads: true, Form: "/audit", handle: h.AuditSubject},
		{Method: get, Path: "/audit/{seq}", Right: auth.AuditRead, Scope: ScopeAny, handle: h.AuditEvent},

		{Method: get, Path: "/access", Right: auth.InSession, handle: h.Access},
		{Method: get, Path: "/access.csv", Right: auth.InSession, Long: true, handle: h.AccessCSV},
		{Method: get, Path: "/me", Right: auth.InSession, Personal: true, handle: h.Me}, // one's own handles, under profile.read
		{Method: post, Path: "/me", Right: auth.InSession, Form: "/me", handle: h.MeSave},
		{Method: post, Path: "/me/sessions/{id}/end", Right: auth.InSession, Form: "/me", handle: h.EndSession},
		{Method: post, Path: "/me/handles/{handle}/revoke", Right: auth.InSession, Form: "/me", handle: h.RevokeHandle},
		{Method: get, Path: "/status", Right: auth.InSession, handle: h.Status},
		{Method: post, Path: "/status/freeze", Right: auth.Admin, Scope: ScopeAll, Fresh: true, Form: "/status", handle: h.Freeze},
		{Method: post, Path: "/status/release", Right: auth.Admin, Scope: ScopeAll, Fresh: true, Form: "/status", handle: h.Release},

		{Method: get, Path: "/login", Right: auth.Public, handle: s.login},
		{Method: get, Path: "/login/start", Right: auth.Public, handle: s.loginStart},
		{Method: get, Path: "/auth/callback", Right: auth.Public, handle: s.callback},
		{Method: post, Path: "/logout", Right: auth.Public, handle: s.logout},
		{Method: post, Path: backchannelPath, Right: auth.Public, handle: s.backchannel},
		{Method: get, Path: "/healthz", Right: auth.Public, Quiet: true, handle: s.healthz},
		{Method: get, Path: "/readyz", Right: auth.Public, Quiet: true, handle: s.readyz},
		{Method: get, Path: "/static/{file}", Right: auth.Public, handle: s.static},
	}
}

// Handlers are the pages' handlers, one for each route of the table.
type Handlers struct {
	Home, Overview                                         echo.HandlerFunc
	Profiles, ProfilesCSV, Lookup, Profile, ProfileCSV     echo.HandlerFunc
	Audit, AuditCSV, AuditVerify, AuditSubject, AuditEvent echo.HandlerFunc
	Access, AccessCSV, Me, MeSave                          echo.HandlerFunc
	EndSession, RevokeHandle, Status, Freeze, Release      echo.HandlerFunc
	Static                                                 http.Handler
}

// register tells Echo the table. A URL that ends in .csv after a name, which
// Echo cannot tell from the name, is found when the request is there.
func (s *server) register(e *echo.Echo) {
	for i := range s.table {
		r := &s.table[i]
		if twin(r.Path) {
			continue
		}
		e.Add(r.Method, echoPath(r.Path), s.call)
		if r.Method == http.MethodGet && r.Right == auth.Public {
			e.Add(http.MethodHead, echoPath(r.Path), s.call)
		}
	}
}

// twin says whether path is a name with .csv after it.
func twin(path string) bool { return strings.HasSuffix(path, "}.csv") }

func echoPath(path string) string {
	path = strings.ReplaceAll(path, "{file}", "*")
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// call runs the handler of the route that was found.
func (s *server) call(c echo.Context) error { return routeOf(c).handle(c) }

const routeKey = "web.route"

// routeOf is the route of the request, nil where the table has none.
func routeOf(c echo.Context) *Route {
	r, _ := c.Get(routeKey).(*Route)
	return r
}

// find looks up the route of the request, and takes .csv off the last name.
func (s *server) find(c echo.Context) *Route {
	method, path := c.Request().Method, tablePath(c.Path())
	if method == http.MethodHead {
		if r := s.routes[http.MethodGet+" "+path]; r != nil && r.Right == auth.Public {
			return r
		}
		return nil // pages answer no HEAD: nobody is refused one, and none is on record as refused
	}
	r := s.routes[method+" "+path]
	names, values := c.ParamNames(), c.ParamValues()
	last := len(names) - 1
	if r == nil || last < 0 || !strings.HasSuffix(path, "{"+names[last]+"}") {
		return r
	}
	bare, is := strings.CutSuffix(values[last], ".csv")
	if csv := s.routes[method+" "+path+".csv"]; is && csv != nil {
		c.SetParamValues(append(append([]string{}, values[:last]...), bare)...)
		return csv
	}
	return r
}

// tablePath is Echo's pattern as the table writes it.
func tablePath(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		switch {
		case part == "*":
			parts[i] = "{file}"
		case strings.HasPrefix(part, ":"):
			parts[i] = "{" + part[1:] + "}"
		}
	}
	return strings.Join(parts, "/")
}
