package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExchangeAcceptsAGoodToken(t *testing.T) {
	for _, alg := range []string{`"alg":"RS256","kid":"r1"`, `"alg":"RS256"`, `"alg":"PS256"`, `"alg":"ES256","kid":"e1"`} {
		t.Run(alg, func(t *testing.T) {
			i := newIssuer(t)
			if strings.Contains(alg, "PS256") {
				delete(i.keys[0], "alg")
			}
			raw := i.sign("{"+alg+"}", asJSON(i.claims()))
			i.serve(raw)
			got, err := i.provider().Exchange(t.Context(), "code", "", testFlow)
			if err != nil {
				t.Fatal(err)
			}
			want := Identity{
				Issuer: i.URL, Subject: "u1", Name: "Ana", Email: "ana@example.com", SID: "s1", Groups: []string{"aep-analysts"},
				AuthTime: i.clock().Add(-5 * time.Second).UTC(), IDToken: raw, RefreshToken: "refresh-1", AccessToken: "access-1", Expires: got.Expires,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Exchange (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExchangeSendsVerifierAndSecret(t *testing.T) {
	i := newIssuer(t)
	raw := i.good()
	i.token = func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != "desk" || secret != "s3cret" || r.FormValue("code") != "c0de" || r.FormValue("code_verifier") != testFlow.Verifier {
			t.Errorf("token call: client %q, form %v", id, r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"access-1","token_type":"Bearer","id_token":%q}`, raw)
	}
	if _, err := i.provider().Exchange(t.Context(), "c0de", "", testFlow); err != nil {
		t.Fatal(err)
	}
}

func TestAuthCodeURL(t *testing.T) {
	i := newIssuer(t)
	age := 300
	f := testFlow
	f.Prompt, f.MaxAge = "login", &age
	address, err := i.provider().AuthCodeURL(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "desk", "state": "st", "nonce": "the-nonce", "prompt": "login", "max_age": "300",
		"code_challenge_method": "S256", "redirect_uri": "http://127.0.0.1/auth/callback", "scope": "openid",
	} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	if strings.Contains(address, f.Verifier) || q.Get("code_challenge") == "" {
		t.Errorf("the address has the verifier, or no challenge: %s", address)
	}
}

func TestExchangeRefuses(t *testing.T) {
	set := func(name string, value any) map[string]any { return map[string]any{name: value} }
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    error
	}{
		{"other issuer", set("iss", "https://evil.example"), ErrIssuer},
		{"no issuer", set("iss", nil), ErrIssuer},
		{"issuer with a slash", set("iss", "SLASH"), ErrIssuer},
		{"other audience", set("aud", "other"), ErrAudience},
		{"no audience", set("aud", nil), ErrAudience},
		{"second audience without azp", map[string]any{"aud": []string{"desk", "other"}, "azp": nil}, ErrAudience},
		{"second audience, azp other", map[string]any{"aud": []string{"desk", "other"}, "azp": "other"}, ErrAuthorized},
		{"azp other", set("azp", "other"), ErrAuthorized},
		{"azp empty", set("azp", ""), ErrAuthorized},
		{"audience of numbers", set("aud", []any{"desk", 1}), ErrMalformed},
		{"no subject", set("sub", nil), ErrSubject},
		{"empty subject", set("sub", ""), ErrSubject},
		{"subject a number", set("sub", 7), ErrMalformed},
		{"long subject", set("sub", strings.Repeat("x", 256)), ErrSubject},
		{"other nonce", set("nonce", "x"), ErrNonce},
		{"no nonce", set("nonce", nil), ErrNonce},
		{"no exp", set("exp", nil), ErrExpired},
		{"exp a string", set("exp", "4102444800"), ErrMalformed},
		{"no iat", set("iat", nil), ErrIssuedAt},
		{"other access token", set("at_hash", atHash("other")), ErrAccessHash},
		{"at_hash empty", set("at_hash", ""), ErrAccessHash},
		{"groups elsewhere", map[string]any{"groups": nil, "_claim_names": map[string]string{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]string{"endpoint": "https://graph.example/x"}}}, ErrOverage},
		{"hasgroups", map[string]any{"groups": nil, "hasgroups": true}, ErrOverage},
		{"groups of numbers", set("groups", []any{"a", 1}), ErrGroups},
		{"groups an object", set("groups", map[string]any{"a": 1}), ErrGroups},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			if tt.changes["iss"] == "SLASH" {
				tt.changes["iss"] = i.URL + "/"
			}
			i.serve(i.good(tt.changes))
			got, err := i.provider().Exchange(t.Context(), "code", "", testFlow)
			if !errors.Is(err, tt.want) || got.Subject != "" {
				t.Errorf("Exchange = %q, %v; want %v", got.Subject, err, tt.want)
			}
		})
	}
}

func TestExchangeRefusesByTime(t *testing.T) {
	for _, tt := range []struct {
		claim string
		off   time.Duration
		want  error
	}{
		{"exp", -time.Second, ErrExpired},
		{"exp", 0, ErrExpired},
		{"iat", 3 * time.Minute, ErrIssuedAt},
		{"iat", -11 * time.Minute, ErrIssuedAt},
		{"iat", time.Minute, nil},
		{"iat", -9 * time.Minute, nil},
		{"nbf", 3 * time.Minute, ErrNotBefore},
		{"nbf", time.Minute, nil},
		{"auth_time", 3 * time.Minute, ErrAuthTime},
	} {
		t.Run(fmt.Sprint(tt.claim, tt.off), func(t *testing.T) {
			i := newIssuer(t)
			i.serve(i.good(map[string]any{tt.claim: i.clock().Add(tt.off).Unix()}))
			_, err := i.provider().Exchange(t.Context(), "code", "", testFlow)
			if !errors.Is(err, tt.want) {
				t.Errorf("Exchange with %s %v: %v, want %v", tt.claim, tt.off, err, tt.want)
			}
		})
	}
}

func TestStepUpNeedsAuthTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		ago  time.Duration // negative: the claim is missing
		want error
	}{
		{"just now", 0, nil},
		{"within the age", 4 * time.Minute, nil},
		{"too long ago", time.Hour, ErrAuthTime},
		{"not said", -1, ErrAuthTime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			var when any = i.clock().Add(-tt.ago).Unix()
			if tt.ago < 0 {
				when = nil
			}
			i.serve(i.good(map[string]any{"auth_time": when}))
			age := 300
			f := testFlow
			f.Prompt, f.MaxAge = "login", &age
			if _, err := i.provider().Exchange(t.Context(), "code", "", f); !errors.Is(err, tt.want) {
				t.Errorf("Exchange: %v, want %v", err, tt.want)
			}
			f.MaxAge = nil
			if _, err := i.provider().Exchange(t.Context(), "code", "", f); err != nil {
				t.Errorf("Exchange without a step-up: %v", err)
			}
		})
	}
}

func TestCallbackIssuer(t *testing.T) {
	for _, tt := range []struct {
		iss       string // "OK" is the issuer
		advertise bool
		want      error
	}{
		{"", false, nil}, {"OK", false, nil}, {"https://evil.example", false, ErrCallback},
		{"", true, ErrCallback}, {"OK", true, nil}, {"https://evil.example", true, ErrCallback},
	} {
		t.Run(fmt.Sprint(tt.iss, tt.advertise), func(t *testing.T) {
			i := newIssuer(t)
			i.meta["authorization_response_iss_parameter_supported"] = tt.advertise
			i.serve(i.good())
			iss := tt.iss
			if iss == "OK" {
				iss = i.URL
			}
			_, err := i.provider().Exchange(t.Context(), "code", iss, testFlow)
			if !errors.Is(err, tt.want) {
				t.Errorf("Exchange: %v, want %v", err, tt.want)
			}
			if tt.want != nil && i.count("/token") != 0 {
				t.Error("the code was sent although the answer is not the provider's")
			}
		})
	}
}

func TestDiscoveryRefusesOtherHosts(t *testing.T) {
	called := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer elsewhere.Close()
	other, err := url.Parse(elsewhere.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint", "authorization_endpoint"} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.meta[name] = elsewhere.URL + "/x"
			i.serve(i.good())
			if _, err := i.provider().Exchange(t.Context(), "code", "", testFlow); !errors.Is(err, ErrHost) || called {
				t.Errorf("Exchange: %v (called %v), want %v and no call", err, called, ErrHost)
			}
			allowed := i.provider(func(c *OIDCConfig) { c.AllowedHosts = []string{other.Host} })
			if err := allowed.Ready(t.Context()); err != nil {
				t.Errorf("with the host allowed: %v", err)
			}
		})
	}
}

func TestDiscoveryRefusesPlainHTTP(t *testing.T) {
	i := newIssuer(t)
	i.meta["token_endpoint"] = "http://idp.example/token"
	p := i.provider(func(c *OIDCConfig) { c.AllowedHosts = []string{"idp.example"} })
	if err := p.Ready(t.Context()); !errors.Is(err, ErrHost) {
		t.Errorf("Ready: %v, want %v", err, ErrHost)
	}
}

func TestDiscoveryRedirects(t *testing.T) {
	i := newIssuer(t)
	front := httptest.NewServer(http.RedirectHandler(i.URL+"/.well-known/openid-configuration", http.StatusFound))
	defer front.Close()
	p := i.provider(func(c *OIDCConfig) { c.Issuer, c.AllowedHosts = front.URL, []string{"127.0.0.1"} })
	if err := p.Ready(t.Context()); !errors.Is(err, ErrHost) || i.count("/.well-known/openid-configuration") != 0 {
		t.Errorf("Ready: %v after %d calls elsewhere, want %v and none", err, i.count("/.well-known/openid-configuration"), ErrHost)
	}
}

func TestDiscoveryBoundsTheAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":"http://%s","pad":"%s"}`, r.Host, strings.Repeat("x", providerBytes))
	}))
	defer srv.Close()
	p := NewProvider(OIDCConfig{Issuer: srv.URL, ClientID: "desk"})
	if err := p.Ready(t.Context()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Ready: %v, want %v", err, ErrUnreachable)
	}
}

func TestProviderMayBeDownAtFirst(t *testing.T) {
	i := newIssuer(t)
	var down sync.Mutex
	off := true
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		down.Lock()
		defer down.Unlock()
		if off {
			return nil, errors.New("connection refused")
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	p := i.provider(func(c *OIDCConfig) { c.Transport = transport })
	if got := p.EndSessionOrigin(); got != "" {
		t.Errorf("EndSessionOrigin before any call = %q", got)
	}
	_, err := p.AuthCodeURL(t.Context(), testFlow)
	if !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), i.URL) {
		t.Errorf("AuthCodeURL: %v, want %v without an address", err, ErrUnreachable)
	}
	down.Lock()
	off = false
	down.Unlock()
	if err := p.Ready(t.Context()); !errors.Is(err, ErrUnreachable) || i.count("/.well-known/openid-configuration") != 0 {
		t.Errorf("Ready within the pause: %v, want the old answer", err)
	}
	i.pass(lastPause)
	if err := p.Ready(t.Context()); err != nil {
		t.Errorf("Ready after the pause: %v", err)
	}
	if got := p.EndSessionOrigin(); got != i.URL {
		t.Errorf("EndSessionOrigin = %q, want %q", got, i.URL)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDiscoveryIsSharedAndKept(t *testing.T) {
	i := newIssuer(t)
	p := i.provider()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := p.Ready(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := i.count("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("%d discoveries for 20 callers, want 1", n)
	}
	i.Close()
	i.pass(2 * discoverAgain)
	if err := p.Ready(t.Context()); err != nil {
		t.Errorf("an old description is not used while the provider is down: %v", err)
	}
}

func TestStrangersDoNotMakeUsFetchKeys(t *testing.T) {
	i := newIssuer(t)
	p := i.provider()
	for n := range 20 {
		raw := i.signWith(i.other, fmt.Sprintf(`{"alg":"RS256","kid":"k%d"}`, n), asJSON(i.claims()))
		if _, err := p.VerifyLogout(t.Context(), raw); err == nil {
			t.Fatal("a stranger's token was accepted")
		}
	}
	if n := i.count("/keys"); n != 1 {
		t.Errorf("%d fetches of the keys, want 1", n)
	}
}

func TestKeysAreRotated(t *testing.T) {
	i := newIssuer(t)
	p := i.provider()
	i.serve(i.good())
	if _, err := p.Exchange(t.Context(), "code", "", testFlow); err != nil {
		t.Fatal(err)
	}
	i.rsa = i.other
	i.mu.Lock()
	i.keys[0] = map[string]any{"kty": "RSA", "kid": "r2", "n": b64(i.other.N.Bytes()), "e": "AQAB"}
	i.mu.Unlock()
	i.pass(keysEvery)
	i.serve(i.sign(`{"alg":"RS256","kid":"r2"}`, asJSON(i.claims())))
	if _, err := p.Exchange(t.Context(), "code", "", testFlow); err != nil {
		t.Errorf("with a new key: %v", err)
	}
}

func TestKeysUnreachableIsNotABadSignature(t *testing.T) {
	i := newIssuer(t)
	p := i.provider(func(c *OIDCConfig) {
		c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/keys" {
				return nil, errors.New("no route")
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	i.serve(i.good())
	if _, err := p.Exchange(t.Context(), "code", "", testFlow); !errors.Is(err, ErrUnreachable) {
		t.Errorf("Exchange: %v, want %v", err, ErrUnreachable)
	}
}

func TestEndSessionURL(t *testing.T) {
	i := newIssuer(t)
	p := i.provider()
	if _, ok := p.EndSessionURL("id", "http://x/", ""); ok {
		t.Error("EndSessionURL is known before any call")
	}
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, ok := p.EndSessionURL("the-token", "http://127.0.0.1/", "")
	want := i.URL + "/end?client_id=desk&id_token_hint=the-token&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%2F&x=1"
	if got != want || !ok {
		t.Errorf("EndSessionURL = %q, %v; want %q", got, ok, want)
	}
}

func TestReasonsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range Reasons() {
		if seen[code] || code == "" {
			t.Errorf("reason %q stands there twice, or is empty", code)
		}
		seen[code] = true
	}
	for err, want := range map[error]string{nil: "", errors.New("x"): "other", fmt.Errorf("callback: %w", ErrNonce): "nonce", fmt.Errorf("%w: %w", ErrUnreachable, ErrNonce): "unreachable"} {
		if got := Reason(err); got != want {
			t.Errorf("Reason(%v) = %q, want %q", err, got, want)
		}
	}
}
