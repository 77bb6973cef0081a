package idp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

func TestSignIn(t *testing.T) {
	b := start(t)
	subjects := map[string]string{}
	for _, tt := range []struct {
		username string
		groups   []string
	}{
		{"analyst", []string{"aep-analysts"}},
		{"requester", []string{"aep-requesters"}},
		{"approver", []string{"aep-approvers"}},
		{"auditor", []string{"aep-auditors"}},
		{"admin", []string{"aep-admins"}},
		{"outsider", []string{}},
	} {
		t.Run(tt.username, func(t *testing.T) {
			before := time.Now().Add(-time.Second).Unix()
			tok, _, c := b.signIn(t, b.browser(t), tt.username)
			if c.Groups == nil {
				t.Fatal("ID token has no groups claim")
			}
			if diff := cmp.Diff(tt.groups, *c.Groups); diff != "" {
				t.Errorf("groups of the ID token (-want +got):\n%s", diff)
			}
			if c.Username != tt.username || c.Email != tt.username+"@example.com" || !strings.Contains(c.Name, " ") {
				t.Errorf("ID token says %+v", c)
			}
			if strings.Contains(c.Subject, tt.username) || subjects[c.Subject] != "" {
				t.Errorf("sub %q is not opaque or not its own", c.Subject)
			}
			subjects[c.Subject] = tt.username
			if c.AuthTime < before || c.AuthTime > time.Now().Unix() || c.SID == "" {
				t.Errorf("auth_time %d, sid %q", c.AuthTime, c.SID)
			}
			if tok.RefreshToken == "" {
				t.Error("no refresh token for offline_access")
			}
			info, err := b.info(tok)
			if err != nil {
				t.Fatalf("userinfo: %v", err)
			}
			c.AuthTime, c.SID = 0, ""
			if diff := cmp.Diff(c, info); diff != "" {
				t.Errorf("userinfo differs from the ID token (-id +userinfo):\n%s", diff)
			}
		})
	}
}

func TestSubjectsAreStable(t *testing.T) {
	want, _ := newAccounts().byUsername("analyst")
	got, _ := newAccounts().byUsername("analyst")
	if want.Subject != got.Subject || len(got.Subject) != 20 {
		t.Errorf("sub of two runs: %q and %q", want.Subject, got.Subject)
	}
}

func TestDiscovery(t *testing.T) {
	b := start(t)
	var d map[string]any
	if err := b.oidc.Claims(&d); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"issuer":                                         b.issuer,
		"end_session_endpoint":                           b.issuer + "/end_session",
		"code_challenge_methods_supported":               []any{"S256"},
		"response_types_supported":                       []any{"code"},
		"grant_types_supported":                          []any{"authorization_code", "refresh_token"},
		"authorization_response_iss_parameter_supported": true,
		"introspection_endpoint":                         nil,
	} {
		if diff := cmp.Diff(want, d[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is wrong with a request goes back to the site, if the site is known.
func TestAuthorizeRefuses(t *testing.T) {
	b := start(t)
	base := b.begin().url
	for _, tt := range []struct {
		name   string
		change func(url.Values)
		want   string // error in the callback; empty: a page of our own
	}{
		{"no PKCE", func(q url.Values) { q.Del("code_challenge"); q.Del("code_challenge_method") }, "invalid_request"},
		{"PKCE plain", func(q url.Values) { q.Set("code_challenge_method", "plain") }, "invalid_request"},
		{"implicit flow", func(q url.Values) { q.Set("response_type", "id_token") }, "unauthorized_client"},
		{"no openid", func(q url.Values) { q.Set("scope", "profile") }, "invalid_scope"},
		{"form_post", func(q url.Values) { q.Set("response_mode", "form_post") }, "invalid_request"},
		{"prompt none with login", func(q url.Values) { q.Set("prompt", "none login") }, "invalid_request"},
		{"prompt none, nobody here", func(q url.Values) { q.Set("prompt", "none") }, "login_required"},
		{"redirect URI of another site", func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1:2/auth/callback") }, ""},
		{"redirect URI with a query", func(q url.Values) { q.Set("redirect_uri", site+"/auth/callback?x=1") }, ""},
		{"unknown client", func(q url.Values) { q.Set("client_id", "other") }, ""},
		{"max_age of letters", func(q url.Values) { q.Set("max_age", "old") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, _ := url.Parse(base)
			q := u.Query()
			tt.change(q)
			u.RawQuery = q.Encode()
			br := b.browser(t)
			status, back := br.get(u.String())
			switch {
			case tt.want == "" && (status != 400 || back != nil || !strings.Contains(br.page(), "<h1>This sign-in cannot start</h1>")):
				t.Errorf("got %d, sent to %v; want a page of our own with 400", status, back)
			case tt.want != "" && back == nil:
				t.Errorf("got a page with %d; want error %s at the callback", status, tt.want)
			case tt.want != "":
				q := back.Query()
				if implicit, _ := url.ParseQuery(back.Fragment); implicit.Has("error") { // where OpenID Connect wants that flow's errors
					q.Set("error", implicit.Get("error"))
					q.Set("state", implicit.Get("state"))
				}
				if q.Get("error") != tt.want || q.Get("state") != "state-1" || q.Get("iss") != b.issuer || q.Get("code") != "" {
					t.Errorf("callback %s; want error %s with state and iss", back, tt.want)
				}
			}
		})
	}
}

func TestWrongPasswordKeepsUsername(t *testing.T) {
	b := start(t)
	for _, tt := range []struct{ name, username, password string }{
		{"wrong password", "analyst", "demo "},
		{"no password", "analyst", ""},
		{"unknown person", "nobody", "demo"},
		{"markup", `"><b>x`, "demo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			br := b.browser(t)
			br.get(b.begin().url)
			status, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "username": {tt.username}, "password": {tt.password}})
			if status != http.StatusUnauthorized || back != nil {
				t.Fatalf("got %d, sent to %v; want 401 and the form", status, back)
			}
			if !strings.Contains(br.page(), "do not go together") || !strings.Contains(br.page(), `role="alert"`) {
				t.Errorf("no error on the page:\n%s", br.page())
			}
			if tt.username == "analyst" && !strings.Contains(br.page(), `name="username" value="analyst"`) {
				t.Error("the username was lost")
			}
			if strings.Contains(br.page(), "<b>x") {
				t.Error("markup of the visitor stands in the page")
			}
			if _, back = br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "username": {"analyst"}, "password": {Password}}); back == nil {
				t.Error("the second try, with the right password, did not lead back")
			}
		})
	}
}

