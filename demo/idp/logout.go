package idp

import (
	"net/http"
	"strings"
)

// endSession handles the logout that a site starts. With an ID token it is carried
// out at once and leads back to the site; without one anybody could have made the
// link, so the person is asked, and the way back is not taken.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("id_token_hint") == "" {
		if _, here := p.sessions.current(r); here {
			p.show(w, r, http.StatusOK, "signout.html", nil)
			return
		}
		http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
		return
	}
	held := &held{header: http.Header{}}
	p.op.ServeHTTP(held, r)
	if held.status >= 400 {
		p.log.InfoContext(r.Context(), "demo logout refused", "answer", strings.TrimSpace(held.body.String()))
		p.fail(w, r, held.status, "This logout cannot be carried out",
			"Its ID token is not one of this provider, or the address to return to is not registered.")
		return
	}
	http.Redirect(w, r, held.header.Get("Location"), http.StatusSeeOther)
}

// signOut handles POST /sign-out: the answer to the question above.
func (p *Provider) signOut(w http.ResponseWriter, r *http.Request) {
	if by, here := p.sessions.current(r); here {
		p.storage.endSession(by.sid)
	}
	http.SetCookie(w, cookie(p.issuer, "", -1))
	http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
}

func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, "message.html", message{Title: "You are signed out", Text: "This browser is no longer signed in here.", Links: p.site})
}
