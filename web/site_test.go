package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/seal"
)

const testPolicy = `
version: 1
grants:
- {group: aep-analysts, sandboxes: [dev, prod, stage], rights: [profile.read, attribute.edit, export.run]}
- {group: aep-requesters, sandboxes: [dev, prod, stage], rights: [profile.read, attribute.edit, export.run, profile.reveal, delete.request]}
- {group: aep-approvers, sandboxes: [dev, prod, stage], rights: [profile.read, delete.request, delete.approve]}
- {group: aep-auditors, sandboxes: ["*"], rights: [audit.read]}
- {group: aep-admins, sandboxes: ["*"], rights: [profile.read, profile.reveal, attribute.edit, export.run, delete.request, delete.all, delete.approve, audit.read, admin]}
- {group: dev-only, sandboxes: [dev], rights: [profile.read]}
- {group: dev-auditors, sandboxes: [dev], rights: [audit.read]}
- {group: dev-admins, sandboxes: [dev], rights: [admin]}
`

// site is the real server with parts of its own behind it.
type site struct {
	*httptest.Server
	t        testing.TB
	store    *memory
	provider *provider
	log      *syncBuffer

	mu  sync.Mutex
	now time.Time
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func newSite(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, log: &syncBuffer{}, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	s.store = &memory{sessions: map[string]auth.Session{}, forms: map[string]auth.KeptForm{}, jti: map[string]bool{}}
	s.provider = newProvider(s)
	s.Server = httptest.NewUnstartedServer(nil)
	policy, err := auth.ParsePolicy([]byte(testPolicy))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys(seal.NewKey("t1"))
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		PublicURL:  "http://" + s.Listener.Addr().String(),
		CookieKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Handlers:   testHandlers(), Pages: plainPages{}, Policy: func() *auth.Policy { return policy },
		Exists:   func(_ context.Context, name string) bool { return strings.Contains(" dev prod stage ", " "+name+" ") },
		Provider: s.provider, Sessions: s.store, Denials: s.store, Forms: s.store, Box: seal.NewBox(keys), Health: s.store,
		Fingerprint:    func(iss, sub string) string { return "fp-" + sub },
		Logger:         slog.New(slog.NewJSONHandler(s.log, nil)),
		Now:            s.clock,
		Metrics:        NewMetrics(),
		TrustedProxies: testPrefixes(),
	}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = h
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// browser is one browser at the site: it keeps cookies and follows nothing.
type browser struct {
	*http.Client
	site *site
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	*http.Response
	body string
}

func (a answer) to() string { return a.Header.Get("Location") }

func (b *browser) do(method, path string, form url.Values, header ...string) answer {
	b.site.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, b.site.URL+path, body)
	if err != nil {
		b.site.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := b.Do(r)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.site.t.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (b *browser) get(path string, header ...string) answer {
	b.site.t.Helper()
	return b.do(http.MethodGet, path, nil, header...)
}

func (b *browser) post(path string, form url.Values, header ...string) answer {
	b.site.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return b.do(http.MethodPost, path, form, header...)
}

// signIn goes the whole way as sub, from the link to the page it leads back to.
func (b *browser) signIn(sub string, groups ...string) answer {
	b.site.t.Helper()
	return b.signInBy("/login/start", sub, groups...)
}

func (b *browser) signInBy(link, sub string, groups ...string) answer {
	b.site.t.Helper()
	b.site.provider.set(sub, groups)
	return b.get(b.toProvider(link))
}

// toProvider follows link to the provider and returns the callback's address.
func (b *browser) toProvider(link string) string {
	b.site.t.Helper()
	a := b.get(link)
	if a.StatusCode != http.StatusSeeOther {
		b.site.t.Fatalf("GET %s: %d %s", link, a.StatusCode, a.body)
	}
	u, err := url.Parse(a.to())
	if err != nil {
		b.site.t.Fatal(err)
	}
	return "/auth/callback?" + url.Values{"state": {u.Query().Get("state")}, "code": {"the-code"}}.Encode()
}

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.site.URL)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, _ := url.Parse(b.site.URL)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// plainPages say what they are.
type plainPages struct{}

func (plainPages) SignIn(c echo.Context, status int, reason, link string) error {
	return c.HTML(status, fmt.Sprintf(`<a data-testid="sign-in" data-reason=%q href=%q>`, reason, link))
}

func (plainPages) SignInAgain(c echo.Context, link string, kept bool) error {
	return c.HTML(http.StatusUnauthorized, fmt.Sprintf(`<a data-testid="sign-in-again" data-kept="%v" href=%q>`, kept, link))
}

func (plainPages) SignedOut(c echo.Context, link string) error {
	return c.HTML(http.StatusOK, fmt.Sprintf(`signed out <a href=%q>`, link))
}

func (plainPages) NoAccess(c echo.Context) error {
	return c.HTML(http.StatusForbidden, `<p data-testid="no-access">`)
}

func (plainPages) Error(err error, c echo.Context) {
	var he *echo.HTTPError
	if !errors.As(err, &he) {
		he = echo.NewHTTPError(http.StatusInternalServerError, "internal")
	}
	if dead := c.Request().Context().Err(); dead != nil { // templ renders nothing for it
		he = echo.NewHTTPError(http.StatusInternalServerError, dead.Error())
	}
	_ = c.HTML(he.Code, fmt.Sprintf(`<p data-testid="error" data-code=%q>%s`, he.Message, c.Response().Header().Get(requestIDHeader)))
}

// testHandlers answer 200 with who asks, and 303 to what is posted.
func testHandlers() Handlers {
	page := func(c echo.Context) error {
		u := auth.UserFrom(c.Request().Context())
		if c.Request().Method == http.MethodPost {
			return c.Redirect(http.StatusSeeOther, c.Request().URL.Path)
		}
		return c.HTML(http.StatusOK, fmt.Sprintf("page for %s groups=%v stale=%v kept=%v param=%v", u.Subject, u.Groups, u.Stale, auth.KeptFrom(c.Request().Context()), c.ParamValues()))
	}
	csv := func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/csv", []byte(fmt.Sprintf("csv of %v", c.ParamValues())))
	}
	return Handlers{
		Home: page, Overview: page, Profiles: page, ProfilesCSV: csv, Lookup: page, Profile: page, ProfileCSV: csv,
		Audit: page, AuditCSV: csv, AuditVerify: page, AuditSubject: page, AuditEvent: page, Access: page, AccessCSV: csv,
		Me: page, MeSave: page, EndSession: page, RevokeHandle: page, Status: page, Freeze: page, Release: page,
		Static: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			w.Header().Set("Content-Type", "text/css")
			_, _ = io.WriteString(w, strings.Repeat("body{color:red}\n", 200))
		}),
	}
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func testPrefixes() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }
