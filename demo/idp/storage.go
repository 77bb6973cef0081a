package idp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// accessToken is what a bearer token stands for.
type accessToken struct {
	client  string
	scopes  []string
	by      signIn
	expires time.Time
}

// storage keeps what lives between two calls of one sign-in, in memory. It implements
// op.Storage and its optional parts that say what stands in an ID token and what a
// logout ends.
type storage struct {
	client   *client
	key      *key
	accounts *accounts
	sessions *sessions
	now      func() time.Time

	mu       sync.Mutex
	requests map[string]*authRequest
	codes    map[string]code
	tokens   map[string]accessToken
	grants   map[string]grant
}

type code struct {
	request string
	at      time.Time
}

var (
	_ op.Storage                        = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest      = (*storage)(nil)
	_ op.CanTerminateSessionFromRequest = (*storage)(nil)
)

func newStorage(c *client, k *key, a *accounts, s *sessions, now func() time.Time) *storage {
	return &storage{
		client: c, key: k, accounts: a, sessions: s, now: now,
		requests: map[string]*authRequest{}, codes: map[string]code{},
		tokens: map[string]accessToken{}, grants: map[string]grant{},
	}
}

// CreateAuthRequest keeps a request that the library has checked. PKCE with S256 is
// required here: the library would do without.
func (s *storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("code_challenge with the method S256 is required")
	}
	if !slices.Contains(r.Scopes, oidc.ScopeOpenID) {
		return nil, oidc.ErrInvalidScope().WithDescription("the scope openid is required")
	}
	if r.ResponseMode != "" && r.ResponseMode != oidc.ResponseModeQuery {
		return nil, oidc.ErrInvalidRequest().WithDescription("the only response_mode is query")
	}
	req := &authRequest{AuthRequest: *r, id: rand.Text(), created: s.now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	s.requests[req.id] = req
	return req, nil
}

// sweep forgets what has run out. The caller holds the lock.
func (s *storage) sweep() {
	now := s.now()
	maps.DeleteFunc(s.requests, func(_ string, r *authRequest) bool { return now.Sub(r.created) > requestLife })
	maps.DeleteFunc(s.codes, func(_ string, c code) bool { return now.Sub(c.at) > codeLife })
	maps.DeleteFunc(s.tokens, func(_ string, t accessToken) bool { return now.After(t.expires) })
	maps.DeleteFunc(s.grants, func(_ string, g grant) bool { return now.After(g.expires) })
}

// request returns a copy of a request that still waits, so that nobody changes it
// under a reader.
func (s *storage) request(id string) (*authRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	r, ok := s.requests[id]
	if !ok {
		return nil, errors.New("no such sign-in, or it took longer than ten minutes")
	}
	c := *r
	return &c, nil
}

// finish notes who signed in for a request and returns it.
func (s *storage) finish(id string, by signIn) (*authRequest, error) {
	s.mu.Lock()
	if r, ok := s.requests[id]; ok {
		done := *r
		done.by = by
		s.requests[id] = &done
	}
	s.mu.Unlock()
	return s.request(id)
}

// AuthRequestByID implements op.AuthStorage.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	return s.request(id)
}

// SaveAuthCode implements op.AuthStorage.
func (s *storage) SaveAuthCode(_ context.Context, id, c string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[c] = code{request: id, at: s.now()}
	return nil
}

// AuthRequestByCode redeems a code: it works once, whatever comes of it.
func (s *storage) AuthRequestByCode(_ context.Context, c string) (op.AuthRequest, error) {
	s.mu.Lock()
	found, ok := s.codes[c]
	delete(s.codes, c)
	s.mu.Unlock()
	if !ok || s.now().Sub(found.at) > codeLife {
		return nil, errors.New("unknown or used code")
	}
	return s.request(found.request)
}

// DeleteAuthRequest implements op.AuthStorage.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

// GetClientByClientID implements op.OPStorage. There is one client.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.client.id {
		return nil, errors.New("unknown client")
	}
	return s.client, nil
}

// AuthorizeClientIDSecret implements op.OPStorage.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.client.id || subtle.ConstantTimeCompare([]byte(secret), []byte(s.client.secret)) != 1 {
		return errors.New("unknown client or wrong secret")
	}
	return nil
}

// SigningKey implements op.AuthStorage.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// SignatureAlgorithms implements op.AuthStorage.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.key.SignatureAlgorithm()}, nil
}

// KeySet implements op.AuthStorage.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{s.key}}, nil
}

// Health implements op.Storage.
func (s *storage) Health(context.Context) error { return nil }
