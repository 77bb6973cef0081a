package views

import "time"

// Access is /access: who may do what, and through which group.
type Access struct {
	Groups    []string // of the reader
	GroupsAt  time.Time
	Stale     bool     // groups could not be refreshed
	Rights    []string // columns, in the order of design 4
	Rows      []AccessRow
	PolicySHA string
	PolicyAt  time.Time
}

// AccessRow is one sandbox, or * for what belongs to none.
type AccessRow struct {
	Sandbox string
	Level   string // empty for *
	Grants  []Grant
}

// Grant is the decision for one right in one sandbox.
type Grant struct {
	Right, Sandbox string
	Allowed        bool
	Through        string   // the group that grants it
	Would          []string // groups that would grant it
}

// Me is /me.
type Me struct {
	Op                              string // of the settings form
	Language                        string // en, pt-BR or empty: as the browser asks
	Zone                            string // IANA name
	Shortcuts                       bool
	Languages                       []Option
	Zones                           []string
	Saved                           bool
	Invalid                         map[string]string // field → word key
	Groups                          []string
	Sessions                        []Session
	Handles                         []Handle
	SessionsTrouble, HandlesTrouble Trouble
}

// Session is one sign-in of the reader that has not ended.
type Session struct {
	ID      string // names it in /me/sessions/{id}/end
	Op      string
	Current bool
	Created time.Time
	Seen    time.Time
	Expires time.Time
}

// Handle is a look-up that the reader may revoke.
type Handle struct {
	Handle, Op string
	Href       string
	Sandbox    string
	Label      string // empty: the handle itself is shown
	Namespace  string
	Created    time.Time
	Used       time.Time
	Expires    time.Time
}

// Status is /status: the health of what the site leans on.
type Status struct {
	Parts      []Part
	At         time.Time
	Freeze     *Freeze // nil: nothing is frozen
	ReadOnly   bool    // READ_ONLY is set
	MayFreeze  bool    // admin
	FreezeForm ReasonForm
	Held       bool // the log is behind its outside checkpoint: nothing is sent until released
	Release    ReasonForm
	Version    string
}

// Part is one thing the site leans on.
type Part struct {
	Name   string // idp aep store log policy checkpoint …
	State  string // ok, warn, bad or unknown
	Since  time.Time
	Detail string // ready to show; may be empty
}

// Freeze says that an admin stopped every write verb.
type Freeze struct {
	By, Reason string
	At         time.Time
}

// ReasonForm is a form with nothing but a reason.
type ReasonForm struct {
	Op      string
	Reason  string
	Invalid string // word key; empty: fine
}
