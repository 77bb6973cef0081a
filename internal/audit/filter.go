package audit

import "time"

// Filter says which events somebody looks for. Empty fields do not filter; all
// given ones must match.
type Filter struct {
	// Scope. What is in neither is not found: the zero Filter finds nothing.
	All       bool     // everything, also what belongs to no sandbox
	Sandboxes []string // the events of these only

	Actor    string   // subject claim, or name in any case
	Kind     string   // a kind, or its first word: "deletion" finds every step
	Sandbox  string   // one of those in scope
	Subjects []string // any of these fingerprints: one customer under several keys
	Request  string   // an op, a request id, the request or attempt of a delete
	From, To time.Time
	Cursor   int64 // only what is older than this seq; 0 starts at the newest
	Limit    int   // rows at most; 0 means 50, more than 500 is 500
}

// Page is one page of events, the newest first.
type Page struct {
	Events []Event
	// After has, under the op of a before on this page, the event that tells
	// its outcome. A before without one reads as "outcome unknown".
	After map[string]Event
	Next  int64 // cursor of the next page, 0 on the last one
}
