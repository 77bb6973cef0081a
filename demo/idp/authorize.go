package idp

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// authorize lets the library check the request. What it answers in plain text becomes
// a page, and what it sends back to the site bears the issuer's name (RFC 9207).
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	held := &held{header: http.Header{}}
	p.op.ServeHTTP(held, r)
	if held.status >= 400 {
		p.fail(w, r, held.status, "This sign-in cannot start", strings.TrimSpace(held.body.String()))
		return
	}
	http.Redirect(w, r, p.withIssuer(held.header.Get("Location")), http.StatusFound)
}

// withIssuer adds iss to a URL of the site's callback, and to no other.
func (p *Provider) withIssuer(location string) string {
	u, err := url.Parse(location)
	if err != nil || !slices.Contains(p.storage.client.redirects, u.Scheme+"://"+u.Host+u.Path) {
		return location
	}
	q := u.Query()
	q.Set("iss", p.issuer)
	u.RawQuery = q.Encode()
	return u.String()
}

// complete sends the browser back to the site with a code.
func (p *Provider) complete(w http.ResponseWriter, r *http.Request, req *authRequest) {
	to, err := op.BuildAuthResponseCallbackURL(r.Context(), req, p.op)
	if err != nil {
		p.log.ErrorContext(r.Context(), "make code", "err", err)
		p.fail(w, r, http.StatusInternalServerError, "This sign-in cannot finish", "Go back to the site and start again.")
		return
	}
	http.Redirect(w, r, p.withIssuer(to), http.StatusSeeOther)
}

// refuse sends the browser back to the site with an error.
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, req *authRequest, err error) {
	held := &held{header: http.Header{}}
	op.AuthRequestError(held, r, req, err, p.op)
	http.Redirect(w, r, p.withIssuer(held.header.Get("Location")), http.StatusSeeOther)
}

// held is a response that is looked at before it is sent.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}
