package stand

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

var errCallback = errors.New("callback")

// walker is a browser without JavaScript, as far as the provider's pages need one.
type walker struct {
	t *testing.T
	http.Client
	page, at string
}

var (
	formAction = regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	hidden     = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

func (w *walker) land(r *http.Response, err error) *url.URL {
	w.t.Helper()
	if errors.Is(err, errCallback) {
		to, err := r.Location()
		if err != nil {
			w.t.Fatal(err)
		}
		return to
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.page, w.at = string(body), r.Request.URL.String()
	return nil
}

// submit sends the form of the page with more fields.
func (w *walker) submit(fields url.Values) *url.URL {
	w.t.Helper()
	m := formAction.FindStringSubmatch(w.page)
	if m == nil {
		w.t.Fatalf("no form at %s:\n%s", w.at, w.page)
	}
	for _, h := range hidden.FindAllStringSubmatch(w.page, -1) {
		fields.Set(h[1], h[2])
	}
	base, _ := url.Parse(w.at)
	action, err := base.Parse(m[1])
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.PostForm(action.String(), fields)
	return w.land(r, err)
}

// The provider says what the site relies on, before a journey blames the site.
func TestProvider(t *testing.T) {
	Require(t, Node)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	logouts := make(chan string, 1)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/backchannel-logout" {
			logouts <- r.FormValue("logout_token")
		}
	}))
	defer site.Close()
	p, err := NewProvider()
	if err != nil {
		t.Fatal(err)
	}
	if err := (Binaries{Root: root}).StartProvider(t.Context(), p, site.URL); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	provider, err := oidc.NewProvider(t.Context(), p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	conf := oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: site.URL + "/auth/callback",
		Scopes: []string{"openid", "profile", "email", "groups", "offline_access"},
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{t: t, Client: http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), site.URL) {
			return errCallback
		}
		return nil
	}}}
	verifier := oauth2.GenerateVerifier()
	r, err := w.Get(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oidc.Nonce("n")))
	w.land(r, err)
	w.submit(url.Values{"login": {"approver"}, "password": {"any"}})
	back := w.submit(url.Values{})
	if back == nil || back.Query().Get("iss") != p.Issuer {
		t.Fatalf("callback %v, want iss %s; page %s", back, p.Issuer, w.page)
	}
	tok, err := conf.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	type claims struct {
		Groups   []string `json:"groups"`
		Email    string   `json:"email"`
		AuthTime int64    `json:"auth_time"`
		SID      string   `json:"sid"`
	}
	check := func(tok *oauth2.Token) claims {
		raw, _ := tok.Extra("id_token").(string)
		id, err := provider.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		var c claims
		if err := id.Claims(&c); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Groups, []string{"aep-approvers"}) || c.Email != "approver@example.com" || c.AuthTime == 0 {
			t.Errorf("ID token says %+v", c)
		}
		return c
	}
	first := check(tok)
	fresh, err := conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token()
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	check(fresh)
	if fresh.RefreshToken == tok.RefreshToken {
		t.Error("the refresh token was not rotated")
	}

	r, err = w.Get(p.Issuer + "/session/end")
	w.land(r, err)
	w.submit(url.Values{"logout": {"yes"}})
	select {
	case token := <-logouts:
		got, err := provider.Verifier(&oidc.Config{ClientID: p.ClientID}).VerifyLogout(t.Context(), token)
		if err != nil {
			t.Fatalf("logout token: %v", err)
		}
		if got.SessionID != first.SID || first.SID == "" {
			t.Errorf("logout token of session %q, want %q", got.SessionID, first.SID)
		}
	case <-time.After(5 * time.Second):
		t.Error("no back-channel logout within 5 s")
	}
}
