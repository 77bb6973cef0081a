package idp

import (
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// scopeGroups asks for the groups claim; the other scopes are OpenID Connect's own.
const scopeGroups = "groups"

const (
	idTokenLife     = time.Hour
	accessTokenLife = time.Hour
	refreshLife     = 30 * 24 * time.Hour
	requestLife     = 10 * time.Minute // time to type a password
	codeLife        = time.Minute
	sessionLife     = 10 * time.Hour // of the provider's own session, which signs in silently
)

// client is the site, as registered here. It implements op.Client.
type client struct {
	id, secret       string
	redirects, after []string
}

func newClient(c Config) *client {
	out := &client{id: c.ClientID, secret: c.ClientSecret}
	for _, s := range c.Site {
		out.redirects = append(out.redirects, s+"/auth/callback")
		out.after = append(out.after, s+"/login", s+"/")
	}
	return out
}

func (c *client) GetID() string                       { return c.id }
func (c *client) RedirectURIs() []string              { return c.redirects }
func (c *client) PostLogoutRedirectURIs() []string    { return c.after }
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c *client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}
func (c *client) LoginURL(request string) string {
	return "/login?request=" + url.QueryEscape(request)
}
func (c *client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c *client) IDTokenLifetime() time.Duration       { return idTokenLife }
func (c *client) ClockSkew() time.Duration             { return 0 }
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c *client) IsScopeAllowed(scope string) bool     { return scope == scopeGroups }

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

// DevMode lets a site be served over plain http, as the demo's is: its redirect URIs
// are still matched whole.
func (c *client) DevMode() bool { return true }
