// Package audit says what an event is, how it becomes a leaf of the log, and
// whether a log is whole. It knows no database: a store keeps the rows.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Version is the first thing in every leaf: readers refuse others.
const Version = 1

// MaxLeaf is the size, in bytes, above which an event is refused. The largest
// honest one, fifty subjects and a long reason, takes a tenth of it.
const MaxLeaf = 64 << 10

// ErrNotRecorded says that an event could not be committed. Whoever gets it
// does not act, and shows no personal data.
var ErrNotRecorded = errors.New("not recorded")

// ErrBadEvent says that an event cannot be written as a leaf: a mistake in the
// program, not in what somebody typed.
var ErrBadEvent = errors.New("event cannot be recorded")

// Phases of an act on Adobe or on personal data. A before that stands alone
// reads as "outcome unknown".
const (
	Before = "before" // committed before the call
	After  = "after"  // with the outcome
)

// Event is one thing that happened. Customers appear as fingerprints only; the
// people who act appear in clear, because the log exists to name them.
type Event struct {
	Seq       int64     // place in the log, from 1 without gaps; given when it is appended
	At        time.Time // UTC, microseconds; the time of appending where it is zero
	Kind      string    // one of the Kind constants
	Phase     string    // Before, After, or "" for what is one event
	Op        string    // joins the two events of one act
	Actor     Actor     // zero where nobody is known yet
	Groups    []string  // that were in effect
	Sandbox   string    // "" for what belongs to none
	Right     string    // that was asked for
	Allowed   *bool     // the decision, nil where none was made
	Subjects  []string  // fingerprints of the customers concerned
	Target    string    // what was acted on: a handle, a route, never an identity
	Reason    string    // as it was typed, after a check for identifiers
	Ticket    string
	IP        string // of the browser
	RequestID string
	Adobe     *Adobe // what Adobe answered, nil where it was not asked
	Outcome   string
	Detail    map[string]any // nil, bool, string, numbers, and slices and maps of these
}

// Actor is who acted.
type Actor struct {
	Issuer  string `json:"iss,omitempty"`
	Subject string `json:"sub,omitempty"`
	Name    string `json:"name,omitempty"`
}

// ByPolicy is the actor where the policy file decided in place of a person.
var ByPolicy = Actor{Name: "policy"}

// Adobe is what Adobe's answer was known by. Its words are not kept: they may
// name a customer.
type Adobe struct {
	Status    int    `json:"status,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	ID        string `json:"id,omitempty"`
}

// Appender appends events to the log as part of something larger, such as the
// transaction that makes the change they tell of.
type Appender interface {
	// Append sets e.Seq, and e.At where it is zero.
	Append(ctx context.Context, e *Event) error
}

// Check says whether e can become a leaf. Its error wraps [ErrBadEvent].
func (e *Event) Check() error {
	switch {
	case e.Kind == "":
		return fmt.Errorf("%w: it has no kind", ErrBadEvent)
	case e.Phase != "" && e.Phase != Before && e.Phase != After:
		return fmt.Errorf("%w: %s has an unknown phase", ErrBadEvent, e.Kind)
	case e.Phase != "" && e.Op == "":
		return fmt.Errorf("%w: %s has a phase but no op that joins it", ErrBadEvent, e.Kind)
	}
	if err := checkValue(e.Detail, 0); err != nil {
		return fmt.Errorf("%w: detail of %s: %w", ErrBadEvent, e.Kind, err)
	}
	return nil
}

func checkValue(v any, depth int) error {
	if depth > 4 {
		return errors.New("too deep")
	}
	switch v := v.(type) {
	case nil, bool, string, int, int64, []string:
	case number:
		if !isNumber(v.String()) {
			return errors.New("a number that is none")
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("a number that is none")
		}
	case []any:
		for _, item := range v {
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, item := range v {
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("a value of type %T", v)
	}
	return nil
}

// isNumber says whether s is a number as JSON writes one.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s)) && strings.TrimSpace(s) == s
}
