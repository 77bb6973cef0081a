package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func jsonAnswer(status int, body any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

func TestGroupsFromUserInfo(t *testing.T) {
	i := newIssuer(t)
	i.serve(i.good(map[string]any{"groups": nil}))
	i.userinfo = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access-1" {
			t.Errorf("userinfo without the access token")
		}
		jsonAnswer(200, map[string]any{"sub": "u1", "groups": []string{"b"}})(w, r)
	}
	got, err := i.provider().Exchange(t.Context(), "code", "", testFlow)
	if err != nil || !cmp.Equal(got.Groups, []string{"b"}) {
		t.Errorf("Exchange = %v, %v; want the groups of userinfo", got.Groups, err)
	}
	i.userinfo = jsonAnswer(200, map[string]any{"sub": "somebody-else", "groups": []string{"admins"}})
	if _, err := i.provider().Exchange(t.Context(), "code", "", testFlow); !errors.Is(err, ErrSubject) {
		t.Errorf("userinfo of somebody else: %v, want %v", err, ErrSubject)
	}
	i.userinfo = jsonAnswer(200, map[string]any{"sub": "u1", "_claim_names": map[string]string{"groups": "s"}})
	if _, err := i.provider().Exchange(t.Context(), "code", "", testFlow); !errors.Is(err, ErrOverage) {
		t.Errorf("userinfo with overage: %v, want %v", err, ErrOverage)
	}
}

func TestRefresh(t *testing.T) {
	grant := map[string]any{"access_token": "access-2", "token_type": "Bearer", "refresh_token": "refresh-2", "expires_in": 60}
	for _, tt := range []struct {
		name     string
		tokens   Tokens
		token    func(i *issuer) func(http.ResponseWriter, *http.Request)
		userinfo func(http.ResponseWriter, *http.Request)
		groups   []string
		want     error
	}{
		{"id token with groups", Tokens{Refresh: "refresh-1"}, func(i *issuer) func(http.ResponseWriter, *http.Request) {
			grant := map[string]any{"access_token": "access-2", "refresh_token": "refresh-2", "token_type": "Bearer",
				"id_token": i.good(map[string]any{"nonce": nil, "at_hash": atHash("access-2"), "groups": []string{"new"}})}
			return jsonAnswer(200, grant)
		}, nil, []string{"new"}, nil},
		{"id token of somebody else", Tokens{Refresh: "refresh-1"}, func(i *issuer) func(http.ResponseWriter, *http.Request) {
			return jsonAnswer(200, map[string]any{"access_token": "access-2", "token_type": "Bearer",
				"id_token": i.good(map[string]any{"sub": "u2", "at_hash": nil})})
		}, nil, nil, ErrSubject},
		{"no id token, userinfo", Tokens{Refresh: "refresh-1"}, func(*issuer) func(http.ResponseWriter, *http.Request) { return jsonAnswer(200, grant) },
			jsonAnswer(200, map[string]any{"sub": "u1", "groups": []string{"g"}}), []string{"g"}, nil},
		{"disabled", Tokens{Refresh: "refresh-1"}, func(*issuer) func(http.ResponseWriter, *http.Request) {
			return jsonAnswer(400, map[string]any{"error": "invalid_grant", "error_description": "ana is gone"})
		}, nil, nil, ErrRefused},
		{"provider broken", Tokens{Refresh: "refresh-1"}, func(*issuer) func(http.ResponseWriter, *http.Request) {
			return jsonAnswer(503, map[string]any{"error": "temporarily_unavailable"})
		}, nil, nil, ErrUnreachable},
		{"our secret is wrong", Tokens{Refresh: "refresh-1"}, func(*issuer) func(http.ResponseWriter, *http.Request) {
			return jsonAnswer(401, map[string]any{"error": "invalid_client"})
		}, nil, nil, ErrUnreachable},
		{"access token alone", Tokens{Access: "access-1"}, nil, jsonAnswer(200, map[string]any{"sub": "u1", "groups": "solo"}), []string{"solo"}, nil},
		{"access token over", Tokens{Access: "access-1"}, nil, jsonAnswer(401, map[string]any{}), nil, ErrRefused},
		{"userinfo broken", Tokens{Access: "access-1"}, nil, jsonAnswer(500, map[string]any{}), nil, ErrUnreachable},
		{"userinfo of somebody else", Tokens{Access: "access-1"}, nil, jsonAnswer(200, map[string]any{"sub": "u2"}), nil, ErrSubject},
		{"nothing to ask with", Tokens{}, nil, nil, nil, ErrRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			i.userinfo = tt.userinfo
			if tt.token != nil {
				i.token = tt.token(i)
			}
			got, err := i.provider().Refresh(t.Context(), tt.tokens, "u1")
			if !errors.Is(err, tt.want) || !cmp.Equal(got.Groups, tt.groups) {
				t.Fatalf("Refresh = %v, %v; want %v, %v", got.Groups, err, tt.groups, tt.want)
			}
			if tt.name == "no id token, userinfo" && got.Tokens.Refresh != "refresh-2" {
				t.Errorf("the new refresh token is not handed back: %+v", got.Tokens)
			}
		})
	}
}

