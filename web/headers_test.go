package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

var contentPolicyForm = regexp.MustCompile(`^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[A-Z2-7]{26}'; img-src 'self' data:; ` +
	`font-src 'self'; connect-src 'self'; form-action 'self'( https://idp\.example)?; base-uri 'none'; frame-ancestors 'none'$`)

func TestHeadersOnEveryResponse(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Handlers.Overview = func(echo.Context) error { panic("a customer's name") }
		c.Handlers.Status = func(echo.Context) error { return errors.New("disk on fire") }
	})
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	stranger := s.browser()
	for _, tt := range []struct {
		name   string
		a      answer
		status int
	}{
		{"page", b.get("/"), 200},
		{"redirect", stranger.get("/me"), 303},
		{"sign-in", stranger.get("/login"), 200},
		{"sign-in start", stranger.get("/login/start"), 303},
		{"sign-in failed", stranger.get("/auth/callback"), 400},
		{"sign in again", stranger.post("/me", nil), 401},
		{"no right", b.get("/audit"), 403},
		{"foreign form", b.post("/me", nil, "Sec-Fetch-Site", "cross-site"), 403},
		{"no such URL", b.get("/nothing/here"), 404},
		{"no such URL, no session", stranger.get("/nothing/here"), 404},
		{"no such sandbox", b.get("/s/nosuch"), 404},
		{"no such method", b.do("DELETE", "/me", nil), 405},
		{"odd method", b.do("BREW", "/me", nil), 405},
		{"too large", b.post("/me", url.Values{"x": {strings.Repeat("x", bodyLimit)}}), 413},
		{"not a form", b.post("/me", url.Values{"x": {"y"}}, "Content-Type", "application/json"), 415},
		{"wrong host", b.get("/me", "Host", "evil.example"), 421},
		{"panic", b.get("/s/dev"), 500},
		{"failure", b.get("/status"), 500},
		{"file", b.get("/static/app.css"), 200},
		{"file, HEAD", b.do("HEAD", "/static/app.css", nil), 200},
		{"csv", b.get("/s/dev/profiles.csv"), 200},
		{"health", stranger.get("/healthz"), 200},
		{"ready", stranger.get("/readyz"), 200},
		{"backchannel", stranger.post(backchannelPath, nil), 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.a.Header
			if tt.a.StatusCode != tt.status {
				t.Errorf("status %d, want %d: %s", tt.a.StatusCode, tt.status, tt.a.body)
			}
			if csp := h.Get("Content-Security-Policy"); !contentPolicyForm.MatchString(csp) {
				t.Errorf("Content-Security-Policy %q", csp)
			}
			for name, want := range map[string]string{
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "same-origin", "Permissions-Policy": emptyPermissions, "Strict-Transport-Security": "",
			} {
				if h.Get(name) != want {
					t.Errorf("%s = %q, want %q", name, h.Get(name), want)
				}
			}
			if !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(h.Get("X-Request-Id")) {
				t.Errorf("X-Request-Id %q", h.Get("X-Request-Id"))
			}
			want := "no-store"
			if strings.HasPrefix(tt.name, "file") {
				want = "public, max-age=31536000, immutable"
			}
			if got := h.Get("Cache-Control"); got != want {
				t.Errorf("Cache-Control %q, want %q", got, want)
			}
			if len(h.Values("Content-Security-Policy")) != 1 || len(h.Values("X-Request-Id")) != 1 || h.Get("Server") != "" {
				t.Error("a header is there twice, or tells of the server")
			}
		})
	}
	if log := s.log.String(); strings.Contains(log, "customer's name") || !strings.Contains(log, "panic of type string at profiledesk/web.TestHeaders") {
		t.Errorf("the log repeats a panic's value, or does not say where it was: %s", log)
	}
}

func TestNonceIsNewEachTime(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	one, two := b.get("/login").Header, b.get("/login").Header
	for _, name := range []string{"Content-Security-Policy", "X-Request-Id"} {
		if one.Get(name) == two.Get(name) {
			t.Errorf("%s is the same twice: %s", name, one.Get(name))
		}
	}
}

func TestFormActionWhileTheProviderIsNotKnown(t *testing.T) {
	s := newSite(t)
	s.provider.origin = ""
	if csp := s.browser().get("/login").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
		t.Errorf("Content-Security-Policy %q", csp)
	}
	s.provider.origin = "https://x.example; script-src *"
	if csp := s.browser().get("/login").Header.Get("Content-Security-Policy"); strings.Contains(csp, "script-src *") {
		t.Errorf("an origin adds a directive: %q", csp)
	}
}

