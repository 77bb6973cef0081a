package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// NonceKey is where the Content-Security-Policy's nonce of the request stands
// in the echo context, as a string.
const NonceKey = "nonce"

// headers sets what every response says, errors and files too.
func (s *server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		nonce := rand.Text()
		c.Set(NonceKey, nonce)
		h := c.Response().Header()
		h.Set("Content-Security-Policy", s.contentPolicy(nonce))
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", emptyPermissions)
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("Cache-Control", "no-store") // a file that may be kept says so itself
		return next(c)
	}
}

// contentPolicy lets pages load what is ours. A form may lead to the provider's
// address for signing out, once that is known: browsers judge the redirect
// after a form by the same rule.
func (s *server) contentPolicy(nonce string) string {
	formAction := "'self'"
	if origin := s.Provider.EndSessionOrigin(); origin != "" && !strings.ContainsAny(origin, " ;,") {
		formAction += " " + origin
	}
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; form-action " + formAction + "; base-uri 'none'; frame-ancestors 'none'"
}

// emptyPermissions takes every feature away: the header's own empty value
// would leave the defaults.
const emptyPermissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
	"geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// rightHost refuses requests for another host than ours: what is built from
// the Host header would be theirs.
func (s *server) rightHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := routeOf(c); r != nil && (r.Path == "/healthz" || r.Path == "/readyz") {
			return next(c)
		}
		if !s.isOurs(c.Request().Host) {
			return fail(http.StatusMisdirectedRequest, KeyWrongHost, nil)
		}
		return next(c)
	}
}

// isOurs compares a Host header with PUBLIC_URL, the scheme's own port left out.
func (s *server) isOurs(host string) bool {
	port := ":80"
	if s.secure {
		port = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(host), port) == strings.TrimSuffix(strings.ToLower(s.public.Host), port)
}

// sameOrigin refuses forms that another site's page sent.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if err := s.origins.Check(r); err != nil {
			return fail(http.StatusForbidden, KeyCrossOrigin, err)
		}
		if r.Header.Get("Sec-Fetch-Site") == "" && s.otherScheme(r) {
			return fail(http.StatusForbidden, KeyCrossOrigin, errOtherScheme)
		}
		return next(c)
	}
}

var errOtherScheme = errors.New("cross-origin request detected: Origin has another scheme")

// otherScheme says whether a form comes from our host over another scheme:
// over plain http somebody in between may have written that page. The check of
// the standard library compares hosts alone where a browser says no more.
func (s *server) otherScheme(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return r.Method == http.MethodPost && r.URL.Path != backchannelPath && origin != "" && !strings.HasPrefix(strings.ToLower(origin), s.public.Scheme+"://")
}
