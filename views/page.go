// Package views is every page of the site: templ components, and the plain
// structs they show. Handlers fill the structs with values that are ready to show;
// a component does no I/O, and reads neither clock nor context. Exported
// components are pages. Words come from the reader's printer, never as literals.
package views

import (
	"net/url"

	"profiledesk/internal/words"
)

// Page is what every page needs besides its own model.
type Page struct {
	words.Printer

	Title     string   // ready to show; holds no personal data
	Nonce     string   // of this response's CSP; no page has an inline script or style today
	RequestID string   // shown on errors
	Path      string   // URL path of the request, without its query
	User      *User    // nil before sign-in
	Sandbox   *Sandbox // nil on pages that belong to none
	Nav       Nav      // what the reader may open
	Banners   []Banner // above everything else of the page
	Shortcuts bool     // single keys (j k Enter / ?) are on
	Demo      bool     // the site runs on the demo's make-believe data and clocks
}

// User is the person at the screen.
type User struct {
	Name, Email string // Name may be empty: then the e-mail is shown
}

// Sandbox is what the strip says of a sandbox.
type Sandbox struct {
	Name      string // as it stands in the URL
	Title     string // Adobe's title; may be empty
	Type      string // production or development
	Level     string // open, guarded or frozen
	Region    string // as Adobe says it, e.g. VA7; may be empty
	OnePerson bool   // guarded with approvals: 0
}

// Production tells whether the strip, the title and the favicon warn.
func (s *Sandbox) Production() bool { return s != nil && s.Type == "production" }

// URL is the sandbox's overview, or a page below it.
func (s *Sandbox) URL(below string) string { return "/s/" + url.PathEscape(s.Name) + below }

// Nav says which links the navigation holds. Its values are the gate's own
// decisions. The overview, /access, /me and /status stand for everybody signed in.
type Nav struct {
	Profiles bool // profile.read in the sandbox of the page
	Audit    bool // audit.read in one sandbox at least
}

// Banner is one sentence about the page as a whole or one panel of it: "this is
// degraded, because". Text is ready to show.
type Banner struct {
	Panel string // data-panel: the part that is degraded, or page, demo, policy, …
	Kind  string // info, ok, warn or bad
	Text  string
}

// Option is a choice of a select.
type Option struct {
	Value, Label string
}

// Trouble is the code of what kept one panel from being shown (a key below
// error. in the catalogue); empty: nothing did. Only the panel turns into words.
type Trouble string

// Fragments are what render answers to htmx instead of a whole page: the part
// that a filter exchanges.
const (
	FragmentAttributes = "attributes" // of the profile page
	FragmentEvents     = "events"     // of /audit
)
