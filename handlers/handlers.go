// Package handlers answers the site's pages: each handler reads a request, asks
// one thing of the domain, and renders. Who may call which is decided before,
// by the gate that stands beside the table of routes; what a page shows beyond
// that asks the same policy.
//
// Handlers return errors and do not log them: the server writes one line for
// each request, and [Pages.Error] renders the page.
package handlers

import (
	"context"
	"errors"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/words"
)

// Config is what all pages share. Everything is required but what says
// otherwise.
type Config struct {
	Words     *words.Book
	Policy    func() *auth.Policy
	Sandboxes Sandboxes
	Settings  Preferences
	Switches  Switches
	Now       func() time.Time

	ReadOnly bool   // no write verb anywhere: a banner says so
	Demo     bool   // the demo's policy: a banner says so
	Contact  string // whom to ask for access; "" if nobody is named
}

// Sandboxes are Adobe's sandboxes; it is [*lookup.Service].
type Sandboxes interface {
	// Sandboxes are those that u may enter, with level, type and region.
	Sandboxes(ctx context.Context, u auth.User) ([]lookup.Sandbox, error)
}

// Lookups finds customers; it is [*lookup.Service].
type Lookups interface {
	Find(ctx context.Context, u auth.User, ask lookup.Ask) (lookup.Answer, error)
	Recents
	// RecentFile are the same, on record as a file with personal data.
	RecentFile(ctx context.Context, u auth.User, sandbox string) ([]lookup.Recent, error)
	Options
}

// Recents are one person's own handles; it is [*lookup.Service].
type Recents interface {
	// Recent are those of one sandbox, of all where it is "".
	Recent(ctx context.Context, u auth.User, sandbox string) ([]lookup.Recent, error)
}

// Options are what forms offer; it is [*lookup.Service]. An older list may come
// with an error.
type Options interface {
	Namespaces(ctx context.Context, sandbox string) ([]lookup.Namespace, error)
	MergePolicies
}

// MergePolicies are those for profiles; it is [*lookup.Service].
type MergePolicies interface {
	Policies(ctx context.Context, sandbox string) ([]lookup.Policy, error)
}

// Customers opens what was found; it is [*lookup.Service]. Each call that
// returns a customer is one profile.view on record.
type Customers interface {
	Open(ctx context.Context, u auth.User, sandbox, handle string, v lookup.View) (*lookup.Customer, error)
	// Others are those of handles that live in sandbox.
	Others(ctx context.Context, sandbox string, handles []string) ([]lookup.Other, error)
	MergePolicies
}

// Overviews says what the credential may do in a sandbox; it is
// [*lookup.Service].
type Overviews interface {
	Overview(ctx context.Context, u auth.User, sandbox string) (*lookup.Overview, error)
	// Recheck lets the next Overview ask anew, within bounds.
	Recheck(u auth.User, sandbox string) error
}

// ErrNoRow says that the log has no row with that number.
var ErrNoRow = errors.New("no such row")

// Log reads the audit log.
type Log interface {
	Events(ctx context.Context, f audit.Filter) (audit.Page, error)
	// Row is one row with its exact leaf: ErrNoRow if there is none.
	Row(ctx context.Context, seq int64) (audit.Row, error)
	// Newer is the cursor of the page that comes before that of f; 0 is the newest.
	Newer(ctx context.Context, f audit.Filter) (int64, error)
	// Prove is audit.ErrNotCovered while no checkpoint covers the row.
	Prove(ctx context.Context, seq int64) (audit.Proof, error)
}

// Integrity is what a verification of the whole log found.
type Integrity struct {
	audit.Report
	Checkpoint audit.Checkpoint // the last one that it was held against; zero if there is none
	At         time.Time        // when it was done: it may be some seconds old
	Took       time.Duration
	Key        string // the verifier key, to be kept elsewhere
}

// Verifier verifies the whole log, with the checkpoints that are at hand. Two
// readers at a time share one verification.
type Verifier interface {
	Verify(ctx context.Context) (Integrity, error)
}

// Recorder records reads of the log. It is not waited for, as no personal data
// of customers is shown.
type Recorder interface {
	RecordLater(e ...*audit.Event)
}

// Fingerprints is [*seal.Fingerprinter].
type Fingerprints interface {
	// Subjects are a customer's fingerprints, under each key one.
	Subjects(namespace, id string) []string
}

// Preference is how somebody wants the pages.
type Preference struct {
	Language     string // "" for what the browser asks for
	Zone         string // IANA name, "" for UTC
	ShortcutsOff bool
}

// Preferences keeps them, per person.
type Preferences interface {
	Preference(ctx context.Context, u auth.User) (Preference, error)
	SavePreference(ctx context.Context, u auth.User, once Once, p Preference) error
}

// Sessions are one person's own.
type Sessions interface {
	// SessionsOf are those that live, the newest first.
	SessionsOf(ctx context.Context, u auth.User) ([]auth.Session, error)
	// EndSession ends one with session.end. One that is not u's is
	// auth.ErrNoSession.
	EndSession(ctx context.Context, u auth.User, once Once, id string) error
}

// Handles ends one person's own.
type Handles interface {
	// RevokeHandle ends one at once. One that is not u's is lookup.ErrNoHandle.
	RevokeHandle(ctx context.Context, u auth.User, once Once, handle string) error
}

// Switch is what an admin has set at run time.
type Switch struct {
	Frozen bool
	By     string // name of who set it
	At     time.Time
	Reason string
	Held   bool // the log is behind its outside checkpoint: an older database was restored
}

// Switches reads and sets it. It is read from the store at each request.
type Switches interface {
	Switch(ctx context.Context) (Switch, error)
	// Freeze sets or lifts the freeze and appends e, in one transaction.
	Freeze(ctx context.Context, once Once, on bool, e *audit.Event) error
	// Release lets work go on after a restore and appends e, in one transaction.
	Release(ctx context.Context, once Once, e *audit.Event) error
}

// Part is how one part of the site is.
type Part struct {
	Name  string    // idp aep store log policy checkpoint
	State string    // ok warn bad unknown
	Why   string    // a word key, or words without personal data and secrets; "" if nothing is wrong
	Since time.Time // it is so; zero where nobody knows
}

// Health tells how the parts are.
type Health interface {
	Parts(ctx context.Context) []Part
}
