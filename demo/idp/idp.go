// Package idp is the demo's OpenID provider: a sign-in page for six accounts whose
// password is "demo", in the process of the demo, on loopback only. It is built on
// the provider package of zitadel/oidc with a storage in memory, and is never linked
// into the binary.
//
// It speaks the authorization code flow with PKCE (S256, required), refresh tokens
// for offline_access, userinfo, revocation and logout started by the site. Refresh
// tokens are not rotated: the same one works until it is revoked, 30 days have
// passed or its account is disabled, also after the browser's session has ended. It
// sends no back-channel logout.
package idp

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Config is what a provider needs to know.
type Config struct {
	// Issuer is the origin that the provider is served at, "http://127.0.0.1:PORT".
	// Its host must be a loopback address.
	Issuer string
	// Site lists the origins (PUBLIC_URL) of the sites that may sign people in. Of
	// each, /auth/callback is a redirect URI, and /login and / may follow a logout.
	Site []string
	// ClientID and ClientSecret are the site's credentials. Empty: "profiledesk-demo"
	// and a random secret.
	ClientID, ClientSecret string
	// Now is the clock of sessions, codes and refresh tokens; nil is time.Now. The
	// times inside ID tokens are the machine's, as the library reads them itself.
	Now func() time.Time
	// Logger receives what the provider refused; nil is slog.Default.
	Logger *slog.Logger
}

// Provider is an OpenID provider with six accounts.
type Provider struct {
	// ClientID and ClientSecret are what the site signs in with.
	ClientID, ClientSecret string

	issuer   string
	site     []string
	op       *op.Provider
	storage  *storage
	accounts *accounts
	sessions *sessions
	log      *slog.Logger
	handler  http.Handler
}

// New makes a provider. It fails if an origin is not one, if the issuer is not on
// loopback, or if no key can be made.
func New(c Config) (*Provider, error) {
	if err := loopback(c.Issuer); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	for _, s := range c.Site {
		if err := origin(s); err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
	}
	if c.ClientID == "" {
		c.ClientID = "profiledesk-demo"
	}
	if c.ClientSecret == "" {
		c.ClientSecret = rand.Text()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	key, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	p := &Provider{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		issuer: c.Issuer, site: c.Site, log: c.Logger,
		accounts: newAccounts(),
		sessions: newSessions(c.Now),
	}
	p.storage = newStorage(newClient(c), key, p.accounts, p.sessions, c.Now)
	if p.op, err = newOP(c.Issuer, p.storage); err != nil {
		return nil, fmt.Errorf("build provider: %w", err)
	}
	p.handler = p.routes()
	return p, nil
}

func newOP(issuer string, s *storage) (*op.Provider, error) {
	conf := &op.Config{
		DefaultLogoutRedirectURI: "/signed-out",
		CodeMethodS256:           true,
		AuthMethodPost:           true,
		GrantTypeRefreshToken:    true,
		SupportedScopes:          []string{"openid", "profile", "email", "groups", "offline_access"},
		SupportedClaims:          []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "sid", "name", "preferred_username", "email", "email_verified", "groups"},
	}
	rand.Read(conf.CryptoKey[:])
	return op.NewProvider(conf, s, op.StaticIssuer(issuer), op.WithAllowInsecure(), op.WithCORSOptions(nil))
}

// Handler serves the provider at its issuer's host; any other host is answered 421.
func (p *Provider) Handler() http.Handler { return p.handler }

// SetUser changes what the provider says of an account: its groups (nil leaves them
// as they are) and whether it is disabled. It shows at the next sign-in, refresh or
// userinfo call; a disabled account is refused in all three. An unknown username is
// an error.
func (p *Provider) SetUser(username string, groups []string, disabled bool) error {
	return p.accounts.set(username, groups, disabled)
}

func origin(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Scheme+"://"+u.Host != s {
		return fmt.Errorf("%q is not an origin such as http://127.0.0.1:8080", s)
	}
	return nil
}

func loopback(s string) error {
	if err := origin(s); err != nil {
		return err
	}
	u, _ := url.Parse(s)
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && !ip.IsLoopback() {
		return fmt.Errorf("%q is not on loopback", s)
	}
	return nil
}