func TestAccountButton(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	s := b.begin()
	br.get(s.url)
	_, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "as": {"auditor"}})
	if _, _, c := b.redeem(t, s, back); c.Username != "auditor" {
		t.Errorf("signed in as %q", c.Username)
	}
}

func TestLoginFromAnotherSiteIsRefused(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	br.get(b.begin().url)
	r, _ := http.NewRequest(http.MethodPost, b.issuer+"/login", strings.NewReader(url.Values{"request": {br.request()}, "as": {"admin"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "http://evil.example")
	resp, err := br.Do(r)
	if status, back := br.land(resp, err); status != http.StatusForbidden || back != nil {
		t.Errorf("got %d, sent to %v; want 403", status, back)
	}
}

func TestHeadersAndHost(t *testing.T) {
	b := start(t)
	r, err := http.Get(b.begin().url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	csp := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "form-action 'self' "+site+";") {
		t.Errorf("CSP = %q", csp)
	}
	other, _ := http.NewRequest(http.MethodGet, b.issuer+"/keys", nil)
	other.Host = "rebound.example"
	if r, err = http.DefaultClient.Do(other); err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("request for another host: %d, want 421", r.StatusCode)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    Config
	}{
		{"no issuer", Config{}},
		{"issuer with a path", Config{Issuer: "http://127.0.0.1:1/x"}},
		{"issuer off loopback", Config{Issuer: "http://192.0.2.1:80"}},
		{"site with a path", Config{Issuer: "http://127.0.0.1:1", Site: []string{"http://127.0.0.1:2/"}}},
	} {
		if _, err := New(tt.c); err == nil {
			t.Errorf("%s: New(%+v) made a provider", tt.name, tt.c)
		}
	}
}

func TestCodeWorksOnce(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	s := b.begin()
	br.get(s.url)
	_, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "as": {"analyst"}})
	b.redeem(t, s, back)
	if _, err := b.oauth.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(s.verifier)); err == nil {
		t.Error("a code was redeemed twice")
	}
	if _, back = br.get(s.url); back == nil {
		t.Fatal("the second walk did not lead back")
	}
	if _, err := b.oauth.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
		t.Error("a code was redeemed with the wrong verifier")
	}
}

func TestSlowSignIn(t *testing.T) {
	b := start(t)
	br := b.browser(t)
	br.get(b.begin().url)
	b.advance(11 * time.Minute)
	status, back := br.post(b.issuer+"/login", url.Values{"request": {br.request()}, "as": {"analyst"}})
	if status != http.StatusNotFound || back != nil || !strings.Contains(br.page(), "has run out") {
		t.Errorf("sign-in after 11 minutes: %d, sent to %v", status, back)
	}
}

func TestUserinfoWithoutToken(t *testing.T) {
	b := start(t)
	for _, header := range []string{"", "Basic x", "Bearer ", "Bearer x"} {
		r, _ := http.NewRequest(http.MethodGet, b.issuer+"/userinfo", nil)
		r.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]string
		err = json.NewDecoder(resp.Body).Decode(&body)
		resp.Body.Close()
		if resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" || err != nil || body["error"] == "" {
			t.Errorf("Authorization %q: %d %v %v", header, resp.StatusCode, body, err)
		}
	}
}
