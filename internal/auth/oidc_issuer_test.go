package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// issuer is a provider of our own making, whose every answer a test can bend.
type issuer struct {
	*httptest.Server
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	other *rsa.PrivateKey // a key that is in no key set

	mu       sync.Mutex
	now      time.Time
	meta     map[string]any
	keys     []map[string]any
	token    func(http.ResponseWriter, *http.Request)
	userinfo func(http.ResponseWriter, *http.Request)
	calls    map[string]int
}

var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var made [2]*rsa.PrivateKey
	for i := range made {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[i] = key
	}
	return made
})

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{
		rsa: testKeys()[0], other: testKeys()[1], now: time.Now().Truncate(time.Second), calls: map[string]int{},
	}
	var err error
	if i.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, i.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	point, err := i.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	i.keys = []map[string]any{
		{"kty": "RSA", "kid": "r1", "use": "sig", "alg": "RS256", "n": b64(i.rsa.N.Bytes()), "e": "AQAB"},
		{"kty": "EC", "kid": "e1", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])},
		{"kty": "OKP", "kid": "d1", "crv": "Ed25519", "x": b64(i.ed.Public().(ed25519.PublicKey))},
	}
	i.Server = httptest.NewServer(i.routes())
	t.Cleanup(i.Close)
	i.meta = map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/auth", "token_endpoint": i.URL + "/token",
		"jwks_uri": i.URL + "/keys", "userinfo_endpoint": i.URL + "/userinfo", "end_session_endpoint": i.URL + "/end?x=1",
	}
	return i
}

func (i *issuer) routes() http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	count := func(name string, h http.HandlerFunc) {
		mux.HandleFunc(name, func(w http.ResponseWriter, r *http.Request) {
			i.mu.Lock()
			i.calls[r.URL.Path]++
			i.mu.Unlock()
			h(w, r)
		})
	}
	count("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		answer(w, i.meta)
	})
	count("/keys", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		answer(w, map[string]any{"keys": i.keys})
	})
	count("/token", func(w http.ResponseWriter, r *http.Request) { i.token(w, r) })
	count("/userinfo", func(w http.ResponseWriter, r *http.Request) { i.userinfo(w, r) })
	return mux
}

func (i *issuer) count(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.calls[path]
}

func (i *issuer) clock() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now
}

func (i *issuer) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
}

func (i *issuer) provider(change ...func(*OIDCConfig)) *Provider {
	c := OIDCConfig{
		Issuer: i.URL, ClientID: "desk", ClientSecret: "s3cret", RedirectURL: "http://127.0.0.1/auth/callback",
		Scopes: []string{"openid"}, Now: i.clock,
	}
	for _, f := range change {
		f(&c)
	}
	return NewProvider(c)
}

var testFlow = Flow{State: "st", Nonce: "the-nonce", Verifier: "the-verifier-the-verifier-the-verifier-0123"}

// claims are those of a good ID token of now.
func (i *issuer) claims(changes ...map[string]any) map[string]any {
	now := i.clock().Unix()
	c := map[string]any{
		"iss": i.URL, "sub": "u1", "aud": "desk", "azp": "desk", "exp": now + 300, "iat": now, "nbf": now,
		"nonce": testFlow.Nonce, "at_hash": atHash("access-1"), "name": "Ana", "email": "ana@example.com",
		"groups": []string{"aep-analysts"}, "sid": "s1", "auth_time": now - 5,
	}
	for _, change := range changes {
		for name, value := range change {
			if value == nil {
				delete(c, name)
				continue
			}
			c[name] = value
		}
	}
	return c
}

// serve lets the token endpoint hand out raw as the ID token.
func (i *issuer) serve(raw string) {
	i.answer(map[string]any{"access_token": "access-1", "token_type": "Bearer", "expires_in": 300, "refresh_token": "refresh-1", "id_token": raw})
}

func (i *issuer) answer(body map[string]any) {
	i.token = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return b64(sum[:16])
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// sign makes a token of any header and payload, with the key that alg asks for.
func (i *issuer) sign(header, payload string) string { return i.signWith(i.rsa, header, payload) }

func (i *issuer) signWith(key *rsa.PrivateKey, header, payload string) string {
	var h struct {
		Alg string `json:"alg"`
	}
	_ = json.Unmarshal([]byte(header), &h)
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	var sig []byte
	var err error
	switch h.Alg {
	case "RS256":
		sig, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case "PS256":
		sig, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], nil)
	case "ES256":
		r, s, e := ecdsa.Sign(rand.Reader, i.ec, sum[:])
		sig, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), e
	case "EdDSA":
		sig = ed25519.Sign(i.ed, []byte(input))
	case "HS256":
		mac := hmac.New(sha256.New, key.N.Bytes())
		mac.Write([]byte(input))
		sig = mac.Sum(nil)
	case "HS512":
		mac := hmac.New(sha512.New, []byte("s3cret"))
		mac.Write([]byte(input))
		sig = mac.Sum(nil)
	case "none":
	default:
		sum := sha512.Sum512([]byte(input))
		sig = sum[:]
	}
	if err != nil {
		panic(err)
	}
	return input + "." + b64(sig)
}

func (i *issuer) good(changes ...map[string]any) string {
	return i.sign(`{"alg":"RS256","kid":"r1","typ":"JWT"}`, asJSON(i.claims(changes...)))
}

// object writes members in a fixed order, so that a test can repeat one.
func object(c map[string]any, more ...string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%q:%s", name, asJSON(c[name])))
	}
	return "{" + strings.Join(append(parts, more...), ",") + "}"
}
