package lookup

import (
	"errors"
	"time"

	"profiledesk/apiclient"
)

// Outcome is how a look-up ended.
type Outcome string

// The outcomes. Only Found and Empty come with a handle.
const (
	Found       Outcome = "found"
	Empty       Outcome = "empty"        // the identity is known, and no attribute is stored for it
	Unknown     Outcome = "unknown"      // the sandbox never saw the identity
	TooMany     Outcome = "too-many"     // more than 50 identities are linked: the platform shows none of them
	WrongPolicy Outcome = "wrong-policy" // the merge policy does not exist, or is none for profiles
	NotLicensed Outcome = "not-licensed" // the organisation may not look profiles up
	Throttled   Outcome = "throttled"    // too many calls; Answer.Wait says how long to wait
	Down        Outcome = "down"         // the platform failed, or refused our own credential
	Invalid     Outcome = "invalid"      // what was typed is no identifier; Answer.Problem says why
)

// Outcomes are all outcomes, in the order of the manual.
func Outcomes() []Outcome {
	return []Outcome{Found, Empty, Unknown, TooMany, WrongPolicy, NotLicensed, Throttled, Down, Invalid}
}

// judge sets the outcome that err stands for.
func (a *Answer) judge(err error) {
	if err == nil {
		return
	}
	a.Outcome, a.Wait = outcomeOf(err)
	a.Err = err
}

// outcomeOf is the outcome of a call that failed, and how long to wait.
func outcomeOf(err error) (Outcome, time.Duration) {
	var api *apiclient.Error
	var wait time.Duration
	if errors.As(err, &api) {
		wait = api.RetryAfter
	}
	for _, is := range []struct {
		err error
		out Outcome
	}{
		{apiclient.ErrTooManyIdentities, TooMany}, {apiclient.ErrWrongPolicy, WrongPolicy}, {apiclient.ErrNotLicensed, NotLicensed},
		{apiclient.ErrThrottled, Throttled}, {apiclient.ErrNotFound, Unknown},
	} {
		if errors.Is(err, is.err) {
			return is.out, wait
		}
	}
	if api != nil && api.Status == 422 {
		return TooMany, wait // the only other reason for it that is known
	}
	return Down, wait
}
