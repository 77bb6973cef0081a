package lookup

import (
	"context"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// Store is where handles and the record are kept.
type Store interface {
	// Tx runs do in one write transaction. Once begun it does not end with ctx.
	Tx(ctx context.Context, do func(Tx) error) error
	// Record commits events and returns then. Its error wraps audit.ErrNotRecorded.
	Record(ctx context.Context, events ...*audit.Event) error
	// RecordLater takes events that nobody waits for.
	RecordLater(events ...*audit.Event)

	// Handle is the handle with that id, revoked and old ones too, or ErrNoHandle.
	Handle(ctx context.Context, id string) (Handle, error)
	// HandlesOf are the handles of a person, the last used first, at most limit;
	// revoked ones are left out. An empty sandbox means all of them.
	HandlesOf(ctx context.Context, owner Person, sandbox string, limit int) ([]Handle, error)
	// TouchHandle sets when the handle was last used. An unknown one is no error.
	TouchHandle(ctx context.Context, id string, used time.Time) error
}

// Tx is what may be done in one transaction of a [Store].
type Tx interface {
	audit.Appender
	// HandleBy is the person's handle, not revoked, whose Key is one of keys, the
	// last used if there are several, or ErrNoHandle.
	HandleBy(ctx context.Context, keys []string, owner Person) (Handle, error)
	// PutHandle writes the handle, in place of the one with its ID if there is one.
	PutHandle(ctx context.Context, h Handle) error
}

// Person is a user as rows name them.
type Person struct{ Issuer, Subject string }

// PersonOf is the person behind a user.
func PersonOf(u auth.User) Person { return Person{u.Issuer, u.Subject} }

// Handle is the opaque name of a looked-up customer. It holds no personal data in clear.
type Handle struct {
	ID       string // random; stands in URLs
	Sandbox  string
	Policy   string // id of the merge policy; empty: the sandbox's default
	Key      string // fingerprint of sandbox, policy and identity: the same question has the same one
	Owner    Person // who looked the customer up
	Identity []byte // sealed, bound to ID and Sandbox
	Label    []byte // sealed, bound to ID and Owner: what the owner's list of recent handles shows
	Created  time.Time
	Used     time.Time // last time it was looked up or opened, to the hour
	Revoked  time.Time // zero while it lives
}
