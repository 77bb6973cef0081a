package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/securecookie"
	"golang.org/x/oauth2"

	"profiledesk/internal/auth"
)

// stepUpAge is how long ago a step-up may have been, in seconds.
const stepUpAge = 300

// flow is a sign-in under way. State, nonce and verifier live and die together.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Return   string `json:"r"`           // a page of ours
	Kept     string `json:"k,omitempty"` // a form to be shown there
	StepUp   bool   `json:"u,omitempty"`
}

func newFlow(back, kept string, stepUp bool) flow {
	return flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back, Kept: kept, StepUp: stepUp}
}

// asked is the flow as the provider is told of it.
func (f flow) asked() auth.Flow {
	a := auth.Flow{State: f.State, Nonce: f.Nonce, Verifier: f.Verifier}
	if f.StepUp {
		age := stepUpAge
		a.Prompt, a.MaxAge = "login", &age
	}
	return a
}

// name is the cookie's: one for each state, which it does not show.
func (c flowCookies) name(state string) string {
	sum := sha256.Sum256([]byte(state))
	return cookieName(c.secure, "-flow-") + hex.EncodeToString(sum[:6])
}

// set sends the cookie of f, and takes back those of flows nobody finished
// where they become many.
func (c flowCookies) set(r *http.Request, w http.ResponseWriter, f flow) error {
	value, err := securecookie.EncodeMulti(c.name(f.State), f, c.codecs...)
	if err != nil {
		return fmt.Errorf("seal flow cookie: %w", err)
	}
	var old []string
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, cookieName(c.secure, "-flow-")) {
			old = append(old, cookie.Name)
		}
	}
	if len(old) >= flowsMost {
		for _, name := range old {
			c.send(w, name, "", -1)
		}
	}
	c.send(w, c.name(f.State), value, int(flowLife.Seconds()))
	return nil
}

// take returns the flow that state belongs to in this browser, and ends it.
func (c flowCookies) take(r *http.Request, w http.ResponseWriter, state string) (flow, bool) {
	if state == "" || len(state) > 100 {
		return flow{}, false
	}
	name := c.name(state)
	cookie, err := r.Cookie(name)
	if err != nil {
		return flow{}, false
	}
	c.send(w, name, "", -1)
	var f flow
	if securecookie.DecodeMulti(name, cookie.Value, &f, c.codecs...) != nil {
		return flow{}, false
	}
	return f, subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) == 1
}

func (c flowCookies) send(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	})
}
