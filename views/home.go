package views

import "time"

// Home is /.
type Home struct {
	Cards   []SandboxCard
	Work    []WorkItem // what waits for the reader, newest first
	Trouble Trouble    // the list of sandboxes could not be completed from Adobe
}

// SandboxCard is one sandbox the reader may enter.
type SandboxCard struct {
	Sandbox
	Profiles bool // profile.read: the look-up is linked
}

// WorkItem is one thing that waits for the reader, or runs for them.
type WorkItem struct {
	Kind    string // word key below work.
	Text    string
	Href    string
	Sandbox string
	At      time.Time
}

// Overview is /s/{sandbox}. Its parts fail separately.
type Overview struct {
	Probes        []Probe
	ProbedAt      time.Time // zero: not probed yet
	Count         Count
	Policies      []MergePolicy
	PolicyTrouble Trouble
	Quotas        []Quota
	QuotaTrouble  Trouble
}

// Probe is what the credential may do in one part of Adobe's API.
type Probe struct {
	Name  string // lookup events identities attributes exports hygiene system-jobs
	State string // ok absent refused unknown
	At    time.Time
}

// Count is the number of profiles in the last sample.
type Count struct {
	Known    bool
	Profiles int64
	At       time.Time // when the sample was taken
	Trouble  Trouble
}

// MergePolicy is one merge policy of a sandbox.
type MergePolicy struct {
	ID, Name string
	Default  bool
	Active   bool
	Schema   string // the class it merges, e.g. _xdm.context.profile
	Graph    string // identity stitching: none, pdg, …
	Order    string // how attributes are merged: timestampOrdered, dataSetPrecedence
	Updated  time.Time
}

// Quota is a meter of something that Adobe limits.
type Quota struct {
	Name        string // word key below quota.; an unknown one is shown as it is
	Used, Limit int64  // Limit 0: none is known
}
