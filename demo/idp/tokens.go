package idp

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var errNotOffered = errors.New("not offered by this provider")

// signedIn is what both kinds of token request know.
type signedIn interface{ signedIn() signIn }

// CreateAccessToken implements op.AuthStorage.
func (s *storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	in, ok := r.(signedIn)
	if !ok {
		return "", time.Time{}, errNotOffered
	}
	by := in.signedIn()
	if _, err := s.active(by.subject); err != nil {
		return "", time.Time{}, oidc.ErrInvalidGrant().WithDescription("%s", err.Error())
	}
	id, expires := rand.Text(), s.now().Add(accessTokenLife)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	s.tokens[id] = accessToken{client: s.client.id, scopes: r.GetScopes(), by: by, expires: expires}
	return id, expires, nil
}

// CreateAccessAndRefreshTokens implements op.AuthStorage. A refresh token stays the
// same when it is used.
func (s *storage) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	id, expires, err := s.CreateAccessToken(ctx, r)
	if err != nil || current != "" {
		return id, current, expires, err
	}
	g := grant{
		token: rand.Text() + rand.Text(), client: s.client.id, scopes: r.GetScopes(),
		by: r.(signedIn).signedIn(), expires: s.now().Add(refreshLife),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[g.token] = g
	return id, g.token, expires, nil
}

// TokenRequestByRefreshToken implements op.AuthStorage. Scopes narrowed for one call
// stay narrowed for that call only: each gets a copy.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	s.sweep()
	g, ok := s.grants[token]
	s.mu.Unlock()
	if !ok {
		return nil, op.ErrInvalidRefreshToken
	}
	if _, err := s.active(g.by.subject); err != nil {
		return nil, err
	}
	return &g, nil
}

// active returns the account of a subject, unless it is disabled.
func (s *storage) active(subject string) (account, error) {
	a, ok := s.accounts.bySubject(subject)
	if !ok {
		return account{}, errors.New("no such account")
	}
	if a.Disabled {
		return account{}, errors.New("the account is disabled")
	}
	return a, nil
}

// SetUserinfoFromRequest fills an ID token, after a refresh too.
func (s *storage) SetUserinfoFromRequest(_ context.Context, u *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	in, ok := r.(signedIn)
	if !ok {
		return errNotOffered
	}
	a, err := s.active(r.GetSubject())
	if err != nil {
		return oidc.ErrInvalidGrant().WithDescription("%s", err.Error())
	}
	fill(u, a, scopes)
	u.AppendClaims("sid", in.signedIn().sid)
	return nil
}

// SetUserinfoFromToken answers the userinfo endpoint.
func (s *storage) SetUserinfoFromToken(_ context.Context, u *oidc.UserInfo, id, subject, _ string) error {
	s.mu.Lock()
	s.sweep()
	t, ok := s.tokens[id]
	s.mu.Unlock()
	if !ok || t.by.subject != subject {
		return errors.New("the token is unknown or has expired")
	}
	a, err := s.active(subject)
	if err != nil {
		return err
	}
	fill(u, a, t.scopes)
	return nil
}

// fill writes what the scopes let the site know of an account.
func fill(u *oidc.UserInfo, a account, scopes []string) {
	u.Subject = a.Subject
	if slices.Contains(scopes, oidc.ScopeProfile) {
		u.Name, u.GivenName, u.FamilyName = a.Name, a.GivenName, a.FamilyName
		u.PreferredUsername = a.Username
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		u.Email, u.EmailVerified = a.Email, true
	}
	if slices.Contains(scopes, scopeGroups) {
		u.AppendClaims("groups", a.Groups)
	}
}

// TerminateSessionFromRequest ends the provider's session that the ID token belongs
// to, and its access tokens. Refresh tokens live on: offline access is access without
// a session.
func (s *storage) TerminateSessionFromRequest(_ context.Context, r *op.EndSessionRequest) (string, error) {
	if r.IDTokenHintClaims != nil {
		s.endSession(r.IDTokenHintClaims.SessionID)
	}
	return r.RedirectURI, nil
}

func (s *storage) endSession(sid string) {
	s.sessions.end(sid)
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.tokens, func(_ string, t accessToken) bool { return t.by.sid == sid })
}

// TerminateSession implements op.AuthStorage; the library prefers
// [storage.TerminateSessionFromRequest].
func (s *storage) TerminateSession(context.Context, string, string) error { return errNotOffered }

// RevokeToken implements op.AuthStorage: a refresh token takes the access tokens of
// its session along.
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
	if g, ok := s.grants[token]; ok {
		delete(s.grants, token)
		maps.DeleteFunc(s.tokens, func(_ string, t accessToken) bool { return t.by.sid == g.by.sid })
	}
	return nil
}

// GetRefreshTokenInfo implements op.AuthStorage.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (string, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return g.by.subject, g.token, nil
}

// SetUserinfoFromScopes implements op.OPStorage; the library wants it empty.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// GetPrivateClaimsFromScopes implements op.OPStorage: access tokens are opaque and
// carry no claim.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// SetIntrospectionFromToken, GetKeyByIDAndClientID and ValidateJWTProfileScopes
// implement op.OPStorage for endpoints that are not routed.
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNotOffered
}

// GetKeyByIDAndClientID implements op.OPStorage.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNotOffered
}

// ValidateJWTProfileScopes implements op.OPStorage.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNotOffered
}
