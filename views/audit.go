package views

import "time"

// AuditList is /audit. Its fragment is FragmentEvents.
type AuditList struct {
	Filter     AuditFilter
	Invalid    map[string]string // field → word key of what is wrong with it
	Kinds      []string          // that can be chosen
	Sandboxes  []string          // that the reader may see rows of
	Rows       []Event
	Prev, Next string // URLs; empty: none
	CSV        string // URL of the list as a file
	Verify     bool   // the reader may open /audit/verify
	Subject    SubjectForm
	Trouble    Trouble // the log could not be read
}

// AuditFilter is the query of /audit as it was typed.
type AuditFilter struct {
	Actor, Kind, Sandbox, Subject, From, To, Request string
}

// Set tells whether anything is filtered.
func (f AuditFilter) Set() bool { return f != AuditFilter{} }

// SubjectForm finds the rows of a customer by identifier, POST /audit/subject.
type SubjectForm struct {
	Namespace, ID string
	Namespaces    []Option
	Invalid       string // word key
}

// Event is a row of the log.
type Event struct {
	Seq       int64
	At        time.Time
	Kind      string // profile.lookup, …
	Phase     string // before, after or empty
	Actor     string // name, or subject where there is none
	Issuer    string
	Groups    []string
	Sandbox   string
	Right     string
	Allowed   *bool
	Outcome   string
	Subjects  []string // fingerprints
	Target    string
	Reason    string
	Ticket    string
	IP        string
	RequestID string
	Op        string
	Adobe     string // Adobe's status and request id, ready to show
	Detail    []Fact // sorted
}

// Fact is a label and a value, both ready to show.
type Fact struct {
	Label, Value string
}

// AuditEvent is /audit/{seq}.
type AuditEvent struct {
	Event
	Pair  *Event // the other phase of the same act; nil: not there (a before alone: outcome unknown)
	Leaf  string // the exact line that was hashed
	Hash  string // of the leaf, base64
	Proof *Proof // nil while no checkpoint covers the row
	Prev  string // URL of seq-1; empty: none
	Next  string
}

// Proof is the place of a row in the log.
type Proof struct {
	Size       int64    // of the tree that the checkpoint signs
	Root       string   // base64
	Hashes     []string // base64, from leaf to root
	Checkpoint string   // the signed note
	JSON       string   // what `audit prove` prints, to be copied
}

// Integrity is /audit/verify.
type Integrity struct {
	OK         bool
	Size       int64
	Root       string
	BadSeq     int64  // first bad row; 0 if OK
	What       string // what is wrong with it: a key below integrity.bad.; an unknown one is shown as it is
	Checkpoint string // the last signed note
	SignedAt   time.Time
	SignedSize int64
	Key        string // verifier key, to be kept elsewhere
	CheckedAt  time.Time
	Took       time.Duration
	Trouble    Trouble // could not be verified at all
}
