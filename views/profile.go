package views

import "time"

// Profile is /s/{sandbox}/profiles/{handle}.
type Profile struct {
	Handle        string
	Name          string // of the person, if the profile has one and it is not masked
	Identity      string // the identity that was looked up, if it may be shown
	Hidden        bool   // the rules mask it
	Namespace     string
	IdentityCount int
	LastModified  time.Time // zero: Adobe did not say
	Policy        string    // merge policy as a name
	Datasets      int       // that contribute; -1: not known
	Masked        int       // rows that the rules mask, of all rows
	Empty         bool      // Adobe answered with an entity that holds nothing
	Warnings      []Warning
	Tab           string // attributes
	Attributes    Attributes
}

// Warning is something about this profile that a reader should know first.
type Warning struct {
	Kind string // data-kind; word key below warning.
	Args []any  // for {0}, {1} of its words
	// Links lead to what the warning is about: Value is the URL, Label stands for
	// {0} of the words below warning.KIND.open.
	Links []Option
}

// Attributes is the tab of that name. Its fragment is FragmentAttributes.
type Attributes struct {
	View            string // tree or flat
	Q               string // the filter as typed
	Policy          string // chosen merge policy's id; empty: the default
	Policies        []Option
	From            int // rows before the first one shown
	Total           int // rows of the profile
	Matched         int // rows that the filter leaves; = Total without one
	Rows            []Attribute
	More            string // URL of the next rows; empty: these are the last
	Computed        []Computed
	SchemaTrouble   Trouble // titles and types could not be read: the rest is shown
	ComputedTrouble Trouble
}

// Attribute is one row: a leaf of the profile, or (in the tree) what holds leaves.
type Attribute struct {
	Path   string // a.b[0].c, whole
	Label  string // what the tree shows: the last step; empty: the path
	Depth  int    // in the tree, from 0
	Group  bool   // an object or array whose rows follow
	Value  string // ready to show; of a group the number of its members
	Cut    int    // characters of the value that are left out
	Kind   string // string number boolean null object array date
	Title  string // of the union schema; may be empty
	Masked bool   // Value is empty then
}

// Computed is a computed attribute of this profile.
type Computed struct {
	Name      string
	Title     string
	Value     string
	Masked    bool
	At        time.Time // the value's own time, where it has one
	Evaluated time.Time // zero: never, or Adobe did not say
}

// heading is what the page is about, as far as the reader may see it.
func (v Profile) heading(p Page) string {
	switch {
	case v.Name != "":
		return v.Name
	case v.Identity != "":
		return v.Identity
	}
	return p.T("profile.title")
}

func (v Attributes) masked() int {
	n := 0
	for _, a := range v.Rows {
		if a.Masked {
			n++
		}
	}
	return n
}

// shown is the row's name: in the tree its last step, else the whole path.
func (a Attribute) shown(tree bool) string {
	if tree && a.Label != "" {
		return a.Label
	}
	return a.Path
}
