package web

import (
	"bytes"
	"context"
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
	t        *testing.T
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

func newSite(t *testing.T, change ...func(*Config)) *site {
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

// provider answers as the test wants it to.
type provider struct {
	site *site

	mu       sync.Mutex
	who      auth.Identity
	refresh  func(t auth.Tokens, subject string) (auth.Fresh, error)
	exchange func(f auth.Flow) (auth.Identity, error)
	logout   func(token string) (auth.Logout, error)
	origin   string
	down     error
	renewals int
	flows    []auth.Flow
}

func newProvider(s *site) *provider {
	p := &provider{site: s, origin: "https://idp.example"}
	p.refresh = func(t auth.Tokens, subject string) (auth.Fresh, error) {
		return auth.Fresh{Groups: p.who.Groups, Tokens: t}, nil
	}
	p.logout = func(string) (auth.Logout, error) { return auth.Logout{}, auth.ErrLogoutToken }
	return p
}

func (p *provider) set(sub string, groups []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.who = auth.Identity{
		Issuer: "https://idp.example", Subject: sub, Name: "Name of " + sub, Groups: groups, SID: "sid-" + sub,
		IDToken: "id-token-" + sub, RefreshToken: "refresh-" + sub, AccessToken: "access-" + sub,
	}
}

func (p *provider) AuthCodeURL(_ context.Context, f auth.Flow) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return "", p.down
	}
	p.flows = append(p.flows, f)
	return "https://idp.example/auth?" + url.Values{"state": {f.State}, "nonce": {f.Nonce}}.Encode(), nil
}

func (p *provider) Exchange(_ context.Context, code, iss string, f auth.Flow) (auth.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exchange != nil {
		return p.exchange(f)
	}
	if code != "the-code" {
		return auth.Identity{}, auth.ErrCode
	}
	return p.who, nil
}

func (p *provider) Refresh(_ context.Context, t auth.Tokens, subject string) (auth.Fresh, error) {
	p.mu.Lock()
	p.renewals++
	refresh := p.refresh
	p.mu.Unlock()
	return refresh(t, subject)
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renewals
}

func (p *provider) VerifyLogout(_ context.Context, token string) (auth.Logout, error) {
	return p.logout(token)
}

func (p *provider) EndSessionURL(idToken, postLogout, state string) (string, bool) {
	return p.origin + "/end?" + url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {postLogout}}.Encode(), p.origin != ""
}

func (p *provider) EndSessionOrigin() string { return p.origin }

// memory is a store that forgets when the test ends. fail makes every write
// of sessions fail.
type memory struct {
	mu       sync.Mutex
	sessions map[string]auth.Session
	forms    map[string]auth.KeptForm
	jti      map[string]bool
	events   []string
	touches  int
	fail     error
	down     error
	ready    Readiness
}

func (m *memory) Start(_ context.Context, s auth.Session, replaces string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if old, ok := m.sessions[replaces]; ok {
		old.Ended, old.Why = s.Created, auth.EndReplaced
		m.sessions[replaces] = old
		m.events = append(m.events, "session.end replaced")
	}
	m.sessions[s.ID] = s
	m.events = append(m.events, "session.start "+s.User.Subject)
	return nil
}

func (m *memory) Get(_ context.Context, id string) (auth.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return auth.Session{}, m.down
	}
	s, ok := m.sessions[id]
	if !ok {
		return auth.Session{}, auth.ErrNoSession
	}
	return s, nil
}

func (m *memory) Touch(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[id]
	s.Seen = at
	m.sessions[id] = s
	m.touches++
	return m.fail
}

func (m *memory) Renewed(_ context.Context, id string, u auth.User, tokens []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	s := m.sessions[id]
	s.User, s.Tokens = u, tokens
	m.sessions[id] = s
	return nil
}

func (m *memory) End(_ context.Context, id, why string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	s, ok := m.sessions[id]
	if !ok || !s.Ended.IsZero() {
		return nil
	}
	s.Ended, s.Why, s.Tokens = at, why, nil
	m.sessions[id] = s
	m.events = append(m.events, "session.end "+why)
	return nil
}

func (m *memory) EndBy(_ context.Context, l auth.Logout, at time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jti[l.JTI] {
		return 0, auth.ErrLogoutReplay
	}
	m.jti[l.JTI] = true
	n := 0
	for id, s := range m.sessions {
		if s.Ended.IsZero() && s.User.Issuer == l.Issuer && (l.SID == "" && s.User.Subject == l.Subject || l.SID != "" && s.SID == l.SID) {
			s.Ended, s.Why = at, auth.EndBackchannel
			m.sessions[id] = s
			n++
		}
	}
	return n, nil
}

func (m *memory) Refused(_ context.Context, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, "session.refused "+reason)
	return m.fail
}

func (m *memory) Denied(ctx context.Context, d Denial) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprintf("access.denied %s %s %s %s %s", auth.UserFrom(ctx).Subject, d.Method, d.Path, d.Right, d.Sandbox))
}

func (m *memory) Keep(_ context.Context, f auth.KeptForm) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forms[f.ID] = f
	return nil
}

func (m *memory) Take(_ context.Context, id, issuer, subject string, since time.Time) (auth.KeptForm, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.forms[id]
	if !ok || f.Issuer != issuer || f.Subject != subject || f.At.Before(since) {
		return auth.KeptForm{}, ErrNoForm
	}
	delete(m.forms, id)
	return f, nil
}

func (m *memory) Ready(context.Context) Readiness {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ready == (Readiness{}) {
		return Readiness{Store: "ok", Log: "ok", IdP: "ok", AEP: "ok"}
	}
	return m.ready
}

func (m *memory) set(f func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

func (m *memory) last() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return ""
	}
	return m.events[len(m.events)-1]
}

// only is the one session there is.
func (m *memory) only(t *testing.T) auth.Session {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sessions) != 1 {
		t.Fatalf("%d sessions, want 1", len(m.sessions))
	}
	for _, s := range m.sessions {
		return s
	}
	panic("unreachable")
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
	he, ok := err.(*echo.HTTPError)
	if !ok {
		he = echo.NewHTTPError(http.StatusInternalServerError, "internal")
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
