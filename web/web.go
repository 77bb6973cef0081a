// Package web assembles the server: every URL with the right it asks for, and
// what happens to a request before and after its handler. It knows nothing of
// profiles.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"profiledesk/internal/auth"
)

// Config is what the server needs. Everything is required but what says
// otherwise.
type Config struct {
	PublicURL      string   // an origin without a path
	CookieKeys     [][]byte // 32 bytes each, from SESSION_KEY: the first signs, all are read
	TrustedProxies []netip.Prefix

	Handlers Handlers
	Pages    Pages
	Policy   func() *auth.Policy
	Exists   Exists // may be nil
	Provider Provider
	Sessions Sessions
	Denials  Denials
	Forms    Forms
	Box      Box
	Health   Health

	Fingerprint func(issuer, subject string) string // names a user in logs
	Logger      *slog.Logger
	Now         func() time.Time
	Metrics     *Metrics             // nil: none are taken
	Tracing     trace.TracerProvider // nil: no traces
}

// Pages are the pages that the server itself asks for. Links lead to
// /login/start; reasons are those of [auth.Reason].
type Pages interface {
	// SignIn is the page with the link sign-in. reason says why the last try
	// failed, "" if there was none.
	SignIn(c echo.Context, status int, reason, link string) error
	// SignInAgain is the 401 page with the link sign-in-again. kept says that
	// what was typed will be shown again.
	SignInAgain(c echo.Context, link string, kept bool) error
	// SignedOut is the page after a logout; link signs out at the provider, or
	// is "" where that was done or cannot be.
	SignedOut(c echo.Context, link string) error
	// NoAccess is the 403 page for somebody without any grant.
	NoAccess(c echo.Context) error
	// Error renders err. Errors of this package are *echo.HTTPError with one of
	// the Key… words as message.
	Error(err error, c echo.Context)
}

// Messages of the errors that this package returns: keys of a sentence.
const (
	KeyNotFound    = "not_found"
	KeyMethod      = "method_not_allowed"
	KeyWrongHost   = "wrong_host"
	KeyCrossOrigin = "cross_origin"
	KeyTooLarge    = "too_large"
	KeyUnreadable  = "unreadable_form"
	KeyMediaType   = "media_type"
	KeyNoRight     = "no_right"
	KeyStaleGroups = "stale_groups" // the provider cannot be asked, and this needs fresh groups
	KeyStore       = "store_failed"
	KeyBroken      = "broken" // a panic
)

// Provider signs people in; it is [*auth.Provider].
type Provider interface {
	AuthCodeURL(ctx context.Context, f auth.Flow) (string, error)
	Exchange(ctx context.Context, code, iss string, f auth.Flow) (auth.Identity, error)
	Refresh(ctx context.Context, t auth.Tokens, subject string) (auth.Fresh, error)
	VerifyLogout(ctx context.Context, token string) (auth.Logout, error)
	EndSessionURL(idToken, postLogout, state string) (address string, ok bool)
	EndSessionOrigin() string
}

// Sessions keeps who is signed in, for all replicas. What changes a session
// and the event that says so are committed together, with the request id and
// the client's address of ctx; an error means that neither was.
type Sessions interface {
	// Start keeps a new session, with session.start. replaces is the key of the
	// session that this browser had until now, which ends, or "".
	Start(ctx context.Context, s auth.Session, replaces string) error
	// Get returns a session, an ended one too for a day: auth.ErrNoSession.
	Get(ctx context.Context, id string) (auth.Session, error)
	// Touch notes that the session was used. No event.
	Touch(ctx context.Context, id string, at time.Time) error
	// Renewed keeps u.Groups as the provider gave them at u.GroupsAt, and sealed
	// tokens in place of the old ones. No event. A session that has ended stays
	// ended.
	Renewed(ctx context.Context, id string, u auth.User, tokens []byte) error
	// End ends a session, with session.end and why (auth.EndLogout …), and
	// destroys its tokens. Ending an ended one is no error and no event.
	End(ctx context.Context, id, why string, at time.Time) error
	// EndBy ends what a verified logout token names, with an event each, and
	// remembers the token: one that was used before is auth.ErrLogoutReplay.
	EndBy(ctx context.Context, l auth.Logout, at time.Time) (ended int, err error)
	// Refused records session.refused. There is no session to it.
	Refused(ctx context.Context, reason string) error
}