func TestVerifyLogout(t *testing.T) {
	const event = "http://schemas.openid.net/event/backchannel-logout"
	base := func(i *issuer) map[string]any {
		now := i.clock().Unix()
		return map[string]any{"iss": i.URL, "aud": "desk", "iat": now, "exp": now + 120, "jti": "j1", "sid": "s1", "sub": "u1",
			"events": map[string]any{event: map[string]any{}}}
	}
	for _, tt := range []struct {
		name   string
		change map[string]any
		want   error
	}{
		{"good", nil, nil},
		{"sid alone", map[string]any{"sub": nil}, nil},
		{"sub alone", map[string]any{"sid": nil}, nil},
		{"neither", map[string]any{"sid": nil, "sub": nil}, ErrLogoutToken},
		{"no event", map[string]any{"events": map[string]any{}}, ErrLogoutToken},
		{"events missing", map[string]any{"events": nil}, ErrLogoutToken},
		{"event no object", map[string]any{"events": map[string]any{event: "x"}}, ErrLogoutToken},
		{"nonce", map[string]any{"nonce": "n"}, ErrLogoutToken},
		{"no jti", map[string]any{"jti": nil}, ErrLogoutToken},
		{"no iat", map[string]any{"iat": nil}, ErrIssuedAt},
		{"old", map[string]any{"iat": float64(1)}, ErrIssuedAt},
		{"other audience", map[string]any{"aud": "other"}, ErrAudience},
		{"other issuer", map[string]any{"iss": "https://evil.example"}, ErrIssuer},
		{"over", map[string]any{"exp": float64(5)}, ErrLogoutToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			c := base(i)
			for name, value := range tt.change {
				if c[name] = value; value == nil {
					delete(c, name)
				}
			}
			got, err := i.provider().VerifyLogout(t.Context(), i.sign(`{"alg":"RS256","kid":"r1","typ":"logout+jwt"}`, asJSON(c)))
			if !errors.Is(err, tt.want) {
				t.Fatalf("VerifyLogout: %v, want %v", err, tt.want)
			}
			if err == nil && (got.JTI != "j1" || fmt.Sprint(c["sid"] != nil) != fmt.Sprint(got.SID == "s1")) {
				t.Errorf("VerifyLogout = %+v", got)
			}
		})
	}
}

func TestAnIDTokenIsNoLogoutToken(t *testing.T) {
	i := newIssuer(t)
	if _, err := i.provider().VerifyLogout(t.Context(), i.good(map[string]any{"jti": "x"})); !errors.Is(err, ErrLogoutToken) {
		t.Errorf("VerifyLogout of an ID token: %v, want %v", err, ErrLogoutToken)
	}
}
