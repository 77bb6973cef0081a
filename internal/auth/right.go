package auth

import "slices"

// Right is one thing that somebody may do in a sandbox. None implies another.
type Right string

// The rights that a policy file can grant.
const (
	ProfileRead   Right = "profile.read"   // look customers up
	ProfileReveal Right = "profile.reveal" // see one masked value, with a reason
	AttributeEdit Right = "attribute.edit" // change computed attributes
	ExportRun     Right = "export.run"     // take personal data out
	DeleteRequest Right = "delete.request" // ask for a delete
	DeleteAll     Right = "delete.all"     // ask for a delete of every dataset
	DeleteApprove Right = "delete.approve" // approve what somebody else asked for
	AuditRead     Right = "audit.read"     // read the log
	Admin         Right = "admin"          // freeze, release, end sessions
)

// What the table of routes asks for where no right of the policy is needed.
const (
	Public    Right = "public"  // nothing
	InSession Right = "session" // to be signed in
	InSandbox Right = "sandbox" // any right in the sandbox of the path
)

// Rights are all rights that can be granted, in the order in which they are shown.
func Rights() []Right {
	return []Right{ProfileRead, ProfileReveal, AttributeEdit, ExportRun, DeleteRequest, DeleteAll, DeleteApprove, AuditRead, Admin}
}

func knownRight(r Right) bool { return slices.Contains(Rights(), r) }
