package views

import "time"

// Problem is what an error means to the person at the screen. Title, meaning and
// advice stand in the catalogue below error.KEY.
type Problem struct {
	Status int           // HTTP status, shown small
	Key    string        // code: not_found, forbidden, nothing_recorded, …; data-code
	Wait   time.Duration // how long to wait before trying again; 0 if that is not known
	Right  string        // the right that is missing, for forbidden
	Back   string        // where to go on; empty: the start page
	SignIn string        // URL of a new sign-in; the page holds a link sign-in-again where it is set
}

// Login is /login.
type Login struct {
	Start   string   // /login/start?return=…
	Problem *Problem // why the last try failed; nil on the first
	Return  bool     // the reader was on the way to a page
}

// SignInAgain is the 401 page: no session, or the act needs a fresh sign-in.
type SignInAgain struct {
	Href   string // /login/start?…
	Kept   bool   // the form is kept sealed and shown filled afterwards
	StepUp bool   // there is a session, but it is not fresh enough for the act
}

// SignedOut is the page after /logout.
type SignedOut struct {
	Provider string // URL that ends the session at the provider too; empty: it is ended, or the provider has none
}

// NoAccess is / for somebody without any grant.
type NoAccess struct {
	Groups  []string // the reader's groups as the provider names them
	Contact string   // whom to ask, from the operator's settings; empty: the words say it in general
}

func (v SignInAgain) code() string {
	if v.StepUp {
		return "step_up"
	}
	return "signed_out"
}
