package idp

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// signIn is who signed in, when, and in which of the provider's sessions.
type signIn struct {
	subject string
	at      time.Time
	sid     string
}

// authRequest is one walk through the code flow, from /authorize until its code is
// redeemed. It implements op.AuthRequest. Done from the moment somebody has signed in.
type authRequest struct {
	oidc.AuthRequest
	id      string
	created time.Time
	by      signIn
}

func (r *authRequest) GetID() string                      { return r.id }
func (r *authRequest) GetACR() string                     { return "" }
func (r *authRequest) GetAMR() []string                   { return []string{"pwd"} }
func (r *authRequest) GetAudience() []string              { return []string{r.ClientID} }
func (r *authRequest) GetAuthTime() time.Time             { return r.by.at }
func (r *authRequest) GetClientID() string                { return r.ClientID }
func (r *authRequest) GetNonce() string                   { return r.Nonce }
func (r *authRequest) GetResponseMode() oidc.ResponseMode { return r.ResponseMode }
func (r *authRequest) GetScopes() []string                { return r.Scopes }
func (r *authRequest) GetSubject() string                 { return r.by.subject }
func (r *authRequest) Done() bool                         { return r.by.subject != "" }
func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}
func (r *authRequest) signedIn() signIn { return r.by }

// accepts says whether somebody who signed in then need not do so again. The library
// has turned prompt=login into a max_age of 0, which no earlier sign-in satisfies.
func (r *authRequest) accepts(by signIn, now time.Time) bool {
	if slices.Contains(r.Prompt, oidc.PromptSelectAccount) {
		return false
	}
	if r.MaxAge == nil {
		return true
	}
	limit := time.Duration(*r.MaxAge) * time.Second
	return limit > 0 && now.Sub(by.at) <= limit
}

// grant is a refresh token in use. It implements op.RefreshTokenRequest.
type grant struct {
	token   string
	client  string
	scopes  []string
	by      signIn
	expires time.Time
}

func (g *grant) GetAMR() []string              { return []string{"pwd"} }
func (g *grant) GetAudience() []string         { return []string{g.client} }
func (g *grant) GetAuthTime() time.Time        { return g.by.at }
func (g *grant) GetClientID() string           { return g.client }
func (g *grant) GetScopes() []string           { return g.scopes }
func (g *grant) GetSubject() string            { return g.by.subject }
func (g *grant) SetCurrentScopes(sub []string) { g.scopes = sub }
func (g *grant) signedIn() signIn              { return g.by }
