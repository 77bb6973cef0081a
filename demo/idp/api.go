package idp

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// metadata is the discovery document: the library's, without what is not served here,
// and with the parameter iss of the callback.
type metadata struct {
	*oidc.DiscoveryConfiguration
	ResponseModes []string `json:"response_modes_supported"`
	Prompts       []string `json:"prompt_values_supported"`
	Iss           bool     `json:"authorization_response_iss_parameter_supported"`
}

func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	d := op.CreateDiscoveryConfig(r.Context(), p.op, p.storage)
	d.IntrospectionEndpoint, d.DeviceAuthorizationEndpoint = "", ""
	d.IntrospectionEndpointAuthMethodsSupported = nil
	d.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	d.GrantTypesSupported = p.storage.client.GrantTypes()
	d.TokenEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost}
	d.RevocationEndpointAuthMethodsSupported = d.TokenEndpointAuthMethodsSupported
	writeJSON(w, http.StatusOK, metadata{
		DiscoveryConfiguration: d,
		ResponseModes:          []string{string(oidc.ResponseModeQuery)},
		Prompts:                []string{oidc.PromptNone, oidc.PromptLogin, oidc.PromptSelectAccount},
		Iss:                    true,
	})
}

// userinfo answers with the claims of a bearer token as they are now. A token that is
// unknown, has expired or belongs to a disabled account is 401: the library would
// answer 403 without the header that says why.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, oidc.BearerToken) || token == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="demo"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_request", "error_description": "a bearer token is required"})
		return
	}
	plain, err := p.op.Crypto().Decrypt(token)
	id, subject, _ := strings.Cut(plain, ":")
	info := new(oidc.UserInfo)
	if err == nil {
		err = p.storage.SetUserinfoFromToken(r.Context(), info, id, subject, "")
	}
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="demo", error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token", "error_description": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, info)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
