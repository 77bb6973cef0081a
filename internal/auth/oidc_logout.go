package auth

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json/jsontext"
)

// VerifyLogout checks a logout token (OpenID Connect Back-Channel Logout 1.0).
// Whether its JTI was seen before is for the caller to remember, for as long
// as [LogoutRemember].
func (p *Provider) VerifyLogout(ctx context.Context, raw string) (Logout, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Logout{}, err
	}
	if err := checkForm(raw); err != nil {
		return Logout{}, err
	}
	var failed error
	token, err := d.verifier.VerifyLogout(context.WithValue(ctx, keysFailed{}, &failed), raw)
	if failed != nil {
		return Logout{}, failed
	}
	c, readErr := readClaims(raw)
	switch {
	case readErr != nil:
		return Logout{}, readErr
	case err != nil && !signed(err):
		return Logout{}, ErrSignature
	case c.Issuer != d.issuer:
		return Logout{}, ErrIssuer
	case !slices.Contains(c.Audience, p.config.ClientID):
		return Logout{}, ErrAudience
	case err != nil:
		return Logout{}, ErrLogoutToken
	}
	return p.checkLogout(token, c)
}

// LogoutRemember is how long a logout token could be used again.
const LogoutRemember = tokenAge + clockSkew

// Logout is a verified logout token: the provider ended the session SID, or
// all sessions of Subject. One of both may be "".
type Logout struct {
	Issuer, Subject, SID string
	JTI                  string
	IssuedAt             time.Time
}

func (p *Provider) checkLogout(token *oidc.LogoutToken, c claims) (Logout, error) {
	now := p.now()
	var events map[string]jsontext.Value
	switch {
	case c.IssuedAt.IsZero() || c.IssuedAt.After(now.Add(clockSkew)) || now.Sub(c.IssuedAt) > tokenAge:
		return Logout{}, ErrIssuedAt
	case c.Expires.IsZero() || !now.Before(c.Expires):
		return Logout{}, ErrExpired
	case c.has["nonce"] || len(token.TokenID) > 255:
		return Logout{}, ErrLogoutToken
	case json.Unmarshal(c.raw["events"], &events) != nil:
		return Logout{}, ErrLogoutToken
	case events["http://schemas.openid.net/event/backchannel-logout"].Kind() != '{':
		return Logout{}, ErrLogoutToken
	}
	return Logout{Issuer: c.Issuer, Subject: c.Subject, SID: c.SID, JTI: token.TokenID, IssuedAt: c.IssuedAt}, nil
}

// EndSessionOrigin is the origin of the address where somebody signs out at
// the provider. It is "" while that is not known, and asks nobody.
func (p *Provider) EndSessionOrigin() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		return ""
	}
	u, err := url.Parse(p.known.meta.EndSession)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// EndSessionURL is the address where the browser signs out at the provider and
// comes back to postLogout. ok is false while no such address is known.
func (p *Provider) EndSessionURL(idToken, postLogout, state string) (address string, ok bool) {
	p.mu.Lock()
	known := p.known
	p.mu.Unlock()
	if known == nil || known.meta.EndSession == "" {
		return "", false
	}
	u, err := url.Parse(known.meta.EndSession)
	if err != nil {
		return "", false
	}
	query := u.Query()
	for name, value := range map[string]string{
		"id_token_hint": idToken, "client_id": p.config.ClientID,
		"post_logout_redirect_uri": postLogout, "state": state,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), true
}