// Exists tells whether there is a sandbox with that name; nil leaves that to
// the handlers. It is asked after the policy, which may grant "*", and answers from what is known: while Adobe
// cannot be asked which there are, every name may be one's.
type Exists func(ctx context.Context, sandbox string) bool

// Denials records access.denied. It is not waited for: a denial that cannot be
// recorded is still a denial.
type Denials interface {
	Denied(ctx context.Context, d Denial)
}

// Denial is one decision against somebody, who is in the context.
type Denial struct {
	Method, Path string // the route, never the URL
	Right        auth.Right
	Sandbox      string // "" where the route belongs to none
}

// Forms keeps what somebody had typed when their session was over.
type Forms interface {
	Keep(ctx context.Context, f auth.KeptForm) error
	// Take returns and removes a form of that person, kept at or after since.
	// Any other, or none, is ErrNoForm: the adapter maps its own error to it.
	Take(ctx context.Context, id, issuer, subject string, since time.Time) (auth.KeptForm, error)
}

// ErrNoForm says that no such form is kept for that person.
var ErrNoForm = errors.New("no such form is kept")

// Box seals; it is [*seal.Box].
type Box interface {
	Seal(plain, aad []byte) ([]byte, error)
	Open(sealed, aad []byte) ([]byte, error)
}

// Health tells how the parts are. It answers from what is known and asks
// nobody outside: /readyz is polled.
type Health interface {
	Ready(ctx context.Context) Readiness
}

// Readiness is how the parts are, each "ok" or a word for what is wrong with
// it. Store and log alone decide whether the site is ready.
type Readiness struct{ Store, Log, IdP, AEP string }

// server is what the middleware and the plumbing's own handlers share.
type server struct {
	Config
	public  *url.URL
	secure  bool // PUBLIC_URL is https
	routes  map[string]*Route
	table   []Route
	cookies *cookieStore
	flows   flowCookies
	renew   renewals
	origins *http.CrossOriginProtection
	blind   atomic.Int64  // when a page last went out without the provider's address, in Unix seconds
	foreign *rate.Limiter // events about callbacks that belong to no sign-in
	broken  *rate.Limiter // events about sign-ins that ended before the provider named anybody
}

// New assembles the server. It starts nothing.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = c.Pages.Error
	e.IPExtractor = s.clientIP
	e.Use(
		s.requestID, s.recovered, s.observed, s.headers, s.rightHost, s.sameOrigin,
		s.limited, s.withSession, s.gate,
	)
	s.register(e)
	return s.outside(e)
}

func newServer(c Config) (*server, error) {
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" {
		return nil, fmt.Errorf("web: %q is no origin", c.PublicURL)
	}
	s := &server{Config: c, public: public, secure: public.Scheme == "https", routes: map[string]*Route{}, foreign: rate.NewLimiter(1, 60), broken: rate.NewLimiter(1, 60)}
	if s.Exists == nil {
		s.Exists = func(context.Context, string) bool { return true }
	}
	if s.cookies, err = newCookieStore(c, s.secure); err != nil {
		return nil, err
	}
	if s.flows, err = newFlowCookies(c, s.secure); err != nil {
		return nil, err
	}
	s.origins = http.NewCrossOriginProtection()
	if err := s.origins.AddTrustedOrigin(strings.TrimSuffix(c.PublicURL, "/")); err != nil {
		return nil, fmt.Errorf("web: trusted origin: %w", err)
	}
	s.origins.AddInsecureBypassPattern("POST " + backchannelPath)
	s.table = s.all()
	for i := range s.table {
		r := &s.table[i]
		if r.handle == nil {
			return nil, fmt.Errorf("web: %s %s has no handler", r.Method, r.Path)
		}
		s.routes[r.Method+" "+r.Path] = r
	}
	return s, nil
}
