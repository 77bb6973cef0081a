package idp

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// routes lists every URL of the provider; what the library offers beside these
// (introspection, device codes) is not served.
func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.Handle("GET /keys", p.op)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /authorize", p.authorize)
	mux.Handle("POST /oauth/token", p.op)
	mux.Handle("POST /revoke", p.op)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	mux.HandleFunc("POST /userinfo", p.userinfo)
	mux.HandleFunc("GET /end_session", p.endSession)
	mux.HandleFunc("POST /end_session", p.endSession)
	mux.HandleFunc("GET /signed-out", p.signedOut)
	mux.HandleFunc("GET /style.css", serveStyle)
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("/", p.notFound)

	// These two act on the browser's own session: no other site may post to them.
	own := http.NewCrossOriginProtection()
	forms := http.NewServeMux()
	forms.HandleFunc("GET /login", p.loginForm)
	forms.HandleFunc("POST /login", p.login)
	forms.HandleFunc("POST /sign-out", p.signOut)
	mux.Handle("/login", own.Handler(forms))
	mux.Handle("/sign-out", own.Handler(forms))

	return p.guard(http.MaxBytesHandler(mux, 64<<10))
}

// guard sets the headers of every response and turns away requests that name another
// host: the provider listens on loopback, where any page of the web can make a
// browser call by a name of its own.
func (p *Provider) guard(next http.Handler) http.Handler {
	issuer, _ := url.Parse(p.issuer)
	// Redirects after the sign-in form lead to the site, and form-action judges those too.
	csp := "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' " +
		strings.Join(p.site, " ") + "; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.Host != issuer.Host {
			http.Error(w, "this is "+p.issuer, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r.WithContext(op.ContextWithIssuer(r.Context(), p.issuer)))
	})
}