func TestHost(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PublicURL = "https://Desk.example" })
	for _, tt := range []struct {
		path, host string
		want       int
	}{
		{"/login", "desk.example", 200}, {"/login", "desk.example:443", 200}, {"/login", "DESK.EXAMPLE", 200},
		{"/login", "desk.example:80", 421}, {"/login", "desk.example.evil.example", 421}, {"/login", "evil.example", 421},
		{"/login", "desk.example:444", 421}, {"/login", "127.0.0.1", 421}, {"/static/app.css", "evil.example", 421}, {"/nothing", "evil.example", 421},
		{"/healthz", "10.1.2.3:8080", 200}, {"/readyz", "anything", 200},
	} {
		if a := s.browser().get(tt.path, "Host", tt.host); a.StatusCode != tt.want {
			t.Errorf("GET %s with Host %s: %d, want %d", tt.path, tt.host, a.StatusCode, tt.want)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	for _, tt := range []struct {
		name, method, path string
		headers            []string
		want               int
	}{
		{"same origin", "POST", "/me", []string{"Sec-Fetch-Site", "same-origin"}, 303},
		{"typed by hand", "POST", "/me", []string{"Sec-Fetch-Site", "none"}, 303},
		{"no browser", "POST", "/me", nil, 303},
		{"own origin, old browser", "POST", "/me", []string{"Origin", "SITE"}, 303},
		{"cross site", "POST", "/me", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"same site, other origin", "POST", "/me", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"foreign origin, old browser", "POST", "/me", []string{"Origin", "https://evil.example"}, 403},
		{"null origin, old browser", "POST", "/me", []string{"Origin", "null"}, 403},
		{"own host over another scheme, old browser", "POST", "/me", []string{"Origin", "httpsSITE"}, 403},
		{"foreign logout", "POST", "/logout", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"foreign look-up", "POST", "/s/dev/profiles", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"link from elsewhere", "GET", "/me", []string{"Sec-Fetch-Site", "cross-site"}, 200},
		{"the provider's logout", "POST", backchannelPath, []string{"Sec-Fetch-Site", "cross-site"}, 400},
		{"below the provider's logout", "POST", backchannelPath + "/x", []string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			b.signIn("ana", "aep-analysts")
			for i := range tt.headers {
				tt.headers[i] = strings.Replace(strings.Replace(tt.headers[i], "SITE", s.URL, 1), "httpshttp:", "https:", 1)
			}
			var form url.Values
			if tt.method == "POST" {
				form = url.Values{"x": {"y"}}
			}
			if a := b.do(tt.method, tt.path, form, tt.headers...); a.StatusCode != tt.want {
				t.Errorf("%d, want %d: %s", a.StatusCode, tt.want, a.body)
			}
		})
	}
}

func TestReadyz(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	a := b.get("/readyz")
	if want := `{"ready":true,"store":"ok","log":"ok","idp":"ok","aep":"ok"}`; a.StatusCode != 200 || strings.TrimSpace(a.body) != want {
		t.Errorf("%d %s, want 200 %s", a.StatusCode, a.body, want)
	}
	for _, tt := range []struct {
		r    Readiness
		want int
	}{
		{Readiness{"ok", "ok", "failed", "failed"}, 200},
		{Readiness{"failed", "ok", "ok", "ok"}, 503},
		{Readiness{"ok", "failed", "ok", "ok"}, 503},
	} {
		s.store.set(func(m *memory) { m.ready = tt.r })
		if a := b.get("/readyz"); a.StatusCode != tt.want || strings.Contains(a.body, `"ready":true`) != (tt.want == 200) {
			t.Errorf("%+v: %d %s, want %d", tt.r, a.StatusCode, a.body, tt.want)
		}
	}
}

func TestClientAddress(t *testing.T) {
	s := &server{Config: Config{TrustedProxies: testPrefixes()}}
	for _, tt := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:5", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:5", "203.0.113.9, 198.51.100.7, 10.2.2.2", "198.51.100.7"},
		{"10.0.0.1:5", "garbage", "10.0.0.1"},
		{"10.0.0.1:5", "garbage, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5", "2001:db8::1", "2001:db8::1"},
		{"nonsense", "", ""},
	} {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{}}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := s.clientIP(r); got != tt.want {
			t.Errorf("clientIP(%s, %q) = %q, want %q", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestCompression(t *testing.T) {
	s := newSite(t)
	get := func(header ...string) *http.Response {
		r, err := http.NewRequest("GET", s.URL+"/static/app.css", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", header[0])
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp
	}
	if got := get("gzip").Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("Content-Encoding %q", got)
	}
	if got := get("identity").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("Content-Encoding %q for who wants none", got)
	}
}
