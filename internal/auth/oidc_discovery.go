package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	discoverAgain = time.Hour              // a description is used so long before it is asked for again
	firstPause    = 500 * time.Millisecond // between two tries while the provider is down,
	lastPause     = 10 * time.Second       // doubled up to this
)

// algorithms are those that an ID token may be signed with, whatever the
// provider says it supports: none of them is symmetric.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Endpoints are the provider's addresses.
type Endpoints struct{ Auth, Token, Keys, UserInfo, EndSession string }

// metadata is what we use of the provider's description (OpenID Connect
// Discovery 1.0, RP-Initiated Logout 1.0, RFC 9207).
type metadata struct {
	Issuer      string   `json:"issuer"`
	Auth        string   `json:"authorization_endpoint"`
	Token       string   `json:"token_endpoint"`
	Keys        string   `json:"jwks_uri"`
	UserInfo    string   `json:"userinfo_endpoint"`
	EndSession  string   `json:"end_session_endpoint"`
	NamesIssuer bool     `json:"authorization_response_iss_parameter_supported"`
	TokenAuth   []string `json:"token_endpoint_auth_methods_supported"`
}

// discovered is a provider that was reached.
type discovered struct {
	issuer   string
	meta     metadata
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	at       time.Time
}

// fetch is one discovery under way, waited for by everybody who needs it.
type fetch struct {
	done chan struct{}
	d    *discovered
	err  error
}

// discover returns the provider's description: the known one while it is
// fresh, else a new one. Many callers share one call; after a failure the next
// waits its turn, and an old description goes on being used.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	now := p.now()
	if p.known != nil && (now.Sub(p.known.at) < discoverAgain || now.Before(p.retryAt)) {
		defer p.mu.Unlock()
		return p.known, nil
	}
	if p.fetching == nil && now.Before(p.retryAt) {
		defer p.mu.Unlock()
		return nil, p.failed
	}
	f := p.fetching
	if f == nil {
		f = &fetch{done: make(chan struct{})}
		p.fetching = f
		go p.run(context.WithoutCancel(ctx), f) // waited for below; bounded by the client's timeout
	}
	p.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("discovery: %w: %w", ErrUnreachable, ctx.Err())
	case <-f.done:
		return f.d, f.err
	}
}

// run makes the call of f and keeps what came of it.
func (p *Provider) run(ctx context.Context, f *fetch) {
	d, err := p.fetchDescription(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.known, p.failed, p.pause, p.retryAt = d, nil, 0, time.Time{}
	} else {
		p.pause = min(max(2*p.pause, firstPause), lastPause)
		p.failed, p.retryAt = err, p.now().Add(p.pause)
	}
	f.d, f.err = d, err
	if err != nil && p.known != nil {
		f.d, f.err = p.known, nil
	}
	p.fetching = nil
	close(f.done)
}

func (p *Provider) fetchDescription(ctx context.Context) (*discovered, error) {
	var meta metadata
	address := strings.TrimSuffix(p.config.Issuer, "/") + "/.well-known/openid-configuration"
	if err := p.getJSON(ctx, "discovery", address, "", &meta); err != nil {
		return nil, err
	}
	if meta.Issuer != p.config.Issuer {
		return nil, fmt.Errorf("discovery: the description is of another issuer: %w", ErrDiscovery)
	}
	if meta.Auth == "" || meta.Token == "" || meta.Keys == "" {
		return nil, fmt.Errorf("discovery: an address is missing: %w", ErrDiscovery)
	}
	for _, address := range []string{meta.Auth, meta.Token, meta.Keys, meta.UserInfo, meta.EndSession} {
		if err := p.checkAddress(address); err != nil {
			return nil, err
		}
	}
	return p.newDiscovered(meta), nil
}

// checkAddress refuses what the description must not name, before anything
// there is called.
func (p *Provider) checkAddress(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return fmt.Errorf("discovery: an address cannot be read: %w", ErrDiscovery)
	}
	if err := p.allowed(u); err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	return nil
}

func (p *Provider) newDiscovered(meta metadata) *discovered {
	style := oauth2.AuthStyleInHeader // the default of the standard
	if len(meta.TokenAuth) > 0 && !slices.Contains(meta.TokenAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	keysClient := *p.client
	keysClient.Transport = &keysTransport{base: p.client.Transport, now: p.now}
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), &keysClient), meta.Keys)
	return &discovered{
		issuer: meta.Issuer,
		meta:   meta,
		at:     p.now(),
		oauth: oauth2.Config{
			ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret,
			RedirectURL: p.config.RedirectURL, Scopes: p.config.Scopes,
			Endpoint: oauth2.Endpoint{AuthURL: meta.Auth, TokenURL: meta.Token, AuthStyle: style},
		},
		verifier: oidc.NewVerifier(meta.Issuer, keySet{keys}, &oidc.Config{
			ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms, Now: p.now,
		}),
	}
}

// Ready asks for the provider's description, nil if it is known.
func (p *Provider) Ready(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// Endpoints are the provider's addresses, from its description.
func (p *Provider) Endpoints(ctx context.Context) (Endpoints, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Endpoints{}, err
	}
	return Endpoints{
		Auth: d.meta.Auth, Token: d.meta.Token, Keys: d.meta.Keys,
		UserInfo: d.meta.UserInfo, EndSession: d.meta.EndSession,
	}, nil
}

// getJSON reads one JSON answer of the provider into to. bearer is an access
// token, or "".
func (p *Provider) getJSON(ctx context.Context, op, address, bearer string, to any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%s: the address cannot be read: %w", op, ErrDiscovery)
	}
	r.Header.Set("Accept", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return unreachable(op, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
	case bearer != "" && (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden):
		return fmt.Errorf("%s: status %d: %w", op, resp.StatusCode, ErrRefused)
	default:
		return fmt.Errorf("%s: status %d: %w", op, resp.StatusCode, ErrUnreachable)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return unreachable(op, err)
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("%s: the answer is not the JSON it should be: %w", op, ErrDiscovery)
	}
	return nil
}

// keySet is the provider's key set. It tells a token with a wrong signature
// from keys that could not be fetched, which go-oidc reports alike.
type keySet struct{ remote *oidc.RemoteKeySet }

type keysFailed struct{}

func (k keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, raw)
	var call *url.Error
	if failed, ok := ctx.Value(keysFailed{}).(*error); ok && err != nil {
		if errors.As(err, &call) || ctx.Err() != nil {
			*failed = unreachable("keys", err)
		}
	}
	return payload, err
}
