package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// OIDCConfig says which provider signs people in, and how this site is known
// to it.
type OIDCConfig struct {
	Issuer       string // exactly as the provider writes it in its tokens
	ClientID     string
	ClientSecret string
	RedirectURL  string   // PUBLIC_URL + /auth/callback
	Scopes       []string // openid among them
	GroupsClaim  string   // default "groups"; compared letter by letter
	AllowedHosts []string // hosts besides the issuer's that discovery may name
	Transport    http.RoundTripper
	Now          func() time.Time
}

// Provider is the OpenID Connect provider. It is safe for use by many at once,
// and its description and keys are fetched when they are first needed: a site
// starts while its provider is down.
type Provider struct {
	config  OIDCConfig
	allowed func(*url.URL) error
	client  *http.Client
	now     func() time.Time

	mu       sync.Mutex
	known    *discovered // nil until the provider was reached once
	fetching *fetch      // the one discovery under way
	failed   error       // what the last discovery ended with
	retryAt  time.Time
	pause    time.Duration
}

// NewProvider makes a provider. It calls nobody.
func NewProvider(c OIDCConfig) *Provider {
	if c.GroupsClaim == "" {
		c.GroupsClaim = "groups"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	allowed := allowedHosts(c.Issuer, c.AllowedHosts)
	return &Provider{config: c, allowed: allowed, client: newClient(c.Transport, allowed), now: c.Now}
}

// Flow is what one sign-in is bound to, from the link to the callback.
type Flow struct {
	State    string
	Nonce    string
	Verifier string // of PKCE
	Prompt   string // "login" for a step-up, else ""
	MaxAge   *int   // seconds; set for a step-up: the answer must then say when the person signed in
}

// Identity is a verified sign-in.
type Identity struct {
	Issuer, Subject string // who it is; all else may change
	Name, Email     string
	SID             string // the provider's session, "" if it names none
	Groups          []string
	AuthTime        time.Time // zero if the provider does not say
	IDToken         string
	RefreshToken    string
	AccessToken     string
	Expires         time.Time // of the access token; zero if unknown
}

// Tokens are what a session needs of its provider: to renew its groups, and to
// sign out there.
type Tokens struct {
	ID      string    `json:"id,omitempty"`
	Access  string    `json:"access,omitempty"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// Tokens are those of the sign-in.
func (i Identity) Tokens() Tokens {
	return Tokens{ID: i.IDToken, Access: i.AccessToken, Refresh: i.RefreshToken, Expires: i.Expires}
}

// AuthCodeURL is the address at the provider where f begins. It fails with
// ErrUnreachable while the provider cannot be asked for it.
func (p *Provider) AuthCodeURL(ctx context.Context, f Flow) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("nonce", f.Nonce),
		oauth2.S256ChallengeOption(f.Verifier),
	}
	if f.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", f.Prompt))
	}
	if f.MaxAge != nil {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.Itoa(*f.MaxAge)))
	}
	return d.oauth.AuthCodeURL(f.State, options...), nil
}

// Exchange turns the code of a callback into a verified identity. iss is the
// callback's parameter of that name, "" if it had none. Every error has a
// [Reason].
func (p *Provider) Exchange(ctx context.Context, code, iss string, f Flow) (Identity, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	if iss != d.issuer && (iss != "" || d.meta.NamesIssuer) {
		return Identity{}, fmt.Errorf("callback: %w", ErrCallback)
	}
	if code == "" || f.Verifier == "" || f.Nonce == "" {
		return Identity{}, fmt.Errorf("callback: %w", ErrCode)
	}
	token, err := d.oauth.Exchange(p.calling(ctx), code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Identity{}, tokenError(err, ErrCode)
	}
	raw, _ := token.Extra("id_token").(string)
	c, err := p.verifyID(ctx, d, raw, token.AccessToken)
	if err != nil {
		return Identity{}, err
	}
	if c.Nonce != f.Nonce {
		return Identity{}, ErrNonce
	}
	if err := p.checkStepUp(c, f); err != nil {
		return Identity{}, err
	}
	return p.identity(ctx, d, c, raw, token)
}

// identity completes what the ID token says by what userinfo says.
func (p *Provider) identity(ctx context.Context, d *discovered, c claims, raw string, token *oauth2.Token) (Identity, error) {
	who, err := c.person(p.config.GroupsClaim)
	if err != nil {
		return Identity{}, err
	}
	if !who.groupsGiven && d.meta.UserInfo != "" {
		more, err := p.userInfo(ctx, d, token.AccessToken, c.Subject)
		if err != nil {
			return Identity{}, err
		}
		who = who.or(more)
	}
	return Identity{
		Issuer: d.issuer, Subject: c.Subject, Name: who.name(c.Subject), Email: who.Email, SID: c.SID,
		Groups: who.groups, AuthTime: c.AuthTime,
		IDToken: raw, RefreshToken: token.RefreshToken, AccessToken: token.AccessToken, Expires: token.Expiry,
	}, nil
}

// checkStepUp holds the claims against the age that f asks for.
func (p *Provider) checkStepUp(c claims, f Flow) error {
	if f.MaxAge == nil {
		return nil
	}
	age := p.now().Sub(c.AuthTime)
	if c.AuthTime.IsZero() || age > time.Duration(*f.MaxAge)*time.Second+clockSkew || age < -clockSkew {
		return ErrAuthTime
	}
	return nil
}

// tokenError says what the token endpoint's refusal means, and keeps nothing of
// its text but the standard's own word for it: the rest may name a person.
func tokenError(err error, refused error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return unreachable("token", err)
	}
	switch answer.ErrorCode {
	case "invalid_grant", "access_denied", "interaction_required", "login_required", "consent_required":
		return fmt.Errorf("token: %s: %w", answer.ErrorCode, refused)
	}
	status := 0
	if answer.Response != nil {
		status = answer.Response.StatusCode
	}
	return fmt.Errorf("token: status %d: %w", status, ErrUnreachable)
}

// unreachable wraps the failure of a call. Of net/http's error only the cause
// is kept: its text has the address.
func unreachable(op string, err error) error {
	if errors.Is(err, ErrHost) {
		return fmt.Errorf("%s: %w", op, ErrHost)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("%s: %w: %w", op, ErrUnreachable, err)
}

// calling is ctx with our client, as x/oauth2 looks for it.
func (p *Provider) calling(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, p.client)
}
