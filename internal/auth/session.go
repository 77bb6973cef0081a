package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"time"
)

// How long a session lives.
const (
	SessionIdle     = 30 * time.Minute // after the last request that a person made
	SessionAbsolute = 10 * time.Hour   // after the sign-in, however busy
	SessionTouch    = time.Minute      // last seen is written at most this often
	KeepFormFor     = time.Hour        // a form is kept for a session that ended no longer ago
	KeepFormBytes   = 64 << 10         // the largest form that is kept
)

// How fresh groups are.
const (
	GroupsFresh  = time.Minute      // older ones are asked for again at the next request
	GroupsUsable = 15 * time.Minute // while the provider cannot be asked, reads go on for so long
)

// ErrNoSession says that the store has no session with that id.
var ErrNoSession = errors.New("no such session")

// Session is one signed-in browser as the store keeps it. An ended one stays
// for a day: the form somebody posts with its cookie can be kept for them.
type Session struct {
	ID   string // SHA-256, in hex, of the random id in the cookie: the cookie cannot be made from it
	User User   // Session and Stale are not stored
	SID  string // the provider's own session id, "" if it names none

	Created time.Time // the sign-in
	Seen    time.Time // the last request, to the minute
	Ended   time.Time // zero while it lives
	Why     string    // why it ended, one of the End… codes

	Tokens []byte // sealed JSON of [Tokens], bound to ID; empty after the end
	IP     string // where the sign-in came from
	Agent  string // the browser's own words for itself, at most 200 bytes
}

// Why a session ended, as the log and the page on sessions say it.
const (
	EndLogout      = "logout"      // the person signed out here
	EndBackchannel = "backchannel" // the provider said so
	EndIdle        = "idle"
	EndAbsolute    = "absolute"
	EndRefused     = "refused"  // the provider no longer renews it
	EndReplaced    = "replaced" // the same browser signed in again
	EndRevoked     = "revoked"  // the person, or an admin, ended it from another session
)

// SessionKey is the key under which the store keeps the session whose cookie
// holds id.
func SessionKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// Over says whether the session is dead at now, and why.
func (s *Session) Over(now time.Time) (why string, over bool) {
	switch {
	case !s.Ended.IsZero():
		return s.Why, true
	case now.Sub(s.Created) >= SessionAbsolute:
		return EndAbsolute, true
	case now.Sub(s.Seen) >= SessionIdle:
		return EndIdle, true
	}
	return "", false
}

// EndedAt is when the session ended, or would have ended had somebody looked:
// the zero time while it lives.
func (s *Session) EndedAt(now time.Time) time.Time {
	why, over := s.Over(now)
	switch {
	case !over:
		return time.Time{}
	case !s.Ended.IsZero():
		return s.Ended
	case why == EndAbsolute:
		return s.Created.Add(SessionAbsolute)
	}
	return s.Seen.Add(SessionIdle)
}

// KeptForm is what somebody had typed when their session was over: sealed, and
// shown again to the same person after a new sign-in. It is never sent.
type KeptForm struct {
	ID              string
	SessionID       string // key of the session that had ended
	Issuer, Subject string // whose it is
	Page            string // path of the page that shows the form
	Sealed          []byte // URL-encoded fields, bound to ID
	At              time.Time
}

type keptKey struct{}

// WithKept returns a context that carries the fields of a kept form.
func WithKept(ctx context.Context, fields url.Values) context.Context {
	return context.WithValue(ctx, keptKey{}, fields)
}

// KeptFrom are the fields that the reader had typed before their session was
// over, nil if there are none. A page shows them in its form; it does not act.
func KeptFrom(ctx context.Context) url.Values {
	fields, _ := ctx.Value(keptKey{}).(url.Values)
	return fields
}
