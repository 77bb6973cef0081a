package aep

import (
	"crypto/rand"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// demoCredentials are no secret: they open nothing but an emulator on loopback.
var demoCredentials = Credentials{
	ClientID:     "5d0c3b7a9e2f4c1a8b6d4f2e0a1c3e5f",
	ClientSecret: "p8e-DemoOnly_4mV2s9QxTzR7yLk",
	OrgID:        "7A1C22B05F3D4E6C0A495C11@AdobeOrg",
	Scopes:       "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext,acp_core_identity",
}

// token is one access token that IMS issued.
type token struct {
	expires time.Time
	scopes  []string
}

// mayReadIdentity reports whether the Identity Service lets the token in.
func (t *token) mayReadIdentity() bool {
	for _, s := range t.scopes {
		if s == "acp_core_identity" || s == "acp_foundation" {
			return true
		}
	}
	return false
}

// issueToken is POST /ims/token/v3. Parameters come in the body; the query is
// taken too, as IMS does. The life is answered in seconds.
func (s *Server) issueToken(c *call) answer {
	form, refused := tokenForm(c)
	if refused != nil {
		return *refused
	}
	switch grant := form.Get("grant_type"); {
	case grant == "":
		return imsError("invalid_request", "grant_type parameter is missing")
	case grant != "client_credentials":
		return imsError("unsupported_grant_type", "unsupported grant_type parameter")
	case form.Get("client_id") == "":
		return imsError("invalid_request", "client_id parameter is missing")
	case form.Get("client_id") != s.credentials.ClientID:
		return imsError("invalid_client", "invalid client_id parameter")
	case form.Get("client_secret") != s.credentials.ClientSecret:
		return imsError("invalid_client", "invalid client_secret parameter")
	}
	scopes := splitList(strings.ReplaceAll(form.Get("scope"), " ", ","))
	if len(scopes) == 0 {
		return imsError("invalid_scope", "scope parameter is missing")
	}
	allowed := splitList(s.credentials.Scopes)
	for _, scope := range scopes {
		if !contains(allowed, scope) {
			return imsError("invalid_scope", "invalid scope: "+scope)
		}
	}
	life := s.switches.Load().tokenLife()
	text := "eyJhbGciOiJSUzI1NiJ9." + rand.Text() + rand.Text()
	s.tokens.Store(text, &token{expires: c.now.Add(life), scopes: scopes})
	seconds := int64(life / time.Second)
	if seconds == 86400 {
		seconds-- // IMS counts the second that has begun: a day is 86399
	}
	return reply(http.StatusOK, object{"access_token": text, "token_type": "bearer", "expires_in": seconds})
}

func tokenForm(c *call) (url.Values, *answer) {
	form := url.Values{}
	for k, v := range c.query {
		form[k] = v
	}
	if len(c.body) == 0 {
		return form, nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		bad := imsError("invalid_request", "content type must be application/x-www-form-urlencoded")
		return nil, &bad
	}
	body, err := url.ParseQuery(string(c.body))
	if err != nil {
		bad := imsError("invalid_request", "the body is not a form")
		return nil, &bad
	}
	for k, v := range body {
		form[k] = v
	}
	return form, nil
}

func splitList(text string) []string {
	var out []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
