package idp

import (
	"crypto/subtle"
	"net/http"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const lateSignIn = "It is unknown here, or took longer than ten minutes. Go back to the site and start again."

// loginForm handles GET /login. Whoever is signed in already goes straight back to the
// site, unless it asked for a new sign-in.
func (p *Provider) loginForm(w http.ResponseWriter, r *http.Request) {
	req, err := p.storage.request(r.FormValue("request"))
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "This sign-in has run out", lateSignIn)
		return
	}
	by, here := p.sessions.current(r)
	who, err := p.storage.active(by.subject)
	here = here && err == nil
	switch {
	case here && req.accepts(by, p.storage.now()):
		if req, err = p.storage.finish(req.id, by); err == nil {
			p.complete(w, r, req)
			return
		}
		p.fail(w, r, http.StatusNotFound, "This sign-in has run out", lateSignIn)
	case slices.Contains(req.Prompt, oidc.PromptNone):
		p.refuse(w, r, req, oidc.ErrLoginRequired().WithDescription("nobody is signed in"))
	default:
		form := loginPage{Request: req.id, Username: req.LoginHint, Again: here}
		if here && form.Username == "" {
			form.Username = who.Username
		}
		p.showLogin(w, r, http.StatusOK, form)
	}
}

// login handles POST /login: username and password, or the button of one account
// ("as"), which stands for both, since the page says the password anyway.
func (p *Provider) login(w http.ResponseWriter, r *http.Request) {
	form := loginPage{Request: r.PostFormValue("request"), Username: r.PostFormValue("username")}
	req, err := p.storage.request(form.Request)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "This sign-in has run out", lateSignIn)
		return
	}
	password := r.PostFormValue("password")
	if as := r.PostFormValue("as"); as != "" {
		form.Username, password = as, Password
	}
	who, ok := p.accounts.byUsername(form.Username)
	switch {
	case !ok || subtle.ConstantTimeCompare([]byte(password), []byte(Password)) != 1:
		form.Error = "This username and password do not go together."
	case who.Disabled:
		form.Error = "This account is disabled."
	}
	if form.Error != "" {
		p.log.InfoContext(r.Context(), "demo sign-in refused", "known", ok, "disabled", who.Disabled)
		p.showLogin(w, r, http.StatusUnauthorized, form)
		return
	}
	by := p.sessions.start(w, r, p.issuer, who.Subject)
	if req, err = p.storage.finish(req.id, by); err != nil {
		p.fail(w, r, http.StatusNotFound, "This sign-in has run out", lateSignIn)
		return
	}
	p.complete(w, r, req)
}

func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request, status int, form loginPage) {
	form.Accounts, form.Password = p.accounts.all(), Password
	p.show(w, r, status, "login.html", form)
}
