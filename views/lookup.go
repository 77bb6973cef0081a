package views

import "time"

// Lookup is /s/{sandbox}/profiles: the one box, and its answer when a POST did
// not lead to a profile.
type Lookup struct {
	Form           LookupForm
	Namespaces     []Option // offered, not imposed: another one can be typed
	Policies       []Option // merge policies by id
	OptionsTrouble Trouble  // namespaces or policies could not be read
	Answer         *Answer  // nil: nothing was asked
	Recent         []RecentHandle
	RecentTrouble  Trouble
}

// LookupForm is what was typed; it is shown again as it was.
type LookupForm struct {
	Q, Namespace, ID, Policy string
}

// ByHand tells whether the part with namespace and id stands open.
func (f LookupForm) ByHand() bool { return f.Namespace != "" || f.ID != "" || f.Policy != "" }

// Answer is an outcome of design 5 other than found and empty.
type Answer struct {
	Outcome string // found empty unknown too-many wrong-policy not-licensed throttled down invalid
	Tried   []Tried
	Wait    time.Duration // for throttled; 0 if Adobe did not say
	Invalid string        // for invalid, and where it is known for wrong-policy: word key of what is wrong with the input
}

// Tried is one namespace that was asked.
type Tried struct {
	Namespace string
	Why       string // word key, or empty
}

// RecentHandle is a look-up of the reader's own.
type RecentHandle struct {
	Handle    string
	Href      string
	Label     string // what the owner may see of the identity; empty: the handle is shown
	Namespace string
	Policy    string // name of the merge policy; empty: the default one
	Used      time.Time
}

// describedBy names what a screen reader says of the box: the answer to the last
// look-up first, if there was one.
func (v Lookup) describedBy() string {
	if v.Answer != nil {
		return "answer q-hint"
	}
	return "q-hint"
}
