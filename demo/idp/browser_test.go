package idp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const site = "http://127.0.0.1:1" // never called: a browser of these tests stops before it

// bench is a running provider, its clock, and the site's side of the protocol.
type bench struct {
	*Provider
	*clock
	oidc   *oidc.Provider
	oauth  oauth2.Config
	issuer string
}

type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

func start(t *testing.T) *bench {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{clock: &clock{}, issuer: "http://" + l.Addr().String()}
	b.Provider, err = New(Config{Issuer: b.issuer, Site: []string{site}, Now: b.now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: b.Handler()}}
	srv.Start()
	t.Cleanup(srv.Close)
	if b.oidc, err = oidc.NewProvider(t.Context(), b.issuer); err != nil {
		t.Fatalf("discovery: %v", err)
	}
	b.oauth = oauth2.Config{
		ClientID: b.ClientID, ClientSecret: b.ClientSecret, Endpoint: b.oidc.Endpoint(),
		RedirectURL: site + "/auth/callback",
		Scopes:      []string{"openid", "profile", "email", "groups", "offline_access"},
	}
	return b
}

// browser keeps cookies and stops where it would leave the provider.
type browser struct {
	t *testing.T
	http.Client
	pages []string // bodies, latest last
}

var errLeft = errors.New("left the provider")

func (b *bench) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, Client: http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), b.issuer+"/") {
			return errLeft
		}
		return nil
	}}}
}

// get and post return the status of the page, or the URL outside the provider that
// the browser was sent to.
func (b *browser) get(u string) (int, *url.URL) {
	b.t.Helper()
	r, err := b.Get(u)
	return b.land(r, err)
}

func (b *browser) post(u string, form url.Values) (int, *url.URL) {
	b.t.Helper()
	r, err := b.PostForm(u, form)
	return b.land(r, err)
}

func (b *browser) land(r *http.Response, err error) (int, *url.URL) {
	b.t.Helper()
	if errors.Is(err, errLeft) {
		to, err := r.Location()
		if err != nil {
			b.t.Fatal(err)
		}
		return r.StatusCode, to
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.pages = append(b.pages, string(body))
	return r.StatusCode, nil
}

func (b *browser) page() string { return b.pages[len(b.pages)-1] }

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// request is the hidden field of the sign-in page that is open.
func (b *browser) request() string {
	b.t.Helper()
	m := requestField.FindStringSubmatch(b.page())
	if m == nil {
		b.t.Fatalf("no sign-in form on the page:\n%s", b.page())
	}
	return m[1]
}

// begun is a sign-in as the site remembers it.
type begun struct{ url, verifier, nonce, state string }

func (b *bench) begin(opts ...oauth2.AuthCodeOption) begun {
	s := begun{verifier: oauth2.GenerateVerifier(), nonce: "nonce-1", state: "state-1"}
	s.url = b.oauth.AuthCodeURL(s.state, append(opts, oauth2.S256ChallengeOption(s.verifier), oidc.Nonce(s.nonce))...)
	return s
}

// claims is what the site reads from an ID token or from userinfo.
type claims struct {
	Subject  string    `json:"sub"`
	Name     string    `json:"name"`
	Username string    `json:"preferred_username"`
	Email    string    `json:"email"`
	Groups   *[]string `json:"groups"`
	AuthTime int64     `json:"auth_time"`
	SID      string    `json:"sid"`
}

// redeem exchanges the code of a callback and verifies the ID token.
func (b *bench) redeem(t *testing.T, s begun, callback *url.URL) (*oauth2.Token, string, claims) {
	t.Helper()
	if callback == nil {
		t.Fatal("the browser was not sent back to the site")
	}
	q := callback.Query()
	if q.Get("state") != s.state || q.Get("iss") != b.issuer {
		t.Fatalf("callback %s: want state %q and iss %q", callback, s.state, b.issuer)
	}
	tok, err := b.oauth.Exchange(t.Context(), q.Get("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		t.Fatalf("redeem code: %v", err)
	}
	raw, c := b.verify(t, tok, s.nonce)
	return tok, raw, c
}

func (b *bench) verify(t *testing.T, tok *oauth2.Token, nonce string) (string, claims) {
	t.Helper()
	raw, _ := tok.Extra("id_token").(string)
	id, err := b.oidc.Verifier(&oidc.Config{ClientID: b.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatalf("verify ID token: %v", err)
	}
	if id.Nonce != nonce {
		t.Errorf("nonce = %q, want %q", id.Nonce, nonce)
	}
	if err := id.VerifyAccessToken(tok.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		t.Fatal(err)
	}
	return raw, c
}

// signIn walks the whole flow with the password.
func (b *bench) signIn(t *testing.T, br *browser, username string) (*oauth2.Token, string, claims) {
	t.Helper()
	s := b.begin()
	if status, left := br.get(s.url); status != 200 || left != nil {
		t.Fatalf("sign-in page: %d %v", status, left)
	}
	_, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "username": {username}, "password": {Password}})
	return b.redeem(t, s, back)
}

func (b *bench) refresh(tok *oauth2.Token) (*oauth2.Token, error) {
	return b.oauth.TokenSource(context.Background(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token()
}

func (b *bench) info(tok *oauth2.Token) (claims, error) {
	var c claims
	u, err := b.oidc.UserInfo(context.Background(), oauth2.StaticTokenSource(tok))
	if err != nil {
		return c, err
	}
	return c, u.Claims(&c)
}
